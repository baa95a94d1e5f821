package engine

// This file keeps what others were made from until those have been changed.

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// needs finds who needs what goes.
type needs struct {
	*walk
	going   map[addr.Path][]*removal // objects that go, by all paths under which others may depend on them
	gone    map[addr.Path]bool       // paths of records that go
	goes    map[string]bool          // intents about objects that were replaced and go
	entries map[addr.Path]*plan.Recorded
	values  *inferred // of those
	found   func(path addr.Path, r *removal)
}

// keepNeeded has what goes stay when something that is recorded was made from it, does not go itself, and was not reached: it failed, or is not selected.
func (w *walk) keepNeeded(all []*removal, outcomes map[key]error) error {
	return w.findNeeds(all, func(path addr.Path, r *removal) { r.keepFor(path, outcomes[key{path: path}] != nil) })
}

// findNeeds calls found for each record, and each object that was replaced, that does not go, was not reached and was made from something that goes.
func (w *walk) findNeeds(all []*removal, found func(path addr.Path, r *removal)) error {
	n := &needs{walk: w, going: map[addr.Path][]*removal{}, gone: map[addr.Path]bool{}, goes: map[string]bool{}, entries: map[addr.Path]*plan.Recorded{}, found: found}
	for _, r := range all {
		if r.item.Action == plan.Delete {
			for _, path := range namesOfRecord(r.item.Path, r.item.Before) {
				n.going[path] = append(n.going[path], r)
			}
			if r.item.Before != nil {
				n.entries[r.item.Path] = r.item.Before
			}
		}
		if r.intent == nil {
			n.gone[r.item.Path] = true
		} else {
			n.goes[r.intent.ID] = true
		}
	}
	if len(n.going) == 0 {
		return nil
	}
	for _, keeper := range w.keepers() {
		if err := n.by(keeper, w.state(keeper)); err != nil {
			return err
		}
	}
	if !w.opts.partial() || w.config == nil {
		return nil
	}
	return w.peek(w.evalCtx, n.by)
}

// by looks at the resources in one state, and at the objects there that were replaced and are to be destroyed.
func (n *needs) by(keeper addr.Path, st State) error {
	entries, err := recordsOf(keeper, st)
	if err != nil {
		return err
	}
	if n.values == nil {
		n.values = infer(n.entries, len(entries))
	}
	for _, path := range slices.SortedFunc(maps.Keys(entries), addr.Path.Compare) {
		if s := n.lookUp(path); !n.gone[path] && (s == nil || s.item == nil) {
			n.look(path, entries[path])
		}
	}
	for _, intent := range st.Unfinished() {
		if !isDeposed(intent) || n.goes[intent.ID] {
			continue
		}
		entry := &plan.Recorded{Type: intent.Type}
		if err := cmp.Or(decodeIntent(intent, &plan.Provider{}, &entry.Inputs), decodeDetails(intent, entry)); err != nil {
			return err
		}
		n.look(addr.Of(intent.Path...), entry)
	}
	return nil
}

// look finds what one record needs.
func (n *needs) look(path addr.Path, entry *plan.Recorded) {
	for _, on := range slices.Concat(entry.Dependencies, n.values.of(path, entry, n.entries)) {
		for _, r := range n.going[on] {
			if r.item.Path != path {
				n.found(path, r)
			}
		}
	}
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
