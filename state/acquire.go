package state

// This file takes locks, waiting if need be.

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Held is a lock that this process holds, or stands for the one that a store without locks does not have.
type Held struct {
	locker Locker // nil: there is no lock
	lock   Lock
}

// Acquire takes the lock of a store for a command. While somebody else holds it, it tries again for as long as patience says, after
// telling waiting once who has it (may be nil); then it returns a [*LockedError]. A store that cannot be locked is no error: see [Held.ID].
func Acquire(ctx context.Context, store Store, command string, patience time.Duration, waiting func(Lock)) (*Held, error) {
	locker, ok := store.(Locker)
	if !ok {
		return &Held{}, nil
	}
	lock := NewLock(command, time.Now())
	end := time.Now().Add(patience)
	for pause, told := 20*time.Millisecond, false; ; pause = min(2*pause, time.Second) {
		err := locker.Lock(ctx, lock)
		var locked *LockedError
		left := time.Until(end)
		switch {
		case err == nil:
			return &Held{locker, lock}, nil
		case errors.Is(err, errors.ErrUnsupported):
			return &Held{}, nil
		case !errors.As(err, &locked) || left <= 0:
			return nil, err
		}
		if !told && waiting != nil {
			told = true
			waiting(locked.Lock)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(min(pause, left)):
		}
	}
}

// ID returns the lock's ID for [Batch].Lock, "" when the store has no locks.
func (h *Held) ID() string { return h.lock.ID }

// Release gives the lock back. The error wraps [ErrLockLost] when somebody has broken it.
func (h *Held) Release(ctx context.Context) error {
	if h.locker == nil {
		return nil
	}
	err := h.locker.Unlock(context.WithoutCancel(ctx), h.lock.ID)
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("giving back the state's lock: %w", ErrLockLost)
	}
	return err
}
