package main

// This file opens a root: it starts the evaluator process and prepares the providers.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/nixconfig"
	"nixops4/eval/worker"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state/remote"
)

// session is an opened root. It is closed when the verb is done with it.
type session struct {
	config    *nixconfig.Config
	evaluator *worker.Client
	providers *providers.Client
	root      string    // the root's file
	changes   *changing // nil when states are only read
}

// rootFlags say how the root is evaluated. Every verb that opens a session has them.
type rootFlags struct {
	args    pairs // --arg
	strArgs pairs // --argstr
	include []string

	overrides   pairs    // --override-input
	updates     []string // --update-input
	recreate    bool
	noWriteLock bool
	offline     bool
}

func (r *rootFlags) addTo(flags *pflag.FlagSet) {
	flags.Var(&r.args, "arg", "call the root, when it is a function, with the argument `NAME EXPR`")
	flags.Var(&r.strArgs, "argstr", "call the root, when it is a function, with the argument NAME, the string given: `NAME STRING`")
	flags.StringArrayVarP(&r.include, "include", "I", nil, "look up <name> in `PATH`, or NAME=PATH, before NIX_PATH")
	flags.Var(&r.overrides, "override-input", "take an input of the flake from somewhere else, for this run: `PATH REF`")
	flags.StringArrayVar(&r.updates, "update-input", nil, "lock the input at `PATH` of the flake anew")
	flags.BoolVar(&r.recreate, "recreate-lock-file", false, "lock all inputs of the flake anew")
	flags.BoolVar(&r.noWriteLock, "no-write-lock-file", false, "do not write the flake's lock file when it has to change")
	flags.BoolVar(&r.offline, "offline", false, "fetch no inputs of the flake that are not on this machine")
}

// request asks the evaluator to load the root in file. Relative paths in the flags start from dir.
func (r *rootFlags) request(file, dir string) worker.OpenRequest {
	request := worker.OpenRequest{File: file, Dir: dir, SearchPath: append(r.include, defaultSearchPath(os.LookupEnv)...)}
	if isFlake(file) {
		request.File, request.Flake = "", r.flake(file)
		return request
	}
	for _, p := range r.args {
		request.Args = append(request.Args, worker.Arg{Name: p.name, Expr: p.value})
	}
	for _, p := range r.strArgs {
		request.Args = append(request.Args, worker.Arg{Name: p.name, String: &p.value})
	}
	return request
}

// flake asks for the root in a flake.
func (r *rootFlags) flake(file string) *worker.FlakeRequest {
	request := &worker.FlakeRequest{
		Ref: filepath.Dir(file), Updates: r.updates, Recreate: r.recreate, KeepLock: r.noWriteLock, Offline: r.offline,
	}
	for _, p := range r.overrides {
		request.Overrides = append(request.Overrides, worker.FlakeOverride{Input: p.name, Ref: p.value})
	}
	return request
}

// check refuses flags that say nothing about the root in file.
func (r *rootFlags) check(file string) error {
	forFlakes := len(r.overrides) > 0 || len(r.updates) > 0 || r.recreate || r.noWriteLock || r.offline
	forFiles := len(r.args) > 0 || len(r.strArgs) > 0
	switch {
	case forFlakes && !isFlake(file):
		return withHint(fmt.Errorf("the flags about inputs and lock files are for roots in flakes, but the root is %s", file),
			"leave out --override-input, --update-input, --recreate-lock-file, --no-write-lock-file and --offline")
	case forFiles && isFlake(file):
		return withHint(fmt.Errorf("the root in the flake %s takes no arguments", filepath.Dir(file)), "leave out --arg and --argstr")
	}
	return nil
}

// sessionOptions are what verbs choose about a session. The zero value is fine.
type sessionOptions struct {
	root        rootFlags
	parallelism int           // processes per provider; 0 is the default
	timeout     time.Duration // of each request to a provider; 0 means none
	log         func(path addr.Path, line string)
	changes     *changing // when states are changed
	check       bool      // find all mistakes, not the first
}

// openSession finds the root and lets an evaluator process load it. The context ends evaluation, not the session.
func (a *app) openSession(ctx context.Context, o sessionOptions) (*session, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the current directory: %w", err)
	}
	file, err := findRoot(a.options.file, dir)
	if err != nil {
		return nil, err
	}
	if err := o.root.check(file); err != nil {
		return nil, err
	}
	a.ui.detail("the root is %s", file)
	request := o.root.request(file, dir)
	request.Check = o.check
	config, evaluator, err := a.openEvaluator(ctx, request)
	if err != nil {
		return nil, err
	}
	return &session{config: config, evaluator: evaluator, providers: a.newProviders(o), root: file, changes: o.changes}, nil
}

// openEvaluator starts the evaluator's process and lets it load a root. The caller closes it.
func (a *app) openEvaluator(ctx context.Context, request worker.OpenRequest) (*nixconfig.Config, *worker.Client, error) {
	self, err := selfPath()
	if err != nil {
		return nil, nil, err
	}
	evaluator, err := worker.Start(worker.Options{Command: []string{self, evalWorkerName}, Log: a.ui.line})
	if err != nil {
		return nil, nil, fmt.Errorf("starting the evaluator: %w", err)
	}
	config, err := nixconfig.Open(ctx, evaluator, request)
	if err != nil {
		evaluator.Close()
		return nil, nil, err
	}
	return config, evaluator, nil
}

func (a *app) newProviders(o sessionOptions) *providers.Client {
	return providers.New(providers.Options{
		Parallelism: o.parallelism,
		Timeout:     o.timeout,
		Builtin:     resolveBuiltin,
		Log: func(l providers.LogLine) {
			if o.log == nil {
				return
			}
			path, err := addr.Parse(l.Label)
			if err != nil {
				panic("cmd/nixops4: the label of a provider is not a path: " + l.Label)
			}
			o.log(path, l.Text)
		},
	})
}

// engineOptions are those of runs that only look.
func (s *session) engineOptions(a *app) engine.Options {
	return engine.Options{Stop: a.interrupt.asked.Done(), Provider: s.provider, OpenState: s.openState, Secrets: a.ui.secrets, Version: version}
}

// provider gives the engine the provider for the resource at path.
func (s *session) provider(spec providers.Spec, path addr.Path) engine.Provider {
	return s.providers.Provider(spec, path.String())
}

// stateLog is a state kept by a resource, with the provider process that it is read and written through.
type stateLog struct {
	*engine.StateLog
	store *remote.Store
}

// openState opens the state that the resource at path keeps. Only a resource that was applied may be made.
func (s *session) openState(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
	store := remote.Open(s.providers.Provider(spec, path.String()), resource)
	log, err := s.changes.open(ctx, store, path, resource.OutputProperties != nil)
	if err != nil {
		_ = store.Close() // the first error says more
		return nil, err
	}
	return &stateLog{log, store}, nil
}

// Close lets go of the state and of its provider process.
func (l *stateLog) Close() error { return errors.Join(l.StateLog.Close(), l.store.Close()) }

// logLine shows a line of a provider's log, for verbs without a view.
func (a *app) logLine(path addr.Path, line string) { a.ui.line(path.String() + ": " + line) }

// close ends the providers and the evaluator.
func (s *session) close() {
	s.providers.Close()
	s.evaluator.Close()
}
