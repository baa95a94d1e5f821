package eval

// This file defines how an evaluator reaches the world.

import (
	"io/fs"
	"time"
)

// FileType is the type of a file as builtins.readFileType names it.
type FileType string

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

// IO is everything outside that evaluation may look at. Paths are absolute and clean. Errors are plain Go
// errors whose text names the path; one that wraps [fs.ErrNotExist] means that there is no such file.
//
// An implementation is used by one evaluator at a time.
type IO interface {
	// ReadFile returns the content of a file, following symbolic links.
	ReadFile(path string) ([]byte, error)
	// ReadDir lists a folder in order of the names.
	ReadDir(path string) ([]DirEntry, error)
	// Lstat tells the type of a file without following a symbolic link at its end.
	Lstat(path string) (FileType, error)
	// Executable says that a regular file has an execute bit.
	Executable(path string) (bool, error)
	// ReadLink returns the target of a symbolic link.
	ReadLink(path string) (string, error)
	// Getenv returns an environment variable, or "".
	Getenv(name string) string
	// Now is the time, asked for once per evaluation.
	Now() time.Time
	// System is the name of this machine's platform, such as x86_64-linux.
	System() string
}

// Store is what evaluation needs of a Nix store.
type Store interface {
	// Dir is the folder of the store, normally /nix/store.
	Dir() string
	// AddPath gives the store path of a file tree under a name, putting it into the store if there is one.
	// keep selects what is taken; nil takes everything. A recursive tree is hashed as NAR, else the file's
	// bytes are. sha256 is the expected hash in base 16, or empty.
	AddPath(name, path string, io IO, recursive bool, keep func(path string, t FileType) (bool, error), sha256 string) (string, error)
	// AddText gives the store path of a text that refers to other store paths.
	AddText(name, text string, references []string) (string, error)
	// AddDerivation gives the path of a .drv file with this content.
	AddDerivation(name, aterm string, references []string) (string, error)
	// Realise builds what the context elements name and returns the output path of each; it is how
	// import from a derivation works. Without a store it is an error that says so.
	Realise(elems []string) (map[string]string, error)
}

var errNotExist = fs.ErrNotExist
