package engine

// This file walks the configuration: it evaluates components, and waits for the outputs that evaluation asks for.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
	"nixops4/engine/plan"
	"nixops4/internal/spell"
)

// key is a node of the graph: a component, or the opened state of a state resource.
type key struct {
	path  addr.Path
	state bool
}

// why is the reason of a need: what depends on it, such as "inputs.contents of web.page", and on which output. For a state
// the output has no name.
type why struct {
	what   string
	output addr.Output
}

func (w why) needs() string {
	if w.output.Name == "" {
		return "the state kept by " + w.output.Resource.String()
	}
	return w.output.String()
}

// settled is what a component came to.
type settled struct {
	decl    *Resource   // nil for a composite
	outputs plan.Object // nil when not known
}

// walk is one run over the configuration. What is done with a resource once its inputs are known is up to act.
type walk struct {
	config Config
	opts   Options
	// act handles a resource whose inputs and state are known, and returns its outputs; nil when they are not known.
	act func(ctx context.Context, r *Resource, path addr.Path) (plan.Object, error)

	stop     chan struct{} // closed when nothing new may start
	stopOnce sync.Once
	evalCtx  context.Context // ends with stop, so that a long evaluation does too

	mu      sync.Mutex // guards the fields below; what a map's value points to is written before it is put there
	settled map[addr.Path]*settled
	decls   map[addr.Path]*Resource // evaluated completely, not acted on yet
	states  map[addr.Path]State

	emitMu sync.Mutex // makes events come one at a time
}

// run works on the components at start and all they lead to, until nothing is left to do.
func (w *walk) run(ctx context.Context, start []key, finished func(key, error)) map[key]error {
	return graph.Run(ctx, start, w.work, graph.Options[key]{
		Parallelism: w.opts.parallelism(),
		Stop:        w.stop,
		Finished:    finished,
	})
}

// halt lets nothing new start.
func (w *walk) halt() { w.stopOnce.Do(func() { close(w.stop) }) }

func (w *walk) halted() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

func (w *walk) emit(e Event) {
	if w.opts.Events == nil {
		return
	}
	w.emitMu.Lock()
	defer w.emitMu.Unlock()
	w.opts.Events(e)
}

func (w *walk) work(ctx context.Context, k key) (graph.Step[key], error) {
	if k.state {
		return w.openState(ctx, k.path)
	}
	return w.component(ctx, k.path)
}

// component evaluates a component until it needs an output that is not there, or can be acted on.
func (w *walk) component(ctx context.Context, path addr.Path) (graph.Step[key], error) {
	if decl := w.decl(path); decl != nil {
		return w.resource(ctx, path, decl)
	}
	asked := map[addr.Output]bool{}
	for {
		c, waits, err := w.evaluate(path)
		if err != nil {
			return graph.Step[key]{}, err
		}
		step, err := w.await(waits)
		if err != nil {
			return graph.Step[key]{}, Failure{Path: path, Doing: "evaluating", Err: err}
		}
		if len(waits) == 0 || len(step.Needs) > 0 {
			return w.advance(ctx, path, c, step)
		}
		// All of them have been told since we asked.
		for _, wait := range waits {
			if asked[wait.output] {
				return graph.Step[key]{}, Failure{Path: path, Doing: "evaluating", Err: fmt.Errorf("internal error: %s is asked for again and again", wait.output)}
			}
			asked[wait.output] = true
		}
	}
}

// advance goes on with a component that was evaluated, c, and needs step before it can be acted on. c is nil when it is not
// even known what it is.
func (w *walk) advance(ctx context.Context, path addr.Path, c *Component, step graph.Step[key]) (graph.Step[key], error) {
	switch {
	case c != nil && c.Resource == nil:
		w.settle(path, &settled{})
		if w.selected(path) {
			for _, name := range c.Members {
				step.Found = append(step.Found, key{path: path.Child(name)})
			}
		}
		return step, nil
	case c != nil && len(step.Needs) == 0:
		w.keepDecl(path, c.Resource)
		return w.resource(ctx, path, c.Resource)
	case c != nil && c.Resource.Stateful():
		// Its state is needed anyway; opening it now saves time.
		step.Found = append(step.Found, key{c.Resource.State, true})
	}
	w.emitWaiting(path, step)
	return step, nil
}

// resource acts on a resource with known inputs, once its state is open.
func (w *walk) resource(ctx context.Context, path addr.Path, decl *Resource) (graph.Step[key], error) {
	if decl.Stateful() && w.state(decl.State) == nil {
		reason := why{"the state of " + path.String(), addr.Output{Resource: decl.State}}
		step := graph.Step[key]{Needs: []graph.Need[key]{{Key: key{decl.State, true}, Why: reason}}}
		w.emitWaiting(path, step)
		return step, nil
	}
	outputs, err := w.act(ctx, decl, path)
	if err == nil {
		w.settle(path, &settled{decl, outputs})
	}
	return graph.Step[key]{}, err
}

func (w *walk) emitWaiting(path addr.Path, step graph.Step[key]) {
	event := Waiting{Path: path}
	for _, need := range step.Needs {
		if need.Key.state {
			event.State = need.Key.path
		} else {
			event.On = append(event.On, need.Why.(why).output)
		}
	}
	w.emit(event)
}

// evaluate asks for a component with all there is to know. It returns what it depends on that is not known; when that is
// its structure, the component is nil.
func (w *walk) evaluate(path addr.Path) (*Component, []why, error) {
	c, err := w.config.Component(w.evalCtx, path, WantInputs)
	var needs *NeedsError
	switch {
	case errors.As(err, &needs) && len(needs.Outputs) > 0:
		var waits []why
		for _, output := range needs.Outputs {
			waits = append(waits, why{needs.What, output})
		}
		return nil, waits, nil
	case err != nil && w.halted():
		return nil, nil, graph.ErrStopped
	case err != nil:
		return nil, nil, Failure{Path: path, Doing: "evaluating", Err: err}
	case c.Resource == nil:
		return c, nil, nil
	}
	var waits []why
	for _, unknown := range c.Resource.Inputs.Unknown {
		waits = append(waits, why{inputName(path, unknown.At), unknown.Until})
	}
	return c, waits, nil
}

// inputName returns `inputs.args.0 of web.vm`.
func inputName(path addr.Path, at []string) string {
	name := "inputs"
	for _, step := range at {
		if _, err := strconv.Atoi(step); err != nil { // else it is the index of a list, most likely
			step = addr.Quote(step)
		}
		name += "." + step
	}
	return name + " of " + path.String()
}

// await returns the step that waits for those outputs that are not known yet.
func (w *walk) await(waits []why) (graph.Step[key], error) {
	var step graph.Step[key]
	for _, wait := range waits {
		done := w.lookUp(wait.output.Resource)
		if done == nil {
			step.Needs = append(step.Needs, graph.Need[key]{Key: key{path: wait.output.Resource}, Why: wait})
			continue
		}
		if err := done.check(wait); err != nil {
			return graph.Step[key]{}, err
		}
	}
	return step, nil
}

// check says what is wrong when a component is settled and does not have an output that another depends on.
func (s *settled) check(wait why) error {
	output := wait.output
	switch {
	case s.decl == nil:
		return &MissingOutputError{Output: output, Composite: true}
	case s.outputs == nil:
		return fmt.Errorf("%s depends on %s, which is not known before %s is applied", wait.what, output, output.Resource)
	}
	if _, ok := s.outputs[output.Name]; ok {
		return nil
	}
	returned := slices.Sorted(maps.Keys(s.outputs))
	return &MissingOutputError{Output: output, Returned: returned, Suggestion: spell.Hint(output.Name, returned)}
}

// selected reports whether path is below a path that was asked for, not only needed by one that is.
func (w *walk) selected(path addr.Path) bool {
	return len(w.opts.Paths) == 0 || slices.ContainsFunc(w.opts.Paths, path.HasPrefix)
}

func (w *walk) lookUp(path addr.Path) *settled {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settled[path]
}

func (w *walk) settle(path addr.Path, s *settled) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settled[path] = s
	delete(w.decls, path)
}

func (w *walk) decl(path addr.Path) *Resource {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.decls[path]
}

func (w *walk) keepDecl(path addr.Path, decl *Resource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decls[path] = decl
}

// newWalk returns a walk that stops with ctx and opts.Stop. Its end must be called when it is over.
func newWalk(ctx context.Context, config Config, opts Options) (w *walk, end func()) {
	evalCtx, cancel := context.WithCancel(ctx)
	w = &walk{
		config: config, opts: opts, evalCtx: evalCtx,
		stop:    make(chan struct{}),
		settled: map[addr.Path]*settled{},
		decls:   map[addr.Path]*Resource{},
		states:  map[addr.Path]State{},
	}
	over := make(chan struct{})
	go func() {
		defer cancel()
		select {
		case <-opts.Stop:
			w.halt()
		case <-ctx.Done():
			w.halt()
		case <-w.stop:
		case <-over:
		}
	}()
	return w, func() { close(over) }
}

// newCycleError puts the cycle's smallest path first, so that its text does not depend on timing.
func newCycleError(cycle *graph.CycleError[key]) *CycleError {
	links := make([]CycleLink, 0, len(cycle.Chain))
	first := 0
	for _, link := range cycle.Chain {
		if link.Key.state { // a state waits for the resource that keeps it, which the link before says
			continue
		}
		reason := link.Why.(why)
		links = append(links, CycleLink{link.Key.path, reason.what, reason.needs()})
		if links[len(links)-1].Path.Compare(links[first].Path) < 0 {
			first = len(links) - 1
		}
	}
	return &CycleError{slices.Concat(links[first:], links[:first])}
}
