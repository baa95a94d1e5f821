package nixstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// reference is where the tests find a Nix that works without installation.
const reference = "/opt/nix-reference/bin"

// A world is a store of its own in a temporary folder.
type world struct {
	store *Store
	mu    sync.Mutex // guards lines
	lines []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{}
	getenv := func(name string) string {
		return map[string]string{"PATH": reference, "NIX_STORE_DIR": filepath.Join(dir, "store")}[name]
	}
	w.store = Find(getenv, func(line string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lines = append(w.lines, line)
	})
	if w.store == nil || !strings.HasPrefix(w.store.programs.daemon, reference) {
		t.Skip("there is no Nix in " + reference)
	}
	w.store.env = append(os.Environ(), "NIX_STORE_DIR="+w.store.dir, "NIX_STATE_DIR="+dir+"/state", "NIX_LOG_DIR="+dir+"/log", "HOME="+dir)
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
		// What is in a store cannot be written.
		_ = filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				return os.Chmod(file, 0o700)
			}
			return err
		})
	})
	return w
}

// again is the same store in another process.
func (w *world) again() *world {
	w2 := &world{}
	w2.store = newStore(func(string) string { return w.store.dir }, w.store.programs, func(line string) {
		w2.mu.Lock()
		defer w2.mu.Unlock()
		w2.lines = append(w2.lines, line)
	})
	w2.store.env = w.store.env
	return w2
}

// realise evaluates a string and builds what it refers to. The result is the string.
func (w *world) realise(t *testing.T, expr string) (string, error) {
	t.Helper()
	m := nix.New(nix.Options{Options: eval.Options{Store: w.store, Dir: "/"}, Offline: true, Cache: t.TempDir()})
	text := ""
	err := m.Run(context.Background(), func() *eval.Error {
		v, err := m.EvalString("let system = builtins.currentSystem; sh = name: script: derivation { inherit name system; builder = \"/bin/sh\"; args = [ \"-c\" script ]; }; in "+expr, "test", "/")
		if err != nil {
			return err
		}
		if v, err = m.ForceString(v, "in a test"); err != nil {
			return err
		}
		text = v.Text()
		_, err = m.Realise(v.Context().Elems())
		return err
	})
	if err != nil {
		return "", err
	}
	return text, nil
}

func TestRealise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	src := t.TempDir()
	for name, text := range map[string]string{"src/a": "A", "src/deep/b": "B"} {
		file := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expr := fmt.Sprintf(`"${sh "all" ''
		echo to be seen
		echo ${sh "dep" "echo dep > $out"} ${builtins.toFile "text" "refers to ${./. + "%s/src/a"}"} > $out
		read x < ${%[1]s/src}/deep/b; echo $x >> $out
		read x < ${builtins.path { path = %[1]s/src/a; name = "flat"; recursive = false; }}; echo $x >> $out
	''}"`, src)
	out, err := w.realise(t, expr)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil || !strings.HasSuffix(string(text), "-text\nB\nA\n") {
		t.Errorf("%q, %v", text, err)
	}
	if log := strings.Join(w.lines, "\n"); strings.Count(log, "to be seen") != 1 || strings.Contains(log, "add-root") {
		t.Errorf("log:\n%s", log)
	}
	refs, err := w.store.References(out)
	if err != nil || len(refs) != 2 {
		t.Errorf("references %q, %v", refs, err)
	}
	if _, err := w.store.References(w.store.dir + "/00000000000000000000000000000000-none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
	second := w.again()
	defer second.store.Close()
	if got, err := second.realise(t, expr); got != out || err != nil || len(second.lines) > 0 {
		t.Errorf("the second time %s, want %s, %v, log %q", got, out, err, second.lines)
	}
}

func TestImportFromDerivation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.realise(t, `toString (import (sh "made.nix" "echo '40 + 2' > $out"))`)
	if got != "42" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.realise(t, `"${sh "broken" "echo oh no; exit 3"}"`); err == nil || !strings.Contains(err.Error(), "exit code 3") || !strings.Contains(err.Error(), "-broken.drv^out") {
		t.Errorf("a builder that fails: %v", err)
	}
	// The store still works.
	if _, err := w.realise(t, `"${sh "good" "echo > $out"}"`); err != nil {
		t.Error(err)
	}
	w.store.programs.daemon = "/bin/false"
	if err := w.store.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.realise(t, `"${sh "more" "echo > $out"}"`); err == nil || !strings.Contains(err.Error(), "talking to the Nix store through /bin/false") {
		t.Errorf("a daemon that is none: %v", err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"nix-daemon", "nix-store"} {
		if got := Find(func(string) string { return dir }, nil); got != nil && strings.HasPrefix(got.programs.daemon, dir) {
			t.Errorf("found %v before %s was there", got.programs, name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	got := Find(func(name string) string { return map[string]string{"PATH": "/nonexistent:" + dir}[name] }, nil)
	if got == nil || got.programs.daemon != filepath.Join(dir, "nix-daemon") || got.Dir() != "/nix/store" {
		t.Errorf("found %+v", got)
	}
}
