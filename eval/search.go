package eval

// This file defines the search path: <name> and builtins.findFile.

import (
	"path"
	"strings"
)

func findFile(m *Evaluator, searchPath, name Value) (Value, *Error) {
	elems, err := m.forceElems(searchPath, 0, "while evaluating the first argument passed to builtins.findFile")
	if err != nil {
		return Value{}, err
	}
	entries := make([]SearchEntry, len(elems))
	for i := range elems {
		if entries[i], err = m.searchEntry(elems[i]); err != nil {
			return Value{}, err
		}
	}
	text, err := m.forceStringNoContext(name, 0, "while evaluating the second argument passed to builtins.findFile")
	if err != nil {
		return Value{}, err
	}
	file, err := m.FindFile(entries, text)
	if err != nil {
		return Value{}, err
	}
	return Path(file), nil
}

// searchEntry reads one element of a search path.
func (m *Evaluator) searchEntry(v Value) (SearchEntry, *Error) {
	var e SearchEntry
	a, err := m.forceAttrs(v, 0, "while evaluating an element of the list passed to builtins.findFile")
	if err != nil {
		return e, err
	}
	if p := m.Slot(a, "prefix"); p != nil {
		e.Prefix, err = m.forceStringNoContext(*p, 0, "while evaluating the `prefix` attribute of an element of the list passed to builtins.findFile")
		if err != nil {
			return e, err
		}
	}
	p, err := m.required(a, m.Sym("path"), "in an element of the __nixPath")
	if err != nil {
		return e, err
	}
	var c *Context
	e.Path, err = m.coerce(*p, 0, coercePath, "while evaluating the `path` attribute of an element of the list passed to builtins.findFile", &c)
	if err != nil || c.Empty() {
		return e, err
	}
	if c.Secret() {
		return e, secretRefused(c)
	}
	real, err := m.realise(e.Path, c)
	if err != nil {
		if rest, ok := strings.CutSuffix(err.Msg, "is not valid"); ok {
			err.Msg = "cannot find '" + e.Path + "', since " + rest + "is not valid"
		}
		return e, err
	}
	e.Path = real
	return e, nil
}

// FindFile looks a name such as nixpkgs/lib up in a search path, and then among what comes with the program.
func (m *Evaluator) FindFile(entries []SearchEntry, name string) (string, *Error) {
	for _, e := range entries {
		suffix, ok := e.match(name)
		if !ok {
			continue
		}
		root, err := m.searchRoot(e.Path)
		if err != nil {
			return "", err
		}
		if root == "" {
			continue
		}
		file, err := m.followLinks(path.Join(root, path.Clean("/"+suffix)), linksAll)
		if err != nil {
			return "", err
		}
		_, ok, err = m.lstat(file)
		if err != nil {
			return "", err
		}
		if ok {
			return file, nil
		}
		if err := m.forbidden(file); err != nil {
			return "", err
		}
	}
	if file, ok := m.embedded(name); ok {
		return file, nil
	}
	return "", m.notInSearchPath(name)
}

// match says whether an entry may have a name, and what of the name is looked for in its folder.
func (e SearchEntry) match(name string) (suffix string, ok bool) {
	rest, ok := strings.CutPrefix(name, e.Prefix)
	if !ok || e.Prefix == "" || rest == "" {
		return rest, ok
	}
	return strings.CutPrefix(rest, "/")
}

// searchRoot is the folder that an entry of the search path names; it is empty when there is none.
func (m *Evaluator) searchRoot(entry string) (string, *Error) {
	if root, ok := m.searched[entry]; ok {
		return root, nil
	}
	root, err := m.findRoot(entry)
	if err != nil {
		return "", err
	}
	m.searched[entry] = root
	return root, nil
}

func (m *Evaluator) findRoot(entry string) (string, *Error) {
	if IsSearchURL(entry) && m.opts.FetchSearchEntry != nil {
		root, err := m.opts.FetchSearchEntry(m, entry)
		if err == nil {
			return root, nil
		}
		if err.Kind.transient() {
			return "", err
		}
		m.Log("warning: Nix search path entry '" + entry + "' cannot be downloaded, ignoring: " + err.Msg)
	}
	root := entry
	if !path.IsAbs(root) {
		root = path.Join(m.opts.Dir, root)
	}
	root = path.Clean(root)
	real, err := m.followLinks(root, linksAll)
	if err != nil {
		return "", err
	}
	_, ok, err := m.lstat(real)
	if err != nil || ok {
		return root, err
	}
	if err := m.forbidden(root); err != nil {
		return "", err
	}
	m.Log("warning: Nix search path entry '" + entry + "' does not exist, ignoring")
	return "", nil
}

// IsSearchURL says that an entry of the search path is something to be fetched.
func IsSearchURL(entry string) bool {
	if strings.HasPrefix(entry, "channel:") || strings.HasPrefix(entry, "flake:") {
		return true
	}
	switch scheme, _, _ := strings.Cut(entry, "://"); scheme {
	case "http", "https", "file", "channel", "git", "s3", "ssh":
		return len(scheme) < len(entry)
	}
	return false
}

// forbidden is the error of looking at a file that must not be looked at, nil for any other file.
func (m *Evaluator) forbidden(file string) *Error {
	_, err := m.io.Lstat(file)
	if err == nil || !isForbidden(err) {
		return nil
	}
	return m.ioError(err, file)
}

// embedded finds a name among the folders that come with the program. A name in <nix/…> is found even when
// there is no such file; reading it then is the error.
func (m *Evaluator) embedded(name string) (string, bool) {
	for _, e := range m.opts.Embedded {
		suffix, ok := e.match(name)
		if !ok || e.Prefix == "nix" && suffix == "" {
			continue
		}
		file := path.Join(e.Path, path.Clean("/"+suffix))
		if _, found, err := m.lstat(file); e.Prefix == "nix" || found && err == nil {
			return file, true
		}
	}
	return "", false
}

func (m *Evaluator) notInSearchPath(name string) *Error {
	if m.opts.Pure {
		return Errorf(NotFound, "cannot look up '<%s>' in pure evaluation mode (use '--impure' to override)", name)
	}
	return Errorf(NotFound, "file '%s' was not found in the Nix search path (add it using $NIX_PATH or -I)", name)
}
