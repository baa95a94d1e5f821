// Package mem keeps state in memory, for tests and for commands that must not write.
//
// [New] returns a [Store] without a log; it implements [state.Store] and [state.Locker] in full and is the model other
// backends are compared with.
package mem

import (
	"context"
	"fmt"
	"sync"
	"time"

	"nixops4/state"
)

// Store is a log in memory.
type Store struct {
	mu     sync.Mutex // guards the fields below
	log    state.Log
	events []state.Event
	lock   *state.Lock
}

// New returns a store without a log.
func New() *Store { return &Store{} }

// Create implements [state.Store].
func (s *Store) Create(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log.Document != nil {
		return nil
	}
	return s.add(state.FirstEvent(time.Now()))
}

func (s *Store) add(e state.Event) error {
	e.Index = s.log.Next
	if err := s.log.Add(e); err != nil {
		return err
	}
	s.events = append(s.events, e)
	return nil
}

// Read implements [state.Store].
func (s *Store) Read(context.Context) (*state.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log.Document == nil {
		return nil, fmt.Errorf("state in memory: %w", state.ErrNotFound)
	}
	return s.log.Snapshot(), nil
}

// Events implements [state.Store].
func (s *Store) Events(_ context.Context, from uint64) ([]state.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log.Document == nil {
		return nil, fmt.Errorf("state in memory: %w", state.ErrNotFound)
	}
	if from >= s.log.Next {
		return nil, nil
	}
	return append([]state.Event(nil), s.events[from:]...), nil
}

// Append implements [state.Store].
func (s *Store) Append(_ context.Context, b state.Batch) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.log.Document == nil:
		return 0, fmt.Errorf("state in memory: %w", state.ErrNotFound)
	case b.Lock != "" && (s.lock == nil || s.lock.ID != b.Lock):
		return 0, state.ErrLockLost
	case b.Expected != s.log.Next:
		return 0, &state.ConflictError{Expected: b.Expected, Actual: s.log.Next}
	}
	if _, err := s.log.AddAll(b.Events); err != nil {
		return 0, err
	}
	for i, e := range b.Events {
		e.Index = b.Expected + uint64(i)
		s.events = append(s.events, e)
	}
	return s.log.Next, nil
}

// Lock implements [state.Locker].
func (s *Store) Lock(_ context.Context, l state.Lock) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil && !s.lock.Dead() {
		return &state.LockedError{Lock: *s.lock}
	}
	s.lock = &l
	return nil
}

// Unlock implements [state.Locker].
func (s *Store) Unlock(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil || s.lock.ID != id {
		return fmt.Errorf("lock %q: %w", id, state.ErrNotFound)
	}
	s.lock = nil
	return nil
}

// Holder implements [state.Locker].
func (s *Store) Holder(context.Context) (*state.Lock, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return nil, nil
	}
	l := *s.lock
	return &l, nil
}

// Destroy implements [state.Destroyer].
func (s *Store) Destroy(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log.Document == nil {
		return nil
	}
	if err := s.log.Snapshot().Empty(); err != nil {
		return err
	}
	s.log, s.events = state.Log{}, nil
	return nil
}
