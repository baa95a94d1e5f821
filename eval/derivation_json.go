package eval

// This file makes the JSON text that a derivation with structured attributes passes to its builder.

// jsonText is a value as JSON, with the references of the strings in it.
func (m *Evaluator) jsonText(v Value, c **Context) (string, *Error) {
	s, err := m.callNamed("toJSON", v)
	if err != nil {
		return "", err
	}
	*c = (*c).Union(s.Context())
	return s.Text(), nil
}

// normalJSON writes a JSON object that somebody gave as text the way jsonText would.
func (m *Evaluator) normalJSON(text string) (string, *Error) {
	v, err := m.callNamed("fromJSON", String(text))
	if err != nil {
		return "", Errorf(Other, "cannot process __json attribute: %s", err.Msg)
	}
	if !v.isAttrs() {
		return "", Errorf(Other, "cannot process __json attribute: it is %s, not an object", showType(v))
	}
	var none *Context
	return m.jsonText(v, &none)
}

// callNamed calls a builtin with one argument, without a line in the trace.
func (m *Evaluator) callNamed(name string, v Value) (Value, *Error) {
	p := m.Slot(m.builtins.Attrs(), name)
	if p == nil || p.kind() != kindBuiltin {
		return Value{}, Errorf(Other, "this evaluator has no builtin %s", name)
	}
	return p.builtin().F1(m, v)
}
