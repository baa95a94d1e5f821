package state

// This file hides what is sensitive in documents and events, for those who only look.

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"nixops4/internal/secret"
)

// Mask hides what resources say of themselves that it is sensitive. It knows no more than what it was shown; the zero value knows nothing.
type Mask struct {
	places map[string]place // by display of resource and place, so that each is there once
	learn  func(value json.RawMessage)
}

// place is where in a document there is something sensitive.
type place struct{ tokens []string }

// NewMask returns a mask that calls learn, which may be nil, with each value that it hides.
func NewMask(learn func(value json.RawMessage)) *Mask {
	return &Mask{places: map[string]place{}, learn: learn}
}

// Add takes in what a document says of its resources, and hands what is sensitive in them to learn.
func (m *Mask) Add(d *Document) error {
	return d.Walk(func(path []string, r Resource) error {
		m.mark(path, r.Sensitive())
		m.hideResource(r)
		return nil
	})
}

// AddEvent takes in what an event says of resources.
func (m *Mask) AddEvent(e Event) {
	for _, op := range e.Patch {
		if tokens, err := parsePointer(op.Path); err == nil && op.Value != nil {
			m.scan(tokens, op.Value)
		}
	}
	for _, i := range intentsOf(e.Meta) {
		if i.Sensitive != nil {
			m.mark(i.Path, *i.Sensitive)
		}
	}
}

// scan looks for the optional key in a value that stands at tokens.
func (m *Mask) scan(tokens []string, value json.RawMessage) {
	if n := len(tokens); n >= 3 && tokens[n-1] == KeySensitive && tokens[n-3] == "resources" {
		var s Sensitive
		if json.Unmarshal(value, &s) == nil {
			m.mark(resourcePath(tokens[:n-1]), s)
		}
		return
	}
	if n := len(tokens); n > 0 && (tokens[n-1] == "input_properties" || tokens[n-1] == "output_properties") {
		return
	}
	for name, member := range splitObject(value) {
		m.scan(append(slices.Clip(tokens), name), member)
	}
}

// resourcePath is the path of the resource at tokens: deployments, NAME, …, resources, NAME.
func resourcePath(tokens []string) []string {
	var path []string
	for i := 1; i < len(tokens); i += 2 {
		path = append(path, tokens[i])
	}
	return path
}

func (m *Mask) mark(path []string, s Sensitive) {
	at := resourceTokens(path)
	add := func(tokens ...string) {
		all := slices.Concat(at, tokens)
		m.places[display(all)] = place{all}
	}
	for _, input := range s.Inputs {
		add(append([]string{"input_properties"}, input...)...)
	}
	for _, output := range s.Outputs {
		add("output_properties", output)
	}
}

// Document returns a copy of the document in which nothing sensitive shows.
func (m *Mask) Document(d *Document) (*Document, error) {
	masked := d.Clone()
	err := d.Walk(func(path []string, r Resource) error {
		if s := r.Sensitive(); len(s.Inputs)+len(s.Outputs) == 0 {
			return nil
		}
		return masked.Apply(masked.PatchSet(path, m.hideResource(r)))
	})
	return masked, err
}

// Resource returns the resource with secret.Hidden in place of what is sensitive.
func (m *Mask) Resource(r Resource) Resource { return m.hideResource(r) }

func (m *Mask) hideResource(r Resource) Resource {
	s := r.Sensitive()
	for _, input := range s.Inputs {
		r.InputProperties = m.hideIn(r.InputProperties, input)
	}
	for _, output := range s.Outputs {
		r.OutputProperties = m.hideIn(r.OutputProperties, []string{output})
	}
	return r
}

// Intent returns the intent with secret.Hidden in place of what is sensitive.
func (m *Mask) Intent(i Intent) Intent {
	s := Sensitive{}
	if i.Sensitive != nil {
		s = *i.Sensitive
	}
	for _, input := range s.Inputs {
		i.Inputs = m.hide(i.Inputs, input)
	}
	for _, output := range s.Outputs {
		i.Outputs = m.hide(i.Outputs, []string{output})
	}
	at := resourceTokens(i.Path)
	for _, p := range m.places {
		if len(p.tokens) <= len(at) || !slices.Equal(p.tokens[:len(at)], at) {
			continue
		}
		switch rest := p.tokens[len(at):]; rest[0] {
		case "input_properties":
			i.Inputs = m.hide(i.Inputs, rest[1:])
		case "output_properties":
			i.Outputs = m.hide(i.Outputs, rest[1:])
		}
	}
	return i
}

// Events returns the events of one log with secret.Hidden in place of what is sensitive, also in those from before it was said to be.
func (m *Mask) Events(events []Event) []Event {
	for _, e := range events {
		m.AddEvent(e)
	}
	masked := make([]Event, len(events))
	for i, e := range events {
		masked[i] = m.Event(e)
	}
	return masked
}

// Event returns the event with secret.Hidden in place of what is sensitive.
func (m *Mask) Event(e Event) Event {
	e.Patch = slices.Clone(e.Patch)
	for i, op := range e.Patch {
		if tokens, err := parsePointer(op.Path); err == nil && op.Value != nil {
			e.Patch[i].Value = m.hideAt(tokens, op.Value)
		}
	}
	meta := maps.Clone(e.Meta)
	var one Intent
	if raw, ok := meta["intent"]; ok && json.Unmarshal(raw, &one) == nil {
		meta = meta.With("intent", m.Intent(one))
	}
	var several []Intent
	if raw, ok := meta["intents"]; ok && json.Unmarshal(raw, &several) == nil {
		for i := range several {
			several[i] = m.Intent(several[i])
		}
		meta = meta.With("intents", several)
	}
	e.Meta = meta
	return e
}

// intentsOf are the intents that an event declares or carries on.
func intentsOf(meta Meta) []Intent {
	var one Intent
	var all []Intent
	if raw, ok := meta["intents"]; ok {
		_ = json.Unmarshal(raw, &all) // somebody else's: none
	}
	if raw, ok := meta["intent"]; ok && json.Unmarshal(raw, &one) == nil {
		all = append(all, one)
	}
	return all
}

// hideAt hides in a value that stands at tokens.
func (m *Mask) hideAt(tokens []string, value json.RawMessage) json.RawMessage {
	for _, key := range slices.Sorted(maps.Keys(m.places)) {
		p := m.places[key]
		switch n := len(tokens); {
		case n >= len(p.tokens) && slices.Equal(tokens[:len(p.tokens)], p.tokens):
			return m.hide(value, nil)
		case n < len(p.tokens) && slices.Equal(tokens, p.tokens[:n]):
			value = m.hide(value, p.tokens[n:])
		}
	}
	return value
}

func (m *Mask) hideIn(object map[string]json.RawMessage, at []string) map[string]json.RawMessage {
	value, ok := json.RawMessage(nil), false
	if len(at) > 0 {
		value, ok = object[at[0]]
	}
	if !ok {
		return object
	}
	object = maps.Clone(object)
	object[at[0]] = m.hide(value, at[1:])
	return object
}

// hide returns the value with what is at a place in it hidden. A value that has no such place stays as it is.
func (m *Mask) hide(value json.RawMessage, at []string) json.RawMessage {
	if len(at) == 0 {
		if value == nil || string(value) == "null" || string(value) == secret.HiddenJSON {
			return value
		}
		if m.learn != nil {
			m.learn(value)
		}
		return json.RawMessage(secret.HiddenJSON)
	}
	trimmed := bytes.TrimLeft(value, " \t\r\n")
	switch {
	case len(trimmed) > 0 && trimmed[0] == '{':
		members := splitObject(value)
		if _, ok := members[at[0]]; !ok {
			return value
		}
		return encodeObject(m.hideIn(members, at))
	case len(trimmed) > 0 && trimmed[0] == '[':
		items, ok := splitArray(value)
		i, err := strconv.Atoi(at[0])
		if !ok || err != nil || i < 0 || i >= len(items) {
			return value
		}
		items = slices.Clone(items)
		items[i] = m.hide(items[i], at[1:])
		text, err := json.Marshal(items)
		if err != nil {
			return json.RawMessage(secret.HiddenJSON)
		}
		return text
	}
	return value
}
