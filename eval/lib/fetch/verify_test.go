package fetch_test

import (
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
	"nixops4/eval/nix"
)

// inCache is the one place in the cache that a pattern matches.
func (w *world) inCache(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.opts.Cache, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v %v", pattern, found, err)
	}
	return found[0]
}

// TestDamagedCache changes what is in the cache: it is found, and fetched again.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	body := archive(t, entry{name: "x/flake.nix", text: `{ outputs = _: { v = import ./v.nix; }; }`, kind: '0', mode: 0o644}, entry{name: "x/v.nix", text: "1", kind: '0', mode: 0o644})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(body)
	}))
	defer server.Close()
	w := newWorld(t)
	expr := `(builtins.fetchTarball { url = "` + server.URL + `/a.tar.gz"; sha256 = HASH; })`
	got := w.eval(t, `(builtins.fetchTree "tarball+`+server.URL+`/a.tar.gz").narHash`)
	expr = strings.Replace(expr, "HASH", got, 1)
	want := "1"
	for name, damage := range map[string]func(dir string) error{
		"none":     func(string) error { return nil },
		"touched":  func(dir string) error { return os.Chtimes(dir+"/tree/v.nix", time.Now(), time.Now()) },
		"no note":  func(dir string) error { return os.Remove(dir + "/info") },
		"bad note": func(dir string) error { return os.WriteFile(dir+"/info", []byte("{"), 0o600) },
		"changed":  func(dir string) error { return rewrite(dir+"/tree/v.nix", "2") },
		"emptied":  func(dir string) error { return rewrite(dir+"/tree/v.nix", "") },
		"more":     func(dir string) error { return os.WriteFile(dir+"/tree/more", nil, 0o600) },
		"removed":  func(dir string) error { return os.Remove(dir + "/tree/v.nix") },
		"gone":     func(dir string) error { return os.RemoveAll(dir + "/tree") },
	} {
		if err := damage(w.inCache(t, "trees/*")); err != nil {
			t.Fatal(err)
		}
		if got := w.eval(t, `import (`+expr+` + "/v.nix")`); got != want {
			t.Errorf("%s: got %s", name, got)
		}
		if got := w.eval(t, `builtins.attrNames (builtins.readDir `+expr+`)`); got != `[ "flake.nix" "v.nix" ]` {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times for what was in the cache as an archive all the time", n)
	}
	// The archive, too, when it is needed.
	if err := rewrite(w.inCache(t, "files/*"), "damaged"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.inCache(t, "trees/*")); err != nil {
		t.Fatal(err)
	}
	if got := w.eval(t, `import (`+expr+` + "/v.nix")`); got != want || asked.Load() != 2 {
		t.Errorf("got %s after %d requests", got, asked.Load())
	}
	// A file of a tree cannot be changed by mistake.
	info, err := os.Stat(w.inCache(t, "trees/*") + "/tree/v.nix")
	if err != nil || info.Mode().Perm()&0o222 != 0 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// rewrite changes a file that must not be written.
func rewrite(file, text string) error {
	if err := os.Chmod(file, 0o600); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

// TestSharedCache lets many evaluators fetch the same things into one cache at the same time.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	r, main, _ := history(t)
	body := sample(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	defer server.Close()
	w := newWorld(t)
	w.opts.Log = func(string) {}
	expr := strings.NewReplacer("URL", server.URL, "REPO", "testgit://host"+r.dir, "DIR", r.dir, "MAIN", main).Replace(`[
		(builtins.readFile (builtins.fetchTarball "URL/a.tar.gz" + "/a"))
		(builtins.readFile (builtins.fetchGit { url = "REPO"; ref = "dev"; } + "/a"))
		(builtins.readFile (builtins.fetchGit { url = "file://DIR"; rev = "MAIN"; } + "/a"))
	]`)
	want := `[ "hi\n" "three\n" "two\n" ]`
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			m := nix.New(w.opts)
			var got string
			err := m.Run(t.Context(), func() *eval.Error {
				v, err := m.EvalString(expr, "«string»", "/")
				if err == nil {
					err = m.ForceDeep(v)
				}
				if err == nil {
					got = m.Print(v, eval.PrintOptions{})
				}
				return err
			})
			if err != nil || got != want {
				t.Errorf("%s %v", got, err)
			}
		})
	}
	all.Wait()
	left, err := os.ReadDir(filepath.Join(w.opts.Cache, "tmp"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}

// TestLeftovers makes sure that what killed processes leave does no harm and does not stay.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	r, main, _ := history(t)
	w := newWorld(t)
	expr := strings.NewReplacer("REPO", "testgit://host"+r.dir, "MAIN", main).Replace(`(builtins.fetchGit { url = "REPO"; ref = "REF"; }).revCount`)
	if got := w.eval(t, strings.Replace(expr, "REF", "main", 1)); got != "2" {
		t.Fatal(got)
	}
	var clone string
	found, err := filepath.Glob(filepath.Join(w.opts.Cache, "git", "*", "HEAD"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	clone = filepath.Dir(found[0])
	writeFiles(t, clone, map[string]string{"shallow.lock": "", "refs/heads/dev.lock": "", "objects/pack/tmp_pack_1": "half"})
	writeFiles(t, w.opts.Cache, map[string]string{"tmp/fetch-old/tree/x": "half", "tmp/fetch-new/tree/x": "half"})
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(w.opts.Cache+"/tmp/fetch-old", long, long); err != nil {
		t.Fatal(err)
	}
	if got := w.eval(t, strings.Replace(expr, "REF", "dev", 1)); got != "3" {
		t.Fatal(got)
	}
	if _, err := os.Stat(clone + "/refs/heads/dev.lock"); !os.IsNotExist(err) {
		t.Error("the lock is there:", err)
	}
	left, err := os.ReadDir(w.opts.Cache + "/tmp")
	if err != nil || len(left) != 1 || left[0].Name() != "fetch-new" {
		t.Errorf("%v %v", left, err)
	}
}

// TestLinksOut reads through links of an archive that lead out of it.
func TestLinksOut(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	writeFiles(t, filepath.Dir(secret), map[string]string{
		"secret": "s",
		"a.tar.gz": string(archive(t,
			entry{name: "x/absolute", text: secret, kind: '2', mode: 0o777},
			entry{name: "x/relative", text: "../../../../../../../../../../.." + secret, kind: '2', mode: 0o777},
			entry{name: "x/folder", text: filepath.Dir(secret), kind: '2', mode: 0o777},
		)),
	})
	w := newWorld(t)
	url := "file://" + filepath.Dir(secret) + "/a.tar.gz"
	hash := w.eval(t, `(builtins.fetchTree "tarball+`+url+`").narHash`)
	w.opts.Pure = true
	for _, name := range []string{"absolute", "relative", "folder/secret"} {
		got := w.eval(t, `builtins.readFile (builtins.fetchTarball { url = "`+url+`"; sha256 = `+hash+`; } + "/`+name+`")`)
		if !strings.HasPrefix(got, "error: ") || !strings.Contains(got, "forbidden") && !strings.Contains(got, "No such file") && !strings.Contains(got, "does not exist") {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
