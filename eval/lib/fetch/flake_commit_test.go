package fetch

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// TestCommitWithoutGit commits one file, in the first commit and in a later one, beside others that are staged and stay so.
func TestCommitWithoutGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	repo, err := git.PlainInitWithOptions(dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/main"}})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a", "a")
	write("sub.x", "x")
	write("sub/deep/flake.lock", "1")
	cfg, err := repo.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg.User.Name, cfg.User.Email = "me", "me@example"
	if err := repo.SetConfig(cfg); err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Add("a"); err != nil {
		t.Fatal(err)
	}
	if err := commitWithoutGit(repo, dir, "sub/deep/flake.lock", "first"); err != nil {
		t.Fatal(err)
	}
	if got := committed(t, repo); got != "first: sub/deep/flake.lock=1" {
		t.Errorf("first: %s", got)
	}
	if _, err := tree.Add("sub.x"); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Commit("all", &git.CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	write("a", "b")
	write("sub/deep/flake.lock", "2")
	if _, err := tree.Add("a"); err != nil {
		t.Fatal(err)
	}
	if err := commitWithoutGit(repo, dir, "sub/deep/flake.lock", "second"); err != nil {
		t.Fatal(err)
	}
	// Git sorts the folder sub after the file sub.x.
	if got := committed(t, repo); got != "second: a=a sub.x=x sub/deep/flake.lock=2" {
		t.Errorf("second: %s", got)
	}
	status, err := tree.Status()
	if err != nil || len(status) != 1 || status.File("a").Staging != git.Modified {
		t.Errorf("status %v %v", status, err)
	}
}

// committed shows the message of the last commit and all of its files.
func committed(t *testing.T, repo *git.Repository) string {
	t.Helper()
	head, err := repo.Reference(plumbing.HEAD, true)
	if err != nil {
		t.Fatal(err)
	}
	c, err := repo.CommitObject(head.Hash())
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Files()
	if err != nil {
		t.Fatal(err)
	}
	out := c.Message + ":"
	err = files.ForEach(func(f *object.File) error {
		text, err := f.Contents()
		out += " " + f.Name + "=" + text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
