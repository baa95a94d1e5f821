package engine

// This file plans the destruction of everything, or of what is selected.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

// OpenStates begins a run over states alone, for when there is no configuration that can be evaluated. The run owns the states. Only
// [Run.PlanDestroy], and [Run.Apply] of its plan, are possible.
func OpenStates(states map[addr.Path]State, opts Options) *Run {
	r := Open(nil, opts)
	maps.Copy(r.states, states)
	return r
}

// PlanDestroy finds out what destroying the selected resources would do. What states have is deleted, those first that depend on others; what is
// stateless is released, because nobody knows how to find it again. Nothing is changed.
//
// It is an error when the configuration cannot be evaluated, or when a resource that is not selected was made from one that is.
func (r *Run) PlanDestroy(ctx context.Context) (*plan.Plan, error) {
	w, end := r.newWalk(ctx)
	defer end()
	w.lenient, w.everything = true, true
	w.act = w.recall
	if r.config != nil {
		outcomes := w.run(ctx, []key{{}}, nil)
		w.openKeepers(ctx, outcomes)
		failed := newApplyError(outcomes)
		switch {
		case w.halted():
			return nil, ErrStopped
		case errors.As(failed, new(*state.LockedError)):
			return nil, failed
		case len(failed.Failures) > 0:
			return nil, &NotEvaluatedError{failed}
		}
		if err := r.onlyNamed(); err != nil {
			err.Destroy = true
			return nil, err
		}
	}
	w.everything = false
	p := &planner{walk: w}
	if err := r.checkDestroyed(w); err != nil {
		return nil, err
	}
	if err := p.destroyAll(); err != nil {
		return nil, err
	}
	made := p.assemble()
	made.Options.Destroy = true
	return made, nil
}

// checkDestroyed reports whether each selected path is declared or recorded.
func (r *Run) checkDestroyed(w *walk) error {
	for _, path := range r.opts.Paths {
		found := w.lookUp(path) != nil
		for _, keeper := range r.keepers() {
			entries, err := recordsOf(keeper, r.state(keeper))
			if err != nil {
				return err
			}
			for recorded := range entries {
				found = found || recorded.HasPrefix(path)
			}
		}
		if !found {
			if r.config != nil {
				if _, err := r.config.Component(w.evalCtx, path, WantKind); err != nil {
					return err
				}
			}
			return fmt.Errorf("%s is not recorded", describe(path))
		}
	}
	return nil
}

// destroyAll makes the items.
func (p *planner) destroyAll() error {
	reason := plan.Reason{Kind: plan.ReasonAsked, Text: "it is to be destroyed"}
	var all []*removal
	forbidden := p.forbidden()
	leftOut, unknown := p.leftOut()
	for _, keeper := range p.keepers() {
		st := p.state(keeper)
		entries, err := recordsOf(keeper, st)
		if err != nil {
			return err
		}
		for _, path := range slices.SortedFunc(maps.Keys(entries), addr.Path.Compare) {
			if !p.selected(path) || leftOut[path] {
				continue
			}
			r := p.newRemoval(keeper, path, entries[path], plan.Delete, reason)
			switch {
			case forbidden[path]:
				r.err = &ProtectedError{Path: path, Declared: true}
			case len(unknown) > 0 && p.lookUp(path) == nil && !slices.Contains(p.opts.Paths, path):
				r.err = &PerhapsMovedError{To: unknown[0]}
			}
			all = append(all, r)
		}
		left, err := p.leftOver(keeper, st, entries)
		if err != nil {
			return err
		}
		all = append(all, left...)
	}
	if err := p.checkNeeded(all); err != nil {
		return err
	}
	link(all)
	p.addRemovals(all)
	p.releaseStateless()
	return nil
}

// checkNeeded reports what is made from something that goes, and does not go itself.
func (p *planner) checkNeeded(all []*removal) error {
	if !p.opts.partial() {
		return nil
	}
	var needed []string
	err := p.findNeeds(all, func(path addr.Path, r *removal) {
		if line := fmt.Sprintf("%s needs %s", path, r.item.Path); !slices.Contains(needed, line) {
			needed = append(needed, line)
		}
	})
	if err == nil && len(needed) > 0 {
		err = &StillNeededError{needed}
	}
	return err
}

// leftOut returns the paths under which states may still have resources that are excluded, and what is excluded of which that is not known.
func (w *walk) leftOut() (paths map[addr.Path]bool, unknown []addr.Path) {
	paths = map[addr.Path]bool{}
	if w.config == nil {
		return paths, nil
	}
	for _, excluded := range w.opts.Exclude {
		w.eachDeclared(excluded, func(path addr.Path, _ *Resource, err error) {
			var missing *NoMemberError
			if err != nil && !errors.As(err, &missing) {
				unknown = append(unknown, path)
			}
			w.addFormers(paths, path)
		})
	}
	return paths, unknown
}

// forbidden are the paths of resources of which the expression says that they must not be destroyed, whether state knows it by now or not,
// also those at which state may still have them.
func (w *walk) forbidden() map[addr.Path]bool {
	paths := map[addr.Path]bool{}
	for _, path := range w.declared() {
		if !w.lookUp(path).decl.Settings.PreventDestroy {
			continue
		}
		paths[path] = true
		w.addFormers(paths, path)
	}
	return paths
}

// addFormers adds the former paths of a resource that are its as far as is known.
func (w *walk) addFormers(paths map[addr.Path]bool, path addr.Path) {
	for _, former := range w.formerPaths(path) {
		vacant, err := w.vacant(former)
		paths[former] = paths[former] || vacant || err != nil
	}
}

func (r *Run) recordedAnywhere(path addr.Path) bool {
	for _, keeper := range r.keepers() {
		if entry, err := r.state(keeper).Resource(path); err == nil && entry != nil {
			return true
		}
	}
	return false
}

// releaseStateless says what stays behind.
func (p *planner) releaseStateless() {
	p.Run.mu.Lock()
	defer p.Run.mu.Unlock()
	for path, s := range p.settled {
		if s.decl == nil || s.decl.Stateful() || !p.selected(path) {
			continue
		}
		p.items = append(p.items, &plan.Item{
			Action: plan.Release, Path: path, Type: s.decl.Type, Provider: &s.decl.Provider, NoCall: true,
			Reasons: []plan.Reason{{Kind: plan.ReasonStateless, Text: "it is stateless, so what it made stays behind"}},
		})
	}
}

// NotEvaluatedError says that the configuration cannot be evaluated, so it is not known which states there are.
type NotEvaluatedError struct{ Err *ApplyError }

// Error returns a line for each failure.
func (e *NotEvaluatedError) Error() string { return e.Err.Error() }

// Unwrap returns the failures.
func (e *NotEvaluatedError) Unwrap() []error { return e.Err.Unwrap() }

// Hint says what can be done.
func (*NotEvaluatedError) Hint() string {
	return "the state alone is enough: nixops4 destroy --state FILE"
}

// StillNeededError says that others were made from what is to be destroyed.
type StillNeededError struct{ Needs []string }

// Error returns a line for each.
func (e *StillNeededError) Error() string {
	return "what is to be destroyed is still needed:\n  " + strings.Join(e.Needs, "\n  ")
}

// Hint says what to do.
func (*StillNeededError) Hint() string { return "destroy those too, or change them first" }

// isDeposed reports whether an intent is about an object that was replaced.
func isDeposed(i state.Intent) bool { return i.Outputs != nil }
