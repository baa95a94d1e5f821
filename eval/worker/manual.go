package worker

// This file makes documentation of options and providers.

import (
	"context"
	"errors"

	"nixops4/eval"
)

// manualFile is the library's file that makes documentation.
const manualFile = "docs/default.nix"

// Manual documents the options of a component, or a provider.
func (e *evaluation) Manual(ctx context.Context, r *ManualRequest) (*ManualResult, error) {
	switch {
	case e.m == nil:
		return nil, errNotOpen
	case !e.showsOptions() || !e.libraryHas(manualFile):
		return nil, errNoOptions
	}
	e.requests++
	q := &question{evaluation: e}
	result := &ManualResult{}
	known := true
	err := e.m.Run(ctx, func() (err *eval.Error) {
		if _, result.Missing, err = q.find(r.Path); err != nil || result.Missing != nil {
			return err
		}
		q.about("options", r.Path)
		var text eval.Value
		if r.Provider == "" {
			text, err = e.componentManual(r.Path)
			known = text.Kind() != eval.KindInvalid
		} else if known = e.whole.Kind() != eval.KindInvalid; known {
			text, err = e.providerManual(r, result)
		}
		if err != nil || text.Kind() == eval.KindInvalid {
			return err
		}
		result.Text, err = (&converter{m: e.m}).convert(text)
		return err
	})
	switch {
	case err != nil:
		return nil, failure(ctx, err, q)
	case !known && result.Missing == nil:
		return nil, errNoOptions
	}
	return result, nil
}

var errNoOptions = errors.New("the root shows no options there: only components made by (import <nixops4> { }) do")

// showsOptions reports whether the root can tell what options it has.
func (e *evaluation) showsOptions() bool {
	if e.whole.Kind() != eval.KindInvalid {
		return true
	}
	_, ok := e.m.Get(e.root.Attrs(), "optionsFunction")
	return ok
}

// optionsOf returns the options of the component at a path, or null when they are not known.
func (e *evaluation) optionsOf(path []string) (eval.Value, *eval.Error) {
	if e.whole.Kind() != eval.KindInvalid {
		component, err := e.configOf(path)
		if err != nil {
			return component, err
		}
		return e.m.Select(component, "_options")
	}
	options, err := e.m.Select(e.root, "optionsFunction")
	if err == nil {
		options, err = e.m.Call(options, e.world)
	}
	if err == nil {
		names := make([]eval.Value, len(path))
		for i, name := range path {
			names[i] = eval.String(name)
		}
		options, err = e.m.Call(options, eval.List(names))
	}
	if err != nil {
		return options, err
	}
	return e.m.Force(options)
}

// componentManual gives no value when the options are not known.
func (e *evaluation) componentManual(path []string) (eval.Value, *eval.Error) {
	options, err := e.optionsOf(path)
	switch {
	case err != nil:
		return options, err
	case options.Kind() == eval.KindNull:
		return eval.Value{}, nil
	}
	return e.manual("component", options)
}

// providerManual gives no value when there is no such provider.
func (e *evaluation) providerManual(r *ManualRequest, result *ManualResult) (eval.Value, *eval.Error) {
	component, err := e.configOf(r.Path)
	if err != nil {
		return component, err
	}
	providers, err := e.m.Select(component, "providers")
	if err != nil {
		return providers, err
	}
	set, err := e.m.ForceAttrs(providers, "while evaluating the providers")
	if err != nil {
		return providers, err
	}
	provider, ok := e.m.Get(set, r.Provider)
	if !ok {
		result.Providers = e.m.AttrNames(set)
		return eval.Value{}, nil
	}
	return e.manual("provider", eval.String(r.Provider), provider)
}

// manual calls a function of the library's documentation, with the lib that the root uses.
func (e *evaluation) manual(function string, args ...eval.Value) (eval.Value, *eval.Error) {
	v, err := e.m.EvalFile("/<nixops4>/" + manualFile)
	if err != nil {
		return v, err
	}
	var lib eval.Value
	if e.whole.Kind() != eval.KindInvalid {
		lib, err = e.m.Select(e.whole, "lib")
	} else {
		lib, err = e.m.EvalFile("/<nixops4>/lib/default.nix")
	}
	if err != nil {
		return v, err
	}
	if v, err = e.m.Call(v, e.m.AttrsOf(map[string]eval.Value{"lib": lib})); err != nil {
		return v, err
	}
	v, err = e.m.Select(v, function)
	for _, arg := range args {
		if err == nil {
			v, err = e.m.Call(v, arg)
		}
	}
	return v, err
}

// configOf returns the configuration of the component at a path.
func (e *evaluation) configOf(path []string) (eval.Value, *eval.Error) {
	component, err := e.m.Select(e.whole, "config")
	for _, name := range path {
		if err == nil {
			component, err = e.m.Select(component, "members")
		}
		if err == nil {
			component, err = e.m.Select(component, name)
		}
	}
	return component, err
}
