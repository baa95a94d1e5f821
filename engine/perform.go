package engine

// This file carries out single items: it declares what is about to happen, asks the provider, and records what came of it.

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// perform carries out the item of a declared resource, and returns its outputs.
func (a *applier) perform(ctx context.Context, item *plan.Item, decl *Resource) (plan.Object, error) {
	p := &performance{applier: a, item: item, decl: decl}
	if !item.State.IsRoot() {
		p.state = a.state(item.State)
	}
	if !item.From.IsRoot() || !item.FromState.IsRoot() {
		if err := p.move(ctx); err != nil {
			return nil, err
		}
	}
	switch {
	case item.Action == plan.None:
		return item.Before.Outputs, p.annotate(ctx)
	case item.NoCall:
		return item.Before.Outputs, p.onlyRecord(ctx)
	}
	// Before anything is destroyed or declared.
	if err := a.ready(ctx, item.Path, slices.Concat(decl.Store.Provider, decl.Store.Inputs)); err != nil {
		return nil, p.failed(err)
	}
	switch {
	case item.Action == plan.Ensure:
		outputs, err := p.create(ctx)
		return plan.Object(outputs), p.failed(err)
	case item.Action == plan.Create:
		return p.intended(ctx, "create", item.Intents, p.create)
	case item.Action == plan.Update:
		return p.intended(ctx, "update", item.Intents, p.update)
	case item.Action == plan.Replace && item.CreateFirst:
		return p.replaceCreateFirst(ctx)
	case item.Action == plan.Replace:
		return p.replace(ctx)
	}
	panic(fmt.Sprintf("engine: apply cannot carry out %q", item.Action))
}

// performance is one item being carried out.
type performance struct {
	*applier
	item  *plan.Item
	decl  *Resource
	state State // nil for a stateless resource
}

func (p *performance) failed(err error) error {
	if err == nil {
		return nil
	}
	return Failure{Path: p.item.Path, Err: p.redact(err)}
}

// record appends a change. When that fails, what exists now and is not recorded is lost to the next run; so no more of it.
func (p *performance) record(ctx context.Context, c Change) error {
	err := p.state.Record(ctx, c)
	if err == nil {
		return nil
	}
	p.halt()
	return Failure{Path: p.item.Path, Doing: "recording", Err: err}
}

// annotate records what is new about the resource besides what it is: who manages it and what it depends on.
func (p *performance) annotate(ctx context.Context) error {
	before := p.item.Before
	after := *before
	after.Provider = p.item.Provider
	after.Dependencies, after.Formerly = p.dependenciesNow(before.Dependencies), formerly(p.item)
	p.markOutputs(&after, p.item, p.decl)
	after.SensitiveInputs = p.item.Inputs.Sensitive
	if reflect.DeepEqual(before.Provider, after.Provider) && slices.Equal(before.Dependencies, after.Dependencies) && sameMarks(before, &after) {
		return nil
	}
	return p.record(ctx, Change{Event: "annotate", Path: p.item.Path, Set: &after})
}

// dependenciesNow are the resources that an unchanged one depends on: those that evaluation was seen to need, and of those recorded the ones that there
// still are, for it may have needed them when it was made.
func (p *performance) dependenciesNow(recorded []addr.Path) []addr.Path {
	now := p.dependencies(p.item.Path)
	for _, path := range recorded {
		if s := p.lookUp(path); s != nil && s.decl != nil && !slices.Contains(now, path) {
			now = append(now, path)
		}
	}
	addr.Sort(now)
	return now
}

func (p *performance) onlyRecord(ctx context.Context) error {
	after := p.walk.record(p.item, p.decl, p.item.Before.Outputs)
	if p.item.Action == plan.Adopt {
		after.Inputs, after.Type = p.item.Before.Inputs, p.item.Before.Type
	}
	if after.Outputs == nil {
		after.Outputs = plan.Object{}
	}
	return p.record(ctx, Change{Event: string(p.item.Action), Path: p.item.Path, Set: after, End: p.item.Intents})
}

// intended declares an operation, does it, and records its outcome. ended are intents that it settles as well.
func (p *performance) intended(ctx context.Context, op string, ended []string, do func(context.Context) (protocol.Properties, error)) (plan.Object, error) {
	id, err := p.begin(ctx, p.intent(op))
	if err != nil {
		return nil, err
	}
	outputs, err := do(ctx)
	if err != nil {
		return nil, p.afterFailure(ctx, id, err)
	}
	after := p.walk.record(p.item, p.decl, known(outputs))
	return after.Outputs, p.record(ctx, Change{Event: op, Path: p.item.Path, Set: after, End: append([]string{id}, ended...)})
}

func newID() string { return rand.Text() }

// known are outputs that a provider has returned: all that there are, perhaps none.
func known(outputs protocol.Properties) plan.Object {
	if outputs == nil {
		return plan.Object{}
	}
	return plan.Object(outputs)
}

func (p *performance) intent(op string) state.Intent {
	return state.Intent{
		Op: op, Path: p.item.Path.Names(), Type: p.item.Type, Provider: mustJSON(p.item.Provider), Inputs: mustJSON(p.item.Inputs.Known),
		Sensitive: intentMarks(p.item.Inputs.Sensitive, nil),
	}
}

// destroyIntent is about the object that was there before.
func (p *performance) destroyIntent() state.Intent {
	i := p.intent("destroy")
	i.Type, i.Provider, i.Inputs = p.item.Before.Type, mustJSON(p.oldProvider()), mustJSON(p.item.Before.Inputs)
	i.Sensitive = intentMarks(p.item.Before.SensitiveInputs, SensitiveOutputs(p.decl, p.item.Before))
	return i
}

func (p *performance) oldProvider() plan.Provider {
	if p.item.Before.Provider != nil {
		return *p.item.Before.Provider
	}
	return *p.item.Provider
}

func (p *performance) begin(ctx context.Context, intent state.Intent) (id string, err error) {
	id, err = p.state.Begin(ctx, intent)
	if err != nil {
		p.halt()
		return "", Failure{Path: p.item.Path, Doing: "recording", Err: err}
	}
	p.note(id)
	return id, nil
}

func (r *Run) note(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started[id] = true
}

// afterFailure ends an intent when the provider has certainly changed nothing. Otherwise it stays, for the next run to find.
func (p *performance) afterFailure(ctx context.Context, id string, err error) error {
	if certain(err) {
		if recordErr := p.state.Record(ctx, Change{Event: "failed", Path: p.item.Path, End: []string{id}, Error: p.opts.Secrets.Hide(err.Error())}); recordErr != nil {
			p.halt()
			err = errors.Join(err, recordErr)
		}
	}
	return p.failed(err)
}

// certain reports whether a provider that answered with err has done nothing that state would have to know.
func certain(err error) bool {
	var e *providers.Error
	if errors.As(err, &e) {
		return e.Reason == providers.Refused || e.Reason == providers.NotStarted || e.Reason == providers.Unsupported
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

func (p *performance) replace(ctx context.Context) (plan.Object, error) {
	destroyID, err := p.begin(ctx, p.destroyIntent())
	if err != nil {
		return nil, err
	}
	if err := p.destroyOld(ctx, p.oldProvider(), p.item.Before); err != nil {
		return nil, p.afterFailure(ctx, destroyID, err)
	}
	create := p.intent("create")
	create.ID = newID()
	p.note(create.ID)
	ended := append([]string{destroyID}, p.item.Intents...)
	if err := p.record(ctx, Change{Event: "destroy", Path: p.item.Path, Remove: true, End: ended, Begin: &create}); err != nil {
		return nil, err
	}
	outputs, err := p.create(ctx)
	if err != nil {
		return nil, p.afterFailure(ctx, create.ID, err)
	}
	after := p.walk.record(p.item, p.decl, known(outputs))
	return after.Outputs, p.record(ctx, Change{Event: "create", Path: p.item.Path, Set: after, End: []string{create.ID}})
}

// replaceCreateFirst records the new object together with the intent to destroy the old one, which is done when all that depends on it is changed.
func (p *performance) replaceCreateFirst(ctx context.Context) (plan.Object, error) {
	id, err := p.begin(ctx, p.intent("create"))
	if err != nil {
		return nil, err
	}
	outputs, err := p.create(ctx)
	if err != nil {
		return nil, p.afterFailure(ctx, id, err)
	}
	destroy := p.destroyIntent()
	destroy.ID, destroy.Outputs = newID(), mustJSON(p.item.Before.Outputs)
	replaced := *p.item.Before
	replaced.Formerly = formerly(p.item)
	destroy.Details = mustJSON(intentDetails{replaced.Dependencies, replaced.Formerly})
	p.note(destroy.ID)
	after := p.walk.record(p.item, p.decl, known(outputs))
	ended := append([]string{id}, p.item.Intents...)
	if err := p.record(ctx, Change{Event: "create", Path: p.item.Path, Set: after, End: ended, Begin: &destroy}); err != nil {
		return nil, err
	}
	provider := p.oldProvider()
	r := &removal{intent: &destroy, item: &plan.Item{
		Action: plan.Delete, Path: p.item.Path, Type: p.item.Before.Type, Provider: &provider, State: p.item.State, Before: &replaced,
		Deposed: true, After: p.dependents(p.item.Path), Intents: []string{destroy.ID},
		Reasons: []plan.Reason{{Kind: plan.ReasonReplace, Text: "a new one has taken its place"}},
	}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deposed = append(p.deposed, r)
	return after.Outputs, nil
}

func (p *performance) create(ctx context.Context) (protocol.Properties, error) {
	return p.ask(ctx, "create", func(ctx context.Context, provider Provider) (protocol.Properties, error) {
		response, err := provider.Create(ctx, protocol.CreateResourceRequest{
			Type: p.item.Type, InputProperties: protocol.Properties(p.item.Inputs.Known), IsStateful: !p.item.State.IsRoot(),
		})
		learnOutputs(p.opts.Secrets, plan.Object(response.OutputProperties), p.item.SensitiveOutputs)
		p.heed(p.item.Path, response.OutputProperties, response.SensitiveOutputs)
		return response.OutputProperties, err
	})
}

func (p *performance) update(ctx context.Context) (protocol.Properties, error) {
	return p.ask(ctx, "update", func(ctx context.Context, provider Provider) (protocol.Properties, error) {
		response, err := provider.Update(ctx, protocol.UpdateResourceRequest{
			Resource: resourceOf(p.item.Before), InputProperties: protocol.Properties(p.item.Inputs.Known),
		})
		learnOutputs(p.opts.Secrets, plan.Object(response.OutputProperties), p.item.SensitiveOutputs)
		p.heed(p.item.Path, response.OutputProperties, response.SensitiveOutputs)
		return response.OutputProperties, err
	})
}

func (p *performance) destroyOld(ctx context.Context, by plan.Provider, old *plan.Recorded) error {
	_, err := p.askOf(ctx, by, "destroy", func(ctx context.Context, provider Provider) (protocol.Properties, error) {
		return nil, provider.Destroy(ctx, resourceOf(old))
	})
	return err
}

type question func(context.Context, Provider) (protocol.Properties, error)

func (p *performance) ask(ctx context.Context, op string, q question) (protocol.Properties, error) {
	return p.askOf(ctx, *p.item.Provider, op, q)
}

// askOf asks a provider, within the time and as often as the declaration says. Only what the provider has refused is tried again: of everything
// else it is not known what it has done.
func (p *performance) askOf(ctx context.Context, by plan.Provider, op string, q question) (protocol.Properties, error) {
	var settings Settings
	if p.decl != nil {
		settings = p.decl.Settings
	}
	provider, err := p.provider(ctx, by, p.item.Path)
	if err != nil {
		return nil, err
	}
	pause := settings.RetryDelay
	for attempt := 1; ; attempt++ {
		outputs, err := within(ctx, settings.Timeouts[op], func(ctx context.Context) (protocol.Properties, error) { return q(ctx, provider) })
		var refused *providers.Error
		if err == nil || attempt >= settings.Attempts || errors.As(err, &refused) && refused.Reason != providers.Refused || ctx.Err() != nil {
			return outputs, err
		}
		p.emit(Retrying{Item: p.item, Attempt: attempt, Of: settings.Attempts, Err: err, Pause: pause})
		select {
		case <-time.After(pause):
		case <-p.stop:
			return outputs, err
		}
		pause *= 2
	}
}

func within[T any](ctx context.Context, limit time.Duration, do func(context.Context) (T, error)) (T, error) {
	if limit <= 0 {
		return do(ctx)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	outputs, err := do(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		err = fmt.Errorf("gave up after %s, as `timeouts` says: %w", limit, err)
	}
	return outputs, err
}

// destroy carries out a removal.
func (a *applier) destroy(ctx context.Context, r *removal) error {
	item := r.item
	p := &performance{applier: a, item: item, state: a.state(item.State)}
	if item.NoCall {
		if item.State.IsRoot() { // stateless: there is nothing to record
			return nil
		}
		return p.record(ctx, Change{Event: string(item.Action), Path: item.Path, Remove: true, End: item.Intents})
	}
	if r.intent != nil {
		if err := p.destroyOld(ctx, *item.Provider, item.Before); err != nil {
			return p.failed(explainDestroy(err)) // its intent stays, so the next run tries again
		}
		return p.record(ctx, Change{Event: "destroy", Path: item.Path, End: item.Intents})
	}
	id, err := p.begin(ctx, p.destroyIntent())
	if err != nil {
		return err
	}
	if err := p.destroyOld(ctx, *item.Provider, item.Before); err != nil {
		return p.afterFailure(ctx, id, explainDestroy(err))
	}
	return p.record(ctx, Change{Event: "destroy", Path: item.Path, Remove: true, End: append([]string{id}, item.Intents...)})
}

// explainDestroy says what to do about a provider that cannot destroy, or is not there any more.
func explainDestroy(err error) error {
	var failed *providers.Error
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return &CannotDestroyError{err}
	case errors.As(err, &failed) && failed.Reason == providers.NotStarted && errors.Is(err, fs.ErrNotExist):
		return &ProviderGoneError{err}
	}
	return err
}

// ProviderGoneError says that the program that made an object is not there any more, so that the object cannot be destroyed.
type ProviderGoneError struct{ Err error }

// Error returns one line.
func (e *ProviderGoneError) Error() string { return e.Err.Error() }

// Unwrap returns the provider's error.
func (e *ProviderGoneError) Unwrap() error { return e.Err }

// Hint says what can be done.
func (*ProviderGoneError) Hint() string {
	return "declare a resource with this provider, so that it is there or can be built; or remove the object by hand, and then its record: nixops4 state forget"
}

// CannotDestroyError says that a provider does not know how to destroy.
type CannotDestroyError struct{ Err error }

// Error returns one line.
func (e *CannotDestroyError) Error() string { return e.Err.Error() }

// Unwrap returns the provider's error.
func (e *CannotDestroyError) Unwrap() error { return e.Err }

// Hint says what can be done.
func (*CannotDestroyError) Hint() string {
	return "remove the object by hand, and then its record: nixops4 state forget"
}

// ofItem makes a removal of a planned item.
func (a *applier) ofItem(item *plan.Item) *removal {
	r := &removal{item: item}
	if item.Deposed {
		for _, intent := range a.state(item.State).Unfinished() {
			if slices.Contains(item.Intents, intent.ID) {
				r.intent = &intent
			}
		}
	}
	return r
}

func decodeObject(text json.RawMessage) (plan.Object, error) {
	var object plan.Object
	err := json.Unmarshal(text, &object)
	return object, err
}
