package eval

// This file defines the builtins that look at files and the environment.

import (
	"errors"
	"slices"
	"strings"

	"nixops4/eval/store"
)

var fileBuiltins = []*Builtin{
	{Name: "pathExists", Args: []string{"path"}, Strict: 1, F1: pathExists, Doc: "Whether there is a file or folder at *path*. A symbolic link at its end counts as one even when it leads nowhere, but a string that ends with `/` or `/.` must name a folder."},
	{Name: "readFile", Args: []string{"path"}, Strict: 1, F1: readFile, Doc: "The content of the file *path*. The string refers to those store paths that the file refers to and that occur in it."},
	{Name: "readDir", Args: []string{"path"}, Strict: 1, F1: readDir, Doc: "What is in the folder *path*: a set with an attribute for each entry, whose value is `\"regular\"`, `\"directory\"`, `\"symlink\"` or `\"unknown\"`."},
	{Name: "readFileType", Args: []string{"path"}, Strict: 1, F1: readFileType, Doc: "The type of the file *path*: `\"regular\"`, `\"directory\"`, `\"symlink\"` or `\"unknown\"`. A symbolic link is not followed."},
	{Name: "hashFile", Args: []string{"type", "path"}, Strict: 1, F2: hashFile, Doc: "The hash of the content of the file *path*, in base 16. *type* is `\"md5\"`, `\"sha1\"`, `\"sha256\"`, `\"sha512\"` or, with the feature `blake3-hashes`, `\"blake3\"`."},
	{Name: "findFile", Args: []string{"search-path", "name"}, Strict: 1, F2: findFile, Doc: "The file *name* in a search path: a list of sets with `path` and `prefix`. An entry is tried when *name* is its prefix or starts with it and a slash; the rest is looked for in its path. `<name>` is `findFile nixPath \"name\"`. What is in no entry is looked for among the folders that come with the program, such as `<nix>` and `<nixops4>`."},
	{Name: "getEnv", Args: []string{"s"}, Strict: 1, F1: getEnv, Doc: "The environment variable *s*, or an empty string when it is not set or evaluation must not depend on it."},
}

func pathExists(m *Evaluator, p Value) (Value, *Error) {
	p, err := m.Force(p)
	if err != nil {
		return Value{}, err
	}
	mode := linksAbove
	folder := p.isString() && (strings.HasSuffix(p.Text(), "/") || strings.HasSuffix(p.Text(), "/."))
	if folder {
		mode = linksAll
	}
	file, err := m.realisePath(p, mode)
	if err != nil {
		if isForbidden(err) {
			return False, nil
		}
		return Value{}, err
	}
	t, ok, err := m.lstat(file)
	if err != nil {
		return Value{}, err
	}
	return Bool(ok && (!folder || t == Directory)), nil
}

func isForbidden(err error) bool { return errors.Is(err, ErrForbidden) }

func readFile(m *Evaluator, p Value) (Value, *Error) {
	file, content, err := m.contentOf(p)
	if err != nil {
		return Value{}, err
	}
	text := string(content)
	if strings.IndexByte(text, 0) >= 0 {
		return Value{}, Errorf(Other, "the contents of the file '%s' cannot be represented as a Nix string", m.ShowPath(file))
	}
	storePath, _, ok := m.store.Split(file)
	if !ok || m.store.Parse(storePath) != nil {
		return String(text), nil
	}
	refs, _, err2 := m.references(storePath)
	if err2 != nil {
		return Value{}, Wrap(err2, "%v", err2)
	}
	refs = slices.DeleteFunc(slices.Clone(refs), func(r string) bool { return !strings.Contains(text, store.HashPart(r)) })
	return StringWithContext(text, NewContext(refs...)), nil
}

func readDir(m *Evaluator, p Value) (Value, *Error) {
	dir, err := m.realisePath(p, linksAll)
	if err != nil {
		return Value{}, err
	}
	if t, ok, _ := m.lstat(dir); ok && t != Directory {
		return Value{}, Errorf(IOFailure, "cannot read directory \"%s\": Not a directory", m.ShowPath(dir))
	}
	entries, err2 := m.io.ReadDir(dir)
	if err2 != nil {
		return Value{}, m.ioError(err2, dir)
	}
	bindings := make([]Binding, len(entries))
	for i, e := range entries {
		bindings[i] = Binding{Sym: m.Sym(e.Name), Value: String(string(e.Type))}
	}
	return m.MakeAttrs(bindings), nil
}

func readFileType(m *Evaluator, p Value) (Value, *Error) {
	file, err := m.realisePath(p, linksNone)
	if err != nil {
		return Value{}, err
	}
	real, err := m.followLinks(file, linksAbove)
	if err != nil {
		return Value{}, err
	}
	if real != file {
		// Nix does not follow links on the way to the file either.
		return Value{}, Errorf(IOFailure, "path '%s' is a symlink", m.firstLink(file))
	}
	t, err2 := m.io.Lstat(file)
	if err2 != nil {
		return Value{}, m.ioError(err2, file)
	}
	return String(string(t)), nil
}

// firstLink is the link nearest to the end of a path that leads through one.
func (m *Evaluator) firstLink(file string) string {
	for i := len(file) - 1; i > 0; i-- {
		if file[i] != '/' {
			continue
		}
		if t, _, _ := m.lstat(file[:i]); t == Symlink {
			return file[:i]
		}
	}
	return file
}

func hashFile(m *Evaluator, algo, p Value) (Value, *Error) {
	name, err := m.forceStringNoContext(algo, 0, "while evaluating the first argument passed to builtins.hashFile")
	if err != nil {
		return Value{}, err
	}
	a, err := m.parseAlgo(name)
	if err != nil {
		return Value{}, err
	}
	_, content, err := m.contentOf(p)
	if err != nil {
		return Value{}, err
	}
	h, err := hash(m, a, content)
	if err != nil {
		return Value{}, err
	}
	return String(h.Format(store.Base16)), nil
}

func getEnv(m *Evaluator, s Value) (Value, *Error) {
	name, err := m.forceStringNoContext(s, 0, "while evaluating the first argument passed to builtins.getEnv")
	if err != nil {
		return Value{}, err
	}
	if m.opts.Pure {
		return String(""), nil
	}
	return String(m.io.Getenv(name)), nil
}
