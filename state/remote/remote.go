// Package remote keeps state in a resource: it speaks to the provider of a state resource, such as `state_file` of the local provider.
//
// [Open] returns a [Store] over one provider process, kept for the whole run so that what it has read is read once. With a provider that knows the
// state extensions of [nixops4/providers/protocol], it is a [state.Store] and [state.Locker] in full. One that knows protocol v0 only can store
// the document but not everything: see [Store].
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// Store is state kept by a resource. When its provider knows protocol v0 only:
//
//   - Indexes count the events of this Store alone, so that changes by others are not noticed.
//   - Events without a patch, such as intents, are not kept; of the metadata only "event" and "nixopsVersion" are.
//   - Events, Lock, Unlock and Holder return an error that wraps [errors.ErrUnsupported]. A batch with a lock is appended without checking it.
//   - State that does not exist is not told from other errors by Read.
type Store struct {
	provider *providers.Session
	resource protocol.Resource

	mu   sync.Mutex // guards next, and keeps v0 appends apart
	next uint64     // with protocol v0
}

// Open returns the state that resource keeps. The resource need not have been created. The caller closes the store.
func Open(provider *providers.Provider, resource protocol.Resource) *Store {
	return &Store{provider: provider.Session(), resource: resource, next: 1}
}

// Close ends the provider process.
func (s *Store) Close() error {
	s.provider.Close()
	return nil
}

// extended reports whether the provider knows the state extensions.
func (s *Store) extended(ctx context.Context) (bool, error) {
	return s.provider.Supports(ctx, "stateAppend", s.resource.Type)
}

// Create implements [state.Store]: it creates the resource.
func (s *Store) Create(ctx context.Context) error {
	response, err := s.provider.Create(ctx, protocol.CreateResourceRequest{Type: s.resource.Type, InputProperties: s.resource.InputProperties})
	if err == nil && s.resource.OutputProperties == nil {
		s.mu.Lock()
		s.resource.OutputProperties = response.OutputProperties
		s.mu.Unlock()
	}
	return err
}

func (s *Store) notFound() error {
	return fmt.Errorf("state of the %s resource: %w", s.resource.Type, state.ErrNotFound)
}

// Read implements [state.Store].
func (s *Store) Read(ctx context.Context) (*state.Snapshot, error) {
	extended, err := s.extended(ctx)
	if err != nil {
		return nil, err
	}
	if !extended {
		return s.readV0(ctx)
	}
	r, err := s.provider.StateSnapshot(ctx, s.resource)
	if err != nil {
		return nil, err
	}
	if r.Missing {
		return nil, s.notFound()
	}
	snapshot := &state.Snapshot{Next: r.NextIndex}
	for _, text := range r.Intents {
		var intent state.Intent
		if err := json.Unmarshal(text, &intent); err != nil {
			return nil, fmt.Errorf("reading state: intent: %w", err)
		}
		snapshot.Intents = append(snapshot.Intents, intent)
	}
	if snapshot.Document, err = state.ParseDocument(r.State); err != nil {
		return nil, fmt.Errorf("reading state: %w", err)
	}
	return snapshot, nil
}

func (s *Store) readV0(ctx context.Context) (*state.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.provider.StateRead(ctx, s.resource)
	if err != nil {
		return nil, err
	}
	d, err := state.ParseDocument(r.State)
	if err != nil {
		return nil, fmt.Errorf("reading state: %w", err)
	}
	return &state.Snapshot{Document: d, Next: s.next}, nil
}

// Events implements [state.Store].
func (s *Store) Events(ctx context.Context, from uint64) ([]state.Event, error) {
	r, err := s.provider.StateEvents(ctx, s.resource, from)
	if err != nil {
		return nil, err
	}
	if r.Missing {
		return nil, s.notFound()
	}
	var events []state.Event
	for _, e := range r.Events {
		patch, err := state.ParsePatch(e.Patch)
		if err != nil {
			return nil, fmt.Errorf("reading state: event %d: %w", e.Index, err)
		}
		events = append(events, state.Event{Index: e.Index, Meta: state.Meta(e.Meta), Patch: patch})
	}
	return events, nil
}

// Append implements [state.Store].
func (s *Store) Append(ctx context.Context, b state.Batch) (uint64, error) {
	extended, err := s.extended(ctx)
	if err != nil {
		return 0, err
	}
	if !extended {
		return s.appendV0(ctx, b)
	}
	request := protocol.StateAppendRequest{
		Resource: s.resource, ExpectedIndex: b.Expected, Lock: b.Lock, Events: make([]protocol.NewEvent, len(b.Events)),
	}
	for i, e := range b.Events {
		patch, err := e.Patch.MarshalJSON()
		if err != nil {
			return 0, err
		}
		request.Events[i] = protocol.NewEvent{Meta: protocol.Properties(e.Meta), Patch: patch}
	}
	r, err := s.provider.StateAppend(ctx, request)
	switch {
	case err != nil:
		return 0, err
	case r.Conflict:
		return 0, &state.ConflictError{Expected: b.Expected, Actual: r.NextIndex}
	case r.LockLost:
		return 0, state.ErrLockLost
	case r.Missing:
		return 0, s.notFound()
	}
	return r.NextIndex, nil
}

func (s *Store) appendV0(ctx context.Context, b state.Batch) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.Expected != s.next {
		return 0, &state.ConflictError{Expected: b.Expected, Actual: s.next}
	}
	for _, e := range b.Events {
		if len(e.Patch) > 0 {
			patch, err := e.Patch.MarshalJSON()
			if err != nil {
				return 0, err
			}
			err = s.provider.StateEvent(ctx, protocol.StateResourceEvent{
				Resource: s.resource, Event: e.Meta.Event(), NixopsVersion: e.Meta.Version(), Patch: patch,
			})
			if err != nil {
				return 0, err
			}
		}
		s.next++
	}
	return s.next, nil
}

// Lock implements [state.Locker].
func (s *Store) Lock(ctx context.Context, l state.Lock) error {
	r, err := s.provider.StateLock(ctx, protocol.StateLockRequest{Resource: s.resource, Lock: protocol.Lock{
		ID: l.ID, Holder: l.Holder, Host: l.Host, PID: l.PID, Time: l.Time.Format(time.RFC3339Nano), Command: l.Command, BootID: l.BootID,
		Started: l.Started, Machine: l.Machine,
	}})
	if err != nil {
		return err
	}
	if r.Held == nil {
		return nil
	}
	held, err := parseLock(r.Held)
	return errors.Join(err, &state.LockedError{Lock: held})
}

// Unlock implements [state.Locker].
func (s *Store) Unlock(ctx context.Context, id string) error {
	r, err := s.provider.StateUnlock(ctx, protocol.StateUnlockRequest{Resource: s.resource, ID: id})
	if err == nil && r.Missing {
		err = fmt.Errorf("lock %q: %w", id, state.ErrNotFound)
	}
	return err
}

// Holder implements [state.Locker].
func (s *Store) Holder(ctx context.Context) (*state.Lock, error) {
	r, err := s.provider.StateHolder(ctx, s.resource)
	if err != nil || r.Held == nil {
		return nil, err
	}
	l, err := parseLock(r.Held)
	return &l, err
}

func parseLock(l *protocol.Lock) (state.Lock, error) {
	at, err := time.Parse(time.RFC3339Nano, l.Time)
	if err != nil {
		err = fmt.Errorf("the time of the lock: %w", err)
	}
	return state.Lock{
		ID: l.ID, Holder: l.Holder, Host: l.Host, PID: l.PID, Time: at, Command: l.Command, BootID: l.BootID,
		Started: l.Started, Machine: l.Machine,
	}, err
}

// Repair implements [state.Repairer].
func (s *Store) Repair(ctx context.Context) (copied string, cut int64, err error) {
	r, err := s.provider.StateRepair(ctx, s.resource)
	return r.Copy, r.Cut, err
}

// Compact implements [state.Compacter].
func (s *Store) Compact(ctx context.Context) (copied string, err error) {
	r, err := s.provider.StateCompact(ctx, s.resource)
	return r.Copy, err
}
