package state

// This file defines events and what can be read from their metadata.

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one entry of the log. Its index is its place: 0 for the event that creates the document.
type Event struct {
	Index uint64
	Meta  Meta
	Patch Patch
}

// Meta is an event's metadata: at least "time" (RFC 3339). Keys of ours are "event" (the operation: "create", "update", …), "by",
// "command", "nixopsVersion", "path" and "to" (of the resource), "error", and "intent", "intents" and "ended" (see [Intent]).
type Meta map[string]json.RawMessage

// NewMeta returns metadata for an operation that is recorded now.
func NewMeta(event string, now time.Time) Meta {
	m := Meta{"time": quote(now.UTC().Format(time.RFC3339Nano))}
	if event != "" {
		m["event"] = quote(event)
	}
	return m
}

// Time returns the event's time, or the zero time when it does not say.
func (m Meta) Time() time.Time {
	t, _ := time.Parse(time.RFC3339Nano, m.string("time"))
	return t
}

// Event returns the operation that was recorded, or "".
func (m Meta) Event() string { return m.string("event") }

// Version returns the version of NixOps4 that wrote the event, or "".
func (m Meta) Version() string { return m.string("nixopsVersion") }

// By returns who wrote the event, such as alice@web1, or "".
func (m Meta) By() string { return m.string("by") }

// Command returns the command that wrote the event, or "".
func (m Meta) Command() string { return m.string("command") }

// Failure returns why the operation failed, or "" when it did not.
func (m Meta) Failure() string { return m.string("error") }

func (m Meta) string(name string) string {
	var s string
	_ = json.Unmarshal(m[name], &s) // absent or of another type: ""
	return s
}

// With returns a copy of m with one more key. value must be encodable as JSON.
func (m Meta) With(key string, value any) Meta {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("state: metadata %q cannot be encoded: %v", key, err))
	}
	m = maps.Clone(m)
	m[key] = text
	return m
}

// MarshalJSON writes index, meta and patch in this order, on one line.
func (e Event) MarshalJSON() ([]byte, error) {
	patch, err := e.Patch.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"index":%d,"meta":%s,"patch":%s}`, e.Index, encodeObject(e.Meta), patch), nil
}

// check reports whether the event can be written: whether all that is in it is valid JSON.
func (e Event) check() error {
	for key, text := range e.Meta {
		if !validJSON(text) || !utf8.ValidString(key) {
			return fmt.Errorf("event's %q is not valid JSON", key)
		}
	}
	return e.Patch.check()
}

// ParseEvent decodes an event. Keys it does not know are ignored. The metadata share data.
func ParseEvent(data []byte) (Event, error) {
	var e Event
	if !validJSON(data) {
		return e, fmt.Errorf("event is not valid JSON")
	}
	members := splitObject(data)
	if members == nil {
		return e, fmt.Errorf("event is not an object")
	}
	for _, name := range []string{"index", "meta", "patch"} {
		if _, ok := members[name]; !ok {
			return e, fmt.Errorf("event has no %q", name)
		}
	}
	if string(members["index"]) == "null" || json.Unmarshal(members["index"], &e.Index) != nil {
		return e, fmt.Errorf("event's index is not a number from 0 on")
	}
	if e.Meta = splitObject(members["meta"]); e.Meta == nil {
		return e, fmt.Errorf("event's meta is not an object")
	}
	var err error
	e.Patch, err = parsePatch(members["patch"])
	return e, err
}

// FirstEvent returns event 0, which creates the empty document.
func FirstEvent(now time.Time) Event {
	return Event{Meta: NewMeta("", now), Patch: Patch{{Op: "add", Path: "", Value: json.RawMessage(emptyDocument)}}}
}

// Summary returns a few words about what an event changes, such as `create /resources/a`, for lists.
func (e Event) Summary() string {
	var words []string
	if name := e.Meta.Event(); name != "" {
		words = append(words, name)
	}
	for _, op := range e.Patch {
		words = append(words, op.Op+" "+op.Path)
	}
	return strings.Join(words, ", ")
}
