package state

// This file defines intents: what is written down before it is done.

import (
	"encoding/json"
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
	Inputs   json.RawMessage `json:"inputs,omitzero"`
	Details  json.RawMessage `json:"details,omitzero"` // for the writer
	Index    uint64          `json:"index,omitzero"`   // of the event that declared it; set when read
	Time     time.Time       `json:"time,omitzero"`    // of that event; set when read
}

// WithIntent returns m with an intent declared.
func (m Meta) WithIntent(i Intent) Meta { return m.With("intent", i) }

// WithEnded returns m with the intents of these IDs ended.
func (m Meta) WithEnded(ids ...string) Meta { return m.With("ended", ids) }

// intentsAfter returns open with the intents that e declares added and those it ends left out. open is not changed.
func intentsAfter(open []Intent, e Event) []Intent {
	var declared Intent
	if raw, ok := e.Meta["intent"]; ok && json.Unmarshal(raw, &declared) == nil && declared.ID != "" {
		declared.Index, declared.Time = e.Index, e.Meta.Time()
		open = append(slices.Clip(open), declared)
	}
	var carried []Intent
	if raw, ok := e.Meta["intents"]; ok && json.Unmarshal(raw, &carried) == nil {
		open = append(slices.Clip(open), carried...)
	}
	var ended []string
	if raw, ok := e.Meta["ended"]; ok && json.Unmarshal(raw, &ended) == nil {
		open = slices.DeleteFunc(slices.Clone(open), func(i Intent) bool { return slices.Contains(ended, i.ID) })
	}
	return open
}
