package state

// This file sums up a log of events.

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Log is what a log amounts to: events are added one by one, in order. The zero value is the empty log.
type Log struct {
	Document *Document // nil before the first event; changed by adding
	Next     uint64    // index of the next event
	intents  openIntents
}

// Add applies an event that was parsed. Its index must be the next one, or 0, as the existing NixOps4 writes it for every event.
// After an error the log is as before.
func (l *Log) Add(e Event) error {
	_, err := l.add(e)
	return err
}

// AddAll applies events that have no index yet, all or none, and returns how to take them back.
func (l *Log) AddAll(events []Event) (undo func(), err error) {
	var changes []func()
	back := func() {
		for _, f := range slices.Backward(changes) {
			f()
		}
	}
	for i, e := range events {
		e.Index = l.Next
		var f func()
		err := e.check()
		if err == nil {
			f, err = l.add(e)
		}
		if err != nil {
			back()
			if len(events) > 1 {
				err = fmt.Errorf("event %d of %d: %w", i+1, len(events), err)
			}
			return nil, err
		}
		changes = append(changes, f)
	}
	return back, nil
}

func (l *Log) add(e Event) (undo func(), err error) {
	if e.Index != l.Next && e.Index != 0 {
		return nil, fmt.Errorf("event has index %d, want %d", e.Index, l.Next)
	}
	before := *l
	d := l.Document
	if d == nil {
		d = &Document{root: newNode(json.RawMessage("{}"))}
	}
	back, err := d.apply(e.Patch)
	if err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		back()
		return nil, err
	}
	e.Index = l.Next
	if l.intents == nil {
		l.intents = openIntents{}
	}
	forget := l.intents.add(e)
	l.Document, l.Next = d, e.Index+1
	if through, ok := e.Meta.compacted(); ok && e.Index == 0 {
		l.Next = through + 1
	}
	return func() {
		back()
		forget()
		l.Document, l.Next = before.Document, before.Next
	}, nil
}

// compactedKey is the metadata key of an event 0 that stands for all events up to the index it holds.
const compactedKey = "compactedThrough"

func (m Meta) compacted() (through uint64, ok bool) {
	raw, ok := m[compactedKey]
	return through, ok && json.Unmarshal(raw, &through) == nil
}

// Snapshot returns the state for a caller to keep. The log must not be empty.
func (l *Log) Snapshot() *Snapshot {
	return &Snapshot{Document: l.Document.Clone(), Next: l.Next, Intents: l.intents.list()}
}

// Compacted returns one event that stands for the whole log: index 0, the document as it is, and the intents without an end. A log that
// starts with it goes on with the same index as this one.
func (l *Log) Compacted(meta Meta) Event {
	if l.Next > 1 {
		meta = meta.With(compactedKey, l.Next-1)
	}
	if len(l.intents) > 0 {
		meta = meta.With("intents", l.intents.list())
	}
	return Event{Meta: meta, Patch: Patch{{Op: "add", Path: "", Value: l.Document.root.json()}}}
}
