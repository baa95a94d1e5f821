package eval

// This file defines attribute sets.

import (
	"maps"
	"slices"
	"unsafe"

	"nixops4/eval/syntax"
)

// Attrs is an immutable set: a shape, and in the memory behind it the values, parallel to the names of the shape.
// Values may be thunks; forcing one through [Evaluator.ForceSlot] leaves the value in its place.
//
// A set may be a layer over another one: that is how a large set is updated with a small one without copying it.
// The set below comes before the values then. [Evaluator.flat] gives the plain set when somebody wants all of
// it, and leaves in the layer no names of its own, with the plain set below.
//
// It is laid out like two or more values, the first of which has the shape as its pointer, and is allocated as such.
type Attrs struct {
	shape *shape
	skip  uint64 // values before the first one of the set: 1 in a layer, else 0
}

// A layer lies on one that has at least layerRatio times as many names, and the lowest one has at least
// layerMinBelow. So there are few layers on each other, and a set that grows name by name is copied as a whole
// only each time it has grown by a fair part of its size.
const (
	layerRatio    = 4
	layerMinBelow = 32
)

var emptyAttrs = &Attrs{shape: emptyShape}

// newAttrs makes a set of a shape. The caller fills the values before anybody reads them.
func (m *Evaluator) newAttrs(s *shape) (*Attrs, []Value) {
	m.stats.Sets++
	values := m.values(len(s.syms) + 1)
	a := (*Attrs)(unsafe.Pointer(unsafe.SliceData(values)))
	values[0] = Value{ref: unsafe.Pointer(s)}
	return a, values[1:]
}

// newLayer makes a layer over a set.
func (m *Evaluator) newLayer(s *shape, vals []Value, base *Attrs) *Attrs {
	m.stats.Sets++
	values := m.values(len(s.syms) + 2)
	a := (*Attrs)(unsafe.Pointer(unsafe.SliceData(values)))
	values[0] = Value{unsafe.Pointer(s), 1}
	values[1] = attrsValue(base)
	copy(values[2:], vals)
	return a
}

// base is the set below a layer, nil for a plain set.
func (a *Attrs) base() *Attrs {
	if a.skip == 0 {
		return nil
	}
	return a.at(0).Attrs()
}

// at is the n-th value in memory.
func (a *Attrs) at(n uintptr) *Value {
	return (*Value)(unsafe.Add(unsafe.Pointer(a), (n+1)*valueSize))
}

// slotAt is the place of the attribute with an index of the topmost shape.
func (a *Attrs) slotAt(i int) *Value { return a.at(uintptr(i) + uintptr(a.skip)) }

// own are the values of the topmost layer, parallel to shape.syms.
func (a *Attrs) own() []Value {
	if len(a.shape.syms) == 0 {
		return nil
	}
	return unsafe.Slice(a.slotAt(0), len(a.shape.syms))
}

// slot finds the place of an attribute, nil when there is none.
func (a *Attrs) slot(name Sym) *Value {
	for {
		if i := a.shape.find(name); i >= 0 {
			return a.slotAt(i)
		}
		if a.skip == 0 {
			return nil
		}
		a = a.base()
	}
}

// posOf is where an attribute was defined.
func (a *Attrs) posOf(name Sym) syntax.Pos {
	for ; a != nil; a = a.base() {
		if i := a.shape.find(name); i >= 0 {
			return a.shape.at(i)
		}
	}
	return 0
}

// flat gives the plain set.
func (m *Evaluator) flat(a *Attrs) *Attrs {
	if a.skip == 0 {
		return a
	}
	if len(a.shape.syms) == 0 && a.base().skip == 0 {
		return a.base()
	}
	top := layer{a.shape, a.own(), a.base()}
	for top.base != nil {
		m.sink(&top)
	}
	plain := m.fromLayer(top)
	*a.at(0) = attrsValue(plain)
	a.shape = emptyShape
	return plain
}

// A layer is the topmost part of a set while it is being made.
type layer struct {
	shape *shape
	vals  []Value
	base  *Attrs
}

// sink unites a layer with the one below it.
func (m *Evaluator) sink(top *layer) {
	below := top.base
	if len(below.shape.syms) > 0 {
		c := m.mergeOf(below.shape, top.shape)
		vals := make([]Value, len(c.from))
		m.mergeInto(vals, c, below.own(), top.vals)
		top.shape, top.vals = c.result, vals
	}
	top.base = below.base()
}

func (m *Evaluator) fromLayer(top layer) *Attrs {
	if top.base != nil {
		return m.newLayer(top.shape, top.vals, top.base)
	}
	a, vals := m.newAttrs(top.shape)
	copy(vals, top.vals)
	return a
}

func (m *Evaluator) mergeInto(vals []Value, c *merge, left, right []Value) {
	for i, f := range c.from {
		if f >= 0 {
			vals[i] = right[f]
		} else {
			vals[i] = left[^f]
		}
	}
	m.stats.AttrsCopied += int64(len(vals))
}

// update is left // right.
func (m *Evaluator) update(left, right *Attrs) *Attrs {
	m.stats.Updates++
	right = m.flat(right)
	if len(right.shape.syms) == 0 {
		return left
	}
	if left.skip == 0 && len(left.shape.syms) < layerMinBelow {
		if len(left.shape.syms) == 0 {
			return right
		}
		c := m.mergeOf(left.shape, right.shape)
		if c.result == right.shape {
			return right
		}
		a, vals := m.newAttrs(c.result)
		m.mergeInto(vals, c, left.own(), right.own())
		return a
	}
	top := layer{right.shape, right.own(), left}
	for top.base != nil && len(top.base.shape.syms) < layerRatio*len(top.shape.syms) {
		m.sink(&top)
	}
	return m.fromLayer(top)
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
		stopped := m.stoppable(len(bindings), func(tick func()) {
			slices.SortStableFunc(bindings, func(a, b Binding) int {
				tick()
				return byOrder(a, b)
			})
		})
		if stopped {
			return attrsValue(emptyAttrs)
		}
	}
	unique := bindings[:1]
	for _, b := range bindings[1:] {
		if b.Sym != unique[len(unique)-1].Sym {
			unique = append(unique, b)
		}
	}
	syms := make([]Sym, len(unique))
	var pos []syntax.Pos
	for i, b := range unique {
		syms[i] = b.Sym
		if b.Pos != 0 && pos == nil {
			pos = make([]syntax.Pos, len(unique))
		}
		if pos != nil {
			pos[i] = b.Pos
		}
	}
	a, vals := m.newAttrs(m.shapeOf(syms, pos))
	for i, b := range unique {
		vals[i] = b.Value
	}
	return attrsValue(a)
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
