package store

// This file writes file trees as archives (NAR) and hashes them.

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/nix-community/go-nix/pkg/wire"
)

// FileType is the type of a file as builtins.readFileType names it.
type FileType string

// The types. Everything that is none of the first three is unknown.
const (
	Regular   FileType = "regular"
	Directory FileType = "directory"
	Symlink   FileType = "symlink"
	Unknown   FileType = "unknown"
)

// A DirEntry is one entry of a folder.
type DirEntry struct {
	Name string
	Type FileType
}

// Files is where a tree is read from. Paths are absolute and clean.
type Files interface {
	// ReadFile returns the content of a file.
	ReadFile(path string) ([]byte, error)
	// ReadDir lists a folder.
	ReadDir(path string) ([]DirEntry, error)
	// Lstat tells the type of a file without following a symbolic link.
	Lstat(path string) (FileType, error)
	// Executable says that a regular file has an execute bit.
	Executable(path string) (bool, error)
	// ReadLink returns the target of a symbolic link.
	ReadLink(path string) (string, error)
}

// A Keep decides whether a file, or a folder with all in it, is part of a tree. Nil keeps everything.
type Keep func(path string) (bool, error)

// WriteArchive writes the tree at root. The entries of a folder are asked about in order of their names.
func WriteArchive(w io.Writer, files Files, root string, keep Keep) error {
	a := &archiver{w: bufio.NewWriterSize(w, 1<<16), files: files, keep: keep}
	a.text("nix-archive-1")
	a.node(root, 0)
	if a.err != nil {
		return a.err
	}
	return a.w.Flush()
}

// An archiver writes until the first error.
type archiver struct {
	w     *bufio.Writer
	files Files
	keep  Keep
	err   error
}

func (a *archiver) text(words ...string) {
	for _, s := range words {
		if a.err == nil {
			a.err = wire.WriteString(a.w, s)
		}
	}
}

func (a *archiver) failed(err error) bool {
	if a.err == nil {
		a.err = err
	}
	return a.err != nil
}

// maxTreeDepth is deeper than a path can be on any system.
const maxTreeDepth = 4096

func (a *archiver) node(file string, depth int) {
	t, err := a.files.Lstat(file)
	if a.failed(err) {
		return
	}
	if depth > maxTreeDepth {
		a.failed(fmt.Errorf("'%s' is nested too deeply", file))
		return
	}
	a.text("(", "type")
	switch t {
	case Regular:
		a.regular(file)
	case Directory:
		a.directory(file, depth)
	case Symlink:
		target, err := a.files.ReadLink(file)
		if a.failed(err) {
			return
		}
		a.text("symlink", "target", target)
	default:
		a.failed(fmt.Errorf("file '%s' has an unsupported type", file))
	}
	a.text(")")
}

func (a *archiver) regular(file string) {
	executable, err := a.files.Executable(file)
	if a.failed(err) {
		return
	}
	content, err := a.files.ReadFile(file)
	if a.failed(err) {
		return
	}
	a.text("regular")
	if executable {
		a.text("executable", "")
	}
	a.text("contents")
	if a.err == nil {
		a.err = wire.WriteBytes(a.w, content)
	}
}

func (a *archiver) directory(file string, depth int) {
	entries, err := a.files.ReadDir(file)
	if a.failed(err) {
		return
	}
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(x, y DirEntry) int { return strings.Compare(x.Name, y.Name) })
	a.text("directory")
	for _, e := range entries {
		child := path.Join(file, e.Name)
		if a.keep != nil {
			keep, err := a.keep(child)
			if a.failed(err) {
				return
			}
			if !keep {
				continue
			}
		}
		a.text("entry", "(", "name", e.Name, "node")
		a.node(child, depth+1)
		a.text(")")
		if a.err != nil {
			return
		}
	}
}

// HashTree hashes a tree: its archive, or for [Flat] and [Text] the content of the file that it is. Files that have a method
// Check are asked now and then whether to stop with its error.
func HashTree(files Files, root string, method Method, algo Algo, keep Keep) (Hash, error) {
	h := algo.New()
	w := io.Writer(h)
	if c, ok := files.(interface{ Check() error }); ok {
		w = &checkedWriter{h, c.Check}
	}
	if method == NAR {
		if err := WriteArchive(w, files, root, keep); err != nil {
			return Hash{}, err
		}
		return Hash{algo, h.Sum(nil)}, nil
	}
	content, err := files.ReadFile(root)
	if err != nil {
		return Hash{}, err
	}
	if _, err := w.Write(content); err != nil {
		return Hash{}, err
	}
	return Hash{algo, h.Sum(nil)}, nil
}

// A checkedWriter asks before each piece of what is written.
type checkedWriter struct {
	w     io.Writer
	check func() error
}

const checkedPiece = 4 << 20

// Write implements [io.Writer].
func (c *checkedWriter) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if err = c.check(); err != nil {
			break
		}
		var done int
		done, err = c.w.Write(p[n:min(n+checkedPiece, len(p))])
		n += done
	}
	return n, err
}
