// Package addr names components: immutable paths such as web.vm or web."file.txt".
//
// The main type is [Path], made by [Parse] from what a user types, by [Of] from a list of names, or by
// [Path.Child] from its parent. A path is comparable: it may be a map key and be compared with ==, and the
// zero value [Root] is the root component. The written form is that of a Nix attribute path; names that are
// not Nix identifiers are quoted as Nix quotes them.
package addr

import (
	"cmp"
	"slices"
	"strings"
)

// Path is the position of a component below the root, a list of member names.
type Path struct {
	// text is the written form. Quoting is canonical, so equal paths have equal text, and a dot outside
	// quotes is always a separator.
	text string
}

// Root is the path of the root component, the empty list of names.
var Root Path

// Of returns the path made of names, outermost first.
func Of(names ...string) Path {
	p := Root
	for _, name := range names {
		p = p.Child(name)
	}
	return p
}

// Child returns the path of p's member name.
func (p Path) Child(name string) Path {
	if p.IsRoot() {
		return Path{Quote(name)}
	}
	return Path{p.text + "." + Quote(name)}
}

// Parent returns the path without its last name. The parent of the root is the root.
func (p Path) Parent() Path {
	i := p.lastSeparator()
	if i < 0 {
		return Root
	}
	return Path{p.text[:i]}
}

// Name returns the last name, unquoted; "" for the root.
func (p Path) Name() string {
	if p.IsRoot() {
		return ""
	}
	return unquote(p.text[p.lastSeparator()+1:])
}

// Names returns the names, outermost first; empty, not nil, for the root. The caller owns the slice.
func (p Path) Names() []string {
	names := []string{}
	for rest := p.text; rest != ""; {
		n := nameLength(rest)
		names = append(names, unquote(rest[:n]))
		rest = strings.TrimPrefix(rest[n:], ".")
	}
	return names
}

// Depth returns the number of names.
func (p Path) Depth() int {
	depth := 0
	for rest := p.text; rest != ""; depth++ {
		rest = strings.TrimPrefix(rest[nameLength(rest):], ".")
	}
	return depth
}

// IsRoot reports whether p has no names.
func (p Path) IsRoot() bool { return p.text == "" }

// String returns the written form, which [Parse] reads back; "" for the root.
func (p Path) String() string { return p.text }

// HasPrefix reports whether p is prefix itself or lies below it.
func (p Path) HasPrefix(prefix Path) bool {
	if prefix.IsRoot() || p == prefix {
		return true
	}
	return len(p.text) > len(prefix.text) && p.text[len(prefix.text)] == '.' &&
		p.text[:len(prefix.text)] == prefix.text
}

// Compare orders paths name by name, bytewise; a component comes before its members.
// It returns -1, 0 or +1.
func (p Path) Compare(q Path) int {
	a, b := p.text, q.text
	if a == b {
		return 0
	}
	for a != "" && b != "" {
		n, m := nameLength(a), nameLength(b)
		if c := cmp.Compare(unquote(a[:n]), unquote(b[:m])); c != 0 {
			return c
		}
		a, b = strings.TrimPrefix(a[n:], "."), strings.TrimPrefix(b[m:], ".")
	}
	return cmp.Compare(len(a), len(b))
}

// Sort sorts paths by [Path.Compare], in place.
func Sort(paths []Path) { slices.SortFunc(paths, Path.Compare) }

// MarshalText returns the written form, so that paths are strings in JSON.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads the written form; empty text is the root.
func (p *Path) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Root
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// lastSeparator returns the offset of the last dot outside quotes, or -1.
func (p Path) lastSeparator() int {
	last := -1
	for at := 0; ; {
		at += nameLength(p.text[at:])
		if at >= len(p.text) {
			return last
		}
		last = at
		at++
	}
}

// nameLength returns the length of the name that canonical text starts with, quotes included.
func nameLength(text string) int {
	if text == "" || text[0] != '"' {
		if i := strings.IndexByte(text, '.'); i >= 0 {
			return i
		}
		return len(text)
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
