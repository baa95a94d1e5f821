package fetch_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/nix"
)

// reference is a real Nix to compare with.
const reference = "/opt/nix-reference/bin/nix"

// sources are repositories that flakes in tests have as inputs, by the words that stand for their folders.
func sources(t *testing.T) map[string]string {
	t.Helper()
	leaf, other, mid, outer := newRepository(t), newRepository(t), newRepository(t), newRepository(t)
	leaf.write("flake.nix", `{ inputs.inner.url = "path:./inner"; outputs = { self, inner }: { v = "leaf"; w = inner.w; }; }`, 0o666)
	leaf.write("inner/flake.nix", `{ inputs.deep.url = "path:./deep"; outputs = { self, deep }: { w = deep.w; }; }`, 0o666)
	leaf.write("inner/deep/flake.nix", `{ outputs = _: { w = "deep"; }; }`, 0o666)
	leaf.commit("leaf")
	other.write("flake.nix", `{ inputs = { x.url = ./x; y = { url = "path:./y"; flake = false; }; x.inputs.z.follows = ""; }; outputs = { x, ... }: { v = "other"; w = x.w; }; }`, 0o666)
	other.write("x/flake.nix", `{ inputs.z.url = "path:../y"; outputs = { self, z }: { w = z.v or "z"; }; }`, 0o666)
	other.write("y/flake.nix", `{ outputs = _: { v = "y"; }; }`, 0o666)
	other.commit("other")
	dirs := map[string]string{"LEAF": leaf.dir, "OTHER": other.dir}
	mid.write("flake.nix", in(dirs, `{ inputs = { leaf.url = "git+file://LEAF"; raw = { url = "git+file://OTHER?ref=main"; flake = false; }; }; outputs = { leaf, raw, ... }: { v = leaf.v; }; }`), 0o666)
	mid.commit("mid")
	dirs["MID"] = mid.dir
	w := newWorld(t)
	if _, err := w.open(t, mid.dir, fetch.LockOptions{Write: true}, "v"); err != "" {
		t.Fatal(err)
	}
	mid.commit("lock") // the lock file is one that Git tracks
	outer.write("flake.nix", in(dirs, `{ inputs = { mid.url = "git+file://MID"; leaf.url = "git+file://OTHER"; mid.inputs.leaf.follows = "leaf"; }; outputs = { mid, ... }: { v = mid.v; }; }`), 0o666)
	outer.commit("outer")
	dirs["OUTER"] = outer.dir
	return dirs
}

// in replaces words by folders.
func in(dirs map[string]string, text string) string {
	for _, word := range slices.Backward(slices.Sorted(maps.Keys(dirs))) {
		text = strings.ReplaceAll(text, word, dirs[word])
	}
	return text
}

// open evaluates an attribute of the outputs of the flake at a path, or gives the error.
func (w *world) open(t *testing.T, at string, opts fetch.LockOptions, attr string) (value, message string) {
	t.Helper()
	m, f := nix.NewFetching(w.opts)
	err := m.Run(t.Context(), func() *eval.Error {
		ref, _, err := fetch.LocalRef(at, "/", m.Log)
		if err != nil {
			t.Fatal(err)
		}
		v, failure := f.OpenFlake(m, ref, opts)
		if failure != nil {
			return failure
		}
		if v, failure = m.AttrPath(v, attr, nil); failure != nil {
			return failure
		}
		if failure = m.ForceDeep(v); failure == nil {
			value = m.Print(v, eval.PrintOptions{})
		}
		return failure
	})
	if err != nil {
		return "", err.Msg
	}
	return value, ""
}

// TestLockFiles locks flakes and compares the lock file with what Nix writes: recorded, and again when Nix is there.
func TestLockFiles(t *testing.T) {
	t.Parallel()
	dirs := sources(t)
	for name, text := range map[string]string{
		"one":       `{ inputs.a.url = "git+file://LEAF"; outputs = { self, a }: { v = a.w; }; }`,
		"two":       `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://OTHER?shallow=1"; }; outputs = { a, b, ... }: { v = a.w + b.w; }; }`,
		"twice":     `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://LEAF?ref=main"; inner.url = "git+file://LEAF?dir=inner"; }; outputs = { a, b, ... }: { v = a.w + b.w; }; }`,
		"follows":   `{ inputs = { a.url = "git+file://LEAF"; b = { url = "git+file://OTHER"; inputs.x.follows = "a/inner"; }; c.follows = "b/x/deep"; }; outputs = { b, c, ... }: { v = b.w + c.w; }; }`,
		"overrides": `{ inputs.a = { url = "git+file://LEAF"; inputs.inner.inputs.deep.url = "git+file://OTHER?dir=y"; }; outputs = { a, ... }: { v = a.v; }; }`,
		"sources":   `{ inputs = { a = { url = "git+file://LEAF"; flake = false; }; b = { type = "git"; url = "file://OTHER"; ref = "main"; flake = false; }; }; outputs = { a, b, ... }: { v = builtins.readDir b; }; }`,
		"none":      `{ outputs = _: { v = 1; }; }`,
	} {
		t.Run(name, func(t *testing.T) { compareLocks(t, dirs, name, text) })
	}
	// Hashes in these depend on where the repositories are.
	for name, text := range map[string]string{
		"nested":     `{ inputs = { a.url = "git+file://MID"; b.url = "git+file://OUTER"; }; outputs = { a, b, ... }: { v = a.v + b.v; }; }`,
		"unfollow":   `{ inputs.b = { url = "git+file://OUTER"; inputs.mid.inputs.leaf.url = "git+file://LEAF"; }; outputs = { b, ... }: { v = b.v; }; }`,
		"crosswise":  `{ inputs = { a = { url = "git+file://MID"; inputs.leaf.follows = "b/leaf"; }; b = { url = "git+file://OUTER"; inputs.mid.follows = "a"; }; }; outputs = { a, ... }: { v = a.v; }; }`,
		"paths":      `{ inputs = { a.url = "path:LEAF"; b = { url = "path:OTHER/y/flake.nix"; flake = false; }; c.url = "path:OUTER"; }; outputs = { a, ... }: { v = a.v; }; }`,
		"downloads":  `{ inputs.a = { url = "file://OTHER/y/flake.nix"; flake = false; }; outputs = { a, ... }: { v = builtins.readFile a; }; }`,
		"deep raw":   `{ inputs.b = { url = "git+file://OUTER"; inputs.mid.inputs.raw.follows = "b/leaf"; }; outputs = { b, ... }: { v = b.v; }; }`,
		"arguments":  `{ inputs.b = { url = "git+file://OUTER"; inputs.mid.inputs.raw.follows = "arg"; }; inputs.arg.follows = "b/leaf"; outputs = { b, arg, ... }: { v = arg.v; }; }`,
		"to nothing": `{ inputs.b = { url = "git+file://OUTER"; inputs.nothing.url = "git+file://LEAF"; }; outputs = { b, ... }: { v = b.v; }; }`,
	} {
		t.Run(name, func(t *testing.T) { compareLocks(t, dirs, "", text) })
	}
}

func compareLocks(t *testing.T, dirs map[string]string, golden, text string) {
	compareLocksWith(t, "", dirs, golden, text)
}

// compareLocksWith is compareLocks with a registry.
func compareLocksWith(t *testing.T, registry string, dirs map[string]string, golden, text string) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"ours/flake.nix": in(dirs, text), "theirs/flake.nix": in(dirs, text)})
	w := newWorld(t)
	if registry != "" {
		w.opts.Fetching.Registries = []fetch.Registry{{Place: registry}}
	}
	if _, err := w.open(t, dir+"/ours", fetch.LockOptions{Write: true}, "v"); err != "" {
		t.Fatal(err)
	}
	got := readLockFile(t, dir+"/ours")
	if again, err := w.open(t, dir+"/ours", fetch.LockOptions{Write: true}, "v"); err != "" || readLockFile(t, dir+"/ours") != got {
		t.Errorf("the second time: %s, %s", again, err)
	}
	theirs, ok := lockedByNix(t, dir+"/theirs", "NIX_CONFIG=flake-registry = "+registry)
	if ok && got != theirs {
		t.Errorf("got\n%s\nNix writes\n%s", got, theirs)
	}
	if golden == "" {
		return
	}
	file := filepath.Join("testdata/lock", golden+".json")
	recorded := theirs
	for word, dir := range dirs {
		recorded = strings.ReplaceAll(recorded, dir, word)
	}
	if os.Getenv("NIXOPS4_UPDATE") == "1" && ok {
		writeFiles(t, ".", map[string]string{file: recorded})
	}
	want, err := os.ReadFile(file)
	if err != nil || got != in(dirs, string(want)) {
		t.Errorf("got\n%s\nwant\n%s\n%v", got, in(dirs, string(want)), err)
	}
}

func readLockFile(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// lockedByNix is what the real Nix writes for a flake, when it is there.
func lockedByNix(t *testing.T, dir string, env ...string) (string, bool) {
	t.Helper()
	if _, err := os.Stat(reference); err != nil {
		return "", false
	}
	home := t.TempDir()
	cmd := exec.Command(reference, "--extra-experimental-features", "nix-command flakes", "flake", "lock", "path:"+dir)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home, "NIX_STORE_DIR="+home+"/store", "NIX_STATE_DIR="+home+"/state")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	_ = exec.Command("chmod", "-R", "u+w", home).Run() // a store is read-only
	if strings.Contains(string(out), "Path 'inner/flake.nix' does not exist in Git repository") {
		// It looks for relative inputs of an input that it did not fetch in the flake further out, which we do not.
		return "", false
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return readLockFile(t, dir), true
}

func TestLockChanges(t *testing.T) {
	t.Parallel()
	dirs := sources(t)
	top := newRepository(t)
	top.write("flake.nix", in(dirs, `{ inputs = { a.url = "git+file://LEAF"; b.url = "git+file://MID"; }; outputs = { self, a, b }: {
		v = a.v; w = b.v; at = self.rev or self.dirtyRev or null; files = builtins.attrNames (builtins.readDir self); };
	}`), 0o666)
	first := top.commit("top")
	top.write("untracked", "", 0o666)
	w := newWorld(t)
	// A lock file that is not written makes the flake a changed one.
	if got, err := w.open(t, top.dir, fetch.LockOptions{}, "outputs"); got != `{ at = null; files = [ "flake.nix" ]; v = "leaf"; w = "leaf"; }` || readLockFile(t, top.dir) != "" {
		t.Errorf("not written: %s %s", got, err)
	}
	if got, err := w.open(t, top.dir, fetch.LockOptions{Write: true}, "outputs"); got != `{ at = "`+first+`-dirty"; files = [ "flake.lock" "flake.nix" ]; v = "leaf"; w = "leaf"; }` {
		t.Errorf("written: %s %s", got, err)
	}
	before := readLockFile(t, top.dir)
	top.tree.Filesystem.Remove("untracked")
	second := top.commit("lock")
	if got, err := w.open(t, top.dir, fetch.LockOptions{Write: true}, "rev"); got != `"`+second+`"` {
		t.Errorf("committed: %s %s", got, err)
	}
	other, _, err := fetch.LocalRef(dirs["OTHER"], "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	overriding := fetch.LockOptions{Overrides: []fetch.InputOverride{{Path: []string{"b", "leaf"}, Ref: other}}}
	if got, err := w.open(t, top.dir, overriding, "outputs"); !strings.Contains(got, `v = "leaf"; w = "other"`) || readLockFile(t, top.dir) != before {
		t.Errorf("overridden: %s %s", got, err)
	}
	// New commits count when they are asked for.
	if err := os.WriteFile(dirs["LEAF"]+"/flake.nix", []byte(`{ outputs = _: { v = "new"; }; }`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.open(t, top.dir, fetch.LockOptions{Write: true}, "v"); got != `"leaf"` {
		t.Errorf("locked: %s", got)
	}
	updating := fetch.LockOptions{Updates: [][]string{{"a"}, {"nothing"}}}
	w.logs = nil
	if got, err := w.open(t, top.dir, updating, "outputs"); !strings.Contains(got, `v = "new"; w = "leaf"`) {
		t.Errorf("updated: %s %s", got, err)
	}
	if log := strings.Join(w.logs, "\n"); !strings.Contains(log, "'nothing' does not match any input") || !strings.Contains(log, "• Updated input 'a':") || !strings.Contains(log, "• Removed input 'a/inner'") {
		t.Errorf("log %s", log)
	}
	updating.Write = true // what it stands for now cannot be written down, since it is not committed
	if got, _ := w.open(t, top.dir, updating, "v"); got != `"new"` || readLockFile(t, top.dir) != before {
		t.Errorf("updated to a changed tree: %s", got)
	}
	if got, err := w.open(t, top.dir, fetch.LockOptions{Recreate: true}, "outputs"); !strings.Contains(got, `v = "new"; w = "leaf"`) {
		t.Errorf("recreated: %s %s", got, err)
	}
}

func TestLockErrors(t *testing.T) {
	t.Parallel()
	dirs := map[string]string{"DIR": t.TempDir()}
	for name, c := range map[string][2]string{
		"missing":  {`{ inputs.a.url = "path:DIR/none"; outputs = _: { }; }`, `cannot fetch the flake input 'a' (path:DIR/none): lstat DIR/none: no such file or directory`},
		"no flake": {`{ inputs.a.url = "path:DIR"; outputs = _: { }; }`, `cannot fetch the flake input 'a' (path:DIR): path '`},
		"follows":  {`{ inputs.a.follows = "b"; outputs = _: { }; }`, `input 'a' follows a non-existent input 'b'`},
		"cycle":    {`{ inputs.a.follows = "b"; inputs.b.follows = "a"; outputs = _: { }; }`, `follow cycle detected: [b -> a -> b]`},
		"itself":   {`{ inputs.a.url = "path:DIR/itself"; outputs = _: { }; }`, `found circular import of flake 'path:DIR/itself'`},
		"both":     {`{ inputs.a = { url = "path:DIR"; follows = "b"; }; outputs = _: { }; }`, `flake input has both a flake reference and a follows attribute`},
		"number":   {`{ inputs.a.url = 3; outputs = _: { }; }`, `expected a string or a path but got an integer`},
		"unknown":  {`{ inputs.a.uri = "path:DIR"; outputs = _: { }; }`, `unexpected flake input attribute 'uri'`},
		"scheme":   {`{ inputs.a.url = "guthub:x/y"; outputs = _: { }; }`, `input 'guthub:x/y' is unsupported; did you mean 'github'?`},
		"attr":     {`{ inputs.a = { type = "github"; owner = "x"; repoo = "y"; }; outputs = _: { }; }`, `input attribute 'repoo' not supported by scheme 'github'; did you mean 'repo'?`},
		"longer":   {`{ inputs.a.follows = "b"; inputs.b.follows = "c/x"; inputs.c.follows = "a"; outputs = _: { }; }`, `follow cycle detected: [`},
		"computed": {`{ inputs = { a.url = "path:" + "DIR"; }; outputs = _: { }; }`, `'inputs.a.url' in flake.nix must be written out`},
		"dynamic":  {`{ inputs.a = { ${"u" + "rl"} = "path:DIR"; }; outputs = _: { }; }`, `'inputs.a' in flake.nix must be written out`},
		"let":      {`let x = 1; in { outputs = _: { }; }`, `must be an attribute set, written out`},
		"import":   {`{ outputs = import ./outputs.nix; }`, `expected a function but got a thunk: the outputs in flake.nix must be a function`},
		"settings": {`{ nixConfig.a = [ 1 ]; outputs = _: { }; }`, `'nixConfig.a' in flake.nix must be written out`},
		"setting":  {`{ nixConfig.a = { }; outputs = _: { }; }`, `flake configuration setting 'a' is a set`},
		"extra":    {`{ outputs = _: { }; output = 1; }`, `flake 'path:DIR/extra' has an unsupported attribute 'output'`},
		"no name":  {`{ outputs = { self, nixpkgs }: { }; }`, `cannot fetch the flake input 'nixpkgs' (flake:nixpkgs): cannot find flake 'flake:nixpkgs' in the flake registries (looked in DIR/registry.json)`},
	} {
		writeFiles(t, dirs["DIR"], map[string]string{name + "/flake.nix": c[0]})
		w := newWorld(t)
		w.opts.Fetching.Registries = []fetch.Registry{{Place: dirs["DIR"] + "/registry.json"}}
		if _, err := w.open(t, dirs["DIR"]+"/"+name, fetch.LockOptions{}, "outputs"); !strings.Contains(err, in(dirs, c[1])) {
			t.Errorf("%s: got %q, want %q", name, err, in(dirs, c[1]))
		}
	}
}

// TestLockFileErrors opens flakes whose lock file is no good.
func TestLockFileErrors(t *testing.T) {
	t.Parallel()
	const before = `{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "a": "a" } }, "a": `
	for name, c := range map[string][2]string{
		"newer":        {`{ "version": 8, "root": "root", "nodes": { } }`, "has unsupported version 8: it was written by a newer Nix; use a newer nixops4"},
		"older":        {`{ "version": 4, "root": "root", "nodes": { } }`, "has unsupported version 4: it was written by a very old Nix; delete it"},
		"cut off":      {`{ "version": 7, "root"`, "unexpected end of JSON input; repair it, or delete it to lock all inputs anew"},
		"conflict":     {"{\n<<<<<<< HEAD\n", "it has conflicts of a merge: resolve them"},
		"no root":      {`{ "version": 7, "root": "root", "nodes": { } }`, "it has no root"},
		"dangling":     {`{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "a": "a" } } } }`, "it references the missing node 'a'"},
		"not locked":   {before + `{ "original": { "type": "path", "path": "/x" } } } }`, "the node 'a' lacks the attribute 'locked' or 'original'"},
		"unlocked":     {before + `{ "original": { "type": "path", "path": "/x" }, "locked": { "type": "path", "path": "/x" } } } }`, "it contains the unlocked input 'path:/x'"},
		"unknown type": {before + `{ "original": { "type": "guthub" }, "locked": { "type": "guthub", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" } } } }`, `cannot show unsupported input '{"narHash":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","type":"guthub"}'; did you mean 'github'?`},
		"hash": {before + `{ "original": { "type": "path", "path": "DIR" }, "locked": { "type": "path", "path": "DIR", "lastModified": 1, "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" } } } }`,
			"expected 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' but got 'sha256-DXDSSkpam6rs0grPA0ko/35K4veuRAzsn7EmHwfI8W0='"},
	} {
		dir := t.TempDir()
		leaf := filepath.Join(dir, "leaf")
		original := "path:/x"
		switch name {
		case "hash":
			original = "path:" + leaf
		case "unknown type":
			original = ""
		}
		flakeText := `{ inputs.a.url = "` + original + `"; outputs = { a, ... }: { v = a.v; }; }`
		if original == "" {
			flakeText = `{ inputs.a = { type = "guthub"; }; outputs = { a, ... }: { v = a.v; }; }`
		}
		writeFiles(t, dir, map[string]string{"top/flake.nix": flakeText, "top/flake.lock": strings.ReplaceAll(c[0], "DIR", leaf), "leaf/flake.nix": "{ outputs = _: { v = 1; }; }"})
		if got, err := newWorld(t).open(t, "path:"+dir+"/top", fetch.LockOptions{}, "v"); !strings.Contains(err, c[1]) {
			t.Errorf("%s: got %s %q, want %q", name, got, err, c[1])
		}
	}
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"a/sub/flake.nix": `{ outputs = _: { v = "a"; }; }`,
		"top/flake.nix":   `{ outputs = { self, name }: { inherit (name) v; }; }`,
		"own.json":        `{ "version": 2, "flakes": [ { "from": { "type": "indirect", "id": "top" }, "to": { "type": "path", "path": "DIR/top" } }, { "from": { "type": "indirect", "id": "name" }, "to": { "type": "path", "path": "/nonexistent" } } ] }`,
		"common.json":     `{ "version": 2, "flakes": [ { "from": { "type": "github", "owner": "x", "repo": "y" }, "to": { "type": "path", "path": "/" } }, { "from": { "type": "indirect", "id": "name" }, "to": { "type": "path", "path": "DIR/a", "dir": "sub" } } ] }`,
	})
	w := newWorld(t)
	w.opts.Fetching.Registries = []fetch.Registry{{Place: dir + "/own.json", Own: true}, {Place: dir + "/common.json"}}
	if got, err := w.open(t, "top", fetch.LockOptions{}, "v"); got != `"a"` {
		t.Errorf("%s %s", got, err)
	}
}

// TestRegistryLocks locks inputs that are names, and compares the lock files with those of Nix.
func TestRegistryLocks(t *testing.T) {
	t.Parallel()
	leaf := newRepository(t)
	leaf.write("flake.nix", `{ outputs = { self }: { v = self.rev; }; }`, 0o666)
	leaf.write("sub/flake.nix", `{ outputs = { self }: { v = "sub"; }; }`, 0o666)
	leaf.commit("leaf")
	registry := filepath.Join(t.TempDir(), "registry.json")
	writeFiles(t, filepath.Dir(registry), map[string]string{"registry.json": in(map[string]string{"LEAF": leaf.dir}, `{ "version": 2, "flakes": [
		{ "from": { "type": "indirect", "id": "leaf" }, "to": { "type": "git", "url": "file://LEAF" } },
		{ "from": { "type": "indirect", "id": "chain", "ref": "main" }, "to": { "type": "indirect", "id": "leaf", "ref": "main" } },
		{ "from": { "type": "indirect", "id": "below" }, "to": { "type": "git", "url": "file://LEAF", "dir": "sub" } }
	] }`)})
	for name, text := range map[string]string{
		"name":       `{ inputs.a.url = "leaf"; outputs = { a, ... }: { v = a.v; }; }`,
		"argument":   `{ outputs = { leaf, ... }: { v = leaf.v; }; }`,
		"branch":     `{ inputs.a.url = "leaf/main"; outputs = { a, ... }: { v = a.v; }; }`,
		"chain":      `{ inputs.a.url = "chain/main"; outputs = { a, ... }: { v = a.v; }; }`,
		"folder":     `{ inputs.a.url = "below"; outputs = { a, ... }: { v = a.v; }; }`,
		"attributes": `{ inputs.a = { type = "indirect"; id = "leaf"; ref = "main"; }; outputs = { a, ... }: { v = a.v; }; }`,
		"source":     `{ inputs.a = { url = "flake:leaf"; flake = false; }; outputs = { a, ... }: { v = a.rev; }; }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareLocksWith(t, registry, nil, "", text)
		})
	}
}

// TestLockedOverHTTP locks an archive that a server has, and needs the server no more; then with an empty cache and no network.
func TestLockedOverHTTP(t *testing.T) {
	t.Parallel()
	body := archive(t, entry{name: "x/flake.nix", text: `{ outputs = _: { v = "far"; }; }`, kind: '0', mode: 0o644})
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write(body)
	}))
	defer server.Close()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"flake.nix": `{ inputs.a.url = "` + server.URL + `/a.tar.gz"; outputs = { self, a }: { v = a.v; }; }`})
	w := newWorld(t)
	for range 3 {
		if got, err := w.open(t, dir, fetch.LockOptions{Write: true}, "v"); got != `"far"` || asked != 1 {
			t.Errorf("%s %s after %d requests", got, err, asked)
		}
	}
	if log := strings.Join(w.logs, "\n"); !strings.Contains(log, "fetching flake inputs: a\n") {
		t.Errorf("log %s", log)
	}
	lock := readLockFile(t, dir)
	w = newWorld(t)
	w.opts.Offline = true
	if _, err := w.open(t, dir, fetch.LockOptions{Write: true}, "v"); !strings.Contains(err, "cannot fetch the flake input 'a' ("+server.URL) || !strings.Contains(err, "there is no network") {
		t.Errorf("offline: %s", err)
	}
	_, hash, _ := strings.Cut(lock, `"narHash": "sha256-`)
	hash = hash[:44]
	wrong := strings.Repeat("A", 43) + "="
	writeFiles(t, dir, map[string]string{"flake.lock": strings.Replace(lock, hash, wrong, 1)})
	w.opts.Offline = false
	if _, err := w.open(t, dir, fetch.LockOptions{Write: true}, "v"); !strings.Contains(err, "expected 'sha256-"+wrong+"' but got 'sha256-"+hash+"'") {
		t.Errorf("a wrong hash: %s", err)
	}
}

// TestFetchedTogether needs one of three inputs of a locked flake: its own inputs come together, those of inputs when they are needed.
func TestFetchedTogether(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	together, other := false, make(chan struct{})
	files := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		switch {
		case !together:
		case r.URL.Path == "/b.tar.gz":
			close(other)
		case r.URL.Path == "/a.tar.gz":
			select { // what is not needed is there in time to be seen
			case <-other:
			case <-time.After(time.Minute):
			}
		}
		_, _ = w.Write(files[r.URL.Path])
	}))
	defer server.Close()
	flakeOf := func(text string) []byte {
		return archive(t, entry{name: "x/flake.nix", text: strings.ReplaceAll(text, "URL", server.URL), kind: '0', mode: 0o644})
	}
	files["/deep.tar.gz"] = flakeOf(`{ outputs = _: { v = "deep"; }; }`)
	files["/a.tar.gz"] = flakeOf(`{ inputs.deep.url = "URL/deep.tar.gz"; outputs = { self, deep }: { v = "a"; w = deep.v; }; }`)
	files["/b.tar.gz"] = flakeOf(`{ outputs = _: { v = "b"; }; }`)
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"flake.nix": strings.ReplaceAll(`{ inputs = { a.url = "URL/a.tar.gz"; b.url = "URL/b.tar.gz"; }; outputs = { a, b, ... }: { inherit (a) v w; }; }`, "URL", server.URL)})
	if got, err := newWorld(t).open(t, dir, fetch.LockOptions{Write: true}, "v"); got != `"a"` {
		t.Fatal(got, err)
	}
	asked, together = nil, true
	w := newWorld(t)
	if got, err := w.open(t, dir, fetch.LockOptions{}, "v"); got != `"a"` {
		t.Fatal(got, err)
	}
	mu.Lock()
	slices.Sort(asked)
	if got := strings.Join(asked, " "); got != "/a.tar.gz /b.tar.gz" {
		t.Errorf("asked for %s", got)
	}
	together = false
	mu.Unlock()
	if got, err := w.open(t, dir, fetch.LockOptions{}, "w"); got != `"deep"` {
		t.Fatal(got, err)
	}
}
