package eval

// This file defines what builtins of other packages need to bring files into evaluation.

import (
	"context"
	"errors"

	"nixops4/eval/store"
)

// A Tree is a file tree that is to be known under its store path.
type Tree struct {
	// Name is what it is called in the store.
	Name string
	// Files reads it, from Root on.
	Files IO
	Root  string
	// Method says what of it is hashed.
	Method store.Method
	// Hash is the SHA-256 hash by that method when it is known already; otherwise it is computed.
	Hash store.Hash
	// Kept are the paths in Files that belong to the tree, Root among them; nil means all below Root. It is needed with a
	// known Hash.
	Kept map[string]bool
	// Shown is what errors and the printer call its root, such as the folder of a user that it was taken from; empty means by its
	// store path. Values such as that of toString have the store path all the same.
	Shown string
	// Absent says why a file, by its path below the root, is not in the tree, which is the error of reading it then. Nil or an
	// empty answer means that it does not exist.
	Absent func(name string) string
}

// AddTree gives a tree its store path, under which evaluation can read it from now on. The value is the path, a string
// that refers to it.
func (m *Evaluator) AddTree(t Tree) (Value, store.Hash, *Error) {
	if t.Hash.Sum == nil {
		h, err := m.hashTree(t.Files, t.Root, t.Method, nil)
		if err != nil {
			return Value{}, h, err
		}
		t.Hash = h
	}
	p, err := m.store.FixedOutput(t.Name, t.Method, t.Hash, nil)
	if err != nil {
		return Value{}, t.Hash, Errorf(Other, "%v", err)
	}
	m.io.add(&object{path: p, files: t.Files, origin: t.Root, kept: t.Kept, flat: t.Method == store.Flat, shown: t.Shown, absent: t.Absent})
	return StringWithContext(p, NewContext(p)), t.Hash, nil
}

// CoerceRaw converts a value to a string as interpolation does, except that a path stays where it is. What the string
// refers to comes beside it.
func (m *Evaluator) CoerceRaw(v Value, why string) (string, *Context, *Error) {
	var c *Context
	s, err := m.coerce(v, 0, coercePath, why, &c)
	return s, c, err
}

// ParseHash reads a hash in any format. An empty one is a hash of zeros, with a warning that says so.
func (m *Evaluator) ParseHash(text string, algo store.Algo) (store.Hash, *Error) {
	for _, name := range []string{store.NamedAlgo(text), string(algo)} {
		if err := m.needAlgo(name); err != nil {
			return store.Hash{}, err
		}
	}
	h, empty, err := store.ParseHashAllowEmpty(text, algo)
	if err != nil {
		return h, Errorf(Other, "%v", err)
	}
	if empty {
		m.Log("warning: found empty hash, assuming '" + h.Format(store.SRI) + "'")
	}
	return h, nil
}

// BuiltinValue is a function that is not a name in builtins.
func BuiltinValue(b *Builtin) Value { return builtinValue(b) }

// StoreDir is the folder of the store.
func (m *Evaluator) StoreDir() store.Dir { return m.store }

// Context is cancelled when the evaluation is.
func (m *Evaluator) Context() context.Context {
	if m.ctx == nil {
		return context.Background()
	}
	return m.ctx
}

// asError makes an error of evaluation of any error.
func asError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Errorf(Other, "%v", err)
}
