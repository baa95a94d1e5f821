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

// key is a node of the graph.
type key struct {
	path addr.Path
	kind keyKind
	id   string // of the intent, for a deposedKey
}

type keyKind int

const (
	componentKey keyKind = iota // a component
	stateKey                    // the opened state of a state resource
	deleteKey                   // the deletion of what is recorded at the path
	deposedKey                  // the destruction of an object that was replaced
)

// why is the reason of a need: what depends on it, such as "inputs.contents of web.page", and on which output. For a state,
// and for a component as a whole, the output has no name.
type why struct {
	what   string
	output addr.Output
}

func (w why) needs() string {
	switch {
	case w.output.Name != "":
		return w.output.String()
	case w.whole():
		return w.output.Resource.String()
	}
	return "the state kept by " + w.output.Resource.String()
}

// whole reports whether the need is for a component to be done, whatever its outputs.
func (w why) whole() bool { return w.output.Name == "" && w.what == dependsOn }

// dependsOn is the reason of a need that has no other.
const dependsOn = "dependsOn"

// settled is what a component came to.
type settled struct {
	decl     *Resource      // nil for a composite, and for what is not known to be a resource
	outputs  plan.Object    // those that are known
	complete bool           // there are no others
	blocked  bool           // it is not known what it is
	item     *plan.Item     // what is done with it, or was; nil when nothing is decided
	before   *plan.Recorded // what is recorded of it, when nothing is decided
}

// walk goes once over the configuration. What is done with a resource once its inputs are known is up to act.
type walk struct {
	*Run
	// act handles a resource whose inputs and state are known, and says what came of it.
	act func(ctx context.Context, r *Resource, path addr.Path) (*settled, error)
	// lenient goes on past outputs that are not known, because nothing is carried out.
	lenient bool
	// everything goes everywhere, whatever is selected.
	everything bool
	// reading opens states only to read them, and keeps them in peeked, guarded by mu, for itself.
	reading bool
	peeked  map[addr.Path]State
	// block takes in what is not known, in a lenient walk; may be nil.
	block func(path addr.Path, waits []why)

	missing map[addr.Path]error // selected paths that are not declared, and what evaluation says of them

	stop     chan struct{} // closed when nothing new may start
	stopOnce sync.Once
	evalCtx  context.Context // ends with stop, so that a long evaluation does too

	// The maps are guarded by mu; what a map's value points to is written before it is put there.
	settled map[addr.Path]*settled
	decls   map[addr.Path]*Resource // evaluated completely, not acted on yet
	failed  map[key]error           // how nodes ended that did not succeed; those of earlier graphs
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
	if !w.lenient {
		w.emitAlways(e)
	}
}

// emitAlways emits an event even if nothing is carried out.
func (r *Run) emitAlways(e Event) {
	if r.opts.Events == nil {
		return
	}
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	r.opts.Events(e)
}

func (w *walk) work(ctx context.Context, k key) (graph.Step[key], error) {
	if k.kind == stateKey {
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
		step, again, err := w.await(path, waits)
		if err != nil {
			return graph.Step[key]{}, Failure{Path: path, Doing: "evaluating", Err: err}
		}
		if len(again) == 0 || len(step.Needs) > 0 {
			return w.advance(ctx, path, c, step, waits)
		}
		// Those have been told since we asked.
		for _, output := range again {
			if asked[output] {
				return graph.Step[key]{}, Failure{Path: path, Doing: "evaluating", Err: fmt.Errorf("internal error: %s is asked for again and again", output)}
			}
			asked[output] = true
		}
	}
}

// advance goes on with a component that was evaluated, c, and needs step before it can be acted on. c is nil when it is not
// even known what it is. waits are the outputs that are not known.
func (w *walk) advance(ctx context.Context, path addr.Path, c *Component, step graph.Step[key], waits []why) (graph.Step[key], error) {
	switch {
	case c == nil && len(step.Needs) == 0:
		w.blocked(path, waits)
		return step, nil
	case c != nil && c.Resource == nil:
		w.settle(path, &settled{})
		if w.selected(path) {
			for _, name := range c.Members {
				if child := path.Child(name); !w.excluded(child) {
					step.Found = append(step.Found, key{path: child})
				}
			}
		}
		return step, nil
	case c != nil && len(step.Needs) == 0:
		w.keepDecl(path, c.Resource)
		return w.resource(ctx, path, c.Resource)
	case c != nil && c.Resource.Stateful():
		// Its state is needed anyway; opening it now saves time.
		step.Found = append(step.Found, key{path: c.Resource.State, kind: stateKey})
	}
	w.emitWaiting(path, step)
	return step, nil
}

// blocked settles a component of which it is not known what it is, or where its state is.
func (w *walk) blocked(path addr.Path, waits []why) {
	w.settle(path, &settled{blocked: true})
	if w.block != nil {
		w.block(path, waits)
	}
}

// resource acts on a resource with known inputs, once its state is open.
func (w *walk) resource(ctx context.Context, path addr.Path, decl *Resource) (graph.Step[key], error) {
	if decl.Stateful() {
		keeper := w.lookUp(decl.State)
		if keeper == nil || w.state(decl.State) == nil && !w.lenient {
			reason := why{"the state of " + path.String(), addr.Output{Resource: decl.State}}
			step := graph.Step[key]{Needs: []graph.Need[key]{{Key: key{path: decl.State, kind: stateKey}, Why: reason}}}
			w.emitWaiting(path, step)
			return step, nil
		}
		if w.state(decl.State) == nil && (keeper.blocked || keeper.decl != nil && len(keeper.decl.Inputs.Unknown) > 0) {
			w.blocked(path, w.waitsOf(decl.State))
			return graph.Step[key]{}, nil
		}
		if w.state(decl.State) == nil {
			reason := why{"the state of " + path.String(), addr.Output{Resource: decl.State}}
			return graph.Step[key]{Needs: []graph.Need[key]{{Key: key{path: decl.State, kind: stateKey}, Why: reason}}}, nil
		}
	}
	act := w.act
	if w.excluded(path) {
		act = w.recall
	}
	s, err := act(ctx, decl, path)
	var needs *NeedsError
	switch {
	case err == nil:
		w.settle(path, s)
	case errors.As(err, &needs):
		return w.undecided(path, needs, err)
	}
	return graph.Step[key]{}, err
}

// undecided has a resource wait for outputs without which it is not known what to do with it.
func (w *walk) undecided(path addr.Path, needs *NeedsError, err error) (step graph.Step[key], _ error) {
	var waits []why
	for _, output := range needs.Outputs {
		waits = append(waits, why{needs.What, output})
		if w.lookUp(output.Resource) == nil {
			step.Needs = append(step.Needs, graph.Need[key]{Key: key{path: output.Resource}, Why: waits[len(waits)-1]})
		}
	}
	switch {
	case len(step.Needs) > 0:
		w.emitWaiting(path, step)
	case !w.lenient:
		return step, err
	default:
		w.blocked(path, waits)
	}
	return step, nil
}

// waitsOf returns what a state resource waits for, for those whose state it keeps.
func (w *walk) waitsOf(keeper addr.Path) []why {
	var waits []why
	for _, need := range w.needsOf(keeper) {
		if need.output.Name != "" {
			waits = append(waits, why{"the state kept by " + keeper.String(), need.output})
		}
	}
	return waits
}

func (w *walk) emitWaiting(path addr.Path, step graph.Step[key]) {
	event := Waiting{Path: path}
	for _, need := range step.Needs {
		if need.Key.kind == stateKey {
			event.State = need.Key.path
		} else if output := need.Why.(why).output; output.Name != "" {
			event.On = append(event.On, output)
		} else {
			event.After = append(event.After, need.Key.path)
		}
	}
	w.emit(event)
}

// evaluate asks for a component with all there is to know. It returns what it depends on that is not known, and what it was seen to depend on
// before; when that is its structure, the component is nil.
func (w *walk) evaluate(path addr.Path) (*Component, []why, error) {
	if c := w.knownComponent(path); c != nil {
		return c, w.needsOf(path), nil
	}
	if seen, ok := w.takeSurveyed(path); ok {
		return seen.component, seen.waits, nil
	}
	c, err := w.config.Component(w.evalCtx, path, WantInputs)
	var needs *NeedsError
	switch {
	case errors.As(err, &needs) && len(needs.Outputs) > 0:
		var waits []why
		for _, output := range needs.Outputs {
			waits = append(waits, why{needs.What, output})
		}
		w.observe(path, waits)
		return nil, waits, nil
	case err != nil && w.halted():
		return nil, nil, graph.ErrStopped
	case err != nil:
		return nil, nil, Failure{Path: path, Doing: "evaluating", Err: err}
	}
	w.keepFormers(path, c)
	if c.Resource == nil {
		w.keepKnown(path, c)
		return c, nil, nil
	}
	w.keepRefs(c.Resource)
	var waits []why
	for _, unknown := range c.Resource.Inputs.Unknown {
		waits = append(waits, why{inputName(path, unknown.At), unknown.Until})
	}
	for _, output := range c.Resource.Asked {
		if !slices.ContainsFunc(waits, func(w why) bool { return w.output == output }) {
			waits = append(waits, why{"inputs of " + path.String(), output})
		}
	}
	for _, other := range slices.Concat(c.Resource.Settings.DependsOn, c.Resource.Settings.ReplaceTriggeredBy) {
		waits = append(waits, why{dependsOn, addr.Output{Resource: other}})
	}
	w.observe(path, waits)
	if len(c.Resource.Inputs.Unknown) == 0 {
		w.keepKnown(path, c)
		return c, w.needsOf(path), nil
	}
	return c, waits, nil
}

// inputName returns `inputs.args.0 of web.vm`.
func inputName(path addr.Path, at []string) string { return placeName(at) + " of " + path.String() }

// placeName returns `inputs.args.0`.
func placeName(at []string) string {
	name := "inputs"
	for _, step := range at {
		if _, err := strconv.Atoi(step); err != nil { // else it is the index of a list, most likely
			step = addr.Quote(step)
		}
		name += "." + step
	}
	return name
}

// await returns the step that waits for those outputs whose resources are not done yet, and those outputs that are known by now
// although evaluation asked for them.
func (w *walk) await(path addr.Path, waits []why) (step graph.Step[key], again []addr.Output, err error) {
	evaluated := w.knownComponent(path) != nil
	for _, wait := range waits {
		done := w.lookUp(wait.output.Resource)
		if done == nil {
			step.Needs = append(step.Needs, graph.Need[key]{Key: key{path: wait.output.Resource}, Why: wait})
			continue
		}
		if wait.whole() || evaluated {
			continue
		}
		if _, known := done.outputs[wait.output.Name]; known {
			if !slices.Contains(again, wait.output) { // several inputs may need the same one
				again = append(again, wait.output)
			}
			continue
		}
		if err := w.check(done, wait); err != nil {
			return step, nil, err
		}
	}
	return step, again, nil
}

// check says what is wrong when a component is settled and does not have an output that another depends on.
func (w *walk) check(s *settled, wait why) error {
	output := wait.output
	switch {
	case s.blocked:
		return nil
	case s.decl == nil:
		return &MissingOutputError{Output: output, Composite: true}
	case !s.complete && w.lenient:
		return nil
	case !s.complete && w.excluded(output.Resource):
		return &ExcludedError{Output: output}
	case !s.complete:
		return fmt.Errorf("%s depends on %s, which is not known before %s is applied", wait.what, output, output.Resource)
	}
	returned := slices.Sorted(maps.Keys(s.outputs))
	return &MissingOutputError{Output: output, Returned: returned, Suggestion: spell.Hint(output.Name, returned)}
}

// notKnown says that a state resource has an input that is not known.
func notKnown(path addr.Path, unknown plan.Unknown) error {
	return fmt.Errorf("%s depends on %s, which is not known before %s is applied", inputName(path, unknown.At), unknown.Until, unknown.Until.Resource)
}

// selected reports whether path is below a path that was asked for, not only needed by one that is.
func (w *walk) selected(path addr.Path) bool {
	return w.everything || (len(w.opts.Paths) == 0 || slices.ContainsFunc(w.opts.Paths, path.HasPrefix)) && !w.excluded(path)
}

func (w *walk) excluded(path addr.Path) bool {
	return slices.ContainsFunc(w.opts.Exclude, path.HasPrefix)
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

func (r *Run) knownComponent(path addr.Path) *Component {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[path]
}

func (r *Run) keepKnown(path addr.Path, c *Component) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[path] = c
}

// observe notes what a component was seen to depend on.
func (r *Run) observe(path addr.Path, waits []why) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, wait := range waits {
		if !slices.ContainsFunc(r.needs[path], func(w why) bool { return w.output == wait.output }) {
			r.needs[path] = append(r.needs[path], wait)
		}
	}
}

func (r *Run) needsOf(path addr.Path) []why {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clip(r.needs[path])
}

// newWalk returns a walk that stops with ctx and the options' Stop. Its end must be called when it is over.
func (r *Run) newWalk(ctx context.Context) (w *walk, end func()) {
	evalCtx, cancel := context.WithCancel(ctx)
	w = &walk{
		Run: r, evalCtx: evalCtx,
		stop:    make(chan struct{}),
		settled: map[addr.Path]*settled{},
		decls:   map[addr.Path]*Resource{},
		failed:  map[key]error{},
	}
	over := make(chan struct{})
	go func() {
		defer cancel()
		select {
		case <-r.opts.Stop:
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
		if link.Key.kind == stateKey { // a state waits for the resource that keeps it, which the link before says
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
