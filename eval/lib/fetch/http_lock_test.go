package fetch_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestHTTPLocks locks archives and files of a server, and compares the lock files with those of Nix.
func TestHTTPLocks(t *testing.T) {
	t.Parallel()
	body := archive(t,
		entry{name: "x/flake.nix", text: `{ outputs = { self }: { v = [ self.lastModified (self.rev or null) (self.revCount or null) ]; }; }`, kind: '0', mode: 0o644},
		entry{name: "x/sub/flake.nix", text: `{ outputs = { self }: { v = "sub"; }; }`, kind: '0', mode: 0o644},
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := "http://" + r.Host
		switch r.URL.Path {
		case "/link.tar.gz":
			w.Header().Set("Link", fmt.Sprintf(`<%s/v1.tar.gz>; rel="immutable"`, base))
		case "/rev.tar.gz":
			w.Header().Set("Link", fmt.Sprintf(`<%s/v2.tar.gz?rev=%s&revCount=7&lastModified=1600000000>; rel="immutable"`, base, someRev))
		case "/several":
			w.Header().Add("Link", fmt.Sprintf(`<%s/other>; rel="canonical"`, base))
			w.Header().Add("Link", fmt.Sprintf(`<%s/v3.tar.gz>; rel="immutable"`, base))
		case "/moved.tar.gz":
			http.Redirect(w, r, "/plain.tar.gz", http.StatusFound)
			return
		case "/movedlink.tar.gz":
			http.Redirect(w, r, "/link.tar.gz", http.StatusFound)
			return
		case "/text":
			fmt.Fprint(w, "a text\n")
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	dirs := map[string]string{"URL": server.URL, "REV": someRev}
	for name, text := range map[string]string{
		"plain":       `{ inputs.a.url = "URL/plain.tar.gz"; outputs = { a, ... }: { v = a.v; }; }`,
		"query":       `{ inputs.a.url = "URL/plain.tar.gz?x=1&dir=sub"; outputs = { a, ... }: { v = a.v; }; }`,
		"link":        `{ inputs.a.url = "URL/link.tar.gz"; outputs = { a, ... }: { v = a.v; }; }`,
		"revision":    `{ inputs.a.url = "URL/rev.tar.gz"; outputs = { a, ... }: { v = a.v; }; }`,
		"several":     `{ inputs.a.url = "tarball+URL/several"; outputs = { a, ... }: { v = a.v; }; }`,
		"moved":       `{ inputs.a.url = "URL/moved.tar.gz"; outputs = { a, ... }: { v = a.v; }; }`,
		"moved, link": `{ inputs.a.url = "URL/movedlink.tar.gz"; outputs = { a, ... }: { v = a.v; }; }`,
		"source":      `{ inputs.a = { url = "URL/plain.tar.gz"; flake = false; }; outputs = { a, ... }: { v = builtins.readDir a; }; }`,
		"file":        `{ inputs.a = { url = "URL/text"; flake = false; }; outputs = { a, ... }: { v = builtins.readFile a; }; }`,
		"file+":       `{ inputs.a = { url = "file+URL/plain.tar.gz"; flake = false; }; outputs = { a, ... }: { v = builtins.hashFile "sha256" a; }; }`,
		"attributes":  `{ inputs.a = { type = "tarball"; url = "URL/plain.tar.gz"; }; outputs = { a, ... }: { v = a.v; }; }`,
		"file attrs":  `{ inputs.a = { type = "file"; url = "URL/text"; flake = false; }; outputs = { a, ... }: { v = builtins.readFile a; }; }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareLocks(t, dirs, "", text)
		})
	}
}
