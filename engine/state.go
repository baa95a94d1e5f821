package engine

// This file opens states and asks what they hold.

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// State is what a state resource remembers; [StateLog] is one. Its methods may be called from several goroutines at once. Those
// that change it return when the change is durable.
type State interface {
	// Resource returns what is recorded about the resource at path, nil when nothing is.
	Resource(path addr.Path) (*plan.Recorded, error)
	// All returns everything that is recorded, by path.
	All() (map[addr.Path]*plan.Recorded, error)
	// Unfinished returns the intents without an end, oldest first.
	Unfinished() []state.Intent
	// Begin declares that a provider is about to be asked for something, and returns the intent's ID.
	Begin(ctx context.Context, intent state.Intent) (id string, err error)
	// Record appends a change.
	Record(ctx context.Context, c Change) error
	// Close lets go of the state and of its lock. It is called once, after all other calls have returned.
	Close() error
}

// Change is what is recorded in one step.
type Change struct {
	Event string // the operation, such as "create"
	Path  addr.Path
	// One of these says what becomes of the record; none: nothing.
	Set    *plan.Recorded
	Remove bool
	MoveTo addr.Path

	Begin *state.Intent // declared in the same step
	End   []string      // intents that are settled
	Error string        // why the operation failed, if it did
}

// OpenState opens the state that a resource keeps, reading it once. Resource is as the engine has applied it. When its
// outputs are nil it was only evaluated, and opening must not make anything.
type OpenState func(ctx context.Context, path addr.Path, provider providers.Spec, resource protocol.Resource) (State, error)

// noState stands for a state that does not exist yet. Nothing is recorded in it.
type noState struct{}

func (noState) Resource(addr.Path) (*plan.Recorded, error) { return nil, nil }
func (noState) All() (map[addr.Path]*plan.Recorded, error) { return nil, nil }
func (noState) Unfinished() []state.Intent                 { return nil }
func (noState) Close() error                               { return nil }
func (noState) Record(context.Context, Change) error       { return state.ErrNotFound }
func (noState) Begin(context.Context, state.Intent) (string, error) {
	return "", state.ErrNotFound
}

// openState opens the state kept by the resource at path, once that resource is applied, or planned.
func (w *walk) openState(ctx context.Context, path addr.Path) (graph.Step[key], error) {
	keeper := w.lookUp(path)
	switch {
	case keeper == nil:
		reason := why{"the state kept by " + path.String(), addr.Output{Resource: path}}
		return graph.Step[key]{Needs: []graph.Need[key]{{Key: key{path: path}, Why: reason}}}, nil
	case keeper.blocked:
		return graph.Step[key]{}, nil // who needs it is blocked, too
	case keeper.decl == nil:
		return graph.Step[key]{}, Failure{Path: path, Doing: "opening the state kept by", Err: fmt.Errorf("%s is a composite, not a resource that can keep state", describe(path))}
	case len(keeper.decl.Inputs.Unknown) > 0:
		if w.lenient {
			return graph.Step[key]{}, nil
		}
		return graph.Step[key]{}, Failure{Path: path, Doing: "evaluating", Err: notKnown(path, keeper.decl.Inputs.Unknown[0])}
	}
	if w.state(path) != nil {
		return graph.Step[key]{}, nil
	}
	if err := w.ready(ctx, path, slices.Concat(keeper.decl.Store.Provider, keeper.decl.Store.Inputs)); err != nil {
		return graph.Step[key]{}, Failure{Path: path, Err: err}
	}
	open := w.opts.OpenState
	if w.reading && w.opts.ReadState != nil {
		open = w.opts.ReadState
	}
	opened, err := open(ctx, path, spec(keeper.decl.Provider), protocol.Resource{
		Type:             keeper.decl.Type,
		InputProperties:  protocol.Properties(keeper.decl.Inputs.Known),
		OutputProperties: protocol.Properties(keeper.outputs),
	})
	if w.lenient && errors.Is(err, state.ErrNotFound) {
		opened, err = noState{}, nil
	}
	if err == nil {
		err = w.holdRecorded(ctx, opened)
	}
	if err != nil {
		return graph.Step[key]{}, Failure{Path: path, Doing: "opening the state kept by", Err: err}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reading {
		w.peeked[path] = opened
	} else {
		w.states[path] = opened
	}
	return graph.Step[key]{}, nil
}

// state returns an opened state, or nil.
func (w *walk) state(path addr.Path) State {
	w.mu.Lock()
	defer w.mu.Unlock()
	if peeked := w.peeked[path]; peeked != nil {
		return peeked
	}
	return w.states[path]
}

// recordsOf returns everything that the state kept by a resource has.
func recordsOf(keeper addr.Path, st State) (map[addr.Path]*plan.Recorded, error) {
	entries, err := st.All()
	if err != nil {
		return nil, Failure{Path: keeper, Doing: "reading the state kept by", Err: err}
	}
	return entries, nil
}

func (r *Run) state(path addr.Path) State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.states[path]
}

// closeStates closes all states that were opened, and returns the first error.
func (r *Run) closeStates() error {
	var first error
	for path, state := range r.states {
		if err := state.Close(); err != nil && first == nil {
			first = fmt.Errorf("closing the state kept by %s: %w", path, err)
		}
	}
	clear(r.states)
	return first
}

func spec(p plan.Provider) providers.Spec {
	return providers.Spec{Executable: p.Executable, Args: p.Args}
}

// ReadState opens the state kept by the resource at path without applying anything; opts.Paths is not used. What the
// resource's inputs depend on is taken from states as well; when that is not enough, the error says which
// resource has to be applied first. The caller closes the state.
func ReadState(ctx context.Context, config Config, path addr.Path, opts Options) (State, error) {
	opts.Paths = []addr.Path{path}
	r := Open(config, opts)
	w, end := r.newWalk(ctx)
	defer end()
	w.act = w.recall
	target := key{path: path, kind: stateKey}
	outcomes := w.run(ctx, []key{target}, nil)
	opened := r.states[path]
	delete(r.states, path)
	closeErr := r.closeStates()
	switch failed := newApplyError(outcomes); {
	case len(failed.Failures) > 0:
		return nil, failed.Failures[0]
	case opened == nil:
		return nil, ErrStopped
	}
	return opened, closeErr
}

// recall gives the outputs that state has for a resource, and tells them. It changes nothing.
func (w *walk) recall(ctx context.Context, r *Resource, path addr.Path) (*settled, error) {
	s := &settled{decl: r}
	if !r.Stateful() || w.state(r.State) == nil {
		return s, nil
	}
	before, err := w.state(r.State).Resource(path)
	if err == nil && before == nil {
		before = w.formerRecord(w.state(r.State), path)
	}
	if err != nil || before == nil {
		return s, err
	}
	s.outputs, s.complete, s.before = before.Outputs, true, before
	Learn(w.opts.Secrets, before, r.Sensitive)
	return s, w.tell(ctx, path, s)
}

// formerRecord is what a state has of a resource under a path that it had; nil when there is nothing, or it is not known whether it is its.
func (w *walk) formerRecord(st State, path addr.Path) *plan.Recorded {
	for _, former := range w.formerPaths(path) {
		if free, err := w.freeAt(st, former, path); free && err == nil {
			entry, _ := st.Resource(former) // it was just read
			return entry
		}
	}
	return nil
}
