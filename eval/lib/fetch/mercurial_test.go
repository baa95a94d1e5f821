package fetch_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hg runs the program in a folder; the test is skipped where it is not installed.
func hg(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("hg"); err != nil {
		t.Skip("hg is not installed")
	}
	cmd := exec.Command("hg", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HGPLAIN=", "HGRCPATH=", "HGUSER=a <a@b>")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("hg %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// mercurialHistory makes a commit on default with the tag v1 after it, and one on the branch dev.
func mercurialHistory(t *testing.T) (dir string, replace []string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	hg(t, dir, "init")
	writeFiles(t, dir, map[string]string{"a": "one\n", "sub/x": "x\n"})
	if err := os.Symlink("a", filepath.Join(dir, "l")); err != nil {
		t.Fatal(err)
	}
	commit := func() string {
		hg(t, dir, "commit", "--addremove", "-m", "m", "-d", "1700000000 0")
		return hg(t, dir, "log", "-r", ".", "--template", "{node}")
	}
	one := commit()
	hg(t, dir, "tag", "v1", "-d", "1700000000 0")
	main := hg(t, dir, "log", "-r", ".", "--template", "{node}")
	hg(t, dir, "branch", "dev")
	writeFiles(t, dir, map[string]string{"a": "two\n"})
	dev := commit()
	hg(t, dir, "update", "default")
	return dir, []string{"DIR", dir, "ONE12", one[:12], "ONE", one, "MAIN12", main[:12], "MAIN", main, "DEV12", dev[:12], "DEV", dev}
}

func TestMercurialLocal(t *testing.T) {
	t.Parallel()
	dir, replace := mercurialHistory(t)
	w := newWorld(t)
	about := func(args string) string {
		return `builtins.removeAttrs (builtins.fetchMercurial ` + args + `) [ "outPath" ]`
	}
	w.check(t, [][2]string{
		{about(`DIR`), `{ branch = "default"; rev = "MAIN"; revCount = 1; shortRev = "MAIN12"; }`},
		{about(`{ url = DIR; rev = "v1"; }`), `{ branch = "default"; rev = "ONE"; revCount = 0; shortRev = "ONE12"; }`},
		{about(`{ url = "file://DIR"; rev = "dev"; }`), `{ branch = "dev"; rev = "DEV"; revCount = 2; shortRev = "DEV12"; }`},
		{about(`{ url = DIR; rev = "DEV"; name = "n"; }`), `{ branch = "dev"; rev = "DEV"; revCount = 2; shortRev = "DEV12"; }`},
		{`builtins.readDir (builtins.fetchMercurial DIR)`, `{ ".hgtags" = "regular"; a = "regular"; l = "symlink"; sub = "directory"; }`},
		{`builtins.readFile (builtins.fetchMercurial { url = DIR; rev = "dev"; } + "/l")`, `"two\n"`},
		{`builtins.fetchMercurial { url = DIR; rev = "v1"; }`, `{ branch = "default"; outPath = "/nix/store/4jn3nd31qqg1pqcv4i7j6li7ny1bhlvi-source"; rev = "ONE"; revCount = 0; shortRev = "ONE12"; }`},
		{`let t = builtins.fetchTree "hg+file://DIR?ref=dev"; in [ t.rev t.shortRev t.revCount (t ? narHash) (builtins.readFile (t + "/a")) ]`, `[ "DEV" "` + replace[len(replace)-1][:7] + `" 2 true "two\n" ]`},
		{`builtins.fetchMercurial { url = DIR; rev = "nope"; }`, "error: hg log: exit status 255: abort: unknown revision 'nope'"},
		{`builtins.fetchMercurial { url = DIR; rev = "a b"; }`, "error: invalid Mercurial branch/tag name 'a b'"},
		{`builtins.fetchMercurial { url = DIR; rev = "--debugger"; }`, "error: invalid Mercurial branch/tag name '--debugger'"},
		{`builtins.fetchMercurial DIR/sub`, "error: there is no Mercurial repository in 'DIR/sub'"},
		{`builtins.fetchMercurial { url = ""; }`, "error: 'url' argument required"},
		{`builtins.fetchMercurial { url = DIR; ref = "dev"; }`, "error: unsupported argument 'ref' to 'fetchMercurial'"},
	}, replace...)

	writeFiles(t, dir, map[string]string{"a": "dirty\n", "untracked": "u"})
	w.logs = nil
	w.check(t, [][2]string{
		{about(`DIR`), `{ branch = "default"; rev = "0000000000000000000000000000000000000000"; shortRev = "000000000000"; }`},
		{`let d = builtins.fetchMercurial DIR; in [ (builtins.readFile (d + "/a")) (builtins.attrNames (builtins.readDir d)) ]`, `[ "dirty\n" [ ".hgtags" "a" "l" "sub" ] ]`},
	}, replace...)
	if want := "warning: Mercurial tree '" + dir + "' is unclean"; len(w.logs) == 0 || w.logs[0] != want {
		t.Errorf("got the log %q, want %q", w.logs, want)
	}
}

// TestMercurialServer fetches from a server, then without it what is in the cache.
func TestMercurialServer(t *testing.T) {
	t.Parallel()
	dir, replace := mercurialHistory(t)
	cmd := exec.Command("hg", "serve", "--address", "127.0.0.1", "--port", "0", "--print-url", "-R", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() { _, _ = cmd.Process.Kill(), cmd.Wait() }
	defer stop()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Skipf("hg serve says nothing: %v", err)
	}
	url = strings.TrimSuffix(strings.TrimSpace(url), "/")
	replace = append(replace, "URL", url)
	w := newWorld(t)
	w.opts.Offline = false
	cases := [][2]string{
		{`builtins.readFile (builtins.fetchMercurial { url = "URL"; rev = "dev"; } + "/a")`, `"two\n"`},
		{`(builtins.fetchMercurial "URL").rev`, `"MAIN"`},
		{`(builtins.fetchMercurial { url = "URL"; rev = "ONE"; }).revCount`, `0`},
		{`(builtins.fetchTree "hg+URL?ref=dev").rev`, `"DEV"`},
	}
	w.check(t, cases, replace...)
	stop()
	w.opts.Offline = true
	w.check(t, cases, replace...)
	w.opts.Offline = false
	if got := w.eval(t, `builtins.fetchMercurial { url = "`+url+`"; rev = "other"; }`); !strings.HasPrefix(got, "error: hg pull: exit status 255: abort: error: ") {
		t.Errorf("without the server: got %s", got)
	}
}

func TestMercurialNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".hg"), 0o777); err != nil {
		t.Fatal(err)
	}
	newWorld(t).check(t, [][2]string{
		{`builtins.fetchMercurial DIR`, "error: the program hg, with which Mercurial repositories are fetched, is not installed; install Mercurial, or use fetchGit with a Git mirror of it"},
	}, "DIR", dir)
}
