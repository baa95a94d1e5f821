package worker

// This file evaluates what a component says about how it is handled: optional keys that not every root has.

import (
	"encoding/json"

	"nixops4/eval"
)

// resourceSettings and compositeSettings are the optional keys of what a component exports that are handed on as they are.
var (
	resourceSettings  = []string{"lifecycle", "dependsOn", "movedFrom", "timeouts", "retry", "replaceOnChange", "sensitiveOutputs"}
	compositeSettings = []string{"movedFrom", "allowApplyAll"}
)

// settings converts those of the keys that the set has.
func (q *question) settings(set *eval.Attrs, keys []string) (map[string]json.RawMessage, *eval.Error) {
	var found map[string]json.RawMessage
	for _, key := range keys {
		value, ok := q.m.Get(set, key)
		if !ok {
			continue
		}
		text, err := (&converter{m: q.m, public: "the settings of a component"}).convert(value)
		if err != nil {
			return nil, err
		}
		if found == nil {
			found = map[string]json.RawMessage{}
		}
		found[key] = text
	}
	return found, nil
}

func (q *question) resourceSettings(r *Resource, v eval.Value) *eval.Error {
	set, err := q.m.ForceAttrs(v, "while evaluating the resource")
	if err == nil {
		r.Settings, err = q.settings(set, resourceSettings)
	}
	return err
}
