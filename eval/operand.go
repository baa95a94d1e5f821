package eval

// This file defines operands: expressions in a place that does not need their value yet, such as an
// argument or an attribute. Most of them need no thunk.

import "nixops4/eval/syntax"

type operandKind uint8

const (
	opThunk  operandKind = iota // suspend code
	opConst                     // a value known when compiling
	opSlot0                     // what is in a slot of the frame at hand
	opSlot                      // what is in a slot of an outer frame
	opLambda                    // a function
	opSelect                    // an attribute: taken at once when that needs no evaluation, else suspended
	opInt                       // a sum or difference: computed at once when both sides are integers already, else suspended
)

// An operand makes a value, suspended or not, for an expression in a frame.
type operand struct {
	kind        operandKind
	depth, slot int32
	value       Value
	code        code
	id          codeID // of code
	lambda      *lambda
	sel         *slotSelect
	ints        *intOperand
}

func (o *operand) make(m *Evaluator, f *frame) Value {
	switch o.kind {
	case opConst:
		return o.value
	case opSlot0:
		return settled(f.slot(int(o.slot)))
	case opSlot:
		return settled(f.up(int(o.depth)).slot(int(o.slot)))
	case opLambda:
		return o.lambda.lazily(f)
	case opSelect:
		if v, ok := o.sel.peek(f); ok {
			return v
		}
	case opInt:
		if v, ok := o.ints.compute(f); ok {
			return v
		}
	}
	return thunkValue(m.newThunk(o.id, f))
}

// place is make for a slot of a frame, which may hold a suspended code itself.
func (o *operand) place(m *Evaluator, f *frame) Value {
	switch {
	case o.kind == opThunk:
		return m.suspension(o.id, f)
	case o.kind == opSelect:
		if v, ok := o.sel.peek(f); ok {
			return v
		}
		return m.suspension(o.id, f)
	case o.kind == opInt:
		if v, ok := o.ints.compute(f); ok {
			return v
		}
		return m.suspension(o.id, f)
	}
	return o.make(m, f)
}

// suspends says that make may make a thunk.
func (o *operand) suspends() bool {
	return o.kind == opThunk || o.kind == opSelect || o.kind == opInt
}

// settled reads a slot to copy what is in it: a finished thunk is replaced by its value, and a slot that is a thunk
// by itself becomes a shared one.
func settled(p *Value) Value {
	v := *p
	if !v.lazy() {
		return v
	}
	if v.isThunk() {
		if w := v.thunk().value; !w.pending() {
			*p = w
			return w
		}
		return v
	}
	if v.isLambda() {
		return v.knownLambda()
	}
	share(p)
	return *p
}

// known reads a slot without changing anything; what is not known yet is a thunk or pending.
func known(p *Value) Value {
	v := *p
	if v.isThunk() {
		if w := v.thunk().value; !w.pending() {
			return w
		}
	}
	return v
}

// operand compiles an expression for a lazy place.
func (c *compiler) operand(e syntax.Expr) operand {
	switch e := e.(type) {
	case *syntax.Int, *syntax.Float, *syntax.Str, *syntax.Path:
		return operand{kind: opConst, value: c.literal(e)}
	case *syntax.List:
		if len(e.Elems) == 0 {
			return operand{kind: opConst, value: emptyList}
		}
	case *syntax.Attrs:
		if len(e.Attrs) == 0 && len(e.Dynamic) == 0 {
			return operand{kind: opConst, value: attrsValue(emptyAttrs)}
		}
	case *syntax.Var:
		switch b := e.Binding; {
		case b.Kind == syntax.Global:
			return operand{kind: opConst, value: c.m.globalValues[b.Slot]}
		case b.Kind == syntax.Local && b.Depth == 0:
			return operand{kind: opSlot0, slot: int32(b.Slot)}
		case b.Kind == syntax.Local:
			return operand{kind: opSlot, depth: int32(b.Depth), slot: int32(b.Slot)}
		}
	case *syntax.Lambda:
		if c.functions < maxFunctions {
			return operand{kind: opLambda, lambda: c.lambda(e)}
		}
		l := c.lambda(e)
		o := c.suspended(l.function)
		o.lambda = l
		return o
	case *syntax.Select:
		if s := c.slotSelect(e); s != nil {
			o := c.suspended(c.code(e))
			o.kind, o.sel = opSelect, s
			return o
		}
	case *syntax.Concat:
		if !e.ForceString && len(e.Parts) == 2 {
			if ints := c.intOperand(e.Parts[0], e.Parts[1], addInt); ints != nil {
				o := c.suspended(c.code(e))
				o.kind, o.ints = opInt, ints
				return o
			}
		}
	case *syntax.Binary:
		if e.Op == syntax.Sub && !c.shadowed(e.Fn) {
			if ints := c.intOperand(e.L, e.R, subInt); ints != nil {
				o := c.suspended(c.code(e))
				o.kind, o.ints = opInt, ints
				return o
			}
		}
	}
	return c.suspended(c.code(e))
}

// suspended is an operand that always suspends a code.
func (c *compiler) suspended(run code) operand {
	return operand{kind: opThunk, code: run, id: c.m.register(run)}
}

// bound is operand for a value that is stored in slots from base to base+size of the frame at hand: another
// slot of these may not be filled yet, so it must not be read now.
func (c *compiler) bound(e syntax.Expr, base, size int) operand {
	o := c.operand(e)
	var slot, depth int
	switch o.kind {
	case opInt:
		return operand{kind: opThunk, code: o.code, id: o.id}
	case opSlot0, opSlot:
		slot, depth = int(o.slot), int(o.depth)
	case opSelect:
		slot, depth = o.sel.slot, o.sel.depth
	default:
		return o
	}
	if depth == 0 && slot >= base && slot < base+size {
		return c.suspended(c.code(e))
	}
	return o
}

func (c *compiler) operands(exprs []syntax.Expr) []operand {
	out := make([]operand, len(exprs))
	for i, e := range exprs {
		out[i] = c.operand(e)
	}
	return out
}

// A slotSelect is X.name where X is a variable: the most common argument of all.
type slotSelect struct {
	depth, slot int
	name        Sym
	shape       *shape // where the name was found last
	index       int
}

func (c *compiler) slotSelect(e *syntax.Select) *slotSelect {
	v, ok := e.X.(*syntax.Var)
	if !ok || v.Binding.Kind != syntax.Local || e.Default != nil || len(e.Path) != 1 || e.Path[0].Dyn != nil {
		return nil
	}
	return &slotSelect{depth: v.Binding.Depth, slot: v.Binding.Slot, name: c.m.Sym(e.Path[0].Name)}
}

// peek takes the attribute if the set is there already and has it. It evaluates nothing. A function is not taken:
// each place that selects it has one of its own, which is equal to itself only.
func (s *slotSelect) peek(f *frame) (Value, bool) {
	v := known(f.up(s.depth).slot(s.slot))
	if !v.isAttrs() {
		return Value{}, false
	}
	p := s.find(v.Attrs())
	if p == nil {
		return Value{}, false
	}
	v = settled(p)
	return v, !v.isFunction()
}

func (s *slotSelect) find(a *Attrs) *Value {
	if a.shape == s.shape {
		return a.slotAt(s.index)
	}
	if i := a.shape.find(s.name); i >= 0 {
		s.shape, s.index = a.shape, i
		return a.slotAt(i)
	}
	return a.slot(s.name)
}

// An intOperand is a + b or a - b where each side is a variable or a number: what loops are made of.
type intOperand struct {
	l, r operand
	op   func(a, b int64) (int64, bool)
}

func (c *compiler) intOperand(l, r syntax.Expr, op func(a, b int64) (int64, bool)) *intOperand {
	simple := func(e syntax.Expr) bool {
		switch e := e.(type) {
		case *syntax.Int:
			return true
		case *syntax.Var:
			return e.Binding.Kind == syntax.Local
		}
		return false
	}
	if !simple(l) || !simple(r) {
		return nil
	}
	if _, ok := l.(*syntax.Int); ok {
		if _, ok := r.(*syntax.Int); ok {
			return nil // rare, and stays suspended as in Nix
		}
	}
	return &intOperand{c.operand(l), c.operand(r), op}
}

func (o *intOperand) compute(f *frame) (Value, bool) {
	a := o.l.known(f)
	if !a.isInt() {
		return Value{}, false
	}
	b := o.r.known(f)
	if !b.isInt() {
		return Value{}, false
	}
	n, ok := o.op(a.IntVal(), b.IntVal())
	return Int(n), ok
}

// known is the value of a variable or literal as far as it is known.
func (o *operand) known(f *frame) Value {
	if o.kind == opConst {
		return o.value
	}
	return known(f.up(int(o.depth)).slot(int(o.slot)))
}
