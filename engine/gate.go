package engine

// This file lets somebody decide about each item before it is carried out.

import (
	"context"

	"nixops4/engine/graph"
	"nixops4/engine/plan"
)

// gate waits until the item may be carried out. It is an error when it may not: the item is left alone then, and so are those that need it.
func (a *applier) gate(ctx context.Context, item *plan.Item) error {
	if a.opts.Gate == nil || item.Action == plan.None || a.opts.Gate(ctx, item) {
		return nil
	}
	if a.halted() || ctx.Err() != nil {
		return graph.ErrStopped
	}
	return leftAlone{Skip{Path: item.Path, Cause: item.Path, Asked: true}}
}
