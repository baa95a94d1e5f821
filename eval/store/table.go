package store

// This file defines small maps that keep their order.

import (
	"slices"
	"strings"
)

// A Table is a map from names to values in order of the names. Most are made in that order, and all of them are
// gone through far more often than they are changed.
type Table[V any] []Entry[V]

// An Entry is one name of a [Table] and its value.
type Entry[V any] struct {
	Name  string
	Value V
}

func (t Table[V]) find(name string) (int, bool) {
	if n := len(t); n == 0 || t[n-1].Name < name {
		return n, false
	}
	return slices.BinarySearchFunc(t, name, func(e Entry[V], name string) int { return strings.Compare(e.Name, name) })
}

// Get is the value of a name.
func (t Table[V]) Get(name string) (v V, ok bool) {
	i, ok := t.find(name)
	if ok {
		v = t[i].Value
	}
	return v, ok
}

// Set gives a name a value.
func (t *Table[V]) Set(name string, v V) {
	i, ok := t.find(name)
	if ok {
		(*t)[i].Value = v
		return
	}
	*t = slices.Insert(*t, i, Entry[V]{name, v})
}

// Names are the names in order.
func (t Table[V]) Names() []string {
	names := make([]string, len(t))
	for i, e := range t {
		names[i] = e.Name
	}
	return names
}
