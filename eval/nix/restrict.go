package nix

// This file hides files from evaluation.

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"nixops4/eval"
)

// A restriction lets evaluation look only at some trees, and at the folders on the way to them. It does not rely
// on the evaluator having resolved symbolic links: a link inside a tree that leads out of it leads nowhere.
type restriction struct {
	eval.IO
	roots []string
	mode  string          // how errors name the mode
	real  map[string]bool // folders known not to be reached through a link
}

func restrict(io eval.IO, roots []string, pure bool) eval.IO {
	r := &restriction{IO: io, mode: "in restricted mode", real: map[string]bool{"/": true}}
	if pure {
		r.mode = "in pure evaluation mode (use '--impure' to override)"
	}
	for _, root := range roots {
		r.roots = append(r.roots, path.Clean("/"+root))
	}
	return r
}

// forbidden is the error of looking at a file that is hidden.
type forbidden struct{ msg string }

func (e forbidden) Error() string { return e.msg }

func (e forbidden) Unwrap() error { return eval.ErrForbidden }

// allowed says that a path is in one of the trees or on the way to one.
func (r *restriction) allowed(file string) bool {
	return slices.ContainsFunc(r.roots, func(root string) bool { return within(file, root) || within(root, file) })
}

// within says that a path is a folder or in it.
func within(file, dir string) bool {
	rest, ok := strings.CutPrefix(file, strings.TrimSuffix(dir, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// check is the error of looking at a path. The file itself may be a link when link is set.
func (r *restriction) check(file string, link bool) error {
	file = path.Clean(file)
	if !r.allowed(file) {
		return forbidden{fmt.Sprintf("access to absolute path '%s' is forbidden %s", file, r.mode)}
	}
	if link {
		file = path.Dir(file)
	}
	return r.checkReal(file)
}

// checkReal makes sure that a path leads through no link.
func (r *restriction) checkReal(file string) error {
	if r.real[file] {
		return nil
	}
	if err := r.checkReal(path.Dir(file)); err != nil {
		return err
	}
	t, err := r.IO.Lstat(file)
	if err != nil {
		return err
	}
	switch t {
	case eval.Symlink:
		return forbidden{fmt.Sprintf("access to the symbolic link '%s' is forbidden %s", file, r.mode)}
	case eval.Directory:
		r.real[file] = true
	}
	return nil
}

// ReadFile implements [eval.IO].
func (r *restriction) ReadFile(file string) ([]byte, error) {
	if err := r.check(file, false); err != nil {
		return nil, err
	}
	return r.IO.ReadFile(file)
}

// ReadDir implements [eval.IO]. Of a folder on the way to a tree it lists only that way.
func (r *restriction) ReadDir(dir string) ([]eval.DirEntry, error) {
	if err := r.check(dir, false); err != nil {
		return nil, err
	}
	entries, err := r.IO.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e eval.DirEntry) bool { return !r.allowed(path.Join(dir, e.Name)) }), nil
}

// Lstat implements [eval.IO].
func (r *restriction) Lstat(file string) (eval.FileType, error) {
	if err := r.check(file, true); err != nil {
		return "", err
	}
	return r.IO.Lstat(file)
}

// Executable implements [eval.IO].
func (r *restriction) Executable(file string) (bool, error) {
	if err := r.check(file, false); err != nil {
		return false, err
	}
	return r.IO.Executable(file)
}

// ReadLink implements [eval.IO].
func (r *restriction) ReadLink(file string) (string, error) {
	if err := r.check(file, true); err != nil {
		return "", err
	}
	return r.IO.ReadLink(file)
}

// Getenv implements [eval.IO]: nothing of the environment is shown.
func (r *restriction) Getenv(string) string { return "" }
