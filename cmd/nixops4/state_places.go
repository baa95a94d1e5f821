package main

// This file finds the states that a verb works on: those that the root's resources are kept in, or one file.

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
	"nixops4/state/file"
	"nixops4/state/remote"
)

// stateFlags say which states a verb works on.
type stateFlags struct {
	root        rootFlags
	file        string        // --state: a state file, without a root
	store       string        // --store: the one that this resource keeps
	lockTimeout time.Duration // of verbs that change something
}

// addTo adds the flags; changes also those of verbs that change a state.
func (f *stateFlags) addTo(a *app, cmd *cobra.Command, changes bool) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.store, "store", "", "use only the state that the resource `PATH` keeps")
	flags.StringVar(&f.file, "state", "", "use the state file `FILE` directly, without evaluating a root")
	if changes {
		flags.DurationVar(&f.lockTimeout, "lock-timeout", 0, "how long to wait for a state that somebody else has locked (`DURATION`)")
	}
	f.root.addTo(flags)
	_ = cmd.MarkFlagFilename("state", "json")
	_ = cmd.RegisterFlagCompletionFunc("store", a.completePaths(&f.root))
}

// place is a state, and where it is.
type place struct {
	name     string    // for people: the state resource's path, or the file
	keeper   addr.Path // the state resource; the root when a file was named
	store    state.Store
	snapshot *state.Snapshot // once it is read
}

// places are the states that a verb works on.
type places struct {
	all     []*place
	session *session // nil when a file was named
	dir     string   // of the project
	close   func()
}

// openPlaces opens the states without reading them. The caller closes them.
func (a *app) openPlaces(ctx context.Context, cmd *cobra.Command, f *stateFlags) (*places, error) {
	switch {
	case f.lockTimeout < 0:
		return nil, usagef(cmd, "--lock-timeout does not take %s: want a duration, or 0 not to wait", f.lockTimeout)
	case f.file != "" && (f.store != "" || a.options.file != ""):
		return nil, usagef(cmd, "--state names a file directly, so neither --file nor --store goes with it")
	case f.file != "":
		return &places{all: []*place{{name: f.file, store: file.Open(f.file)}}, dir: filepath.Dir(f.file), close: func() {}}, nil
	}
	var keepers []addr.Path
	if f.store != "" {
		var err error
		if keepers, err = parsePaths(cmd, []string{f.store}); err != nil {
			return nil, err
		}
	}
	s, err := a.openSession(ctx, sessionOptions{root: f.root, log: a.logLine})
	if err != nil {
		return nil, withHint(err, "when the root cannot be evaluated, work on the state file itself: --state FILE")
	}
	if keepers == nil {
		keepers, err = a.keepers(ctx, s)
	}
	p := &places{session: s, dir: filepath.Dir(s.root), close: s.close}
	for _, keeper := range keepers {
		if err == nil {
			err = p.open(ctx, a, keeper)
		}
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// unread is a state that is opened but not read, so that also one that is damaged can be worked on.
type unread struct {
	engine.State // nothing of it is used
	store        *remote.Store
}

// All returns nothing, which is what is known of it.
func (u unread) All() (map[addr.Path]*plan.Recorded, error) { return nil, nil }

// Close does nothing: the store goes on being used.
func (u unread) Close() error { return nil }

// open adds the state that a resource keeps. What its inputs depend on is taken from states.
func (p *places) open(ctx context.Context, a *app, keeper addr.Path) error {
	options := p.session.engineOptions(a)
	options.OpenState = func(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
		if path != keeper {
			return p.session.openState(ctx, path, spec, resource)
		}
		return unread{store: remote.Open(p.session.providers.Provider(spec, path.String()), resource)}, nil
	}
	opened, err := engine.ReadState(ctx, p.session.config, keeper, options)
	if err != nil {
		return stateHint(err, keeper)
	}
	store := opened.(unread).store
	before := p.close
	p.close = func() {
		_ = store.Close() // the provider has answered all that was asked
		before()
	}
	p.all = append(p.all, &place{name: keeper.String(), keeper: keeper, store: store})
	return nil
}

// keepers returns the root's state resources, in order: those that resources refer to, and those that none refers to any more, which their
// providers know. Components that cannot be evaluated are left out, with a warning.
func (a *app) keepers(ctx context.Context, s *session) ([]addr.Path, error) {
	found := map[addr.Path]bool{}
	var visit func(addr.Path) error
	visit = func(path addr.Path) error {
		c, err := s.config.Component(ctx, path, engine.WantContents)
		var needs *engine.NeedsError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &needs):
			c = &engine.Component{}
			c.Members, err = engine.Members(ctx, s.config, path, s.engineOptions(a))
		case err != nil || c.Resource == nil:
		case c.Resource.Stateful():
			found[c.Resource.State] = true
		case a.keepsState(ctx, s, path, c.Resource):
			found[path] = true
		}
		if err != nil && path.IsRoot() {
			return err
		}
		if err != nil {
			a.ui.message("warning", fmt.Sprintf("states that only %s is kept in are left out: %s", path, err))
			return nil
		}
		for _, name := range c.Members {
			if err := visit(path.Child(name)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := visit(addr.Root); err != nil {
		return nil, withHint(err, "when the root cannot be evaluated, work on the state file itself: --state FILE")
	}
	keepers := make([]addr.Path, 0, len(found))
	for path := range found {
		keepers = append(keepers, path)
	}
	addr.Sort(keepers)
	if len(keepers) == 0 {
		return nil, errors.New("no resource of this root keeps state")
	}
	return keepers, nil
}

// keepsState reports whether a resource is of a type that keeps state and can be asked for more than the document.
func (a *app) keepsState(ctx context.Context, s *session, path addr.Path, r *engine.Resource) bool {
	if engine.Realise(ctx, s.engineOptions(a), path, r) != nil {
		return false
	}
	provider := s.providers.Provider(providers.Spec{Executable: r.Provider.Executable, Args: r.Provider.Args}, path.String())
	supported, err := provider.Supports(ctx, "stateSnapshot", r.Type)
	return err == nil && supported // a provider that cannot be asked keeps no state that could be read
}

// read reads all states. Those that do not exist yet are left out; when none does, that is an error.
func (p *places) read(ctx context.Context) error {
	var missing error
	var there []*place
	for _, at := range p.all {
		snapshot, err := state.ReadUnderWay(ctx, at.store)
		switch {
		case errors.Is(err, state.ErrNotFound):
			missing = err
			if !at.keeper.IsRoot() {
				missing = stateHint(fmt.Errorf("reading the state kept by %s: %w", at.name, err), at.keeper)
			}
			continue
		case err != nil && at.keeper.IsRoot():
			return err
		case err != nil:
			return fmt.Errorf("reading the state kept by %s: %w", at.name, err)
		}
		at.snapshot = snapshot
		there = append(there, at)
	}
	if p.all = there; len(there) == 0 {
		return missing
	}
	return nil
}

// recordedAt is what a place has at and below a path.
type recordedAt struct {
	*place
	paths   []addr.Path    // of resources, in order
	intents []state.Intent // without an end
}

// at returns what is recorded at and below path, which must be in one place only.
func (p *places) at(path addr.Path) (*recordedAt, error) {
	var found []*recordedAt
	var known []string
	for _, at := range p.all {
		r := &recordedAt{place: at}
		for _, names := range at.snapshot.Document.Paths() {
			resource := addr.Of(names...)
			known = append(known, resource.String())
			if resource.HasPrefix(path) {
				r.paths = append(r.paths, resource)
			}
		}
		for _, i := range at.snapshot.Intents {
			if addr.Of(i.Path...).HasPrefix(path) {
				r.intents = append(r.intents, i)
			}
		}
		if len(r.paths)+len(r.intents) > 0 {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return nil, withHint(fmt.Errorf("nothing is recorded about %s", path), nearestPath(path, known))
	case 1:
		return found[0], nil
	}
	names := make([]string, len(found))
	for i, r := range found {
		names[i] = r.name
	}
	return nil, withHint(fmt.Errorf("%s is recorded in several states: %s", path, strings.Join(names, ", ")), "choose one with --store PATH")
}

// changing locks the state and opens it for changes. The function it returns gives the lock back.
func (at *place) changing(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags) (*state.Journal, func() error, error) {
	return at.open(ctx, a, cmd, f, false)
}

// open is changing; with create the state is made when there is none.
func (at *place) open(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags, create bool) (*state.Journal, func() error, error) {
	held, err := at.lock(ctx, a, cmd, f)
	if err != nil {
		return nil, nil, err
	}
	release := func() error { return held.Release(ctx) }
	j, err := state.OpenJournal(ctx, at.store, state.JournalOptions{Create: create, Version: version, Command: cmd.CommandPath(), Lock: held.ID()})
	if err != nil {
		return nil, nil, errors.Join(err, release())
	}
	return j, release, nil
}

// lock takes the state's lock.
func (at *place) lock(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags) (*state.Held, error) {
	held, err := state.Acquire(ctx, at.store, cmd.CommandPath(), f.lockTimeout, func(l state.Lock) {
		a.ui.note("waiting for the state %s, which is locked by %s", at.name, l)
	})
	if err != nil && ctx.Err() != nil {
		return nil, errInterrupted
	}
	if err != nil {
		return nil, breakHint(err, at)
	}
	return held, nil
}

// breakHint says what to do about a lock.
func breakHint(err error, at *place) error {
	var locked *state.LockedError
	if !errors.As(err, &locked) {
		return err
	}
	unlock := "nixops4 state unlock " + locked.Lock.ID
	if at.keeper.IsRoot() {
		unlock += " --state " + shellQuote(at.name)
	}
	return withHint(fmt.Errorf("the state %s: %w", at.name, err),
		"wait with --lock-timeout 5m; if that command does not run any more, break its lock: "+unlock)
}

// completeRecorded completes the paths of recorded resources.
func (a *app) completeRecorded(f *stateFlags) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(a.interrupt.asked, completionPatience)
		defer cancel()
		a.ui.silence()
		const directive = cobra.ShellCompDirectiveNoFileComp
		p, err := a.openPlaces(ctx, cmd, f)
		if err != nil {
			return nil, directive
		}
		defer p.close()
		if p.read(ctx) != nil {
			return nil, directive
		}
		var paths []cobra.Completion
		for _, at := range p.all {
			for _, names := range at.snapshot.Document.Paths() {
				if path := addr.Of(names...).String(); strings.HasPrefix(path, prefix) && !slices.Contains(given, path) {
					paths = append(paths, path)
				}
			}
		}
		return paths, directive
	}
}
