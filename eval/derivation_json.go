package eval

// This file makes the JSON text that a derivation with structured attributes passes to its builder.

// jsonMember is an attribute as a member of a JSON object, NAME:VALUE.
func (b *derivationBuilder) jsonMember(at Attr) (string, *Error) {
	name, _, err := b.m.ToJSON(String(at.Name))
	if err != nil {
		return "", err
	}
	text, c, err := b.m.ToJSON(*at.Slot)
	if err != nil {
		return "", err
	}
	b.context = b.context.Union(c)
	return name + ":" + text, nil
}

// normalJSON writes a JSON object that somebody gave as text the way ToJSON would.
func (m *Evaluator) normalJSON(text string) (string, *Error) {
	v, err := m.FromJSON(text)
	if err != nil {
		return "", Errorf(Other, "cannot process __json attribute: %s", err.Msg)
	}
	if !v.isAttrs() {
		kinds := map[Kind]string{
			KindNull: "null", KindBool: "boolean", KindInt: "number", KindFloat: "number", KindString: "string", KindList: "array",
		}
		return "", Errorf(Other, "cannot process __json attribute: [json.exception.type_error.302] type must be object, but is %s", kinds[v.Kind()])
	}
	text, _, err = m.ToJSON(v)
	return text, err
}
