package eval

// This file defines the context of strings: what a string refers to, so that what it needs can be built
// and what it must not reveal can be kept hidden.

import (
	"slices"
	"strings"
)

// A Context is an immutable, sorted set of references. Nil is the empty one, and almost every string has it.
type Context struct {
	elems []string
}

// Elements of a context are strings in Nix's own notation:
//
//	/nix/store/…           a store path as it is
//	=/nix/store/….drv      a derivation with all it refers to
//	!out!/nix/store/….drv  an output of a derivation
//	?path.output           a secret output of a resource (ours)

// NewContext makes a context of elements.
func NewContext(elems ...string) *Context {
	if len(elems) == 0 {
		return nil
	}
	elems = slices.Clone(elems)
	slices.Sort(elems)
	return &Context{slices.Compact(elems)}
}

// Empty says that there is nothing in it.
func (c *Context) Empty() bool { return c == nil || len(c.elems) == 0 }

// Elems are the elements in order. They must not be changed.
func (c *Context) Elems() []string {
	if c == nil {
		return nil
	}
	return c.elems
}

// Union is the context of a string made from two others.
func (c *Context) Union(d *Context) *Context {
	switch {
	case c.Empty():
		return d
	case d.Empty() || c == d:
		return c
	}
	if len(c.elems) >= len(d.elems) && c.contains(d) {
		return c
	}
	return NewContext(append(slices.Clone(c.elems), d.elems...)...)
}

func (c *Context) contains(d *Context) bool {
	for _, e := range d.elems {
		if _, ok := slices.BinarySearch(c.elems, e); !ok {
			return false
		}
	}
	return true
}

// SecretElem is the context element of a secret.
func SecretElem(path, output string) string { return "?" + path + "." + output }

// Secret says that the string was made from a secret.
func (c *Context) Secret() bool {
	return slices.ContainsFunc(c.Elems(), func(e string) bool { return strings.HasPrefix(e, "?") })
}
