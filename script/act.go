package script

// This file holds the functions that act on the deployment.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"nixops4/engine/addr"
)

func actFunctions() []Function {
	return []Function{
		{"apply", "*paths", `Make the components at the paths, and what they need, as they are declared; without a path, everything. Returns the list of what was done, as plan does. The
operation must have writes = True. An error when a resource fails; what was done is recorded.`, true, applyFunction},
		{"replace", "*paths", `Apply, replacing the resources at the paths whether they changed or not.`, true, replaceFunction},
		{"read", "*paths", `Ask providers what the resources at the paths are now, and record it. Returns a list of values with path and action (update when something was different, delete
when it is gone, none).`, true, readFunction},
		{"destroy", "*paths", `Destroy the components at the paths; at least one has to be named.`, true, destroyFunction},
		{"call", "path, method, **arguments", `Run a method of the resource's provider, and return its result. Arguments are converted to JSON; secrets in them are passed on.`, true, callFunction},
	}
}

// actor returns the deployment, for operations that may change it.
func (c *call) actor() (Deployment, error) {
	if c.run.op != nil && !c.run.op.Writes {
		return nil, fmt.Errorf("operation %s may not act on the deployment, because it does not say so: add writes = True to its declaration at %s:%d", c.run.op.Name, c.run.op.File, c.run.op.Line)
	}
	return c.deployment()
}

// acts is the common form of functions with paths.
func (c *call) acts(verb string, needPath bool, act func(Deployment, []addr.Path) ([]Change, error)) (starlark.Value, error) {
	paths, err := c.paths()
	if err != nil {
		return nil, err
	}
	if needPath && len(paths) == 0 {
		return nil, errors.New("want at least one path")
	}
	d, err := c.actor()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(paths))
	detail := make(starlark.Tuple, len(paths))
	for i, path := range paths {
		names[i], detail[i] = path.String(), starlark.String(path.String())
	}
	text := verb + " " + strings.Join(names, ", ")
	if len(names) == 0 {
		text = verb + " everything"
	}
	if c.effect(c.name, text, detail...) {
		// What would be done is known, so a script can go on with that.
		changes, err := d.Plan(c.ctx, paths, false)
		if c.name == "destroy" || c.name == "read" || err != nil {
			changes = nil
		}
		return changeList(changes), nil
	}
	changes, err := act(d, paths)
	if err != nil {
		return nil, err
	}
	return changeList(changes), nil
}

func applyFunction(c *call) (starlark.Value, error) {
	return c.acts("apply", false, func(d Deployment, paths []addr.Path) ([]Change, error) { return d.Apply(c.ctx, paths, nil) })
}

func replaceFunction(c *call) (starlark.Value, error) {
	return c.acts("replace", true, func(d Deployment, paths []addr.Path) ([]Change, error) {
		return d.Apply(c.ctx, paths, slices.Clone(paths))
	})
}

func readFunction(c *call) (starlark.Value, error) {
	return c.acts("read", true, func(d Deployment, paths []addr.Path) ([]Change, error) { return d.Read(c.ctx, paths) })
}

func destroyFunction(c *call) (starlark.Value, error) {
	return c.acts("destroy", true, func(d Deployment, paths []addr.Path) ([]Change, error) { return d.Destroy(c.ctx, paths) })
}

func callFunction(c *call) (starlark.Value, error) {
	if len(c.args) != 2 {
		return nil, fmt.Errorf("want a path and a method, got %d arguments", len(c.args))
	}
	paths, err := toPaths(c.args[0])
	if err != nil {
		return nil, err
	}
	method, ok := starlark.AsString(c.args[1])
	if !ok || len(paths) != 1 {
		return nil, errors.New("want one path, and the name of a method")
	}
	args := map[string]rawJSON{}
	given := starlark.NewDict(len(c.kwargs))
	for _, kv := range c.kwargs {
		name := string(kv[0].(starlark.String))
		if args[name], err = toJSON(kv[1]); err != nil {
			return nil, fmt.Errorf("argument %s: %w", name, err)
		}
		if err := given.SetKey(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	d, err := c.actor()
	if err != nil {
		return nil, err
	}
	if c.effect("call", fmt.Sprintf("call %s of %s", method, paths[0]), starlark.String(paths[0].String()), starlark.String(method), given) {
		return starlark.None, nil
	}
	text, err := d.Call(c.ctx, paths[0], method, args)
	if err != nil {
		return nil, fmt.Errorf("method %s of %s: %w", method, paths[0], err)
	}
	if text == nil {
		return starlark.None, nil
	}
	return fromJSON(text, marks{})
}
