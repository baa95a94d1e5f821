package main

// This file opens a root: it starts the evaluator process and prepares the providers.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/nixconfig"
	"nixops4/engine/view"
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
		return nil, nil, err
	}
	config, err := nixconfig.Open(ctx, evaluator, request)
	if err != nil {
		evaluator.Close()
		if ctx.Err() != nil {
			err = errInterrupted // while inputs were fetched, for instance
		}
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
	return engine.Options{
		Stop: a.interrupt.asked.Done(), Provider: s.provider, Store: s.config, OpenState: s.openState, ReadState: s.readState, Secrets: a.ui.secrets, Version: version,
		Events: view.Builds(view.NewLines(a.ui.messages(), view.Options{Color: a.ui.color(a.ui.errTerminal), Verbose: a.options.verbose}).Event),
	}
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
	return s.stateLog(ctx, s.changes, path, spec, resource)
}

// readState opens a state only to read it.
func (s *session) readState(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
	return s.stateLog(ctx, nil, path, spec, resource)
}

func (s *session) stateLog(ctx context.Context, changes *changing, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
	store := remote.Open(s.providers.Provider(spec, path.String()), resource)
	log, err := changes.open(ctx, store, path, resource.OutputProperties != nil)
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
