package plan

// This file keeps secrets out of what is shown and saved of a plan.

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"nixops4/internal/secret"
)

// Masked returns the item with secret.Hidden in place of everything that is sensitive. It shares what it does not change with i.
func (i *Item) Masked() *Item {
	if !i.sensitive() {
		return i
	}
	masked := *i
	inputs := i.Inputs.Sensitive
	outputs := places(i.SensitiveOutputs)
	if i.Before != nil {
		inputs = slices.Concat(inputs, i.Before.SensitiveInputs)
		outputs = slices.Concat(outputs, places(i.Before.SensitiveOutputs))
		before := i.Before.Masked()
		before.Inputs, before.Outputs = mask(before.Inputs, inputs), mask(before.Outputs, outputs)
		masked.Before = before
	}
	masked.Inputs.Known = mask(i.Inputs.Known, i.Inputs.Sensitive)
	masked.Changes = maskChanges(i.Changes, inputs)
	masked.Drift = maskDrift(i.Drift, inputs, outputs)
	return &masked
}

func (i *Item) sensitive() bool {
	return len(i.Inputs.Sensitive) > 0 || len(i.SensitiveOutputs) > 0 || i.Before != nil && i.Before.Sensitive()
}

// MarshalJSON writes the item as it may be shown: see [Item.Masked].
func (i *Item) MarshalJSON() ([]byte, error) {
	type plain Item
	return json.Marshal((*plain)(i.Masked()))
}

// Sensitive reports whether there is something in the record that must not be shown.
func (r *Recorded) Sensitive() bool { return len(r.SensitiveInputs) > 0 || len(r.SensitiveOutputs) > 0 }

// Masked returns a copy of the record with secret.Hidden in place of everything that is sensitive.
func (r *Recorded) Masked() *Recorded {
	masked := *r
	masked.Inputs = mask(r.Inputs, r.SensitiveInputs)
	masked.Outputs = mask(r.Outputs, places(r.SensitiveOutputs))
	return &masked
}

// MaskDrift hides in changes whose places start with "inputs" or "outputs" what is sensitive in the record, or in an output that declared names.
func (r *Recorded) MaskDrift(changes []Change, declared []string) []Change {
	return maskDrift(changes, r.SensitiveInputs, places(slices.Concat(r.SensitiveOutputs, declared)))
}

// places are names as places.
func places(names []string) [][]string {
	all := make([][]string, len(names))
	for i, name := range names {
		all[i] = []string{name}
	}
	return all
}

// Mask returns the object with secret.Hidden in the places. What is not there is not put there.
func Mask(o Object, at [][]string) Object { return mask(o, at) }

func mask(o Object, at [][]string) Object {
	for _, place := range at {
		if len(place) == 0 {
			masked := Object{}
			for name := range o {
				masked[name] = json.RawMessage(secret.HiddenJSON)
			}
			return masked
		}
		if value := o.At(place); value != nil && string(value) != "null" {
			o = o.With(place, json.RawMessage(secret.HiddenJSON))
		}
	}
	return o
}

func maskChanges(changes []Change, at [][]string) []Change {
	if len(at) == 0 {
		return changes
	}
	masked := slices.Clone(changes)
	for i := range masked {
		masked[i] = masked[i].masked(at)
	}
	return masked
}

// masked hides what is at the places or below, in the change or within its values.
func (c Change) masked(at [][]string) Change {
	for _, place := range at {
		switch {
		case len(place) <= len(c.At) && slices.Equal(place, c.At[:len(place)]):
			c.Before, c.After = hidden(c.Before), hidden(c.After)
			c.Sensitive = true
		case len(c.At) < len(place) && slices.Equal(c.At, place[:len(c.At)]):
			below := place[len(c.At):]
			before, after := maskWithin(c.Before, below), maskWithin(c.After, below)
			c.Sensitive = c.Sensitive || string(before) != string(c.Before) || string(after) != string(c.After)
			c.Before, c.After = before, after
		}
	}
	return c
}

func hidden(value json.RawMessage) json.RawMessage {
	if value == nil || string(value) == "null" {
		return value
	}
	return json.RawMessage(secret.HiddenJSON)
}

// maskWithin hides what is at a place in a value; a value without the place stays as it is.
func maskWithin(value json.RawMessage, at []string) json.RawMessage {
	if value == nil {
		return nil
	}
	const name = "value"
	o := Object{name: value}
	return mask(o, [][]string{append([]string{name}, at...)})[name]
}

func maskDrift(changes []Change, inputs, outputs [][]string) []Change {
	under := func(what string, at [][]string) [][]string {
		all := make([][]string, len(at))
		for i, place := range at {
			all[i] = append([]string{what}, place...)
		}
		return all
	}
	return maskChanges(changes, slices.Concat(under("inputs", inputs), under("outputs", outputs)))
}

// Seal prepares a plan for being saved: of what is sensitive, which is not saved, it takes down digests, so that [Compare] sees when it
// changes. Salt is a text of the caller's that is in no other plan.
func (p *Plan) Seal(salt string) {
	p.Salt = salt
	for _, item := range p.Items {
		item.Digest = ""
		if item.sensitive() {
			item.Digest = item.digest(salt)
		}
	}
}

// digest is a keyed digest of what the item is based on, secrets included.
func (i *Item) digest(salt string) string {
	type based struct {
		Before *Recorded
		Inputs Values
	}
	text, err := json.Marshal(based{i.Before, i.Inputs})
	if err != nil {
		return ""
	}
	sum := hmac.New(sha256.New, []byte(salt))
	sum.Write(text)
	return hex.EncodeToString(sum.Sum(nil))
}

// LeavesIn returns the places of all strings and numbers in o for which match says so, in no particular order.
func LeavesIn(o Object, match func(leaf any) bool) [][]string {
	var found [][]string
	for _, name := range slices.Sorted(maps.Keys(o)) {
		value, err := decode(o[name])
		if err != nil {
			continue
		}
		eachLeaf([]string{name}, value, func(at []string, leaf any) {
			if match(leaf) {
				found = append(found, slices.Clone(at))
			}
		})
	}
	return found
}

func eachLeaf(at []string, value any, f func([]string, any)) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			eachLeaf(append(slices.Clip(at), name), member, f)
		}
	case []any:
		for i, elem := range value {
			eachLeaf(append(slices.Clip(at), strconv.Itoa(i)), elem, f)
		}
	case string, json.Number:
		f(at, value)
	}
}
