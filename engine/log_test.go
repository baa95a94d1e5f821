package engine

// This file tests the state log on a store in memory.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

// memoryStore is a log in memory that is slow enough for events to gather.
type memoryStore struct {
	mu       sync.Mutex
	document *state.Document // nil: there is no log
	next     uint64
	appends  int
	broken   bool
	names    []string // of the events' operations
}

func (s *memoryStore) Create(context.Context) error {
	s.document, s.next = state.NewDocument(), 1
	return nil
}

func (s *memoryStore) Read(context.Context) (*state.Snapshot, error) {
	if s.document == nil {
		return nil, state.ErrNotFound
	}
	return &state.Snapshot{Document: s.document.Clone(), Next: s.next}, nil
}

func (s *memoryStore) Events(context.Context, uint64) ([]state.Event, error) { panic("not asked for") }

func (s *memoryStore) Append(ctx context.Context, b state.Batch) (uint64, error) {
	time.Sleep(time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appends++
	switch {
	case s.broken:
		return 0, errors.New("no space left")
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case b.Expected != s.next:
		return 0, &state.ConflictError{Expected: b.Expected, Actual: s.next}
	}
	for _, e := range b.Events {
		if err := s.document.Apply(e.Patch); err != nil {
			return 0, err
		}
		s.names = append(s.names, e.Meta.Event())
		s.next++
	}
	return s.next, nil
}

func recorded(value int) *plan.Recorded {
	return &plan.Recorded{Type: "memo", Inputs: plan.Object{"v": []byte(fmt.Sprint(value))}, Outputs: plan.Object{}}
}

// Many resources recorded at a time, in composites that do not exist yet, share appends and lose nothing.
func TestStateLogGathers(t *testing.T) {
	t.Parallel()
	const n = 200
	store := &memoryStore{}
	if _, err := OpenLog(t.Context(), store, false, "1"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("opening a log that does not exist: %v", err)
	}
	log, err := OpenLog(t.Context(), store, true, "1")
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel() // what is done is recorded all the same
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			path := addr.Of("a", fmt.Sprint("b", i%7), fmt.Sprint("r", i))
			if err := log.Record(cancelled, plan.Create, path, plan.Provider{Executable: "p"}, recorded(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if store.appends > n/4 {
		t.Errorf("%d appends for %d events", store.appends, n)
	}
	again, err := OpenLog(t.Context(), store, true, "1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		path := addr.Of("a", fmt.Sprint("b", i%7), fmt.Sprint("r", i))
		r, err := again.Resource(path)
		if err != nil || r == nil || string(r.Inputs["v"]) != fmt.Sprint(i) {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
	}
	if r, err := again.Resource(addr.Of("a", "b0", "nothing")); r != nil || err != nil {
		t.Errorf("what is not there: %+v, %v", r, err)
	}
	text, err := again.Document().MarshalJSON()
	if err != nil || !strings.Contains(string(text), `"provider":{"type":"","executable":"p","args":null}`) {
		t.Errorf("the provider is not recorded: %.300s, %v", text, err)
	}
}

func TestStateLogRefusals(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	log, err := OpenLog(t.Context(), store, true, "1")
	if err != nil {
		t.Fatal(err)
	}
	record := func(value int) error {
		return log.Record(t.Context(), plan.Update, addr.Of("a"), plan.Provider{}, recorded(value))
	}
	if err := record(1); err != nil {
		t.Fatal(err)
	}
	if err := record(1); err != nil || store.appends != 1 {
		t.Errorf("recording the same again: %d appends, %v", store.appends, err)
	}
	store.next = 7 // somebody else
	var conflict *state.ConflictError
	if err := record(2); !errors.As(err, &conflict) {
		t.Errorf("conflict: %v", err)
	}
	store.next = 2
	if err := record(3); !errors.As(err, &conflict) || store.appends != 2 {
		t.Errorf("after a conflict: %v, %d appends", err, store.appends)
	}
}
