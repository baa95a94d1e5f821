package nix

// This file shows the evaluator folders that are part of the program.

import (
	"embed"
	"io/fs"
	"strings"

	"nixops4/eval"
)

//go:embed library
var libraryFolder embed.FS

// library is what <nix/…> finds.
var library = func() fs.FS {
	files, err := fs.Sub(libraryFolder, "library")
	if err != nil {
		panic(err) // the name is not a valid one
	}
	return files
}()

// A mount is an IO with a tree of files that the folder at appears to hold.
type mount struct {
	eval.IO
	at    string
	files fs.FS
}

// Mount shows a tree of files at a folder that the machine does not have, such as /<nixops4>; errors and the
// printer show a file in it as <nixops4/…>.
func Mount(io eval.IO, at string, files fs.FS) eval.IO { return mount{io, at, files} }

// inside returns the name of a file in the tree.
func (m mount) inside(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, m.at)
	switch {
	case !ok || rest != "" && rest[0] != '/':
		return "", false
	case rest == "" || rest == "/":
		return ".", true
	}
	return rest[1:], true
}

// ReadFile implements [eval.IO].
func (m mount) ReadFile(path string) ([]byte, error) {
	if name, ok := m.inside(path); ok {
		return fs.ReadFile(m.files, name)
	}
	return m.IO.ReadFile(path)
}

// ReadDir implements [eval.IO].
func (m mount) ReadDir(path string) ([]eval.DirEntry, error) {
	name, ok := m.inside(path)
	if !ok {
		return m.IO.ReadDir(path)
	}
	entries, err := fs.ReadDir(m.files, name)
	return dirEntries(entries), err
}

// Lstat implements [eval.IO].
func (m mount) Lstat(path string) (eval.FileType, error) {
	name, ok := m.inside(path)
	if !ok {
		return m.IO.Lstat(path)
	}
	info, err := fs.Lstat(m.files, name)
	if err != nil {
		return "", err
	}
	return fileType(info.Mode()), nil
}

// Executable implements [eval.IO]. An embedded file never is.
func (m mount) Executable(path string) (bool, error) {
	name, ok := m.inside(path)
	if !ok {
		return m.IO.Executable(path)
	}
	info, err := fs.Stat(m.files, name)
	return err == nil && info.Mode()&0o100 != 0, err
}

// ReadLink implements [eval.IO].
func (m mount) ReadLink(path string) (string, error) {
	if name, ok := m.inside(path); ok {
		return fs.ReadLink(m.files, name)
	}
	return m.IO.ReadLink(path)
}
