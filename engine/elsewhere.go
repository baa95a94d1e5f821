package engine

// This file finds what is recorded in another state than the one that the declaration says.

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// otherPlace is where a resource is recorded: in another state than the one that its declaration says.
type otherPlace struct {
	keeper addr.Path // the state resource
	path   addr.Path // the path in it
}

// findElsewhere reports whether something that would be created is in one of the states that are open, and was not seen there because that was opened
// later; once for each resource.
func (w *walk) findElsewhere() bool {
	found := false
	for _, path := range w.declared() { // also those that are only needed
		s := w.lookUp(path)
		if s.item == nil || s.item.Action != plan.Create || s.item.State.IsRoot() {
			continue
		}
		_, ok, err := w.elsewhereOf(path, s.item.State)
		w.mu.Lock()
		if (ok || err != nil) && !w.elsewhere[path] {
			w.elsewhere[path] = true
			found = true
		}
		w.mu.Unlock()
	}
	return found
}

// elsewhereOf returns the first place, in order of the states, at which a resource is recorded by its path or a former one. The error is a *[NeedsError]
// when it is not known yet whether a resource is declared there.
func (w *walk) elsewhereOf(path, declared addr.Path) (at otherPlace, found bool, err error) {
	for _, keeper := range w.keepers() {
		if keeper == declared {
			continue
		}
		for _, at := range append([]addr.Path{path}, w.formerPaths(path)...) {
			if found, err := w.freeAt(w.state(keeper), at, path); found || err != nil {
				return otherPlace{keeper, at}, found, err
			}
		}
	}
	return otherPlace{}, false, nil
}

// freeAt reports whether a state has something at a path that the resource at another path, or the same one, may take over.
func (w *walk) freeAt(st State, at, path addr.Path) (bool, error) {
	entry, err := st.Resource(at)
	switch {
	case err != nil || entry == nil:
		return false, err
	case at == path:
		return true, nil
	}
	return w.vacantFor(at, path)
}

// takeOver makes the item one of a resource that another state has, if one does.
func (d *decision) takeOver() error {
	at, found, err := d.elsewhereOf(d.path, d.decl.State)
	if err != nil || !found {
		return err
	}
	before, err := d.state(at.keeper).Resource(at.path)
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(unfinished(d.state(at.keeper).Unfinished(), at.path), isDeposed) // what was replaced is destroyed from where it is
	if len(open) > 0 || !d.claim(at.path, d.path) {
		return &OtherStateError{Recorded: at.keeper, Declared: d.decl.State}
	}
	d.item.FromState, d.item.Before = at.keeper, before
	if at.path != d.path {
		d.item.From = at.path
	}
	return nil
}

// unreached returns those of some resources that would be created although a state has them that was not reached, since not all is selected, and which
// state that is. Those states are only read, and let go of again: to change one, it has to be selected.
func (w *walk) unreached(ctx context.Context, items []*plan.Item) (map[addr.Path]addr.Path, error) {
	created := slices.DeleteFunc(slices.Clone(items), func(item *plan.Item) bool {
		return item.Action != plan.Create || item.State.IsRoot()
	})
	if len(created) == 0 || !w.opts.partial() {
		return nil, nil
	}
	found := map[addr.Path]addr.Path{}
	err := w.peek(ctx, func(keeper addr.Path, st State) error {
		for _, item := range created {
			for _, at := range append([]addr.Path{item.Path}, w.formerPaths(item.Path)...) {
				if free, err := w.freeAt(st, at, item.Path); free || err != nil { // not known: perhaps
					found[item.Path] = keeper
				}
			}
		}
		return nil
	})
	return found, err
}

// peek calls f with each state that this run has not opened.
func (r *Run) peek(ctx context.Context, f func(keeper addr.Path, st State) error) error {
	states := r.otherStates(ctx)
	var first error
	for _, keeper := range slices.SortedFunc(maps.Keys(states), addr.Path.Compare) {
		err := f(keeper, states[keeper])
		if closeErr := states[keeper].Close(); err == nil && closeErr != nil {
			err = Failure{Path: keeper, Doing: "closing the state kept by", Err: closeErr}
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// otherStates opens for reading those states that this run has not opened, as far as that is possible without outputs. It evaluates no inputs but those of
// resources that keep state: others say that they do, or they are of the same type as one that does, or the built-in provider says so.
func (r *Run) otherStates(ctx context.Context) map[addr.Path]State {
	w, end := r.newWalk(ctx)
	defer end()
	w.lenient, w.everything, w.reading, w.peeked = true, true, true, map[addr.Path]State{}
	w.act = func(_ context.Context, decl *Resource, _ addr.Path) (*settled, error) {
		return &settled{decl: decl}, nil
	}
	open := r.keepers()
	var nodes []key
	for _, keeper := range w.declaredKeepers(ctx) {
		if !slices.Contains(open, keeper) {
			nodes = append(nodes, key{path: keeper, kind: stateKey})
		}
	}
	w.run(ctx, nodes, nil)
	return w.peeked
}

// declaredKeepers returns the resources that keep state or may do so.
func (w *walk) declaredKeepers(ctx context.Context) []addr.Path {
	type kind struct{ provider, typ string }
	kindOf := func(r *Resource) kind { return kind{command(r.Provider), r.Type} }
	declared := map[addr.Path]*Resource{}
	w.eachDeclared(addr.Root, func(path addr.Path, r *Resource, _ error) {
		if r != nil {
			declared[path] = r
		}
	})
	keep := map[kind]bool{}
	for _, keeper := range w.keepers() {
		if r := declared[keeper]; r != nil {
			keep[kindOf(r)] = true
		}
	}
	for _, r := range declared {
		if keeper := declared[r.State]; r.Stateful() && keeper != nil {
			keep[kindOf(keeper)] = true
		}
	}
	var keepers []addr.Path
	for path, r := range declared {
		k := kindOf(r)
		if _, asked := keep[k]; !asked {
			keep[k] = strings.HasPrefix(r.Provider.Executable, "builtin:") && w.keeps(ctx, r, path)
		}
		if keep[k] {
			keepers = append(keepers, path)
		}
	}
	return keepers
}

// eachDeclared visits all resources below path, and what cannot be evaluated, without evaluating inputs.
func (w *walk) eachDeclared(path addr.Path, visit func(addr.Path, *Resource, error)) {
	c, err := w.contents(path)
	if err != nil {
		visit(path, nil, err)
		return
	}
	if c.Resource != nil {
		visit(path, c.Resource, nil)
	}
	for _, name := range c.Members {
		w.eachDeclared(path.Child(name), visit)
	}
}

// contents evaluates a component without inputs, once in a run: what is known of it then does not change.
func (w *walk) contents(path addr.Path) (*Component, error) {
	w.mu.Lock()
	c := cmp.Or(w.known[path], w.glanced[path])
	w.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := w.config.Component(w.evalCtx, path, WantContents)
	if err != nil {
		return nil, err
	}
	w.keepFormers(path, c)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.glanced[path] = c
	return c, nil
}
