package engine

// This file finds what is recorded and not declared any more, and in which order it goes.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

// removal is an object that goes.
type removal struct {
	item   *plan.Item
	err    error         // why it cannot go
	skip   *Skip         // why it is left alone this time
	intent *state.Intent // for an object that was replaced: what says so
	before []*removal    // what goes before it: those that depend on it
	waited bool          // for those
	also   []addr.Path   // what it seems to be made from, besides what is recorded
}

func (r *removal) key() key {
	if r.intent != nil {
		return key{r.item.Path, deposedKey, r.intent.ID}
	}
	return key{path: r.item.Path, kind: deleteKey}
}

// undeclared returns what the opened states have, among what is selected, that is not declared, and with it what this run has replaced. outcomes are
// those of the components.
func (w *walk) undeclared(outcomes map[key]error, replaced []*removal) ([]*removal, error) {
	all := slices.Clone(replaced)
	var found *successors
	for _, keeper := range w.keepers() {
		st := w.state(keeper)
		entries, err := recordsOf(keeper, st)
		if err != nil {
			return nil, err
		}
		for _, path := range slices.SortedFunc(maps.Keys(entries), addr.Path.Compare) {
			if w.claimed(path) || !w.selected(path) || outcomes[key{path: path}] != nil {
				continue
			}
			if action, reason := w.fate(keeper, path); action != "" {
				r := w.newRemoval(keeper, path, entries[path], action, reason)
				if s := w.lookUp(path); s != nil && s.item != nil && s.item.Action == plan.Create && !s.item.State.IsRoot() {
					r.err = &OtherStateError{Recorded: keeper, Declared: s.item.State}
				}
				if found == nil { // it evaluates what was not selected, so only when need be
					found = w.findSuccessors(outcomes)
				}
				if r = w.keepForSuccessor(r, found); r != nil {
					all = append(all, r)
				}
			}
		}
		more, err := w.leftOver(keeper, st, entries)
		if err != nil {
			return nil, err
		}
		for _, r := range more {
			if !slices.ContainsFunc(replaced, func(its *removal) bool { return its.key() == r.key() }) {
				all = append(all, r)
			}
		}
	}
	link(all)
	w.linkDeclared(all)
	return all, w.keepNeeded(all, outcomes)
}

// openKeepers opens also the states that no declared resource is kept in, since they may have some that are not declared any more. Which
// resources keep state is known from what their providers say. The outcomes are added to those of the components.
func (w *walk) openKeepers(ctx context.Context, outcomes map[key]error) {
	type kind struct{ provider, typ string }
	keeps := map[kind]bool{}
	var nodes []key
	for _, path := range w.resources() {
		decl := w.lookUp(path).decl
		k := kind{command(decl.Provider), decl.Type}
		known, asked := keeps[k]
		if !asked {
			known = w.keeps(ctx, decl, path)
			keeps[k] = known
		}
		node := key{path: path, kind: stateKey}
		if _, open := outcomes[node]; known && !open {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) == 0 {
		return
	}
	for k, err := range w.run(ctx, nodes, nil) {
		outcomes[k] = err
	}
}

// keeps reports whether a resource keeps state for others. An error will come again, when its provider is asked to do something.
func (w *walk) keeps(ctx context.Context, decl *Resource, path addr.Path) bool {
	provider, err := w.provider(ctx, decl.Provider, path)
	if err != nil {
		return false
	}
	known, err := provider.Supports(ctx, "stateAppend", decl.Type)
	return err == nil && known
}

// resources returns the selected resources that were reached, in order of path.
func (w *walk) resources() []addr.Path {
	return slices.DeleteFunc(w.declared(), func(path addr.Path) bool { return !w.selected(path) })
}

// declared returns all resources that were reached, in order of path.
func (w *walk) declared() []addr.Path {
	w.mu.Lock()
	defer w.mu.Unlock()
	var paths []addr.Path
	for path, s := range w.settled {
		if s.decl != nil {
			paths = append(paths, path)
		}
	}
	addr.Sort(paths)
	return paths
}

func (r *Run) keepers() []addr.Path {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Keys(r.states), addr.Path.Compare)
}

// fate says what happens to what a state has at a path: "" for nothing.
func (w *walk) fate(keeper, path addr.Path) (plan.Action, plan.Reason) {
	s := w.lookUp(path)
	switch {
	case s != nil && s.blocked, s != nil && s.decl != nil && s.decl.State == keeper:
		return "", plan.Reason{}
	case s != nil && s.decl != nil && !s.decl.Stateful():
		return plan.Release, plan.Reason{Kind: plan.ReasonStateless, Text: "it is stateless now, so it is not remembered any more"}
	case s != nil && s.decl != nil:
		return plan.Release, plan.Reason{Kind: plan.ReasonStateless, Text: fmt.Sprintf("it is remembered by %s now", s.decl.State)}
	case s != nil:
		return plan.Delete, plan.Reason{Kind: plan.ReasonUndeclared, Text: "it is a composite now"}
	}
	c, err := w.config.Component(w.evalCtx, path, WantKind)
	var missing *NoMemberError
	switch {
	case errors.As(err, &missing):
		return plan.Delete, plan.Reason{Kind: plan.ReasonUndeclared, Text: "it is not in the expression any more"}
	case err == nil && c.Resource == nil:
		return plan.Delete, plan.Reason{Kind: plan.ReasonUndeclared, Text: "it is a composite now"}
	}
	return "", plan.Reason{} // not known, or not reached
}

func (w *walk) newRemoval(keeper, path addr.Path, entry *plan.Recorded, action plan.Action, reason plan.Reason) *removal {
	Learn(w.opts.Secrets, entry, nil)
	r := &removal{item: &plan.Item{
		Action: action, Path: path, Type: entry.Type, Provider: entry.Provider, State: keeper, Before: entry, Reasons: []plan.Reason{reason},
	}}
	if action == plan.Release {
		r.item.NoCall = true
		return r
	}
	switch {
	case entry.Protected:
		r.err = &ProtectedError{Path: path}
	case entry.Provider == nil:
		r.err = &NoProviderError{}
	}
	for _, intent := range unfinished(w.state(keeper).Unfinished(), path) {
		if intent.UnderWay != nil {
			r.err = &InterruptedError{Path: path, Intent: intent}
		}
		if !isDeposed(intent) && !w.startedHere(intent.ID) {
			r.item.Intents = append(r.item.Intents, intent.ID)
		}
	}
	return r
}

func (r *Run) startedHere(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.started[id]
}

// leftOver returns what unfinished intents tell of: objects that were replaced, and creations that nobody declares any more.
func (w *walk) leftOver(keeper addr.Path, st State, entries map[addr.Path]*plan.Recorded) ([]*removal, error) {
	var all []*removal
	for _, intent := range st.Unfinished() {
		path := addr.Of(intent.Path...)
		declared := w.lookUp(path) != nil
		if !w.selected(path) || !isDeposed(intent) && (declared || entries[path] != nil || w.startedHere(intent.ID)) {
			continue
		}
		r := &removal{intent: &intent, item: &plan.Item{
			Action: plan.Delete, Path: path, Type: intent.Type, State: keeper, Deposed: true, Provider: &plan.Provider{}, Intents: []string{intent.ID},
			Reasons: []plan.Reason{{Kind: plan.ReasonInterrupted, Text: "it was replaced, and not destroyed yet"}},
		}}
		entry := &plan.Recorded{Type: intent.Type}
		if err := decodeIntent(intent, r.item.Provider, &entry.Inputs); err != nil {
			return nil, err
		}
		if err := decodeOutputs(intent, entry); err != nil {
			return nil, err
		}
		if err := decodeDetails(intent, entry); err != nil {
			return nil, err
		}
		w.markIntended(entry, intent)
		entry.Provider, r.item.Before = r.item.Provider, entry
		if !isDeposed(intent) && w.config != nil {
			if action, _ := w.fate(keeper, path); action == "" {
				continue
			}
		}
		if !isDeposed(intent) || intent.UnderWay != nil {
			r.err = &InterruptedError{Path: path, Intent: intent}
		}
		all = append(all, r)
	}
	return all, nil
}

// link notes who goes before whom among what goes: those that depend on it. What would close a circle is left out; such a record is
// older than the other one.
func link(all []*removal) {
	inferDependencies(all)
	byPath := byNames(all)
	const visiting, done = 1, 2
	status := map[*removal]int{}
	var visit func(r *removal)
	visit = func(r *removal) {
		status[r] = visiting
		// What is recorded is certain, so it comes first. Where it is recorded must be there as long as it is.
		for _, path := range slices.Concat(dependenciesOf(r.item), []addr.Path{r.item.State}, r.also) {
			for _, on := range byPath[path] {
				if status[on] == visiting || on.item.Path == r.item.Path {
					continue
				}
				if status[on] == 0 {
					visit(on)
				}
				on.waitFor(r)
			}
		}
		status[r] = done
	}
	for _, r := range all {
		if status[r] == 0 {
			visit(r)
		}
	}
}

// byNames returns what goes by all paths under which others may depend on it. An object that was replaced has the path of the new one.
func byNames(all []*removal) map[addr.Path][]*removal {
	byPath := map[addr.Path][]*removal{}
	for _, r := range all {
		for _, path := range namesOfRecord(r.item.Path, r.item.Before) {
			byPath[path] = append(byPath[path], r)
		}
	}
	return byPath
}

// waitFor notes that another goes before it.
func (r *removal) waitFor(other *removal) {
	if !slices.Contains(r.before, other) {
		r.before = append(r.before, other)
	}
	if !slices.Contains(r.item.After, other.item.Path) {
		r.item.After = append(r.item.After, other.item.Path)
	}
}

func dependenciesOf(item *plan.Item) []addr.Path {
	if item.Before == nil {
		return nil
	}
	return item.Before.Dependencies
}

// linkDeclared makes what goes wait for declared resources that were made from it: they are changed first.
func (w *walk) linkDeclared(all []*removal) {
	byPath := byNames(all)
	w.mu.Lock()
	defer w.mu.Unlock()
	for path, s := range w.settled {
		if s.item == nil || s.item.Before == nil || s.item.Action == plan.Delete {
			continue
		}
		for _, on := range s.item.Before.Dependencies {
			for _, r := range byPath[on] {
				if path != r.item.Path {
					r.item.After = append(r.item.After, path)
				}
			}
		}
	}
	for _, r := range all {
		addr.Sort(r.item.After)
		r.item.After = slices.Compact(r.item.After)
	}
}

// order returns the removals so that each comes after those that go before it.
func order(all []*removal) []*removal {
	var sorted []*removal
	seen := map[*removal]bool{}
	var visit func(r *removal)
	visit = func(r *removal) {
		if seen[r] {
			return
		}
		seen[r] = true
		for _, before := range r.before {
			visit(before)
		}
		sorted = append(sorted, r)
	}
	for _, r := range all {
		visit(r)
	}
	return sorted
}

// OtherStateError says that a resource was given another state, which has nothing of it, so that it would be made a second time.
type OtherStateError struct {
	Recorded, Declared addr.Path
	Unselected         bool // the state that has it cannot be changed, because it is not selected
}

// Error returns one line.
func (e *OtherStateError) Error() string {
	text := fmt.Sprintf("it is recorded in the state kept by %s, and declared to be kept in %s", e.Recorded, e.Declared)
	if e.Unselected {
		return text + "; to move it there, both must be selected"
	}
	return text + ", to which it cannot be moved now"
}

// Hint says what can be done.
func (e *OtherStateError) Hint() string {
	if e.Unselected {
		return fmt.Sprintf("select %s, too, or apply everything", e.Recorded)
	}
	return fmt.Sprintf("an earlier operation on it there is unfinished: declare state = %s as before and apply, or settle it with nixops4 state resolve", e.Recorded)
}

// NoProviderError says that it is not recorded which program manages a resource.
type NoProviderError struct{}

// Error returns one line.
func (*NoProviderError) Error() string {
	return "it is not recorded which provider made it, so it cannot be destroyed"
}

// Hint says what can be done.
func (*NoProviderError) Hint() string {
	return "declare it again and apply, which records the provider; or remove it by hand, and: nixops4 state forget"
}

// intentDetails are what an intent says besides.
type intentDetails struct {
	// Of an object that is not recorded any more.
	Dependencies []addr.Path `json:"dependencies,omitempty"`
	Formerly     []addr.Path `json:"formerly,omitempty"`
}

func decodeDetails(intent state.Intent, entry *plan.Recorded) error {
	if intent.Details == nil {
		return nil
	}
	var details intentDetails
	if err := json.Unmarshal(intent.Details, &details); err != nil {
		return fmt.Errorf("the details in the unfinished intent %s: %w", intent.ID, err)
	}
	entry.Dependencies, entry.Formerly = details.Dependencies, details.Formerly
	return nil
}

func decodeOutputs(intent state.Intent, entry *plan.Recorded) error {
	entry.Outputs = plan.Object{}
	if intent.Outputs == nil {
		return nil
	}
	outputs, err := decodeObject(intent.Outputs)
	if err != nil {
		return fmt.Errorf("the outputs in the unfinished intent %s: %w", intent.ID, err)
	}
	entry.Outputs = outputs
	return nil
}
