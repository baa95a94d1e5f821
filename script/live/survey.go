package live

// This file finds out what is declared: one resource at a time or, when a script asks for many, all of them at once.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// declaration is what a script needs to know of a resource's declaration.
type declaration struct {
	kind      string
	state     addr.Path // the root when it is not remembered
	sensitive []string  // outputs that are secret
}

// many is from how many questions about single resources on it pays to ask for all of them.
const many = 32

// declaration returns what is declared at path. The caller holds mu.
func (d *Deployment) declaration(ctx context.Context, path addr.Path) (*declaration, error) {
	if found := d.known[path]; found != nil {
		return found, nil
	}
	if len(d.known) >= many && d.list == nil {
		// A resource that nobody asked for may be broken. Then those that are asked for are evaluated one by one.
		if _, err := d.resources(ctx); err == nil && d.known[path] != nil {
			return d.known[path], nil
		}
	}
	r, err := d.declared(ctx, path, engine.WantContents)
	if err != nil {
		return nil, err
	}
	d.known[path] = &declaration{r.Type, r.State, r.Sensitive}
	return d.known[path], nil
}

// survey is how the expression tells of a resource: [path, type, state, sensitive outputs].
type survey struct {
	path      []string
	kind      string
	state     []string
	sensitive []string
}

// UnmarshalJSON reads a list, which is shorter than a set and there many times.
func (s *survey) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&s.path, &s.kind, &s.state, &s.sensitive})
}

// resources returns the paths of all resources, and makes their declarations known. The caller holds mu.
func (d *Deployment) resources(ctx context.Context) ([]addr.Path, error) {
	if d.list != nil {
		return d.list, nil
	}
	ahead := d.readAhead(ctx)
	// One expression is a hundred times as fast as a question for each component.
	var all []survey
	err := d.evalInto(ctx, allResources, &all)
	ahead()
	if err != nil {
		return nil, fmt.Errorf("listing the resources: %w", err)
	}
	list := make([]addr.Path, len(all))
	for i, s := range all {
		list[i] = addr.Of(s.path...)
		d.known[list[i]] = &declaration{s.kind, addr.Of(s.state...), s.sensitive}
	}
	addr.Sort(list)
	d.list = list
	return list, nil
}

// readAhead reads the state that the first resource is kept in, while the resources are listed. The caller calls done, holding mu all the time.
func (d *Deployment) readAhead(ctx context.Context) (done func()) {
	var keeper []string
	if len(d.states) > 0 || d.evalInto(ctx, firstState, &keeper) != nil || len(keeper) == 0 {
		return func() {} // what is wrong comes out when it is needed
	}
	path := addr.Of(keeper...)
	evaluated, ended := make(chan struct{}), make(chan struct{})
	var opened engine.State
	var err error
	go func() {
		defer close(ended)
		opened, err = d.openState(ctx, path, func() { close(evaluated) })
	}()
	select { // its evaluation comes first, since the evaluator does one thing at a time
	case <-evaluated:
	case <-ended:
	}
	return func() {
		<-ended
		if err == nil {
			d.states[path], d.seen[path] = opened, true
		}
	}
}

// openState reads a state. begun, which may be nil, is called when evaluation is done and reading begins.
func (d *Deployment) openState(ctx context.Context, keeper addr.Path, begun func()) (engine.State, error) {
	options := d.session.Read()
	options.Stop = nil // the context says it; an operation that was interrupted is recorded all the same
	if open := options.OpenState; begun != nil {
		options.OpenState = func(ctx context.Context, path addr.Path, by providers.Spec, r protocol.Resource) (engine.State, error) {
			if path == keeper {
				begun()
			}
			return open(ctx, path, by, r)
		}
	}
	return engine.ReadState(ctx, d.session.Config, keeper, options)
}

// keepers returns the resource that keeps the state of the one at path, or all of them for the root.
func (d *Deployment) keepers(ctx context.Context, path addr.Path) ([]addr.Path, error) {
	if !path.IsRoot() {
		found, err := d.declaration(ctx, path)
		if err != nil || found.state.IsRoot() {
			return nil, err
		}
		return []addr.Path{found.state}, nil
	}
	if _, err := d.resources(ctx); err != nil {
		return nil, fmt.Errorf("finding the states: %w", err)
	}
	var keepers []addr.Path
	for _, path := range d.list {
		if s := d.known[path].state; !s.IsRoot() && !slices.Contains(keepers, s) {
			keepers = append(keepers, s)
		}
	}
	addr.Sort(keepers)
	return keepers, nil
}

// firstKeeper returns a state that exists, or the root when none does. It does not evaluate more than it must.
func (d *Deployment) firstKeeper(ctx context.Context) (addr.Path, error) {
	var names []string
	if err := d.evalInto(ctx, firstState, &names); err != nil {
		return addr.Root, fmt.Errorf("finding a state: %w", err)
	}
	if len(names) == 0 {
		return addr.Root, nil
	}
	first := addr.Of(names...)
	_, err := d.state(ctx, first)
	if !errors.Is(err, state.ErrNotFound) {
		return first, err
	}
	keepers, err := d.keepers(ctx, addr.Root)
	if err != nil {
		return addr.Root, err
	}
	for _, keeper := range keepers {
		if _, err := d.state(ctx, keeper); !errors.Is(err, state.ErrNotFound) {
			return keeper, err
		}
	}
	return addr.Root, nil
}

// allResources walks along what is exported. Names with dots are quoted by addr.Of, not here.
const allResources = `
let
  visit = path: c:
    if c ? resource then [ [ path c.resource.type (if c.resource.state or null == null then [ ] else c.resource.state) (c.resource.sensitiveOutputs or [ ]) ] ]
    else builtins.concatMap (name: visit (path ++ [ name ]) c.members.${name}) (builtins.attrNames (c.members or { }));
in
visit [ ] export
`

// firstState stops at the first resource that is remembered.
const firstState = `
let
  visit = c:
    if c ? resource then (if c.resource.state or null == null then [ ] else c.resource.state)
    else builtins.foldl' (found: name: if found != [ ] then found else visit c.members.${name}) [ ] (builtins.attrNames (c.members or { }));
in
visit export
`
