package script

// This file holds the functions that only tests of scripts have: fake, run, secret and assert.

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"nixops4/engine/addr"
)

// testBuiltins are predeclared in tests.
func testBuiltins() starlark.StringDict {
	members := starlark.StringDict{}
	for name, fn := range asserts {
		members[name] = starlark.NewBuiltin("assert."+name, fn)
	}
	return starlark.StringDict{
		"fake":   starlark.NewBuiltin("fake", fakeBuiltin),
		"run":    starlark.NewBuiltin("run", runBuiltin),
		"secret": starlark.NewBuiltin("secret", secretBuiltin),
		"assert": &starlarkstruct.Module{Name: "assert", Members: members},
	}
}

// secretBuiltin makes a secret, as ctx.secret does.
func secretBuiltin(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text); err != nil {
		return nil, err
	}
	if at, ok := thread.Local(frameKey).(*frame); ok {
		at.run.mask.Add(text)
	}
	return Secret{text}, nil
}

// fakeBuiltin makes a ctx.
func fakeBuiltin(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	at, ok := thread.Local(frameKey).(*frame)
	if !ok || at.run.fakes == nil {
		return nil, errors.New("fake: only a test function can make one, not the top level of a script")
	}
	var given struct {
		outputs, inputs, types, env, files          *starlark.Dict
		exec, ssh, http, nix, methods, answers, now starlark.Value
		events                                      *starlark.List
		dryRun, yes                                 bool
	}
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "outputs?", &given.outputs, "inputs?", &given.inputs, "types?", &given.types, "exec?", &given.exec,
		"ssh?", &given.ssh, "http?", &given.http, "clock?", &given.now, "env?", &given.env, "files?", &given.files, "answers?", &given.answers,
		"nix?", &given.nix, "methods?", &given.methods, "events?", &given.events, "dry_run?", &given.dryRun, "yes?", &given.yes)
	if err != nil {
		return nil, err
	}
	r := newRun(at.run.project, nil, Options{DryRun: given.dryRun, Yes: given.yes, Limits: at.run.limits, Log: at.run.options.Log, Mask: at.run.mask})
	r.base = at.ctx
	w := &fakeWorld{run: r, env: map[string]string{}}
	r.fake, r.world = w, w
	for _, rules := range []struct {
		to   **fakeRules
		what string
		v    starlark.Value
	}{{&w.exec, "exec", given.exec}, {&w.ssh, "ssh", given.ssh}, {&w.http, "http", given.http}, {&w.asked, "answers", given.answers}} {
		if *rules.to, err = newFakeRules(rules.what, rules.v); err != nil {
			return nil, err
		}
	}
	if w.now, err = fakeTime(given.now); err != nil {
		return nil, err
	}
	if given.env != nil {
		for key, value := range given.env.Entries() {
			name, _ := starlark.AsString(key)
			w.env[name], _ = textOf(value)
		}
	}
	d, err := newFakeDeployment(r, given.outputs, given.inputs, given.types, given.nix, given.methods)
	if err != nil {
		return nil, err
	}
	if d.events, err = fakeEvents(given.events); err != nil {
		return nil, err
	}
	r.options.Deployment, r.options.World = d, w
	w.dir, err = newFakeDir(given.files)
	*at.run.fakes = append(*at.run.fakes, r)
	return &contextValue{run: r}, err
}

func fakeTime(v starlark.Value) (time.Time, error) {
	switch v := v.(type) {
	case nil, starlark.NoneType:
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil
	case startime.Time:
		return time.Time(v), nil
	case starlark.String:
		if t, err := time.Parse(time.RFC3339, string(v)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("clock: want a time such as \"2026-01-31T12:00:00Z\", got %s", v)
}

func fakeEvents(list *starlark.List) ([]Event, error) {
	if list == nil {
		return nil, nil
	}
	var events []Event
	for v := range list.Elements() {
		e := Event{Event: fieldText(v, "event"), Path: fieldText(v, "path"), By: fieldText(v, "by"), Command: fieldText(v, "command"), Error: fieldText(v, "error")}
		if at := field(v, "time"); at != nil {
			var err error
			if e.Time, err = fakeTime(at); err != nil {
				return nil, err
			}
		}
		events = append(events, e)
	}
	return events, nil
}

func newFakeDeployment(r *run, outputs, inputs, types *starlark.Dict, nix, methods starlark.Value) (*fakeDeployment, error) {
	d := &fakeDeployment{run: r, resources: map[string]*Resource{}, inputs: map[string]map[string]rawJSON{}, secretInputs: map[string][][]string{}}
	var err error
	if d.nix, err = newFakeRules("nix", nix); err != nil {
		return nil, err
	}
	if d.methods, err = newFakeRules("methods", methods); err != nil {
		return nil, err
	}
	err = eachPath("outputs", outputs, func(path addr.Path, v starlark.Value) error {
		found := &Resource{Path: path, Type: "fake"}
		if v != starlark.None {
			raw, sensitive, err := rawProperties(v, r.mask)
			if err != nil {
				return err
			}
			found.Outputs, found.Sensitive = raw, sensitive
		}
		if types != nil {
			if kind, ok, err := types.Get(starlark.String(path.String())); ok && err == nil {
				found.Type, _ = starlark.AsString(kind)
			}
		}
		d.resources[path.String()] = found
		return nil
	})
	return d, errors.Join(err, eachPath("inputs", inputs, func(path addr.Path, v starlark.Value) error {
		raw, sensitive, err := rawProperties(v, r.mask)
		d.inputs[path.String()], d.secretInputs[path.String()] = raw, sensitive
		if d.resources[path.String()] == nil {
			d.resources[path.String()] = &Resource{Path: path, Type: "fake"}
		}
		return err
	}))
}

func eachPath(what string, dict *starlark.Dict, f func(addr.Path, starlark.Value) error) error {
	if dict == nil {
		return nil
	}
	for _, item := range dict.Items() {
		text, _ := starlark.AsString(item[0])
		path, err := addr.Parse(text)
		if err == nil {
			err = f(path, item[1])
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", what, item[0], err)
		}
	}
	return nil
}

// rawProperties encodes a dict as outputs are recorded; values that are secrets are sensitive.
func rawProperties(v starlark.Value, mask *Mask) (raw map[string]rawJSON, sensitive [][]string, err error) {
	dict, ok := v.(*starlark.Dict)
	if !ok {
		return nil, nil, fmt.Errorf("want a dict, got %s", v.Type())
	}
	raw = map[string]rawJSON{}
	for _, item := range dict.Items() {
		name, ok := starlark.AsString(item[0])
		if !ok {
			return nil, nil, fmt.Errorf("a name is a string, not %s", item[0].Type())
		}
		if raw[name], err = toJSON(item[1]); err != nil {
			return nil, nil, err
		}
	}
	return raw, secretsIn(v, mask), nil
}

// secretsIn returns the places of secrets in a value that can be written as JSON, and tells mask about them.
func secretsIn(v starlark.Value, mask *Mask) (places [][]string) {
	below := func(step string, part starlark.Value) {
		for _, at := range secretsIn(part, mask) {
			places = append(places, append([]string{step}, at...))
		}
	}
	switch v := v.(type) {
	case Secret:
		mask.Add(v.text)
		return [][]string{{}}
	case *starlark.Dict:
		for key, part := range v.Entries() {
			name, _ := starlark.AsString(key)
			below(name, part)
		}
	case starlark.Indexable:
		if _, text := v.(starlark.String); text {
			return nil
		}
		for i := range v.Len() {
			below(strconv.Itoa(i), v.Index(i))
		}
	}
	return places
}

// runBuiltin runs an operation, or calls a function, as the command run does: run(backup, ctx, keep = 3).
func runBuiltin(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	at, ok := thread.Local(frameKey).(*frame)
	if !ok || len(args) != 2 {
		return nil, errors.New("run: want an operation or a function, and a ctx made by fake")
	}
	ctx, ok := args[1].(*contextValue)
	if !ok || ctx.run.fake == nil {
		return nil, fmt.Errorf("run: want a ctx made by fake, got %s", args[1].Type())
	}
	r := ctx.run
	fn, isFunction := args[0].(starlark.Callable)
	if op, ok := args[0].(*Operation); ok {
		given := map[string]starlark.Value{}
		for _, kv := range kwargs {
			given[string(kv[0].(starlark.String))] = kv[1]
		}
		bound, err := op.bind(given)
		if err != nil {
			return nil, err
		}
		r.learn(bound)
		for _, path := range op.Needs {
			if err := r.need(at.ctx, path); err != nil {
				return nil, fmt.Errorf("operation %s needs %s: %w", op.Name, path, err)
			}
		}
		r.op, fn, kwargs = op, op.run, bound
	} else if !isFunction {
		return nil, fmt.Errorf("run: want an operation or a function, got %s", args[0].Type())
	}
	v, err := starlark.Call(thread, fn, starlark.Tuple{ctx}, kwargs)
	return v, errors.Join(err, r.cleanUp(at.ctx))
}

type builtinFunc = func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)

// asserts are the functions of the module assert.
var asserts = map[string]builtinFunc{
	"eq":       comparison(syntax.EQL, "is not what was expected"),
	"ne":       comparison(syntax.NEQ, "is the same"),
	"lt":       comparison(syntax.LT, "is not less"),
	"le":       comparison(syntax.LE, "is more"),
	"true":     truth(true),
	"false":    truth(false),
	"contains": assertContains,
	"fails":    assertFails,
	"effects":  assertEffects,
}

func comparison(op syntax.Token, words string) builtinFunc {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var got, want starlark.Value
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "got", &got, "want", &want); err != nil {
			return nil, err
		}
		ok, err := starlark.Compare(op, got, want)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%s: it %s\n    got:  %s\n    want: %s", b.Name(), words, got, want)
		}
		return starlark.None, nil
	}
}

func truth(want bool) builtinFunc {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var got starlark.Value
		msg := ""
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "got", &got, "msg?", &msg); err != nil {
			return nil, err
		}
		if bool(got.Truth()) != want {
			return nil, fmt.Errorf("%s: got %s%s", b.Name(), got, comma(msg))
		}
		return starlark.None, nil
	}
}

func assertContains(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var got, want starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "got", &got, "want", &want); err != nil {
		return nil, err
	}
	found, err := starlark.Binary(syntax.IN, want, got)
	if err != nil {
		return nil, err
	}
	if !bool(found.Truth()) {
		return nil, fmt.Errorf("%s: %s does not contain %s", b.Name(), got, want)
	}
	return starlark.None, nil
}

// assertFails calls a function and returns the message of its error, which has to match a regular expression.
func assertFails(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var fn starlark.Callable
	pattern := ""
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "fn", &fn, "pattern?", &pattern); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name(), err)
	}
	at, ok := thread.Local(frameKey).(*frame)
	if !ok {
		return nil, errors.New("assert.fails: only a test function can do this")
	}
	v, err := starlark.Call(thread, fn, nil, nil)
	if err == nil {
		return nil, fmt.Errorf("%s: it did not fail, and returned %s", b.Name(), v)
	}
	if reason := stopReason(at.ctx); reason != nil {
		return nil, reason
	}
	text := errorText(at.run, err)
	if !re.MatchString(text) {
		return nil, fmt.Errorf("%s: the error does not match %q: %s", b.Name(), pattern, text)
	}
	return starlark.String(text), nil
}

// assertEffects compares what was done through a ctx with a list of tuples, in order.
func assertEffects(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var ctx starlark.Value
	var want *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "ctx", &ctx, "want", &want); err != nil {
		return nil, err
	}
	c, ok := ctx.(*contextValue)
	if !ok || c.run.fake == nil {
		return nil, fmt.Errorf("%s: want a ctx made by fake, got %s", b.Name(), ctx.Type())
	}
	got := c.run.effectList().(*starlark.List)
	for i := range max(got.Len(), want.Len()) {
		switch {
		case i >= got.Len():
			return nil, fmt.Errorf("%s: effect %d is missing\n    want: %s", b.Name(), i, want.Index(i))
		case i >= want.Len():
			return nil, fmt.Errorf("%s: effect %d was not expected\n    got:  %s", b.Name(), i, got.Index(i))
		}
		same, err := starlark.Equal(got.Index(i), want.Index(i))
		if err != nil {
			return nil, err
		}
		if !same {
			return nil, fmt.Errorf("%s: effect %d is not what was expected\n    got:  %s\n    want: %s", b.Name(), i, got.Index(i), want.Index(i))
		}
	}
	return starlark.None, nil
}
