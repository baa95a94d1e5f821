package nixstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

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

// TestProtected runs the garbage collector of the real Nix beside a store that is open, and after it was closed.
func TestProtected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, err := w.realise(t, `"${sh "kept" "echo ${sh "dep" "echo > $out"} > $out"} ${builtins.toFile "text" "t"}"`)
	if err != nil {
		t.Fatal(err)
	}
	built, text, _ := strings.Cut(out, " ")
	refs, err := w.store.References(built)
	if err != nil || len(refs) != 1 {
		t.Fatalf("references %q, %v", refs, err)
	}
	old := w.again() // a path that another process has built
	if err := old.store.Hold([]string{built, "/elsewhere", w.store.dir + "/00000000000000000000000000000000-none"}); err != nil {
		t.Fatal(err)
	}
	w.collect(t, true, built, refs[0], text)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.collect(t, true, built, refs[0])
	w.collect(t, false, text)
	if err := old.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.collect(t, false, built, refs[0])
	// What was collected is put and built again.
	if again, err := w.realise(t, `"${sh "kept" "echo ${sh "dep" "echo > $out"} > $out"}"`); again != built || err != nil || !isThere(built) {
		t.Errorf("%s, %v", again, err)
	}
}

// collect runs the garbage collector, and says what is there afterwards.
func (w *world) collect(t *testing.T, there bool, paths ...string) {
	t.Helper()
	cmd := exec.Command(w.store.programs.store, "--gc")
	cmd.Env = w.store.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, p := range paths {
		if isThere(p) != there {
			t.Errorf("%s is there after a collection: %v, want %v", p, !there, there)
		}
	}
}

func TestBuildEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	objects, outputs := w.wanted(t, `"${sh "two" "echo ${sh "one" "echo in one; echo > $out"}; echo > $out"}"`)
	if err := w.store.Put(objects); err != nil {
		t.Fatal(err)
	}
	var events []string
	if _, err := w.store.Build(t.Context(), outputs, func(e Event) {
		text := string(e.Kind)
		if e.Path != "" {
			text += " " + e.Name()
		}
		if strings.HasPrefix(e.Text, "in ") {
			text += ": " + e.Text
		}
		if e.Expected > 0 {
			text += fmt.Sprintf(" %d/%d", e.Done, e.Expected)
		}
		events = append(events, text)
	}); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(events, "\n")
	at := 0
	for _, want := range []string{"building one", "said one: in one", "ended one", "building two", "said two", "ended two"} {
		next := strings.Index(got[at:], want+"\n")
		if next < 0 && !strings.HasSuffix(got, want) {
			t.Fatalf("%q is missing, or comes too early:\n%s", want, got)
		}
		at += max(next, 0)
	}
	if !strings.Contains(got, "counted 1/2") || !strings.Contains(got, "counted 2/2") {
		t.Errorf("not counted:\n%s", got)
	}
}

// TestCancelled makes sure that the builder ends with the build.
func TestCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "pid")
	objects, outputs := w.wanted(t, fmt.Sprintf(`"${sh "long" "echo $$ > %s.new; PATH=/bin:/usr/bin; mv %[1]s.new %[1]s; exec sleep 600"}"`, file))
	if err := w.store.Put(objects); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := w.store.Build(ctx, outputs, nil)
		ended <- err
	}()
	wait := func(what string, until func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !until(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s takes too long", what)
			}
		}
	}
	var pid int
	wait("the builder's start", func() bool {
		text, err := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wait("the builder's end", func() bool { return syscall.Kill(pid, 0) != nil })
}

// wanted evaluates a string and lists what it refers to.
func (w *world) wanted(t *testing.T, expr string) (objects []eval.StoreObject, outputs []eval.DerivationOutput) {
	t.Helper()
	m := nix.New(nix.Options{Options: eval.Options{Store: w.store, Dir: "/"}, Offline: true, Cache: t.TempDir()})
	err := m.Run(t.Context(), func() *eval.Error {
		v, err := m.EvalString("let sh = name: script: derivation { inherit name; system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" script ]; }; in "+expr, "test", "/")
		if err == nil {
			v, err = m.ForceString(v, "in a test")
		}
		if err == nil {
			objects, outputs, err = m.Wanted(v.Context().Elems())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects, outputs
}

// TestFollow reads what other versions of Nix write, too.
func TestFollow(t *testing.T) {
	t.Parallel()
	var events []Event
	failure := newFollower(func(e Event) { events = append(events, e) }).follow(strings.NewReader(strings.Join([]string{
		`plain text`,
		`@nix {"action":"start","id":1,"level":3,"type":108,"fields":["/nix/store/h-a","https://c"]}`,
		`@nix {"action":"start","id":2,"level":3,"type":100,"fields":["/nix/store/h-a","https://c","local"]}`,
		`@nix {"action":"stop","id":2}`,
		`@nix {"action":"stop","id":1}`,
		`@nix {"action":"msg","level":1,"msg":"\u001b[35;1mwarning:\u001b[0m you did not specify '--add-root'; …"}`,
		`@nix {"action":"msg","level":1,"msg":"\u001b[35;1mwarning:\u001b[0m a thing"}`,
		`@nix {"action":"msg","level":3,"msg":"chatter"}`,
		`@nix {"action":"result","id":9,"type":105,"fields":[]}`,
		`@nix {"action":"unheard of"}`,
		`@nix no JSON`,
		`@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m it broke\n  badly"}`,
	}, "\n")))
	if failure != "it broke\n  badly" {
		t.Errorf("failure %q", failure)
	}
	want := []Event{
		{Kind: Message, Text: "plain text"}, {Kind: Fetching, Path: "/nix/store/h-a"}, {Kind: Ended, Path: "/nix/store/h-a"},
		{Kind: Message, Text: "warning: a thing"}, {Kind: Message, Text: "@nix no JSON"},
	}
	if !slices.Equal(events, want) {
		t.Errorf("got %+v, want %+v", events, want)
	}
}
