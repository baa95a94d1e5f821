package fetch

// This file reads references as they are written on command lines, and asks what Git ignores.

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"nixops4/eval/lib/flake"
)

// LocalRef reads a reference and its fragment. A path starts from dir, and stands for the Git repository that it is in, if it is.
func LocalRef(text, dir string, warn func(string)) (*flake.Ref, string, error) {
	ref, fragment, err := flake.ParseRefWithFragment(text, flake.ParseOptions{BaseDir: dir, Warn: warn})
	if err != nil || ref.Input["type"] != "path" || strings.HasPrefix(text, "path:") {
		return ref, fragment, err
	}
	file, _ := ref.Input["path"].(string)
	top := file
	for !exists(filepath.Join(top, ".git")) {
		if top == "/" {
			return ref, fragment, nil
		}
		top = filepath.Dir(top)
	}
	a := flake.Attrs{"type": "git", "url": top}
	if exists(filepath.Join(top, ".git", "shallow")) {
		a["shallow"] = true
	}
	in, err := flake.InputFromAttrs(a)
	if err != nil {
		return nil, "", err
	}
	below, err := filepath.Rel(top, file)
	if err != nil {
		return nil, "", err
	}
	if below = path.Join(below, ref.Dir); below == "." {
		below = ""
	}
	return &flake.Ref{Input: in, Dir: below}, fragment, nil
}

// ignores says that Git ignores a file.
func ignores(w *git.Worktree, name string) (bool, error) {
	patterns, err := gitignore.ReadPatterns(w.Filesystem, nil)
	if err != nil {
		return false, err
	}
	return gitignore.NewMatcher(append(patterns, w.Excludes...)).Match(strings.Split(name, "/"), false), nil
}
