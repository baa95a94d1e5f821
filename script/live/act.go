package live

// This file changes the deployment, and records that an operation has run.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/script"
	"nixops4/state"
)

// fresh begins a new evaluation, because states may have changed. The caller holds mu.
func (d *Deployment) fresh(ctx context.Context) error {
	err := d.closeStates()
	return errors.Join(err, d.session.Evaluator.Restart(ctx))
}

// Plan returns what applying would do, or what has drifted.
func (d *Deployment) Plan(ctx context.Context, paths []addr.Path, drift bool) ([]script.Change, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.opened(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	options := s.Read()
	options.Paths = paths
	run := engine.Open(s.Config, options)
	var changes []script.Change
	if drift {
		changes, err = drifted(ctx, run)
	} else {
		changes, err = planned(ctx, run)
	}
	return changes, errors.Join(err, run.Close(), d.fresh(ctx))
}

func planned(ctx context.Context, run *engine.Run) ([]script.Change, error) {
	p, err := run.Plan(ctx)
	if err != nil {
		return nil, err
	}
	if len(p.Problems) > 0 {
		return nil, fmt.Errorf("%s cannot be planned: %s", describe(p.Problems[0].Path), p.Problems[0].Error)
	}
	return changes(p.Items), nil
}

func changes(items []*plan.Item) []script.Change {
	var list []script.Change
	for _, item := range items {
		list = append(list, script.Change{Path: item.Path, Action: string(item.Action)})
	}
	return list
}

func drifted(ctx context.Context, run *engine.Run) ([]script.Change, error) {
	found, err := run.Drift(ctx, nil)
	if err != nil {
		return nil, err
	}
	var list []script.Change
	for _, f := range found {
		action := "none"
		switch {
		case f.Gone:
			action = "gone"
		case f.Unreadable:
			action = "unreadable"
		case f.Drifted():
			action = "update"
		}
		list = append(list, script.Change{Path: f.Path, Action: action})
	}
	return list, nil
}

// Apply plans and applies.
func (d *Deployment) Apply(ctx context.Context, paths, replace []addr.Path) ([]script.Change, error) {
	return d.change(ctx, paths, func(run *engine.Run) (*plan.Plan, error) { return run.Plan(ctx) }, replace)
}

// Destroy destroys what the paths name.
func (d *Deployment) Destroy(ctx context.Context, paths []addr.Path) ([]script.Change, error) {
	return d.change(ctx, paths, func(run *engine.Run) (*plan.Plan, error) { return run.PlanDestroy(ctx) }, nil)
}

func (d *Deployment) change(ctx context.Context, paths []addr.Path, make func(*engine.Run) (*plan.Plan, error), replace []addr.Path) ([]script.Change, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.opened(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	options := s.Change()
	options.Paths, options.Replace, options.Stop = paths, replace, ctx.Done()
	// What a script does was agreed to when it was written; only what the plan does not have needs to be asked for, and nobody is there.
	run := engine.Open(s.Config, options)
	p, err := make(run)
	if err == nil {
		err = problem(p)
	}
	if err == nil {
		_, err = run.Apply(s.Forced, p)
	}
	err = errors.Join(err, run.Close(), d.fresh(context.WithoutCancel(ctx)))
	if err != nil {
		return nil, err
	}
	return changes(p.Items), nil
}

func problem(p *plan.Plan) error {
	var failed []error
	for _, problem := range p.Problems {
		switch {
		case problem.Skipped:
		case problem.Err != nil:
			failed = append(failed, problem.Err)
		default:
			failed = append(failed, fmt.Errorf("%s: %s", describe(problem.Path), problem.Error))
		}
	}
	return errors.Join(failed...)
}

// Read asks providers what the resources are now, and records it.
func (d *Deployment) Read(ctx context.Context, paths []addr.Path) ([]script.Change, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.opened(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	var list []script.Change
	states := map[addr.Path]engine.State{}
	for _, path := range paths {
		var action string
		if action, err = d.readOne(ctx, s, path, states); err != nil {
			err = fmt.Errorf("reading %s: %w", path, err)
			break
		}
		list = append(list, script.Change{Path: path, Action: action})
	}
	for _, st := range states {
		err = errors.Join(err, st.Close())
	}
	return list, errors.Join(err, d.fresh(context.WithoutCancel(ctx)))
}

func (d *Deployment) readOne(ctx context.Context, s *Session, path addr.Path, states map[addr.Path]engine.State) (string, error) {
	decl, err := d.declared(ctx, path, engine.WantContents)
	if err != nil {
		return "", err
	}
	entry, err := d.recorded(ctx, path, &declaration{state: decl.State})
	if err != nil {
		return "", err
	}
	if entry == nil {
		return "", &script.NotAppliedError{Path: path}
	}
	if err := engine.Realise(ctx, s.Read(), path, decl); err != nil {
		return "", err
	}
	by := decl.Provider
	if entry.Provider != nil {
		by = *entry.Provider
	}
	answer, err := s.Read().Provider(providers.Spec{Executable: by.Executable, Args: by.Args}, path).Read(ctx, resourceOf(entry))
	if err != nil {
		return "", err
	}
	change := engine.Change{Event: "read", Path: path}
	action := "none"
	switch {
	case answer.Gone:
		change.Remove, action = true, "delete"
	case differs(answer.OutputProperties, entry.Outputs) || answer.InputProperties != nil && differs(answer.InputProperties, entry.Inputs):
		after := *entry
		after.Outputs = plan.Object(answer.OutputProperties)
		if answer.InputProperties != nil { // what apply compares with
			after.Inputs = plan.Object(answer.InputProperties)
		}
		engine.Learn(s.Secrets, &after, decl.Sensitive)
		change.Set, action = &after, "update"
	default:
		return action, nil
	}
	st := states[decl.State]
	if st == nil {
		if st, err = engine.ReadState(ctx, s.Config, decl.State, s.Change()); err != nil {
			return "", err
		}
		states[decl.State] = st
	}
	return action, st.Record(ctx, change)
}

// differs reports whether what a provider tells is not what is recorded.
func differs(found protocol.Properties, recorded plan.Object) bool {
	return !maps.EqualFunc(found, protocol.Properties(recorded), sameJSON)
}

func sameJSON(x, y json.RawMessage) bool {
	return state.InputsDigest(x) == state.InputsDigest(y)
}

func resourceOf(entry *plan.Recorded) protocol.Resource {
	return protocol.Resource{Type: entry.Type, InputProperties: protocol.Properties(entry.Inputs), OutputProperties: protocol.Properties(entry.Outputs)}
}

// Call runs a method of a resource. When it answers with outputs, they are recorded.
func (d *Deployment) Call(ctx context.Context, path addr.Path, method string, args map[string]json.RawMessage) (json.RawMessage, error) {
	d.mu.Lock()
	s, decl, resource, entry, err := d.subject(ctx, path)
	if err == nil {
		err = d.checkMethod(ctx, path, method, args)
	}
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := engine.Realise(ctx, s.Read(), path, decl); err != nil {
		return nil, err
	}
	by := decl.Provider
	if entry != nil && entry.Provider != nil {
		by = *entry.Provider
	}
	engine.Learn(s.Secrets, entry, decl.Sensitive)
	answer, err := s.CallMethod(ctx, path, providers.Spec{Executable: by.Executable, Args: by.Args}, protocol.CallMethodRequest{Resource: resource, Method: method, Arguments: args})
	if err != nil {
		return nil, err
	}
	if answer.OutputProperties == nil || entry == nil || !differs(answer.OutputProperties, entry.Outputs) {
		return answer.Result, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	after := *entry
	after.Outputs = plan.Object(answer.OutputProperties)
	engine.Learn(s.Secrets, &after, decl.Sensitive)
	st, err := engine.ReadState(ctx, s.Config, decl.State, s.Change())
	if err == nil {
		err = errors.Join(st.Record(ctx, engine.Change{Event: "call", Path: path, Set: &after}), st.Close())
	}
	return answer.Result, errors.Join(err, d.fresh(context.WithoutCancel(ctx)))
}

// subject returns what is needed to call a method. The caller holds mu.
func (d *Deployment) subject(ctx context.Context, path addr.Path) (*Session, *engine.Resource, protocol.Resource, *plan.Recorded, error) {
	var r protocol.Resource
	s, err := d.opened(ctx)
	if err != nil {
		return nil, nil, r, nil, err
	}
	decl, err := d.declared(ctx, path, engine.WantInputs)
	if err != nil {
		return nil, nil, r, nil, err
	}
	entry, err := d.recorded(ctx, path, &declaration{state: decl.State})
	switch {
	case err != nil:
		return nil, nil, r, nil, err
	case entry != nil:
		return s, decl, resourceOf(entry), entry, nil
	case decl.Stateful():
		return nil, nil, r, nil, &script.NotAppliedError{Path: path}
	}
	return s, decl, protocol.Resource{Type: decl.Type, InputProperties: protocol.Properties(decl.Inputs.Known)}, nil, nil
}

// Lock takes the locks of the states that keep the resources at paths, of all states when there are none, until the deployment is closed.
func (d *Deployment) Lock(ctx context.Context, paths []addr.Path) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.opened(ctx)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		paths = []addr.Path{addr.Root}
	}
	var keepers []addr.Path
	for _, path := range paths {
		more, err := d.keepers(ctx, path)
		if err != nil {
			return err
		}
		for _, keeper := range more {
			if !slices.Contains(keepers, keeper) {
				keepers = append(keepers, keeper)
			}
		}
	}
	addr.Sort(keepers) // in one order, so that two operations never wait for each other
	for _, keeper := range keepers {
		if _, err := d.state(ctx, keeper); errors.Is(err, state.ErrNotFound) {
			continue // there is nothing to be kept from others yet
		} else if err != nil {
			return err
		}
		decl, err := d.declared(ctx, keeper, engine.WantInputs)
		if err != nil {
			return err
		}
		resource := protocol.Resource{Type: decl.Type, InputProperties: protocol.Properties(decl.Inputs.Known)}
		if err := s.Lock(ctx, keeper, providers.Spec{Executable: decl.Provider.Executable, Args: decl.Provider.Args}, resource); err != nil {
			return fmt.Errorf("locking the state kept by %s: %w", keeper, err)
		}
	}
	// What was read before the locks were held may have changed since.
	return d.fresh(ctx)
}

// Record appends an event about a run to the states that the operation has read and to those that keep the resources at paths; when that is none, to the
// first that exists. It returns how many there were.
func (d *Deployment) Record(ctx context.Context, paths []addr.Path, meta state.Meta) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return 0, err
	}
	keepers := slices.Collect(maps.Keys(d.seen))
	for _, path := range paths {
		more, err := d.keepers(ctx, path)
		if err != nil {
			return 0, err
		}
		keepers = append(keepers, more...)
	}
	if len(keepers) == 0 {
		keeper, err := d.firstKeeper(ctx)
		if err != nil || keeper.IsRoot() {
			return 0, err
		}
		keepers = append(keepers, keeper)
	}
	addr.Sort(keepers)
	n := 0
	for _, keeper := range slices.Compact(keepers) {
		st, err := d.state(ctx, keeper)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err == nil {
			err = appendEvent(ctx, d.session.Store(st), meta)
		}
		if err != nil {
			return n, fmt.Errorf("recording the operation in the state kept by %s: %w", keeper, err)
		}
		n++
	}
	return n, nil
}

// appendEvent appends an event that changes nothing, wherever the log ends. Nothing has to be read for that: a conflict tells where.
func appendEvent(ctx context.Context, store state.Store, meta state.Meta) error {
	next := uint64(1)
	for attempt := 0; ; attempt++ {
		_, err := store.Append(ctx, state.Batch{Expected: next, Events: []state.Event{{Meta: meta, Patch: state.Patch{}}}})
		var conflict *state.ConflictError
		if !errors.As(err, &conflict) || attempt >= 100 {
			return err
		}
		next = conflict.Actual
	}
}
