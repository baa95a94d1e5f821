package main

// This file finds the root expression. The first match wins: --file, then nixops4.nix in the current directory.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"nixops4/internal/spell"
)

// rootFileName is the file that is looked for in the current directory.
const rootFileName = "nixops4.nix"

// findRoot returns the absolute path of the root's file. file is the value of --file, dir the current directory.
func findRoot(file, dir string) (string, error) {
	if file != "" {
		return namedRoot(file, dir)
	}
	candidate := filepath.Join(dir, rootFileName)
	if isFile(candidate) {
		return candidate, nil
	}
	err := fmt.Errorf("no deployment here: there is no %s in %s", rootFileName, dir)
	if isFile(filepath.Join(dir, "flake.nix")) {
		return "", withHint(err, "there is a flake.nix, but roots in flakes are not supported yet; name a file with --file PATH")
	}
	for parent := filepath.Dir(dir); parent != filepath.Dir(parent); parent = filepath.Dir(parent) {
		if above := filepath.Join(parent, rootFileName); isFile(above) {
			return "", withHint(err, fmt.Sprintf("there is one above; to use it, give --file %s", above))
		}
	}
	return "", withHint(err, "change to the directory of your deployment, or name its file with --file PATH")
}

// namedRoot checks what --file says. A folder stands for the nixops4.nix in it.
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
	inside := filepath.Join(path, rootFileName)
	if !isFile(inside) {
		return "", withHint(fmt.Errorf("--file %s: it is a directory without a %s", file, rootFileName), "name the file itself")
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
