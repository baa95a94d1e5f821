package main

// This file finds the root expression. The first match wins: --file, then nixops4.nix and flake.nix in the current directory.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"nixops4/internal/spell"
)

// rootFileName and flakeFileName are the files that are looked for in the current directory.
const (
	rootFileName  = "nixops4.nix"
	flakeFileName = "flake.nix"
)

// isFlake says that the root's file is that of a flake, which is opened by its folder.
func isFlake(file string) bool { return filepath.Base(file) == flakeFileName }

// findRoot returns the absolute path of the root's file. file is the value of --file, dir the current directory.
func findRoot(file, dir string) (string, error) {
	if file != "" {
		return namedRoot(file, dir)
	}
	if found := rootIn(dir); found != "" {
		return found, nil
	}
	err := fmt.Errorf("no deployment here: there is neither %s nor %s in %s", rootFileName, flakeFileName, dir)
	for parent := filepath.Dir(dir); parent != filepath.Dir(parent); parent = filepath.Dir(parent) {
		if above := rootIn(parent); above != "" {
			return "", withHint(err, fmt.Sprintf("there is one above; to use it, give --file %s", above))
		}
	}
	return "", withHint(err, "change to the directory of your deployment, or name its file with --file PATH")
}

// rootIn is the root's file in a folder, or "".
func rootIn(dir string) string {
	for _, name := range []string{rootFileName, flakeFileName} {
		if file := filepath.Join(dir, name); isFile(file) {
			return file
		}
	}
	return ""
}

// namedRoot checks what --file says. A folder stands for the root in it.
func namedRoot(file, dir string) (string, error) {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", withHint(fmt.Errorf("--file %s: there is no such file", file), nearestFile(path))
	case err != nil:
		return "", fmt.Errorf("--file %s: %w", file, errors.Unwrap(err))
	case !info.IsDir():
		return path, nil
	}
	inside := rootIn(path)
	if inside == "" {
		return "", withHint(fmt.Errorf("--file %s: it is a directory without a %s or %s", file, rootFileName, flakeFileName), "name the file itself")
	}
	return inside, nil
}

// nearestFile suggests a file beside the one that does not exist.
func nearestFile(path string) string {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return spell.Hint(filepath.Base(path), names)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
