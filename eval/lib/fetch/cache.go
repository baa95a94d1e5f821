package fetch

// This file keeps what was fetched: trees and files by their hash, and what URLs gave.
//
//	trees/HASH/tree    a tree whose archive has this SHA-256 in base 32
//	trees/HASH/info    what is known about it, as JSON
//	files/HASH         a file whose content has this SHA-256
//	urls/HASH          what the URL with this hash gave last, as JSON
//	git/HASH           a bare repository, by the hash of its URL
//	hg/HASH            a Mercurial repository without files, likewise
//	tmp                what is not complete yet
//
// Entries appear at once and never change, so that several processes can share the folder. What changed all the same is found when it is used
// (verify.go) and fetched again.

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"nixops4/eval/store"
)

// A tree is something in the cache, or elsewhere on this machine, with a known hash.
type tree struct {
	root         string     // where it is
	hash         store.Hash // of its archive
	lastModified int64      // seconds since 1970; 0 when not known
	// kept are the paths that belong to it; nil means all below root.
	kept map[string]bool
	// shown and absent are those of [eval.Tree].
	shown  string
	absent func(name string) string
}

// treeInfo is what is kept beside a tree.
type treeInfo struct {
	LastModified int64 `json:"lastModified,omitempty"`
	Shape        shape `json:"shape"`
}

// urlInfo is what a URL gave.
type urlInfo struct {
	URL          string    `json:"url"`
	Hash         string    `json:"hash"` // of the tree or file, in base 32
	ETag         string    `json:"etag,omitempty"`
	ImmutableURL string    `json:"immutableUrl,omitempty"`
	Fetched      time.Time `json:"fetched"`
}

// place is a path in the cache, whose parent is made.
func (f *Fetcher) place(parts ...string) (string, error) {
	if f.Cache == "" {
		return "", errNoCache
	}
	file := filepath.Join(append([]string{f.Cache}, parts...)...)
	return file, os.MkdirAll(filepath.Dir(file), 0o777)
}

// workDir makes a folder for something that is not complete. The caller removes it.
func (f *Fetcher) workDir() (string, error) {
	tmp, err := f.place("tmp", "x")
	if err != nil {
		return "", err
	}
	f.sweep.Do(func() { sweep(filepath.Dir(tmp)) })
	return os.MkdirTemp(filepath.Dir(tmp), "fetch-")
}

// cachedTree finds a tree by the hash of its archive.
func (f *Fetcher) cachedTree(h store.Hash) (tree, bool) {
	if f.Cache == "" || h.Algo != store.SHA256 {
		return tree{}, false
	}
	dir := filepath.Join(f.Cache, "trees", h.Format(store.Nix32))
	t := tree{root: filepath.Join(dir, "tree"), hash: h}
	if !exists(t.root) {
		if exists(dir) {
			f.discard(dir)
		}
		return tree{}, false
	}
	var info treeInfo
	if readJSON(filepath.Join(dir, "info"), &info) {
		t.lastModified = info.LastModified
	}
	return t, f.intact(dir, info, h)
}

// keepTree hashes the tree in the folder work/tree and moves it into the cache.
func (f *Fetcher) keepTree(work string, lastModified int64) (tree, error) {
	root := filepath.Join(work, "tree")
	h, err := store.HashTree(f.Files, root, store.NAR, store.SHA256, nil)
	if err != nil {
		return tree{}, err
	}
	info := treeInfo{LastModified: lastModified}
	if info.Shape, err = seal(root); err != nil {
		return tree{}, err
	}
	if err := writeInfo(work, info); err != nil {
		return tree{}, err
	}
	dir, err := f.place("trees", h.Format(store.Nix32))
	if err != nil {
		return tree{}, err
	}
	// Another process may have been faster, with the same content.
	if err := os.Rename(work, dir); err != nil && !exists(dir) {
		return tree{}, fmt.Errorf("keeping what was fetched: %w", err)
	}
	return tree{root: filepath.Join(dir, "tree"), hash: h, lastModified: lastModified}, nil
}

// cachedFile finds a file by the hash of its content.
func (f *Fetcher) cachedFile(h store.Hash) (string, bool) {
	if f.Cache == "" || h.Algo != store.SHA256 {
		return "", false
	}
	file := filepath.Join(f.Cache, "files", h.Format(store.Nix32))
	return file, intactFile(file, h)
}

func (f *Fetcher) urlFile(kind, url string) (string, error) {
	return f.place("urls", store.HashString(store.SHA256, kind+" "+url).Format(store.Nix32))
}

// lookup tells what a URL gave last.
func (f *Fetcher) lookup(kind, url string) (urlInfo, bool) {
	file, err := f.urlFile(kind, url)
	var info urlInfo
	return info, err == nil && readJSON(file, &info) && info.URL == url
}

// fresh says that an answer still counts.
func (f *Fetcher) fresh(info urlInfo) bool {
	age := time.Since(info.Fetched)
	return age >= 0 && age < f.Fresh
}

// remember notes what a URL gave.
func (f *Fetcher) remember(kind string, info urlInfo) error {
	file, err := f.urlFile(kind, info.URL)
	if err != nil {
		return err
	}
	info.Fetched = time.Now()
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	work, err := f.workDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.WriteFile(filepath.Join(work, "info"), text, 0o666); err != nil {
		return err
	}
	return os.Rename(filepath.Join(work, "info"), file)
}

// readJSON reads a file that may be missing or damaged, which both mean that nothing is known.
func readJSON(file string, into any) bool {
	text, err := os.ReadFile(file)
	return err == nil && json.Unmarshal(text, into) == nil
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}
