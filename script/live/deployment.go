package live

// This file reads: resources, their inputs and their events.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/eval/worker"
	"nixops4/internal/secret"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/script"
	"nixops4/state"
)

// Session is an opened root.
type Session struct {
	Config engine.Config
	// Evaluator evaluates expressions, and forgets outputs that have changed.
	Evaluator *worker.Client
	Dir       string // relative paths in expressions start here
	// Read are the options of runs that only look. Change are those of runs that change things: their OpenState holds locks, and uses those that
	// Lock has taken.
	Read, Change func() engine.Options
	// Lock takes the lock of the state that is opened with these arguments, until the session is closed.
	Lock func(ctx context.Context, path addr.Path, provider providers.Spec, resource protocol.Resource) error
	// Store is where a state of Read is kept.
	Store func(engine.State) state.Store
	// CallMethod asks a resource's provider.
	CallMethod func(ctx context.Context, path addr.Path, provider providers.Spec, r protocol.CallMethodRequest) (protocol.CallMethodResponse, error)
	// Secrets is told what is secret. Nil: nobody has to know.
	Secrets *secret.Redactor
	// Forced is done when what is running shall stop at once; an operation that is only stopped lets the engine finish what it has begun.
	Forced context.Context
	// Close ends everything and gives back locks.
	Close func() error
}

// Deployment is a script.Deployment.
type Deployment struct {
	open func(ctx context.Context) (*Session, error)

	mu      sync.Mutex // guards the rest; held while something is read, and while the deployment is changed
	session *Session
	failed  error                      // of open
	states  map[addr.Path]engine.State // that are opened, by the resource that keeps them
	told    map[addr.Path]bool         // resources whose outputs evaluation knows
	events  map[addr.Path][]state.Event
	known   map[addr.Path]*declaration
	list    []addr.Path        // of all resources; nil: not asked for
	seen    map[addr.Path]bool // states that were read at any time
}

var _ script.Deployment = &Deployment{}

// New returns a deployment that is opened by open when it is needed.
func New(open func(ctx context.Context) (*Session, error)) *Deployment {
	d := &Deployment{open: open, seen: map[addr.Path]bool{}}
	d.forget()
	return d
}

func (d *Deployment) forget() {
	d.states = map[addr.Path]engine.State{}
	d.told = map[addr.Path]bool{}
	d.events = map[addr.Path][]state.Event{}
	d.known = map[addr.Path]*declaration{}
	d.list = nil
}

// Close ends the session, if there is one.
func (d *Deployment) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session == nil {
		return nil
	}
	err := d.closeStates()
	err = errors.Join(err, d.session.Close())
	d.session = nil
	d.failed = errors.New("the deployment is closed")
	return err
}

func (d *Deployment) closeStates() error {
	var failed []error
	for path, st := range d.states {
		if err := st.Close(); err != nil {
			failed = append(failed, fmt.Errorf("closing the state kept by %s: %w", path, err))
		}
	}
	d.forget()
	return errors.Join(failed...)
}

// opened returns the session. The caller holds mu.
func (d *Deployment) opened(ctx context.Context) (*Session, error) {
	if d.session == nil && d.failed == nil {
		session, err := d.open(ctx)
		if err != nil {
			if ctx.Err() == nil {
				d.failed = err
			}
			return nil, err
		}
		d.session = session
	}
	return d.session, d.failed
}

// Resource returns what is recorded about a resource, or else what is declared.
func (d *Deployment) Resource(ctx context.Context, path addr.Path) (*script.Resource, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, err
	}
	declared, err := d.declaration(ctx, path)
	if err != nil {
		return nil, err
	}
	found := &script.Resource{Path: path, Type: declared.kind, State: declared.state, Sensitive: whole(declared.sensitive)}
	entry, err := d.recorded(ctx, path, declared)
	if err != nil || entry == nil {
		return found, err
	}
	found.Type, found.Outputs, found.Created, found.Updated, found.Protected = entry.Type, entry.Outputs, entry.Created, entry.Updated, entry.Protected
	if found.Outputs == nil {
		found.Outputs = map[string]json.RawMessage{}
	}
	// Both count: what is declared now may not have been when it was recorded, and the other way round.
	found.Sensitive = append(found.Sensitive, whole(entry.SensitiveOutputs)...)
	engine.Learn(d.session.Secrets, entry, declared.sensitive)
	return found, nil
}

// whole returns the places of outputs, each with all that is in it.
func whole(names []string) (places [][]string) {
	for _, name := range names {
		places = append(places, []string{name})
	}
	return places
}

// state opens a state, once. The caller holds mu.
func (d *Deployment) state(ctx context.Context, keeper addr.Path) (engine.State, error) {
	if st := d.states[keeper]; st != nil {
		return st, nil
	}
	st, err := d.openState(ctx, keeper, nil)
	if err != nil {
		return nil, err
	}
	d.states[keeper], d.seen[keeper] = st, true
	return st, nil
}

// component evaluates a component, telling outputs that states have. The caller holds mu.
func (d *Deployment) component(ctx context.Context, path addr.Path, want engine.Want) (*engine.Component, error) {
	for {
		c, err := d.session.Config.Component(ctx, path, want)
		var needs *engine.NeedsError
		var outputs []addr.Output
		switch {
		case errors.As(err, &needs):
			outputs = needs.Outputs
		case err != nil:
			return nil, err
		case c.Resource == nil || len(c.Resource.Inputs.Unknown) == 0:
			return c, nil
		default:
			for _, unknown := range c.Resource.Inputs.Unknown {
				outputs = append(outputs, unknown.Until)
			}
		}
		if err := d.tell(ctx, outputs); err != nil {
			return nil, err
		}
	}
}

// tell makes outputs known to evaluation. An output that is not recorded is an error.
func (d *Deployment) tell(ctx context.Context, outputs []addr.Output) error {
	now := map[addr.Path]bool{} // several outputs of a resource may be asked for at once
	for _, output := range outputs {
		if now[output.Resource] {
			continue
		}
		if d.told[output.Resource] {
			return fmt.Errorf("%s is not recorded: the record of %s has no such output", output, output.Resource)
		}
		declared, err := d.declaration(ctx, output.Resource)
		if err != nil {
			return err
		}
		entry, err := d.recorded(ctx, output.Resource, declared)
		if err != nil {
			return err
		}
		if entry == nil {
			return &script.NotAppliedError{Path: output.Resource}
		}
		d.told[output.Resource], now[output.Resource] = true, true
		engine.Learn(d.session.Secrets, entry, declared.sensitive)
		if err := d.session.Config.Tell(ctx, output.Resource, entry.Outputs, slices.Concat(declared.sensitive, entry.SensitiveOutputs)); err != nil {
			return err
		}
	}
	return nil
}

// recorded returns what is recorded about a resource, nil when nothing is. The caller holds mu.
func (d *Deployment) recorded(ctx context.Context, path addr.Path, declared *declaration) (*plan.Recorded, error) {
	if declared.state.IsRoot() {
		return nil, nil
	}
	st, err := d.state(ctx, declared.state)
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return st.Resource(path)
}

// declared evaluates a resource.
func (d *Deployment) declared(ctx context.Context, path addr.Path, want engine.Want) (*engine.Resource, error) {
	c, err := d.component(ctx, path, want)
	if err != nil {
		return nil, err
	}
	if c.Resource == nil {
		return nil, fmt.Errorf("%s is a composite, not a resource", describe(path))
	}
	return c.Resource, nil
}

func describe(path addr.Path) string {
	if path.IsRoot() {
		return "the root"
	}
	return path.String()
}

// Resources returns all declared resources.
func (d *Deployment) Resources(ctx context.Context) ([]addr.Path, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, err
	}
	return d.resources(ctx)
}

// Inputs evaluates the inputs of a resource.
func (d *Deployment) Inputs(ctx context.Context, path addr.Path) (map[string]json.RawMessage, [][]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, nil, err
	}
	decl, err := d.declared(ctx, path, engine.WantInputs)
	if err != nil {
		return nil, nil, fmt.Errorf("inputs of %s: %w", path, err)
	}
	return decl.Inputs.Known, decl.Inputs.Sensitive, nil
}

// Eval evaluates an expression.
func (d *Deployment) Eval(ctx context.Context, expr string) (json.RawMessage, [][]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, nil, err
	}
	result, err := d.eval(ctx, expr)
	if err != nil {
		return nil, nil, err
	}
	return json.RawMessage(result.Text), result.Sensitive, nil
}

// eval evaluates an expression, telling outputs that states have. The caller holds mu.
func (d *Deployment) eval(ctx context.Context, expr string) (*worker.EvalResult, error) {
	for {
		result, err := d.session.Evaluator.Eval(ctx, worker.EvalRequest{Expr: expr, Dir: d.session.Dir, Strict: true, JSON: true, Secrets: true})
		var needs *worker.NeedsError
		if !errors.As(err, &needs) {
			return result, err
		}
		var outputs []addr.Output
		for _, o := range needs.Outputs {
			if len(o.Path) == 0 {
				return nil, fmt.Errorf("%s is known in nixops4 repl only", o.Name)
			}
			outputs = append(outputs, addr.Output{Resource: addr.Of(o.Path...), Name: o.Name})
		}
		if err := d.tell(ctx, outputs); err != nil {
			return nil, err
		}
	}
}

// Events returns the events about a resource; for the root those of all states that are declared.
func (d *Deployment) Events(ctx context.Context, path addr.Path) ([]script.Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, err
	}
	keepers, err := d.keepers(ctx, path)
	if err != nil {
		return nil, err
	}
	var found []script.Event
	for _, keeper := range keepers {
		events, err := d.log(ctx, keeper)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if path.IsRoot() || e.Concerns(path.Names()) {
				found = append(found, event(e))
			}
		}
	}
	slices.SortStableFunc(found, func(x, y script.Event) int { return x.Time.Compare(y.Time) })
	return found, nil
}

// log returns the events of a state, none when there is no state yet.
func (d *Deployment) log(ctx context.Context, keeper addr.Path) ([]state.Event, error) {
	if events, ok := d.events[keeper]; ok {
		return events, nil
	}
	st, err := d.state(ctx, keeper)
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := d.session.Store(st).Events(ctx, 0)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, nil // a provider of protocol v0 keeps no events that can be read
	}
	if err != nil {
		return nil, fmt.Errorf("reading the events of %s: %w", keeper, err)
	}
	d.events[keeper] = events
	return events, nil
}

func event(e state.Event) script.Event {
	found := script.Event{Time: e.Meta.Time(), Event: e.Meta.Event(), By: e.Meta.By(), Command: e.Meta.Command(), Error: e.Meta.Failure()}
	for _, names := range e.Paths() {
		found.Path = addr.Of(names...).String()
		break
	}
	return found
}
