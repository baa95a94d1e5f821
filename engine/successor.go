package engine

// This file keeps what is recorded under an old path for the resource that takes it over, when that one is not reached: it failed, is not selected,
// or is left out.

import (
	"errors"
	"fmt"
	"slices"

	"nixops4/engine/addr"
)

// successors are the resources that say that they had former paths.
type successors struct {
	of     map[addr.Path]addr.Path // those that are not recorded yet and take over what is, by former path
	beside map[addr.Path]addr.Path // those that are recorded themselves, by former path
	// unknown are components of which it is not known what was recorded of them under which path, since they cannot be evaluated.
	unknown []addr.Path
}

// findSuccessors looks at everything that is declared, unless all of it was reached: then each that can has claimed what it takes over.
func (w *walk) findSuccessors(outcomes map[key]error) *successors {
	found := &successors{of: map[addr.Path]addr.Path{}, beside: map[addr.Path]addr.Path{}}
	if w.reachedAll(outcomes) {
		for _, path := range w.declared() {
			add(found.beside, path, w.formerPaths(path))
		}
		return found
	}
	w.eachDeclared(addr.Root, func(path addr.Path, r *Resource, err error) {
		var needs *NeedsError // the structure is seen when the outputs are known, if everything is selected
		if err != nil && (outcomes[key{path: path}] != nil || w.excluded(path) || len(w.opts.Paths) > 0 || !errors.As(err, &needs)) {
			found.unknown = append(found.unknown, path)
		}
		// What cannot be evaluated itself may be in a composite that says what that was called.
		switch {
		case err == nil && !r.Stateful():
		case w.recordedAnywhere(path):
			add(found.beside, path, w.formerPaths(path))
		default:
			add(found.of, path, w.formerPaths(path))
		}
	})
	return found
}

func (w *walk) reachedAll(outcomes map[key]error) bool {
	if w.opts.partial() {
		return false
	}
	for k, err := range outcomes {
		if err != nil && k.kind == componentKey {
			return false
		}
	}
	return true
}

func add(successors map[addr.Path]addr.Path, path addr.Path, formers []addr.Path) {
	for _, former := range formers {
		if _, taken := successors[former]; !taken {
			successors[former] = path
		}
	}
}

// keepForSuccessor has a removal wait for the resource that takes over what is recorded. It returns nil when that is left out on purpose.
func (w *walk) keepForSuccessor(r *removal, found *successors) *removal {
	to, ok := found.of[r.item.Path]
	beside, recorded := found.beside[r.item.Path]
	named := slices.Contains(w.opts.Paths, r.item.Path)
	switch {
	case ok && w.excluded(to):
		return nil
	case ok && !w.selected(to):
		r.err = &MovedError{To: to}
	case ok:
		r.skip = &Skip{Path: r.item.Path, Needs: to.String() + " to take it over", Cause: to}
	case recorded && !named:
		r.err = &TwiceRecordedError{Path: r.item.Path, To: beside}
	}
	for _, at := range found.unknown {
		switch {
		case r.err != nil || r.skip != nil:
		case w.selected(at):
			r.skip = &Skip{Path: r.item.Path, Needs: "to know whether " + describe(at) + " takes it over", Cause: at}
		case !named:
			r.err = &PerhapsMovedError{To: at}
		}
	}
	return r
}

// MovedError says that what was to be deleted belongs to a resource that is not selected.
type MovedError struct{ To addr.Path }

// Error returns one line.
func (e *MovedError) Error() string {
	return fmt.Sprintf("it is not deleted, because %s takes it over (movedFrom) and is not selected", e.To)
}

// Hint says what to do.
func (e *MovedError) Hint() string { return "select that one, too: nixops4 apply " + e.To.String() }

// PerhapsMovedError says that what was to be deleted may belong to a component that is not selected and cannot be evaluated.
type PerhapsMovedError struct{ To addr.Path }

// Error returns one line.
func (e *PerhapsMovedError) Error() string {
	return fmt.Sprintf("it is not deleted, because %s cannot be evaluated now and may take it over (movedFrom)", describe(e.To))
}

// Hint says what to do.
func (*PerhapsMovedError) Hint() string {
	return "to delete it all the same, name it: nixops4 apply PATH"
}

// TwiceRecordedError says that what was to be deleted is also what a resource was called before, which is recorded under its own path.
type TwiceRecordedError struct{ Path, To addr.Path }

// Error returns one line.
func (e *TwiceRecordedError) Error() string {
	return fmt.Sprintf("it is not deleted, because %s says that it had this path (movedFrom), but is recorded itself", e.To)
}

// Hint says what to do.
func (e *TwiceRecordedError) Hint() string {
	return fmt.Sprintf("if it is what %s shall be, move or forget the other record first: nixops4 state mv; to delete it, name it: nixops4 apply %s", e.To, e.Path)
}
