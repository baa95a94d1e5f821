package worker

// This file tests when the store is asked for what.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nixstore"
)

// fakeStore notes what is asked of it.
type fakeStore struct {
	mu    sync.Mutex
	asked []string
	fails bool
}

func (s *fakeStore) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, fmt.Sprintf(format, args...))
}

func (s *fakeStore) Dir() string { return "/nix/store" }

func (s *fakeStore) References(string) ([]string, error) { return nil, fs.ErrNotExist }

func (s *fakeStore) Realise([]eval.StoreObject, []eval.DerivationOutput) (map[eval.DerivationOutput]string, error) {
	return nil, errors.New("evaluation builds nothing here")
}

func (s *fakeStore) Put(objects []eval.StoreObject) error {
	for _, o := range objects {
		s.note("put %s", name(o.Path))
	}
	return nil
}

func (s *fakeStore) Build(_ context.Context, outputs []eval.DerivationOutput, tell func(nixstore.Event)) (map[eval.DerivationOutput]string, error) {
	built := map[eval.DerivationOutput]string{}
	for _, o := range outputs {
		s.note("build %s %s", name(o.Derivation), o.Output)
		if tell != nil {
			tell(nixstore.Event{Kind: nixstore.Building, Path: o.Derivation})
		}
		built[o] = "/nix/store/00000000000000000000000000000000-made"
	}
	if s.fails {
		return nil, errors.New("the builder failed")
	}
	return built, nil
}

func (s *fakeStore) Hold(paths []string) error {
	s.note("hold %s", strings.Join(paths, " "))
	return nil
}

func name(path string) string { return path[strings.IndexByte(path, '-')+1:] }

func TestRealise(t *testing.T) {
	t.Parallel()
	root := testRoot(`
		a = { resource = {
			type = "t"; state = null; outputsSkeleton = { };
			provider = { type = "stdio"; executable = "${drv "p"}/bin/p"; args = [ ]; };
			inputs = { x = drv "in"; text = "${builtins.toFile "file" "text"}"; };
		}; };
		plain = r "t" { x = 1; };
	`)
	root = "let drv = name: derivation { inherit name; system = \"s\"; builder = \"/b\"; }; in " + root
	store := &fakeStore{}
	for _, there := range []bool{true, false} {
		settings := Settings{Store: func(func(string)) Store {
			if !there {
				return nil
			}
			return store
		}}
		e := NewEvaluation(settings, func(string) {}).(*evaluation)
		if err := e.Open(t.Context(), &OpenRequest{Expr: root, Dir: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
		c, err := e.Component(t.Context(), &ComponentRequest{[]string{"a"}, WantInputs})
		if err != nil || c.later != nil || len(store.asked) > 0 {
			t.Fatalf("%+v, %v, asked %q: evaluation needs no store", c, err, store.asked)
		}
		needs := c.Resource.Store
		if len(needs.Provider) != 1 || len(needs.Inputs) != 2 {
			t.Fatalf("needs %+v", needs)
		}
		if c, err := e.Component(t.Context(), &ComponentRequest{[]string{"plain"}, WantInputs}); err != nil || c.Resource.Store != nil {
			t.Errorf("plain: %+v, %v", c.Resource, err)
		}
		var told []string
		tell := func(e nixstore.Event) { told = append(told, string(e.Kind)+" "+e.Name()) }
		rest, err := e.Realise(t.Context(), &RealiseRequest{Path: []string{"a"}, Refs: append(needs.Provider, needs.Inputs...), Hold: []string{"/nix/store/old"}}, tell)
		if !there {
			var failed *Error
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), "it needs the derivation '/nix/store/") || !strings.Contains(err.Error(), "but there is no Nix here") ||
				!strings.Contains(failed.Hint(), "https://nixos.org/download") {
				t.Errorf("without a store: %v", err)
			}
			continue
		}
		if err != nil || rest == nil {
			t.Fatal(err)
		}
		if err := rest(t.Context()); err != nil {
			t.Error(err)
		}
		slices.Sort(store.asked)
		if got, want := strings.Join(store.asked, ", "), "build in.drv out, build p.drv out, hold /nix/store/old, put file, put in.drv, put p.drv"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
		if slices.Sort(told); strings.Join(told, ", ") != "building in, building p" {
			t.Errorf("told %q", told)
		}
		store.fails = true
		rest, err = e.Realise(t.Context(), &RealiseRequest{Refs: needs.Provider}, tell)
		if err != nil || rest(t.Context()).Error() != "it needs what cannot be built: the builder failed" {
			t.Errorf("a build that fails: %v", err)
		}
		store.asked = nil
	}
}

// TestClientBuilds passes what is built on to who asked, and to nobody else.
func TestClientBuilds(t *testing.T) {
	t.Parallel()
	c, _ := startFake(t)
	var told []string
	if err := c.Realise(t.Context(), RealiseRequest{Path: []string{"a"}, Refs: []string{"x", "y"}}, func(e nixstore.Event) { told = append(told, e.Text) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"x", "y"}) {
		t.Errorf("told %q", told)
	}
	if err := c.Realise(t.Context(), RealiseRequest{Refs: []string{"x"}}, nil); err != nil {
		t.Error(err)
	}
	if err := c.Realise(t.Context(), RealiseRequest{Refs: []string{"fail"}}, nil); err == nil || err.Error() != "fail" {
		t.Errorf("got %v", err)
	}
}
