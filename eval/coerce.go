package eval

// This file defines the conversion of values to strings.

import (
	"path"
	"strconv"
	"strings"

	"nixops4/eval/syntax"
)

// coercion says what is converted and how.
type coercion uint8

const (
	// coerceMore accepts numbers, booleans, null and lists, as toString does.
	coerceMore coercion = 1 << iota
	// coerceCopy copies paths to the store and gives their store path.
	coerceCopy

	coerceInterpolation = coerceCopy
	coercePath          = coercion(0)
)

// coerce converts a value to a string and adds what it refers to to context.
func (m *Evaluator) coerce(v Value, pos syntax.Pos, mode coercion, why string, context **Context) (string, *Error) {
	if v.kind() == KindString {
		return v.Text(), nil
	}
	if m.depth >= m.maxDepth {
		return "", m.tooDeep().at(pos)
	}
	m.depth++
	defer func() { m.depth-- }()
	v, err := m.Force(v)
	if err != nil {
		return "", placeRecursion(err, pos)
	}
	switch v.kind() {
	case KindString, kindTaggedString:
		*context = (*context).Union(v.Context())
		return v.Text(), nil
	case KindPath:
		if mode&coerceCopy != 0 {
			return m.copyToStore(v.Text(), context)
		}
		return v.Text(), nil
	case KindAttrs:
		return m.coerceAttrs(v, pos, mode, why, context)
	}
	if mode&coerceMore != 0 {
		if s, ok := coerceScalar(v); ok {
			return s, nil
		}
		if v.isList() {
			return m.coerceList(v.Elems(), pos, mode, why, context)
		}
	}
	return "", m.notCoercible(v).trace(pos, why)
}

func (m *Evaluator) notCoercible(v Value) *Error {
	return Errorf(Type, "cannot coerce %s to a string: %s", showType(v), m.Print(v, errorPrint))
}

func (m *Evaluator) coerceAttrs(v Value, pos syntax.Pos, mode coercion, why string, context **Context) (string, *Error) {
	a := v.Attrs()
	if p := a.slot(m.names.toString); p != nil {
		r, err := m.callN(*p, []Value{v}, pos)
		if err != nil {
			return "", err
		}
		return m.coerce(r, pos, mode, "while evaluating the result of the `__toString` attribute", context)
	}
	p := a.slot(m.names.outPath)
	if p == nil {
		return "", m.notCoercible(v).trace(pos, why)
	}
	return m.coerce(*p, pos, mode, why, context)
}

func coerceScalar(v Value) (string, bool) {
	switch v.kind() {
	case KindBool:
		if v.BoolVal() {
			return "1", true
		}
		return "", true
	case KindInt:
		return strconv.FormatInt(v.IntVal(), 10), true
	case KindFloat:
		if s := notFinite(v.FloatVal()); s != "" {
			return s, true
		}
		return strconv.FormatFloat(v.FloatVal(), 'f', 6, 64), true
	case KindNull:
		return "", true
	}
	return "", false
}

func (m *Evaluator) coerceList(elems []Value, pos syntax.Pos, mode coercion, why string, context **Context) (string, *Error) {
	var b strings.Builder
	for i := range elems {
		if err := m.tick(); err != nil {
			return "", err
		}
		s, err := m.coerce(elems[i], pos, mode, "while evaluating one element of the list", context)
		if err != nil {
			return "", err.trace(pos, why)
		}
		b.WriteString(s)
		if i == len(elems)-1 {
			break
		}
		// An empty list leaves no space behind it, but a list that contains one does.
		if e, _ := m.Force(elems[i]); !e.isList() || e.Len() > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String(), nil
}

// CoerceString converts a value as interpolation does.
func (m *Evaluator) CoerceString(v Value, why string) (Value, *Error) {
	var c *Context
	s, err := m.coerce(v, 0, coerceInterpolation, why, &c)
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(s, c), nil
}

// coerceToPath converts a value to an absolute path and adds what it refers to to context.
func (m *Evaluator) coerceToPath(v Value, pos syntax.Pos, why string, context **Context) (string, *Error) {
	v, err := m.Force(v)
	if err != nil {
		return "", placeRecursion(err, pos).trace(pos, why)
	}
	if v.isPath() {
		return v.Text(), nil
	}
	if v.isAttrs() {
		if p := v.Attrs().slot(m.names.toString); p != nil {
			if m.depth >= m.maxDepth {
				return "", m.tooDeep().at(pos)
			}
			m.depth++
			defer func() { m.depth-- }()
			r, err := m.callN(*p, []Value{v}, pos)
			if err != nil {
				return "", err
			}
			return m.coerceToPath(r, pos, why, context)
		}
	}
	s, err := m.coerce(v, pos, coercePath, why, context)
	if err != nil {
		return "", err
	}
	if (*context).Secret() {
		// The name of a file shows in errors.
		return "", secretRefused(*context).trace(pos, why)
	}
	if s == "" || s[0] != '/' {
		return "", Errorf(Other, "string '%s' doesn't represent an absolute path", s).trace(pos, why)
	}
	return path.Clean(s), nil
}
