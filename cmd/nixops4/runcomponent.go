package main

// This file finds operations by path: those that components declare, and methods of providers.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/internal/spell"
	"nixops4/script"
	"nixops4/script/live"
)

// findOperation finds an operation by its name or by a path. rest is the command line from its name on.
func (a *app) findOperation(ctx context.Context, cmd *cobra.Command, p *project, d *liveDeployment, o *runOptions, rest []string) (*script.Operation, error) {
	name := rest[0]
	op, err := p.find(ctx, name)
	if err == nil || d == nil || p.only != "" {
		return op, err
	}
	path, pathErr := addr.Parse(name)
	if pathErr != nil {
		return nil, err
	}
	component, method := path.Parent(), path.Name()
	found, componentErr := d.Component(ctx, component)
	switch {
	case componentErr != nil && component.IsRoot():
		return nil, err // it was no path; why the root does not evaluate is another matter
	case componentErr != nil:
		return nil, componentErr
	}
	if declared, ok := found.Operations[method]; ok {
		return p.bound(ctx, declared, component, method)
	}
	if found.Resource {
		return methodOperation(cmd, o, found, component, method, rest[1:])
	}
	if component.IsRoot() {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(found.Operations))
	missing := fmt.Errorf("%s has no operation %q", component, method)
	if hint := spell.Hint(method, names); hint != "" {
		return nil, withHint(missing, hint)
	}
	if len(names) == 0 {
		return nil, withHint(missing, "it has none")
	}
	return nil, withHint(missing, "it has "+strings.Join(names, ", "))
}

// bound loads the script of an operation that a component declares.
func (p *project) bound(ctx context.Context, declared script.OnComponent, component addr.Path, name string) (*script.Operation, error) {
	all, err := p.Load(ctx, declared.Script)
	if err != nil {
		return nil, fmt.Errorf("operation %s: %w", component.Child(name), err)
	}
	wanted := declared.Operation
	if wanted == "" {
		wanted = name
	}
	i := slices.IndexFunc(all, func(op *script.Operation) bool { return op.Name == wanted })
	if i < 0 && declared.Operation == "" && len(all) == 1 {
		i = 0
	}
	if i < 0 {
		var names []string
		for _, op := range all {
			names = append(names, op.Name)
		}
		return nil, fmt.Errorf("operation %s: %s declares %s, not %q", component.Child(name), declared.Script, strings.Join(names, ", "), wanted)
	}
	return declared.Bind(all[i], component, name)
}

// methodOperation makes an operation of a method. When the resource type does not declare its methods, the provider decides what is right.
func methodOperation(cmd *cobra.Command, o *runOptions, found *live.Component, path addr.Path, method string, args []string) (*script.Operation, error) {
	declared, ok := found.Methods[method]
	if !ok && len(found.Methods) > 0 {
		names := slices.Sorted(maps.Keys(found.Methods))
		hint := spell.Hint(method, names)
		if hint == "" {
			hint = "it has " + strings.Join(names, ", ")
		}
		return nil, withHint(fmt.Errorf("%s has no method %q", path, method), hint)
	}
	var params []*script.Param
	if ok {
		for _, name := range slices.Sorted(maps.Keys(declared.Arguments)) {
			argument := declared.Arguments[name]
			params = append(params, script.ValueParam(name, strings.TrimSpace(argument.Description), argument.Required))
		}
	} else {
		params = guessedParams(cmd, o, args)
	}
	doc := strings.TrimSpace(declared.Description)
	if declared.Result != "" {
		doc += "\n\nReturns: " + strings.TrimSpace(declared.Result)
	}
	return script.MethodOperation(path, method, strings.TrimSpace(doc), params), nil
}

// guessedParams are the flags on the command line that are none of run's.
func guessedParams(cmd *cobra.Command, o *runOptions, args []string) []*script.Param {
	flags := runFlags(cmd, o)
	var params []*script.Param
	for _, arg := range args {
		name, isFlag := strings.CutPrefix(arg, "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && name != "" && flags.Lookup(name) == nil && !slices.ContainsFunc(params, func(p *script.Param) bool { return p.Name == name }) {
			params = append(params, script.ValueParam(name, "", false))
		}
	}
	return params
}

// declaredOperations returns the operations that components declare.
func (a *app) declaredOperations(ctx context.Context, p *project, d *liveDeployment) ([]*script.Operation, error) {
	all, err := d.Operations(ctx)
	var found []*script.Operation
	var failed []error
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path, parseErr := addr.Parse(name)
		if parseErr != nil {
			failed = append(failed, parseErr)
			continue
		}
		op, err := p.bound(ctx, all[name], path.Parent(), path.Name())
		if err != nil {
			failed = append(failed, err)
			continue
		}
		found = append(found, op)
	}
	return found, errors.Join(err, errors.Join(failed...), d.close())
}
