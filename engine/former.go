package engine

// This file finds out under which other paths a resource may be recorded, and moves its record.

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// keepFormers notes which paths a component had.
func (r *Run) keepFormers(path addr.Path, c *Component) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.formers[path] = c.MovedFrom
}

// formerPaths returns the paths that a component may have had: those that it says, and those that follow from what the composites around it
// say, nearest first.
func (w *walk) formerPaths(path addr.Path) []addr.Path {
	if path.IsRoot() {
		return nil
	}
	w.mu.Lock()
	own, known := w.formers[path]
	w.mu.Unlock()
	if !known {
		if c, err := w.contents(path); err == nil { // else nothing that is in it is known either
			own = c.MovedFrom
		}
	}
	parents := append([]addr.Path{path.Parent()}, w.formerPaths(path.Parent())...)
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

// findMoved looks for what is recorded under a former path of a resource that is not recorded itself. The error is a *[NeedsError] when it is not known yet
// whether a resource is declared there.
func (w *walk) findMoved(st State, path addr.Path) (from addr.Path, before *plan.Recorded, err error) {
	for _, former := range w.formerPaths(path) {
		before, err := st.Resource(former)
		if err != nil {
			return addr.Root, nil, err
		}
		if before == nil {
			continue
		}
		vacant, err := w.vacantFor(former, path)
		if err != nil {
			return addr.Root, nil, err
		}
		if vacant && w.claim(former, path) {
			return former, before, nil
		}
	}
	return addr.Root, nil, nil
}

// vacantFor is vacant for a resource that had the path. When that depends on an output of the resource itself, its word is taken.
func (w *walk) vacantFor(former, path addr.Path) (bool, error) {
	vacant, err := w.vacant(former)
	var needs *NeedsError
	if errors.As(err, &needs) && slices.ContainsFunc(needs.Outputs, func(o addr.Output) bool { return o.Resource == path }) {
		return true, nil
	}
	return vacant, err
}

// vacant reports whether no resource is declared at path. The error is a *[NeedsError] when that is not known yet.
func (w *walk) vacant(path addr.Path) (bool, error) {
	c, err := w.config.Component(w.evalCtx, path, WantKind)
	var missing *NoMemberError
	var needs *NeedsError
	switch {
	case errors.As(err, &missing):
		return true, nil
	case errors.As(err, &needs):
		return false, needs
	}
	return err == nil && c.Resource == nil, nil
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

// movedText says from where the item's record is moved, "" when it is not.
func movedText(item *plan.Item) string {
	switch {
	case item.FromState.IsRoot() && item.From.IsRoot():
		return ""
	case item.FromState.IsRoot():
		return "moved from " + item.From.String()
	case item.From.IsRoot():
		return "moved from the state kept by " + item.FromState.String()
	}
	return "moved from " + item.From.String() + " in the state kept by " + item.FromState.String()
}

// move brings the record of a resource to where it is declared. Between two states it is first given its path, then recorded in the new state, then taken
// out of the old one; whenever that ends half-way, it is found under its path, and recorded twice at worst, which the next run mends.
func (p *performance) move(ctx context.Context) error {
	item := p.item
	after := *item.Before
	after.Formerly = formerly(item)
	if item.FromState.IsRoot() {
		return p.record(ctx, Change{Event: "move", Path: item.From, MoveTo: item.Path, Set: &after})
	}
	old := &performance{applier: p.applier, item: item, state: p.walk.state(item.FromState)}
	if !item.From.IsRoot() {
		if err := old.record(ctx, Change{Event: "move", Path: item.From, MoveTo: item.Path, Set: &after}); err != nil {
			return err
		}
	}
	entry, err := old.state.Resource(item.Path)
	if err != nil || entry == nil {
		return p.failed(cmp.Or(err, error(&PlanError{Planned: plan.Move, Now: plan.Create})))
	}
	if err := p.record(ctx, Change{Event: "move", Path: item.Path, Set: entry}); err != nil {
		return err
	}
	return old.record(ctx, Change{Event: "move", Path: item.Path, Remove: true})
}

// formerly returns the paths that the resource of an item had, when it is at the item's path.
func formerly(item *plan.Item) []addr.Path {
	if item.Before == nil {
		return nil
	}
	paths := slices.DeleteFunc(slices.Clone(item.Before.Formerly), func(path addr.Path) bool { return path == item.Path })
	if !item.From.IsRoot() && !slices.Contains(paths, item.From) {
		paths = append(paths, item.From)
	}
	return paths
}

// namesOfRecord are all paths under which others may say that they depend on what is recorded at a path.
func namesOfRecord(path addr.Path, entry *plan.Recorded) []addr.Path {
	if entry == nil {
		return []addr.Path{path}
	}
	return append([]addr.Path{path}, entry.Formerly...)
}
