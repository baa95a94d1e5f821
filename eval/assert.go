package eval

// This file explains a failed assertion of an equality: where the two values differ.

import (
	"fmt"

	"nixops4/eval/syntax"
)

// assertEqual compiles the explanation of an assert whose condition is a == b; nil for others. It evaluates the
// two operands again and compares them as [Evaluator.equal] does, step by step, and returns what it finds as an
// error. It returns nil when it finds no difference after all.
func (c *compiler) assertEqual(e *syntax.Assert) func(m *Evaluator, f *frame) *Error {
	eq, ok := e.Cond.(*syntax.Binary)
	if !ok || eq.Op != syntax.Eq {
		return nil
	}
	l, r, at, source := c.code(eq.L), c.code(eq.R), e.At, eq
	return func(m *Evaluator, f *frame) *Error {
		a, err := l(m, f)
		if err != nil {
			return traceAssertion(err, at, source)
		}
		b, err := r(m, f)
		if err != nil {
			return traceAssertion(err, at, source)
		}
		x := &explainer{m}
		return traceAssertion(x.forced(a, b), at, source)
	}
}

func traceAssertion(err *Error, at syntax.Pos, source syntax.Expr) *Error {
	if err != nil && (err.Kind == Assertion || err.Kind == Throw) {
		err.tracef(at, "while evaluating the condition of the assertion '%s'", syntax.String(source))
	}
	return err
}

// An explainer looks for the first difference between two values.
type explainer struct {
	m *Evaluator
}

// slots explains two elements or attributes.
func (x *explainer) slots(p, q *Value) *Error {
	m := x.m
	if m.depth >= m.maxDepth {
		return m.tooDeep()
	}
	m.depth++
	defer func() { m.depth-- }()
	before, after := settled(p), settled(q)
	a, err := m.ForceSlot(p)
	if err != nil {
		return err
	}
	b, err := m.ForceSlot(q)
	if err != nil {
		return err
	}
	if before.same(after) && before.kind() != KindFloat {
		return nil
	}
	return x.forced(a, b)
}

func (x *explainer) show(v Value) string { return x.m.Print(v, errorPrint) }

func (x *explainer) differ(format string, args ...any) *Error {
	return Errorf(Assertion, format, args...)
}

func (x *explainer) forced(a, b Value) *Error {
	ka, kb := a.Kind(), b.Kind()
	number := func(k Kind) bool { return k == KindInt || k == KindFloat }
	if eq, err := x.scalar(a, b); eq || err != nil {
		return err
	}
	switch {
	case number(ka) && number(kb) && ka != kb:
		return x.differ("%s with value '%s' is not equal to %s with value '%s'", showType(a), x.show(a), showType(b), x.show(b))
	case ka != kb:
		return x.differ("%s of value '%s' is not equal to %s of value '%s'", showType(a), x.show(a), showType(b), x.show(b))
	}
	switch ka {
	case KindInt, KindFloat:
		// Nix treats two numbers of any kind alike here.
		return x.differ("%s with value '%s' is not equal to %s with value '%s'", showType(a), x.show(a), showType(b), x.show(b))
	case KindBool:
		return x.differ("boolean '%s' is not equal to boolean '%s'", x.show(a), x.show(b))
	case KindString:
		return x.differ("string '%s' is not equal to string '%s'", x.show(a), x.show(b))
	case KindPath:
		return x.differ("path '%s' is not equal to path '%s'", x.show(a), x.show(b))
	case KindList:
		return x.lists(a, b)
	case KindAttrs:
		return x.attrs(a, b)
	}
	return x.differ("distinct functions and immediate comparisons of identical functions compare as unequal")
}

// scalar says that two values without members are equal.
func (x *explainer) scalar(a, b Value) (bool, *Error) {
	if k := a.Kind(); k == KindList || k == KindAttrs {
		return false, nil
	}
	return x.m.equal(a, b, 0)
}

func (x *explainer) lists(a, b Value) *Error {
	if a.Len() != b.Len() {
		return x.differ("list of size '%d' is not equal to list of size '%d', left hand side is '%s', right hand side is '%s'",
			a.Len(), b.Len(), x.show(a), x.show(b))
	}
	left, right := a.Elems(), b.Elems()
	for i := range left {
		if err := x.slots(&left[i], &right[i]); err != nil {
			return err.tracef(0, "while comparing list element %d", i)
		}
	}
	return nil
}

func (x *explainer) attrs(a, b Value) *Error {
	m := x.m
	left, right := m.flat(a.Attrs()), m.flat(b.Attrs())
	if done, err := x.derivations(left, right); done || err != nil {
		return err
	}
	if len(left.shape.syms) != len(right.shape.syms) {
		return x.differ("attribute names of attribute set '%s' differs from attribute set '%s'", x.show(a), x.show(b))
	}
	for i, name := range left.shape.syms {
		if other := right.shape.syms[i]; other != name {
			if right.shape.find(name) < 0 {
				return x.differ("attribute name '%s' is contained in '%s', but not in '%s'", attrName(m.Name(name)), x.show(a), x.show(b))
			}
			return x.differ("attribute name '%s' is missing in '%s', but is contained in '%s'", attrName(m.Name(other)), x.show(a), x.show(b))
		}
		if err := x.slots(left.slotAt(i), right.slotAt(i)); err != nil {
			if p := right.shape.at(i); p != 0 {
				err.trace(p, "where right hand side is")
			}
			if p := left.shape.at(i); p != 0 {
				err.trace(p, "where left hand side is")
			}
			return err.trace(0, fmt.Sprintf("while comparing attribute '%s'", attrName(m.Name(name))))
		}
	}
	return nil
}

// derivations compares two derivations by their output path; done is false when they are not both ones.
func (x *explainer) derivations(a, b *Attrs) (done bool, err *Error) {
	for _, d := range [2]*Attrs{a, b} {
		if is, err := x.m.isDerivation(d); err != nil || !is {
			return false, err
		}
	}
	p, q := a.slot(x.m.names.outPath), b.slot(x.m.names.outPath)
	if p == nil || q == nil {
		return false, nil
	}
	if err := x.slots(p, q); err != nil {
		return true, err.trace(0, "while comparing a derivation by its 'outPath' attribute")
	}
	return true, nil
}
