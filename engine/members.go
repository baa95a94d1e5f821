package engine

// This file lists members without applying anything.

import (
	"context"
	"errors"
	"fmt"

	"nixops4/engine/addr"
)

// Members returns the sorted names of the members of the composite at path. Outputs that their names depend on are taken
// from states, when opts.OpenState is set and they are there; else the error says what has to be applied first.
func Members(ctx context.Context, config Config, path addr.Path, opts Options) ([]string, error) {
	opts.Paths = []addr.Path{path}
	w, end := Open(config, opts).newWalk(ctx)
	defer end()
	w.act = w.recall
	asked := map[addr.Output]bool{}
	for {
		c, err := config.Component(w.evalCtx, path, WantContents)
		var needs *NeedsError
		switch {
		case errors.As(err, &needs) && w.remember(ctx, needs, asked):
			continue
		case needs != nil:
			return nil, errors.Join(fmt.Errorf("listing the members of %s: %w", describe(path), err), w.closeStates())
		case err != nil && w.halted():
			return nil, ErrStopped
		case err != nil:
			return nil, err
		case c.Resource != nil:
			return nil, fmt.Errorf("%s is a resource and has no members", path)
		}
		return c.Members, w.closeStates()
	}
}

// remember tells the needed outputs from what states have, and reports whether that can have brought us further.
func (w *walk) remember(ctx context.Context, needs *NeedsError, asked map[addr.Output]bool) bool {
	if w.opts.OpenState == nil {
		return false
	}
	further := false
	var start []key
	for _, output := range needs.Outputs {
		if !asked[output] {
			asked[output] = true
			further = true
			start = append(start, key{path: output.Resource})
		}
	}
	w.run(ctx, start, nil) // what could not be found out is asked for again
	return further
}
