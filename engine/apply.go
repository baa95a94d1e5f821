package engine

// This file applies: it decides an item for each resource and carries it out.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

// DefaultParallelism is how many resources are worked on at a time unless the options say otherwise.
const DefaultParallelism = 10

// Options of a run.
type Options struct {
	// Paths select resources and subtrees; what they need is included. None: everything.
	Paths []addr.Path
	// Parallelism is how many components are evaluated or acted on at a time; 0 means [DefaultParallelism].
	Parallelism int
	// Stop, when closed, starts nothing new: what runs may finish and is recorded. Cancelling the context also
	// reaches the running operations, whose outcome may then be unknown. May be nil.
	Stop <-chan struct{}
	// Events takes in what happens; may be nil.
	Events func(Event)
	// Provider returns the provider that spec names, for work on the resource at path.
	Provider func(spec providers.Spec, path addr.Path) Provider
	// OpenState opens states.
	OpenState OpenState
}

func (o Options) parallelism() int {
	if o.Parallelism < 1 {
		return DefaultParallelism
	}
	return o.Parallelism
}

// Provider is what the engine asks of a resource's provider. *providers.Provider is one.
type Provider interface {
	Create(ctx context.Context, r protocol.CreateResourceRequest) (protocol.Properties, error)
	Update(ctx context.Context, r protocol.UpdateResourceRequest) (protocol.Properties, error)
}

// Apply makes all selected resources what they are declared to be, with those they need.
//
// It returns the plain error when a selected path does not exist or cannot be evaluated, and then has changed nothing.
// Otherwise it returns what it did, with an *[ApplyError] when some resources failed, and [ErrStopped] when
// none did but the run was stopped before the end.
func Apply(ctx context.Context, config Config, opts Options) (*Result, error) {
	began := time.Now()
	w, end := newWalk(ctx, config, opts)
	defer end()
	a := &applier{walk: w, done: map[plan.Action]int{}, decided: map[addr.Path]*attempt{}}
	w.act = a.act
	start, err := a.start()
	if err != nil {
		return nil, err
	}
	outcomes := w.run(ctx, start, a.finished)
	failed := newApplyError(outcomes)
	if err := w.closeStates(); err != nil {
		failed.Failures = append(failed.Failures, Failure{Path: addr.Root, Err: err})
	}
	result := &Result{
		Done: a.done, Failed: failed.Failures, Skipped: failed.Skipped, Stopped: failed.Stopped,
		Duration: time.Since(began),
	}
	w.emit(Summary{result})
	switch {
	case len(failed.Failures) > 0:
		return result, failed
	case len(failed.Stopped) > 0:
		return result, ErrStopped
	}
	return result, nil
}

// applier is the state of one apply.
type applier struct {
	*walk
	done    map[plan.Action]int             // guarded by mu
	decided map[addr.Path]*attempt          // guarded by mu
	cycles  map[*graph.CycleError[key]]bool // told already; only finished uses it
}

// attempt is an item that was decided, for telling of its failure.
type attempt struct {
	item  *plan.Item
	began time.Time
}

// start checks the selected paths before anything is done.
func (a *applier) start() ([]key, error) {
	paths := a.opts.Paths
	if len(paths) == 0 {
		paths = []addr.Path{addr.Root}
	}
	var start []key
	for _, path := range paths {
		_, err := a.config.Component(a.evalCtx, path, WantContents)
		var needs *NeedsError
		if err != nil && !errors.As(err, &needs) {
			if a.halted() {
				return nil, ErrStopped
			}
			return nil, err
		}
		start = append(start, key{path: path})
	}
	return start, nil
}

// act decides what to do with a resource, announces it, and does it.
func (a *applier) act(ctx context.Context, r *Resource, path addr.Path) (plan.Object, error) {
	item, err := a.decide(r, path)
	if err != nil {
		return nil, Failure{Path: path, Err: err}
	}
	if a.halted() {
		return nil, graph.ErrStopped
	}
	at := &attempt{item: item}
	a.mu.Lock()
	a.decided[path] = at
	a.mu.Unlock()
	a.emit(Planned{item})

	var outputs plan.Object
	if item.Action == plan.None {
		outputs = item.Before.Outputs
	} else {
		at.began = time.Now()
		a.emit(Started{item, at.began})
		if outputs, err = a.perform(ctx, item); err != nil {
			return nil, err
		}
	}
	finished := Finished{Item: item, Outputs: outputs}
	if !at.began.IsZero() {
		finished.Duration = time.Since(at.began)
	}
	a.mu.Lock()
	a.done[item.Action]++
	a.mu.Unlock()
	a.emit(finished)
	return outputs, a.tell(ctx, path, outputs)
}

// decide compares the declaration with what state has.
func (a *applier) decide(r *Resource, path addr.Path) (*plan.Item, error) {
	item := &plan.Item{
		Action: plan.Ensure, Path: path, Type: r.Type, Provider: &r.Provider, State: r.State, Inputs: r.Inputs,
	}
	if !r.Stateful() {
		return item, nil
	}
	before, err := a.state(r.State).Resource(path)
	if err != nil {
		return nil, err
	}
	item.Before = before
	if before == nil {
		item.Action = plan.Create
		return item, nil
	}
	if before.Type != r.Type {
		return nil, fmt.Errorf("its type changed from %q to %q, and a resource cannot change its type; give the new one another name",
			before.Type, r.Type)
	}
	changed := plan.Changes(before.Inputs, r.Inputs.Known)
	if len(changed) == 0 {
		item.Action = plan.None
		return item, nil
	}
	item.Action = plan.Update
	for _, name := range changed {
		item.Reasons = append(item.Reasons, fmt.Sprintf("input %s changed", addr.Quote(name)))
	}
	return item, nil
}

// perform asks the provider to carry out the item, and records what came of it.
func (a *applier) perform(ctx context.Context, item *plan.Item) (plan.Object, error) {
	outputs, err := a.call(ctx, item)
	if err != nil {
		return nil, Failure{Path: item.Path, Err: err}
	}
	if outputs == nil {
		outputs = protocol.Properties{} // known, and there are none
	}
	if item.State.IsRoot() {
		return plan.Object(outputs), nil
	}
	after := &plan.Recorded{Type: item.Type, Inputs: item.Inputs.Known, Outputs: plan.Object(outputs)}
	if err := a.state(item.State).Record(ctx, item.Action, item.Path, *item.Provider, after); err != nil {
		// What exists now and is not recorded is lost to the next run; so no more of it.
		a.halt()
		return nil, Failure{Path: item.Path, Doing: "recording", Err: err}
	}
	return after.Outputs, nil
}

// call makes the provider request for an item.
func (a *applier) call(ctx context.Context, item *plan.Item) (protocol.Properties, error) {
	provider := a.opts.Provider(providers.Spec{Executable: item.Provider.Executable, Args: item.Provider.Args}, item.Path)
	inputs := protocol.Properties(item.Inputs.Known)
	switch item.Action {
	case plan.Create, plan.Ensure:
		return provider.Create(ctx, protocol.CreateResourceRequest{
			Type: item.Type, InputProperties: inputs, IsStateful: !item.State.IsRoot(),
		})
	case plan.Update:
		return provider.Update(ctx, protocol.UpdateResourceRequest{
			Resource: protocol.Resource{
				Type:             item.Before.Type,
				InputProperties:  protocol.Properties(item.Before.Inputs),
				OutputProperties: protocol.Properties(item.Before.Outputs),
			},
			InputProperties: inputs,
		})
	}
	panic(fmt.Sprintf("engine: apply cannot carry out %q", item.Action))
}

// tell makes outputs known to the configuration, unless nobody will ask any more.
func (w *walk) tell(ctx context.Context, path addr.Path, outputs plan.Object) error {
	if len(outputs) == 0 || w.halted() {
		return nil
	}
	if err := w.config.Tell(ctx, path, outputs); err != nil {
		return Failure{Path: path, Doing: "passing on the outputs of", Err: err}
	}
	return nil
}

// finished tells of components that did not succeed. The graph calls it, one call at a time.
func (a *applier) finished(k key, err error) {
	var skipped *graph.SkippedError[key]
	var cycle *graph.CycleError[key]
	var failure Failure
	switch {
	case err == nil || stopped(err):
	case errors.As(err, &skipped):
		if !k.state {
			a.emit(Skipped{newSkip(k.path, skipped)})
		}
	case errors.As(err, &cycle):
		if a.cycles == nil {
			a.cycles = map[*graph.CycleError[key]]bool{}
		}
		if !a.cycles[cycle] {
			a.cycles[cycle] = true
			failure = newFailure(k.path, err)
			a.emit(Failed{Path: failure.Path, Err: failure})
		}
	default:
		a.emit(a.failed(newFailure(k.path, err)))
	}
}

func (a *applier) failed(failure Failure) Failed {
	event := Failed{Path: failure.Path, Err: failure}
	a.mu.Lock()
	at := a.decided[failure.Path]
	a.mu.Unlock()
	if at != nil {
		event.Item = at.item
		if !at.began.IsZero() {
			event.Duration = time.Since(at.began)
		}
	}
	return event
}
