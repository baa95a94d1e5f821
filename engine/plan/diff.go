package plan

// This file finds the differences between inputs, down to the leaf.

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"nixops4/engine/addr"
)

// Change is one difference. Before is absent when there was nothing, After when there will be nothing; when Until is set, what comes
// after is not known before that output.
type Change struct {
	At     []string        `json:"at"` // attribute names and list indices from the object down
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	Until  addr.Output     `json:"until,omitzero"`
	// Sensitive says that something in Before or After is not shown, in an item that is masked.
	Sensitive bool `json:"sensitive,omitempty"`
}

// Unknown reports whether it is not known what comes after.
func (c Change) Unknown() bool { return c.Until != addr.Output{} }

// Diff returns the differences between what was and what shall be, in order of names and indices. Objects and lists of one length are
// compared member by member, everything else as a whole.
func Diff(before Object, after Values) []Change {
	d := differ{unknown: map[string]addr.Output{}}
	for _, u := range after.Unknown {
		d.unknown[atKey(u.At)] = u.Until
	}
	if until, ok := d.unknown[""]; ok {
		return []Change{{At: []string{}, Before: before.encode(), Until: until}}
	}
	d.objects(nil, before, after.Known)
	return d.changes
}

// DiffObjects is [Diff] when all is known.
func DiffObjects(before, after Object) []Change { return Diff(before, Values{Known: after}) }

type differ struct {
	unknown map[string]addr.Output // by atKey
	changes []Change
}

func atKey(at []string) string {
	var b []byte
	for _, step := range at {
		b = strconv.AppendQuote(b, step)
	}
	return string(b)
}

func (d *differ) objects(at []string, before, after Object) {
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		d.values(append(slices.Clip(at), name), before[name], after[name])
	}
}

// values compares two values, either of which may be nil for none.
func (d *differ) values(at []string, before, after json.RawMessage) {
	if until, ok := d.unknown[atKey(at)]; ok {
		d.changes = append(d.changes, Change{At: slices.Clone(at), Before: before, Until: until})
		return
	}
	if before != nil && after != nil {
		if len(d.unknown) == 0 && Equal(before, after) {
			return
		}
		if x, y, ok := twoObjects(before, after); ok {
			d.objects(at, x, y)
			return
		}
		if x, y, ok := twoLists(before, after); ok {
			for i := range x {
				d.values(append(slices.Clip(at), strconv.Itoa(i)), x[i], y[i])
			}
			return
		}
		if Equal(before, after) {
			return
		}
	}
	if after != nil && before == nil && len(d.unknown) > 0 && d.inside(at, after) {
		return
	}
	d.changes = append(d.changes, Change{At: slices.Clone(at), Before: before, After: after})
}

// inside goes into a new object or list that has unknown leaves, so that each of them is told. It reports whether it is one.
func (d *differ) inside(at []string, after json.RawMessage) bool {
	prefix := atKey(at)
	below := false
	for key := range d.unknown {
		below = below || len(key) > len(prefix) && key[:len(prefix)] == prefix
	}
	if !below {
		return false
	}
	var object Object
	if kind(after) == '{' && json.Unmarshal(after, &object) == nil {
		d.objects(at, nil, object)
		return true
	}
	var list []json.RawMessage
	if kind(after) == '[' && json.Unmarshal(after, &list) == nil {
		for i := range list {
			d.values(append(slices.Clip(at), strconv.Itoa(i)), nil, list[i])
		}
		return true
	}
	return false
}

func kind(text json.RawMessage) byte {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		return 0
	}
	return text[0]
}

func twoObjects(a, b json.RawMessage) (x, y Object, ok bool) {
	if kind(a) != '{' || kind(b) != '{' {
		return nil, nil, false
	}
	return x, y, json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil
}

func twoLists(a, b json.RawMessage) (x, y []json.RawMessage, ok bool) {
	if kind(a) != '[' || kind(b) != '[' {
		return nil, nil, false
	}
	ok = json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil
	return x, y, ok && len(x) == len(y)
}

func (o Object) encode() json.RawMessage {
	text, err := json.Marshal(o)
	if err != nil {
		return nil // it has a value that is no JSON, and cannot be shown
	}
	return text
}

// At returns the value at a place, nil when there is none.
func (o Object) At(at []string) json.RawMessage {
	if len(at) == 0 {
		return nil
	}
	value := o[at[0]]
	for _, step := range at[1:] {
		var object Object
		var list []json.RawMessage
		switch i, err := strconv.Atoi(step); {
		case kind(value) == '{' && json.Unmarshal(value, &object) == nil:
			value = object[step]
		case kind(value) == '[' && json.Unmarshal(value, &list) == nil && err == nil && i >= 0 && i < len(list):
			value = list[i]
		default:
			return nil
		}
	}
	return value
}

// With returns the object with another value at a place; nil removes it. What is on the way has to be there.
func (o Object) With(at []string, value json.RawMessage) Object {
	o = maps.Clone(o)
	if o == nil {
		o = Object{}
	}
	switch changed, ok := set(o[at[0]], at[1:], value); {
	case !ok:
	case changed == nil:
		delete(o, at[0])
	default:
		o[at[0]] = changed
	}
	return o
}

// set returns text with the value at a place below it. ok is false when the place is not there.
func set(text json.RawMessage, at []string, value json.RawMessage) (changed json.RawMessage, ok bool) {
	if len(at) == 0 {
		return value, true
	}
	var object Object
	if kind(text) == '{' && json.Unmarshal(text, &object) == nil {
		return object.With(at, value).encode(), true
	}
	var list []json.RawMessage
	i, err := strconv.Atoi(at[0])
	if kind(text) != '[' || json.Unmarshal(text, &list) != nil || err != nil || i < 0 || i >= len(list) || value == nil {
		return nil, false
	}
	if list[i], ok = set(list[i], at[1:], value); !ok {
		return nil, false
	}
	text, err = json.Marshal(list)
	return text, err == nil
}
