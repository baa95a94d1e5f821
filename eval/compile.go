package eval

// This file defines the compiler: from a resolved tree to codes, one function per kind of node.

import (
	"slices"

	"nixops4/eval/resolve"
	"nixops4/eval/syntax"
)

type compiler struct {
	m         *Evaluator
	functions int // in the function that is being compiled, so far
}

// code compiles an expression for a place that needs its value.
func (c *compiler) code(e syntax.Expr) code {
	if c.m.interrupted() {
		return nil // see compileSource
	}
	switch e := e.(type) {
	case *syntax.Int, *syntax.Float, *syntax.Str, *syntax.Path:
		return constant(c.literal(e))
	case *syntax.Var:
		return c.variable(e)
	case *syntax.Concat:
		return c.concat(e)
	case *syntax.Select:
		return c.selection(e)
	case *syntax.HasAttr:
		return c.hasAttr(e)
	case *syntax.Attrs:
		return c.attrs(e)
	case *syntax.List:
		return c.list(e)
	case *syntax.Lambda:
		return c.lambda(e).function
	case *syntax.Call:
		return c.call(e)
	case *syntax.Let:
		return c.let(e)
	case *syntax.With:
		return c.with(e)
	case *syntax.If:
		return c.conditional(e)
	case *syntax.Assert:
		return c.assert(e)
	case *syntax.Not:
		return boolean(c.not(e))
	case *syntax.Binary:
		return c.binary(e)
	case *syntax.CurPos:
		pos := e.At
		return func(m *Evaluator, _ *frame) (Value, *Error) { return m.posValue(pos), nil }
	}
	panic("eval: unknown node")
}

func constant(v Value) code {
	return func(*Evaluator, *frame) (Value, *Error) { return v, nil }
}

func (c *compiler) literal(e syntax.Expr) Value {
	switch e := e.(type) {
	case *syntax.Int:
		return Int(e.Val)
	case *syntax.Float:
		return Float(e.Val)
	case *syntax.Str:
		return String(e.Val)
	case *syntax.Path:
		return Path(e.Val)
	}
	panic("eval: not a literal")
}

func (c *compiler) variable(e *syntax.Var) code {
	pos := e.At
	switch b := e.Binding; b.Kind {
	case syntax.Global:
		return constant(c.m.globalValues[b.Slot])
	case syntax.Dynamic:
		return c.dynamic(e)
	case syntax.Local:
		slot, depth := b.Slot, b.Depth
		switch depth {
		case 0:
			return func(m *Evaluator, f *frame) (Value, *Error) {
				p := f.slot(slot)
				if v := *p; !v.lazy() {
					return v, nil
				}
				return m.forceVar(p, pos)
			}
		case 1:
			return func(m *Evaluator, f *frame) (Value, *Error) {
				p := (*frame)(f.outer.ref).slot(slot)
				if v := *p; !v.lazy() {
					return v, nil
				}
				return m.forceVar(p, pos)
			}
		}
		return func(m *Evaluator, f *frame) (Value, *Error) {
			p := f.up(depth).slot(slot)
			if v := *p; !v.lazy() {
				return v, nil
			}
			return m.forceVar(p, pos)
		}
	}
	panic("eval: unresolved variable " + e.Name)
}

// forceVar forces a slot that holds a thunk. The place of an infinite recursion is the innermost variable
// or attribute that asked.
func (m *Evaluator) forceVar(p *Value, pos syntax.Pos) (Value, *Error) {
	v, err := m.ForceSlot(p)
	if err != nil {
		return Value{}, placeRecursion(err, pos)
	}
	return v, nil
}

// placeRecursion tells an error where the value was demanded that it is about, when that is what it waits for:
// infinite recursion, and calls that were suspended, have the place where somebody first forced them.
func placeRecursion(err *Error, pos syntax.Pos) *Error {
	if err.site == len(err.Trace)+1 {
		err.placeSite(pos)
	}
	return err
}

// dynamic looks a name up in the enclosing withs.
func (c *compiler) dynamic(e *syntax.Var) code {
	name, pos, withs := c.m.Sym(e.Name), e.At, e.Binding.Withs
	return func(m *Evaluator, f *frame) (Value, *Error) {
		for _, w := range withs {
			p := f.up(w.Depth).slot(w.Index)
			v, err := m.forceSlotAt(p, w.At)
			if err != nil {
				return Value{}, err
			}
			if !v.isAttrs() {
				return Value{}, m.expected("a set", v).trace(w.At, "while evaluating the first subexpression of a with expression")
			}
			if s := v.Attrs().slot(name); s != nil {
				v, err := m.ForceSlot(s)
				if err != nil {
					return Value{}, placeRecursion(err, pos)
				}
				return v, nil
			}
		}
		return Value{}, Errorf(Undefined, "undefined variable '%s'", attrName(m.Name(name))).at(pos)
	}
}

func (c *compiler) lambda(e *syntax.Lambda) *lambda {
	chain := resolve.CurriedParams(e)
	l := &lambda{arity: len(chain), size: e.Frame.Size}
	for _, p := range chain {
		l.params = append(l.params, param{pos: p.At, named: p.Named, name: p.Name, arg: p.Arg})
	}
	l.bits = uint64(len(c.m.lambdas))<<16 | uint64(min(c.functions, maxFunctions-1))<<8
	c.m.lambdas = append(c.m.lambdas, l)
	around := c.functions
	c.functions = 0
	last := chain[len(chain)-1]
	if last.Formals != nil {
		l.formals = c.formals(last, len(chain)-1)
	}
	l.body = c.code(last.Body)
	c.functions = around + 1
	for _, p := range slices.Backward(chain) {
		if p.Arg != "" {
			c.m.Sym(p.Arg) // names are numbered as Nix does, which reads the name after the body
		}
	}
	l.enterID = c.m.register(func(m *Evaluator, f *frame) (Value, *Error) { return atSite(m.run(l, f, 0)) })
	c.m.entered[l.enterID] = l
	return l
}

func (c *compiler) formals(e *syntax.Lambda, first int) *formals {
	fs := &formals{first: first, whole: -1, ellipsis: e.Formals.Ellipsis}
	n := len(e.Formals.List)
	size := n
	if e.Arg != "" {
		fs.whole = first + n
		size++
	}
	for i := range e.Formals.List {
		p := &e.Formals.List[i]
		fm := formal{pos: p.At, required: p.Default == nil}
		if p.Default != nil {
			fm.def = c.bound(p.Default, first+i, size-i)
		}
		fm.name = c.m.Sym(p.Name)
		fs.list = append(fs.list, fm)
	}
	return fs
}

func (c *compiler) let(e *syntax.Let) code {
	inner := e.Binds.Frame
	fill := c.fill(e.Binds, false)
	body := c.code(e.Body)
	if inner.Shared {
		return func(m *Evaluator, f *frame) (Value, *Error) {
			fill(m, f)
			return body(m, f)
		}
	}
	size := inner.Size
	return func(m *Evaluator, f *frame) (Value, *Error) {
		f = m.innerFrame(f, size)
		fill(m, f)
		return body(m, f)
	}
}

func (c *compiler) with(e *syntax.With) code {
	scope, body := c.operand(e.Scope), c.code(e.Body)
	slot, size := e.Frame.Base, e.Frame.Size
	if e.Frame.Shared {
		return func(m *Evaluator, f *frame) (Value, *Error) {
			*f.slot(slot) = scope.place(m, f)
			return body(m, f)
		}
	}
	return func(m *Evaluator, f *frame) (Value, *Error) {
		inner := m.innerFrame(f, size)
		*inner.slot(0) = scope.place(m, f)
		return body(m, inner)
	}
}

func (c *compiler) conditional(e *syntax.If) code {
	cond, at := c.condition(e.Cond, e.At), e.At
	then, els := c.code(e.Then), c.code(e.Else)
	return func(m *Evaluator, f *frame) (Value, *Error) {
		b, err := cond(m, f)
		if err != nil {
			return Value{}, err.trace(at, "while evaluating a branch condition")
		}
		if b {
			return then(m, f)
		}
		return els(m, f)
	}
}

func (c *compiler) assert(e *syntax.Assert) code {
	cond := c.condition(e.Cond, e.At)
	body, at, source := c.code(e.Body), e.At, e.Cond
	explain := c.assertEqual(e)
	return func(m *Evaluator, f *frame) (Value, *Error) {
		b, err := cond(m, f)
		if err != nil {
			return Value{}, err.trace(at, "in the condition of the assert statement")
		}
		if !b {
			if explain != nil {
				if err := explain(m, f); err != nil {
					return Value{}, err
				}
			}
			return Value{}, Errorf(Assertion, "assertion '%s' failed", syntax.String(source)).at(at)
		}
		return body(m, f)
	}
}

func (c *compiler) list(e *syntax.List) code {
	if len(e.Elems) == 0 {
		return constant(emptyList)
	}
	elems := c.operands(e.Elems)
	return func(m *Evaluator, f *frame) (Value, *Error) {
		vals := m.values(len(elems))
		for i := range elems {
			vals[i] = elems[i].make(m, f)
		}
		return List(vals), nil
	}
}
