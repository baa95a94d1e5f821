package eval

// This file keeps what evaluation gave a store path, so that it can be read under that path, be referred to,
// and be put into a store when one is asked to build something.

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"nixops4/eval/store"
)

// An object is something with a store path that may be in no store.
type object struct {
	path       string
	references []string
	text       *string         // the content of a text file; nil for a tree
	files      IO              // where a tree is read from
	origin     string          // the root of the tree there
	kept       map[string]bool // what a filter kept of the tree, by path; nil for everything
	flat       bool            // a single file, whose content was hashed
	shown      string          // the root of the tree as errors show it; empty for the path in the store
	// absent says why a file below the root is not in the tree; nil or an empty answer means only that it is not.
	absent func(name string) string
}

// objects is the IO of an evaluator: the world, with the objects of this evaluation in the store.
type objects struct {
	IO
	dir store.Dir
	all map[string]*object
}

func (o *objects) add(obj *object) {
	if o.all[obj.path] == nil {
		o.all[obj.path] = obj
	}
}

// find tells which object a path is in, and where in it. It is nil for everything else.
func (o *objects) find(file string) (*object, string) {
	if len(o.all) == 0 {
		return nil, ""
	}
	p, rest, ok := o.dir.Split(file)
	if !ok {
		return nil, ""
	}
	return o.all[p], rest
}

// shown is the path that errors show for a path.
func (o *objects) shown(file string) string {
	if obj, rest := o.find(file); obj != nil && obj.shown != "" {
		return obj.shown + rest
	}
	return file
}

// absent says why a file is not in the tree that it would be in; empty when there is no more to say than that.
func (o *objects) absent(file string) string {
	if obj, rest := o.find(file); obj != nil && obj.absent != nil && rest != "" {
		return obj.absent(strings.TrimPrefix(rest, "/"))
	}
	return ""
}

// at is the path in obj.files of a path in an object that is a tree.
func (obj *object) at(op, rest string) (string, error) {
	if obj.text != nil {
		if rest != "" {
			return "", &fs.PathError{Op: op, Path: obj.path + rest, Err: fs.ErrNotExist}
		}
		return "", nil
	}
	real := path.Join(obj.origin, rest)
	if obj.kept != nil && !obj.kept[real] {
		return "", &fs.PathError{Op: op, Path: obj.path + rest, Err: fs.ErrNotExist}
	}
	return real, nil
}

// ReadFile implements [IO].
func (o *objects) ReadFile(file string) ([]byte, error) {
	obj, rest := o.find(file)
	if obj == nil {
		return o.IO.ReadFile(file)
	}
	real, err := obj.at("open", rest)
	if err != nil {
		return nil, err
	}
	if obj.text != nil {
		return []byte(*obj.text), nil
	}
	return obj.files.ReadFile(real)
}

// ReadDir implements [IO].
func (o *objects) ReadDir(file string) ([]DirEntry, error) {
	obj, rest := o.find(file)
	if obj == nil {
		return o.IO.ReadDir(file)
	}
	real, err := obj.at("open", rest)
	if err != nil {
		return nil, err
	}
	if obj.text != nil {
		return nil, &fs.PathError{Op: "open", Path: file, Err: fmt.Errorf("not a directory")}
	}
	entries, err := obj.files.ReadDir(real)
	if obj.kept == nil || err != nil {
		return entries, err
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e DirEntry) bool { return !obj.kept[path.Join(real, e.Name)] }), nil
}

// Lstat implements [IO].
func (o *objects) Lstat(file string) (FileType, error) {
	obj, rest := o.find(file)
	if obj == nil {
		return o.IO.Lstat(file)
	}
	real, err := obj.at("lstat", rest)
	if err != nil {
		return "", err
	}
	if obj.text != nil {
		return Regular, nil
	}
	return obj.files.Lstat(real)
}

// Executable implements [IO].
func (o *objects) Executable(file string) (bool, error) {
	obj, rest := o.find(file)
	if obj == nil {
		return o.IO.Executable(file)
	}
	real, err := obj.at("stat", rest)
	if err != nil || obj.text != nil {
		return false, err
	}
	return obj.files.Executable(real)
}

// ReadLink implements [IO].
func (o *objects) ReadLink(file string) (string, error) {
	obj, rest := o.find(file)
	if obj == nil {
		return o.IO.ReadLink(file)
	}
	real, err := obj.at("readlink", rest)
	if err != nil {
		return "", err
	}
	if obj.text != nil {
		return "", &fs.PathError{Op: "readlink", Path: file, Err: fs.ErrInvalid}
	}
	return obj.files.ReadLink(real)
}

// references lists what a store path refers to. known is false when neither this evaluation nor a store has it.
func (m *Evaluator) references(p string) (refs []string, known bool, err error) {
	if obj := m.io.all[p]; obj != nil {
		return obj.references, true, nil
	}
	if m.opts.Store == nil {
		_, err := m.io.IO.Lstat(p)
		return nil, err == nil, nil
	}
	refs, err = m.opts.Store.References(p)
	if err != nil {
		return nil, false, notFoundIsNil(err)
	}
	return refs, true, nil
}

// Objects lists what this evaluation gave store paths among paths and all that they refer to, each after what it
// refers to.
func (m *Evaluator) Objects(paths []string) []StoreObject {
	var out []StoreObject
	seen := map[string]bool{}
	var visit func(p string)
	visit = func(p string) {
		obj := m.io.all[p]
		if obj == nil || seen[p] {
			return
		}
		seen[p] = true
		for _, r := range obj.references {
			visit(r)
		}
		out = append(out, obj.export())
	}
	for _, p := range paths {
		visit(p)
	}
	return out
}

func (obj *object) export() StoreObject {
	return StoreObject{
		Path: obj.path, References: obj.references, Text: obj.text != nil, Flat: obj.flat,
		Write: func(w io.Writer) error {
			if obj.text != nil {
				_, err := io.Copy(w, strings.NewReader(*obj.text))
				return err
			}
			if obj.flat {
				content, err := obj.files.ReadFile(obj.origin)
				if err != nil {
					return err
				}
				_, err = w.Write(content)
				return err
			}
			var keep store.Keep
			if obj.kept != nil {
				keep = func(p string) (bool, error) { return obj.kept[p], nil }
			}
			return store.WriteArchive(w, obj.files, obj.origin, keep)
		},
	}
}
