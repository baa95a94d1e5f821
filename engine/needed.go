package engine

// This file keeps what others were made from until those have been changed.

import (
	"fmt"
	"maps"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// keepNeeded has what goes stay when something that is recorded was made from it, does not go itself, and was not reached: it failed, or is not selected.
func (w *walk) keepNeeded(all []*removal, outcomes map[key]error) error {
	going, gone := map[addr.Path][]*removal{}, map[addr.Path]bool{}
	for _, r := range all {
		if r.item.Action == plan.Delete {
			for _, path := range namesOfRecord(r.item.Path, r.item.Before) {
				going[path] = append(going[path], r)
			}
		}
		gone[r.item.Path] = gone[r.item.Path] || r.intent == nil
	}
	if len(going) == 0 {
		return nil
	}
	for _, keeper := range w.keepers() {
		if err := w.keepNeededBy(keeper, w.state(keeper), going, gone, outcomes); err != nil {
			return err
		}
	}
	if len(w.opts.Paths)+len(w.opts.Exclude) == 0 {
		return nil
	}
	return w.peek(w.evalCtx, func(keeper addr.Path, st State) error {
		return w.keepNeededBy(keeper, st, going, gone, outcomes)
	})
}

// keepNeededBy does it for what one state has.
func (w *walk) keepNeededBy(keeper addr.Path, st State, going map[addr.Path][]*removal, gone map[addr.Path]bool, outcomes map[key]error) error {
	entries, err := st.All()
	if err != nil {
		return Failure{Path: keeper, Doing: "reading the state kept by", Err: err}
	}
	for _, path := range slices.SortedFunc(maps.Keys(entries), addr.Path.Compare) {
		if s := w.lookUp(path); gone[path] || s != nil && s.item != nil {
			continue
		}
		for _, on := range entries[path].Dependencies {
			for _, r := range going[on] {
				r.keepFor(path, outcomes[key{path: path}] != nil)
			}
		}
	}
	return nil
}

// keepFor has it stay because path was made from it. An object that was replaced stays for the time being, which is no mistake: the next run finds it.
func (r *removal) keepFor(path addr.Path, failed bool) {
	switch {
	case r.err != nil || r.skip != nil: // there is another reason
	case failed:
		r.skip = &Skip{Path: r.item.Path, Needs: path.String() + " to be done", Cause: path}
	case r.intent != nil:
		r.skip = &Skip{Path: r.item.Path, Needs: path.String(), Cause: path, Why: fmt.Sprintf("the object that was replaced stays until %s is changed, too, which was not reached", path)}
	default:
		r.err = &UnselectedDependentError{Dependent: path}
	}
}

// UnselectedDependentError says that a resource was made from what was to be deleted, and is not selected.
type UnselectedDependentError struct{ Dependent addr.Path }

// Error returns one line.
func (e *UnselectedDependentError) Error() string {
	return fmt.Sprintf("it is not deleted, because %s was made from it and is not selected", e.Dependent)
}

// Hint says what to do.
func (e *UnselectedDependentError) Hint() string {
	return "select that one, too: nixops4 apply " + e.Dependent.String()
}
