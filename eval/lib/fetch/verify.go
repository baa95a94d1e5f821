package fetch

// This file finds out whether what is in the cache is still what was put there.

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"nixops4/eval/store"
)

// A shape is what can be seen of a tree without reading its files. It changes when anybody writes to the tree.
type shape struct {
	Entries int   `json:"entries"`
	Bytes   int64 `json:"bytes"`  // of all files
	Newest  int64 `json:"newest"` // change of a file or folder, in nanoseconds since 1970
}

// Trees with more entries than manyEntries are looked at once in a while only.
const (
	manyEntries = 2000
	aWhile      = 24 * time.Hour
)

// add takes in one file or folder.
func (s *shape) add(info fs.FileInfo) {
	s.Entries++
	if info.Mode().IsRegular() {
		s.Bytes += info.Size()
	}
	s.Newest = max(s.Newest, info.ModTime().UnixNano())
}

// seal takes the permission to write from the files of a tree, so that nobody changes them by mistake, and returns the tree's shape.
func seal(root string) (shape, error) {
	return shapeOf(root, func(file string, info fs.FileInfo) error {
		if !info.Mode().IsRegular() {
			return nil // what cannot be deleted from a folder would be a nuisance
		}
		return os.Chmod(file, info.Mode().Perm()&^0o222)
	})
}

func shapeOf(root string, visit func(file string, info fs.FileInfo) error) (s shape, err error) {
	err = filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		s.add(info)
		if visit == nil {
			return nil
		}
		return visit(file, info)
	})
	return s, err
}

// intact says that the tree in a folder of the cache has the hash that it should have. One that has not is thrown away.
func (f *Fetcher) intact(dir string, known treeInfo, want store.Hash) bool {
	note := filepath.Join(dir, "info")
	if known.Shape.Entries > manyEntries {
		if info, err := os.Stat(note); err == nil && time.Since(info.ModTime()) < aWhile {
			return true
		}
	}
	root := filepath.Join(dir, "tree")
	now, err := shapeOf(root, nil)
	if err == nil && now == known.Shape {
		if now.Entries > manyEntries {
			_ = os.Chtimes(note, time.Time{}, time.Now()) // without it, it is looked at again; that is no reason to fail
		}
		return true
	}
	got, err := store.HashTree(f.Files, root, store.NAR, store.SHA256, nil)
	if err == nil && got.Equal(want) {
		known.Shape = now
		_ = writeInfo(dir, known) // likewise
		return true
	}
	f.discard(dir)
	return false
}

// discard takes an entry out of the cache. Somebody else may have done so.
func (f *Fetcher) discard(dir string) {
	work, err := f.workDir()
	if err != nil {
		return
	}
	defer os.RemoveAll(work)
	_ = os.Rename(dir, filepath.Join(work, "broken")) // when it stays, keeping the next one fails with a reason
}

func writeInfo(dir string, info treeInfo) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	// Others may read it in this moment.
	tmp, err := os.CreateTemp(dir, "info-")
	if err != nil {
		return err
	}
	if _, err := tmp.Write(text); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(dir, "info"))
}

// intactFile says that a file has a hash. One that has not is removed.
func intactFile(file string, want store.Hash) bool {
	in, err := os.Open(file)
	if err != nil {
		return false
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return false
	}
	if (store.Hash{Algo: store.SHA256, Sum: sum.Sum(nil)}).Equal(want) {
		return true
	}
	_ = os.Remove(file) // it is replaced when it is fetched again
	return false
}

// sweep removes what processes that were killed have left unfinished long ago.
func sweep(tmp string) {
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > aWhile {
			_ = os.RemoveAll(filepath.Join(tmp, e.Name()))
		}
	}
}
