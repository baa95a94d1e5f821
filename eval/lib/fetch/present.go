package fetch

// This file finds what need not be fetched: trees in the cache and in the store of an installed Nix.

import (
	"path/filepath"

	"nixops4/eval/lib/flake"
	"nixops4/eval/store"
)

// present finds an input that a lock file determines: its hash says which tree it is, and its attributes say the rest.
func (f *Fetcher) present(a flake.Attrs) (*lockedInput, bool) {
	if a["type"] == "path" || a["lastModified"] == nil && a["type"] != "file" && a["type"] != "tarball" || !flake.IsLocked(a) {
		return nil, false
	}
	if a["type"] == "git" && a["revCount"] == nil && a["shallow"] != true {
		return nil, false
	}
	t, ok := f.knownTree(a)
	if !ok {
		return nil, false
	}
	return &lockedInput{tree: t, attrs: a.Clone()}, true
}

// inStore finds a tree in the store of an installed Nix. What is there is hashed once.
func (f *Fetcher) inStore(h store.Hash) (tree, bool) {
	if f.Store == "" {
		return tree{}, false
	}
	p, err := store.Dir(f.Store).FixedOutput("source", store.NAR, h, nil)
	if err != nil || !exists(p) {
		return tree{}, false
	}
	t := tree{root: filepath.Clean(p), hash: h}
	if info, ok := f.lookup("store", p); ok && info.Hash == h.Format(store.Nix32) {
		return t, true
	}
	got, err := store.HashTree(f.Files, p, store.NAR, store.SHA256, nil)
	if err != nil || !got.Equal(h) {
		return tree{}, false
	}
	// Without a note it is hashed again; that is no reason to fail.
	_ = f.remember("store", urlInfo{URL: p, Hash: h.Format(store.Nix32)})
	return t, true
}
