package eval

// This file compiles sets, bindings and selections.

import (
	"slices"

	"nixops4/eval/syntax"
)

// fill compiles the bindings of a let or recursive set to a function that stores them in their slots. copied says
// that they will be copied to a set.
func (c *compiler) fill(e *syntax.Attrs, copied bool) func(m *Evaluator, f *frame) {
	base := e.Frame.Base
	ops := c.bindings(e, base, len(e.Attrs))
	froms := c.froms(e)
	switch {
	case copied:
		return func(m *Evaluator, f *frame) {
			from := makeFroms(m, f, froms)
			for i := range ops {
				*f.slot(base + i) = makeBinding(m, &ops[i], f, from)
			}
		}
	case froms == nil:
		return func(m *Evaluator, f *frame) {
			for i := range ops {
				*f.slot(base + i) = ops[i].place(m, f)
			}
		}
	}
	return func(m *Evaluator, f *frame) {
		from := makeFroms(m, f, froms)
		for i := range ops {
			if o := &ops[i]; o.depth == inherited {
				*f.slot(base + i) = m.suspension(o.id, from)
			} else {
				*f.slot(base + i) = o.place(m, f)
			}
		}
	}
}

// bindings compiles the values of attributes. Those of "inherit (x) name" run in the frame that makeFroms
// makes; all others in the frame at hand, of which size slots from base on are being filled.
func (c *compiler) bindings(e *syntax.Attrs, base, size int) []operand {
	ops := make([]operand, len(e.Attrs))
	overridden := overridesOf(e) >= 0
	for i := range e.Attrs {
		a := &e.Attrs[i]
		c.m.Sym(a.Name)
		if a.Kind == syntax.InheritFrom {
			ops[i] = c.suspended(c.selectFrom(a))
			ops[i].depth = inherited
		} else {
			// Slots before the one that is being filled can be read, unless they are overridden later.
			free := i
			if overridden {
				free = 0
			}
			ops[i] = c.bound(a.Value, base+free, size-free)
		}
	}
	return ops
}

// inherited marks, in the depth of an operand, one that runs in the frame of makeFroms.
const inherited = -1

func (c *compiler) froms(e *syntax.Attrs) []operand {
	if len(e.Froms) == 0 {
		return nil
	}
	out := make([]operand, len(e.Froms))
	for i, x := range e.Froms {
		// A variable here may be a slot that is being filled, so it is always suspended.
		out[i] = c.suspended(c.code(x))
	}
	return out
}

// makeFroms makes a frame with the x of every "inherit (x) …", so that each is evaluated once.
func makeFroms(m *Evaluator, f *frame, froms []operand) *frame {
	if froms == nil {
		return nil
	}
	from := m.innerFrame(f, len(froms))
	for i := range froms {
		*from.slot(i) = froms[i].place(m, f)
	}
	return from
}

func makeBinding(m *Evaluator, o *operand, f, from *frame) Value {
	if o.depth == inherited {
		return thunkValue(m.newThunk(o.id, from))
	}
	return o.make(m, f)
}

// selectFrom is the value of a name in inherit (x) name.
func (c *compiler) selectFrom(a *syntax.Attr) code {
	sel := &selector{name: c.m.Sym(a.Name), pos: a.At, text: a.Name}
	slot, pos := a.From, a.At
	return func(m *Evaluator, f *frame) (Value, *Error) {
		v, err := m.forceSlotAt(f.slot(slot), pos)
		if err != nil {
			return Value{}, err
		}
		return sel.from(m, v)
	}
}

func (m *Evaluator) forceSlotAt(p *Value, pos syntax.Pos) (Value, *Error) {
	v, err := m.ForceSlot(p)
	if err != nil {
		return Value{}, placeRecursion(err, pos)
	}
	return v, nil
}

// attrs compiles a set.
func (c *compiler) attrs(e *syntax.Attrs) code {
	if len(e.Attrs) == 0 && len(e.Dynamic) == 0 {
		return constant(attrsValue(emptyAttrs))
	}
	var build func(m *Evaluator, f *frame) (*Attrs, *Error)
	if e.Rec {
		build = c.recursive(e)
	} else {
		build = c.plain(e)
	}
	if len(e.Dynamic) == 0 {
		return func(m *Evaluator, f *frame) (Value, *Error) {
			a, err := build(m, f)
			return attrsValue(a), err
		}
	}
	dynamic := c.dynamicAttrs(e)
	inner := e.Rec && !e.Frame.Shared
	size := e.Frame.Size
	return func(m *Evaluator, f *frame) (Value, *Error) {
		if inner {
			f = m.innerFrame(f, size)
		}
		a, err := build(m, f)
		if err != nil {
			return Value{}, err
		}
		return dynamic(m, f, a)
	}
}

// staticShape is the shape of the static attributes of a set, and for each of its names the index in e.Attrs.
func (c *compiler) staticShape(e *syntax.Attrs) (*shape, []int) {
	from := make([]int, len(e.Attrs))
	syms := make([]Sym, len(e.Attrs))
	for i := range e.Attrs {
		from[i] = i
		syms[i] = c.m.Sym(e.Attrs[i].Name)
	}
	slices.SortFunc(from, func(a, b int) int { return int(syms[a]) - int(syms[b]) })
	sorted := make([]Sym, len(from))
	pos := make([]syntax.Pos, len(from))
	for i, k := range from {
		sorted[i], pos[i] = syms[k], e.Attrs[k].At
	}
	s := c.m.newShape(sorted, pos)
	if len(sorted) > 0 {
		s.made = e.At
	}
	return s, from
}

func (c *compiler) plain(e *syntax.Attrs) func(m *Evaluator, f *frame) (*Attrs, *Error) {
	unordered := c.bindings(e, 0, 0)
	shape, from := c.staticShape(e)
	ops := make([]operand, len(from))
	for i, k := range from {
		ops[i] = unordered[k]
	}
	froms := c.froms(e)
	if froms == nil {
		return func(m *Evaluator, f *frame) (*Attrs, *Error) {
			a, vals := m.newAttrs(shape)
			for i := range ops {
				vals[i] = ops[i].make(m, f)
			}
			return a, nil
		}
	}
	return func(m *Evaluator, f *frame) (*Attrs, *Error) {
		a, vals := m.newAttrs(shape)
		from := makeFroms(m, f, froms)
		for i := range ops {
			vals[i] = makeBinding(m, &ops[i], f, from)
		}
		return a, nil
	}
}

// recursive compiles a rec set. When the set has dynamic attributes or shares a frame, the frame at hand is
// already the one that its attributes live in.
func (c *compiler) recursive(e *syntax.Attrs) func(m *Evaluator, f *frame) (*Attrs, *Error) {
	base, size := e.Frame.Base, e.Frame.Size
	fill := c.fill(e, true)
	shape, from := c.staticShape(e)
	given := e.Frame.Shared || len(e.Dynamic) > 0
	overrides := overridesOf(e)
	return func(m *Evaluator, f *frame) (*Attrs, *Error) {
		if !given {
			f = m.innerFrame(f, size)
		}
		fill(m, f)
		a, vals := m.newAttrs(shape)
		for i, k := range from {
			vals[i] = *f.slot(base + k)
		}
		if overrides >= 0 {
			return m.override(a, f, base, from, *f.slot(base + overrides))
		}
		return a, nil
	}
}

// overridesOf is the index of the attribute __overrides, or -1.
func overridesOf(e *syntax.Attrs) int {
	return slices.IndexFunc(e.Attrs, func(a syntax.Attr) bool { return a.Name == "__overrides" })
}

// override applies the old __overrides attribute: its attributes replace those of the set, for the other
// attributes of the set too.
func (m *Evaluator) override(a *Attrs, f *frame, base int, from []int, overrides Value) (*Attrs, *Error) {
	by, err := m.forceAttrs(overrides, 0, "while evaluating the `__overrides` attribute")
	if err != nil {
		return nil, err
	}
	by = m.flat(by)
	for i, name := range by.shape.syms {
		if k := a.shape.find(name); k >= 0 {
			*f.slot(base + from[k]) = *by.slotAt(i)
		}
	}
	return m.update(a, by), nil
}

// dynamicAttrs compiles the ${e} = v; of a set to a function that adds them.
func (c *compiler) dynamicAttrs(e *syntax.Attrs) func(m *Evaluator, f *frame, a *Attrs) (Value, *Error) {
	type dynamic struct {
		name  code
		value operand
		pos   syntax.Pos
	}
	list := make([]dynamic, len(e.Dynamic))
	for i, d := range e.Dynamic {
		list[i] = dynamic{c.code(d.Name), c.operand(d.Value), d.At}
	}
	return func(m *Evaluator, f *frame, a *Attrs) (Value, *Error) {
		added := make([]Binding, 0, len(list))
		for i := range list {
			d := &list[i]
			v, err := d.name(m, f)
			if err != nil {
				return Value{}, err
			}
			if v.isNull() {
				continue
			}
			name, err := m.forceStringNoContext(v, d.pos, "while evaluating the name of a dynamic attribute")
			if err != nil {
				return Value{}, err
			}
			sym := m.Sym(name)
			if other, dup := definedAt(a, added, sym); dup {
				return Value{}, Errorf(Other, "dynamic attribute '%s' already defined at %s", name, m.showPos(other)).at(d.pos)
			}
			if d.value.lambda != nil {
				d.value.lambda.named(name)
			}
			added = append(added, Binding{Sym: sym, Value: d.value.make(m, f), Pos: d.pos})
		}
		return attrsValue(m.update(a, m.MakeAttrs(added).Attrs())), nil
	}
}

func definedAt(a *Attrs, added []Binding, name Sym) (syntax.Pos, bool) {
	for _, b := range added {
		if b.Sym == name {
			return b.Pos, true
		}
	}
	if a.slot(name) != nil {
		return a.posOf(name), true
	}
	return 0, false
}
