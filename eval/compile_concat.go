package eval

// This file compiles strings with interpolation, paths with interpolation, and the operator +.

import (
	"path"
	"strings"

	"nixops4/eval/syntax"
)

// A segment is one part of a concatenation.
type segment struct {
	code code
	text string // a literal string, when code is nil
	pos  syntax.Pos
}

func (c *compiler) concat(e *syntax.Concat) code {
	parts := make([]segment, len(e.Parts))
	for i, p := range e.Parts {
		parts[i].pos = e.PartAt[i]
		if s, ok := p.(*syntax.Str); ok && e.ForceString {
			parts[i].text = s.Val
		} else {
			parts[i].code = c.code(p)
		}
	}
	if e.ForceString {
		return func(m *Evaluator, f *frame) (Value, *Error) { return m.interpolate(f, parts) }
	}
	at := e.At
	if len(parts) == 2 {
		return c.plus(parts, at)
	}
	return func(m *Evaluator, f *frame) (Value, *Error) {
		v, err := parts[0].code(m, f)
		if err != nil {
			return Value{}, err
		}
		return m.concatFrom(f, v, parts, at)
	}
}

// plus is the operator +, with a short way for integers and plain strings.
func (c *compiler) plus(parts []segment, at syntax.Pos) code {
	l, r := parts[0].code, parts[1].code
	return func(m *Evaluator, f *frame) (Value, *Error) {
		a, err := l(m, f)
		if err != nil {
			return Value{}, err
		}
		if !a.isInt() && a.kind() != KindString {
			return m.concatFrom(f, a, parts, at)
		}
		b, err := r(m, f)
		if err != nil {
			return Value{}, err
		}
		if a.isInt() && b.isInt() {
			if n, ok := addInt(a.IntVal(), b.IntVal()); ok {
				return Int(n), nil
			}
		}
		if a.kind() == KindString && b.kind() == KindString {
			if err := m.roomFor(len(a.Text()) + len(b.Text())); err != nil {
				return Value{}, err.at(at)
			}
			return String(a.Text() + b.Text()), nil
		}
		return m.concatValues([]Value{a, b}, parts, at)
	}
}

func (m *Evaluator) concatFrom(f *frame, first Value, parts []segment, at syntax.Pos) (Value, *Error) {
	sum, err := newSum(m, first, parts[0].pos)
	if err != nil {
		return Value{}, err
	}
	for i := 1; i < len(parts); i++ {
		v, err := parts[i].code(m, f)
		if err != nil {
			return Value{}, err
		}
		if err := sum.add(v, parts[i].pos); err != nil {
			return Value{}, err
		}
	}
	return sum.value(at)
}

func (m *Evaluator) concatValues(vals []Value, parts []segment, at syntax.Pos) (Value, *Error) {
	sum, err := newSum(m, vals[0], parts[0].pos)
	if err != nil {
		return Value{}, err
	}
	for i, v := range vals[1:] {
		if err := sum.add(v, parts[i+1].pos); err != nil {
			return Value{}, err
		}
	}
	return sum.value(at)
}

// interpolate makes a string of all parts.
func (m *Evaluator) interpolate(f *frame, parts []segment) (Value, *Error) {
	var buf [8]string
	texts := buf[:0]
	var context *Context
	for i := range parts {
		p := &parts[i]
		if p.code == nil {
			texts = append(texts, p.text)
			continue
		}
		v, err := p.code(m, f)
		if err != nil {
			m.lookOn(f, parts[i+1:], err)
			return Value{}, err
		}
		if v.kind() == KindString {
			texts = append(texts, v.Text())
			continue
		}
		s, err := m.coerce(v, p.pos, coerceInterpolation, "while evaluating a path segment", &context)
		if err != nil {
			m.lookOn(f, parts[i+1:], err)
			return Value{}, err
		}
		texts = append(texts, s)
	}
	if len(texts) == 1 {
		return StringWithContext(texts[0], context), nil
	}
	return m.joined(texts, "", context)
}

// lookOn evaluates the parts after one that needs an output, for whoever gives outputs to learn at once of all that the string needs. What
// comes of them does not matter yet.
func (m *Evaluator) lookOn(f *frame, parts []segment, err *Error) {
	if err.Kind != Needs {
		return
	}
	for _, p := range parts {
		if p.code == nil {
			continue
		}
		if _, err := p.code(m, f); err != nil && err.Kind == Canceled {
			return
		}
	}
}

// joined is the string made of all texts.
func (m *Evaluator) joined(texts []string, separator string, context *Context) (Value, *Error) {
	size := len(separator) * len(texts)
	for _, t := range texts {
		size += len(t)
	}
	if err := m.roomFor(size); err != nil {
		return Value{}, err
	}
	return StringWithContext(strings.Join(texts, separator), context), nil
}

// A sum is a concatenation whose kind the first part decides: number, string or path.
type sum struct {
	m       *Evaluator
	kind    Kind
	n       int64
	x       float64
	texts   []string
	context *Context
}

func newSum(m *Evaluator, first Value, pos syntax.Pos) (*sum, *Error) {
	s := &sum{m: m, kind: first.Kind()}
	switch s.kind {
	case KindInt:
		s.n = first.IntVal()
		return s, nil
	case KindFloat:
		s.x = first.FloatVal()
		return s, nil
	case KindPath:
		s.texts = append(s.texts, first.Text())
		return s, nil
	}
	return s, s.addText(first, pos)
}

func (s *sum) add(v Value, pos syntax.Pos) *Error {
	switch s.kind {
	case KindInt:
		switch {
		case v.isInt():
			n, ok := addInt(s.n, v.IntVal())
			if !ok {
				return Errorf(Other, "integer overflow in adding %d + %d", s.n, v.IntVal()).at(pos)
			}
			s.n = n
		case v.isFloat():
			s.kind = KindFloat
			s.x = float64(s.n) + v.FloatVal()
		default:
			return Errorf(Type, "cannot add %s to an integer", showType(v)).at(pos)
		}
		return nil
	case KindFloat:
		switch {
		case v.isInt():
			s.x += float64(v.IntVal())
		case v.isFloat():
			s.x += v.FloatVal()
		default:
			return Errorf(Type, "cannot add %s to a float", showType(v)).at(pos)
		}
		return nil
	}
	return s.addText(v, pos)
}

func (s *sum) addText(v Value, pos syntax.Pos) *Error {
	// Only what begins with a string copies paths to the store; a set that stands for a string does not.
	mode := coercePath
	if s.kind == KindString {
		mode = coerceInterpolation
	}
	text, err := s.m.coerce(v, pos, mode, "while evaluating a path segment", &s.context)
	s.texts = append(s.texts, text)
	return err
}

func (s *sum) value(at syntax.Pos) (Value, *Error) {
	switch s.kind {
	case KindInt:
		return Int(s.n), nil
	case KindFloat:
		return Float(s.x), nil
	case KindPath:
		if !s.context.Empty() {
			return Value{}, Errorf(Other, "a string that refers to a store path cannot be appended to a path").at(at)
		}
		return Path(path.Clean("/" + strings.Join(s.texts, ""))), nil
	}
	return s.m.joined(s.texts, "", s.context)
}
