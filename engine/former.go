package engine

// This file finds out under which other paths a resource may be recorded.

import (
	"errors"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// keepFormers notes which paths a component had.
func (r *Run) keepFormers(path addr.Path, c *Component) {
	if len(c.MovedFrom) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.formers[path] = c.MovedFrom
}

// formerPaths returns the paths that a component may have had: those that it says, and those that follow from what the composites around it
// say, nearest first.
func (r *Run) formerPaths(path addr.Path) []addr.Path {
	if path.IsRoot() {
		return nil
	}
	r.mu.Lock()
	own := r.formers[path]
	r.mu.Unlock()
	parents := append([]addr.Path{path.Parent()}, r.formerPaths(path.Parent())...)
	var all []addr.Path
	add := func(p addr.Path) {
		if p != path && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	for _, former := range own {
		if former.Absolute {
			add(former.Path)
			continue
		}
		for _, parent := range parents {
			add(addr.Of(append(parent.Names(), former.Path.Names()...)...))
		}
	}
	for _, parent := range parents {
		add(parent.Child(path.Name()))
	}
	return all
}

// findMoved looks for what is recorded under a former path of a resource that is not recorded itself.
func (w *walk) findMoved(st State, path addr.Path) (from addr.Path, before *plan.Recorded, err error) {
	for _, former := range w.formerPaths(path) {
		before, err := st.Resource(former)
		if err != nil {
			return addr.Root, nil, err
		}
		if before == nil || !w.vacant(former) || !w.claim(former, path) {
			continue
		}
		return former, before, nil
	}
	return addr.Root, nil, nil
}

// vacant reports whether no resource is declared at path.
func (w *walk) vacant(path addr.Path) bool {
	c, err := w.config.Component(w.evalCtx, path, WantKind)
	var missing *NoMemberError
	return errors.As(err, &missing) || err == nil && c.Resource == nil
}

// claim makes sure that only one resource takes over what is recorded at a path.
func (r *Run) claim(former, path addr.Path) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if owner, taken := r.moved[former]; taken {
		return owner == path
	}
	r.moved[former] = path
	return true
}

func (r *Run) claimed(former addr.Path) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, taken := r.moved[former]
	return taken
}
