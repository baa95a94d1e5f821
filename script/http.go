package script

// This file is ctx.http.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

func httpFunctions() []Function {
	return []Function{
		{"http", `url, method = "GET", headers = {}, body = None, json = None, timeout = "30s", check = True, reads = None, secret = False, ca = "", redirects = True`,
			`Send a request over http or https. body is a string, a secret or bytes; json is a value that is sent as JSON. Values of headers may be secrets. ca is the path of certificates to
trust besides those of the system. Returns a result with the fields ok (the code is from 200 to 299), code, body, headers (a dict, names in lower case), duration, changed, dry and json, the body
decoded or None. A code that is not ok is an error unless check = False. GET, HEAD and OPTIONS, or reads = True, run in a dry run, too. secret = True makes the body a
secret. Errors: no connection, timeout (a duration), a body above the limit (16 MB).`, true, httpFunction},
	}
}

// httpRequest is what a script asked for.
type httpRequest struct {
	url, method, ca          string
	headers                  *starlark.Dict
	body, json, wait         starlark.Value
	check, secret, redirects bool
	reads                    starlark.Value
}

func httpFunction(c *call) (starlark.Value, error) {
	r := httpRequest{method: "GET", check: true, redirects: true, wait: starlark.String("30s"), reads: starlark.None, body: starlark.None, json: starlark.None}
	err := c.unpack("url", &r.url, "method?", &r.method, "headers?", &r.headers, "body?", &r.body, "json?", &r.json, "timeout?", &r.wait,
		"check?", &r.check, "reads?", &r.reads, "secret?", &r.secret, "ca?", &r.ca, "redirects?", &r.redirects)
	if err != nil {
		return nil, err
	}
	reads := slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, r.method)
	if b, ok := r.reads.(starlark.Bool); ok {
		reads = bool(b)
	}
	text := r.method + " " + r.url
	if reads {
		c.run.log("debug", text)
	} else if c.effect("http", "send "+text, starlark.String(r.method), starlark.String(r.url)) {
		return r.result(&httpAnswer{code: 200}, 0, false, true), nil
	}
	wait, err := durationOf(r.wait)
	if err != nil || wait <= 0 {
		return nil, errors.Join(errors.New("timeout: want a duration above zero"), err)
	}
	ctx, stop := context.WithTimeoutCause(c.ctx, wait, &TimeoutError{fmt.Sprintf("%s: no answer within %s", text, wait)})
	defer stop()
	began := c.run.world.Now()
	answer, err := r.send(ctx, c)
	if reason := stopReason(ctx); reason != nil {
		err = reason
	}
	if err != nil {
		return nil, err
	}
	if r.secret {
		c.run.mask.Add(strings.TrimSpace(answer.body))
	}
	if r.check && (answer.code < 200 || answer.code > 299) {
		return nil, fmt.Errorf("%s: the answer is %d %s: %s", text, answer.code, http.StatusText(answer.code), brief(answer.body))
	}
	return r.result(answer, c.run.world.Now().Sub(began), !reads, false), nil
}

func brief(text string) string {
	text = strings.TrimSpace(text)
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	return text
}

type httpAnswer struct {
	code    int
	body    string
	headers http.Header
}

func (r *httpRequest) send(ctx context.Context, c *call) (*httpAnswer, error) {
	target, err := url.Parse(r.url)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, fmt.Errorf("%q is not a URL of http or https", r.url)
	}
	body, kind, err := r.content()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if r.headers != nil {
		for key, value := range r.headers.Entries() {
			name, ok := starlark.AsString(key)
			text, ok2 := textOf(value)
			if !ok || !ok2 {
				return nil, fmt.Errorf("headers: want strings or secrets, got %s: %s", key, value.Type())
			}
			request.Header.Set(name, text)
		}
	}
	response, err := r.do(c.run.world, request)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s %s: %w", r.method, r.url, failed.Err)
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	limit := int64(c.run.limits.Output)
	content, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = limitf("the body has more than %d bytes, which is the limit", limit)
	}
	return &httpAnswer{response.StatusCode, string(content), response.Header}, err
}

func (r *httpRequest) content() (body []byte, kind string, err error) {
	switch {
	case r.body != starlark.None && r.json != starlark.None:
		return nil, "", errors.New("body and json exclude each other")
	case r.json != starlark.None:
		body, err = toJSON(r.json)
		return body, "application/json", err
	case r.body == starlark.None:
		return nil, "", nil
	}
	text, ok := textOf(r.body)
	if !ok {
		return nil, "", fmt.Errorf("body: want a string, a secret or bytes, got %s", r.body.Type())
	}
	return []byte(text), "", nil
}

// do sends the request with the settings that only some need.
func (r *httpRequest) do(w World, request *http.Request) (*http.Response, error) {
	system, real := w.(*System)
	if !real || r.ca == "" && r.redirects {
		return w.HTTP(request)
	}
	client := &http.Client{}
	if system.Client != nil {
		*client = *system.Client
	}
	if !r.redirects {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	if r.ca != "" {
		pem, err := os.ReadFile(w.Path(r.ca))
		if err != nil {
			return nil, fileError(r.ca, err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: %s has no certificates in PEM form", r.ca)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
		client.Transport = transport
		defer transport.CloseIdleConnections()
	}
	return client.Do(request)
}

func (r *httpRequest) result(a *httpAnswer, took time.Duration, changed, dry bool) starlark.Value {
	headers := starlark.NewDict(len(a.headers))
	for _, name := range sortedKeys(a.headers) {
		_ = headers.SetKey(starlark.String(strings.ToLower(name)), starlark.String(strings.Join(a.headers[name], ", "))) // a new dict takes any string
	}
	var body, decoded starlark.Value = starlark.String(a.body), starlark.None
	if r.secret {
		body = Secret{a.body}
	} else if strings.Contains(a.headers.Get("Content-Type"), "json") {
		if v, err := fromJSON([]byte(a.body), marks{}); err == nil && nesting(starlark.String(a.body)) == nil {
			decoded = v
		}
	}
	return newRecord("result", "ok", starlark.Bool(a.code >= 200 && a.code < 300), "code", starlark.MakeInt(a.code), "body", body, "headers", headers, "json", decoded,
		"duration", startime.Duration(took), "changed", starlark.Bool(changed), "dry", starlark.Bool(dry))
}
