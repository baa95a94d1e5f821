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
	going := map[addr.Path]*removal{}
	for _, r := range all {
		if r.intent == nil {
			going[r.item.Path] = r
		}
	}
	if len(going) == 0 {
		return nil
	}
	for _, keeper := range w.keepers() {
		entries, err := w.state(keeper).All()
		if err != nil {
			return Failure{Path: keeper, Doing: "reading the state kept by", Err: err}
		}
		for _, path := range slices.SortedFunc(maps.Keys(entries), addr.Path.Compare) {
			if s := w.lookUp(path); going[path] != nil || s != nil && s.item != nil {
				continue
			}
			for _, on := range entries[path].Dependencies {
				if r := going[on]; r != nil && r.item.Action == plan.Delete {
					r.keepFor(path, outcomes[key{path: path}] != nil)
				}
			}
		}
	}
	return nil
}

// keepFor has it stay because path was made from it.
func (r *removal) keepFor(path addr.Path, failed bool) {
	switch {
	case r.err != nil || r.skip != nil: // there is another reason
	case failed:
		r.skip = &Skip{Path: r.item.Path, Needs: path.String() + " to be done", Cause: path}
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
