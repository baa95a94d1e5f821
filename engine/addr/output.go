package addr

// This file names the outputs of resources.

// Output is one output of one resource, such as web.vm.ip. It is comparable.
type Output struct {
	Resource Path
	Name     string
}

// ParseOutput reads a path whose last name is the output's.
func ParseOutput(text string) (Output, error) {
	p, err := Parse(text)
	if err != nil {
		return Output{}, err
	}
	if p.Depth() == 1 {
		return Output{}, &SyntaxError{text, len(text), "expected a dot and the name of an output", ""}
	}
	return Output{p.Parent(), p.Name()}, nil
}

// String returns the resource's path and the output's name, joined by a dot.
func (o Output) String() string { return o.Resource.Child(o.Name).String() }

// Compare orders outputs by resource, then by name. It returns -1, 0 or +1.
func (o Output) Compare(p Output) int {
	return o.Resource.Child(o.Name).Compare(p.Resource.Child(p.Name))
}

// MarshalText returns the written form, so that outputs are strings in JSON.
func (o Output) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the written form.
func (o *Output) UnmarshalText(text []byte) error {
	parsed, err := ParseOutput(string(text))
	if err != nil {
		return err
	}
	*o = parsed
	return nil
}
