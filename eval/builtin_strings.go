package eval

// This file defines the builtins on strings.

import (
	"math"
)

var stringBuiltins = []*Builtin{
	{Name: "toString", Global: true, Args: []string{"e"}, Strict: 1, F1: toString, Doc: "*e* as a string: a number in decimal, `true` as `\"1\"`, `false` and `null` as the empty string, a list as its elements with spaces between them, a path as it is written, and a set by its `__toString` or `outPath`."},
	{Name: "stringLength", Args: []string{"e"}, Strict: 1, F1: stringLength, Doc: "The number of bytes of a string."},
	{Name: "substring", Args: []string{"start", "len", "s"}, Strict: 1, F3: substring, Doc: "The part of *s* that begins at byte *start* and is *len* bytes long, or shorter where *s* ends; a negative *len* takes all that is left."},
	{Name: "concatStringsSep", Args: []string{"separator", "list"}, Strict: 1, F2: concatStringsSep, Doc: "The strings of *list* one after the other, with *separator* between them."},
	{Name: "replaceStrings", Args: []string{"from", "to", "s"}, Strict: 1, F3: replaceStrings, Doc: "*s* with each occurrence of an element of *from* replaced by the element of *to* at the same index. At each place the first element of *from* that fits is taken, and what was put in is not looked at again. An element of *to* that is not needed is not evaluated."},
}

func toString(m *Evaluator, e Value) (Value, *Error) {
	var c *Context
	s, err := m.coerce(e, 0, coerceMore, "while evaluating the first argument passed to builtins.toString", &c)
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(s, c), nil
}

func stringLength(m *Evaluator, e Value) (Value, *Error) {
	var c *Context
	s, err := m.coerce(e, 0, coerceInterpolation, "while evaluating the argument passed to builtins.stringLength", &c)
	if err != nil {
		return Value{}, err
	}
	return Int(int64(len(s))), nil
}

func substring(m *Evaluator, start, length, s Value) (Value, *Error) {
	from, err := m.forceInt(start, 0, "while evaluating the first argument (the start offset) passed to builtins.substring")
	if err != nil {
		return Value{}, err
	}
	if from < 0 {
		return Value{}, Errorf(Other, "negative start position in 'substring'")
	}
	n, err := m.forceInt(length, 0, "while evaluating the second argument (the substring length) passed to builtins.substring")
	if err != nil {
		return Value{}, err
	}
	var c *Context
	text, err := m.coerce(s, 0, coerceInterpolation, "while evaluating the third argument (the string) passed to builtins.substring", &c)
	if err != nil {
		return Value{}, err
	}
	if n < 0 {
		n = math.MaxInt64
	}
	size := int64(len(text))
	from = min(from, size)
	return StringWithContext(text[from:from+min(n, size-from)], c), nil
}

func concatStringsSep(m *Evaluator, separator, list Value) (Value, *Error) {
	sep, err := m.forceString(separator, 0, "while evaluating the first argument (the separator string) passed to builtins.concatStringsSep")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument (the list of strings to concat) passed to builtins.concatStringsSep")
	if err != nil {
		return Value{}, err
	}
	c := sep.Context()
	var few [16]string
	parts := few[:0]
	if len(elems) > len(few) {
		parts = make([]string, 0, len(elems))
	}
	for i, e := range elems {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		s, err := m.coerce(e, 0, coerceInterpolation, "while evaluating one element of the list of strings to concat passed to builtins.concatStringsSep", &c)
		if err != nil {
			for _, later := range elems[i+1:] { // as lookOn does
				if err.Kind == Needs {
					_, _ = m.Force(later)
				}
			}
			return Value{}, err
		}
		parts = append(parts, s)
	}
	return m.joined(parts, sep.Text(), c)
}

func replaceStrings(m *Evaluator, from, to, s Value) (Value, *Error) {
	patterns, err := m.forceElems(from, 0, "while evaluating the first argument passed to builtins.replaceStrings")
	if err != nil {
		return Value{}, err
	}
	with, err := m.forceElems(to, 0, "while evaluating the second argument passed to builtins.replaceStrings")
	if err != nil {
		return Value{}, err
	}
	if len(patterns) != len(with) {
		return Value{}, Errorf(Other, "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths")
	}
	var few [fewPatterns]string
	r := replacer{with: with, patterns: few[:0]}
	for i := range patterns {
		p, err := m.forceString(patterns[i], 0, "while evaluating one of the strings to replace passed to builtins.replaceStrings")
		if err != nil {
			return Value{}, err
		}
		r.add(i, p.Text())
	}
	text, err := m.forceString(s, 0, "while evaluating the third argument passed to builtins.replaceStrings")
	if err != nil {
		return Value{}, err
	}
	return r.replace(m, text)
}
