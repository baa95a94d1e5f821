package fetch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGetFlake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"b/flake.nix": `{ outputs = { self }: { x = 42; files = builtins.attrNames (builtins.readDir self); }; }`,
		"raw/file":    "raw\n",
		"a/flake.nix": `{
			inputs = { b.url = "path:DIR/b"; c.follows = "b"; raw = { url = "path:DIR/raw"; flake = false; }; s.url = "path:./sub"; };
			outputs = { self, b, c, raw, s }: { inherit (b) x; y = c.x; z = s.z; text = builtins.readFile (raw + "/file"); };
		}`,
		"a/sub/flake.nix": `{ outputs = _: { z = "sub"; }; }`,
		"open/flake.nix":  `{ inputs.b.url = "path:DIR/b"; outputs = _: { }; }`,
		"args/flake.nix":  `{ outputs = { self, nixpkgs }: { }; }`,
		"none/flake.nix":  `{ description = "no outputs"; }`,
		"old/flake.nix":   `{ outputs = _: { }; }`,
		"old/flake.lock":  `{ "version": 1, "nodes": { }, "root": "root" }`,
	})
	w := newWorld(t)
	hash := func(name string) string {
		return w.eval(t, `(builtins.fetchTree { type = "path"; path = "`+dir+"/"+name+`"; }).narHash`)
	}
	before := hash("b")
	lock := `{ "version": 7, "root": "root", "nodes": {
		"root": { "inputs": { "b": "b", "c": ["b"], "raw": "raw", "s": "s" } },
		"b": { "original": { "type": "path", "path": "` + dir + `/b" }, "locked": { "type": "path", "path": "` + dir + `/b", "narHash": ` + before + `, "lastModified": 1 } },
		"raw": { "flake": false, "original": { "type": "path", "path": "` + dir + `/raw" }, "locked": { "type": "path", "path": "` + dir + `/raw", "narHash": ` + hash("raw") + `, "lastModified": 2 } },
		"s": { "original": { "type": "path", "path": "./sub" }, "locked": { "type": "path", "path": "./sub" }, "parent": [] }
	} }`
	writeFiles(t, dir, map[string]string{"a/flake.lock": lock})
	w.check(t, [][2]string{
		{`(builtins.getFlake "path:DIR/b").x`, "42"},
		{`(builtins.getFlake "path:DIR/b").files`, `[ "flake.nix" ]`},
		{`let f = builtins.getFlake "path:DIR/a"; in { inherit (f) x y z text _type; inputs = builtins.attrNames f.inputs; }`,
			`{ _type = "flake"; inputs = [ "b" "c" "raw" "s" ]; text = "raw\n"; x = 42; y = 42; z = "sub"; }`},
		{`(builtins.getFlake "path:DIR/a").inputs.raw.lastModified`, "2"},
		{`(builtins.getFlake "path:DIR/a?dir=sub").z`, `"sub"`},
		{`let f = builtins.getFlake "path:DIR/a?dir=sub"; in f.outPath == f.sourceInfo.outPath + "/sub"`, "true"},
		{`(builtins.getFlake "path:DIR/open").inputs.b.x`, "42"},
		{`builtins.getFlake "path:DIR/args"`, "error: cannot fetch the flake input 'nixpkgs' (flake:nixpkgs): cannot find flake 'flake:nixpkgs' in the flake registries (there is no registry); write where it is, such as github:NixOS/nixpkgs"},
		{`builtins.getFlake "path:DIR/none"`, "error: flake 'path:DIR/none' lacks attribute 'outputs'"},
		{`builtins.getFlake "./b"`, "error: flake reference './b' is not an absolute path"},
		{`builtins.getFlake "nixpkgs"`, "error: cannot find flake 'flake:nixpkgs' in the flake registries (there is no registry); write where it is, such as github:NixOS/nixpkgs"},
	}, "DIR", dir)
	writeFiles(t, dir, map[string]string{"b/more": "changed"})
	w.check(t, [][2]string{{`(builtins.getFlake "path:DIR/a").x`, "error: cannot fetch the flake input 'b' (path:DIR/b?lastModified=1&narHash=URL): NAR hash mismatch in input 'path:DIR/b?lastModified=1&narHash=URL', expected 'OLD' but got 'NEW'"}},
		"DIR", dir, "URL", strings.Trim(strings.NewReplacer("=", "%3D", "+", "%2B").Replace(before), `"`), "OLD", strings.Trim(before, `"`), "NEW", strings.Trim(hash("b"), `"`))
	w.opts.Pure = true
	w.check(t, [][2]string{{`builtins.getFlake "path:DIR/b"`, "error: cannot call 'getFlake' on unlocked flake reference 'path:DIR/b' (use --impure to override)"}}, "DIR", dir)
}
