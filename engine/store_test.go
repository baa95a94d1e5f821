package engine

// This file tests when what resources refer to is built.

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// fakeStore notes what is asked of it, among the calls of the world's providers.
type fakeStore struct {
	world *fakeWorld
	fails string // a reference that cannot be built
	mu    sync.Mutex
	held  []string
}

func (s *fakeStore) Realise(_ context.Context, path addr.Path, refs []string, tell func(Building)) error {
	tell(Building{Phase: BuildStarted, Name: refs[0]})
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.calls = append(s.world.calls, "build "+strings.Join(refs, " "))
	if slices.Contains(refs, s.fails) {
		return errors.New("it needs what cannot be built")
	}
	return nil
}

func (s *fakeStore) Hold(_ context.Context, paths []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, paths...)
	return nil
}

func TestBuilds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before, config string
		destroy              bool
		plan, apply          string // calls
		fails                string
		err                  string
	}{
		{"a provider is built to be asked whether it keeps state, inputs when they are used", "", "a: memo by=P v=@in state=s" + store, false,
			"build P", "create s name=x; build P @in; create a v=@in", "", ""},
		{"what is as declared needs nothing", "a: memo v=@in state=s" + store, "a: memo v=@in state=s" + store, false, "", "create s name=x", "", ""},
		{"a change needs the new input", "a: memo v=@in state=s" + store, "a: memo v=@new state=s" + store, false, "", "create s name=x; build @new; update a v=@new", "", ""},
		{"what a state resource refers to", "", "a: memo v=1 state=s\ns: state by=P name=@x", false, "build P @x; build P", "create s name=@x; create a v=1", "", ""},
		{"what several need is built once", "", "a: exec by=P v=@in\nb: exec by=P v=@in", false, "build P", "build P @in; create a v=@in; create b v=@in", "", ""},
		{"a build that fails", "", "a: exec v=@bad\nb: exec v=$a.out\nc: exec v=1", false, "", "build @bad; create c v=1", "@bad", "a: it needs what cannot be built"},
		{"nothing is destroyed for what cannot be built", "a: memo v=1 state=s" + store, "a: file v=@bad state=s" + store, false,
			"", "create s name=x; build @bad", "@bad", "a: it needs what cannot be built"},
		{"the provider of what is not declared any more", "a: memo by=P v=1 state=s\nb: memo by=P v=1 state=s" + store, "b: memo by=P v=1 state=s" + store, false,
			"build P", "create s name=x; destroy a v=1", "", ""},
		{"the provider of what is destroyed", "a: memo by=P v=@in state=s" + store, "a: memo by=P v=@in state=s" + store, true, "build P", "destroy a v=@in", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newFakeWorld(t)
			s := &fakeStore{world: w}
			opts := Options{Store: s, Parallelism: 1}
			if tt.before != "" {
				if _, _, err := w.apply(newFakeConfig(t, tt.before), opts); err != nil {
					t.Fatal(err)
				}
			}
			s.fails = tt.fails
			w.calls = nil
			opts.Provider, opts.OpenState = w.provider, w.openState
			built := 0
			opts.Events = func(e Event) {
				if b, ok := e.(Building); ok && b.Phase == BuildStarted && !b.Path.IsRoot() {
					built++
				}
			}
			run := Open(newFakeConfig(t, tt.config), opts)
			makePlan := run.Plan
			if tt.destroy {
				makePlan = run.PlanDestroy
			}
			p, err := makePlan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.calls, "; "); got != tt.plan {
				t.Errorf("planning: %s, want %s", got, tt.plan)
			}
			w.calls = nil
			_, err = run.Apply(t.Context(), p)
			if got := strings.Join(w.calls, "; "); got != tt.apply {
				t.Errorf("applying: %s, want %s", got, tt.apply)
			}
			if err == nil && tt.err != "" || err != nil && err.Error() != tt.err {
				t.Errorf("error %v, want %s", err, tt.err)
			}
			if want := strings.Count(tt.plan+"; "+tt.apply, "build "); built != want {
				t.Errorf("%d events, want %d", built, want)
			}
			if err := run.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRecordedIsHeld(t *testing.T) {
	t.Parallel()
	w := newFakeWorld(t)
	s := &fakeStore{world: w}
	const h = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-"
	w.states[`"x"`] = &fakeState{resources: map[addr.Path]*plan.Recorded{
		addr.Of("old"): {
			Type: "memo", Provider: &plan.Provider{Executable: "fake", Args: []string{h + "p/bin/p"}},
			Inputs: plan.Object{"a": json.RawMessage(`{"text":"see ` + h + `in/x and ` + h + `in"}`)}, Outputs: plan.Object{"b": json.RawMessage(`"/nix/store/short-name"`)},
		},
	}}
	if _, err := Open(newFakeConfig(t, "b: memo v=1 state=s"+store), Options{Store: s, Provider: w.provider, OpenState: w.openState}).Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{h + "in", h + "p"}; !slices.Equal(s.held, want) {
		t.Errorf("held %q, want %q", s.held, want)
	}
}
