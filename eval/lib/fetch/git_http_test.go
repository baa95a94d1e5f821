package fetch_test

import (
	"io"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// serveGit gives out the repositories of this machine over HTTP, by their paths.
func serveGit(t *testing.T) *httptest.Server {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Skip("there is no git")
	}
	backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		t.Skip("git has no " + backend)
	}
	server := httptest.NewServer(&cgi.Handler{
		Path: backend, Root: "/", Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=/", "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
	})
	t.Cleanup(server.Close)
	return server
}

// TestGitHTTP fetches over HTTP with the program git, and compares lock files with those of Nix.
func TestGitHTTP(t *testing.T) {
	t.Parallel()
	server := serveGit(t)
	r, main, dev := history(t)
	r.write("flake.nix", `{ outputs = { self }: { v = self.lastModified; }; }`, 0o666)
	r.write("d/flake.nix", `{ outputs = { self }: { v = builtins.attrNames self; }; }`, 0o666)
	last := r.commit("flake")
	dirs := map[string]string{"REPO": server.URL + r.dir + "/.git", "MAIN": main, "DEV": dev, "LAST": last}
	for name, text := range map[string]string{
		"branch":   `{ inputs.a.url = "git+REPO?ref=main"; outputs = { a, ... }: { v = a.rev; }; }`,
		"head":     `{ inputs.a.url = "git+REPO?dir=d"; outputs = { a, ... }: { v = a.v; }; }`,
		"rev":      `{ inputs.a = { url = "git+REPO?rev=DEV"; flake = false; }; outputs = { a, ... }: { v = a.revCount; }; }`,
		"ref rev":  `{ inputs.a = { type = "git"; url = "REPO"; ref = "dev"; rev = "DEV"; flake = false; }; outputs = { a, ... }: { v = a.revCount; }; }`,
		"all refs": `{ inputs.a = { type = "git"; url = "REPO"; allRefs = true; rev = "MAIN"; flake = false; }; outputs = { a, ... }: { v = a.lastModified; }; }`,
		"shallow":  `{ inputs.a.url = "git+REPO?shallow=1"; outputs = { a, ... }: { v = a ? revCount; }; }`,
		"tag":      `{ inputs.a = { url = "git+REPO?ref=refs/tags/v1"; flake = false; }; outputs = { a, ... }: { v = a.rev; }; }`,
	} {
		t.Run(name, func(t *testing.T) { compareLocks(t, dirs, "", text) })
	}
	// What was fetched is not asked for again, and no network is needed.
	w := newWorld(t)
	want := `"three\n"`
	expr := in(dirs, `builtins.readFile (builtins.fetchGit { url = "REPO"; rev = "DEV"; } + "/a")`)
	if got := w.eval(t, expr); got != want {
		t.Errorf("got %s", got)
	}
	w.opts.Offline = true
	if got := w.eval(t, expr); got != want {
		t.Errorf("offline: got %s", got)
	}
	if got := w.eval(t, in(dirs, `builtins.fetchGit { url = "REPO"; rev = "LAST"; }`)); !strings.Contains(got, "is not in the cache, and there is no network") {
		t.Errorf("offline: got %s", got)
	}
	w = newWorld(t)
	if got := w.eval(t, in(dirs, `builtins.fetchGit { url = "REPO"; rev = "0123456789012345678901234567890123456789"; }`)); !strings.Contains(got, "cannot find Git revision '0123456789012345678901234567890123456789'") {
		t.Errorf("unknown commit: got %s", got)
	}
	if got := w.eval(t, in(dirs, `builtins.fetchGit { url = "REPO/none"; }`)); !strings.Contains(got, "not found") {
		t.Errorf("unknown repository: got %s", got)
	}
}
