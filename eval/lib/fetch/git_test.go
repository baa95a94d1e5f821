package fetch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/client"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// A repository is one on this machine, made without the program git.
type repository struct {
	t    *testing.T
	dir  string
	repo *git.Repository
	tree *git.Worktree
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &repository{t: t, dir: dir}
	if r.repo, err = git.PlainInitWithOptions(dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}}); err != nil {
		t.Fatal(err)
	}
	if r.tree, err = r.repo.Worktree(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *repository) write(name, text string, mode os.FileMode) {
	r.t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) commit(message string) string {
	r.t.Helper()
	if err := r.tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		r.t.Fatal(err)
	}
	who := &object.Signature{Name: "a", Email: "a@b", When: time.Unix(1_700_000_000, 0).UTC()}
	h, err := r.tree.Commit(message, &git.CommitOptions{Author: who, Committer: who})
	if err != nil {
		r.t.Fatal(err)
	}
	return h.String()
}

// history makes two commits on main, a tag on the second and one more on dev.
func history(t *testing.T) (r *repository, main, dev string) {
	t.Helper()
	r = newRepository(t)
	r.write("a", "one\n", 0o666)
	r.write("sub/deep/x", "x\n", 0o666)
	r.write("run", "#!\n", 0o777)
	r.write("docs/d", "d\n", 0o666)
	r.write("sub/skip.txt", "s\n", 0o666)
	r.write(".gitattributes", "docs export-ignore\n", 0o666)
	r.write("sub/.gitattributes", "*.txt export-ignore\n", 0o666)
	if err := os.Symlink("a", filepath.Join(r.dir, "l")); err != nil {
		t.Fatal(err)
	}
	r.commit("one")
	r.write("a", "two\n", 0o666)
	main = r.commit("two")
	if _, err := r.repo.CreateTag("v1", plumbing.NewHash(main), nil); err != nil {
		t.Fatal(err)
	}
	if err := r.tree.Checkout(&git.CheckoutOptions{Branch: "refs/heads/dev", Create: true}); err != nil {
		t.Fatal(err)
	}
	r.write("a", "three\n", 0o666)
	dev = r.commit("three")
	if err := r.tree.Checkout(&git.CheckoutOptions{Branch: "refs/heads/main"}); err != nil {
		t.Fatal(err)
	}
	return r, main, dev
}

const plain = `{ ".gitattributes" = "regular"; a = "regular"; l = "symlink"; run = "regular"; sub = "directory"; }`

func TestGitLocal(t *testing.T) {
	t.Parallel()
	r, main, dev := history(t)
	w := newWorld(t)
	w.check(t, [][2]string{
		{`builtins.removeAttrs (builtins.fetchGit DIR) [ "outPath" "narHash" ]`, `{ lastModified = 1700000000; lastModifiedDate = "20231114221320"; rev = "MAIN"; revCount = 2; shortRev = "` + main[:7] + `"; submodules = false; }`},
		{`builtins.readDir (builtins.fetchGit DIR)`, plain},
		{`builtins.readDir (builtins.fetchGit DIR + "/sub")`, `{ ".gitattributes" = "regular"; deep = "directory"; }`},
		{`builtins.readDir (builtins.fetchGit { url = DIR; exportIgnore = false; })`, strings.Replace(plain, "l =", `docs = "directory"; l =`, 1)},
		{`builtins.readFile (builtins.fetchGit "file://DIR" + "/l")`, `"two\n"`},
		{`builtins.readFile (builtins.fetchGit { url = DIR; ref = "dev"; } + "/a")`, `"three\n"`},
		{`builtins.readFile (builtins.fetchGit { url = DIR; rev = "DEV"; } + "/a")`, `"three\n"`},
		{`(builtins.fetchGit { url = DIR; ref = "v1"; }).rev`, `"MAIN"`},
		{`(builtins.fetchGit { url = DIR; ref = "refs/heads/dev"; }).revCount`, `3`},
		{`builtins.fetchGit DIR ? revCount && !(builtins.fetchTree "git+file://DIR?shallow=1" ? revCount)`, `true`},
		{`(builtins.fetchGit DIR).narHash == (builtins.fetchGit { url = DIR; rev = "MAIN"; }).narHash`, `true`},
		{`baseNameOf (builtins.fetchGit { url = DIR; ref = "dev"; name = "n"; }) == baseNameOf (builtins.path { path = builtins.fetchGit { url = DIR; ref = "dev"; }; name = "n"; })`, `true`},
		{`builtins.fetchGit { url = DIR; ref = "nope"; }`, "error: resolving Git reference 'nope': reference not found"},
		{`builtins.fetchGit { url = DIR; rev = "0123456789012345678901234567890123456789"; }`, "error: cannot find Git revision '0123456789012345678901234567890123456789' in ref 'refs/heads/main' of repository 'file://DIR': object not found; give the branch or tag it is on as `ref`, or set `allRefs = true`"},
		{`builtins.fetchGit { url = DIR; rev = "0123"; }`, "error: hash '0123' has wrong length for hash algorithm 'sha1'"},
		{`builtins.fetchGit DIR/nope`, "error: the Git repository 'DIR/nope' does not exist"},
		{`builtins.fetchGit DIR/sub`, "error: opening the Git repository 'DIR/sub': repository does not exist"},
		{`builtins.fetchGit { url = DIR; submodules = true; exportIgnore = true; }`, "error: exportIgnore and submodules are not supported together yet"},
		{`(builtins.fetchGit { url = DIR; lfs = true; }).rev`, `"MAIN"`},
		{`builtins.fetchGit { url = DIR; ref = "a b"; }`, "error: invalid Git branch/tag name 'a b'"},
		{`builtins.fetchGit { }`, "error: input attribute 'url' is missing"},
		{`builtins.fetchGit { url = DIR; type = "git"; }`, "error: unexpected argument 'type'"},
	}, "DIR", r.dir, "MAIN", main, "DEV", dev)
}

// TestGitNames shows what errors and the printer call files of a repository; values have the store path.
func TestGitNames(t *testing.T) {
	t.Parallel()
	r, main, _ := history(t)
	r.write("not tracked", "1", 0o666)
	r.write("a", "\n x: x", 0o666)
	untracked := "error: Path 'not tracked' in the repository \"DIR\" is not tracked by Git.\n\nTo make it visible to Nix, run:\n\ngit -C \"DIR\" add \"not tracked\""
	newWorld(t).check(t, [][2]string{
		{`import (builtins.fetchGit DIR + "/not tracked")`, untracked},
		{`builtins.readFile (builtins.fetchTree "git+file://DIR" + "/not tracked")`, untracked},
		{`builtins.readFile (builtins.fetchGit DIR + "/sub/none/x")`, "error: Path 'sub/none/x' does not exist in Git repository \"DIR\"."},
		{`builtins.readFile (builtins.fetchGit DIR + "/docs/d")`, "error: path 'DIR/docs/d' does not exist"},
		{`builtins.pathExists (builtins.fetchGit DIR + "/not tracked")`, "false"},
		{`import (builtins.fetchGit DIR + "/a")`, "«lambda @ DIR/a:2:2»"},
		{`/. + builtins.unsafeDiscardStringContext (builtins.fetchGit DIR) + "/b"`, "DIR/b"},
		{`builtins.stringLength (toString (/. + builtins.unsafeDiscardStringContext (builtins.fetchGit DIR)))`, "50"},
		{`builtins.readFile (builtins.fetchGit { url = DIR; rev = "MAIN"; } + "/none")`, "error: path '«git+file://DIR?exportIgnore=1&ref=refs/heads/main&rev=MAIN»/none' does not exist"},
		{`builtins.readFile (builtins.fetchTree "path:DIR" + "/none")`, "error: path 'DIR/none' does not exist"},
	}, "DIR", r.dir, "MAIN", main)
}

func TestGitDirty(t *testing.T) {
	t.Parallel()
	r, main, _ := history(t)
	dirty := `{ d = "MAIN-dirty"; rev = "0000000000000000000000000000000000000000"; revCount = 0; }`
	about := `let g = builtins.fetchGit DIR; in { d = g.dirtyRev or null; inherit (g) rev revCount; }`
	clean := `{ d = null; rev = "MAIN"; revCount = 2; }`
	w := newWorld(t)
	r.write("untracked", "u", 0o666)
	w.check(t, [][2]string{{about, clean}, {`builtins.readDir (builtins.fetchGit DIR)`, plain}}, "DIR", r.dir, "MAIN", main)
	// The same content, written later, is no change.
	r.write("a", "two\n", 0o666)
	w.check(t, [][2]string{{about, clean}}, "DIR", r.dir, "MAIN", main)
	r.write("a", "six\n", 0o666) // as long as it was
	w.check(t, [][2]string{{about, dirty}, {`builtins.readFile (builtins.fetchGit DIR + "/a")`, `"six\n"`}}, "DIR", r.dir, "MAIN", main)
	if want := "warning: Git tree '" + r.dir + "' is dirty"; len(w.logs) == 0 || w.logs[0] != want {
		t.Errorf("got the log %q, want %q", w.logs, want)
	}
	r.write("a", "two\n", 0o666)
	if err := os.Chmod(filepath.Join(r.dir, "run"), 0o666); err != nil {
		t.Fatal(err)
	}
	w.check(t, [][2]string{{about, dirty}}, "DIR", r.dir, "MAIN", main)
	if err := os.Chmod(filepath.Join(r.dir, "run"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.dir, "l")); err != nil {
		t.Fatal(err)
	}
	w.check(t, [][2]string{{about, dirty}, {`builtins.readDir (builtins.fetchGit DIR) ? l`, "false"}}, "DIR", r.dir, "MAIN", main)
	if _, err := r.tree.Add("untracked"); err != nil {
		t.Fatal(err)
	}
	w.check(t, [][2]string{{`builtins.readFile (builtins.fetchGit DIR + "/untracked")`, `"u"`}}, "DIR", r.dir)
}

// TestGitFolderKnown makes sure that what is remembered about a folder is not used when the folder is another.
func TestGitFolderKnown(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.write("a", "one\n", 0o666)
	r.write("b/c", "c\n", 0o666)
	r.commit("one")
	w := newWorld(t)
	// A path with a hash must have that hash.
	hash := [2]string{`builtins.isString (builtins.path { path = /. + DIR; name = "x"; filter = p: t: baseNameOf p != ".git"; sha256 = (builtins.fetchGit DIR).narHash; })`, "true"}
	for range 2 {
		w.check(t, [][2]string{hash}, "DIR", r.dir)
	}
	// The size stays, and so may the time: only what is in the file tells that it was changed.
	info, err := os.Stat(r.dir + "/a")
	if err != nil {
		t.Fatal(err)
	}
	r.write("a", "two\n", 0o666)
	if err := os.Chtimes(r.dir+"/a", info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(r.dir+"/.git/index", info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	w.check(t, [][2]string{
		{`builtins.readFile (builtins.fetchGit DIR + "/a")`, `"two\n"`},
		{`builtins.fetchGit DIR ? dirtyRev`, "true"},
		hash,
	}, "DIR", r.dir)
}

func TestGitEmpty(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	newWorld(t).check(t, [][2]string{
		{`builtins.removeAttrs (builtins.fetchGit DIR) [ "outPath" "narHash" ]`, `{ lastModified = 0; lastModifiedDate = "19700101000000"; rev = "0000000000000000000000000000000000000000"; revCount = 0; shortRev = "0000000"; submodules = false; }`},
		{`builtins.readDir (builtins.fetchGit DIR)`, "{ }"},
	}, "DIR", r.dir)
}

// local finds repositories of this machine for the scheme "testgit".
type local struct{}

func (local) Load(e *transport.Endpoint) (storer.Storer, error) {
	fs := osfs.New(filepath.Join(e.Path, ".git"))
	if _, err := fs.Stat("config"); err != nil {
		return nil, transport.ErrRepositoryNotFound
	}
	return filesystem.NewStorage(fs, cache.NewObjectLRUDefault()), nil
}

func TestMain(m *testing.M) {
	client.InstallProtocol("testgit", server.NewServer(local{}))
	os.Exit(m.Run())
}

func TestGitRemote(t *testing.T) {
	t.Parallel()
	r, main, dev := history(t)
	w := newWorld(t)
	replace := []string{"URL", "testgit://host" + r.dir, "MAIN", main, "DEV", dev}
	w.check(t, [][2]string{
		{`builtins.removeAttrs (builtins.fetchGit "URL") [ "outPath" "narHash" ]`, `{ lastModified = 1700000000; lastModifiedDate = "20231114221320"; rev = "MAIN"; revCount = 2; shortRev = "` + main[:7] + `"; submodules = false; }`},
		{`builtins.readDir (builtins.fetchGit "URL")`, plain},
		{`builtins.readFile (builtins.fetchGit { url = "URL"; ref = "dev"; } + "/a")`, `"three\n"`},
		{`(builtins.fetchGit { url = "URL"; ref = "refs/tags/v1"; }).rev`, `"MAIN"`},
		{`(builtins.fetchGit { url = "URL"; ref = "dev"; rev = "MAIN"; }).rev`, `"MAIN"`},
		{`(builtins.fetchGit { url = "URL"; allRefs = true; rev = "DEV"; }).revCount`, `3`},
		{`builtins.fetchGit { url = "testgit://host/nope"; }`, "error: asking 'testgit://host/nope' for its branches: repository not found"},
	}, replace...)
	// A branch that moved is not asked for again while the answer is fresh, and a known commit never.
	r.write("a", "four\n", 0o666)
	r.commit("four")
	w.check(t, [][2]string{{`(builtins.fetchGit "URL").rev`, `"MAIN"`}}, replace...)
	w.opts.Offline = true
	w.check(t, [][2]string{
		{`builtins.readFile (builtins.fetchGit { url = "URL"; rev = "DEV"; } + "/a")`, `"three\n"`},
		{`builtins.fetchGit { url = "URL"; ref = "other"; }`, "error: the repository 'URL' is not in the cache, and there is no network"},
	}, replace...)
	w.opts.Pure = true
	w.check(t, [][2]string{{`builtins.readFile (builtins.fetchGit { url = "URL"; rev = "DEV"; } + "/a")`, `"three\n"`}}, replace...)
}

func TestGitSubmodules(t *testing.T) {
	t.Parallel()
	inner, main, _ := history(t)
	outer := newRepository(t)
	outer.write("top", "t\n", 0o666)
	outer.write(".gitmodules", "[submodule \"mod\"]\n\tpath = some/mod\n\turl = testgit://host"+inner.dir+"\n", 0o666)
	outer.commit("files")
	// A submodule is an entry of the index with the commit as its hash.
	idx, err := outer.repo.Storer.Index()
	if err != nil {
		t.Fatal(err)
	}
	e := idx.Add("some/mod")
	e.Hash, e.Mode = plumbing.NewHash(main), 0o160000
	if err := outer.repo.Storer.SetIndex(idx); err != nil {
		t.Fatal(err)
	}
	who := &object.Signature{Name: "a", Email: "a@b", When: time.Unix(1_700_000_000, 0).UTC()}
	if _, err := outer.tree.Commit("submodule", &git.CommitOptions{Author: who, Committer: who}); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.check(t, [][2]string{
		{`builtins.readDir (builtins.fetchGit { url = "file://DIR"; ref = "main"; } + "/some/mod")`, "{ }"},
		{`builtins.readFile (builtins.fetchGit { url = "file://DIR"; ref = "main"; submodules = true; } + "/some/mod/a")`, `"two\n"`},
		{`(builtins.fetchGit { url = "file://DIR"; ref = "main"; submodules = true; }).submodules`, "true"},
	}, "DIR", outer.dir)
}
