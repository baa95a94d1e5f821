package engine

// This file keeps what is recorded under an old path for the resource that takes it over, when that one is not reached: it failed, is not selected,
// or is left out.

import (
	"fmt"
	"slices"

	"nixops4/engine/addr"
)

// successors are the resources that take over what is recorded under former paths of theirs.
type successors struct {
	of map[addr.Path]addr.Path // by former path
	// unknown are components of which it is not known what was recorded of them under which path, since they cannot be evaluated.
	unknown []addr.Path
}

// findSuccessors looks at everything that is declared, unless all of it was reached: then each has claimed what it takes over. It is nil then.
func (w *walk) findSuccessors(outcomes map[key]error) *successors {
	reached := len(w.opts.Paths) == 0 && len(w.opts.Exclude) == 0
	for k, err := range outcomes {
		reached = reached && (err == nil || k.kind != componentKey)
	}
	if reached || w.config == nil {
		return nil
	}
	found := &successors{of: map[addr.Path]addr.Path{}}
	w.eachDeclared(addr.Root, func(path addr.Path, r *Resource, err error) {
		switch {
		case err != nil && (outcomes[key{path: path}] != nil || w.excluded(path)):
			found.unknown = append(found.unknown, path)
		case err != nil: // not asked for, or seen when the outputs are known
		case r.Stateful() && !w.recordedAnywhere(path):
			found.add(path, w.formerPaths(path))
		}
	})
	return found
}

func (s *successors) add(path addr.Path, formers []addr.Path) {
	for _, former := range formers {
		if _, taken := s.of[former]; !taken {
			s.of[former] = path
		}
	}
}

// keepForSuccessor has a removal wait for the resource that takes over what is recorded. It returns nil when that is left out on purpose.
func (w *walk) keepForSuccessor(r *removal, found *successors) *removal {
	if found == nil {
		return r
	}
	to, ok := found.of[r.item.Path]
	switch {
	case ok && w.excluded(to):
		return nil
	case ok && !w.selected(to):
		r.err = &MovedError{To: to}
	case ok:
		r.skip = &Skip{Path: r.item.Path, Needs: to.String() + " to take it over", Cause: to}
	case len(found.unknown) > 0 && !slices.Contains(w.opts.Paths, r.item.Path):
		at := found.unknown[0]
		if w.excluded(at) {
			r.err = &PerhapsMovedError{To: at}
		} else {
			r.skip = &Skip{Path: r.item.Path, Needs: "to know whether " + describe(at) + " takes it over", Cause: at}
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

// PerhapsMovedError says that what was to be deleted may belong to a component that is left out and cannot be evaluated.
type PerhapsMovedError struct{ To addr.Path }

// Error returns one line.
func (e *PerhapsMovedError) Error() string {
	return fmt.Sprintf("it is not deleted, because %s cannot be evaluated and may take it over (movedFrom)", e.To)
}

// Hint says what to do.
func (*PerhapsMovedError) Hint() string {
	return "to delete it all the same, name it: nixops4 apply PATH"
}
