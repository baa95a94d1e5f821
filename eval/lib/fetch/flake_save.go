package fetch

// This file writes lock files and makes them known to Git.

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/google/renameio/v2"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
)

// save writes a changed lock file, when it can and shall be written.
func (f *Fetcher) save(m *eval.Evaluator, ref *flake.Ref, of *flakeFile, old, lock *flake.Lock, opts LockOptions) (bool, *eval.Error) {
	diff := old.Diff(lock)
	if !opts.Write {
		m.Log("warning: not writing modified lock file of flake '" + ref.String() + "':\n" + diff)
		return false, nil
	}
	top, ok := workingFolder(ref.Input)
	if !ok {
		return false, eval.Errorf(eval.Other, "cannot write modified lock file of flake '%s' (use '--no-write-lock-file' to ignore)", ref)
	}
	if open := lock.Unlocked(); open != nil {
		m.Log("warning: not writing lock file of flake '" + ref.String() + "' because it has an unlocked input ('" + open.String() + "')")
		return false, nil
	}
	if opts.NoUpdate {
		return false, eval.Errorf(eval.Other, "flake '%s' requires lock file changes but they're not allowed due to '--no-update-lock-file':\n%s", ref, diff)
	}
	name := filepath.Join(ref.Dir, "flake.lock")
	file := filepath.Join(top, name)
	doing, done := "creating", "Add"
	if exists(file) {
		doing, done = "updating", "Update"
	}
	m.Log(strings.TrimSuffix("warning: "+doing+" lock file \""+file+"\":\n"+diff, ":\n"))
	text, _ := lock.JSON()
	if err := renameio.WriteFile(file, text, 0o644, renameio.WithExistingPermissions()); err != nil {
		return false, eval.Wrap(err, "writing the lock file of flake '%s': %v", ref, err)
	}
	if ref.Input["type"] != "git" {
		return true, nil
	}
	if err := track(top, name); err != nil {
		return false, eval.Wrap(err, "telling Git about '%s': %v", file, err)
	}
	if opts.Commit {
		summary := of.setting("commit-lock-file-summary", name+": "+done)
		rev, err := commitFile(top, name, summary+"\n\nFlake lock file updates:\n\n"+diff+"\n")
		if err != nil {
			return true, eval.Wrap(err, "committing '%s': %v", file, err)
		}
		m.Log("warning: committed new revision '" + rev + "'")
	}
	return true, nil
}

// setting is what the flake's nixConfig says, or else what it is without.
func (file *flakeFile) setting(name, otherwise string) string {
	for _, s := range file.config {
		if s.Name == name && s.Value != "" {
			return s.Value
		}
	}
	return otherwise
}

// track makes a new file one that Git tracks, without its content, unless Git shall ignore it.
func track(top, name string) error {
	repo, err := git.PlainOpenWithOptions(top, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return err
	}
	idx, err := repo.Storer.Index()
	if err != nil {
		return err
	}
	name = filepath.ToSlash(name)
	if _, err := idx.Entry(name); err == nil {
		return nil
	}
	if program, err := exec.LookPath("git"); err == nil {
		if exec.Command(program, "-C", top, "check-ignore", "--quiet", "--", name).Run() == nil {
			return nil
		}
		out, err := exec.Command(program, "-C", top, "add", "--intent-to-add", "--", name).CombinedOutput()
		if err != nil {
			return errors.New(strings.TrimSpace(string(out)))
		}
		return nil
	}
	w, err := repo.Worktree()
	if err != nil {
		return err
	}
	ignored, err := ignores(w, name)
	if err != nil || ignored {
		return err
	}
	info, err := os.Lstat(filepath.Join(top, name))
	if err != nil {
		return err
	}
	idx.Version = max(idx.Version, 3) // the mark needs it
	idx.Entries = append(idx.Entries, &index.Entry{
		Name: name, Mode: filemode.Regular, ModifiedAt: info.ModTime(), IntentToAdd: true,
		Hash: plumbing.ComputeHash(plumbing.BlobObject, nil),
	})
	return repo.Storer.SetIndex(idx)
}
