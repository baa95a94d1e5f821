package script

// This file makes operations that are not declared in scripts: methods of providers, and scripts that a component names.

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"go.starlark.net/starlark"

	"nixops4/engine/addr"
	"nixops4/internal/spell"
)

// MethodOperation returns an operation that calls a method of the resource at path with the arguments that are given. Its result is the method's.
func MethodOperation(path addr.Path, method, doc string, params []*Param) *Operation {
	fn := starlark.NewBuiltin("ctx.call", func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		at := thread.Local(frameKey).(*frame)
		given := slices.DeleteFunc(slices.Clone(kwargs), func(kv starlark.Tuple) bool { return kv[1] == starlark.None })
		c := &call{frame: at, run: at.run, thread: thread, name: "call", args: starlark.Tuple{starlark.String(path.String()), starlark.String(method)}, kwargs: given}
		return callFunction(c)
	})
	return &Operation{Name: path.Child(method).String(), Doc: doc, Params: params, Needs: nil, Locks: []addr.Path{path}, Writes: true, run: fn}
}

// ValueParam is a parameter that takes JSON, or else a text.
func ValueParam(name, doc string, required bool) *Param {
	p := &Param{Name: name, Kind: "value", Doc: doc}
	if !required {
		p.Default = starlark.None
	}
	return p
}

func parseValue(text string) (starlark.Value, error) {
	if json.Valid([]byte(text)) {
		if err := nesting(starlark.String(text)); err != nil {
			return nil, err
		}
		return fromJSON([]byte(text), marks{})
	}
	return starlark.String(text), nil
}

// OnComponent is how a component declares an operation.
type OnComponent struct {
	Script    string                     `json:"script"`    // absolute
	Operation string                     `json:"operation"` // in the script; "": the only one there is, or the one with the name that the component uses
	Params    map[string]json.RawMessage `json:"params"`    // defaults
	Fixed     map[string]json.RawMessage `json:"fixed"`     // values that cannot be given otherwise
}

// Bind returns op as the component at path declares it under a name. The script can ask ctx.component for the path.
func (d *OnComponent) Bind(op *Operation, path addr.Path, name string) (*Operation, error) {
	bound := *op
	bound.Name, bound.component, bound.fixed, bound.Params = path.Child(name).String(), path, Args{}, nil
	if path.IsRoot() {
		bound.Name = name
	}
	var names []string
	for _, p := range op.Params {
		names = append(names, p.Name)
	}
	for _, given := range []map[string]json.RawMessage{d.Params, d.Fixed} {
		for param := range given {
			if !slices.Contains(names, param) {
				return nil, fmt.Errorf("operation %s has a value for the parameter %q, which %s does not have%s", bound.Name, param, filepath.Base(op.File), comma(spell.Hint(param, names)))
			}
		}
	}
	for _, declared := range op.Params {
		p := *declared
		if text, ok := d.Fixed[p.Name]; ok {
			v, err := p.fromDeclaration(text)
			if err != nil {
				return nil, fmt.Errorf("operation %s: parameter %s: %w", bound.Name, p.Name, err)
			}
			bound.fixed[p.Name] = v
			bound.all = append(bound.all, &p)
			continue
		}
		if text, ok := d.Params[p.Name]; ok {
			v, err := p.fromDeclaration(text)
			if err != nil {
				return nil, fmt.Errorf("operation %s: parameter %s: %w", bound.Name, p.Name, err)
			}
			p.Default = v
		}
		bound.Params = append(bound.Params, &p)
		bound.all = append(bound.all, &p)
	}
	return &bound, nil
}

// fromDeclaration reads a value that the expression has.
func (p *Param) fromDeclaration(text json.RawMessage) (starlark.Value, error) {
	v, err := fromJSON(text, marks{})
	if err != nil {
		return nil, err
	}
	if v == starlark.None && p.Default == starlark.None {
		return v, nil
	}
	checked, err := p.Check(v)
	if err == nil {
		checked.Freeze()
	}
	return checked, err
}
