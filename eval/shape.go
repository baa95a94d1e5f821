package eval

// This file defines shapes: the attribute names of sets, apart from their values.
//
// Every set made by one place of the program has the same names, so the names, their positions and their
// alphabetical order are kept once, in a shape, and a set is a pointer to a shape and an array of values. A
// place that selects an attribute remembers where it found it in which shape, and the update of one shape
// with another is planned once and then only copies values.

import (
	"slices"
	"strings"

	"nixops4/eval/syntax"
)

// A shape is an immutable list of attribute names sorted by symbol.
type shape struct {
	syms []Sym
	pos  []syntax.Pos // parallel to syms; nil when no position is known
	id   uint32       // different for every shape of an evaluator
	made syntax.Pos   // where the sets are written that have it

	order []int32       // indexes in order of names; made when first asked for
	index map[Sym]int32 // made for large shapes when first asked
	bare  *shape        // the same names without positions
}

var emptyShape = &shape{}

// find returns the index of a name, or -1.
func (s *shape) find(name Sym) int {
	syms := s.syms
	if len(syms) <= 8 {
		for i, x := range syms {
			if x == name {
				return i
			}
		}
		return -1
	}
	lo, hi := 0, len(syms)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if syms[mid] < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(syms) && syms[lo] == name {
		return lo
	}
	return -1
}

func (s *shape) at(i int) syntax.Pos {
	if s.pos == nil {
		return 0
	}
	return s.pos[i]
}

// newShape makes a shape from names that are sorted and unique.
func (m *Evaluator) newShape(syms []Sym, pos []syntax.Pos) *shape {
	if len(syms) == 0 {
		return emptyShape
	}
	m.shapes++
	return &shape{syms: syms, pos: pos, id: m.shapes}
}

// sharedShape finds or makes a shape without positions, so that sets made name by name from Go or by
// listToAttrs have the same shape when they have the same names. It takes ownership of syms.
func (m *Evaluator) sharedShape(syms []Sym) *shape {
	if len(syms) == 0 {
		return emptyShape
	}
	if len(syms) > 64 {
		return m.newShape(syms, nil)
	}
	h := uint32(2166136261)
	for _, s := range syms {
		h = (h ^ uint32(s)) * 16777619
	}
	entry := &m.shapeCache[h%uint32(len(m.shapeCache))]
	if *entry == nil || !slices.Equal((*entry).syms, syms) {
		*entry = m.newShape(syms, nil)
	}
	return *entry
}

// shapeOf makes a shape from names that are sorted and unique; pos is nil when no position is known.
func (m *Evaluator) shapeOf(syms []Sym, pos []syntax.Pos) *shape {
	if pos == nil {
		return m.sharedShape(syms)
	}
	return m.newShape(syms, pos)
}

// order returns the indexes of s in alphabetical order of the names.
func (m *Evaluator) order(s *shape) []int32 {
	if s.order == nil && len(s.syms) > 0 {
		order := make([]int32, len(s.syms))
		for i := range order {
			order[i] = int32(i)
		}
		stopped := m.stoppable(len(order), func(tick func()) {
			slices.SortFunc(order, func(a, b int32) int {
				tick()
				return strings.Compare(m.Name(s.syms[a]), m.Name(s.syms[b]))
			})
		})
		if stopped {
			return order
		}
		s.order = order
	}
	return s.order
}

// withoutPos is the same shape without positions.
func (m *Evaluator) withoutPos(s *shape) *shape {
	if s.pos == nil {
		return s
	}
	if s.bare == nil {
		s.bare = m.sharedShape(s.syms)
	}
	return s.bare
}

// A merge says how the update of a set of one shape with one of another is made: for each name of the
// result an index into the right set, or the complement of an index into the left one.
type merge struct {
	left, right *shape
	result      *shape
	from        []int32
}

// mergeOf plans an update.
func (m *Evaluator) mergeOf(left, right *shape) *merge {
	slot := &m.mergeCache[(left.id*31+right.id)%uint32(len(m.mergeCache))]
	if c := *slot; c != nil && c.left == left && c.right == right {
		return c
	}
	c := m.planMerge(left, right)
	*slot = c
	return c
}

func (m *Evaluator) planMerge(left, right *shape) *merge {
	n := len(left.syms) + len(right.syms)
	syms := make([]Sym, 0, n)
	from := make([]int32, 0, n)
	withPos := left.pos != nil || right.pos != nil
	var pos []syntax.Pos
	if withPos {
		pos = make([]syntax.Pos, 0, n)
	}
	add := func(s *shape, i int, f int32) {
		syms = append(syms, s.syms[i])
		from = append(from, f)
		if withPos {
			pos = append(pos, s.at(i))
		}
	}
	i, j := 0, 0
	for i < len(left.syms) || j < len(right.syms) {
		switch {
		case j == len(right.syms) || i < len(left.syms) && left.syms[i] < right.syms[j]:
			add(left, i, ^int32(i))
			i++
		default:
			if i < len(left.syms) && left.syms[i] == right.syms[j] {
				i++
			}
			add(right, j, int32(j))
			j++
		}
	}
	c := &merge{left: left, right: right, from: from}
	switch {
	case len(syms) == len(left.syms) && len(right.syms) == 0:
		c.result = left
	case len(syms) == len(right.syms):
		c.result = right // every name of the left is replaced
	default:
		c.result = m.newShape(syms, pos)
	}
	return c
}

// A choice says how a set of one shape is made from some of the attributes of another.
type choice struct {
	of     *shape
	by     *shape // the shape whose names were taken, or nil
	drop   []Sym  // the names that were left out, when by is nil
	result *shape
	from   []int32
}

// intersection plans the attributes of one shape whose names another has.
func (m *Evaluator) intersection(of, by *shape) *choice {
	slot := &m.choiceCache[(of.id*31+by.id)%uint32(len(m.choiceCache))]
	if c := *slot; c != nil && c.of == of && c.by == by {
		return c
	}
	c := &choice{of: of, by: by}
	m.choose(c, func(s Sym) bool { return by.find(s) >= 0 })
	*slot = c
	return c
}

// removal plans the attributes of a shape without some names, which are sorted.
func (m *Evaluator) removal(of *shape, drop []Sym) *choice {
	h := of.id
	for _, s := range drop {
		h = h*31 + uint32(s)
	}
	slot := &m.choiceCache[h%uint32(len(m.choiceCache))]
	if c := *slot; c != nil && c.of == of && c.by == nil && slices.Equal(c.drop, drop) {
		return c
	}
	c := &choice{of: of, drop: drop}
	m.choose(c, func(s Sym) bool {
		_, dropped := slices.BinarySearch(drop, s)
		return !dropped
	})
	*slot = c
	return c
}

func (m *Evaluator) choose(c *choice, keep func(Sym) bool) {
	var syms []Sym
	var pos []syntax.Pos
	for i, s := range c.of.syms {
		if !keep(s) {
			continue
		}
		syms = append(syms, s)
		c.from = append(c.from, int32(i))
		if c.of.pos != nil {
			pos = append(pos, c.of.pos[i])
		}
	}
	c.result = m.shapeOf(syms, pos)
}

// chosen makes a set by a choice.
func (m *Evaluator) chosen(c *choice, a *Attrs) Value {
	out, vals := m.newAttrs(c.result)
	for i, k := range c.from {
		vals[i] = *a.slotAt(int(k))
	}
	return attrsValue(out)
}
