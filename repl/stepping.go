package repl

// This file carries out a plan step by step.
//
// A run of the engine applies the plan with as many components at a time as there are. Each item stops at its gate, so that all that could be
// done now wait there, and the user chooses. Between steps expressions see the outputs that there are so far.

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/engine/view"
)

// stepState is what became of an item.
type stepState string

const (
	stepPending stepState = "waits" // for others
	stepReady   stepState = "ready"
	stepRunning stepState = "running"
	stepDone    stepState = "done"
	stepFailed  stepState = "failed"
	stepSkipped stepState = "skipped"
)

func (s stepState) over() bool { return s == stepDone || s == stepFailed || s == stepSkipped }

// place tells items apart. Beside what is declared at a path, a record in another state or an object that was replaced can go there.
type place struct {
	path    addr.Path
	removes bool
	deposed string // the intent that remembers an object that was replaced
}

func placeOf(item *plan.Item) place {
	p := place{path: item.Path, removes: item.Action.Removes()}
	if item.Deposed && len(item.Intents) > 0 {
		p.deposed = item.Intents[0]
	}
	return p
}

// stepping is a plan being carried out.
type stepping struct {
	sh     *shell
	run    *run
	plan   *plan.Plan
	lines  *view.Lines
	stop   chan struct{} // closed when nothing new may start
	cancel context.CancelFunc
	slots  chan struct{} // bounds how many run at a time
	ended  chan struct{} // closed when the run is over; then result and err are set
	result *engine.Result
	err    error

	mu      sync.Mutex // guards the rest
	items   []*plan.Item
	states  map[place]stepState
	waits   map[place][]addr.Path // what each was last seen to wait for
	gates   map[place]chan bool   // of those that are ready
	holding map[place]bool        // have one of the slots
	outputs map[place]plan.Object
	last    time.Time // of the last event
	stopped bool
}

// start begins to carry out the plan, which must still hold. Nothing is done yet.
func (sh *shell) startStepping(ctx context.Context, planned *plan.Plan, destroy bool) error {
	force, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &stepping{
		sh: sh, stop: make(chan struct{}), ended: make(chan struct{}), cancel: cancel, slots: make(chan struct{}, engine.DefaultParallelism),
		states: map[place]stepState{}, waits: map[place][]addr.Path{}, gates: map[place]chan bool{}, holding: map[place]bool{},
		outputs: map[place]plan.Object{}, last: time.Now(),
		lines: view.NewLines(messages{sh}, view.Options{Color: sh.options.Color}),
	}
	options := engine.Options{
		Paths: planned.Options.Paths, Exclude: planned.Options.Exclude, Replace: planned.Options.Replace, Refresh: planned.Options.Refresh,
		Parallelism: 1_000_000, // all that are ready wait at their gates
		Stop:        s.stop, Gate: s.gate, Events: s.event,
		Approve: func(*plan.Item) bool { return true }, // each item is shown and asked for at its gate
	}
	r, err := sh.open(ctx, options)
	if err != nil {
		cancel()
		return err
	}
	now, err := r.makePlan(ctx, destroy)
	if err == nil {
		if differences := plan.Compare(planned, now); len(differences) > 0 {
			err = &hinted{fmt.Errorf("the plan does not hold any more: %s", differences[0]), "make a new one: :plan"}
		}
	}
	if err != nil {
		cancel()
		_ = r.Close()
		return err
	}
	s.run, s.plan = r, now
	for _, item := range now.Items {
		s.items = append(s.items, item)
		s.states[placeOf(item)] = stepPending
	}
	sh.step = s
	go func() {
		defer close(s.ended)
		s.result, s.err = r.Apply(force, now)
	}()
	return nil
}

// gate holds an item up until the user decides. The engine calls it, each time on another goroutine.
func (s *stepping) gate(ctx context.Context, item *plan.Item) bool {
	s.mu.Lock()
	decision := make(chan bool, 1)
	s.gates[placeOf(item)] = decision
	s.states[placeOf(item)] = stepReady
	s.last = time.Now()
	s.mu.Unlock()
	select {
	case yes := <-decision:
		if !yes {
			return false
		}
	case <-s.stop:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case s.slots <- struct{}{}:
		s.mu.Lock()
		s.holding[placeOf(item)] = true
		s.mu.Unlock()
		return true
	case <-s.stop:
		return false
	}
}

// event takes in what the engine tells.
func (s *stepping) event(e engine.Event) {
	s.mu.Lock()
	s.last = time.Now()
	switch e := e.(type) {
	case engine.Waiting:
		var on []addr.Path
		for _, output := range e.On {
			on = append(on, output.Resource)
		}
		if !e.State.IsRoot() {
			on = append(on, e.State)
		}
		s.waits[s.current(e.Path)] = append(on, e.After...)
	case engine.Planned:
		at := placeOf(e.Item)
		// By now more is known of it than when it was planned.
		if i := slices.IndexFunc(s.items, func(i *plan.Item) bool { return placeOf(i) == at }); i >= 0 {
			s.items[i] = e.Item
		} else {
			s.items = append(s.items, e.Item)
			s.states[at] = stepPending
		}
		delete(s.waits, at)
	case engine.Finished:
		s.finish(placeOf(e.Item), stepDone)
		s.outputs[placeOf(e.Item)] = e.Outputs
		s.sh.keepOutputs(e)
	case engine.Failed:
		s.finish(s.current(e.Path), stepFailed)
	case engine.Skipped:
		s.finish(s.current(e.Skip.Path), stepSkipped)
	}
	s.mu.Unlock()
	if _, summary := e.(engine.Summary); !summary {
		s.lines.Event(e)
	}
}

// current is the place of the item that an event is about which has only a path: what is declared there comes first, then what goes. The
// caller holds mu.
func (s *stepping) current(path addr.Path) place {
	declared := place{path: path}
	if state, known := s.states[declared]; known && !state.over() {
		return declared
	}
	next := declared
	for _, item := range s.items {
		at := placeOf(item)
		switch {
		case item.Path != path, s.states[at].over():
		case s.states[at] == stepRunning:
			return at
		case next == declared:
			next = at
		}
	}
	return next
}

// pathOver reports whether there is an item for a path, and whether it is over; what is declared counts if there is such. The caller holds mu.
func (s *stepping) pathOver(path addr.Path) (known, over bool) {
	if state, ok := s.states[place{path: path}]; ok {
		return true, state.over()
	}
	over = true
	for _, item := range s.items {
		if item.Path == path {
			known, over = true, over && s.states[placeOf(item)].over()
		}
	}
	return known, known && over
}

// finish notes the end of an item. The caller holds mu.
func (s *stepping) finish(at place, state stepState) {
	if s.holding[at] {
		<-s.slots
		delete(s.holding, at)
	}
	s.states[at] = state
	delete(s.gates, at)
}

// over reports whether the run has ended.
func (s *stepping) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// settle waits until all that could be done now is at its gate, and nothing runs. Then the locks are given back.
func (s *stepping) settle(ctx context.Context) error {
	for !s.over() && !s.quiet() {
		select {
		case <-s.ended:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	if s.over() {
		return nil
	}
	return s.run.release(context.WithoutCancel(ctx))
}

// grace is how long to wait for what may or may not come.
const grace = 300 * time.Millisecond

// quiet reports whether nothing will happen by itself any more.
func (s *stepping) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ready, pendingDeletes := 0, 0
	for _, item := range s.items {
		switch state := s.states[placeOf(item)]; {
		case state == stepRunning:
			return false
		case state == stepReady:
			ready++
		case state.over():
		case item.Action == plan.Delete || item.Action == plan.Release:
			pendingDeletes++ // they come when everything else is over
		case item.Action == plan.Blocked:
			if s.unblocked(item) && time.Since(s.last) < grace {
				return false
			}
		case !s.waiting(placeOf(item)):
			return false // it is being evaluated
		}
	}
	return ready > 0 || time.Since(s.last) > grace && pendingDeletes == 0
}

// waiting reports whether an item waits for something that is not over. The caller holds mu.
func (s *stepping) waiting(at place) bool {
	for _, on := range s.waits[at] {
		if known, over := s.pathOver(on); known && !over {
			return true
		}
	}
	return false
}

func (s *stepping) unblocked(item *plan.Item) bool {
	for _, output := range item.Waits {
		if _, over := s.pathOver(output.Resource); !over {
			return false
		}
	}
	return true
}

// ready lists the items that could be done now, in the order of the plan.
func (s *stepping) ready() []*plan.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*plan.Item
	for _, item := range s.items {
		if s.states[placeOf(item)] == stepReady {
			all = append(all, item)
		}
	}
	return all
}

// decide lets an item through, or not, and waits until it is over.
func (s *stepping) decide(ctx context.Context, item *plan.Item, yes bool) error {
	s.let(item, yes)
	for !s.over() {
		s.mu.Lock()
		over := s.states[placeOf(item)].over()
		s.mu.Unlock()
		if over {
			break
		}
		select {
		case <-time.After(time.Millisecond):
		case <-s.ended:
		case <-ctx.Done(): // the item goes on; only waiting ends
			go func() { _ = s.settle(context.WithoutCancel(ctx)) }() // for the locks; the next step tells what is wrong with them
			return ctx.Err()
		}
	}
	return s.settle(ctx)
}

// let opens the gate of an item, or closes it for good.
func (s *stepping) let(item *plan.Item, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if gate := s.gates[placeOf(item)]; gate != nil {
		delete(s.gates, placeOf(item))
		s.states[placeOf(item)] = stepRunning
		gate <- yes
	}
}

// numbered are the items that do something, as :steps numbers them.
func (s *stepping) numbered() []*plan.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	return steps(s.items)
}

// steps are the items that do something.
func steps(items []*plan.Item) []*plan.Item {
	var all []*plan.Item
	for _, item := range items {
		if item.Action != plan.None && item.Action != plan.Blocked {
			all = append(all, item)
		}
	}
	return all
}

func (s *stepping) state(item *plan.Item) stepState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.states[placeOf(item)]
}

// unblockedBy are the items that became ready and were not among before.
func (s *stepping) unblockedBy(before []*plan.Item) []string {
	var names []string
	for _, item := range s.ready() {
		if !slices.ContainsFunc(before, func(b *plan.Item) bool { return placeOf(b) == placeOf(item) }) {
			names = append(names, item.Path.String())
		}
	}
	return names
}

// end lets nothing new start, and waits for what runs.
func (s *stepping) end() {
	s.mu.Lock()
	if !s.stopped {
		s.stopped = true
		close(s.stop)
	}
	s.mu.Unlock()
	<-s.ended
	s.cancel()
}

// endStepping ends a run that may still be open.
func (sh *shell) endStepping() {
	if sh.step != nil {
		sh.step.end()
		_ = sh.step.run.Close() // what it did was told
		sh.step = nil
	}
}
