package eval

// This file defines toJSON and fromJSON, and JSON for other packages.

var jsonBuiltins = []*Builtin{
	{Name: "toJSON", Args: []string{"e"}, Strict: 1, F1: toJSON, Doc: "*e* as JSON. A set with `__toString` or `outPath` is written as that, and a path is copied to the store and written as its store path. Functions are errors."},
	{Name: "fromJSON", Args: []string{"e"}, Strict: 1, F1: fromJSON, Doc: "The value that the JSON text *e* stands for. Numbers with a fraction or an exponent are floats, as are integers of more than 64 bits."},
}

func toJSON(m *Evaluator, e Value) (Value, *Error) {
	text, c, err := m.ToJSON(e)
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(text, c), nil
}

func fromJSON(m *Evaluator, e Value) (Value, *Error) {
	text, err := m.forceStringNoContext(e, 0, "while evaluating the first argument passed to builtins.fromJSON")
	if err != nil {
		return Value{}, err
	}
	return m.FromJSON(text)
}

// JSONOptions say how [Evaluator.WriteJSON] writes. The zero value is what nix-instantiate --eval --json does.
type JSONOptions struct {
	// Strict evaluates what is not evaluated yet; otherwise it is an error.
	Strict bool
	// KeepPaths writes paths as they are; otherwise they are copied to the store and written as their store path.
	KeepPaths bool
}

// ToJSON writes a value as builtins.toJSON does, and says what the text refers to.
func (m *Evaluator) ToJSON(v Value) (string, *Context, *Error) {
	return m.WriteJSON(v, JSONOptions{Strict: true})
}

// WriteJSON writes a value as JSON, and says what the text refers to.
func (m *Evaluator) WriteJSON(v Value, opts JSONOptions) (string, *Context, *Error) {
	w := &jsonWriter{m: m, opts: opts}
	if err := w.value(&v, 0); err != nil {
		return "", nil, err
	}
	if w.invalid != nil {
		return "", nil, w.invalid
	}
	return string(w.out), w.context, nil
}

// FromJSON makes the value that a JSON text stands for. Strings of it share the memory of the text.
func (m *Evaluator) FromJSON(text string) (Value, *Error) {
	r := &jsonReader{m: m, text: text}
	v, err := r.read()
	if err != nil {
		return Value{}, err
	}
	return v, nil
}
