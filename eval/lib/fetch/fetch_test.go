package fetch_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/nix"
)

// world is where an expression is evaluated.
type world struct {
	opts nix.Options
	logs []string
}

func newWorld(t *testing.T) *world {
	w := &world{}
	w.opts.Cache = filepath.Join(t.TempDir(), "cache")
	w.opts.Features = []string{"fetch-tree", "flakes", "fetch-closure"}
	var mu sync.Mutex // inputs are fetched by several goroutines
	w.opts.Log = func(line string) {
		mu.Lock()
		defer mu.Unlock()
		w.logs = append(w.logs, line)
	}
	return w
}

// eval gives the printed value of an expression, or the message of its error after "error: ".
func (w *world) eval(t *testing.T, expr string) string {
	t.Helper()
	return evaluated(t, nix.New(w.opts), expr)
}

// evaluated prints the value of an expression, or its error.
func evaluated(t *testing.T, m *eval.Evaluator, expr string) string {
	t.Helper()
	var out string
	err := m.Run(t.Context(), func() *eval.Error {
		v, err := m.EvalString(expr, "«string»", "/")
		if err == nil {
			err = m.ForceDeep(v)
		}
		if err == nil {
			out = m.Print(v, eval.PrintOptions{})
		}
		return err
	})
	if err != nil {
		return "error: " + err.Msg
	}
	return out
}

func (w *world) check(t *testing.T, cases [][2]string, replace ...string) {
	t.Helper()
	r := strings.NewReplacer(replace...)
	for _, c := range cases {
		if got, want := w.eval(t, r.Replace(c[0])), r.Replace(c[1]); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c[0], got, want)
		}
	}
}

// An entry is one of an archive.
type entry struct {
	name, text string
	kind       byte
	mode       int64
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: e.mode, ModTime: time.Unix(1_700_000_000, 0)}
		switch e.kind {
		case tar.TypeSymlink, tar.TypeLink:
			h.Linkname = e.text
		case tar.TypeReg:
			h.Size = int64(len(e.text))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if e.kind == tar.TypeReg {
			if _, err := w.Write([]byte(e.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sample(t *testing.T) []byte {
	return archive(t,
		entry{"top/", "", tar.TypeDir, 0o755}, entry{"top/a", "hi\n", tar.TypeReg, 0o644}, entry{"top/run", "#!\n", tar.TypeReg, 0o755},
		entry{"top/l", "a", tar.TypeSymlink, 0o777}, entry{"top/hard", "top/a", tar.TypeLink, 0o644}, entry{"top/d/", "", tar.TypeDir, 0o755},
	)
}

func TestDownload(t *testing.T) {
	t.Parallel()
	var asked, failures atomic.Int64
	failures.Store(2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/text":
			fmt.Fprint(w, "hello\n")
		case "/flaky":
			if failures.Add(-1) >= 0 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			fmt.Fprint(w, "at last\n")
		case "/plain":
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "you may not\n")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	w := newWorld(t)
	w.check(t, [][2]string{
		{`builtins.readFile (builtins.fetchurl "SERVER/text")`, `"hello\n"`},
		{`builtins.fetchurl { url = "SERVER/text"; name = "x"; } == builtins.fetchurl { url = "SERVER/text"; name = "x"; sha256 = builtins.hashString "sha256" "hello\n"; }`, "true"},
		{`builtins.fetchurl { url = "SERVER/text"; sha256 = builtins.hashString "sha256" "other"; }`,
			"error: hash mismatch in file downloaded from 'SERVER/text':\n  specified: sha256:1yng5xdkybsglm9mszm44zpkq3qvcjn5vn2bvhvmhwxhs488lafr\n  got:       sha256:GOT"},
		{`builtins.hasContext (builtins.fetchurl "SERVER/text")`, "true"},
		{`builtins.readFile (builtins.fetchurl "SERVER/flaky")`, `"at last\n"`},
		{`builtins.fetchurl "SERVER/nope"`, "error: unable to download 'SERVER/nope': HTTP error 404: 404 page not found"},
		{`builtins.fetchurl "SERVER/plain"`, "error: unable to download 'SERVER/plain': HTTP error 403: you may not"},
		{`builtins.fetchurl "ftp://x/y"`, "error: unable to download 'ftp://x/y': the scheme 'ftp' is not supported"},
	}, "SERVER", server.URL, "GOT", "00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq")
	before := asked.Load()
	w.check(t, [][2]string{{`builtins.readFile (builtins.fetchurl "SERVER/text")`, `"hello\n"`}}, "SERVER", server.URL)
	if n := asked.Load() - before; n != 0 {
		t.Errorf("a fresh answer was asked for %d times again", n)
	}
	w.opts.Offline = true
	w.check(t, [][2]string{
		{`builtins.readFile (builtins.fetchurl "SERVER/text")`, `"hello\n"`},
		{`builtins.fetchurl "SERVER/other"`, "error: unable to download 'SERVER/other': it is not in the cache, and there is no network"},
	}, "SERVER", server.URL)
}

func TestETag(t *testing.T) {
	t.Parallel()
	var full, unchanged atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			unchanged.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full.Add(1)
		fmt.Fprint(w, "text")
	}))
	defer server.Close()
	cache := filepath.Join(t.TempDir(), "cache")
	for range 3 {
		f := fetch.New(fetch.Options{Client: http.DefaultClient, Cache: cache, Files: nix.OS{}, Settings: fetch.Settings{Fresh: time.Nanosecond}})
		m := eval.New(eval.Options{IO: nix.OS{}, Builtins: f.Builtins()})
		err := m.Run(t.Context(), func() *eval.Error {
			v, err := m.EvalString(`builtins.readFile (builtins.fetchurl "`+server.URL+`/x")`, "«string»", "/")
			if err == nil && v.Text() != "text" {
				t.Errorf("got %q", v.Text())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if full.Load() != 1 || unchanged.Load() != 2 {
		t.Errorf("got %d full answers and %d without content, want 1 and 2", full.Load(), unchanged.Load())
	}
}

func TestTarball(t *testing.T) {
	t.Parallel()
	content := sample(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/x.tar.gz", "/moved", "/fixed.tar.gz":
			if r.URL.Path == "/moved" {
				w.Header().Set("Link", `</fixed.tar.gz?rev=0123456789012345678901234567890123456789>; rel="immutable"`)
			}
			_, _ = w.Write(content) // a client that has gone sees it itself
		case "/text":
			fmt.Fprint(w, "this is no archive, but it is long enough to be looked at as if it were one")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	const hash = "sha256-ri/ybtPeltPVzg3ZU2UPiqaVvMlXWLHXF2hJHDdqA6k="
	w := newWorld(t)
	tree := w.eval(t, `(builtins.fetchTree { type = "tarball"; url = "`+server.URL+`/x.tar.gz"; }).narHash`)
	w.check(t, [][2]string{
		{`builtins.readDir (builtins.fetchTarball "SERVER/x.tar.gz")`, `{ a = "regular"; d = "directory"; hard = "regular"; l = "symlink"; run = "regular"; }`},
		{`builtins.readFile (builtins.fetchTarball "SERVER/x.tar.gz" + "/l")`, `"hi\n"`},
		{`builtins.readFile (builtins.fetchTarball "SERVER/x.tar.gz" + "/hard")`, `"hi\n"`},
		{`(builtins.fetchTree "SERVER/x.tar.gz").lastModifiedDate`, `"20231114221320"`},
		{`baseNameOf (builtins.fetchTarball { url = "SERVER/x.tar.gz"; sha256 = TREE; name = "n"; }) == baseNameOf (builtins.path { path = builtins.fetchTarball "SERVER/x.tar.gz"; name = "n"; })`, "true"},
		{`(builtins.fetchTree { type = "tarball"; url = "SERVER/x.tar.gz"; narHash = "` + hash + `"; }).outPath`,
			"error: NAR hash mismatch in input 'SERVER/x.tar.gz?narHash=sha256-ri/ybtPeltPVzg3ZU2UPiqaVvMlXWLHXF2hJHDdqA6k%3D', expected '" + hash + "' but got 'PLAIN'"},
		{`(builtins.fetchTree "SERVER/moved").rev`, `"0123456789012345678901234567890123456789"`},
		{`builtins.fetchTarball "SERVER/text"`, "error: unpacking 'SERVER/text': it is not an archive that can be unpacked: unexpected EOF"},
		{`builtins.fetchTarball "SERVER/nope"`, "error: unable to download 'SERVER/nope': HTTP error 404: 404 page not found"},
		{`builtins.fetchTarball { url = "SERVER/x.tar.gz"; name = "a b"; }`, "error: invalid store path name when fetching URL 'SERVER/x.tar.gz': name 'a b' contains illegal character ' '. " +
			"Please change the value for the 'name' attribute passed to 'fetchTarball', so that it can create a valid store path."},
	}, "SERVER", server.URL, "TREE", tree, "PLAIN", strings.Trim(tree, `"`))
	// What is known by its hash needs no network.
	w.opts.Offline = true
	w.opts.Pure = true
	w.check(t, [][2]string{
		{`builtins.readFile (builtins.fetchTarball { url = "https://elsewhere.invalid/x"; sha256 = TREE; } + "/a")`, `"hi\n"`},
		{`builtins.readFile ((builtins.fetchTree { type = "tarball"; url = "https://elsewhere.invalid/x"; narHash = TREE; }).outPath + "/a")`, `"hi\n"`},
		{`builtins.fetchTarball "SERVER/x.tar.gz"`, "error: in pure evaluation mode, 'fetchTarball' requires a 'sha256' argument"},
		{`builtins.fetchTree "SERVER/x.tar.gz"`, "error: in pure evaluation mode, 'fetchTree' doesn't fetch unlocked input 'SERVER/x.tar.gz'"},
		{`builtins.fetchurl "SERVER/x"`, "error: in pure evaluation mode, 'fetchurl' requires a 'sha256' argument"},
		{`builtins.fetchGit "https://h/x"`, "error: in pure evaluation mode, 'fetchGit' doesn't fetch unlocked input 'git+https://h/x?exportIgnore=1'"},
		{`fetchMercurial "https://h/x"`, "error: in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision"},
	}, "SERVER", server.URL, "TREE", tree)
}

// TestHostileArchives checks that nothing of an archive gets out of the folder it is unpacked into.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		entries []entry
		want    string
	}{
		"two dots":             {[]entry{{"../evil", "x", tar.TypeReg, 0o644}}, "error: unpacking 'ARCHIVE': unpacking '../evil': the name leads out of the archive"},
		"dots inside":          {[]entry{{"a/../../evil", "x", tar.TypeReg, 0o644}}, "error: unpacking 'ARCHIVE': unpacking 'a/../../evil': the name leads out of the archive"},
		"absolute":             {[]entry{{"/evil", "x", tar.TypeReg, 0o644}, {"b", "", tar.TypeReg, 0o644}}, `{ b = "regular"; evil = "regular"; }`},
		"through a link":       {[]entry{{"l", "OUTSIDE", tar.TypeSymlink, 0o777}, {"l/evil", "x", tar.TypeReg, 0o644}}, "error: unpacking 'ARCHIVE': unpacking 'l/evil': "},
		"through a relative":   {[]entry{{"l", "../../..", tar.TypeSymlink, 0o777}, {"l/evil", "x", tar.TypeReg, 0o644}}, "error: unpacking 'ARCHIVE': unpacking 'l/evil': "},
		"hard link out":        {[]entry{{"l", "../../../etc/passwd", tar.TypeLink, 0o644}}, "error: unpacking 'ARCHIVE': unpacking 'l': the name leads out of the archive"},
		"hard link to a link":  {[]entry{{"s", "/etc/passwd", tar.TypeSymlink, 0o777}, {"h", "s", tar.TypeLink, 0o644}}, `{ h = "symlink"; s = "symlink"; }`},
		"file replaces a link": {[]entry{{"f", "OUTSIDE/evil", tar.TypeSymlink, 0o777}, {"f", "x", tar.TypeReg, 0o644}, {"g", "", tar.TypeReg, 0o644}}, `{ f = "regular"; g = "regular"; }`},
		"a device":             {[]entry{{"dev", "", tar.TypeChar, 0o644}}, "error: unpacking 'ARCHIVE': unpacking 'dev': a file of type '3' cannot be in a tree"},
		"a link out is kept":   {[]entry{{"l", "../../secret", tar.TypeSymlink, 0o777}, {"b", "", tar.TypeReg, 0o644}}, `{ b = "regular"; l = "symlink"; }`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			outside := t.TempDir()
			for i := range c.entries {
				c.entries[i].text = strings.ReplaceAll(c.entries[i].text, "OUTSIDE", outside)
			}
			file := filepath.Join(t.TempDir(), "x.tar.gz")
			if err := os.WriteFile(file, archive(t, c.entries...), 0o666); err != nil {
				t.Fatal(err)
			}
			got := w.eval(t, `builtins.readDir (builtins.fetchTarball "file://`+file+`")`)
			want := strings.ReplaceAll(c.want, "ARCHIVE", "file://"+file)
			if got != want && !(strings.HasSuffix(want, ": ") && strings.HasPrefix(got, want)) {
				t.Errorf("got %s, want %s", got, want)
			}
			if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
				t.Errorf("outside there is now %v, %v", left, err)
			}
		})
	}
}

func TestRestricted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.opts.Restricted = true
	w.opts.Offline = true
	w.opts.AllowedURIs = []string{"https://good.invalid/a", "http:"}
	w.check(t, [][2]string{
		{`builtins.fetchurl "https://bad.invalid/x"`, "error: access to URI 'https://bad.invalid/x' is forbidden in restricted mode"},
		{`builtins.fetchurl "https://good.invalid/ab"`, "error: access to URI 'https://good.invalid/ab' is forbidden in restricted mode"},
		{`builtins.fetchurl "https://good.invalid/a/b"`, "error: unable to download 'https://good.invalid/a/b': it is not in the cache, and there is no network"},
		{`builtins.fetchurl "http://any.invalid/x"`, "error: unable to download 'http://any.invalid/x': it is not in the cache, and there is no network"},
		{`builtins.fetchurl "file://DIR/f"`, "error: access to absolute path 'DIR/f' is forbidden in restricted mode"},
		{`builtins.fetchGit DIR`, "error: access to URI 'git+file://DIR?exportIgnore=1' is forbidden in restricted mode"},
		{`builtins.fetchTree { type = "path"; path = "DIR"; }`, "error: access to URI 'path:DIR' is forbidden in restricted mode"},
	}, "DIR", dir)
	w.opts.Roots = []string{dir}
	w.check(t, [][2]string{{`builtins.readFile (builtins.fetchurl "file://DIR/f")`, `"x"`}}, "DIR", dir)
}

func TestSearchEntry(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.tar.gz")
	if err := os.WriteFile(file, sample(t), 0o666); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.opts.Offline = true
	w.opts.SearchPath = nix.ParseSearchPath("x=file://" + file + ":y=https://nowhere.invalid/x.tar")
	w.check(t, [][2]string{
		{`builtins.readFile <x/a>`, `"hi\n"`},
		{`<y/a>`, "error: file 'y/a' was not found in the Nix search path (add it using $NIX_PATH or -I)"},
	})
	if len(w.logs) == 0 || !strings.HasPrefix(w.logs[len(w.logs)-2], "warning: Nix search path entry 'https://nowhere.invalid/x.tar' cannot be downloaded, ignoring") {
		t.Errorf("got the log %q, want a warning about the entry that is not there", w.logs)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(stuck)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	m := nix.New(nix.Options{Cache: t.TempDir()})
	begin := time.Now()
	err := m.Run(ctx, func() *eval.Error {
		_, err := m.EvalString(`builtins.fetchurl "`+server.URL+`/x"`, "«string»", "/")
		return err
	})
	if err == nil || err.Kind != eval.Canceled {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if d := time.Since(begin); d > time.Second {
		t.Errorf("it took %v", d)
	}
}
