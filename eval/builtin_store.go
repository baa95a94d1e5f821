package eval

// This file defines the builtins that put files into the store.

import (
	"errors"
	"path"
	"strings"

	"nixops4/eval/store"
)

var storeBuiltins = []*Builtin{
	{Name: "toFile", Args: []string{"name", "s"}, Strict: 1, F2: toFile, Doc: "The path of a file in the store with the content *s*, called *name*. *s* may refer to other files in the store, but not to what a derivation makes."},
	{Name: "path", Args: []string{"args"}, Strict: 1, F1: pathToStore, Doc: "The store path of a copy of `path`. `name` is what it is called there, by default as it is now. `filter` is a function as of `filterSource`. `recursive = false` takes a single file and hashes its content alone. `sha256` is the hash it must have."},
	{Name: "filterSource", Args: []string{"filter", "path"}, Strict: 2, F2: filterSource, Doc: "The store path of a copy of *path* with only those files for which *filter* returns `true`. It gets the path of a file as a string and its type, as `readFileType` names it; a folder that it refuses is left out with everything in it."},
	{Name: "storePath", Args: []string{"path"}, Strict: 1, F1: storePath, Doc: "The path *path* in the store, as a string that refers to it. Nothing is copied."},
}

func toFile(m *Evaluator, name, s Value) (Value, *Error) {
	n, err := m.forceStringNoContext(name, 0, "while evaluating the first argument passed to builtins.toFile")
	if err != nil {
		return Value{}, err
	}
	v, err := m.forceString(s, 0, "while evaluating the second argument passed to builtins.toFile")
	if err != nil {
		return Value{}, err
	}
	if err := secretIn(v.Context(), "the Nix store"); err != nil {
		return Value{}, err
	}
	for _, e := range v.Context().Elems() {
		if parseElem(e).kind != refPath {
			return Value{}, Errorf(Other, "files created by builtins.toFile may not reference derivations, but %s references %s", n, strings.Replace(e, string(m.store)+"/", "", 1))
		}
	}
	text := v.Text()
	return m.addText(n, text, v.Context().Elems())
}

// addText gives a text a store path and returns a string that refers to it.
func (m *Evaluator) addText(name, text string, references []string) (Value, *Error) {
	h, err := hash(m, store.SHA256, text)
	if err != nil {
		return Value{}, err
	}
	p, err2 := m.store.FixedOutput(name, store.Text, h, references)
	if err2 != nil {
		return Value{}, Errorf(Other, "%v", err2)
	}
	m.io.add(&object{path: p, references: references, text: &text})
	return StringWithContext(p, NewContext(p)), nil
}

// A source is a tree that is to get a store path.
type source struct {
	name   string
	file   string
	c      *Context // of the string that named the file
	method store.Method
	filter Value // a function, or no value
	hash   *store.Hash
}

func pathToStore(m *Evaluator, args Value) (Value, *Error) {
	a, err := m.forceAttrs(args, 0, "while evaluating the argument passed to 'builtins.path'")
	if err != nil {
		return Value{}, err
	}
	src := source{method: store.NAR}
	for _, at := range m.Sorted(a) {
		if err := m.sourceArgument(&src, at); err != nil {
			return Value{}, err
		}
	}
	if src.file == "" {
		return Value{}, Errorf(Other, "missing required 'path' attribute in the first argument to 'builtins.path'")
	}
	if src.name == "" {
		src.name = treeName(src.file)
	}
	return m.addSource(&src)
}

func (m *Evaluator) sourceArgument(src *source, at Attr) (err *Error) {
	switch at.Name {
	case "path":
		src.file, err = m.coerceToPath(*at.Slot, at.Pos, "while evaluating the 'path' attribute passed to 'builtins.path'", &src.c)
	case "name":
		src.name, err = m.forceStringNoContext(*at.Slot, at.Pos, "while evaluating the `name` attribute passed to builtins.path")
	case "filter":
		src.filter, err = m.forceFunction(*at.Slot, at.Pos, "while evaluating the `filter` parameter passed to builtins.path")
	case "recursive":
		var recursive bool
		recursive, err = m.forceBool(*at.Slot, at.Pos, "while evaluating the `recursive` attribute passed to builtins.path")
		if !recursive {
			src.method = store.Flat
		}
	case "sha256":
		var text string
		text, err = m.forceStringNoContext(*at.Slot, at.Pos, "while evaluating the `sha256` attribute passed to builtins.path")
		if err != nil {
			return err
		}
		h, err := m.ParseHash(text, store.SHA256)
		src.hash = &h
		return err
	default:
		return Errorf(Other, "unsupported argument '%s' to 'builtins.path'", attrName(at.Name)).at(at.Pos)
	}
	return err
}

func filterSource(m *Evaluator, filter, p Value) (Value, *Error) {
	src := source{method: store.NAR}
	var err *Error
	src.file, err = m.coerceToPath(p, 0, "while evaluating the second argument (the path to filter) passed to 'builtins.filterSource'", &src.c)
	if err != nil {
		return Value{}, err
	}
	src.filter, err = m.forceFunction(filter, 0, "while evaluating the first argument passed to builtins.filterSource")
	if err != nil {
		return Value{}, err
	}
	src.name = treeName(src.file)
	return m.addSource(&src)
}

// treeName is what a tree is called in the store.
func treeName(file string) string {
	if file == "/" {
		return "source"
	}
	return path.Base(file)
}

func (m *Evaluator) addSource(src *source) (Value, *Error) {
	p, err := m.placeSource(src)
	if err != nil {
		return Value{}, err.tracef(0, "while adding path '%s'", m.ShowPath(src.file))
	}
	return StringWithContext(p, NewContext(p)), nil
}

func (m *Evaluator) placeSource(src *source) (string, *Error) {
	file := src.file
	var refs []string
	if in, _, ok := m.store.Split(file); ok && !src.c.Empty() {
		var err *Error
		if file, err = m.realise(file, src.c); err != nil {
			return "", err
		}
		var err2 error
		if refs, _, err2 = m.references(in); err2 != nil {
			return "", Wrap(err2, "%v", err2)
		}
	}
	root, err := m.followLinks(file, linksAll)
	if err != nil {
		return "", err
	}
	return m.addTree(src, root, refs)
}

// addTree gives the tree at root, whose links are resolved, a store path.
func (m *Evaluator) addTree(src *source, root string, refs []string) (string, *Error) {
	obj := &object{references: refs, files: m.io, origin: root, flat: src.method == store.Flat}
	var keep store.Keep
	if src.filter.Valid() {
		obj.kept = map[string]bool{root: true}
		keep = func(p string) (bool, error) {
			yes, err := m.callPathFilter(src.filter, p)
			if err != nil {
				return false, err
			}
			if yes {
				obj.kept[p] = true
			}
			return yes, nil
		}
	}
	h, bad := m.hashTree(m.io, root, src.method, keep)
	if bad != nil {
		return "", bad
	}
	var err error
	if obj.path, err = m.store.FixedOutput(src.name, src.method, h, refs); err != nil {
		return "", Errorf(Other, "%v", err)
	}
	if src.hash != nil && !src.hash.Equal(h) {
		return "", Errorf(Other, "store path mismatch in (possibly filtered) path added from '%s'", m.ShowPath(src.file))
	}
	m.io.add(obj)
	return obj.path, nil
}

// hashTree hashes a tree, and looks at the bounds meanwhile.
func (m *Evaluator) hashTree(files store.Files, root string, method store.Method, keep store.Keep) (store.Hash, *Error) {
	h, err := store.HashTree(boundedFiles{files, m}, root, method, store.SHA256, keep)
	if err == nil {
		return h, nil
	}
	var e *Error
	if errors.As(err, &e) {
		return h, e
	}
	return h, m.ioError(err, root)
}

// boundedFiles are files whose hashing ends when a bound is hit.
type boundedFiles struct {
	store.Files
	m *Evaluator
}

// Check is asked by [store.HashTree].
func (f boundedFiles) Check() error {
	if err := f.m.check(); err != nil {
		return err
	}
	return nil
}

func (m *Evaluator) callPathFilter(filter Value, p string) (bool, *Error) {
	t, err := m.io.Lstat(p)
	if err != nil {
		return false, m.ioError(err, p)
	}
	r, err2 := m.callN(filter, []Value{String(p), String(string(t))}, 0)
	if err2 != nil {
		return false, err2
	}
	return m.forceBool(r, 0, "while evaluating the return value of the path filter function")
}

// copyToStore gives a path that is interpolated into a string its store path, and adds that to the context.
func (m *Evaluator) copyToStore(file string, c **Context) (string, *Error) {
	if strings.HasSuffix(file, store.Extension) {
		return "", Errorf(Other, "file names are not allowed to end in '%s'", store.Extension)
	}
	p, ok := m.copied[file]
	if !ok {
		root, err := m.followLinks(file, linksAbove)
		if err != nil {
			return "", err
		}
		p, err = m.addTree(&source{name: treeName(file), file: file, method: store.NAR}, root, nil)
		if err != nil {
			return "", err
		}
		m.copied[file] = p
	}
	*c = (*c).Union(NewContext(p))
	return p, nil
}

func storePath(m *Evaluator, p Value) (Value, *Error) {
	if m.opts.Pure {
		return Value{}, Errorf(Other, "'builtins.storePath' is not allowed in pure evaluation mode")
	}
	var c *Context
	file, err := m.coerceToPath(p, 0, "while evaluating the first argument passed to 'builtins.storePath'", &c)
	if err != nil {
		return Value{}, err
	}
	if m.store.Parse(file) != nil {
		if file, err = m.followLinks(file, linksAll); err != nil {
			return Value{}, err
		}
	}
	in, _, ok := m.store.Split(file)
	if !ok {
		return Value{}, Errorf(Other, "path '%s' is not in the Nix store", file)
	}
	if err := m.store.Parse(in); err != nil {
		return Value{}, Errorf(Other, "%v", err)
	}
	return StringWithContext(file, c.Union(NewContext(in))), nil
}

// storeDir is the folder of the store.
func (opts *Options) storeDir() store.Dir {
	if opts.Store == nil {
		return store.DefaultDir
	}
	return store.Dir(strings.TrimSuffix(opts.Store.Dir(), "/"))
}
