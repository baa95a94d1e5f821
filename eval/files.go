package eval

// This file defines how paths are resolved and files are read.

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// A linkMode says which symbolic links of a path are followed.
type linkMode uint8

const (
	linksNone  linkMode = iota // as it is written
	linksAbove                 // in the folders of the path, not at its end
	linksAll
)

// maxLinks bounds how many symbolic links a path may lead through.
const maxLinks = 1024

// followLinks resolves symbolic links. What does not exist, or must not be looked at, is not a link.
func (m *Evaluator) followLinks(file string, mode linkMode) (string, *Error) {
	if mode == linksNone || file == "/" {
		return file, nil
	}
	dir, base := path.Split(file)
	at, ok := m.folders[dir]
	if !ok {
		var err *Error
		if at, err = m.walkLinks(file, "/", strings.Split(dir, "/")); err != nil {
			return "", err
		}
		if t, _, _ := m.lstat(at); t == Directory {
			m.folders[dir] = at
		}
	}
	if mode == linksAbove {
		return path.Join(at, base), nil
	}
	return m.walkLinks(file, at, []string{base})
}

// walkLinks goes from a real folder along the parts of a path, and through every link on the way.
func (m *Evaluator) walkLinks(file, at string, todo []string) (string, *Error) {
	links := 0
	for len(todo) > 0 {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		t, _, err := m.lstat(next)
		if err != nil {
			return "", err
		}
		if t != Symlink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", Errorf(IOFailure, "infinite symlink recursion in path '%s'", m.ShowPath(file))
		}
		target, err2 := m.io.ReadLink(next)
		if err2 != nil {
			return "", m.ioError(err2, next)
		}
		if path.IsAbs(target) {
			at = "/"
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return at, nil
}

// lstat tells the type of a file; false means that there is none, or none to be looked at.
func (m *Evaluator) lstat(file string) (FileType, bool, *Error) {
	t, err := m.io.Lstat(file)
	switch {
	case err == nil:
		return t, true, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrForbidden):
		return "", false, nil
	}
	return "", false, m.ioError(err, file)
}

// ioError is the error of reading something that is not there or not readable.
func (m *Evaluator) ioError(err error, file string) *Error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if why := m.io.absent(file); why != "" {
			return Wrap(err, "%s", why)
		}
		return Wrap(err, "path '%s' does not exist", m.ShowPath(file))
	case errors.Is(err, ErrForbidden):
		return Wrap(err, "%v", err)
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return Wrap(err, "reading '%s': %v", m.ShowPath(file), pathErr.Err)
	}
	return Wrap(err, "%v", err)
}

// ShowPath is a path as errors and the printer show it: that of a user's file that has a store path during evaluation, and files that come with the program, which are in folders
// such as /<nix>, look like the search path expression that finds them.
func (m *Evaluator) ShowPath(file string) string {
	file = m.io.shown(file)
	in, ok := strings.CutPrefix(file, "/<")
	if !ok {
		return file
	}
	name, rest, ok := strings.Cut(in, ">")
	if !ok || strings.Contains(name, "/") || rest != "" && rest[0] != '/' {
		return file
	}
	return "<" + name + rest + ">"
}

// realisePath makes sure that what a value refers to is there, and returns the path that the value names.
func (m *Evaluator) realisePath(v Value, mode linkMode) (string, *Error) {
	var c *Context
	file, err := m.coerceToPath(v, 0, "while realising the context of a path", &c)
	if err != nil {
		return "", err
	}
	real := file
	if !c.Empty() {
		real, err = m.realise(file, c)
	}
	if err == nil {
		real, err = m.followLinks(real, mode)
	}
	if err != nil {
		return "", err.tracef(0, "while realising the context of path '%s'", m.ShowPath(file))
	}
	return real, nil
}

// contentOf reads the file that a value names.
func (m *Evaluator) contentOf(v Value) (file string, content []byte, err *Error) {
	file, err = m.realisePath(v, linksAll)
	if err != nil {
		return "", nil, err
	}
	content, err2 := m.io.ReadFile(file)
	if err2 != nil {
		return "", nil, m.ioError(err2, file)
	}
	return file, content, nil
}

// resolveFile finds the file that import reads: a path that is a symbolic link stands for its target, so that
// relative paths in the file mean what they do where it is; and default.nix stands for a folder.
func (m *Evaluator) resolveFile(file string) (string, *Error) {
	if r, ok := m.resolved[file]; ok {
		return r, nil
	}
	r, err := m.followFile(file)
	if err != nil {
		return "", err
	}
	real, err := m.followLinks(r, linksAll)
	if err != nil {
		return "", err
	}
	t, err2 := m.io.Lstat(real)
	if err2 != nil {
		return "", m.ioError(err2, real)
	}
	if t == Directory {
		r = path.Join(r, "default.nix")
	}
	m.resolved[file] = r
	return r, nil
}

func (m *Evaluator) followFile(file string) (string, *Error) {
	p := file
	for range maxLinks {
		if p == "/" {
			return p, nil
		}
		real, err := m.followLinks(p, linksAbove)
		if err != nil {
			return "", err
		}
		t, err2 := m.io.Lstat(real)
		if err2 != nil {
			return "", m.ioError(err2, real)
		}
		if t != Symlink {
			return p, nil
		}
		target, err2 := m.io.ReadLink(real)
		if err2 != nil {
			return "", m.ioError(err2, real)
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(p), target)
		}
		p = path.Clean(target)
	}
	return "", Errorf(IOFailure, "too many symbolic links encountered while traversing the path '%s'", m.ShowPath(file))
}

// readSource reads a file of the language.
func (m *Evaluator) readSource(file string) (string, *Error) {
	real, err := m.followLinks(file, linksAll)
	if err != nil {
		return "", err
	}
	text, err2 := m.io.ReadFile(real)
	if err2 != nil {
		return "", m.ioError(err2, real)
	}
	return string(text), nil
}
