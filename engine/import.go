package engine

// This file adopts objects that exist already.

import (
	"context"
	"fmt"
	"reflect"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// Import records the object that the provider knows by id as the resource at path, which must be declared with state and not be recorded yet.
// Nothing is changed but the state. It returns what is recorded, and which other resources are recorded with the same type, provider and inputs: most
// likely they are the same object, which is destroyed when one of them is.
func (r *Run) Import(ctx context.Context, path addr.Path, id string) (entry *plan.Recorded, same []addr.Path, err error) {
	r.opts.Paths = []addr.Path{path}
	p, err := r.Plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, problem := range p.Problems {
		if problem.Path == path {
			return nil, nil, problem.Err
		}
	}
	var item *plan.Item
	for _, candidate := range p.Items {
		if candidate.Path == path {
			item = candidate
		}
	}
	if err := importable(path, item); err != nil {
		return nil, nil, err
	}
	st := r.state(item.State)
	if _, missing := st.(noState); missing {
		return nil, nil, &NoStateError{Path: path, State: item.State}
	}
	provider, err := r.provider(ctx, *item.Provider, path)
	if err != nil {
		return nil, nil, Failure{Path: path, Err: err}
	}
	found, err := provider.Import(ctx, item.Type, id)
	if err != nil {
		return nil, nil, Failure{Path: path, Err: r.redact(err)}
	}
	declared, err := r.config.Component(ctx, path, WantContents)
	if err != nil {
		return nil, nil, Failure{Path: path, Doing: "evaluating", Err: err}
	}
	entry = &plan.Recorded{
		Type: item.Type, Inputs: known(found.InputProperties), Outputs: known(found.OutputProperties), Provider: item.Provider,
		Dependencies: r.dependencies(path), Protected: declared.Resource.Settings.PreventDestroy,
		SensitiveInputs: item.Inputs.Sensitive, SensitiveOutputs: item.SensitiveOutputs,
	}
	Learn(r.opts.Secrets, entry, nil)
	if err := st.Record(ctx, Change{Event: string(plan.Adopt), Path: path, Set: entry, End: item.Intents}); err != nil {
		return nil, nil, Failure{Path: path, Doing: "recording", Err: err}
	}
	return entry, r.sameObject(path, entry), nil
}

// sameObject returns the other resources of the opened states that are recorded as entry is.
func (r *Run) sameObject(path addr.Path, entry *plan.Recorded) []addr.Path {
	var same []addr.Path
	for _, keeper := range r.keepers() {
		entries, err := r.state(keeper).All()
		if err != nil {
			continue // it was read before, and this is only advice
		}
		for other, its := range entries {
			if other != path && its.Type == entry.Type && reflect.DeepEqual(its.Provider, entry.Provider) && len(plan.DiffObjects(its.Inputs, entry.Inputs)) == 0 {
				same = append(same, other)
			}
		}
	}
	addr.Sort(same)
	return same
}

func importable(path addr.Path, item *plan.Item) error {
	switch {
	case item == nil:
		return fmt.Errorf("%s is a composite, and only a resource can be imported", describe(path))
	case item.Action == plan.Blocked:
		return fmt.Errorf("%s cannot be imported yet: %s", path, item.Reasons[0])
	case item.State.IsRoot():
		return fmt.Errorf("%s has no state, so nothing can be recorded about it; give it one: state = members.NAME", path)
	case item.Action != plan.Create:
		return fmt.Errorf("%s is recorded already, so nothing is imported", path)
	}
	return nil
}

// NoStateError says that a state does not exist yet.
type NoStateError struct{ Path, State addr.Path }

// Error returns one line.
func (e *NoStateError) Error() string {
	return fmt.Sprintf("%s cannot be recorded, because the state kept by %s does not exist yet", e.Path, e.State)
}

// Hint says how to make it.
func (e *NoStateError) Hint() string { return "make it: nixops4 apply " + e.State.String() }
