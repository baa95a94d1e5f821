package worker

// This file answers requests with the Nix evaluator.

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/nix"
)

// Settings are what an evaluation works with.
type Settings struct {
	// Library is the tree of Nix files that <nixops4> names, unless the search path has another.
	Library fs.FS
	// IO is the machine; nil means the one the process runs on.
	IO eval.IO
	// Fetching is what the user and the machine say about fetching.
	Fetching fetch.Settings
	// Store makes the Nix store, with a log for lines of what is built; it returns nil when there is none, so that only paths are
	// computed and nothing is built. Nil does the same.
	Store func(log func(line string)) Store
	// MaxMemory is how much memory the evaluation may take, in bytes; 0 means no bound.
	MaxMemory uint64
}

// NewEvaluation returns an evaluation for [Serve]. Lines of builtins.trace and warnings go to log.
func NewEvaluation(settings Settings, log func(line string)) Evaluation {
	if settings.IO == nil {
		settings.IO = nix.OS{}
	}
	e := &evaluation{settings: settings, log: log}
	if settings.Store != nil {
		e.store = settings.Store(log)
	}
	return e
}

// evaluation is a root and what is known of its outputs.
type evaluation struct {
	settings Settings
	log      func(string)
	store    Store // nil when there is none
	requests int64

	m      *eval.Evaluator
	opened *OpenRequest
	root   eval.Value // { _type, rootFunction }
	export eval.Value // what rootFunction returned in this generation; a thunk until it is needed
	told   map[string]*toldOutput
	asked  []Output   // outputs that were not known when this question asked for them, each once
	whole  eval.Value // what evaluate of a root of our library returned, export within; not valid in other roots
	world  eval.Value // the argument of rootFunction
	shell  shellScope
	// reports takes in mistakes that the library reports, when the root is opened for checks.
	reports reports
	// standIns are the outputs that texts stand for, by the elements of their contexts; nil as long as outputs that are not known are errors.
	standIns map[string]Output
}

var errNotOpen = errors.New("no root is open")

// Open loads the root expression.
func (e *evaluation) Open(ctx context.Context, r *OpenRequest) error {
	if e.m != nil {
		return errors.New("a root is open already")
	}
	var builtins []*eval.Builtin
	if r.Check {
		e.reports.seen = map[string]bool{}
		builtins = append(builtins, e.reports.builtin())
	}
	m, fetcher := nix.NewFetching(nix.Options{
		Library:  e.settings.Library,
		Fetching: e.settings.Fetching,
		Offline:  r.Flake != nil && r.Flake.Offline,
		Options: eval.Options{
			IO:           e.settings.IO,
			Store:        e.evalStore(),
			SearchPath:   e.searchPath(r),
			Dir:          r.Dir,
			Pure:         r.Pure || r.Flake != nil,
			MaxCallDepth: r.MaxCallDepth,
			MaxSteps:     r.MaxSteps,
			Builtins:     builtins,
			MaxMemory:    e.settings.MaxMemory,
			MemoryHint:   nix.MemoryHint(e.settings.MaxMemory),
			Log:          e.log,
		},
	})
	var root eval.Value
	err := m.Run(ctx, func() (err *eval.Error) {
		if r.Flake != nil {
			root, err = e.loadFlake(m, fetcher, r)
		} else {
			root, err = e.loadRoot(m, r)
		}
		return err
	})
	if err != nil {
		return failure(ctx, err, nil)
	}
	e.m, e.root, e.opened = m, root, r
	e.generation()
	return nil
}

// searchPath is what was asked for, then NIX_PATH.
func (e *evaluation) searchPath(r *OpenRequest) []eval.SearchEntry {
	var path []eval.SearchEntry
	for _, entry := range r.SearchPath {
		path = append(path, nix.ParseSearchEntry(entry))
	}
	if r.Pure || r.Flake != nil {
		return path
	}
	return append(path, nix.ParseSearchPath(e.settings.IO.Getenv("NIX_PATH"))...)
}

// generation begins a new generation: no output is known, and the root function is called when somebody asks.
func (e *evaluation) generation() {
	m := e.m
	e.told = map[string]*toldOutput{}
	var export eval.Value
	arguments := m.AttrsOf(map[string]eval.Value{
		"resourceProviderSystem": eval.String(e.settings.IO.System()),
		"outputValues": m.Lazy(func() (eval.Value, *eval.Error) {
			return e.outputValues(export, nil)
		}),
	})
	e.world = arguments
	e.shell.forget()
	if evaluate, ok := m.Get(e.root.Attrs(), "evaluate"); ok {
		whole := m.Lazy(func() (eval.Value, *eval.Error) { return m.Call(evaluate, arguments) })
		export = m.Lazy(func() (eval.Value, *eval.Error) { return m.Select(whole, "export") })
		e.whole, e.export = whole, export
		return
	}
	export = m.Lazy(func() (eval.Value, *eval.Error) {
		fn, err := m.Select(e.root, "rootFunction")
		if err != nil {
			return fn, err
		}
		return m.Call(fn, arguments)
	})
	e.export = export
}

// Restart begins a new generation.
func (e *evaluation) Restart(context.Context) error {
	if e.m == nil {
		return errNotOpen
	}
	e.generation()
	return nil
}

// Component says what is at a path.
func (e *evaluation) Component(ctx context.Context, r *ComponentRequest) (*Component, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	e.requests++
	q := &question{evaluation: e}
	var c *Component
	err := e.m.Run(ctx, func() (err *eval.Error) {
		c, err = q.component(r)
		return err
	})
	if err != nil {
		return nil, failure(ctx, err, q)
	}
	return c, q.complete(c)
}

// Eval evaluates an expression beside the root.
func (e *evaluation) Eval(ctx context.Context, r *EvalRequest) (*EvalResult, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	e.requests++
	result := &EvalResult{}
	err := e.m.Run(ctx, func() *eval.Error { return e.print(r, result) })
	if err != nil {
		return nil, failure(ctx, err, nil)
	}
	return result, nil
}

func (e *evaluation) print(r *EvalRequest, result *EvalResult) *eval.Error {
	m := e.m
	scope, err := e.scope(nil, r.Dir)
	if err != nil {
		return err
	}
	v, err := m.EvalStringWith(scope, r.Expr, "«string»", r.Dir)
	if err != nil {
		return err
	}
	if r.JSON {
		c := &converter{m: m, mask: true}
		if r.Secrets {
			c = &converter{m: m, secret: &result.Sensitive}
		}
		text, err := c.convert(v)
		result.Text = string(text)
		return err
	}
	if r.Strict {
		if err := m.ForceDeep(v); err != nil {
			return err
		}
	}
	result.Text = m.Print(v, eval.PrintOptions{})
	return nil
}

// Stats counts.
func (e *evaluation) Stats() *Stats {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	stats := &Stats{Requests: e.requests, Memory: memory.Sys - memory.HeapReleased}
	if e.m != nil {
		s := e.m.Stats()
		stats.Thunks, stats.Calls, stats.BuiltinCalls, stats.Sets, stats.Files = s.Thunks, s.Calls, s.BuiltinCalls, s.Sets, s.Files
	}
	return stats
}

// failure turns an error of the evaluator into one of the protocol. q says what was asked; it may be nil.
func failure(ctx context.Context, err *eval.Error, q *question) error {
	switch err.Kind {
	case eval.Needs:
		needs := &NeedsError{Outputs: []Output{{err.Path, err.Output}}}
		if q != nil {
			needs.What, needs.Path = q.what, q.path
		}
		return needs
	case eval.Canceled:
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return &Error{
		Kind:    err.Kind.String(),
		Message: err.Error(),
		Trace:   eval.Render(err, eval.RenderOptions{ShowTrace: true}),
		Brief:   eval.Render(err, eval.RenderOptions{Quiet: builtIn}),
	}
}

// builtIn says that a file is part of the program, so that its place helps nobody who looks for a mistake in a root.
func builtIn(file string) bool { return strings.HasPrefix(file, "/<") }

// loadRoot evaluates what a request names, makes a root of older forms, and checks that it is one.
func (e *evaluation) loadRoot(m *eval.Evaluator, r *OpenRequest) (eval.Value, *eval.Error) {
	args, err := arguments(m, r)
	if err != nil {
		return args, err
	}
	var v eval.Value
	if r.File != "" {
		v, err = m.EvalFile(r.File)
	} else {
		v, err = m.EvalString(r.Expr, "«string»", r.Dir)
	}
	if err != nil {
		return v, err
	}
	if r.Attr != "" {
		if v, err = m.AttrPath(v, r.Attr, args.Attrs()); err != nil {
			return v, err
		}
	}
	if v, err = m.AutoCall(v, args.Attrs()); err != nil {
		return v, err
	}
	if v, err = e.fromOlderForm(m, v); err != nil {
		return v, err
	}
	return v, checkRoot(m, v, r)
}

// olderForms is the library's file that makes roots of older forms.
const olderForms = "deployments/load.nix"

func (e *evaluation) libraryHas(file string) bool {
	if e.settings.Library == nil {
		return false
	}
	_, err := fs.Stat(e.settings.Library, file)
	return err == nil
}

// fromOlderForm returns the root that the library makes of sets like { nixops4Deployments = …; }, and any other value as it is.
func (e *evaluation) fromOlderForm(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	if !e.libraryHas(olderForms) || v.Kind() != eval.KindAttrs {
		return v, nil
	}
	if tag, ok := m.Get(v.Attrs(), "_type"); ok {
		if tag, err := m.Force(tag); err == nil && tag.Kind() == eval.KindString && tag.Text() == rootTag {
			return v, nil // the usual form needs no library
		}
	}
	library, err := m.EvalFile("/<nixops4>/" + olderForms)
	if err != nil {
		return v, err
	}
	root, err := m.Call(library, v)
	if err != nil || root.Kind() == eval.KindNull {
		return v, err
	}
	return root, nil
}

func arguments(m *eval.Evaluator, r *OpenRequest) (eval.Value, *eval.Error) {
	values := map[string]eval.Value{}
	for _, arg := range r.Args {
		if arg.String != nil {
			values[arg.Name] = eval.String(*arg.String)
			continue
		}
		name := "«argument " + arg.Name + "»"
		v, err := m.LazyString(arg.Expr, name, r.Dir)
		if err != nil {
			return v, err
		}
		values[arg.Name] = v
	}
	return m.AttrsOf(values), nil
}

// rootTag is the _type of a root.
const rootTag = "nixops4Component"

const rootHint = `, but a root is a set with _type = "nixops4Component", as (import <nixops4> { }).lib.mkRoot makes it`

func checkRoot(m *eval.Evaluator, v eval.Value, r *OpenRequest) *eval.Error {
	what := "the expression"
	switch {
	case r.Flake != nil:
		what = "the output of the flake " + r.Flake.Ref
	case r.Attr != "":
		what = "the attribute " + r.Attr
	case r.File != "":
		what = r.File
	}
	if v.Kind() != eval.KindAttrs {
		return eval.Errorf(eval.Type, "%s gives %s%s", what, kindNoun(v.Kind()), rootHint)
	}
	tag, ok := m.Get(v.Attrs(), "_type")
	if !ok {
		return eval.Errorf(eval.Type, "%s gives a set without _type%s", what, rootHint)
	}
	tag, err := m.ForceString(tag, "while evaluating the _type of the root")
	if err != nil {
		return err
	}
	if tag.Text() != rootTag {
		return eval.Errorf(eval.Type, "%s gives a set with _type = %s%s", what, eval.Quote(tag.Text()), rootHint)
	}
	if _, ok := m.Get(v.Attrs(), "rootFunction"); !ok {
		return eval.Errorf(eval.Type, "%s gives a nixops4Component without rootFunction", what)
	}
	return nil
}

func kindNoun(k eval.Kind) string {
	switch k {
	case eval.KindFunction:
		return "a function"
	case eval.KindNull:
		return "null"
	case eval.KindInt:
		return "an integer"
	case eval.KindBool:
		return "a boolean"
	}
	return "a " + k.String()
}

// display writes a path for people.
func display(path []string) string {
	if len(path) == 0 {
		return "the root"
	}
	quoted := make([]string, len(path))
	for i, name := range path {
		quoted[i] = name
		if !isPlain(name) {
			quoted[i] = eval.Quote(name)
		}
	}
	return strings.Join(quoted, ".")
}

func isPlain(name string) bool {
	letter := func(c rune) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	other := func(c rune) bool { return !letter(c) && c != '-' && c != '\'' && (c < '0' || c > '9') }
	return name != "" && letter(rune(name[0])) && !strings.ContainsFunc(name, other)
}

// pathKey makes a path and an output a key of a map.
func pathKey(path []string, output string) string {
	text, err := json.Marshal(append(slices.Clone(path), output))
	if err != nil {
		panic(err) // strings are JSON
	}
	return string(text)
}
