package eval

// This file defines how an evaluator reaches the world.

import (
	"errors"
	"io"
	"time"

	"nixops4/eval/store"
)

// FileType is the type of a file as builtins.readFileType names it.
type FileType = store.FileType

// The types of files.
const (
	Regular   = store.Regular
	Directory = store.Directory
	Symlink   = store.Symlink
	Unknown   = store.Unknown
)

// A DirEntry is one entry of a folder.
type DirEntry = store.DirEntry

// IO is everything outside that evaluation may look at. Paths are absolute and clean. The evaluator resolves
// symbolic links itself, so it asks for the content of files and folders under their real names.
//
// Errors are plain Go errors. One that wraps [io/fs.ErrNotExist] means that there is no such file, also because
// something on the way to it is not a folder; one that wraps [ErrForbidden] that it must not be looked at.
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

// ErrForbidden is wrapped by errors about files outside of what an evaluation may look at. Such a file does not
// exist for builtins.pathExists; reading it is the error.
var ErrForbidden = errors.New("access is forbidden")

// Store is what evaluation needs of a Nix store. Store paths are computed without it: it is asked only about
// paths that this evaluation did not make, and to build.
type Store interface {
	// Dir is the folder of the store, normally /nix/store.
	Dir() string
	// References lists the store paths that a path in the store refers to. An error that wraps
	// [io/fs.ErrNotExist] means that it is not in the store.
	References(path string) ([]string, error)
	// Realise puts objects into the store, which are in an order in which each refers only to earlier ones and
	// what is in the store, and then builds outputs of derivations. The result has the path of every output.
	Realise(objects []StoreObject, outputs []DerivationOutput) (map[DerivationOutput]string, error)
}

// A DerivationOutput names an output of a derivation by the path of the derivation.
type DerivationOutput struct {
	Derivation, Output string
}

// A StoreObject is something that evaluation gave a store path.
type StoreObject struct {
	Path       string
	References []string
	// Text says that the object is a text file, hashed as one: a derivation or the result of toFile.
	Text bool
	// Flat says that the object is a file whose content alone was hashed.
	Flat bool
	// Write writes the text or the content of the file, or else the object's archive (NAR).
	Write func(w io.Writer) error
}
