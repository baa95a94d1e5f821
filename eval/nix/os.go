package nix

// This file gives the evaluator this machine's files, environment and clock.

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"

	"nixops4/eval"
)

// OS is the machine as it is.
type OS struct{}

var _ eval.IO = OS{}

// ReadFile reads a file.
func (OS) ReadFile(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	return content, missing(err)
}

// ReadDir lists a folder in order of the names.
func (OS) ReadDir(path string) ([]eval.DirEntry, error) {
	entries, err := os.ReadDir(path)
	return dirEntries(entries), missing(err)
}

// Lstat tells the type of a file.
func (OS) Lstat(path string) (eval.FileType, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", missing(err)
	}
	return fileType(info.Mode()), nil
}

// Executable says that a file has an execute bit for its owner.
func (OS) Executable(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, missing(err)
	}
	return info.Mode()&0o100 != 0, nil
}

// ReadLink returns the target of a symbolic link.
func (OS) ReadLink(path string) (string, error) {
	target, err := os.Readlink(path)
	return target, missing(err)
}

// Getenv returns an environment variable.
func (OS) Getenv(name string) string { return os.Getenv(name) }

// Now is the time.
func (OS) Now() time.Time { return time.Now() }

// System is the platform in Nix's notation.
func (OS) System() string {
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return arch + "-" + runtime.GOOS
}

func fileType(mode fs.FileMode) eval.FileType {
	switch {
	case mode.IsRegular():
		return eval.Regular
	case mode.IsDir():
		return eval.Directory
	case mode&fs.ModeSymlink != 0:
		return eval.Symlink
	}
	return eval.Unknown
}

func dirEntries(entries []fs.DirEntry) []eval.DirEntry {
	out := make([]eval.DirEntry, len(entries))
	for i, e := range entries {
		out[i] = eval.DirEntry{Name: e.Name(), Type: fileType(e.Type())}
	}
	return out
}

// missing turns the error of a path that leads through a file that is no folder into that of a missing file.
func missing(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) && errors.Is(e.Err, syscall.ENOTDIR) {
		return &fs.PathError{Op: e.Op, Path: e.Path, Err: fs.ErrNotExist}
	}
	return err
}
