package sdk

// This file serves a state backend as a resource type.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"nixops4/providers/protocol"
	"nixops4/state"
)

// NewStateResource returns a resource type that stores state. open returns the store that the inputs name, without creating it; it is
// called once per set of inputs, and the store is kept, with all it remembers, as long as the provider runs. When the store is a [state.Locker] too,
// the resource can be locked; so it is with [state.Repairer], [state.Compacter] and [state.Destroyer]. A resource of the type is created by
// creating the store, and is not state itself.
func NewStateResource[In any](open func(In) (state.Store, error)) *StateResource[In] {
	return &StateResource[In]{open: open, stores: map[string]*openStore{}}
}

// StateResource is a resource type that stores state. See [NewStateResource].
type StateResource[In any] struct {
	open func(In) (state.Store, error)

	mu     sync.Mutex // guards stores
	stores map[string]*openStore
}

// openStore is a store and the index that is probably next.
type openStore struct {
	state.Store
	next uint64
}

func (t *StateResource[In]) describe() protocol.ResourceType {
	return protocol.ResourceType{
		Operations: []string{
			"create", "update", "stateRead", "stateEvent", "stateSnapshot", "stateEvents", "stateAppend", "stateLock", "stateUnlock", "stateHolder",
			"stateRepair", "stateCompact", "read", "destroy", "callMethod",
		},
		Inputs:  fieldNames[In](),
		Methods: []string{"compact", "verify"},
	}
}

func (t *StateResource[In]) handle(ctx context.Context, r protocol.Request) (protocol.Response, error) {
	switch r := r.(type) {
	case protocol.CreateResourceRequest:
		s, err := t.store(r.InputProperties)
		if err != nil {
			return nil, err
		}
		return protocol.CreateResourceResponse{}, s.Create(ctx)
	case protocol.UpdateResourceRequest:
		s, err := t.store(r.InputProperties)
		if err != nil {
			return nil, err
		}
		return protocol.UpdateResourceResponse{}, s.Create(ctx)
	case protocol.ReadResourceRequest:
		return t.look(ctx, r)
	case protocol.DestroyResourceRequest:
		return t.destroy(ctx, r)
	case protocol.StateResourceReadRequest:
		return t.read(ctx, r)
	case protocol.StateResourceEvent:
		return t.event(ctx, r)
	case protocol.StateSnapshotRequest:
		return t.snapshot(ctx, r)
	case protocol.StateEventsRequest:
		return t.events(ctx, r)
	case protocol.StateAppendRequest:
		return t.append(ctx, r)
	case protocol.StateLockRequest:
		return t.lock(ctx, r)
	case protocol.StateUnlockRequest:
		return t.unlock(ctx, r)
	case protocol.StateHolderRequest:
		return t.holder(ctx, r)
	case protocol.StateRepairRequest:
		return t.repair(ctx, r)
	case protocol.StateCompactRequest:
		return t.compact(ctx, r)
	case protocol.CallMethodRequest:
		return t.callMethod(ctx, r)
	}
	return nil, errNotSupported
}

// store returns the store that inputs name.
func (t *StateResource[In]) store(inputs protocol.Properties) (*openStore, error) {
	in, err := decodeInputs[In](inputs)
	if err != nil {
		return nil, err
	}
	key, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.stores[string(key)]; s != nil {
		return s, nil
	}
	s, err := t.open(in)
	if err != nil {
		return nil, err
	}
	o := &openStore{Store: s}
	t.stores[string(key)] = o
	return o, nil
}

func (t *StateResource[In]) read(ctx context.Context, r protocol.StateResourceReadRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.Read(ctx)
	if err != nil {
		return nil, err
	}
	text, err := snapshot.Document.MarshalJSON()
	return protocol.StateResourceReadResponse{State: text}, err
}

func (t *StateResource[In]) snapshot(ctx context.Context, r protocol.StateSnapshotRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.Read(ctx)
	if errors.Is(err, state.ErrNotFound) {
		return protocol.StateSnapshotResponse{Missing: true}, nil
	}
	if err != nil {
		return nil, err
	}
	response := protocol.StateSnapshotResponse{NextIndex: snapshot.Next}
	for _, intent := range snapshot.Intents {
		text, err := marshal(intent)
		if err != nil {
			return nil, err
		}
		response.Intents = append(response.Intents, text)
	}
	response.State, err = snapshot.Document.MarshalJSON()
	return response, err
}

// event records a change of which only the patch is known. There is no index to check; the change is simply the next one.
func (t *StateResource[In]) event(ctx context.Context, r protocol.StateResourceEvent) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	patch, err := state.ParsePatch(r.Patch)
	if err != nil {
		return nil, err
	}
	meta := state.NewMeta(r.Event, time.Now()).With("nixopsVersion", r.NixopsVersion)
	for {
		next, err := s.Append(ctx, state.Batch{Expected: s.next, Events: []state.Event{{Meta: meta, Patch: patch}}})
		var conflict *state.ConflictError
		if errors.As(err, &conflict) {
			s.next = conflict.Actual
			continue
		}
		if err == nil {
			s.next = next
		}
		return protocol.StateResourceEventResponse{}, err
	}
}

func (t *StateResource[In]) events(ctx context.Context, r protocol.StateEventsRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	events, err := s.Events(ctx, r.From)
	if errors.Is(err, state.ErrNotFound) {
		return protocol.StateEventsResponse{Missing: true}, nil
	}
	if err != nil {
		return nil, err
	}
	response := protocol.StateEventsResponse{Events: make([]protocol.Event, len(events))}
	for i, e := range events {
		patch, err := e.Patch.MarshalJSON()
		if err != nil {
			return nil, err
		}
		response.Events[i] = protocol.Event{Index: e.Index, Meta: protocol.Properties(e.Meta), Patch: patch}
	}
	return response, nil
}

func (t *StateResource[In]) append(ctx context.Context, r protocol.StateAppendRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	b := state.Batch{Expected: r.ExpectedIndex, Lock: r.Lock, Events: make([]state.Event, len(r.Events))}
	for i, e := range r.Events {
		if b.Events[i].Patch, err = state.ParsePatch(e.Patch); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		b.Events[i].Meta = state.Meta(e.Meta)
	}
	next, err := s.Append(ctx, b)
	var conflict *state.ConflictError
	if errors.As(err, &conflict) {
		return protocol.StateAppendResponse{Conflict: true, NextIndex: conflict.Actual}, nil
	}
	switch {
	case errors.Is(err, state.ErrLockLost):
		return protocol.StateAppendResponse{LockLost: true}, nil
	case errors.Is(err, state.ErrNotFound):
		return protocol.StateAppendResponse{Missing: true}, nil
	}
	return protocol.StateAppendResponse{NextIndex: next}, err
}

func (t *StateResource[In]) locker(r protocol.Resource) (state.Locker, error) {
	s, err := t.store(r.InputProperties)
	if err != nil {
		return nil, err
	}
	l, ok := s.Store.(state.Locker)
	if !ok {
		return nil, errNotSupported
	}
	return l, nil
}

func (t *StateResource[In]) lock(ctx context.Context, r protocol.StateLockRequest) (protocol.Response, error) {
	locker, err := t.locker(r.Resource)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339Nano, r.Lock.Time)
	if err != nil {
		return nil, fmt.Errorf("lock has no proper time: %w", err)
	}
	l := r.Lock
	err = locker.Lock(ctx, state.Lock{
		ID: l.ID, Holder: l.Holder, Host: l.Host, PID: l.PID, Time: at, Command: l.Command, BootID: l.BootID,
		Started: l.Started, Machine: l.Machine,
	})
	var locked *state.LockedError
	if errors.As(err, &locked) {
		return protocol.StateLockResponse{Held: lockMessage(&locked.Lock)}, nil
	}
	return protocol.StateLockResponse{}, err
}

func (t *StateResource[In]) unlock(ctx context.Context, r protocol.StateUnlockRequest) (protocol.Response, error) {
	locker, err := t.locker(r.Resource)
	if err != nil {
		return nil, err
	}
	err = locker.Unlock(ctx, r.ID)
	if errors.Is(err, state.ErrNotFound) {
		return protocol.StateUnlockResponse{Missing: true}, nil
	}
	return protocol.StateUnlockResponse{}, err
}

func (t *StateResource[In]) holder(ctx context.Context, r protocol.StateHolderRequest) (protocol.Response, error) {
	locker, err := t.locker(r.Resource)
	if err != nil {
		return nil, err
	}
	held, err := locker.Holder(ctx)
	if err != nil || held == nil {
		return protocol.StateHolderResponse{}, err
	}
	return protocol.StateHolderResponse{Held: lockMessage(held)}, nil
}

// look says whether there is a state.
func (t *StateResource[In]) look(ctx context.Context, r protocol.ReadResourceRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	_, err = s.Read(ctx)
	if errors.Is(err, state.ErrNotFound) {
		return protocol.ReadResourceResponse{Gone: true}, nil
	}
	return protocol.ReadResourceResponse{OutputProperties: protocol.Properties{}}, err
}

func (t *StateResource[In]) destroy(ctx context.Context, r protocol.DestroyResourceRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	destroyer, ok := s.Store.(state.Destroyer)
	if !ok {
		return nil, errNotSupported
	}
	return protocol.DestroyResourceResponse{}, destroyer.Destroy(ctx)
}

func (t *StateResource[In]) repair(ctx context.Context, r protocol.StateRepairRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	repairer, ok := s.Store.(state.Repairer)
	if !ok {
		return nil, errNotSupported
	}
	copied, cut, err := repairer.Repair(ctx)
	return protocol.StateRepairResponse{Copy: copied, Cut: cut}, err
}

func (t *StateResource[In]) compact(ctx context.Context, r protocol.StateCompactRequest) (protocol.Response, error) {
	s, err := t.store(r.Resource.InputProperties)
	if err != nil {
		return nil, err
	}
	compacter, ok := s.Store.(state.Compacter)
	if !ok {
		return nil, errNotSupported
	}
	copied, err := compacter.Compact(ctx)
	return protocol.StateCompactResponse{Copy: copied}, err
}

func lockMessage(l *state.Lock) *protocol.Lock {
	return &protocol.Lock{
		ID: l.ID, Holder: l.Holder, Host: l.Host, PID: l.PID,
		Time: l.Time.Format(time.RFC3339Nano), Command: l.Command, BootID: l.BootID,
		Started: l.Started, Machine: l.Machine,
	}
}
