package main

// This file carries out the verb eval, in this process: there is nothing to lose, and a process of its own would cost time.

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"nixops4/engine/graph"
	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/nix"
	"nixops4/eval/nixstore"
	"nixops4/eval/syntax"
	nixlib "nixops4/nix"
)

// evaluation is one run of the verb eval.
type evaluation struct {
	*app
	opts    *evalOptions
	dir     string // where relative paths in expressions start
	m       *eval.Evaluator
	fetcher *fetch.Fetcher
	args    *eval.Attrs // of --arg and --argstr; nil when there are none
	// maxMemory is what the evaluation may take, in bytes.
	maxMemory uint64
}

func runEval(a *app, o *evalOptions) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the current directory: %w", err)
	}
	e := &evaluation{app: a, opts: o, dir: dir}
	if e.maxMemory, err = nix.MaxMemory(os.Getenv); err != nil {
		return err
	}
	nix.TuneMemory(e.maxMemory)
	options := e.evaluatorOptions()
	if found := nixstore.Find(os.Getenv, options.Log); found != nil {
		options.Store = found
		defer found.Close() // what it said has been heard
	}
	e.m, e.fetcher = nix.NewFetching(options)
	if o.doc != "" {
		return e.printDoc(o.doc)
	}
	failure := e.run()
	if o.stats {
		e.printStats()
	}
	if failure != nil {
		return e.fail(failure)
	}
	return nil
}

// run evaluates and prints everything. Evaluation has a goroutine of its own, where main cannot recover from a panic.
func (e *evaluation) run() *eval.Error {
	var panicked *graph.PanicError
	failure := e.m.Run(e.interrupt.asked, func() (err *eval.Error) {
		defer func() {
			if p := recover(); p != nil {
				panicked = &graph.PanicError{Value: p, Stack: debug.Stack()}
			}
		}()
		return e.all()
	})
	if panicked != nil {
		panic(panicked)
	}
	return failure
}

func (e *evaluation) evaluatorOptions() nix.Options {
	opts := nix.Options{Restricted: e.opts.restrict, Library: nixlib.Files}
	opts.Features = strings.Fields(strings.Join(e.opts.features, " "))
	for _, name := range opts.Features {
		if !nix.KnownFeature(name) {
			e.ui.line("warning: unknown experimental feature '" + name + "'")
		}
	}
	if system := e.opts.system; system != "" && !e.opts.pure {
		opts.Constants = map[string]func(*eval.Evaluator) eval.Value{"currentSystem": func(*eval.Evaluator) eval.Value { return eval.String(system) }}
	}
	opts.Syntax = syntax.Options{
		Home:                 os.Getenv("HOME"),
		Pure:                 e.opts.pure,
		PipeOperators:        slices.Contains(opts.Features, "pipe-operators"),
		URLLiterals:          e.opts.lint.urls.lint,
		ShortPathLiterals:    e.opts.lint.shortPaths.lint,
		AbsolutePathLiterals: e.opts.lint.absolutePaths.lint,
	}
	opts.Dir = e.dir
	opts.Pure = e.opts.pure || len(e.opts.flakes) > 0
	opts.Offline = e.opts.inputs.offline
	opts.Fetching = fetching(os.LookupEnv)
	opts.MaxCallDepth = e.opts.maxCallDepth
	opts.MaxMemory, opts.MemoryHint = e.maxMemory, nix.MemoryHint(e.maxMemory)
	opts.TraceVerbose = e.opts.traceVerbose
	opts.AbortOnWarn = e.opts.abortOnWarn
	opts.Log = e.ui.line
	for _, entry := range append(e.opts.include, defaultSearchPath(os.LookupEnv)...) {
		opts.SearchPath = append(opts.SearchPath, nix.ParseSearchEntry(entry))
	}
	if !opts.Pure {
		opts.SearchPath = append(opts.SearchPath, nix.ParseSearchPath(os.Getenv("NIX_PATH"))...)
	}
	return opts
}

// fail shows a failed evaluation as Nix does, after what was printed before it.
func (e *evaluation) fail(failure *eval.Error) error {
	if failure.Kind == eval.Canceled {
		return errInterrupted
	}
	if err := e.ui.flush(); err != nil {
		return err
	}
	e.ui.line(eval.Render(failure, eval.RenderOptions{ShowTrace: e.options.showTrace, Color: e.ui.color(e.ui.errTerminal)}))
	return &silentError{failure}
}

// all evaluates and prints everything that was asked for.
func (e *evaluation) all() *eval.Error {
	if err := e.makeArgs(); err != nil {
		return err
	}
	for _, text := range e.opts.exprs {
		if err := e.text(text, "«string»"); err != nil {
			return err
		}
	}
	for _, file := range e.opts.files {
		if err := e.file(file); err != nil {
			return err
		}
	}
	for _, ref := range e.opts.flakes {
		if err := e.flake(ref); err != nil {
			return err
		}
	}
	return nil
}

// flake evaluates what a flake has at the attribute path after #, or its outputs.
func (e *evaluation) flake(text string) *eval.Error {
	ref, output, opts, err := e.opts.inputs.request(text).Options(e.dir, e.m.Log)
	if err != nil {
		return eval.Errorf(eval.Other, "%v", err)
	}
	v, failure := e.fetcher.OpenFlake(e.m, ref, opts)
	if failure == nil {
		v, failure = e.m.Select(v, "outputs")
	}
	if failure == nil && output != "" {
		v, failure = e.m.AttrPath(v, output, nil)
	}
	if failure != nil {
		return failure
	}
	e.opts.strict = e.opts.strict || e.opts.json // as nix eval has it
	return e.show(v)
}

// makeArgs makes the arguments of --arg, which are evaluated when they are needed; bad syntax is found even if they are not.
func (e *evaluation) makeArgs() *eval.Error {
	fields := map[string]eval.Value{}
	for _, p := range e.opts.args {
		v, err := e.m.LazyString(p.value, "«string»", e.dir)
		if err != nil {
			return err
		}
		fields[p.name] = v
	}
	for _, p := range e.opts.strArgs {
		fields[p.name] = eval.String(p.value)
	}
	if len(fields) > 0 {
		e.args = e.m.AttrsOf(fields).Attrs()
	}
	return nil
}

func (e *evaluation) text(text, name string) *eval.Error {
	if e.opts.parse {
		tree, err := e.m.Parse(text, name, e.dir)
		if err == nil {
			fmt.Fprintln(e.ui.stdout, syntax.String(tree))
		}
		return err
	}
	v, err := e.m.EvalString(text, name, e.dir)
	if err != nil {
		return err
	}
	return e.show(v)
}

// file evaluates a file, standard input for "-", or what <name> stands for.
func (e *evaluation) file(file string) *eval.Error {
	if file == "-" {
		text, err := io.ReadAll(e.stdin)
		if err != nil {
			return eval.Wrap(err, "reading standard input: %v", err)
		}
		return e.text(string(text), "«stdin»")
	}
	path := file
	if strings.HasPrefix(file, "<") && strings.HasSuffix(file, ">") {
		v, err := e.m.EvalString(file, "«string»", e.dir)
		if err != nil {
			return err
		}
		path = v.Text()
	} else if !filepath.IsAbs(file) {
		path = filepath.Join(e.dir, file)
	}
	if e.opts.parse {
		return e.parseFile(path)
	}
	v, err := e.m.EvalRootFile(path)
	if err != nil {
		return err
	}
	return e.show(v)
}

// show prints the attributes of v that were asked for, or v itself.
func (e *evaluation) show(root eval.Value) *eval.Error {
	attrs := e.opts.attrs
	if len(attrs) == 0 {
		attrs = []string{""}
	}
	for _, attr := range attrs {
		v, err := e.m.AttrPath(root, attr, e.args)
		if err == nil && e.args != nil {
			v, err = e.m.AutoCall(v, e.args)
		}
		if err == nil {
			err = e.print(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
