package script

// This file is the module param of scripts.

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"nixops4/internal/spell"
)

func lessOrGreater(less bool) syntax.Token {
	if less {
		return syntax.LT
	}
	return syntax.GT
}

// paramModule has a function for each kind.
func paramModule() starlark.Value {
	members := starlark.StringDict{}
	for _, kind := range Kinds {
		members[kind] = starlark.NewBuiltin("param."+kind, func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			return newParam(kind, b.Name(), args, kwargs)
		})
	}
	return &starlarkstruct.Module{Name: "param", Members: members}
}

func newParam(kind, name string, args starlark.Tuple, kwargs []starlark.Tuple) (*Param, error) {
	p := &Param{Kind: kind}
	var values *starlark.List
	pairs := []any{"default?", &p.Default, "doc?", &p.Doc}
	switch kind {
	case "enum":
		pairs = append([]any{"values", &values}, pairs...)
	case "list":
		pairs = append(pairs, "of?", &p.Of)
	case "int", "float", "duration":
		pairs = append(pairs, "min?", &p.Min, "max?", &p.Max)
	}
	if err := starlark.UnpackArgs(name, args, kwargs, pairs...); err != nil {
		return nil, err
	}
	if err := p.complete(name, values); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Param) complete(name string, values *starlark.List) error {
	if values != nil {
		for v := range values.Elements() {
			text, ok := v.(starlark.String)
			if !ok || text == "" {
				return fmt.Errorf("%s: values are strings that are not empty, got %s", name, v)
			}
			p.Values = append(p.Values, string(text))
		}
		if len(p.Values) == 0 {
			return fmt.Errorf("%s: there must be at least one value", name)
		}
	}
	if p.Kind == "list" && p.Of == nil {
		p.Of = &Param{Kind: "string"}
	}
	if p.Kind == "list" && (p.Of.Kind == "list" || p.Of.Kind == "secret") {
		return fmt.Errorf("%s: a list of %ss cannot be given on a command line", name, p.Of.Kind)
	}
	for _, bound := range []*starlark.Value{&p.Min, &p.Max} {
		if *bound == nil {
			continue
		}
		checked, err := (&Param{Kind: p.Kind}).Check(*bound)
		if err != nil {
			return fmt.Errorf("%s: bound: %w", name, err)
		}
		*bound = checked
	}
	if p.Default == nil {
		return nil
	}
	if p.Default == starlark.None {
		return nil // may be left out, and is None then
	}
	checked, err := p.Check(p.Default)
	if err != nil {
		return fmt.Errorf("%s: default: %w", name, err)
	}
	checked.Freeze()
	p.Default = checked
	return nil
}

// bind gives all parameters values, the fixed ones included.
func (o *Operation) bind(given Args) ([]starlark.Tuple, error) {
	if o.all == nil {
		return bind(o.Params, given)
	}
	for name := range o.fixed {
		if given[name] != nil {
			return nil, fmt.Errorf("parameter %s has a fixed value", name)
		}
	}
	values := maps.Clone(o.fixed)
	maps.Copy(values, given)
	return bind(o.all, values)
}

// bind gives every parameter a value: the given one, or the default.
func bind(params []*Param, given map[string]starlark.Value) ([]starlark.Tuple, error) {
	var kwargs []starlark.Tuple
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.Name
	}
	for name := range given {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("there is no parameter %q%s", name, comma(spell.Hint(name, names)))
		}
	}
	var missing []error
	for _, p := range params {
		v, ok := given[p.Name]
		switch {
		case ok && !(v == starlark.None && p.Default == starlark.None):
			checked, err := p.Check(v)
			if err != nil {
				return nil, fmt.Errorf("parameter %s: %w", p.Name, err)
			}
			v = checked
		case p.Default != nil:
			v = p.Default
		default:
			missing = append(missing, &MissingParamError{p})
			continue
		}
		kwargs = append(kwargs, starlark.Tuple{starlark.String(p.Name), v})
	}
	return kwargs, errors.Join(missing...)
}

func comma(hint string) string {
	if hint == "" {
		return ""
	}
	return ", " + hint
}

// MissingParamError says that a parameter without default was not given.
type MissingParamError struct{ Param *Param }

// Error returns one line.
func (e *MissingParamError) Error() string {
	return fmt.Sprintf("parameter %s has to be given", e.Param.Name)
}

// Hint says how.
func (e *MissingParamError) Hint() string {
	return fmt.Sprintf("give it with --%s %s", e.Param.Flag(), e.Param.Placeholder())
}
