package fetch

// This file gets one file from a URL.

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nixops4/eval/store"
)

// A download is a file in the cache.
type download struct {
	file         string
	hash         store.Hash // of the content
	immutableURL string     // a URL that will always give this, if the server named one
}

// download gets a file, unless an answer that is fresh is in the cache.
func (f *Fetcher) download(ctx context.Context, text string) (download, error) {
	if d, ok := f.cachedDownload(text, true); ok {
		return d, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return download{}, fmt.Errorf("'%s' is not a valid URL: %w", text, err)
	}
	switch u.Scheme {
	case "file":
		return f.copyFile(text, u.Path)
	case "http", "https":
	default:
		return download{}, fmt.Errorf("unable to download '%s': the scheme '%s' is not supported", text, u.Scheme)
	}
	if f.Client == nil {
		return download{}, fmt.Errorf("unable to download '%s': it is not in the cache, and there is no network", u.Redacted())
	}
	d, err := f.attempts(ctx, text)
	if err != nil {
		// An old answer is better than none.
		if old, ok := f.cachedDownload(text, false); ok && ctx.Err() == nil {
			return old, nil
		}
		return download{}, fmt.Errorf("unable to download '%s': %w", u.Redacted(), err)
	}
	return d, nil
}

func (f *Fetcher) cachedDownload(text string, fresh bool) (download, bool) {
	info, ok := f.lookup("file", text)
	if !ok || fresh && !f.fresh(info) {
		return download{}, false
	}
	h, err := store.ParseHash(info.Hash, store.SHA256)
	if err != nil {
		return download{}, false
	}
	file, ok := f.cachedFile(h)
	return download{file, h, info.ImmutableURL}, ok
}

// copyFile takes a file of this machine into the cache.
func (f *Fetcher) copyFile(text, file string) (download, error) {
	in, err := os.Open(file)
	if err != nil {
		return download{}, fmt.Errorf("unable to download '%s': %w", text, err)
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return download{}, fmt.Errorf("unable to download '%s': it is not a file", text)
	}
	return f.keepFile(in)
}

// keepFile writes a file into the cache.
func (f *Fetcher) keepFile(in io.Reader) (download, error) {
	work, err := f.workDir()
	if err != nil {
		return download{}, err
	}
	defer os.RemoveAll(work)
	tmp := filepath.Join(work, "file")
	out, err := os.Create(tmp)
	if err != nil {
		return download{}, err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), in)
	if err := errors.Join(err, out.Close()); err != nil {
		return download{}, err
	}
	h := store.Hash{Algo: store.SHA256, Sum: sum.Sum(nil)}
	file, err := f.place("files", h.Format(store.Nix32))
	if err != nil {
		return download{}, err
	}
	return download{file: file, hash: h}, os.Rename(tmp, file)
}

const maxAttempts = 5

// attempts asks again after failures that may pass.
func (f *Fetcher) attempts(ctx context.Context, text string) (download, error) {
	wait := 250 * time.Millisecond
	for n := 1; ; n++ {
		d, err := f.request(ctx, text)
		var again retryError
		if err == nil || n == maxAttempts || !errors.As(err, &again) {
			return d, err
		}
		select {
		case <-ctx.Done():
			return d, context.Cause(ctx)
		case <-time.After(wait):
		}
		wait *= 2
	}
}

// A retryError may not happen again.
type retryError struct{ error }

func (e retryError) Unwrap() error { return e.error }

func (f *Fetcher) request(ctx context.Context, text string) (download, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, text, nil)
	if err != nil {
		return download{}, err
	}
	req.Header.Set("User-Agent", "nixops4")
	info, known := f.lookup("file", text)
	old, kept := f.cachedDownload(text, false)
	if known && kept && info.ETag != "" {
		req.Header.Set("If-None-Match", info.ETag)
	}
	if err := f.Credentials.authorize(req); err != nil {
		return download{}, err
	}
	resp, err := f.client().Do(req)
	if err != nil {
		return download{}, transient(ctx, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && kept:
		return old, f.remember("file", info)
	case resp.StatusCode != http.StatusOK:
		return download{}, statusError(resp)
	}
	d, err := f.keepFile(resp.Body)
	if err != nil {
		return d, transient(ctx, err)
	}
	d.immutableURL = immutableLink(resp)
	return d, f.remember("file", urlInfo{
		URL: text, Hash: d.hash.Format(store.Nix32), ETag: resp.Header.Get("ETag"), ImmutableURL: d.immutableURL,
	})
}

// client is the one that makes requests, and tells no secret to where it is redirected.
func (f *Fetcher) client() *http.Client {
	c := *f.Client
	c.CheckRedirect = redirected
	return &c
}

// transient marks failures of the network that may pass.
func transient(ctx context.Context, err error) error {
	var dns *net.DNSError
	var wire *net.OpError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &dns) && dns.IsNotFound:
		return err
	case errors.As(err, &wire), errors.Is(err, io.ErrUnexpectedEOF):
		return retryError{err}
	}
	return err
}

// A statusCode is an answer that is an error.
type statusCode int

func (c statusCode) Error() string { return fmt.Sprintf("HTTP error %d", int(c)) }

func statusError(resp *http.Response) error {
	var err error = statusCode(resp.StatusCode)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 512)) // what can be read helps, what cannot does not matter
	if text := strings.TrimSpace(string(body)); text != "" && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		err = fmt.Errorf("%w: %s", err, text)
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented {
		return retryError{err}
	}
	return err
}

// immutableLink is the target of a header such as
//
//	Link: <https://example.org/x-1.2.tar.gz>; rel="immutable"
func immutableLink(resp *http.Response) string {
	for _, h := range resp.Header.Values("Link") {
		target, params, ok := strings.Cut(strings.TrimSpace(h), ">")
		if !ok || !strings.HasPrefix(target, "<") {
			continue
		}
		for p := range strings.SplitSeq(params, ";") {
			if p = strings.TrimSpace(p); p != `rel="immutable"` && p != "rel=immutable" {
				continue
			}
			u, err := url.Parse(target[1:])
			if err == nil {
				return resp.Request.URL.ResolveReference(u).String()
			}
		}
	}
	return ""
}
