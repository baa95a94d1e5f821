package eval

// This file defines the builtins on strings.

var stringBuiltins = []*Builtin{
	{Name: "toString", Global: true, Args: []string{"e"}, Strict: 1, F1: toString, Doc: "*e* as a string."},
}

func toString(m *Evaluator, e Value) (Value, *Error) {
	var c *Context
	s, err := m.coerce(e, 0, coerceMore, "while evaluating the first argument passed to builtins.toString", &c)
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(s, c), nil
}
