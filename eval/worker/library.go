package worker

// This file shows the evaluator a tree of files that is part of the program.

import (
	"io/fs"
	"strings"

	"nixops4/eval"
)

// libraryRoot is where the library appears to be; errors show a file in it as <nixops4/lib/types.nix>.
const libraryRoot = "/<nixops4>"

// libraryIO is a machine with the library on it.
type libraryIO struct {
	eval.IO
	files fs.FS // may be nil
}

// inside returns the name of a file in the library.
func (l libraryIO) inside(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, libraryRoot)
	if !ok || l.files == nil || rest != "" && rest[0] != '/' {
		return "", false
	}
	if rest = strings.TrimPrefix(rest, "/"); rest == "" {
		return ".", true
	}
	return rest, true
}

func (l libraryIO) ReadFile(path string) ([]byte, error) {
	if name, ok := l.inside(path); ok {
		return fs.ReadFile(l.files, name)
	}
	return l.IO.ReadFile(path)
}

func (l libraryIO) ReadDir(path string) ([]eval.DirEntry, error) {
	name, ok := l.inside(path)
	if !ok {
		return l.IO.ReadDir(path)
	}
	entries, err := fs.ReadDir(l.files, name)
	if err != nil {
		return nil, err
	}
	listed := make([]eval.DirEntry, len(entries))
	for i, entry := range entries {
		listed[i] = eval.DirEntry{Name: entry.Name(), Type: libraryType(entry.IsDir())}
	}
	return listed, nil
}

func (l libraryIO) Lstat(path string) (eval.FileType, error) {
	name, ok := l.inside(path)
	if !ok {
		return l.IO.Lstat(path)
	}
	info, err := fs.Stat(l.files, name)
	if err != nil {
		return "", err
	}
	return libraryType(info.IsDir()), nil
}

func (l libraryIO) Executable(path string) (bool, error) {
	if _, ok := l.inside(path); ok {
		return false, nil
	}
	return l.IO.Executable(path)
}

func (l libraryIO) ReadLink(path string) (string, error) {
	if _, ok := l.inside(path); ok {
		return "", &fs.PathError{Op: "readlink", Path: path, Err: fs.ErrInvalid}
	}
	return l.IO.ReadLink(path)
}

func libraryType(dir bool) eval.FileType {
	if dir {
		return eval.Directory
	}
	return eval.Regular
}
