package engine

// This file opens states and asks what they hold.

import (
	"context"
	"fmt"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

// State is what a state resource remembers; [StateLog] is one. Its methods may be called from several goroutines at once.
type State interface {
	// Resource returns what is recorded about the resource at path, nil when nothing is.
	Resource(path addr.Path) (*plan.Recorded, error)
	// Record appends that the action made the resource at path what r says, and returns when that is durable.
	Record(ctx context.Context, action plan.Action, path addr.Path, provider plan.Provider, r *plan.Recorded) error
	// Close lets go of the state. It is called once, after all other calls have returned.
	Close() error
}

// OpenState opens the state that a resource keeps, reading it once. Resource is as the engine has applied it. When its
// outputs are nil it was only evaluated, and opening must not make anything.
type OpenState func(ctx context.Context, path addr.Path, provider providers.Spec, resource protocol.Resource) (State, error)

// openState opens the state kept by the resource at path, once that resource is applied.
func (w *walk) openState(ctx context.Context, path addr.Path) (graph.Step[key], error) {
	keeper := w.lookUp(path)
	switch {
	case keeper == nil:
		reason := why{"the state kept by " + path.String(), addr.Output{Resource: path}}
		return graph.Step[key]{Needs: []graph.Need[key]{{Key: key{path: path}, Why: reason}}}, nil
	case keeper.decl == nil:
		return graph.Step[key]{}, Failure{Path: path, Doing: "opening the state kept by", Err: fmt.Errorf("%s is a composite, not a resource that can keep state", describe(path))}
	}
	state, err := w.opts.OpenState(ctx, path, spec(keeper.decl), protocol.Resource{
		Type:             keeper.decl.Type,
		InputProperties:  protocol.Properties(keeper.decl.Inputs.Known),
		OutputProperties: protocol.Properties(keeper.outputs),
	})
	if err != nil {
		return graph.Step[key]{}, Failure{Path: path, Doing: "opening the state kept by", Err: err}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states[path] = state
	return graph.Step[key]{}, nil
}

func (w *walk) state(path addr.Path) State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.states[path]
}

// closeStates closes all states that were opened, and returns the first error.
func (w *walk) closeStates() error {
	var first error
	for path, state := range w.states {
		if err := state.Close(); err != nil && first == nil {
			first = fmt.Errorf("closing the state kept by %s: %w", path, err)
		}
	}
	return first
}

func spec(r *Resource) providers.Spec {
	return providers.Spec{Executable: r.Provider.Executable, Args: r.Provider.Args}
}

// ReadState opens the state kept by the resource at path without applying anything; opts.Paths is not used. What the
// resource's inputs depend on is taken from states as well; when that is not enough, the error says which
// resource has to be applied first. The caller closes the state.
func ReadState(ctx context.Context, config Config, path addr.Path, opts Options) (State, error) {
	w, end := newWalk(ctx, config, opts)
	defer end()
	w.opts.Paths = []addr.Path{path}
	w.act = w.recall
	target := key{path, true}
	outcomes := w.run(ctx, []key{target}, nil)
	opened := w.states[path]
	delete(w.states, path)
	closeErr := w.closeStates()
	switch failed := newApplyError(outcomes); {
	case len(failed.Failures) > 0:
		return nil, failed.Failures[0]
	case opened == nil:
		return nil, ErrStopped
	}
	return opened, closeErr
}

// recall gives the outputs that state has for a resource, and tells them. It changes nothing.
func (w *walk) recall(ctx context.Context, r *Resource, path addr.Path) (plan.Object, error) {
	if !r.Stateful() {
		return nil, nil
	}
	before, err := w.state(r.State).Resource(path)
	if err != nil || before == nil {
		return nil, err
	}
	return before.Outputs, w.tell(ctx, path, before.Outputs)
}
