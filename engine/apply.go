package engine

// This file applies: it walks a plan and carries out its items.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
	"nixops4/engine/plan"
)

// Apply carries out a plan that [Run.Plan] or [Run.PlanDestroy] of this run has made.
//
// The configuration is evaluated on with the outputs that become known. What was conditional or blocked in the plan is decided then, and told as
// [Planned] before it is carried out. It never widens the plan by itself: what turns out to destroy something that the plan did not say needs [Options].Approve,
// and what is otherwise than planned fails.
//
// It returns what it did, with an *[ApplyError] when some resources failed, and [ErrStopped] when none did but the run was stopped before the end.
func (r *Run) Apply(ctx context.Context, p *plan.Plan) (*Result, error) {
	return r.apply(ctx, p, time.Now())
}

func (r *Run) apply(ctx context.Context, p *plan.Plan, began time.Time) (*Result, error) {
	w, end := r.newWalk(ctx)
	defer end()
	r.dropMissing()
	a := &applier{walk: w, done: map[plan.Action]int{}, decided: map[addr.Path]*attempt{}, plan: map[addr.Path]*plan.Item{}, removing: map[addr.Path]*plan.Item{}, forbidden: map[addr.Path]error{}}
	for _, item := range p.Items {
		if item.Action.Removes() {
			a.removing[item.Path] = item
		} else {
			a.plan[item.Path] = item
		}
	}
	for _, problem := range p.Problems {
		var elsewhere *OtherStateError
		if errors.As(problem.Err, &elsewhere) {
			a.forbidden[problem.Path] = elsewhere
		}
	}
	w.act = a.act
	outcomes := map[key]error{}
	if !p.Options.Destroy {
		start, err := w.start()
		if err != nil {
			return nil, err
		}
		outcomes = w.run(ctx, start, a.finished)
		if !w.halted() {
			w.openKeepers(ctx, outcomes)
		}
		w.failed = outcomes
	}
	if err := a.remove(ctx, p, outcomes); err != nil {
		outcomes[key{}] = err
	}
	failed := newApplyError(outcomes)
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

// dropMissing forgets the states that did not exist when it was planned. They are opened once their resources are applied.
func (r *Run) dropMissing() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for path, st := range r.states {
		if _, missing := st.(noState); missing {
			delete(r.states, path)
		}
	}
}

// applier is the state of one apply.
type applier struct {
	*walk
	plan      map[addr.Path]*plan.Item // what is declared
	removing  map[addr.Path]*plan.Item // what goes
	forbidden map[addr.Path]error      // what must not be done, and why
	done      map[plan.Action]int      // guarded by mu
	decided   map[addr.Path]*attempt   // guarded by mu
	deposed   []*removal               // objects that were replaced by this run; guarded by mu
	gone      map[key]*removal         // what is removed, by node

	cycles map[*graph.CycleError[key]]bool // told already; only finished uses it
}

// attempt is an item that was decided, for telling of its failure.
type attempt struct {
	item  *plan.Item
	began time.Time
}

// act decides what to do with a resource, announces it, and does it.
func (a *applier) act(ctx context.Context, r *Resource, path addr.Path) (*settled, error) {
	s, continued, err := a.settleOn(ctx, r, path)
	if err != nil {
		return nil, Failure{Path: path, Err: err}
	}
	outputs, err := a.carryOut(ctx, s.item, continued, func() (plan.Object, error) {
		return a.perform(ctx, s.item, r)
	})
	if err != nil {
		return nil, err
	}
	s.outputs, s.complete = outputs, true
	return s, a.tell(ctx, path, s)
}

// settleOn decides what to do with a resource, and makes sure that it may be done. It reports whether that goes on from what was not known when it was planned.
func (a *applier) settleOn(ctx context.Context, r *Resource, path addr.Path) (s *settled, continued bool, err error) {
	for {
		if s, err = a.decide(ctx, r, path); err != nil {
			return nil, false, err
		}
		if continued, err = a.verify(s.item); err != nil || !continued || s.item.Action != plan.Create || s.item.State.IsRoot() {
			return s, continued, err
		}
		// As the plan does: nothing is made that another state has, be it one that was opened since it was decided, or one that was not reached.
		unreached, err := a.unreached(ctx, []*plan.Item{s.item})
		if err != nil {
			return nil, false, err
		}
		_, found, err := a.elsewhereOf(path, s.item.State)
		keeper, hidden := unreached[path]
		switch {
		case err != nil:
			return nil, false, err
		case found:
			continue
		case hidden:
			return nil, false, &OtherStateError{Recorded: keeper, Declared: s.item.State, Unselected: true}
		}
		return s, continued, nil
	}
}

// carryOut tells of an item, does it, and tells what came of it.
func (a *applier) carryOut(ctx context.Context, item *plan.Item, continued bool, do func() (plan.Object, error)) (plan.Object, error) {
	if a.halted() {
		return nil, graph.ErrStopped
	}
	at := &attempt{item: item}
	a.mu.Lock()
	a.decided[item.Path] = at
	a.mu.Unlock()
	a.emit(Planned{item, continued})
	if err := a.gate(ctx, item); err != nil {
		return nil, err
	}
	if item.Action != plan.None {
		at.began = time.Now()
		a.emit(Started{item, at.began})
	}
	outputs, err := do()
	if err != nil {
		return nil, err
	}
	finished := Finished{Item: item, Outputs: outputs}
	if !at.began.IsZero() {
		finished.Duration = time.Since(at.began)
	}
	a.mu.Lock()
	if !item.Deposed {
		a.done[item.Action]++
	}
	a.mu.Unlock()
	a.emit(finished)
	return outputs, nil
}

// verify compares an item with the plan. It reports whether it goes on from what was not known then.
func (a *applier) verify(item *plan.Item) (continued bool, err error) {
	if err := a.forbidden[item.Path]; err != nil {
		return false, err
	}
	planned := a.plan[item.Path]
	switch {
	case planned == nil, planned.Action == plan.Blocked:
		continued = true
	case item.Action == plan.Move && planned.From == item.From && planned.FromState == item.FromState: // only that is left of an update
		return false, nil
	case planned.Action == item.Action, item.Action == plan.None, planned.Action == plan.Replace && item.Action == plan.Update:
		return false, nil
	case planned.Action == plan.Update && item.Action == plan.Replace && len(planned.Waits) > 0:
		continued = true
	default:
		return false, &PlanError{Planned: planned.Action, Now: item.Action}
	}
	if item.Action.Destroys() && (a.opts.Approve == nil || !a.opts.Approve(item)) {
		return continued, &NotApprovedError{Item: item}
	}
	return continued, nil
}

// PlanError says that something is otherwise than it was when it was planned.
type PlanError struct{ Planned, Now plan.Action }

// Error returns one line.
func (e *PlanError) Error() string {
	return fmt.Sprintf("the plan says %s, but by now it is %s; nothing was done", e.Planned, e.Now)
}

// Hint says what to do.
func (*PlanError) Hint() string { return "make a new plan" }

// NotApprovedError says that an object would have to be destroyed which the plan did not say.
type NotApprovedError struct{ Item *plan.Item }

// Error returns one line.
func (e *NotApprovedError) Error() string {
	word := "deleted"
	if e.Item.Action == plan.Replace {
		word = "replaced"
	}
	return fmt.Sprintf("it has to be %s, which was not known when the plan was made", word)
}

// Hint says what to do.
func (*NotApprovedError) Hint() string {
	return "plan again to see it, or allow it beforehand with --yes"
}

// tell makes outputs known to the configuration, unless nobody will ask any more.
func (w *walk) tell(ctx context.Context, path addr.Path, s *settled) error {
	outputs := s.outputs
	sensitive := w.secretsOf(path, s)
	w.learn(outputs, sensitive)
	if len(outputs) == 0 || w.halted() || w.config == nil {
		return nil
	}
	if err := w.config.Tell(ctx, path, outputs, sensitive); err != nil {
		return Failure{Path: path, Doing: "passing on the outputs of", Err: err}
	}
	return nil
}

// remove carries out what is left of a plan when all declared components are done: deletions. Their outcomes are added.
func (a *applier) remove(ctx context.Context, p *plan.Plan, outcomes map[key]error) error {
	if a.halted() {
		for _, item := range p.Items {
			if item.Action == plan.Delete {
				outcomes[key{path: item.Path, kind: deleteKey}] = graph.ErrStopped
			}
		}
		return nil
	}
	removals, err := a.removals(p, outcomes)
	if err != nil {
		return err
	}
	a.gone = map[key]*removal{}
	var start []key
	for _, r := range removals {
		a.gone[r.key()] = r
		start = append(start, r.key())
	}
	for k, err := range graph.Run(ctx, start, a.removeOne, graph.Options[key]{Parallelism: a.opts.parallelism(), Stop: a.stop, Finished: a.finished}) {
		outcomes[k] = err
	}
	return nil
}

// removals are those that a plan to destroy names, or all that is not declared.
func (a *applier) removals(p *plan.Plan, outcomes map[key]error) ([]*removal, error) {
	if !p.Options.Destroy {
		return a.undeclared(outcomes, a.deposed)
	}
	var all []*removal
	for _, item := range p.Items {
		all = append(all, a.ofItem(item))
	}
	link(all)
	return all, nil
}

// removeOne works on the node of something that goes.
func (a *applier) removeOne(ctx context.Context, k key) (graph.Step[key], error) {
	r := a.gone[k]
	var step graph.Step[key]
	if r.err != nil {
		return step, Failure{Path: r.item.Path, Err: r.err}
	}
	if r.skip != nil {
		return step, leftAlone{*r.skip}
	}
	for _, before := range r.before {
		step.Needs = append(step.Needs, graph.Need[key]{Key: before.key(), Why: why{dependsOn, addr.Output{Resource: before.item.Path}}})
	}
	if len(step.Needs) > 0 && !r.waited {
		r.waited = true
		return step, nil
	}
	step.Needs = nil
	for _, path := range r.item.After {
		if err := a.failed[key{path: path}]; err != nil {
			var alone leftAlone
			asked := errors.As(err, &alone) && alone.skip.Asked
			return step, leftAlone{Skip{Path: r.item.Path, Needs: path.String() + " to be done", Cause: path, Asked: asked}}
		}
	}
	continued, err := a.verifyRemoval(r)
	if err != nil {
		return step, Failure{Path: r.item.Path, Err: err}
	}
	_, err = a.carryOut(ctx, r.item, continued, func() (plan.Object, error) { return nil, a.destroy(ctx, r) })
	return step, err
}

func (a *applier) verifyRemoval(r *removal) (continued bool, err error) {
	planned := a.removing[r.item.Path]
	switch {
	case r.item.Deposed, planned != nil && planned.Action == r.item.Action:
		return false, nil
	case r.item.Action == plan.Delete && (a.opts.Approve == nil || !a.opts.Approve(r.item)):
		return true, &NotApprovedError{Item: r.item}
	}
	return true, nil
}

// leftAlone is the outcome of a deletion that waits for a component which failed.
type leftAlone struct{ skip Skip }

func (l leftAlone) Error() string { return l.skip.String() }

// finished tells of nodes that did not succeed. The graph calls it, one call at a time.
func (a *applier) finished(k key, err error) {
	var skipped *graph.SkippedError[key]
	var cycle *graph.CycleError[key]
	var alone leftAlone
	if err != nil && !stopped(err) && a.opts.FailFast {
		a.halt()
	}
	switch {
	case err == nil || stopped(err):
	case errors.As(err, &skipped):
		if k.kind != stateKey {
			a.emit(Skipped{newSkip(k.path, skipped)})
		}
	case errors.As(err, &alone):
		a.emit(Skipped{alone.skip})
	case errors.As(err, &cycle):
		if a.cycles == nil {
			a.cycles = map[*graph.CycleError[key]]bool{}
		}
		if !a.cycles[cycle] {
			a.cycles[cycle] = true
			failure := newFailure(k.path, err)
			a.emit(Failed{Path: failure.Path, Err: failure})
		}
	default:
		a.emit(a.failure(newFailure(k.path, err)))
	}
}

func (a *applier) failure(failure Failure) Failed {
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

// dependents are the components of this run that were seen to need path.
func (r *Run) dependents(path addr.Path) []addr.Path {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []addr.Path
	for other, needs := range r.needs {
		if slices.ContainsFunc(needs, func(w why) bool { return w.output.Resource == path }) {
			found = append(found, other)
		}
	}
	addr.Sort(found)
	return found
}
