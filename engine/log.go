package engine

// This file is a State over the log of a state.Store: read once, appended to in groups.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

// StateLog is a [State] whose events are kept by a store.
//
// Its document is ahead of the store by the events that are being appended. While one append is under way, further
// events gather and are appended together by the next, so that many resources finishing at a time share the cost of
// making events durable. After an append has failed it is not known what the store has, and every later one fails too.
type StateLog struct {
	store   state.Store
	version string

	mu        sync.Mutex // guards the rest
	document  *state.Document
	next      uint64
	gathering *group // events that no append has taken up yet; nil: none
	appending bool
	failed    error
}

// group is a number of events that are appended together.
type group struct {
	events []state.Event
	done   chan struct{} // closed when they are durable or err is set
	err    error
}

// OpenLog reads a state. With create it makes the log when there is none; without, it is an error that wraps
// state.ErrNotFound. Version is recorded in each event.
func OpenLog(ctx context.Context, store state.Store, create bool, version string) (*StateLog, error) {
	snapshot, err := store.Read(ctx)
	if create && errors.Is(err, state.ErrNotFound) {
		if err = store.Create(ctx); err == nil {
			snapshot, err = store.Read(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	return &StateLog{store: store, version: version, document: snapshot.Document, next: snapshot.Next}, nil
}

// Resource returns what is recorded about the resource at path, nil when nothing is.
func (l *StateLog) Resource(path addr.Path) (*plan.Recorded, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, err := l.document.Resource(path.Names())
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &plan.Recorded{Type: r.Type, Inputs: r.InputProperties, Outputs: r.OutputProperties}, nil
}

// Record appends that the action made the resource at path what r says, and returns when that is durable.
func (l *StateLog) Record(ctx context.Context, action plan.Action, path addr.Path, provider plan.Provider, r *plan.Recorded) error {
	l.mu.Lock()
	before, err := l.document.Resource(path.Names())
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		l.mu.Unlock()
		return err
	}
	after := state.Resource{Type: r.Type, InputProperties: r.Inputs, OutputProperties: r.Outputs, Extra: before.Extra}
	if after.Extra == nil {
		after.Extra = map[string]json.RawMessage{}
	}
	if after.Extra["provider"], err = json.Marshal(provider); err != nil {
		l.mu.Unlock()
		return err
	}
	patch := l.document.PatchSet(path.Names(), after)
	if len(patch) == 0 {
		l.mu.Unlock()
		return nil
	}
	g, err := l.gather(state.Event{
		Meta:  state.NewMeta(string(action), time.Now()).With("nixopsVersion", l.version),
		Patch: patch,
	})
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return l.wait(ctx, g)
}

// Document returns a copy of the document, with all events whose append has begun.
func (l *StateLog) Document() *state.Document {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.document.Clone()
}

// Close does nothing: a log holds nothing open.
func (l *StateLog) Close() error { return nil }

// gather applies an event to the document and adds it to the events to append next. The caller holds mu.
func (l *StateLog) gather(event state.Event) (*group, error) {
	if l.failed != nil {
		return nil, l.failed
	}
	if err := l.document.Apply(event.Patch); err != nil {
		return nil, err
	}
	if l.gathering == nil {
		l.gathering = &group{done: make(chan struct{})}
	}
	l.gathering.events = append(l.gathering.events, event)
	return l.gathering, nil
}

// wait returns when g is durable. Whoever waits and finds nobody appending does it for all.
func (l *StateLog) wait(ctx context.Context, g *group) error {
	l.mu.Lock()
	if l.appending {
		l.mu.Unlock()
		<-g.done
		return g.err
	}
	l.appending = true
	for l.gathering != nil {
		next := l.gathering
		l.gathering = nil
		batch := state.Batch{Expected: l.next, Events: next.events}
		failed := l.failed
		l.mu.Unlock()
		if failed == nil {
			// What the resources are now must be written down even when the run is being cancelled.
			batch.Expected, failed = l.store.Append(context.WithoutCancel(ctx), batch)
		}
		l.mu.Lock()
		if failed == nil {
			l.next = batch.Expected
		} else if l.failed == nil {
			l.failed = fmt.Errorf("appending to the state: %w", failed)
		}
		next.err = l.failed
		close(next.done)
	}
	l.appending = false
	l.mu.Unlock()
	<-g.done
	return g.err
}
