package fetch

// This file makes commits of lock files, with Git or without.

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// commitFile makes a commit that has the head's files but one, which is as it is in the working folder. It returns the commit.
func commitFile(top, name, message string) (string, error) {
	if program, err := exec.LookPath("git"); err == nil {
		cmd := exec.Command(program, "-C", top, "commit", "--quiet", "--file=-", "--", name)
		cmd.Stdin = strings.NewReader(message)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", errors.New(strings.TrimSpace(string(out)))
		}
	}
	repo, err := git.PlainOpenWithOptions(top, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return "", err
	}
	if _, err := exec.LookPath("git"); err != nil {
		if err := commitWithoutGit(repo, top, filepath.ToSlash(name), message); err != nil {
			return "", err
		}
	}
	head, err := repo.Head()
	if err != nil {
		return "", err
	}
	return head.Hash().String(), nil
}

func commitWithoutGit(repo *git.Repository, top, name, message string) error {
	text, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	hash, err := storeBlob(repo, text)
	if err != nil {
		return err
	}
	c := &object.Commit{Message: message}
	if c.Author, err = author(repo); err != nil {
		return err
	}
	c.Committer = c.Author
	old := &object.Tree{}
	branch := plumbing.ReferenceName(headRef(repo))
	head, err := repo.Head()
	if err == nil {
		c.ParentHashes = []plumbing.Hash{head.Hash()}
		parent, err := repo.CommitObject(head.Hash())
		if err != nil {
			return err
		}
		if old, err = parent.Tree(); err != nil {
			return err
		}
	} else if !errors.Is(err, plumbing.ErrReferenceNotFound) {
		return err
	}
	if c.TreeHash, err = withFile(repo, old, strings.Split(name, "/"), hash); err != nil {
		return err
	}
	rev, err := storeObject(repo, c)
	if err != nil {
		return err
	}
	if err := repo.Storer.SetReference(plumbing.NewHashReference(branch, rev)); err != nil {
		return err
	}
	return stage(repo, top, name, hash)
}

func storeBlob(repo *git.Repository, text []byte) (plumbing.Hash, error) {
	blob := repo.Storer.NewEncodedObject()
	blob.SetType(plumbing.BlobObject)
	w, err := blob.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if _, err := w.Write(text); err != nil {
		return plumbing.ZeroHash, err
	}
	return repo.Storer.SetEncodedObject(blob)
}

// author is who commits, as Git's configuration and environment say.
func author(repo *git.Repository) (object.Signature, error) {
	cfg, err := repo.ConfigScoped(config.SystemScope)
	if err != nil {
		return object.Signature{}, err
	}
	s := object.Signature{Name: cfg.User.Name, Email: cfg.User.Email, When: time.Now()}
	if name := os.Getenv("GIT_AUTHOR_NAME"); name != "" {
		s.Name = name
	}
	if email := os.Getenv("GIT_AUTHOR_EMAIL"); email != "" {
		s.Email = email
	}
	if s.Name == "" || s.Email == "" {
		return s, errors.New("nothing says who you are: set user.name and user.email in Git's configuration")
	}
	return s, nil
}

// withFile stores a tree with one file replaced or added.
func withFile(repo *git.Repository, t *object.Tree, at []string, blob plumbing.Hash) (plumbing.Hash, error) {
	next := object.TreeEntry{Name: at[0], Mode: filemode.Regular, Hash: blob}
	if len(at) > 1 {
		sub, err := t.Tree(at[0])
		if err != nil {
			sub = &object.Tree{}
		}
		h, err := withFile(repo, sub, at[1:], blob)
		if err != nil {
			return h, err
		}
		next.Mode, next.Hash = filemode.Dir, h
	}
	entries := slices.DeleteFunc(slices.Clone(t.Entries), func(e object.TreeEntry) bool { return e.Name == at[0] })
	entries = append(entries, next)
	slices.SortFunc(entries, func(a, b object.TreeEntry) int { return strings.Compare(treeOrder(a), treeOrder(b)) })
	return storeObject(repo, &object.Tree{Entries: entries})
}

// treeOrder is what Git sorts the entries of a tree by.
func treeOrder(e object.TreeEntry) string {
	if e.Mode == filemode.Dir {
		return e.Name + "/"
	}
	return e.Name
}

func storeObject(repo *git.Repository, o interface {
	Encode(plumbing.EncodedObject) error
}) (plumbing.Hash, error) {
	encoded := repo.Storer.NewEncodedObject()
	if err := o.Encode(encoded); err != nil {
		return plumbing.ZeroHash, err
	}
	return repo.Storer.SetEncodedObject(encoded)
}

// stage makes the index have a file as it was committed.
func stage(repo *git.Repository, top, name string, blob plumbing.Hash) error {
	idx, err := repo.Storer.Index()
	if err != nil {
		return err
	}
	info, err := os.Lstat(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	e, err := idx.Entry(name)
	if errors.Is(err, index.ErrEntryNotFound) {
		e, err = idx.Add(name), nil
	}
	if err != nil {
		return err
	}
	e.Hash, e.Mode, e.Size, e.ModifiedAt, e.IntentToAdd = blob, filemode.Regular, uint32(info.Size()), info.ModTime(), false
	idx.Cache = nil // it was that of the index before
	return repo.Storer.SetIndex(idx)
}
