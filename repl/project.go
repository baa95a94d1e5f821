package repl

// This file is what a shell works with: the root, its evaluator, the providers and the states.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/nixconfig"
	"nixops4/engine/plan"
	"nixops4/engine/view"
	"nixops4/eval/worker"
	"nixops4/internal/secret"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// Project is a root and the means to work on it. The command makes it.
type Project struct {
	File string             // the root's file
	Dir  string             // where the shell runs
	Root worker.OpenRequest // opens it
	// Start starts an evaluator. What it logs goes to log.
	Start func(log func(line string)) (*worker.Client, error)
	// Provider returns the provider for work on the resource at path.
	Provider func(spec providers.Spec, path addr.Path) engine.Provider
	// OpenState opens a state to read it, or with changes to change it; then it holds the lock until it is closed.
	OpenState func(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource, changes bool) (engine.State, error)
	// Move records a resource under another path; Forget removes records. Both tell what they did.
	Move    func(ctx context.Context, from, to addr.Path) error
	Forget  func(ctx context.Context, paths []addr.Path) error
	Scripts Scripts
	// Secrets is told what is secret, and takes it out of what is shown.
	Secrets *secret.Redactor
	// Explain returns the text of an error, and hints about what to do.
	Explain func(err error) (text string, hints []string)
	Version string
}

// Eventful is implemented by states that can tell their history.
type Eventful interface {
	Events(ctx context.Context, from uint64) ([]state.Event, error)
}

// evaluator is the evaluator's process with the root opened. Opening goes on in the background until somebody needs it.
type evaluator struct {
	project *Project
	log     func(string)

	mu     sync.Mutex // guards the rest
	client *worker.Client
	config *nixconfig.Config
	err    error         // why the root could not be opened
	opened chan struct{} // closed when config or err is set
	lines  []worker.LineRequest
	given  map[string]json.RawMessage
}

func newEvaluator(p *Project, log func(string)) *evaluator {
	e := &evaluator{project: p, log: log, given: map[string]json.RawMessage{}}
	e.start()
	return e
}

// start starts a process, and opens the root behind the caller's back.
func (e *evaluator) start() {
	e.mu.Lock()
	defer e.mu.Unlock()
	opened := make(chan struct{})
	e.client, e.config, e.err, e.opened = nil, nil, nil, opened
	lines, given := e.lines, e.given
	client, err := e.project.Start(e.log)
	if err != nil {
		e.err = err
		close(opened)
		return
	}
	e.client = client
	go func() {
		defer close(opened)
		config, err := nixconfig.Open(context.Background(), client, e.project.Root)
		if err == nil {
			err = replay(client, lines, given)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.client == client {
			e.config, e.err = config, err
		}
	}()
}

// replay gives a new process what an earlier one was told.
func replay(client *worker.Client, lines []worker.LineRequest, given map[string]json.RawMessage) error {
	for name, value := range given {
		if err := client.Give(context.Background(), name, value); err != nil {
			return err
		}
	}
	for _, line := range lines {
		line.As = worker.FormNothing // what fails now fails again when it is used
		var failed *worker.Error
		if _, err := client.Line(context.Background(), line); err != nil && !errors.As(err, &failed) {
			return err
		}
	}
	return nil
}

// ready waits until the root is open.
func (e *evaluator) ready(ctx context.Context) (*worker.Client, *nixconfig.Config, error) {
	e.mu.Lock()
	opened := e.opened
	e.mu.Unlock()
	select {
	case <-opened:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return nil, nil, e.err
	}
	return e.client, e.config, nil
}

// restart ends the process and starts another one. Bindings and results are kept as text, and are evaluated again when they are used.
func (e *evaluator) restart() {
	e.close()
	e.start()
}

func (e *evaluator) close() {
	e.mu.Lock()
	client := e.client
	e.mu.Unlock()
	if client != nil {
		client.Kill()
		client.Close()
	}
}

// remember keeps a line for later processes.
func (e *evaluator) remember(line worker.LineRequest) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = append(e.lines, line)
}

// give gives a name of the scope a value; nil takes it away.
func (e *evaluator) give(ctx context.Context, name string, value json.RawMessage) error {
	client, _, err := e.ready(ctx)
	if err != nil {
		return err
	}
	e.mu.Lock()
	if value == nil {
		delete(e.given, name)
	} else {
		e.given[name] = value
	}
	e.mu.Unlock()
	return client.Give(ctx, name, value)
}

// line evaluates a line, looking up what it needs of outputs.
func (sh *shell) line(ctx context.Context, r worker.LineRequest) (*worker.LineResult, error) {
	client, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil, err
	}
	r.Dir, r.At = sh.project.Dir, sh.cwd.Names()
	if sh.step != nil {
		config = nil // the outputs are the run's to tell
	}
	asked := map[string]bool{}
	keep := r.Keep
	r.Keep, r.KeepKnown = false, keep // what is to be evaluated once more is not kept yet
	for {
		result, err := client.Line(ctx, r)
		if err != nil {
			return nil, err
		}
		found, err := sh.lookUpOutputs(ctx, config, result.Unknown, asked)
		if err != nil {
			return nil, err
		}
		if !found {
			r.Keep, r.KeepKnown = keep, false
			if keep && len(result.Unknown) > 0 {
				if result, err = client.Line(ctx, r); err != nil {
					return nil, err
				}
			}
			if keep || r.Bindings != "" {
				sh.evaluator.remember(r)
			}
			return result, nil
		}
	}
}

// lookUpOutputs tells what states have of outputs, and gives the state and the plan. It reports whether that can have brought us further.
func (sh *shell) lookUpOutputs(ctx context.Context, config *nixconfig.Config, outputs []worker.Output, asked map[string]bool) (bool, error) {
	found := false
	for _, output := range outputs {
		path := addr.Of(output.Path...)
		key := path.String() + "\x00"
		if path.IsRoot() {
			key += output.Name
		}
		if asked[key] {
			continue
		}
		asked[key] = true
		var known bool
		var err error
		switch {
		case path.IsRoot() && output.Name == "state":
			known, err = true, sh.giveState(ctx)
		case path.IsRoot():
		case config != nil:
			known, err = sh.tellRecorded(ctx, config, path)
		}
		if err != nil {
			return false, err
		}
		found = found || known
	}
	return found, nil
}

// tellRecorded tells the outputs that state has of a resource, if it has any.
func (sh *shell) tellRecorded(ctx context.Context, config *nixconfig.Config, path addr.Path) (bool, error) {
	c, err := config.Component(ctx, path, engine.WantContents)
	var needs *engine.NeedsError
	switch {
	case errors.As(err, &needs):
		return false, nil
	case err != nil:
		return false, err
	case c.Resource == nil:
		return false, nil
	case !c.Resource.Stateful():
		sh.madeMu.Lock()
		outputs := sh.made[path]
		sh.madeMu.Unlock()
		if outputs == nil {
			return false, nil
		}
		return true, config.Tell(ctx, path, outputs, c.Resource.Sensitive)
	}
	entry, err := sh.recorded(ctx, c.Resource.State, path)
	if err != nil || entry == nil || len(entry.Outputs) == 0 {
		return false, err
	}
	engine.Learn(sh.project.Secrets, entry, c.Resource.Sensitive)
	return true, config.Tell(ctx, path, entry.Outputs, engine.SensitiveOutputs(c.Resource, entry))
}

// recorded returns what a state has about a resource, nil for nothing.
func (sh *shell) recorded(ctx context.Context, keeper, path addr.Path) (*plan.Recorded, error) {
	records, err := sh.records(ctx, keeper)
	return records[path], err
}

// records returns everything that the state kept by a resource has. It is read once, until something changes it or the user reloads.
func (sh *shell) records(ctx context.Context, keeper addr.Path) (map[addr.Path]*plan.Recorded, error) {
	if records, ok := sh.states[keeper]; ok {
		return records, nil
	}
	var records map[addr.Path]*plan.Recorded
	err := sh.withState(ctx, keeper, func(s engine.State) (err error) {
		records, err = s.All()
		return err
	})
	if err != nil {
		return nil, err
	}
	sh.states[keeper] = records
	for _, entry := range records {
		engine.Learn(sh.project.Secrets, entry, nil)
	}
	return records, nil
}

// withState opens a state to read it. A state that does not exist yet is no error; then do is not called.
func (sh *shell) withState(ctx context.Context, keeper addr.Path, do func(engine.State) error) error {
	_, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return err
	}
	opened, err := engine.ReadState(ctx, config, keeper, sh.engineOptions(config))
	var needs *engine.NeedsError
	switch {
	case errors.Is(err, state.ErrNotFound), errors.As(err, &needs):
		return nil
	case err != nil:
		return err
	}
	return errors.Join(do(opened), opened.Close())
}

// engineOptions are those of runs that only look.
func (sh *shell) engineOptions(config *nixconfig.Config) engine.Options {
	return engine.Options{
		Provider: sh.project.Provider, Version: sh.project.Version, Store: config, Secrets: sh.project.Secrets,
		Events: view.Builds(view.NewLines(messages{sh}, view.Options{Color: sh.options.Color}).Event),
		OpenState: func(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
			return sh.project.OpenState(ctx, path, spec, resource, false)
		},
	}
}

// acted is changed after something was done. What depends on what is found out again when it is asked for.
func (sh *shell) acted(ctx context.Context) error {
	sh.graphs, sh.needs = nil, nil
	return sh.changed(ctx)
}

// changed forgets what was known of states and outputs, because something may have changed them.
func (sh *shell) changed(ctx context.Context) error {
	sh.states = map[addr.Path]map[addr.Path]*plan.Recorded{}
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return err
	}
	if err := sh.evaluator.give(ctx, "state", nil); err != nil {
		return err
	}
	return client.Restart(ctx)
}

// giveState makes the value state: what is recorded, by path.
func (sh *shell) giveState(ctx context.Context) error {
	keepers, err := sh.keepers(ctx)
	if err != nil {
		return err
	}
	all := map[string]*plan.Recorded{}
	for _, keeper := range keepers {
		records, err := sh.records(ctx, keeper)
		if err != nil {
			return err
		}
		for path, entry := range records {
			all[path.String()] = entry
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("preparing the state: %w", err)
	}
	return sh.evaluator.give(ctx, "state", text)
}
