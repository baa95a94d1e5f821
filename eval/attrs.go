package eval

// This file defines attribute sets.

import (
	"maps"
	"slices"
	"unsafe"

	"nixops4/eval/syntax"
)

// Attrs is an immutable set. Its values may be thunks; forcing one through [Evaluator.ForceSlot] leaves
// the value in its place.
//
// A set may be a layer over another one: that is how a large set is updated with a small one without copying it.
// [Evaluator.flat] turns such a set into a plain one, in place, when somebody wants all of it.
type Attrs struct {
	shape *shape
	vals  *Value // as many as the shape has names
	base  *Attrs // the set below; nil for a plain one
}

// A layer lies on one that has at least layerRatio times as many names, and the lowest one has at least
// layerMinBelow. So there are few layers on each other, and a set that grows name by name is copied as a whole
// only each time it has grown by a fair part of its size.
const (
	layerRatio    = 4
	layerMinBelow = 32
)

var emptyAttrs = &Attrs{shape: emptyShape}

// newAttrs makes a set of a shape, taking ownership of its values.
func (m *Evaluator) newAttrs(s *shape, vals []Value) *Attrs {
	m.stats.Sets++
	if len(m.freeAttrs) == 0 {
		m.freeAttrs = make([]Attrs, 64)
	}
	a := &m.freeAttrs[0]
	m.freeAttrs = m.freeAttrs[1:]
	a.shape = s
	a.vals = unsafe.SliceData(vals)
	return a
}

// own are the values of the topmost layer, parallel to shape.syms.
func (a *Attrs) own() []Value { return unsafe.Slice(a.vals, len(a.shape.syms)) }

// slot finds the place of an attribute, nil when there is none.
func (a *Attrs) slot(name Sym) *Value {
	for {
		if i := a.shape.find(name); i >= 0 {
			return (*Value)(unsafe.Add(unsafe.Pointer(a.vals), uintptr(i)*valueSize))
		}
		if a.base == nil {
			return nil
		}
		a = a.base
	}
}

// slotAt is the place of the attribute with an index of the topmost shape.
func (a *Attrs) slotAt(i int) *Value {
	return (*Value)(unsafe.Add(unsafe.Pointer(a.vals), uintptr(i)*valueSize))
}

// posOf is where an attribute was defined.
func (a *Attrs) posOf(name Sym) syntax.Pos {
	for ; a != nil; a = a.base {
		if i := a.shape.find(name); i >= 0 {
			return a.shape.at(i)
		}
	}
	return 0
}

// flat makes the set plain.
func (m *Evaluator) flat(a *Attrs) *Attrs {
	for a.base != nil {
		m.sink(a)
	}
	return a
}

// sink unites the topmost layer with the one below it.
func (m *Evaluator) sink(a *Attrs) {
	below := a.base
	c := m.mergeOf(below.shape, a.shape)
	a.vals = unsafe.SliceData(m.mergeValues(c, below, a))
	a.shape = c.result
	a.base = below.base
}

func (m *Evaluator) mergeValues(c *merge, left, right *Attrs) []Value {
	vals := m.values(len(c.from))
	l, r := left.own(), right.own()
	for i, f := range c.from {
		if f >= 0 {
			vals[i] = r[f]
		} else {
			vals[i] = l[^f]
		}
	}
	m.stats.AttrsCopied += int64(len(vals))
	return vals
}

// update is left // right.
func (m *Evaluator) update(left, right *Attrs) *Attrs {
	m.stats.Updates++
	if right.base == nil && len(right.shape.syms) == 0 {
		return left
	}
	if left.base == nil && len(left.shape.syms) == 0 {
		return right
	}
	right = m.flat(right)
	if left.base == nil && len(left.shape.syms) < layerMinBelow {
		c := m.mergeOf(left.shape, right.shape)
		if c.result == right.shape {
			return right
		}
		return m.newAttrs(c.result, m.mergeValues(c, left, right))
	}
	a := m.newAttrs(right.shape, nil)
	a.vals = right.vals
	a.base = left
	for a.base != nil && len(a.base.shape.syms) < layerRatio*len(a.shape.syms) {
		m.sink(a)
	}
	return a
}

// size is the number of attributes.
func (m *Evaluator) size(a *Attrs) int { return len(m.flat(a).shape.syms) }

// Len is the number of attributes of a set.
func (m *Evaluator) Len(a *Attrs) int { return m.size(a) }

// Get finds an attribute by name; its value may be a thunk.
func (m *Evaluator) Get(a *Attrs, name string) (Value, bool) {
	p := m.Slot(a, name)
	if p == nil {
		return Value{}, false
	}
	return *p, true
}

// Slot finds the place of an attribute by name, nil when there is none.
func (m *Evaluator) Slot(a *Attrs, name string) *Value {
	s, ok := m.lookupSym(name)
	if !ok {
		return nil
	}
	return a.slot(s)
}

// An Attr is one attribute as [Evaluator.Sorted] lists it.
type Attr struct {
	Name string
	Slot *Value
	Pos  syntax.Pos
}

// Sorted lists the attributes in order of their names.
func (m *Evaluator) Sorted(a *Attrs) []Attr {
	a = m.flat(a)
	out := make([]Attr, len(a.shape.syms))
	for i, k := range m.order(a.shape) {
		out[i] = Attr{m.Name(a.shape.syms[k]), a.slotAt(int(k)), a.shape.at(int(k))}
	}
	return out
}

// A Binding is one attribute given to [Evaluator.MakeAttrs].
type Binding struct {
	Sym   Sym
	Value Value
	Pos   syntax.Pos
}

// MakeAttrs makes a set from bindings in any order, which it sorts in place; of two with one name the first
// wins. Positions are kept when any is known.
func (m *Evaluator) MakeAttrs(bindings []Binding) Value {
	if len(bindings) == 0 {
		return attrsValue(emptyAttrs)
	}
	if byOrder := func(a, b Binding) int { return int(a.Sym) - int(b.Sym) }; !slices.IsSortedFunc(bindings, byOrder) {
		slices.SortStableFunc(bindings, byOrder)
	}
	unique := bindings[:1]
	for _, b := range bindings[1:] {
		if b.Sym != unique[len(unique)-1].Sym {
			unique = append(unique, b)
		}
	}
	syms := make([]Sym, len(unique))
	vals := m.values(len(unique))
	var pos []syntax.Pos
	for i, b := range unique {
		syms[i], vals[i] = b.Sym, b.Value
		if b.Pos != 0 && pos == nil {
			pos = make([]syntax.Pos, len(unique))
		}
		if pos != nil {
			pos[i] = b.Pos
		}
	}
	if pos != nil {
		return attrsValue(m.newAttrs(m.newShape(syms, pos), vals))
	}
	return attrsValue(m.newAttrs(m.sharedShape(syms), vals))
}

// AttrsOf makes a set from a Go map.
func (m *Evaluator) AttrsOf(fields map[string]Value) Value {
	bindings := make([]Binding, 0, len(fields))
	// In order, so that new names get the same symbols in every run.
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		bindings = append(bindings, Binding{Sym: m.Sym(k), Value: fields[k]})
	}
	return m.MakeAttrs(bindings)
}
