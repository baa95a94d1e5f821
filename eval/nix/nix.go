// Package nix is the assembled language: the evaluator with its libraries, and access to this machine.
//
// [New] makes an evaluator from [Options]. What the language may look at is given by an [eval.IO]: [OS] is this
// machine's files, environment and clock. Options hide files from evaluation, and show it files that are part of
// the program, such as those of <nix/…>.
package nix

import (
	"io/fs"
	"os"
	"path"
	"slices"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/lib/flake"
	"nixops4/eval/lib/toml"
)

// Options configure [New].
type Options struct {
	eval.Options
	// Restricted hides the environment and all files but those of the search path and of Roots. Pure, one of the
	// evaluator's own options, hides the search path too.
	Restricted bool
	// Roots are files and folders that may be looked at in spite of Restricted or Pure. Symbolic links in them are
	// not followed: give real paths.
	Roots []string
	// AllowedURIs may be fetched in spite of Restricted: each is a URI, a folder of URIs, or a scheme with its colon.
	AllowedURIs []string
	// Cache is where fetched files are kept; empty means nixops4 in the user's folder for caches.
	Cache string
	// Offline fetches only what is in the cache or on this machine.
	Offline bool
	// Fetching is what the user and the machine say about fetching.
	Fetching fetch.Settings
	// Library is shown at /<nixops4> and found by <nixops4>; nil means that there is none.
	Library fs.FS
}

// New makes an evaluator. Without IO it reads this machine; without Store it only computes store paths.
func New(opts Options) *eval.Evaluator {
	m, _ := NewFetching(opts)
	return m
}

// NewFetching makes an evaluator, and the fetcher behind its builtins, which opens flakes.
func NewFetching(opts Options) (*eval.Evaluator, *fetch.Fetcher) {
	o := opts.Options
	if o.IO == nil {
		o.IO = OS{}
	}
	if o.Dir == "" && !o.Pure {
		// Without a working folder, relative entries of the search path are looked for in the root.
		o.Dir, _ = os.Getwd()
	}
	machine := o.IO
	switch {
	case o.Pure:
		o.IO = restrict(o.IO, opts.Roots, true)
	case opts.Restricted:
		o.IO = restrict(o.IO, append(searchRoots(o.SearchPath, o.Dir), opts.Roots...), false)
	}
	fetcher := fetch.New(opts.fetching(machine, &o))
	o.FetchSearchEntry = fetcher.SearchEntry
	o.Builtins = slices.Concat(fetcher.Builtins(), flake.Builtins, toml.Builtins, o.Builtins)
	show(&o, "nix", library)
	if opts.Library != nil {
		show(&o, "nixops4", opts.Library)
	}
	return eval.New(o), fetcher
}

// show makes a tree of files appear at /<name> and lets <name> find it.
func show(o *eval.Options, name string, files fs.FS) {
	at := "/<" + name + ">"
	o.IO = Mount(o.IO, at, files)
	o.Embedded = append(o.Embedded[:len(o.Embedded):len(o.Embedded)], eval.SearchEntry{Prefix: name, Path: at})
}

// searchRoots are the folders of a search path.
func searchRoots(entries []eval.SearchEntry, dir string) []string {
	var roots []string
	for _, e := range entries {
		if path.IsAbs(e.Path) {
			roots = append(roots, e.Path)
		} else if !eval.IsSearchURL(e.Path) {
			roots = append(roots, path.Join(dir, e.Path))
		}
	}
	return roots
}
