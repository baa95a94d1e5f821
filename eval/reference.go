package eval

// This file reads the elements of string contexts.

import (
	"slices"
	"strings"
)

type refKind uint8

// In the order in which Nix sorts them.
const (
	refPath    refKind = iota // a store path as it is
	refDeep                   // a derivation with all it refers to and all their outputs
	refOutput                 // an output of a derivation
	refSecret                 // a secret output of a resource
	refInvalid                // nothing that evaluation makes
)

// A reference is an element of a context.
type reference struct {
	kind   refKind
	path   string // the store path; of an output, that of the derivation
	output string // the name of an output
	// inner is set when the derivation is itself an output of a derivation: that output, as an element.
	inner string
}

// parseElem reads an element of a context.
func parseElem(e string) reference {
	switch {
	case strings.HasPrefix(e, "/"):
		return reference{kind: refPath, path: e}
	case strings.HasPrefix(e, "="):
		return reference{kind: refDeep, path: e[1:]}
	case strings.HasPrefix(e, "?"):
		return reference{kind: refSecret, path: e[1:]}
	case strings.HasPrefix(e, "!"):
		output, rest, ok := strings.Cut(e[1:], "!")
		if !ok {
			break
		}
		if strings.HasPrefix(rest, "/") {
			return reference{kind: refOutput, path: rest, output: output}
		}
		in := parseElem("!" + rest)
		return reference{kind: refOutput, path: in.path, output: output, inner: "!" + rest}
	}
	return reference{kind: refInvalid, path: e}
}

// outputElem is the element for an output of a derivation, which is named by an element itself.
func outputElem(drv, output string) string {
	return "!" + output + "!" + strings.TrimPrefix(drv, "!")
}

func deepElem(drv string) string { return "=" + drv }

// String shows the element in an error.
func (r reference) String() string {
	switch r.kind {
	case refDeep:
		return r.path + " (deep)"
	case refOutput:
		drv := r.path
		if r.inner != "" {
			drv = parseElem(r.inner).String()
		}
		return drv + "^" + r.output
	case refSecret:
		return "the secret " + r.path
	}
	return r.path
}

// references reads all elements, in Nix's order.
func (c *Context) references() []reference {
	refs := make([]reference, len(c.Elems()))
	for i, e := range c.Elems() {
		refs[i] = parseElem(e)
	}
	slices.SortStableFunc(refs, func(a, b reference) int { return int(a.kind) - int(b.kind) })
	return refs
}

// secrets is the part of a context that says what a string must not reveal.
func (c *Context) secrets() *Context {
	if !c.Secret() {
		return nil
	}
	return NewContext(slices.DeleteFunc(slices.Clone(c.elems), func(e string) bool { return e[0] != '?' })...)
}

// secretRefused is the error of a secret in a place that takes none.
func secretRefused(c *Context) *Error {
	return Errorf(Other, "a string made from %s is not allowed here", c.secrets().references()[0])
}

// secretIn is the error of a secret in a place that everybody can read.
func secretIn(c *Context, where string) *Error {
	if !c.Secret() {
		return nil
	}
	return Errorf(Other, "a string made from %s cannot be put into %s, which everybody can read", c.secrets().references()[0], where)
}
