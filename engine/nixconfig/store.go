package nixconfig

// This file has what resources refer to built.

import (
	"context"
	"fmt"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/eval/nixstore"
	"nixops4/eval/worker"
)

var _ engine.Store = (*Config)(nil)

// phases are the kinds of events, as the engine calls them.
var phases = map[nixstore.EventKind]engine.BuildPhase{
	nixstore.Building: engine.BuildStarted,
	nixstore.Fetching: engine.BuildFetch,
	nixstore.Said:     engine.BuildLog,
	nixstore.Message:  engine.BuildLog,
	nixstore.Ended:    engine.BuildEnded,
	nixstore.Counted:  engine.BuildCount,
}

// Realise makes sure that what refs say is in the Nix store, for the resource at path. What happens meanwhile goes to tell.
func (c *Config) Realise(ctx context.Context, path addr.Path, refs []string, tell func(engine.Building)) error {
	return c.client.Realise(ctx, worker.RealiseRequest{Path: path.Names(), Refs: refs}, func(e nixstore.Event) {
		b := engine.Building{Path: path, Phase: phases[e.Kind], Object: e.Path, Text: e.Text, Done: e.Done, Expected: e.Expected}
		if e.Path != "" {
			b.Name = e.Name()
		}
		tell(b)
	})
}

// Hold protects those of the paths that are in the Nix store from the garbage collector, until the evaluator process ends.
func (c *Config) Hold(ctx context.Context, paths []string) error {
	if err := c.client.Realise(ctx, worker.RealiseRequest{Hold: paths}, nil); err != nil {
		return fmt.Errorf("protecting what is recorded from Nix's garbage collector: %w", err)
	}
	return nil
}
