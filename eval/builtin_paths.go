package eval

// This file defines the builtins that take paths apart, without looking at files.

import (
	"path"
	"strings"

	"nixops4/eval/store"
)

var pathBuiltins = []*Builtin{
	{Name: "baseNameOf", Global: true, Args: []string{"x"}, Strict: 1, F1: baseNameOf, Doc: "The part of the path or string *x* after its last slash. One slash at the end of a string does not count."},
	{Name: "dirOf", Global: true, Args: []string{"s"}, Strict: 1, F1: dirOf, Doc: "The part of *s* before its last slash, as a path when *s* is one, else as a string: `\".\"` when there is no slash."},
	{Name: "toPath", Args: []string{"s"}, Strict: 1, F1: toPath, Doc: "The absolute path that *s* names, as a string. Out of use: write `/. + \"/path\"`."},
	{Name: "placeholder", Global: true, Args: []string{"output"}, Strict: 1, F1: placeholder, Doc: "A string that stands for the path of the output *output* in a derivation, and is replaced by it when that is built."},
}

func baseNameOf(m *Evaluator, x Value) (Value, *Error) {
	var c *Context
	s, err := m.coerce(x, 0, coercePath, "while evaluating the first argument passed to builtins.baseNameOf", &c)
	if err != nil {
		return Value{}, err
	}
	s = strings.TrimSuffix(s, "/")
	s = s[strings.LastIndexByte(s, '/')+1:]
	return StringWithContext(s, c), nil
}

func dirOf(m *Evaluator, s Value) (Value, *Error) {
	v, err := m.Force(s)
	if err != nil {
		return Value{}, err
	}
	if v.isPath() {
		return Path(path.Dir(v.Text())), nil
	}
	var c *Context
	text, err := m.coerce(v, 0, coercePath, "while evaluating the first argument passed to 'builtins.dirOf'", &c)
	if err != nil {
		return Value{}, err
	}
	switch i := strings.LastIndexByte(text, '/'); i {
	case -1:
		text = "."
	case 0:
		text = "/"
	default:
		text = text[:i]
	}
	return StringWithContext(text, c), nil
}

func toPath(m *Evaluator, s Value) (Value, *Error) {
	var c *Context
	file, err := m.coerceToPath(s, 0, "while evaluating the first argument passed to builtins.toPath", &c)
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(file, c), nil
}

func placeholder(m *Evaluator, output Value) (Value, *Error) {
	name, err := m.forceStringNoContext(output, 0, "while evaluating the first argument passed to builtins.placeholder")
	if err != nil {
		return Value{}, err
	}
	return String(store.Placeholder(name)), nil
}
