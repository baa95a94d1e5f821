package fetch

// This file takes the files of a local repository as they are now, as far as Git tracks them.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/gitattributes"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"

	"nixops4/eval/lib/flake"
	"nixops4/eval/store"
)

// A folder is a working folder of a repository.
type folder struct {
	dir        string
	head       *object.Commit  // nil before the first commit
	files      []string        // tracked and there, with slashes
	submodules map[string]bool // tracked submodules
	size       int64           // of all files together, in bytes
	dirty      bool
}

func (f *Fetcher) fromFolder(ctx context.Context, in *lockedInput, repo *git.Repository, dir string, r gitRequest, log func(string)) error {
	w, err := lookAt(repo, dir)
	if err != nil {
		return fmt.Errorf("looking at the Git repository '%s': %w", dir, err)
	}
	if in.tree, err = f.folderTree(ctx, w, r, log); err != nil {
		return err
	}
	in.tree.shown = dir
	in.tree.absent = func(name string) string { return w.absent(name, r.submodules) }
	if w.head == nil {
		in.attrs["lastModified"] = uint64(0)
	} else if err := f.commitAttrs(in, repo, w.head, r.shallow); err != nil {
		return err
	}
	if w.dirty {
		f.warnDirty(dir, log)
		delete(in.attrs, "revCount")
		if w.head != nil {
			h := w.head.Hash.String()
			in.attrs["dirtyRev"], in.attrs["dirtyShortRev"] = h+"-dirty", h[:7]+"-dirty"
		}
		return nil
	}
	if ref := headRef(repo); ref != "HEAD" {
		in.attrs["ref"] = ref
	}
	in.attrs["rev"] = strings.Repeat("0", 40)
	if w.head != nil {
		in.attrs["rev"] = w.head.Hash.String()
	} else if !r.shallow {
		in.attrs["revCount"] = uint64(0)
	}
	return nil
}

// warnDirty says that a folder has changes that are not committed, once: a flake is fetched again when its lock file was written.
func (f *Fetcher) warnDirty(dir string, log func(string)) {
	f.mu.Lock()
	warned := f.dirty[dir]
	f.dirty[dir] = true
	f.mu.Unlock()
	if !warned {
		log("warning: Git tree '" + dir + "' is dirty")
	}
}

// absent says why a file is not in the tree.
func (w *folder) absent(name string, submodules bool) string {
	dir, inside := w.dir, name
	for s := range w.submodules {
		rest, ok := strings.CutPrefix(name, s+"/")
		if !ok {
			continue
		}
		if !submodules {
			return fmt.Sprintf("Path '%s' is in the Git submodule '%s', which is left out of the repository \"%s\".\n\n"+
				"To make it visible, add ?submodules=1 to the flake reference, or inputs.self.submodules = true to flake.nix", name, s, w.dir)
		}
		dir, inside = filepath.Join(w.dir, s), rest
		break
	}
	if slices.Contains(w.files, name) && exists(filepath.Join(w.dir, name)) {
		return "" // .gitattributes leaves it out
	}
	if !exists(filepath.Join(dir, inside)) {
		return fmt.Sprintf("Path '%s' does not exist in Git repository \"%s\".", inside, dir)
	}
	return fmt.Sprintf("Path '%s' in the repository \"%s\" is not tracked by Git.\n\n"+
		"To make it visible to Nix, run:\n\ngit -C \"%[2]s\" add \"%[1]s\"", inside, dir)
}

// lookAt finds out which files are tracked and whether anything differs from the last commit.
func lookAt(repo *git.Repository, dir string) (*folder, error) {
	w := &folder{dir: dir, submodules: map[string]bool{}}
	var committed map[string]object.TreeEntry // nil when it is known to be what the index has
	head, err := repo.Head()
	if err == nil {
		if w.head, err = repo.CommitObject(head.Hash()); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, plumbing.ErrReferenceNotFound) {
		return nil, err
	}
	idx, err := repo.Storer.Index()
	if err != nil {
		return nil, err
	}
	// An index that was written after a commit knows the commit's tree, which saves reading all of it.
	if w.head != nil && !indexHas(idx, w.head.TreeHash) {
		if committed, err = entriesOf(w.head); err != nil {
			return nil, err
		}
	}
	for _, e := range idx.Entries {
		same := committed == nil && w.head != nil
		if in, ok := committed[e.Name]; ok {
			same = in.Hash == e.Hash && in.Mode == e.Mode
			delete(committed, e.Name)
		}
		if e.Mode == filemode.Submodule {
			w.submodules[e.Name] = true
			continue
		}
		if err := w.file(e, same, idx.ModTime); err != nil {
			return nil, err
		}
	}
	// What is left was committed and is not tracked any more.
	for _, e := range committed {
		w.dirty = w.dirty || e.Mode != filemode.Submodule
	}
	return w, nil
}

// indexHas says that an index has exactly the files of a tree.
func indexHas(idx *index.Index, tree plumbing.Hash) bool {
	if idx.Cache == nil {
		return false
	}
	for _, e := range idx.Cache.Entries {
		if e.Path == "" {
			return e.Entries == len(idx.Entries) && e.Hash == tree
		}
	}
	return false
}

// entriesOf lists all files of a commit.
func entriesOf(c *object.Commit) (map[string]object.TreeEntry, error) {
	t, err := c.Tree()
	if err != nil {
		return nil, err
	}
	out := map[string]object.TreeEntry{}
	walk := object.NewTreeWalker(t, true, nil)
	defer walk.Close()
	for {
		name, e, err := walk.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if e.Mode != filemode.Dir {
			out[name] = e
		}
	}
}

// file takes in one tracked file; committed says that the index has what was committed. indexed is when the index was written.
func (w *folder) file(e *index.Entry, committed bool, indexed time.Time) error {
	info, err := os.Lstat(filepath.Join(w.dir, filepath.FromSlash(e.Name)))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		w.dirty = true
		return nil
	}
	if err != nil {
		return err
	}
	w.files = append(w.files, e.Name)
	w.size += info.Size()
	if !w.dirty {
		same, err := sameAsIndex(w.dir, e, info, indexed)
		if err != nil {
			return err
		}
		w.dirty = !committed || !same
	}
	return nil
}

// sameAsIndex says that a file has the content and the mode that the index says.
func sameAsIndex(dir string, e *index.Entry, info fs.FileInfo, indexed time.Time) (bool, error) {
	mode, err := filemode.NewFromOSFileMode(info.Mode())
	if err != nil || mode != e.Mode {
		return false, nil // a device cannot be what was committed
	}
	if uint32(info.Size()) != e.Size {
		return false, nil
	}
	// A file that was changed in the moment when the index was written may look the same.
	if info.ModTime().Equal(e.ModifiedAt) && e.ModifiedAt.Before(indexed) {
		return true, nil
	}
	file := filepath.Join(dir, filepath.FromSlash(e.Name))
	var content []byte
	if mode == filemode.Symlink {
		target, err2 := os.Readlink(file)
		content, err = []byte(target), err2
	} else {
		content, err = os.ReadFile(file)
	}
	return plumbing.ComputeHash(plumbing.BlobObject, content) == e.Hash, err
}

// folderTree is the tree of the tracked files, where they are; with submodules, it is a copy.
func (f *Fetcher) folderTree(ctx context.Context, w *folder, r gitRequest, log func(string)) (tree, error) {
	kept, err := w.kept(r.exportIgnore)
	if err != nil {
		return tree{}, err
	}
	if r.submodules && len(w.submodules) > 0 {
		return f.withSubmodules(ctx, w, kept, log)
	}
	t := tree{root: w.dir, kept: kept}
	key := ""
	if w.head != nil && !w.dirty {
		// Filters such as that of Git LFS make files that differ from what was committed.
		key = fmt.Sprintf("%s in %s, %d bytes", treeKey(w.head, r), w.dir, w.size)
		if info, ok := f.lookup("git", key); ok {
			if t.hash, err = store.ParseHash(info.Hash, store.SHA256); err == nil {
				return t, nil
			}
		}
	}
	t.hash, err = store.HashTree(f.Files, w.dir, store.NAR, store.SHA256, func(p string) (bool, error) { return kept[p], nil })
	if err == nil && key != "" {
		// Without a note it is hashed again; that is no reason to fail.
		_ = f.remember("git", urlInfo{URL: key, Hash: t.hash.Format(store.Nix32)})
	}
	return t, err
}

// kept lists the paths that belong to the tree: tracked files, submodules as empty folders, and all folders above.
func (w *folder) kept(exportIgnore bool) (map[string]bool, error) {
	var attributes []gitattributes.MatchAttribute
	if exportIgnore {
		var err error
		if attributes, err = w.attributes(); err != nil {
			return nil, err
		}
	}
	kept := map[string]bool{w.dir: true}
	add := func(name string) {
		for dir := name; dir != "."; dir = path.Dir(dir) {
			if exportIgnored(attributes, dir) {
				return
			}
		}
		for dir := name; dir != "." && !kept[filepath.Join(w.dir, dir)]; dir = path.Dir(dir) {
			kept[filepath.Join(w.dir, dir)] = true
		}
	}
	for _, name := range w.files {
		add(name)
	}
	return kept, nil
}

// attributes reads the tracked files .gitattributes, from the outermost inward.
func (w *folder) attributes() (stack []gitattributes.MatchAttribute, err error) {
	var files []string
	for _, name := range w.files {
		if path.Base(name) == ".gitattributes" {
			files = append(files, name)
		}
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	for _, name := range files {
		in, err := os.Open(filepath.Join(w.dir, name))
		if err != nil {
			return nil, err
		}
		dir := path.Dir(name)
		if dir == "." {
			dir = ""
		}
		err = addAttributes(&stack, in, dir)
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
	}
	return stack, nil
}

// withSubmodules copies the tracked files and those of the submodules.
func (f *Fetcher) withSubmodules(ctx context.Context, w *folder, kept map[string]bool, log func(string)) (tree, error) {
	work, err := f.workDir()
	if err != nil {
		return tree{}, err
	}
	defer os.RemoveAll(work)
	top := filepath.Join(work, "tree")
	if err := copyKept(w.dir, top, kept); err != nil {
		return tree{}, err
	}
	for name := range w.submodules {
		a, err := flake.InputFromAttrs(flake.Attrs{"type": "git", "url": filepath.Join(w.dir, name), "submodules": true})
		if err != nil {
			return tree{}, err
		}
		in, err := f.input(ctx, a, log)
		if err != nil {
			return tree{}, err
		}
		w.dirty = w.dirty || in.attrs["rev"] == nil
		target := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
			return tree{}, err
		}
		if err := copyKept(in.tree.root, target, in.tree.kept); err != nil {
			return tree{}, err
		}
	}
	return f.keepTree(work, 0)
}
