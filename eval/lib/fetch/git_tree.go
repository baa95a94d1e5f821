package fetch

// This file writes the files of a commit, and of what it has as submodules, into the cache.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/gitattributes"
	"github.com/go-git/go-git/v5/plumbing/object"

	"nixops4/eval/lib/flake"
	"nixops4/eval/store"
)

func urlHash(text string) string {
	return store.HashString(store.SHA256, text).Format(store.Nix32)
}

// commitTree is the tree of a commit in the cache.
func (f *Fetcher) commitTree(ctx context.Context, repo *git.Repository, c *object.Commit, r gitRequest, log func(string)) (tree, error) {
	key := treeKey(c, r)
	if info, ok := f.lookup("git", key); ok {
		if t, ok := f.treeOf(info); ok {
			return t, nil
		}
	}
	work, err := f.workDir()
	if err != nil {
		return tree{}, err
	}
	defer os.RemoveAll(work)
	if err := f.writeCommit(ctx, repo, c, r, filepath.Join(work, "tree"), log); err != nil {
		return tree{}, err
	}
	t, err := f.keepTree(work, 0)
	if err != nil {
		return t, err
	}
	return t, f.remember("git", urlInfo{URL: key, Hash: t.hash.Format(store.Nix32)})
}

// treeKey names what is taken of a commit.
func treeKey(c *object.Commit, r gitRequest) string {
	key := fmt.Sprintf("tree %s export-ignore=%v submodules=%v", c.TreeHash, r.exportIgnore, r.submodules)
	if r.submodules {
		key += " " + r.url // where submodules are depends on it
	}
	if r.lfs {
		key += " lfs"
	}
	return key
}

// writeCommit writes the files of a commit into a folder that it makes.
func (f *Fetcher) writeCommit(ctx context.Context, repo *git.Repository, c *object.Commit, r gitRequest, dir string, log func(string)) error {
	top, err := c.Tree()
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	w := &treeWriter{ctx: ctx, root: root, exportIgnore: r.exportIgnore, lfs: r.lfs, pointers: map[string]pointer{}}
	if err := w.folder(top, ""); err != nil {
		return err
	}
	if err := f.lfsFiles(ctx, r.url, root, w.pointers, log); err != nil {
		return err
	}
	if !r.submodules || len(w.links) == 0 {
		return nil
	}
	modules, err := submodulesOf(top)
	if err != nil {
		return err
	}
	for file, rev := range w.links {
		m := modules[file]
		if m == nil {
			return fmt.Errorf("the submodule '%s' is not described in .gitmodules", file)
		}
		if err := f.writeSubmodule(ctx, r, m, rev, filepath.Join(dir, file), log); err != nil {
			return fmt.Errorf("fetching the submodule '%s': %w", file, err)
		}
	}
	return nil
}

// A treeWriter writes a tree of a repository.
type treeWriter struct {
	ctx          context.Context
	root         *os.Root
	exportIgnore bool
	lfs          bool
	pointers     map[string]pointer // files that are kept with Git LFS
	attributes   []gitattributes.MatchAttribute
	links        map[string]string // submodules: folder and commit
}

func (w *treeWriter) folder(t *object.Tree, dir string) error {
	if err := w.readAttributes(t, dir); err != nil {
		return err
	}
	for _, e := range t.Entries {
		if err := context.Cause(w.ctx); err != nil {
			return err
		}
		name := path.Join(dir, e.Name)
		if !safeName(e.Name) {
			return fmt.Errorf("the repository has a file with the name %q", name)
		}
		if w.exportIgnore && exportIgnored(w.attributes, name) {
			continue
		}
		if err := w.entry(t, e, name); err != nil {
			return fmt.Errorf("writing '%s': %w", name, err)
		}
	}
	return nil
}

// safeName says that a name stays where it is put.
func safeName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

func (w *treeWriter) entry(t *object.Tree, e object.TreeEntry, name string) error {
	switch e.Mode {
	case filemode.Dir:
		sub, err := t.Tree(e.Name)
		if err != nil {
			return err
		}
		if err := w.root.Mkdir(name, 0o777); err != nil {
			return err
		}
		return w.folder(sub, name)
	case filemode.Submodule:
		if w.links == nil {
			w.links = map[string]string{}
		}
		w.links[name] = e.Hash.String()
		return w.root.Mkdir(name, 0o777)
	}
	file, err := t.TreeEntryFile(&e)
	if err != nil {
		return err
	}
	r, err := file.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	if e.Mode == filemode.Symlink {
		target, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return w.root.Symlink(string(target), name)
	}
	mode := os.FileMode(0o666)
	if e.Mode == filemode.Executable {
		mode = 0o777
	}
	out, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	if err := errors.Join(err, out.Close()); err != nil || !w.lfs || file.Size > maxPointer {
		return err
	}
	return w.notePointer(file, name)
}

// notePointer takes in a file that stands for one that is kept with Git LFS.
func (w *treeWriter) notePointer(file *object.File, name string) error {
	found, _ := gitattributes.NewMatcher(w.attributes).Match(strings.Split(name, "/"), []string{"filter"})
	if a := found["filter"]; a == nil || a.Value() != "lfs" {
		return nil
	}
	text, err := file.Contents()
	if err != nil {
		return err
	}
	if p, ok := parsePointer([]byte(text)); ok {
		w.pointers[name] = p
	}
	return nil
}

// readAttributes takes in the file .gitattributes of a folder.
func (w *treeWriter) readAttributes(t *object.Tree, dir string) error {
	if !w.exportIgnore && !w.lfs {
		return nil
	}
	file, err := t.File(".gitattributes")
	if errors.Is(err, object.ErrFileNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := file.Contents()
	if err != nil {
		return err
	}
	return addAttributes(&w.attributes, strings.NewReader(text), dir)
}

func addAttributes(stack *[]gitattributes.MatchAttribute, r io.Reader, dir string) error {
	var domain []string
	if dir != "" {
		domain = strings.Split(dir, "/")
	}
	more, err := gitattributes.ReadAttributes(r, domain, dir == "")
	*stack = append(*stack, more...)
	return err
}

// exportIgnored says that a file is marked as not to be exported.
func exportIgnored(stack []gitattributes.MatchAttribute, name string) bool {
	if len(stack) == 0 {
		return false
	}
	found, _ := gitattributes.NewMatcher(stack).Match(strings.Split(name, "/"), []string{"export-ignore"})
	a := found["export-ignore"]
	return a != nil && a.IsSet()
}

// submodulesOf reads .gitmodules; the result is by folder.
func submodulesOf(t *object.Tree) (map[string]*config.Submodule, error) {
	file, err := t.File(".gitmodules")
	if err != nil {
		return nil, fmt.Errorf("reading .gitmodules: %w", err)
	}
	text, err := file.Contents()
	if err != nil {
		return nil, err
	}
	return parseModules([]byte(text))
}

func parseModules(text []byte) (map[string]*config.Submodule, error) {
	modules := config.NewModules()
	if err := modules.Unmarshal(bytes.TrimSpace(text)); err != nil {
		return nil, fmt.Errorf("reading .gitmodules: %w", err)
	}
	out := map[string]*config.Submodule{}
	for _, m := range modules.Submodules {
		out[path.Clean(m.Path)] = m
	}
	return out, nil
}

// writeSubmodule fetches a submodule and copies it to where it belongs, an empty folder.
func (f *Fetcher) writeSubmodule(ctx context.Context, r gitRequest, m *config.Submodule, rev, dir string, log func(string)) error {
	from, err := submoduleURL(r.url, m.URL)
	if err != nil {
		return err
	}
	a := flake.Attrs{"type": "git", "url": from, "rev": rev, "submodules": true, "allRefs": true}
	if r.lfs {
		a["lfs"] = true
	}
	switch m.Branch {
	case "":
	case ".":
		a["ref"] = r.ref
	default:
		a["ref"] = m.Branch
	}
	if a, err = flake.InputFromAttrs(a); err != nil {
		return err
	}
	in, err := f.input(ctx, a, log)
	if err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil {
		return err
	}
	return copyKept(in.tree.root, dir, in.tree.kept)
}

// submoduleURL is where a submodule is that may be given relative to its repository.
func submoduleURL(base, text string) (string, error) {
	if !strings.HasPrefix(text, "./") && !strings.HasPrefix(text, "../") {
		return text, nil
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u.Path = path.Join(u.Path, text)
	u.RawQuery = ""
	return u.String(), nil
}

// copyKept copies a tree with its links and execute bits; kept says which paths, nil all.
func copyKept(from, to string, kept map[string]bool) error {
	return filepath.WalkDir(from, func(file string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if kept != nil && !kept[file] {
			if e.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		target := filepath.Join(to, strings.TrimPrefix(file, from))
		switch {
		case e.IsDir():
			return os.Mkdir(target, 0o777)
		case e.Type()&os.ModeSymlink != 0:
			link, err := os.Readlink(file)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		}
		return copyOne(file, target)
	})
}

func copyOne(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	mode := os.FileMode(0o666)
	if info.Mode()&0o100 != 0 {
		mode = 0o777
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
