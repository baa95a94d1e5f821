package fetch

// This file reads references as they are written on command lines, and asks what Git ignores.

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"nixops4/eval/lib/flake"
)

// LocalFlake is LocalRef for the flake that is to be evaluated: a path below the folder of flake.nix stands for that folder.
func LocalFlake(text, dir string, warn func(string)) (*flake.Ref, string, error) {
	ref, fragment, err := readLocal(text, dir, warn)
	if err != nil || !isLocal(ref, text) {
		return ref, fragment, err
	}
	file, _ := ref.Input["path"].(string)
	if path.Base(file) == "flake.nix" {
		file = path.Dir(file)
	}
	at := path.Join(file, ref.Dir)
	if !exists(at) {
		return nil, "", fmt.Errorf("the path '%s' does not exist", at)
	}
	for top := file; ref.Dir == "" && !exists(filepath.Join(file, "flake.nix")); file = path.Dir(file) {
		if file == "/" || exists(filepath.Join(file, ".git")) {
			return nil, "", fmt.Errorf("path '%s' is not part of a flake (neither it nor its parent directories contain a 'flake.nix' file)", top)
		}
	}
	ref.Input["path"] = file
	ref, err = inRepository(ref)
	return ref, fragment, err
}

// LocalRef reads a reference and its fragment. A path starts from dir, and stands for the Git repository that it is in, if it is.
func LocalRef(text, dir string, warn func(string)) (*flake.Ref, string, error) {
	ref, fragment, err := readLocal(text, dir, warn)
	if err != nil || !isLocal(ref, text) {
		return ref, fragment, err
	}
	ref, err = inRepository(ref)
	return ref, fragment, err
}

// isLocal says that a reference is a path that is written as such, not as a URL.
func isLocal(ref *flake.Ref, text string) bool {
	return ref.Input["type"] == "path" && !strings.HasPrefix(text, "path:")
}

// readLocal reads a reference. Links in a path are followed.
func readLocal(text, dir string, warn func(string)) (*flake.Ref, string, error) {
	ref, fragment, err := flake.ParseRefWithFragment(text, flake.ParseOptions{BaseDir: dir, Warn: warn})
	if err != nil || !isLocal(ref, text) {
		return ref, fragment, err
	}
	file, _ := ref.Input["path"].(string)
	if real, err := filepath.EvalSymlinks(file); err == nil {
		ref.Input["path"] = real // what does not exist is an error later on
	}
	return ref, fragment, nil
}

// inRepository is the reference to the Git repository that a path is in, or ref when it is in none.
func inRepository(ref *flake.Ref) (*flake.Ref, error) {
	file, _ := ref.Input["path"].(string)
	top := file
	for !exists(filepath.Join(top, ".git")) {
		if top == "/" {
			return ref, nil
		}
		top = filepath.Dir(top)
	}
	a := flake.Attrs{"type": "git", "url": top}
	if exists(filepath.Join(top, ".git", "shallow")) {
		a["shallow"] = true
	}
	in, err := flake.InputFromAttrs(a)
	if err != nil {
		return nil, err
	}
	below, err := filepath.Rel(top, file)
	if err != nil {
		return nil, err
	}
	if below = path.Join(below, ref.Dir); below == "." {
		below = ""
	}
	return &flake.Ref{Input: in, Dir: below}, nil
}

// ignores says that Git ignores a file.
func ignores(w *git.Worktree, name string) (bool, error) {
	patterns, err := gitignore.ReadPatterns(w.Filesystem, nil)
	if err != nil {
		return false, err
	}
	return gitignore.NewMatcher(append(patterns, w.Excludes...)).Match(strings.Split(name, "/"), false), nil
}
