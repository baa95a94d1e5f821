package nix

// This file says what evaluation may fetch.

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
)

// fetching are the options of the fetchers. machine is the IO without restrictions, o has the one with them.
func (opts *Options) fetching(machine eval.IO, o *eval.Options) fetch.Options {
	f := fetch.Options{Cache: opts.Cache, Files: machine, Pure: o.Pure, Settings: opts.Fetching}
	if o.Store != nil {
		f.Store = o.Store.Dir()
	}
	if f.Cache == "" {
		if dir, err := os.UserCacheDir(); err == nil {
			f.Cache = filepath.Join(dir, "nixops4")
		}
	}
	if !opts.Offline {
		f.Client = client()
	}
	if opts.Restricted {
		files := o.IO
		f.Check = func(uri string) error { return checkURI(uri, opts.AllowedURIs, files) }
	}
	return f
}

// client makes requests, through the proxy that the environment names. A server that says nothing for long is given
// up; one that goes on sending is not.
func client() *http.Client {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       time.Minute,
	}}
}

// checkURI is the error of looking at a URI, or the path of a file, that restricted evaluation must not look at.
func checkURI(uri string, allowed []string, files eval.IO) error {
	if fetch.AllowedURI(uri, allowed) {
		return nil
	}
	path := uri
	if u, err := url.Parse(uri); err == nil && u.Scheme == "file" {
		path = u.Path
	}
	if !filepath.IsAbs(path) {
		return forbidden{fmt.Sprintf("access to URI '%s' is forbidden in restricted mode", uri)}
	}
	path = filepath.Clean(path)
	real, err := filepath.EvalSymlinks(path) // whoever fetches the file follows links
	if err != nil {
		real = path
	}
	for _, p := range []string{path, real} {
		if _, err := files.Lstat(p); errors.Is(err, eval.ErrForbidden) {
			return err
		}
	}
	return nil // a file that does not exist is an error of its own
}
