package state

// This file defines intents: what is written down before it is done.

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Intent says that a provider is about to be asked for something that must not be forgotten or done twice. It is durable before the request
// is sent, in the metadata key "intent" of an event that may have an empty patch. A later event that records the outcome has the intent's ID
// in the list "ended".
type Intent struct {
	ID       string          `json:"id"`
	Op       string          `json:"op"` // "create", "update", "replace", "destroy", …
	Path     []string        `json:"path"`
	Type     string          `json:"type"`
	Provider json.RawMessage `json:"provider,omitzero"` // the resource's `provider` attribute
	Inputs   json.RawMessage `json:"inputs,omitzero"`   // those the resource shall have; for "destroy", those it had
	Digest   string          `json:"digest,omitzero"`   // of the inputs: see [InputsDigest]
	Outputs  json.RawMessage `json:"outputs,omitzero"`  // of an object that is not recorded any more, but has to be destroyed
	Details  json.RawMessage `json:"details,omitzero"`  // for the writer
	// Sensitive says what of Inputs and Outputs must not be shown; nil: nothing.
	Sensitive *Sensitive `json:"sensitive,omitzero"`
	Index     uint64     `json:"index,omitzero"` // of the event that declared it; set when read
	Time      time.Time  `json:"time,omitzero"`  // of that event; set when read
	UnderWay  *Lock      `json:"-"`              // who is at it right now: see [ReadUnderWay]
}

// WithIntent returns m with an intent declared.
func (m Meta) WithIntent(i Intent) Meta { return m.With("intent", i) }

// WithEnded returns m with the intents of these IDs ended.
func (m Meta) WithEnded(ids ...string) Meta { return m.With("ended", ids) }

// openIntents are those without an end, by their ID. Of two with the same ID the later one counts.
type openIntents map[string]Intent

// add takes in what e says, and returns how to take that back.
func (o openIntents) add(e Event) (undo func()) {
	var changes []func()
	note := func(id string) {
		old, had := o[id]
		changes = append(changes, func() {
			if delete(o, id); had {
				o[id] = old
			}
		})
	}
	var declared Intent
	if raw, ok := e.Meta["intent"]; ok && json.Unmarshal(raw, &declared) == nil && declared.ID != "" {
		declared.Index, declared.Time = e.Index, e.Meta.Time()
		note(declared.ID)
		o[declared.ID] = declared
	}
	var carried []Intent
	if raw, ok := e.Meta["intents"]; ok && json.Unmarshal(raw, &carried) == nil {
		for _, i := range carried {
			note(i.ID)
			o[i.ID] = i
		}
	}
	var ended []string
	if raw, ok := e.Meta["ended"]; ok && json.Unmarshal(raw, &ended) == nil {
		for _, id := range ended {
			note(id)
			delete(o, id)
		}
	}
	return func() {
		for _, f := range slices.Backward(changes) {
			f()
		}
	}
}

// list returns the intents, oldest first.
func (o openIntents) list() []Intent {
	return slices.SortedFunc(maps.Values(o), func(a, b Intent) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.ID, b.ID))
	})
}
