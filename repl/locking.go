package repl

// This file holds the lock of a state only while something is recorded.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

// briefState is a state that is read without its lock. The first change takes the lock and reads again; release gives it back. So nobody
// else has to wait while a user thinks.
type briefState struct {
	keeper addr.Path
	open   func(ctx context.Context, changes bool) (engine.State, error)

	mu     sync.Mutex // guards the rest
	now    engine.State
	locked bool
}

func openBrief(ctx context.Context, keeper addr.Path, open func(ctx context.Context, changes bool) (engine.State, error)) (*briefState, error) {
	now, err := open(ctx, false)
	if err != nil {
		return nil, err
	}
	return &briefState{keeper: keeper, open: open, now: now}, nil
}

func (b *briefState) current() engine.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// lock makes sure that the lock is held. What is recorded at path must still be what was read.
func (b *briefState) lock(ctx context.Context, path addr.Path) (engine.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.locked {
		return b.now, nil
	}
	locked, err := b.open(ctx, true)
	if err != nil {
		return nil, err
	}
	before, errBefore := b.now.Resource(path)
	after, errAfter := locked.Resource(path)
	if err := errors.Join(errBefore, errAfter); err != nil {
		return nil, errors.Join(err, locked.Close())
	}
	if !sameRecord(before, after) {
		err := &hinted{fmt.Errorf("somebody else has changed what is recorded of %s since it was planned; nothing was done", path), "make a new plan: :plan"}
		return nil, errors.Join(err, locked.Close())
	}
	_ = b.now.Close() // it was only read
	b.now, b.locked = locked, true
	return locked, nil
}

func sameRecord(a, b *plan.Recorded) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// release gives the lock back.
func (b *briefState) release(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.locked {
		return nil
	}
	now, err := b.open(ctx, false) // before the lock goes, so that nothing is missed
	if err != nil {
		return err
	}
	err = b.now.Close()
	b.now, b.locked = now, false
	return err
}

// Resource implements [engine.State].
func (b *briefState) Resource(path addr.Path) (*plan.Recorded, error) {
	return b.current().Resource(path)
}

// All implements [engine.State].
func (b *briefState) All() (map[addr.Path]*plan.Recorded, error) { return b.current().All() }

// Unfinished implements [engine.State].
func (b *briefState) Unfinished() []state.Intent { return b.current().Unfinished() }

// Begin implements [engine.State].
func (b *briefState) Begin(ctx context.Context, intent state.Intent) (string, error) {
	locked, err := b.lock(ctx, addr.Of(intent.Path...))
	if err != nil {
		return "", err
	}
	return locked.Begin(ctx, intent)
}

// Record implements [engine.State].
func (b *briefState) Record(ctx context.Context, c engine.Change) error {
	locked, err := b.lock(ctx, c.Path)
	if err != nil {
		return err
	}
	return locked.Record(ctx, c)
}

// Close implements [engine.State].
func (b *briefState) Close() error { return b.current().Close() }
