package engine

// This file applies random configurations and checks what must hold for every run.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// randomConfig writes a configuration of resources that need each other at random, whose existence and kind may depend on
// outputs, and some of which fail.
func randomConfig(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	paths := []string{"a", "b", "c", "d.a", "d.b", "d.e.a", "f.a", "s"}
	output := func() string { return "$" + paths[r.IntN(len(paths))] + ".out" }
	var b strings.Builder
	for _, path := range paths[:2+r.IntN(len(paths)-1)] {
		typ := "file"
		if r.IntN(8) == 0 {
			typ = "fail"
		}
		fmt.Fprintf(&b, "%s: %s v=yes", path, typ)
		for _, name := range []string{"x", "y"} {
			switch r.IntN(3) {
			case 0:
				fmt.Fprintf(&b, " %s=%s", name, output())
			case 1:
				fmt.Fprintf(&b, " %s=%s-%s", name, output(), output())
			}
		}
		if r.IntN(6) == 0 {
			b.WriteString(" state=s")
		}
		if r.IntN(8) == 0 {
			fmt.Fprintf(&b, " if=$%s.v", paths[r.IntN(len(paths))])
		}
		if r.IntN(12) == 0 {
			fmt.Fprintf(&b, " kind=$%s.v", paths[r.IntN(len(paths))])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func FuzzApply(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, seed%4 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, stopEarly bool) {
		text := randomConfig(seed)
		w := newFakeWorld(t)
		stop := make(chan struct{})
		if stopEarly {
			w.during = func(context.Context, addr.Path) error {
				select {
				case <-stop:
				default:
					close(stop)
				}
				return nil
			}
		}
		c := newFakeConfig(t, text)
		ends := map[addr.Path]string{} // how each component ended, by path
		opts := Options{Parallelism: 1 + int(seed%3), Stop: stop, Provider: w.provider, OpenState: w.openState}
		if stopEarly {
			opts.Parallelism = 1 // the hook is not made for more
		}
		opts.Events = func(e Event) {
			switch e := e.(type) {
			case Finished:
				end(t, ends, e.Item.Path, "done")
			case Failed:
				end(t, ends, e.Path, "failed")
			case Skipped:
				end(t, ends, e.Skip.Path, "skipped")
			}
		}
		result, err := Apply(context.Background(), c, opts)
		if t.Failed() {
			t.Log(text)
		}
		switch {
		case result == nil:
			t.Fatalf("%v\n%s", err, text)
		case errors.Is(err, ErrStopped) && !stopEarly, err == nil && len(result.Failed)+len(result.Stopped) > 0,
			len(result.Failed) > 0 && err == nil, len(result.Skipped) > 0 && len(result.Failed) == 0:
			t.Errorf("error %v for %+v\n%s", err, result, text)
		}
		done := 0
		for _, how := range ends {
			if how == "done" {
				done++
			}
		}
		if got := result.Done[plan.Ensure] + result.Done[plan.Create]; got != done {
			t.Errorf("%d done are counted, %d told\n%s", got, done, text)
		}
		for path, state := range w.states {
			if state.open != 0 {
				t.Errorf("state %s is open %d times\n%s", path, state.open, text)
			}
		}
	})
}

func end(t *testing.T, ends map[addr.Path]string, path addr.Path, how string) {
	if before := ends[path]; before != "" {
		t.Errorf("%s is %s, and was %s before", path, how, before)
	}
	ends[path] = how
}
