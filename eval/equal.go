package eval

// This file defines equality and order of values.

import (
	"strings"

	"nixops4/eval/syntax"
)

// equal compares two forced values.
func (m *Evaluator) equal(a, b Value, pos syntax.Pos) (bool, *Error) {
	ka, kb := a.Kind(), b.Kind()
	if ka != kb {
		switch {
		case ka == KindInt && kb == KindFloat:
			return float64(a.IntVal()) == b.FloatVal(), nil
		case ka == KindFloat && kb == KindInt:
			return a.FloatVal() == float64(b.IntVal()), nil
		}
		return false, nil
	}
	switch ka {
	case KindInt:
		return a.IntVal() == b.IntVal(), nil
	case KindFloat:
		return a.FloatVal() == b.FloatVal(), nil
	case KindBool:
		return a.BoolVal() == b.BoolVal(), nil
	case KindNull:
		return true, nil
	case KindString, KindPath:
		return a.Text() == b.Text(), nil
	case KindList:
		return m.equalLists(a.Elems(), b.Elems(), pos)
	case KindAttrs:
		return m.equalAttrs(a.Attrs(), b.Attrs(), pos)
	}
	return false, nil // functions are not comparable
}

// equalSlots compares two elements or attributes. The same object is equal to itself whatever it is, which
// makes sets that contain functions equal to themselves, as in Nix.
func (m *Evaluator) equalSlots(p, q *Value, pos syntax.Pos) (bool, *Error) {
	x, y := settled(p), settled(q)
	if x.same(y) && x.kind() != KindThunk && x.kind() != KindFloat {
		return true, nil
	}
	if m.depth >= m.maxDepth {
		return false, m.tooDeep().at(pos)
	}
	if err := m.tick(); err != nil {
		return false, err
	}
	m.depth++
	defer func() { m.depth-- }()
	a, err := m.ForceSlot(p)
	if err != nil {
		return false, placeRecursion(err, pos)
	}
	b, err := m.ForceSlot(q)
	if err != nil {
		return false, placeRecursion(err, pos)
	}
	if x.same(y) {
		return true, nil
	}
	return m.equal(a, b, pos)
}

func (m *Evaluator) equalLists(a, b []Value, pos syntax.Pos) (bool, *Error) {
	if len(a) != len(b) {
		return false, nil
	}
	if err := m.ticks(len(a)); err != nil {
		return false, err
	}
	for i := range a {
		if eq, err := m.equalSlots(&a[i], &b[i], pos); err != nil || !eq {
			return false, err
		}
	}
	return true, nil
}

func (m *Evaluator) equalAttrs(a, b *Attrs, pos syntax.Pos) (bool, *Error) {
	if eq, ok, err := m.equalDerivations(a, b, pos); ok || err != nil {
		return eq, err
	}
	a, b = m.flat(a), m.flat(b)
	if len(a.shape.syms) != len(b.shape.syms) {
		return false, nil
	}
	if a.shape != b.shape {
		for i, s := range a.shape.syms {
			if b.shape.syms[i] != s {
				return m.differAt(a, b, i, pos)
			}
		}
	}
	for i := range a.shape.syms {
		if eq, err := m.equalSlots(a.slotAt(i), b.slotAt(i), pos); err != nil || !eq {
			return false, err
		}
	}
	return true, nil
}

// differAt compares the attributes before the first name that only one set has: an error in one of them comes
// before the verdict.
func (m *Evaluator) differAt(a, b *Attrs, n int, pos syntax.Pos) (bool, *Error) {
	for i := 0; i < n; i++ {
		if eq, err := m.equalSlots(a.slotAt(i), b.slotAt(i), pos); err != nil || !eq {
			return false, err
		}
	}
	return false, nil
}

// equalDerivations compares two derivations by their output path; ok is false when they are not both ones.
func (m *Evaluator) equalDerivations(a, b *Attrs, pos syntax.Pos) (eq, ok bool, err *Error) {
	for _, x := range [2]*Attrs{a, b} {
		is, err := m.isDerivation(x)
		if err != nil || !is {
			return false, false, err
		}
	}
	p, q := a.slot(m.names.outPath), b.slot(m.names.outPath)
	if p == nil || q == nil {
		return false, false, nil
	}
	eq, err = m.equalSlots(p, q, pos)
	return eq, true, err
}

// isDerivation says that the set has type = "derivation".
func (m *Evaluator) isDerivation(a *Attrs) (bool, *Error) {
	p := a.slot(m.names.typ)
	if p == nil {
		return false, nil
	}
	v, err := m.ForceSlot(p)
	if err != nil {
		return false, err
	}
	return v.isString() && v.Text() == "derivation", nil
}

// less orders two forced values; why is a line for the trace.
func (m *Evaluator) less(a, b Value, pos syntax.Pos, why string) (bool, *Error) {
	less, err := m.lessForced(a, b, pos, why)
	if err != nil && why != "" {
		err.trace(0, why)
	}
	return less, err
}

func (m *Evaluator) lessForced(a, b Value, pos syntax.Pos, why string) (bool, *Error) {
	ka, kb := a.Kind(), b.Kind()
	if ka != kb {
		switch {
		case ka == KindFloat && kb == KindInt:
			return a.FloatVal() < float64(b.IntVal()), nil
		case ka == KindInt && kb == KindFloat:
			return float64(a.IntVal()) < b.FloatVal(), nil
		}
		return false, Errorf(Type, "cannot compare %s with %s; values are %s and %s",
			showType(a), showType(b), m.Print(a, errorPrint), m.Print(b, errorPrint))
	}
	switch ka {
	case KindInt:
		return a.IntVal() < b.IntVal(), nil
	case KindFloat:
		return a.FloatVal() < b.FloatVal(), nil
	case KindString, KindPath:
		return strings.Compare(a.Text(), b.Text()) < 0, nil
	case KindList:
		return m.lessList(a.Elems(), b.Elems(), pos, why)
	}
	return false, Errorf(Type, "cannot compare %s with %s; values of that type are incomparable (values are %s and %s)",
		showType(a), showType(b), m.Print(a, errorPrint), m.Print(b, errorPrint))
}

func (m *Evaluator) lessList(a, b []Value, pos syntax.Pos, why string) (bool, *Error) {
	for i := 0; ; i++ {
		switch {
		case i == len(b):
			return false, nil
		case i == len(a):
			return true, nil
		}
		if err := m.tick(); err != nil {
			return false, err
		}
		eq, err := m.equalSlots(&a[i], &b[i], pos)
		if err != nil {
			return false, err
		}
		if eq {
			continue
		}
		if m.depth >= m.maxDepth {
			return false, m.tooDeep().at(pos)
		}
		m.depth++
		less, err := m.less(settled(&a[i]), settled(&b[i]), pos, "while comparing two list elements")
		m.depth--
		return less, err
	}
}
