package engine

// This file is a State over the log of a state.Store.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

// StateLog is a [State] whose events are kept by a store, through a state.Journal.
type StateLog struct {
	journal *state.Journal
	held    *state.Held // nil: the lock was not asked for
}

// OpenLog reads a state. The lock, if it is held, is released when the log is closed; options.Lock is set to it.
func OpenLog(ctx context.Context, store state.Store, held *state.Held, options state.JournalOptions) (*StateLog, error) {
	if held != nil {
		options.Lock = held.ID()
	}
	journal, err := state.OpenJournal(ctx, store, options)
	if err != nil {
		return nil, err
	}
	return &StateLog{journal, held}, nil
}

// Resource returns what is recorded about the resource at path, nil when nothing is.
func (l *StateLog) Resource(path addr.Path) (*plan.Recorded, error) {
	r, err := l.journal.Resource(path.Names())
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return recorded(r)
}

// All returns everything that is recorded.
func (l *StateLog) All() (map[addr.Path]*plan.Recorded, error) {
	all := map[addr.Path]*plan.Recorded{}
	err := l.journal.Document().Walk(func(names []string, r state.Resource) error {
		path := addr.Of(names...)
		entry, err := recorded(r)
		if err != nil {
			return fmt.Errorf("resource %s in state: %w", path, err)
		}
		all[path] = entry
		return nil
	})
	return all, err
}

// Unfinished returns the intents without an end.
func (l *StateLog) Unfinished() []state.Intent { return l.journal.Unfinished() }

// Begin declares an intent.
func (l *StateLog) Begin(ctx context.Context, intent state.Intent) (string, error) {
	return l.journal.Begin(ctx, intent)
}

// Record appends a change. Keys of a resource that are not ours are kept.
func (l *StateLog) Record(ctx context.Context, c Change) error {
	change := state.Change{Event: c.Event, Path: c.Path.Names(), Remove: c.Remove, Begin: c.Begin, End: c.End, Error: c.Error}
	if !c.MoveTo.IsRoot() {
		change.Move = c.MoveTo.Names()
	}
	if c.Set != nil {
		before, err := l.journal.Resource(c.Path.Names())
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return err
		}
		if errors.Is(err, state.ErrNotFound) {
			before.Extra = c.Set.Extra
		}
		after := keyed(state.Resource{Type: c.Set.Type, InputProperties: c.Set.Inputs, OutputProperties: c.Set.Outputs, Extra: before.Extra}, c.Set)
		change.Set = &after
	}
	return l.journal.Record(ctx, change)
}

// Document returns a copy of the document, with all events whose append has begun.
func (l *StateLog) Document() *state.Document { return l.journal.Document() }

// Close gives back the lock.
func (l *StateLog) Close() error {
	if l.held == nil {
		return nil
	}
	return l.held.Release(context.Background())
}

// keyTriggers is the key of a resource for [plan.Recorded].Triggers.
const keyTriggers = "triggers"

func recorded(r state.Resource) (*plan.Recorded, error) {
	entry := &plan.Recorded{
		Type: r.Type, Inputs: r.InputProperties, Outputs: r.OutputProperties,
		Protected: r.Protected(), Created: r.Created(), Updated: r.Updated(), Extra: r.Extra,
	}
	if text := r.Provider(); text != nil {
		entry.Provider = &plan.Provider{}
		if err := json.Unmarshal(text, entry.Provider); err != nil {
			return nil, fmt.Errorf("its provider: %w", err)
		}
	}
	for _, names := range r.Dependencies() {
		entry.Dependencies = append(entry.Dependencies, addr.Of(names...))
	}
	for _, names := range r.Formerly() {
		entry.Formerly = append(entry.Formerly, addr.Of(names...))
	}
	_ = json.Unmarshal(r.Extra[keyTriggers], &entry.Triggers) // absent or somebody else's: none
	marks := r.Sensitive()
	entry.SensitiveInputs, entry.SensitiveOutputs, entry.SensitiveByProvider = marks.Inputs, marks.Outputs, marks.ByProvider
	return entry, nil
}

func namesOf(paths []addr.Path) [][]string {
	var names [][]string
	for _, path := range paths {
		names = append(names, path.Names())
	}
	return names
}

// keyed sets the optional keys of a resource that entry has something for.
func keyed(r state.Resource, entry *plan.Recorded) state.Resource {
	set := func(key string, there bool, value any) {
		switch {
		case there:
			r = r.With(key, value)
		case r.Extra[key] != nil:
			r = r.With(key, nil)
		}
	}
	set(state.KeyProvider, entry.Provider != nil, entry.Provider)
	set(state.KeyDependencies, entry.Dependencies != nil, namesOf(entry.Dependencies))
	set(state.KeyFormerly, len(entry.Formerly) > 0, namesOf(entry.Formerly))
	set(state.KeyProtected, entry.Protected, true)
	marks := state.Sensitive{Inputs: entry.SensitiveInputs, Outputs: entry.SensitiveOutputs, ByProvider: entry.SensitiveByProvider}
	set(state.KeySensitive, len(marks.Inputs)+len(marks.Outputs) > 0, marks)
	set(keyTriggers, len(entry.Triggers) > 0, entry.Triggers)
	return r
}
