package script

// This file holds the functions that read the deployment.

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"

	"nixops4/engine/addr"
	"nixops4/internal/spell"
)

var errNoDeployment = errors.New("there is no deployment here: no root expression was found")

// NotAppliedError says that nothing is recorded about a resource.
type NotAppliedError struct{ Path addr.Path }

// Error returns one line.
func (e *NotAppliedError) Error() string {
	return fmt.Sprintf("%s has no recorded outputs, because it was not applied, or is not remembered by a state", e.Path)
}

// Hint says what to do.
func (e *NotAppliedError) Hint() string {
	return fmt.Sprintf("apply it first: nixops4 apply %s", e.Path)
}

func readFunctions() []Function {
	return []Function{
		{"resource", "path", `The resource at a path, such as "web.vm": a value with the fields path, name, type, inputs, outputs and state. Outputs are those that
state has; nothing is applied. An error when there is no such resource. Reading outputs is an error when none are recorded; an output that is
missing is an error with the names there are. Fields of outputs are read with .NAME or ["NAME"]; outputs that are declared sensitive are secrets.
state has the fields recorded, created, updated, age (time.duration since the last change), protected, kept_by and last_event.`, false, resourceFunction},
		{"resources", `glob = "**", type = None`, `A list of the resources whose path matches, in order. In the pattern, * stands for one name or a part of it, ** for any number of names;
"web.*" are the members of web. type, a string or a list of them, keeps those types only.`, false, resourcesFunction},
		{"events", `path = "", limit = 100`, `The recorded events about a resource, or all of them, oldest first, the last limit: values with the fields time, event, path, by, command and error.`, false, eventsFunction},
		{"plan", "*paths", `What applying would do: a list of values with the fields path and action (create, ensure, update, replace, delete, move, adopt, none, blocked). Nothing is changed.`, false, planFunction},
		{"drift", "*paths", `What has changed by itself since it was recorded, in the form of plan. Providers are asked; nothing is changed.`, false, driftFunction},
		{"nix", "expr", `The value of a Nix expression with the names in scope that nixops4 repl has: members, outputs, config, options, lib, providers, and root and export. It must be
possible to write it as JSON. Recorded outputs are known in it; strings that are made from sensitive ones are secrets.`, false, nixFunction},
	}
}

func (c *call) deployment() (Deployment, error) {
	if d := c.run.options.Deployment; d != nil {
		return d, nil
	}
	return nil, errNoDeployment
}

func resourceFunction(c *call) (starlark.Value, error) {
	var text string
	if err := c.unpack("path", &text); err != nil {
		return nil, err
	}
	path, err := addr.Parse(text)
	if err != nil {
		return nil, err
	}
	d, err := c.deployment()
	if err != nil {
		return nil, err
	}
	found, err := d.Resource(c.ctx, path)
	if err != nil {
		return nil, err
	}
	return &resource{run: c.run, Resource: found}, nil
}

func resourcesFunction(c *call) (starlark.Value, error) {
	glob := "**"
	var kinds starlark.Value
	if err := c.unpack("glob?", &glob, "type?", &kinds); err != nil {
		return nil, err
	}
	types, err := stringList("type", kinds)
	if err != nil {
		return nil, err
	}
	matches, err := pathPattern(glob)
	if err != nil {
		return nil, err
	}
	d, err := c.deployment()
	if err != nil {
		return nil, err
	}
	paths, err := d.Resources(c.ctx)
	if err != nil {
		return nil, err
	}
	var found []starlark.Value
	for _, p := range paths {
		if !matches(p) {
			continue
		}
		info, err := d.Resource(c.ctx, p)
		if err != nil {
			return nil, err
		}
		if types == nil || slices.Contains(types, info.Type) {
			found = append(found, &resource{run: c.run, Resource: info})
		}
	}
	return starlark.NewList(found), nil
}

// stringList takes None, a string or a list of strings.
func stringList(what string, v starlark.Value) ([]string, error) {
	switch v := v.(type) {
	case nil, starlark.NoneType:
		return nil, nil
	case starlark.String:
		return []string{string(v)}, nil
	case starlark.Iterable:
		list := []string{}
		for element := range starlark.Elements(v) {
			text, ok := starlark.AsString(element)
			if !ok {
				return nil, fmt.Errorf("%s: want strings, got %s", what, element.Type())
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%s: want a string or a list of them, got %s", what, v.Type())
}

// pathPattern returns a function that matches paths. A pattern is a path in which names may have *, ? and [a-z], or be **.
func pathPattern(glob string) (func(addr.Path) bool, error) {
	parts := splitPattern(glob)
	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil || part == "" {
			return nil, fmt.Errorf("%q is not a pattern of paths: want something like \"web.*\"", glob)
		}
	}
	return func(p addr.Path) bool { return matchNames(parts, p.Names()) }, nil
}

// splitPattern splits at dots outside of quotes.
func splitPattern(glob string) []string {
	var parts []string
	var part strings.Builder
	quoted := false
	for _, r := range glob {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '.' && !quoted:
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	return append(parts, part.String())
}

func matchNames(parts, names []string) bool {
	if len(parts) == 0 {
		return len(names) == 0
	}
	if parts[0] == "**" {
		for i := range len(names) + 1 {
			if matchNames(parts[1:], names[i:]) {
				return true
			}
		}
		return false
	}
	if len(names) == 0 {
		return false
	}
	ok, _ := path.Match(parts[0], strings.ReplaceAll(names[0], "/", "\x00")) // a name may have slashes, which are nothing special here
	return ok && matchNames(parts[1:], names[1:])
}

func eventsFunction(c *call) (starlark.Value, error) {
	text, limit := "", 100
	if err := c.unpack("path?", &text, "limit?", &limit); err != nil {
		return nil, err
	}
	path := addr.Root
	if text != "" {
		var err error
		if path, err = addr.Parse(text); err != nil {
			return nil, err
		}
	}
	d, err := c.deployment()
	if err != nil {
		return nil, err
	}
	events, err := d.Events(c.ctx, path)
	if err != nil {
		return nil, err
	}
	if limit >= 0 && len(events) > limit {
		events = events[len(events)-limit:]
	}
	list := make([]starlark.Value, len(events))
	for i, e := range events {
		list[i] = eventValue(e)
	}
	return starlark.NewList(list), nil
}

func eventValue(e Event) starlark.Value {
	return newRecord("event", "time", startime.Time(e.Time), "event", starlark.String(e.Event), "path", starlark.String(e.Path),
		"by", starlark.String(e.By), "command", starlark.String(e.Command), "error", starlark.String(e.Error))
}

func planFunction(c *call) (starlark.Value, error)  { return c.planned(false) }
func driftFunction(c *call) (starlark.Value, error) { return c.planned(true) }

func (c *call) planned(drift bool) (starlark.Value, error) {
	paths, err := c.paths()
	if err != nil {
		return nil, err
	}
	d, err := c.deployment()
	if err != nil {
		return nil, err
	}
	changes, err := d.Plan(c.ctx, paths, drift)
	if err != nil {
		return nil, err
	}
	return changeList(changes), nil
}

// paths reads positional arguments: paths, resources, or lists of them.
func (c *call) paths() ([]addr.Path, error) {
	if len(c.kwargs) > 0 {
		return nil, fmt.Errorf("unexpected argument %s", c.kwargs[0][0])
	}
	var paths []addr.Path
	for _, arg := range c.args {
		more, err := toPaths(arg)
		if err != nil {
			return nil, err
		}
		paths = append(paths, more...)
	}
	return paths, nil
}

func toPaths(v starlark.Value) ([]addr.Path, error) {
	switch v := v.(type) {
	case starlark.String:
		path, err := addr.Parse(string(v))
		return []addr.Path{path}, err
	case *resource:
		return []addr.Path{v.Path}, nil
	case starlark.Iterable:
		var paths []addr.Path
		for element := range starlark.Elements(v) {
			more, err := toPaths(element)
			if err != nil {
				return nil, err
			}
			paths = append(paths, more...)
		}
		return paths, nil
	}
	return nil, fmt.Errorf("want paths or resources, got %s", v.Type())
}

func changeList(changes []Change) starlark.Value {
	list := make([]starlark.Value, len(changes))
	for i, change := range changes {
		list[i] = newRecord("change", "path", starlark.String(change.Path.String()), "action", starlark.String(change.Action))
	}
	return starlark.NewList(list)
}

func nixFunction(c *call) (starlark.Value, error) {
	var expr string
	if err := c.unpack("expr", &expr); err != nil {
		return nil, err
	}
	d, err := c.deployment()
	if err != nil {
		return nil, err
	}
	text, sensitive, err := d.Eval(c.ctx, expr)
	if err != nil {
		return nil, err
	}
	return fromJSON(text, marks{c.run.mask, sensitive})
}

// resource is a resource as a value.
type resource struct {
	*Resource
	run *run
}

func (r *resource) String() string        { return fmt.Sprintf("resource(%q)", r.Path.String()) }
func (r *resource) Type() string          { return "resource" }
func (r *resource) Freeze()               {}
func (r *resource) Truth() starlark.Bool  { return true }
func (r *resource) Hash() (uint32, error) { return starlark.String(r.Path.String()).Hash() }

// AttrNames lists the fields.
func (r *resource) AttrNames() []string {
	return []string{"inputs", "name", "outputs", "path", "state", "type"}
}

// Attr returns a field.
func (r *resource) Attr(name string) (starlark.Value, error) {
	switch name {
	case "path":
		return starlark.String(r.Path.String()), nil
	case "name":
		return starlark.String(r.Path.Name()), nil
	case "type":
		return starlark.String(r.Resource.Type), nil
	case "outputs":
		if r.Outputs == nil {
			return nil, &NotAppliedError{r.Path}
		}
		return newOutputs(r), nil
	case "inputs":
		values, sensitive, err := r.run.options.Deployment.Inputs(r.run.base, r.Path)
		if err != nil {
			return nil, inOwnWords(r.run.base, err)
		}
		return &outputs{what: "input", path: r.Path, raw: values, secret: marks{r.run.mask, sensitive}}, nil
	case "state":
		return r.stateValue()
	}
	return nil, nil
}

func (r *resource) stateValue() (starlark.Value, error) {
	events, err := r.run.options.Deployment.Events(r.run.base, r.Path)
	if err != nil {
		return nil, err
	}
	var last starlark.Value = starlark.None
	if len(events) > 0 {
		last = eventValue(events[len(events)-1])
	}
	var age starlark.Value = starlark.None
	if !r.Updated.IsZero() {
		age = startime.Duration(r.run.world.Now().Sub(r.Updated))
	}
	return newRecord("state", "recorded", starlark.Bool(r.Outputs != nil), "created", timeValue(r.Created), "updated", timeValue(r.Updated), "age", age,
		"protected", starlark.Bool(r.Protected), "kept_by", starlark.String(r.State.String()), "last_event", last), nil
}

func timeValue(t time.Time) starlark.Value {
	if t.IsZero() {
		return starlark.None
	}
	return startime.Time(t)
}

// outputs are the outputs or inputs of a resource as a value. Values are converted when they are asked for.
type outputs struct {
	what   string // "output" or "input"
	path   addr.Path
	raw    map[string]rawJSON
	secret marks
}

var (
	_ starlark.IterableMapping = &outputs{}
	_ starlark.HasAttrs        = &outputs{}
)

func newOutputs(r *resource) *outputs {
	return &outputs{what: "output", path: r.Path, raw: r.Outputs, secret: marks{r.run.mask, r.Sensitive}}
}

func (o *outputs) String() string {
	return fmt.Sprintf("%ss(%s)", o.what, strings.Join(sortedKeys(o.raw), ", "))
}
func (o *outputs) Type() string          { return o.what + "s" }
func (o *outputs) Freeze()               {}
func (o *outputs) Truth() starlark.Bool  { return len(o.raw) > 0 }
func (o *outputs) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %ss", o.what) }

// AttrNames lists the names.
func (o *outputs) AttrNames() []string { return sortedKeys(o.raw) }

// Attr returns one value.
func (o *outputs) Attr(name string) (starlark.Value, error) {
	text, ok := o.raw[name]
	if !ok {
		msg := fmt.Sprintf("%s has no %s %q", o.path, o.what, name)
		names := sortedKeys(o.raw)
		switch hint := spell.Hint(name, names); {
		case hint != "":
			msg += ", " + hint
		case len(names) == 0:
			msg += "; it has none"
		default:
			msg += "; it has " + strings.Join(names, ", ")
		}
		return nil, errors.New(msg) // not a NoSuchAttrError, to which the interpreter would add a second hint
	}
	v, err := fromJSON(text, o.secret.below(name))
	if err != nil {
		return nil, fmt.Errorf("%s %s of %s: %w", o.what, name, o.path, err)
	}
	v.Freeze()
	return v, nil
}

// Get is outputs["name"].
func (o *outputs) Get(key starlark.Value) (starlark.Value, bool, error) {
	name, ok := starlark.AsString(key)
	if !ok {
		return nil, false, fmt.Errorf("the name of an %s is a string, not %s", o.what, key.Type())
	}
	if _, ok := o.raw[name]; !ok {
		return nil, false, nil
	}
	v, err := o.Attr(name)
	return v, err == nil, err
}

// Items returns pairs in the order of names.
func (o *outputs) Items() []starlark.Tuple {
	items := make([]starlark.Tuple, 0, len(o.raw))
	for _, name := range sortedKeys(o.raw) {
		v, err := o.Attr(name)
		if err != nil {
			v = starlark.None // what is recorded is JSON; this cannot be
		}
		items = append(items, starlark.Tuple{starlark.String(name), v})
	}
	return items
}

// Len returns how many there are.
func (o *outputs) Len() int { return len(o.raw) }

// Iterate goes over the names.
func (o *outputs) Iterate() starlark.Iterator {
	names := make([]starlark.Value, 0, len(o.raw))
	for _, name := range sortedKeys(o.raw) {
		names = append(names, starlark.String(name))
	}
	return starlark.NewList(names).Iterate()
}
