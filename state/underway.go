package state

// This file tells operations that are under way from those that were interrupted.

import (
	"context"
	"time"
)

// ReadUnderWay reads a state without its lock. When somebody who may still be at work holds the lock, the intents that were declared since it was taken are
// not unfinished but under way: [Intent].UnderWay says who is at it.
func ReadUnderWay(ctx context.Context, store Store) (*Snapshot, error) {
	snapshot, err := store.Read(ctx)
	locker, ok := store.(Locker)
	if err != nil || len(snapshot.Intents) == 0 || !ok {
		return snapshot, err
	}
	holder, err := locker.Holder(ctx)
	if err != nil || holder == nil || holder.Dead() {
		// Whoever it was may have come to an end since the state was read.
		return store.Read(ctx)
	}
	for n, i := range snapshot.Intents {
		if !i.Time.Before(holder.Time.Truncate(time.Second)) { // events may have whole seconds only
			snapshot.Intents[n].UnderWay = holder
		}
	}
	return snapshot, nil
}
