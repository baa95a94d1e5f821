package engine

// This file has what resources refer to brought into the Nix store before their providers are called.

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// Store is where what resources refer to is built. Its methods may be called from several goroutines at once.
type Store interface {
	// Realise makes sure that what refs say is there, for the resource at path. What happens meanwhile goes to tell.
	Realise(ctx context.Context, path addr.Path, refs []string, tell func(Building)) error
	// Hold protects those of the paths that are there until the run is over.
	Hold(ctx context.Context, paths []string) error
}

// StoreRefs are what strings of a resource refer to in the Nix store, in words of the configuration. Most resources have none.
type StoreRefs struct {
	Provider []string // needed before the provider is started
	Inputs   []string // needed before the provider makes or changes something
}

// Building tells what Nix does for a resource, before its provider is called. Unlike other events it is also emitted while planning.
type Building struct {
	Path  addr.Path
	Phase BuildPhase
	// Object is the derivation that is built, or the store path that is fetched.
	Object string
	Name   string // of the object, for people
	Text   string // a line, for BuildLog
	// Done and Expected count the derivations that one resource needs, for BuildCount.
	Done, Expected int
}

// BuildPhase says what happens.
type BuildPhase string

const (
	BuildStarted BuildPhase = "started" // the object is built, from now on
	BuildFetch   BuildPhase = "fetch"   // it is fetched, from now on
	BuildLog     BuildPhase = "log"     // the builder wrote a line; without an object, Nix did
	BuildEnded   BuildPhase = "ended"   // with the object
	BuildCount   BuildPhase = "count"
)

func (Building) event() {}

// realisation is something that is being brought into the store, or is there.
type realisation struct {
	done chan struct{} // closed at the end
	err  error
}

// ready waits until what refs say is in the store. What several resources need is built once.
func (r *Run) ready(ctx context.Context, path addr.Path, refs []string) error {
	if len(refs) == 0 || r.opts.Store == nil {
		return nil
	}
	key := strings.Join(refs, "\n")
	r.mu.Lock()
	made := r.realised[key]
	mine := made == nil
	if mine {
		made = &realisation{done: make(chan struct{})}
		r.realised[key] = made
	}
	r.mu.Unlock()
	if mine {
		made.err = r.opts.Store.Realise(ctx, path, refs, func(b Building) {
			b.Path = path
			r.emitAlways(b)
		})
		close(made.done)
	}
	select {
	case <-made.done:
		return made.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Realise brings what a resource refers to into the store, for those who call its provider themselves, with Store and Events of options.
func Realise(ctx context.Context, options Options, path addr.Path, decl *Resource) error {
	return Open(nil, options).ready(ctx, path, slices.Concat(decl.Store.Provider, decl.Store.Inputs))
}

// keepRefs remembers what a provider's command refers to, for all who call that provider, such as the deletion of a resource that is not declared
// any more.
func (r *Run) keepRefs(decl *Resource) {
	if len(decl.Store.Provider) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands[command(decl.Provider)] = decl.Store.Provider
}

func command(p plan.Provider) string { return fmt.Sprintf("%q %q", p.Executable, p.Args) }

// provider returns a provider for work on the resource at path. Its program is in the store then.
func (r *Run) provider(ctx context.Context, by plan.Provider, path addr.Path) (Provider, error) {
	r.mu.Lock()
	refs := r.commands[command(by)]
	r.mu.Unlock()
	if err := r.ready(ctx, path, refs); err != nil {
		return nil, err
	}
	return r.opts.Provider(spec(by), path), nil
}

// inStore is what looks like a path in a store.
var inStore = regexp.MustCompile(`/[^\s"'\\]*?/[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+._?=-]+`)

// holdRecorded protects what a state refers to.
func (w *walk) holdRecorded(ctx context.Context, st State) error {
	if w.opts.Store == nil {
		return nil
	}
	entries, err := st.All()
	if err != nil {
		return err
	}
	found := map[string]bool{}
	note := func(text string) {
		for _, p := range inStore.FindAllString(text, -1) {
			found[p] = true
		}
	}
	for _, entry := range entries {
		if entry.Provider != nil {
			note(entry.Provider.Executable)
			note(strings.Join(entry.Provider.Args, "\n"))
		}
		for _, object := range []map[string]json.RawMessage{entry.Inputs, entry.Outputs} {
			for _, value := range object {
				note(string(value))
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return w.opts.Store.Hold(ctx, slices.Sorted(maps.Keys(found)))
}
