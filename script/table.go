package script

// This file is the frame of ctx: the value that operations get, and the rows that its functions are made of.

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"nixops4/internal/spell"
)

// Function documents one function of ctx.
type Function struct {
	Name   string // with its namespace: "file.read"
	Params string // as in a declaration, without parentheses
	Doc    string // types, units and errors
	Effect bool   // changes something; a dry run prints what it would do

	fn func(*call) (starlark.Value, error)
}

// call is one call of a function.
type call struct {
	*frame
	run    *run // that ctx belongs to
	thread *starlark.Thread
	name   string
	args   starlark.Tuple
	kwargs []starlark.Tuple
}

// unpack takes the arguments apart, as starlark.UnpackArgs does.
func (c *call) unpack(pairs ...any) error {
	return starlark.UnpackArgs("ctx."+c.name, c.args, c.kwargs, pairs...)
}

// Functions returns the table, in the order of the documentation.
func Functions() []Function {
	return slices.Concat(readFunctions(), actFunctions(), execFunctions(), sshFunctions(), httpFunctions(), fileFunctions(), archiveFunctions(), envFunctions(), controlFunctions(), askFunctions(), logFunctions())
}

// indexFunctions returns the table by name.
func indexFunctions() map[string]*Function {
	m := map[string]*Function{}
	all := Functions()
	for i := range all {
		m[all[i].Name] = &all[i]
	}
	return m
}

// contextValue is the value ctx, or one of its namespaces, such as ctx.file.
type contextValue struct {
	run   *run
	space string // "" or "file."
}

var _ starlark.HasAttrs = &contextValue{}

func (c *contextValue) String() string        { return strings.TrimSuffix("ctx."+c.space, ".") }
func (c *contextValue) Type() string          { return "ctx" }
func (c *contextValue) Freeze()               {}
func (c *contextValue) Truth() starlark.Bool  { return true }
func (c *contextValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: ctx") }

// Attr returns a function or a namespace.
func (c *contextValue) Attr(name string) (starlark.Value, error) {
	if v := c.constant(name); v != nil {
		return v, nil
	}
	full := c.space + name
	if f, ok := c.run.table[full]; ok {
		return c.run.builtin(f), nil
	}
	for other := range c.run.table {
		if strings.HasPrefix(other, full+".") {
			return &contextValue{c.run, full + "."}, nil
		}
	}
	return nil, fmt.Errorf("%s has no %q%s", c, name, comma(spell.Hint(name, c.AttrNames())))
}

// constant returns what of ctx is not a function.
func (c *contextValue) constant(name string) starlark.Value {
	if c.space != "" {
		return nil
	}
	switch name {
	case "dry_run":
		return starlark.Bool(c.run.options.DryRun)
	case "operation":
		if c.run.op != nil {
			return starlark.String(c.run.op.Name)
		}
		return starlark.String("")
	case "component":
		if c.run.op != nil {
			return starlark.String(c.run.op.component.String())
		}
		return starlark.String("")
	case "project":
		return starlark.String(c.run.world.Path(""))
	case "effects":
		if c.run.fake != nil {
			return c.run.effectList()
		}
	}
	return nil
}

// AttrNames lists functions and namespaces.
func (c *contextValue) AttrNames() []string {
	var names []string
	for name := range c.run.table {
		if rest, ok := strings.CutPrefix(name, c.space); ok {
			first, _, _ := strings.Cut(rest, ".")
			if !slices.Contains(names, first) {
				names = append(names, first)
			}
		}
	}
	if c.space == "" {
		names = append(names, "component", "dry_run", "operation", "project")
	}
	slices.Sort(names)
	return names
}

// builtin makes a function of a row.
func (r *run) builtin(f *Function) starlark.Value {
	return starlark.NewBuiltin("ctx."+f.Name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		at, ok := thread.Local(frameKey).(*frame)
		if !ok {
			return nil, fmt.Errorf("only an operation can do this, not the top level of a script")
		}
		c := &call{frame: at, run: r, thread: thread, name: f.Name, args: args, kwargs: kwargs}
		if reason := stopReason(at.ctx); reason != nil {
			return nil, reason
		}
		v, err := f.fn(c)
		return v, inOwnWords(at.ctx, err)
	})
}

// API returns the documentation of all functions as text.
func API() string {
	var b strings.Builder
	b.WriteString(apiHead)
	for _, f := range Functions() {
		fmt.Fprintf(&b, "\nctx.%s(%s)\n", f.Name, f.Params)
		if f.Effect {
			b.WriteString("    [effect] ")
		} else {
			b.WriteString("    ")
		}
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(f.Doc), "\n", "\n    ") + "\n")
	}
	b.WriteString(apiTests)
	return b.String()
}

const apiTests = `
In tests: the functions test_* of files *_test.star, which nixops4 test runs

fake(outputs = {}, inputs = {}, types = {}, exec = {}, ssh = {}, http = {}, answers = {}, nix = {}, methods = {}, files = {}, env = {}, events = [],
     clock = "2026-01-01T00:00:00Z", dry_run = False, yes = False)
    A ctx in which nothing is real but files, in a folder that goes away. Keys of outputs, inputs and types are paths; those of exec, ssh, http, answers, nix and methods are patterns, in
    which * is any text. Answers are a text, a number (the code), a dict with code, stdout, stderr, body, json, headers or error, a function, or a list of them, one for each
    call. What has no fake is an error. Sleeping advances the clock. ctx.effects is the list of what was done, as tuples.
run(operation, ctx, **parameters)
    Call an operation, or a function, and then what it deferred.
secret(text)
    A secret, for outputs and parameters.
assert.eq, ne, lt, le(got, want), assert.true, false(got, msg = ""), assert.contains(got, want)
    Fail unless it is so.
assert.fails(fn, pattern = "")
    Fail unless fn() fails with an error that the regular expression matches. Returns the text of the error.
assert.effects(ctx, want)
    Fail unless want, a list of tuples, is what was done, in order: ("exec", argv), with the names of variables behind argv when env was given, ("ssh.run", host, argv),
    ("ssh.put", host, source, destination), ("http", method, url), ("file.write", path, content), ("call", path, method, arguments), ("apply", *paths) and so on.
`

const apiHead = `Declaring

operation(name, run, doc = "", params = {}, needs = [], writes = False, env = [], timeout = None)
    Declare an operation. run is a function that takes ctx and a parameter for each entry of params. needs are paths of resources
    whose outputs must be recorded before it starts. writes = True lets it act on the deployment and takes the locks of states. env are the
    names of variables that ctx.env may read. timeout is a duration.

param.string(default, doc)           text
param.int(default, doc, min, max)    whole number
param.float(default, doc, min, max)  number
param.bool(default, doc)             --NAME, or --NAME=false
param.enum(values, default, doc)     one of values
param.list(default, doc, of)         elements with commas between; of is another param
param.duration(default, doc, min, max)  such as "90s", "1h30m" or "7d"; numbers are seconds
param.path(default, doc)             a path, made absolute
param.secret(default, doc)           given as file:PATH, env:NAME or stdin; a value that does not print
    A parameter without default has to be given. default = None makes it optional.

fail(*words, code = 1)
    End the operation with a message and an exit code.
print(*words)
    The same as ctx.log.info.
struct(**fields), json, math, time
    As in the modules of Starlark. time.now() is the clock of the world, which a test can set.
load("//lib/x.star", "name")
    Names of another script: from the project's folder on, or, without //, beside this one.

In ctx

ctx.dry_run      True when effects are only printed
ctx.operation    the name of the operation
ctx.component    the path of the component that declares the operation, or ""
ctx.project      the folder of the project

A duration is a number of seconds, a text such as "1m30s", or a time.duration. A result has the fields ok, code, stdout, stderr, duration (time.duration),
changed and dry; it is true when ok is. Functions marked [effect] only print what they would do in a dry run.
`
