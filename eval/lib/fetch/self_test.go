package fetch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/nix"
)

// selfFlake tells all about itself.
const selfFlake = `{
  outputs = { self }: {
    all = [
      (builtins.removeAttrs self [ "all" "inputs" "outPath" "outputs" "sourceInfo" ])
      (builtins.removeAttrs self.sourceInfo [ "outPath" ])
      (builtins.readDir ./.)
      (toString ./.)
      "${self}"
    ];
  };
}
`

// selfFolders makes folders with the flake in every state of a Git repository, and without one.
const selfFolders = `
set -e
make() { mkdir -p $1/sub/deep; cp flake $1/flake.nix; cp flake $1/sub/flake.nix; echo x > $1/untracked; cd $1; git init -q -b main; git add flake.nix sub; git commit -q -m one; cd ..; }
make clean; ln -s clean link; git -C clean worktree add -q ../worktree -b other
make dirty; echo '#' >> dirty/flake.nix
make staged; echo n > staged/new; git -C staged add new
make intended; echo n > intended/new; git -C intended add -N new
make deleted; rm deleted/sub/flake.nix
make detached; git -C detached checkout -q --detach
make executable; chmod +x executable/flake.nix
make linked; mv linked/flake.nix linked/f.nix; ln -s f.nix linked/flake.nix; git -C linked add .; git -C linked commit -q -m two
make deep; git -C deep commit -q --allow-empty -m two; git clone -q --depth 1 "file://$PWD/deep" shallow
mkdir empty plain; cp flake empty/flake.nix; cp flake plain/flake.nix; git -C empty init -q -b main; git -C empty add .
ln -s ../clean/sub plain/sub; ln -s clean/sub/deep below
`

// TestSelf compares what flakes know about themselves with what the real Nix tells them, however they are named.
func TestSelf(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(reference); err != nil {
		t.Skip("there is no " + reference)
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{"flake": selfFlake})
	env := append(os.Environ(), "HOME="+dir+"/home", "XDG_CACHE_HOME="+dir+"/cache", "NIX_STORE_DIR="+dir+"/store", "NIX_STATE_DIR="+dir+"/state",
		"NIX_CONFIG=extra-experimental-features = nix-command flakes", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", dir).Run() }) // a store is read-only
	cmd := exec.Command("sh", "-c", selfFolders)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, ref := range []string{
		"./clean", "./link", "./worktree", "./dirty", "./staged", "./intended", "./deleted", "./detached", "./executable", "./linked", "./shallow", "./empty", "./plain",
		"./clean?dir=sub", "./clean/sub", "./clean/sub/deep", "./clean/sub/flake.nix", "./plain/sub", "./below", "./dirty?dir=sub",
		"path:./clean", "path:./clean?dir=sub", "git+file:./clean", "git+file:./clean?dir=sub", "git+file:./clean?ref=other", "git+file:./clean?shallow=1",
		"git+file:./clean?submodules=1", "git+file:./dirty?submodules=1", "git+file:./clean?exportIgnore=1", "git+file:./shallow", "git+file:./shallow?shallow=1",
		"./none", "./clean/none", "path:./none", "git+file:./none", "git+file:./clean?ref=none", "git+file:./shallow?rev=0123456789012345678901234567890123456789",
	} {
		t.Run(ref, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(reference, "eval", "--json", ref+"#all")
			cmd.Dir, cmd.Env = dir, env
			want, err := cmd.Output()
			got, message := openJSON(t, ref, dir)
			if err == nil && strings.ReplaceAll(got, "/nix/store", dir+"/store") != strings.TrimSpace(string(want)) {
				// The folder of the store is part of the hash in a path, so paths are compared by what follows it.
				if cutPaths(got) != cutPaths(string(want)) {
					t.Errorf("got\n%s %s\nNix says\n%s", got, message, want)
				}
			}
			if err != nil && message == "" {
				t.Errorf("got %s, but Nix fails: %v", got, err)
			}
		})
	}
}

// cutPaths leaves out the folder of the store and the hash of each path in it.
func cutPaths(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.TrimSpace(text), "-source") {
		if i > 0 {
			b.WriteString("-source")
		}
		if at := strings.LastIndex(part, `"`); at >= 0 && strings.Contains(part[at:], "/store/") {
			part = part[:at]
		}
		b.WriteString(part)
	}
	return b.String()
}

func openJSON(t *testing.T, text, dir string) (got, message string) {
	t.Helper()
	w := newWorld(t)
	w.opts.Pure = true
	m, f := nix.NewFetching(w.opts)
	err := m.Run(t.Context(), func() *eval.Error {
		ref, _, err := fetch.LocalFlake(text, dir, m.Log)
		if err != nil {
			return eval.Errorf(eval.Other, "%v", err)
		}
		v, failure := f.OpenFlake(m, ref, fetch.LockOptions{})
		if failure == nil {
			v, failure = m.AttrPath(v, "all", nil)
		}
		if failure == nil {
			got, _, failure = m.ToJSON(v)
		}
		return failure
	})
	if err != nil {
		return "", err.Msg
	}
	return got, ""
}
