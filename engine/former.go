package engine

// This file finds out under which other paths a resource may be recorded.

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

// otherPlace is where a resource is recorded: in another state than the one that its declaration says.
type otherPlace struct {
	keeper addr.Path // the state resource
	path   addr.Path // the path in it
}

// findElsewhere looks for what would be created in the states that are open, and notes where it is. It reports whether there is something new.
func (w *walk) findElsewhere() bool {
	keepers := w.keepers()
	found := false
	for _, path := range w.resources() {
		s := w.lookUp(path)
		if s.item == nil || s.item.Action != plan.Create || s.item.State.IsRoot() {
			continue
		}
		at, ok := w.elsewhereOf(path, s.item.State, keepers)
		w.mu.Lock()
		_, known := w.elsewhere[path]
		if ok && !known {
			w.elsewhere[path] = at
			found = true
		}
		w.mu.Unlock()
	}
	return found
}

// elsewhereOf returns the first place, in order of the states, at which a resource is recorded by its path or a former one.
func (w *walk) elsewhereOf(path, declared addr.Path, keepers []addr.Path) (otherPlace, bool) {
	for _, keeper := range keepers {
		if keeper == declared {
			continue
		}
		for _, at := range append([]addr.Path{path}, w.formerPaths(path)...) {
			entry, err := w.state(keeper).Resource(at)
			if err == nil && entry != nil && (at == path || w.vacant(at)) {
				return otherPlace{keeper, at}, true
			}
		}
	}
	return otherPlace{}, false
}

// takeOver makes the item one of a resource that another state has, if one does.
func (d *decision) takeOver() error {
	d.mu.Lock()
	at, ok := d.elsewhere[d.path]
	d.mu.Unlock()
	if !ok || d.state(at.keeper) == nil {
		return nil
	}
	before, err := d.state(at.keeper).Resource(at.path)
	if err != nil || before == nil {
		return err
	}
	if len(unfinished(d.state(at.keeper).Unfinished(), at.path)) > 0 || !d.claim(at.path, d.path) {
		return &OtherStateError{Recorded: at.keeper, Declared: d.decl.State}
	}
	d.item.FromState, d.item.Before = at.keeper, before
	if at.path != d.path {
		d.item.From = at.path
	}
	return nil
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
	if item.FromState.IsRoot() {
		return p.record(ctx, Change{Event: "move", Path: item.From, MoveTo: item.Path})
	}
	old := &performance{applier: p.applier, item: item, state: p.walk.state(item.FromState)}
	if !item.From.IsRoot() {
		if err := old.record(ctx, Change{Event: "move", Path: item.From, MoveTo: item.Path}); err != nil {
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
