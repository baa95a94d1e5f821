package live

// This file finds out which operations and methods components have.

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/internal/spell"
	"nixops4/script"
)

// Method is a method as a resource type declares it.
type Method struct {
	Description string `json:"description"`
	Result      string `json:"result"`
	Arguments   map[string]struct {
		Description string `json:"description"`
		Type        string `json:"type"`
		Required    bool   `json:"required"`
	} `json:"arguments"`
}

// Component is what can be run on one.
type Component struct {
	Resource   bool
	Operations map[string]script.OnComponent
	Methods    map[string]Method
}

// Component returns what can be run on the component at path.
func (d *Deployment) Component(ctx context.Context, path addr.Path) (*Component, error) {
	d.mu.Lock()
	_, err := d.opened(ctx)
	var c *engine.Component
	if err == nil {
		c, err = d.component(ctx, path, engine.WantKind)
	}
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	found := &Component{Resource: c.Resource != nil}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.evalInto(ctx, exported(path)+".operations or { }", &found.Operations); err != nil {
		return nil, fmt.Errorf("operations of %s: %w", describe(path), err)
	}
	if found.Resource {
		if err := d.evalInto(ctx, exported(path)+".resource.methods or { }", &found.Methods); err != nil {
			return nil, fmt.Errorf("methods of %s: %w", describe(path), err)
		}
	}
	return found, nil
}

// Members returns the names of a composite's members, none for a resource.
func (d *Deployment) Members(ctx context.Context, path addr.Path) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, err
	}
	c, err := d.component(ctx, path, engine.WantContents)
	if err != nil {
		return nil, err
	}
	return c.Members, nil
}

// checkMethod finds wrong names before the provider is asked, when the resource type declares its methods. The caller holds mu.
func (d *Deployment) checkMethod(ctx context.Context, path addr.Path, method string, args map[string]json.RawMessage) error {
	var methods map[string]Method
	if err := d.evalInto(ctx, exported(path)+".resource.methods or { }", &methods); err != nil {
		return fmt.Errorf("methods of %s: %w", path, err)
	}
	if len(methods) == 0 {
		return nil // the provider knows
	}
	declared, ok := methods[method]
	if !ok {
		return fmt.Errorf("there is no such method%s", among(method, slices.Sorted(maps.Keys(methods))))
	}
	names := slices.Sorted(maps.Keys(declared.Arguments))
	for name := range args {
		if !slices.Contains(names, name) {
			return fmt.Errorf("it has no argument %q%s", name, among(name, names))
		}
	}
	for _, name := range names {
		if declared.Arguments[name].Required && args[name] == nil {
			return fmt.Errorf("the argument %s is missing", name)
		}
	}
	return nil
}

// among says what name may have been meant to be.
func among(name string, names []string) string {
	switch hint := spell.Hint(name, names); {
	case hint != "":
		return ", " + hint
	case len(names) == 0:
		return "; there are none"
	}
	return "; there are " + strings.Join(names, ", ")
}

// evalInto decodes the value of an expression. The caller holds mu.
func (d *Deployment) evalInto(ctx context.Context, expr string, to any) error {
	result, err := d.eval(ctx, expr)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(result.Text), to)
}

// exported is an expression for what the root exports about a component.
func exported(path addr.Path) string {
	var b strings.Builder
	b.WriteString("export")
	for _, name := range path.Names() {
		b.WriteString(".members." + addr.Of(name).String())
	}
	return b.String()
}

// Operations returns the operations that components declare, by path, all of them.
func (d *Deployment) Operations(ctx context.Context) (map[string]script.OnComponent, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.opened(ctx); err != nil {
		return nil, err
	}
	var list []struct {
		Path       []string                      `json:"path"`
		Operations map[string]script.OnComponent `json:"operations"`
	}
	if err := d.evalInto(ctx, allOperations, &list); err != nil {
		return nil, err
	}
	all := map[string]script.OnComponent{}
	for _, entry := range list {
		for name, op := range entry.Operations {
			all[addr.Of(append(entry.Path, name)...).String()] = op
		}
	}
	return all, nil
}

// allOperations walks along what is exported.
const allOperations = `
let
  visit = path: c:
    (if c.operations or { } == { } then [ ] else [ { inherit path; inherit (c) operations; } ])
    ++ builtins.concatMap (name: visit (path ++ [ name ]) c.members.${name}) (builtins.attrNames (c.members or { }));
in
visit [ ] export
`
