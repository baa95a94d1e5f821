package nix_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"nixops4/eval"
	"nixops4/eval/nix"
)

// evaluate gives the printed value of an expression, or the message of its error after "error: ".
func evaluate(t *testing.T, opts nix.Options, expr string) string {
	t.Helper()
	m := nix.New(opts)
	var out string
	err := m.Run(context.Background(), func() *eval.Error {
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

// secretTree makes an allowed folder beside a hidden one, with links between them.
func secretTree(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"open/sub/a.nix": "1", "open/b.nix": "import ./sub/a.nix", "hidden/secret": "s3cret"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"open/out": "../hidden/secret", "open/abs": dir + "/hidden/secret", "open/dir": "../hidden",
		"open/in": "sub/a.nix", "hidden/back": "../open", "open/deep": "sub",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRestricted(t *testing.T) {
	t.Parallel()
	dir := secretTree(t)
	hidden := "error: access to absolute path 'DIR/hidden/secret' is forbidden MODE"
	for _, c := range []struct{ expr, want string }{
		{`import DIR/open/b.nix`, "1"},
		{`builtins.readFile DIR/open/in`, `"1"`},
		{`builtins.readFile DIR/open/deep/a.nix`, `"1"`},
		{`builtins.readDir DIR/open/sub`, `{ "a.nix" = "regular"; }`},
		{`builtins.pathExists DIR/open/sub`, "true"},
		// A folder on the way shows only the way.
		{`builtins.readDir DIR`, `{ open = "directory"; }`},
		{`builtins.pathExists DIR`, "true"},
		{`builtins.pathExists DIR/hidden`, "false"},
		{`builtins.readFileType DIR/hidden`, "error: access to absolute path 'DIR/hidden' is forbidden MODE"},
		{`builtins.readFile DIR/hidden/secret`, hidden},
		{`import DIR/hidden/secret`, hidden},
		{`scopedImport { } DIR/hidden/secret`, hidden},
		{`builtins.hashFile "sha256" DIR/hidden/secret`, hidden},
		{`"${DIR/hidden/secret}"`, hidden},
		{`builtins.path { path = DIR/hidden/secret; }`, hidden},
		{`builtins.filterSource (p: t: true) DIR/hidden`, "error: access to absolute path 'DIR/hidden' is forbidden MODE"},
		{`builtins.findFile [ { prefix = ""; path = "DIR/hidden"; } ] "secret"`, "error: access to absolute path 'DIR/hidden' is forbidden MODE"},
		// Links that lead out.
		{`builtins.readFile DIR/open/out`, hidden},
		{`builtins.readFile DIR/open/abs`, hidden},
		{`builtins.readFile DIR/open/dir/secret`, hidden},
		{`import DIR/open/out`, hidden},
		{`builtins.readDir DIR/open/dir`, "error: access to absolute path 'DIR/hidden' is forbidden MODE"},
		{`builtins.path { path = DIR/open/out; }`, hidden},
		{`builtins.pathExists DIR/open/out`, "true"}, // the link itself is in the open
		{`builtins.pathExists "DIR/open/out/."`, "false"},
		{`builtins.pathExists "DIR/open/dir/."`, "false"},
		{`builtins.pathExists DIR/open/dir/secret`, "false"},
		{`builtins.readFileType DIR/open/out`, `"symlink"`},
		// The error of a copied tree never shows what a link in it leads to, and the link stays a link.
		{`builtins.readFileType (builtins.path { path = DIR/open; name = "o"; } + "/out")`, `"symlink"`},
		{`builtins.readFile (builtins.path { path = DIR/open; name = "o"; } + "/out")`, "error: access to absolute path '/nix/store/hidden/secret' is forbidden MODE"},
		// Two dots.
		{`builtins.readFile "DIR/open/../hidden/secret"`, hidden},
		{`builtins.readFile (DIR/open + "/../hidden/secret")`, hidden},
		{`builtins.readFile "DIR/open/sub/../../hidden/secret"`, hidden},
		{`builtins.readFile DIR/hidden/back/b.nix`, "error: access to absolute path 'DIR/hidden/back/b.nix' is forbidden MODE"},
		{`builtins.readFile "DIR/open/../hidden/back/b.nix"`, "error: access to absolute path 'DIR/hidden/back/b.nix' is forbidden MODE"},
		{`builtins.pathExists "DIR/open/../hidden/secret"`, "false"},
		{`builtins.pathExists "DIR/open/out/../secret"`, "false"},
		{`import "DIR/open/sub/../../hidden/secret"`, hidden},
		// Other ways to a file.
		{`builtins.toJSON DIR/hidden/secret`, hidden},
		{`builtins.hashString "md5" "${DIR/open/out}" == builtins.hashString "md5" "${DIR/open/abs}"`, "false"}, // the links themselves
		{`builtins.toFile "x" "${DIR/hidden/secret}"`, hidden},
		{`(derivation { name = "n"; system = "s"; builder = DIR/hidden/secret; }).drvPath`, hidden},
		{`(derivation { name = "n"; system = "s"; builder = "b"; src = DIR/open/dir/secret; }).drvPath`, hidden},
		{`(derivation { name = "n"; system = "s"; builder = "b"; __structuredAttrs = true; a = [ DIR/hidden/secret ]; }).drvPath`, hidden},
		{`builtins.filterSource (p: t: true) DIR/open/dir`, "error: access to absolute path 'DIR/hidden' is forbidden MODE"},
		{`let __nixPath = [ { prefix = "foo"; path = DIR/hidden; } ]; in import <foo/secret>`, "error: access to absolute path 'DIR/hidden' is forbidden MODE"},
		{`let __nixPath = [ { prefix = ""; path = "DIR/open"; } ]; in builtins.readFile <out>`, hidden},
		{`let __findFile = p: n: DIR/open + "/../hidden/${n}"; in builtins.readFile <secret>`, hidden},
		{`builtins.getEnv "HOME"`, `""`},
	} {
		for mode, opts := range map[string]nix.Options{
			"in restricted mode": {Restricted: true},
			"in pure evaluation mode (use '--impure' to override)": {Options: eval.Options{Pure: true}},
		} {
			opts.Roots = []string{dir + "/open"}
			want := strings.ReplaceAll(strings.ReplaceAll(c.want, "DIR", dir), "MODE", mode)
			if got := evaluate(t, opts, strings.ReplaceAll(c.expr, "DIR", dir)); got != want {
				t.Errorf("%s, %s: got %s, want %s", c.expr, mode, got, want)
			}
		}
	}
}

// TestRestrictedFetching makes sure that fetchers, which read files by themselves, reach no hidden ones.
func TestRestrictedFetching(t *testing.T) {
	t.Parallel()
	dir := secretTree(t)
	const path, uri = "error: access to absolute path 'DIR/hidden%s' is forbidden in restricted mode", "error: access to URI '%s' is forbidden in restricted mode"
	for expr, want := range map[string]string{
		`builtins.fetchGit DIR/hidden`:                               fmt.Sprintf(uri, "git+file://DIR/hidden?exportIgnore=1"),
		`builtins.fetchGit "file://DIR/hidden"`:                      fmt.Sprintf(uri, "git+file://DIR/hidden?exportIgnore=1"),
		`builtins.fetchMercurial DIR/hidden`:                         fmt.Sprintf(path, ""),
		`builtins.fetchMercurial { url = "DIR/open/dir"; }`:          fmt.Sprintf(path, ""),
		`builtins.fetchurl "file://DIR/hidden/secret"`:               fmt.Sprintf(path, "/secret"),
		`builtins.fetchurl "file://DIR/open/out"`:                    fmt.Sprintf(path, "/secret"),
		`builtins.fetchurl "file://DIR/open/../hidden/secret"`:       fmt.Sprintf(path, "/secret"),
		`builtins.fetchTarball "file://DIR/hidden/secret"`:           fmt.Sprintf(path, "/secret"),
		`builtins.getFlake "path:DIR/hidden"`:                        fmt.Sprintf(uri, "path:DIR/hidden"),
		`builtins.readFile (builtins.fetchurl "file://DIR/open/in")`: `"1"`,
	} {
		opts := nix.Options{Restricted: true, Roots: []string{dir + "/open"}, Cache: t.TempDir()}
		want = strings.ReplaceAll(want, "DIR", dir)
		if got := evaluate(t, opts, strings.ReplaceAll(expr, "DIR", dir)); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
}

// TestLinkMadeLater gives the IO a path that was real when it was looked at.
func TestRestrictedDoesNotFollow(t *testing.T) {
	t.Parallel()
	dir := secretTree(t)
	m := nix.New(nix.Options{Restricted: true, Roots: []string{dir + "/open"}})
	for _, file := range []string{"/open/out", "/open/dir/secret"} {
		if text, err := m.IO().ReadFile(dir + file); err == nil {
			t.Errorf("%s: read %q, want an error", file, text)
		}
	}
	if entries, err := m.IO().ReadDir(dir + "/open/dir"); err == nil {
		t.Errorf("a folder behind a link is listed: %v", entries)
	}
}

func TestPureHides(t *testing.T) {
	t.Parallel()
	opts := nix.Options{Options: eval.Options{Pure: true, SearchPath: []eval.SearchEntry{{Path: "/"}}}}
	for expr, want := range map[string]string{
		`builtins.nixPath`:              "[ ]",
		`builtins ? currentTime`:        "false",
		`builtins ? currentSystem`:      "false",
		`<etc>`:                         "error: cannot look up '<etc>' in pure evaluation mode (use '--impure' to override)",
		`builtins.readFile /etc/passwd`: "error: access to absolute path '/etc/passwd' is forbidden in pure evaluation mode (use '--impure' to override)",
		`builtins.pathExists /etc`:      "false",
		`builtins.storePath "/nix/store/00000000000000000000000000000000-x"`: "error: 'builtins.storePath' is not allowed in pure evaluation mode",
		`builtins.isFunction (import <nix/fetchurl.nix>)`:                    "true",
	} {
		if got := evaluate(t, opts, expr); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	opts := nix.Options{Library: fstest.MapFS{
		"default.nix": {Data: []byte("{ }: import ./sub")}, "sub/default.nix": {Data: []byte("{ here = ./.; at = __curPos.file; }")},
	}}
	for expr, want := range map[string]string{
		`<nixops4>`:                      "<nixops4>",
		`toString <nixops4>`:             `"/<nixops4>"`,
		`import <nixops4> { }`:           `{ at = "/<nixops4>/sub/default.nix"; here = <nixops4/sub>; }`,
		`builtins.readDir <nixops4/sub>`: `{ "default.nix" = "regular"; }`,
		`<nixops4/nope>`:                 "error: file 'nixops4/nope' was not found in the Nix search path (add it using $NIX_PATH or -I)",
		`import <nix/nope.nix>`:          "error: path '<nix/nope.nix>' does not exist",
		`<nix>`:                          "error: file 'nix' was not found in the Nix search path (add it using $NIX_PATH or -I)",
		`builtins.nixPath`:               "[ ]",
	} {
		if got := evaluate(t, opts, expr); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
}

func TestSearchPathBeforeLibrary(t *testing.T) {
	t.Parallel()
	dir := secretTree(t)
	opts := nix.Options{Library: fstest.MapFS{"default.nix": {Data: []byte("1")}}}
	opts.SearchPath = nix.ParseSearchPath("nixops4=" + dir + "/open")
	if got := evaluate(t, opts, "<nixops4>"); got != dir+"/open" {
		t.Errorf("got %s, want the folder of the search path", got)
	}
}
