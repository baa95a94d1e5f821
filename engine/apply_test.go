package engine

// This file tests apply against a fake configuration.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// apply runs Apply over text and returns its events as lines.
func (w *fakeWorld) apply(c *fakeConfig, opts Options) ([]string, *Result, error) {
	w.t.Helper()
	var lines []string
	opts.Events = func(e Event) {
		if line := eventLine(e); line != "" {
			lines = append(lines, line)
		}
	}
	opts.Provider = w.provider
	opts.OpenState = w.openState
	w.calls = nil
	result, err := Apply(context.Background(), c, opts)
	for name, state := range w.states {
		if state.open != 0 {
			w.t.Errorf("state %s is open %d times after apply", name, state.open)
		}
	}
	return lines, result, err
}

func eventLine(e Event) string {
	switch e := e.(type) {
	case Waiting:
		line := fmt.Sprintf("%s waits for", describe(e.Path))
		for _, output := range e.On {
			line += " " + output.String()
		}
		if !e.State.IsRoot() {
			line += " state " + e.State.String()
		}
		return line
	case Planned:
		if len(e.Item.Reasons) > 0 {
			var reasons []string
			for _, reason := range e.Item.Reasons {
				reasons = append(reasons, reason.Text)
			}
			return fmt.Sprintf("%s will %s: %s", e.Item.Path, e.Item.Action, strings.Join(reasons, ", "))
		}
	case Finished:
		return fmt.Sprintf("%s: %s", e.Item.Path, e.Item.Action)
	case Failed:
		return fmt.Sprintf("%s failed: %v", describe(e.Path), e.Err)
	case Skipped:
		return fmt.Sprintf("%s skipped: %v", e.Skip.Path, e.Skip)
	}
	return ""
}

func TestApply(t *testing.T) {
	for _, tt := range []struct{ name, config, paths, want string }{
		{"an empty root", "", "", ""},
		{"outputs feed inputs",
			"a: file contents=$b.out\nb: exec text=hi", "",
			`a waits for b.out
			b: ensure
			a: ensure`},
		{"a chain through composites, up and across",
			"w.x.a: file c=$w.b.out\nw.b: file c=$v.c.out\nv.c: exec text=1", "",
			`v.c: ensure
			w.b: ensure
			w.x.a: ensure`},
		{"several needs in one input, found one after the other",
			"a: file c=$b.out-$c.out d=$c.out\nb: exec t=1\nc: exec t=2", "",
			`a waits for b.out c.out
			b: ensure
			c: ensure
			a: ensure`},
		{"members depend on an output",
			"a: exec text=yes\nb: exec text=no\nd.x: file c=1 if=$a.out\nd.y: file c=1\ne.z: file c=1 if=$b.out", "",
			`a: ensure
			b: ensure
			d.x: ensure
			d.y: ensure`},
		{"members depend on an output that comes later",
			"d.x: file c=1 if=$z.out\nz: exec text=yes", "",
			`d waits for z.out
			z: ensure
			d.x: ensure`},
		{"the kind depends on an output",
			"a: file c=1 kind=$z.out\nb: file c=1 kind=$y.out\nb.m: file c=2\ny: exec t=composite\nz: exec t=resource", "",
			`a waits for z.out
			b waits for y.out
			y: ensure
			z: ensure
			a: ensure
			b.m: ensure`},
		{"a need below structure that depends on an output",
			"a: file c=$d.x.out\nd.x: file c=7 if=$z.out\nz: exec t=yes", "a",
			`a waits for d.x.out
			d.x waits for z.out
			z: ensure
			d.x: ensure
			a: ensure`},
		{"stateful resources",
			"a: memo v=1 state=s\nb: memo v=$a.out state=s\ns: state name=x", "",
			`a waits for state s
			b waits for a.out
			s: ensure
			a: create
			b: create`},
		{"a state whose name depends on an output",
			"a: memo v=1 state=s\ns: state name=$n.out\nn: exec t=x", "a",
			`a waits for state s
			s waits for n.out
			n: ensure
			s: ensure
			a: create`},
		{"selected: a resource, a subtree, and what they need",
			"a: file c=$d.out\nb.x: file c=1\nb.y: file c=2\nc: file c=1\nd: exec t=1\ne: exec t=1", "a b",
			`a waits for d.out
			d: ensure
			b.x: ensure
			b.y: ensure
			a: ensure`},
		{"selected twice", "a.x: file c=1", "a a.x a", "a.x: ensure"},
		{"no outputs", "a: none\nb: file c=1", "", "a: ensure\nb: ensure"},
		{"a failure stops its dependents only",
			"a: fail\nb: file c=$a.out\nc: file c=$b.out\nd: exec t=1\ne: file c=$d.out", "",
			`a failed: a: creating fail: no luck
			b waits for a.out
			b skipped: it needs a.out, and a failed
			c waits for b.out
			c skipped: it needs b.out, and a failed
			d: ensure
			e: ensure`},
		{"an output that was not returned",
			"a: file c=$b.ouz\nb: exec text=1", "",
			`a waits for b.ouz
			b: ensure
			a failed: evaluating a: b has no output "ouz", did you mean "out"?`},
		{"an output of what returned none", "a: file c=$b.x\nb: none", "",
			`a waits for b.x
			b: ensure
			a failed: evaluating a: b has no output "x"; its provider returned none`},
		{"an output of a composite", "a: file c=$b.x\nb.c: file c=1", "",
			`a waits for b.x
			b.c: ensure
			a failed: evaluating a: b is a composite and has no output "x"`},
		{"an output of nothing", "a: file c=$bb.x\nba: file c=1", "",
			`a waits for bb.x
			ba: ensure
			bb failed: evaluating bb: bb does not exist: the root has no member "bb", did you mean "ba"?
			a skipped: it needs bb.x, and bb failed`},
		{"a state that is not there", "a: memo v=1 state=b.s\nb: file c=1", "a",
			`a waits for state b.s
			b.s failed: evaluating b.s: b.s does not exist, because b is a resource and has no members
			a skipped: it needs the state kept by b.s, and b.s failed`},
		{"a state that is a composite", "a: memo v=1 state=b\nb.s: file c=1", "a",
			`a waits for state b
			b failed: opening the state kept by b: b is a composite, not a resource that can keep state
			a skipped: it needs the state kept by b, and b failed`},
		{"a state that cannot be read", "a: memo v=1 state=s\nb: file c=1\ns: state name=torn", "",
			`a waits for state s
			b: ensure
			s: ensure
			s failed: opening the state kept by s: the state is torn
			a skipped: it needs the state kept by s, and s failed`},
		{"a cycle of inputs",
			"c: file x=$a.out\na: file y=$b.out\nb: file z=$c.out\nd: file c=$b.out\ne: file c=1", "",
			`a waits for b.out
			b waits for c.out
			c waits for a.out
			a failed: cycle: a -> b -> c -> a
			  inputs.y of a needs b.out
			  inputs.z of b needs c.out
			  inputs.x of c needs a.out
			d waits for b.out
			d skipped: it needs b.out, and b failed
			e: ensure`},
		{"a resource that needs itself", "a: file x=$a.out", "",
			`a waits for a.out
			a failed: cycle: a -> a
			  inputs.x of a needs a.out`},
		{"a cycle through structure", "d.x: file c=1 if=$d.y.out\nd.y: file c=1", "",
			`d waits for d.y.out
			d.y waits for d.y.out
			d.y failed: cycle: d.y -> d.y
			  the members of d needs d.y.out
			d skipped: it needs d.y.out, and d.y failed`},
		{"a cycle through state", "a: memo v=1 state=s\ns: state name=$a.out", "",
			`a waits for state s
			s waits for a.out
			a failed: cycle: a -> s -> a
			  the state of a needs the state kept by s
			  inputs.name of s needs a.out`},
		{"a state kept in itself", "s: state name=x state=s", "",
			`s waits for state s
			s failed: cycle: s -> s
			  the state of s needs the state kept by s`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newFakeWorld(t)
			opts := Options{Parallelism: 1}
			for _, path := range strings.Fields(tt.paths) {
				opts.Paths = append(opts.Paths, mustParse(t, path))
			}
			lines, _, _ := w.apply(newFakeConfig(t, tt.config), opts)
			want := strings.ReplaceAll(tt.want, "\n\t\t\t", "\n")
			if got := strings.Join(lines, "\n"); got != want {
				t.Errorf("events:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestApplyAgain(t *testing.T) {
	w := newFakeWorld(t)
	run := func(config, want string) *Result {
		t.Helper()
		lines, result, err := w.apply(newFakeConfig(t, config), Options{Parallelism: 1})
		if err != nil {
			t.Error(err)
		}
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "waits for") })
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("events:\n%s\nwant:\n%s", got, want)
		}
		return result
	}
	const config = "a: memo v=%s w=1 state=s\nb: memo v=$a.out state=s\nf: file c=$b.out\ns: state name=x"
	run(fmt.Sprintf(config, "1"), "s: ensure\na: create\nb: create\nf: ensure")
	result := run(fmt.Sprintf(config, "1"), "s: ensure\na: none\nb: none\nf: ensure")
	if want := []string{"create s name=x", "create f c=11"}; !slices.Equal(w.calls, want) {
		t.Errorf("calls when nothing changed: %q, want %q", w.calls, want)
	}
	if want := map[plan.Action]int{plan.None: 2, plan.Ensure: 2}; !maps.Equal(result.Done, want) {
		t.Errorf("result %v, want %v", result.Done, want)
	}
	run(fmt.Sprintf(config, "2"), "s: ensure\na will update: input v changed\na: update\nb will update: input v changed\nb: update\nf: ensure")
	if want := []string{"create s name=x", "update a v=2 w=1", "update b v=21", "create f c=21"}; !slices.Equal(w.calls, want) {
		t.Errorf("calls when an input changed: %q, want %q", w.calls, want)
	}
	state := w.states[`"x"`]
	if want := []string{"create a", "create b", "update a", "update b"}; !slices.Equal(state.events, want) {
		t.Errorf("state's events: %q, want %q", state.events, want)
	}
	run("a: other v=2 w=1 state=s\ns: state name=x", "s: ensure\n"+
		"a will replace: its type changed from \"memo\" to \"other\"\na: replace\n"+
		"b will delete: it is not in the expression any more\nb: delete")
	if want := []string{"create s name=x", "destroy a v=2 w=1", "create a v=2 w=1", "destroy b v=21"}; !slices.Equal(w.calls, want) {
		t.Errorf("calls when a type changed and a resource is gone: %q, want %q", w.calls, want)
	}
}

func TestApplyError(t *testing.T) {
	w := newFakeWorld(t)
	_, result, err := w.apply(newFakeConfig(t, "a: fail\nb: file c=$a.out\nc: file c=$d.out\nd: file c=$c.out\ne: exec t=1"),
		Options{})
	var failed *ApplyError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want an *ApplyError", err)
	}
	want := "a: creating fail: no luck\ncycle: c -> d -> c\n  inputs.c of c needs d.out\n  inputs.c of d needs c.out"
	if got := err.Error(); got != want {
		t.Errorf("error:\n%s\nwant:\n%s", got, want)
	}
	if want := []Skip{{Path: addr.Of("b"), Needs: "a.out", Cause: addr.Of("a")}}; !slices.Equal(failed.Skipped, want) {
		t.Errorf("skipped %v, want %v", failed.Skipped, want)
	}
	if len(result.Failed) != 2 || len(result.Skipped) != 1 || result.Done[plan.Ensure] != 1 {
		t.Errorf("result %+v", result)
	}
	var cycle *CycleError
	if !errors.As(err, &cycle) || len(cycle.Links) != 2 {
		t.Errorf("the cycle is not to be found in %v", err)
	}
}

// What is selected and does not exist stops the run before anything is done.
func TestApplyUnknownPath(t *testing.T) {
	for path, want := range map[string]string{
		"b":   `b does not exist: the root has no member "b"`,
		"wbe": `wbe does not exist: the root has no member "wbe", did you mean "web"?`,
		"a.x": `a.x does not exist, because a is a resource and has no members`,
	} {
		w := newFakeWorld(t)
		opts := Options{Paths: []addr.Path{addr.Of("a"), mustParse(t, path)}}
		_, _, err := w.apply(newFakeConfig(t, "a: file c=1\nweb.x: file c=1"), opts)
		var noMember *NoMemberError
		if !errors.As(err, &noMember) || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
		if len(w.calls) > 0 {
			t.Errorf("%s: calls %q", path, w.calls)
		}
	}
}

func TestApplyInParallel(t *testing.T) {
	const n = 4
	w := newFakeWorld(t)
	all := make(chan struct{}, n)
	w.during = func(ctx context.Context, path addr.Path) error {
		all <- struct{}{}
		for len(all) < n { // ends only when all run at a time
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
			}
		}
		return nil
	}
	var config strings.Builder
	for i := range n {
		fmt.Fprintf(&config, "r%d: file c=1\n", i)
	}
	_, result, err := w.apply(newFakeConfig(t, config.String()), Options{Parallelism: n})
	if err != nil || result.Done[plan.Ensure] != n || w.most != n {
		t.Errorf("%d done, %d at a time, %v; want %d at a time", result.Done[plan.Ensure], w.most, err, n)
	}

	w.during = func(context.Context, addr.Path) error { time.Sleep(time.Millisecond); return nil }
	w.most = 0
	if _, _, err := w.apply(newFakeConfig(t, config.String()), Options{Parallelism: 2}); err != nil || w.most > 2 {
		t.Errorf("%d at a time, %v; want 2 at most", w.most, err)
	}
}

// Stop lets what runs end and be recorded, and starts nothing else.
func TestApplyStop(t *testing.T) {
	w := newFakeWorld(t)
	stop := make(chan struct{})
	w.during = func(ctx context.Context, path addr.Path) error {
		if path == addr.Of("a") {
			close(stop)
			time.Sleep(20 * time.Millisecond) // time enough to start others by mistake
		}
		return ctx.Err()
	}
	lines, result, err := w.apply(newFakeConfig(t, "a: memo v=1 state=s\nb: memo v=$a.out state=s\nc: memo v=1 state=s\ns: state name=x"),
		Options{Parallelism: 1, Stop: stop})
	if !errors.Is(err, ErrStopped) {
		t.Errorf("error %v, want ErrStopped", err)
	}
	if want := []addr.Path{addr.Of("b"), addr.Of("c")}; !slices.Equal(result.Stopped, want) {
		t.Errorf("stopped %v, want %v; events %q", result.Stopped, want, lines)
	}
	if state := w.states[`"x"`]; !slices.Equal(state.events, []string{"create a"}) {
		t.Errorf("state has %q, want a", state.events)
	}
}

func TestApplyCancel(t *testing.T) {
	w := newFakeWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	w.during = func(ctx context.Context, path addr.Path) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	_, err := Apply(ctx, newFakeConfig(t, "a: file c=1\nb: file c=1"), Options{Parallelism: 1, Provider: w.provider, OpenState: w.openState})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that a was cancelled", err)
	}
	if len(w.calls) != 1 {
		t.Errorf("calls %q, want one", w.calls)
	}
}

// A state that cannot be appended to stops the run: what cannot be recorded should not be made.
func TestApplyRecordFails(t *testing.T) {
	w := newFakeWorld(t)
	w.states[`"x"`] = &fakeState{full: true}
	lines, result, err := w.apply(newFakeConfig(t, "a: memo v=1 state=s\nb: memo v=1 state=s\ns: state name=x"), Options{Parallelism: 1})
	if err == nil || err.Error() != "recording a: no space left" {
		t.Errorf("error %v", err)
	}
	if len(result.Stopped) != 1 || len(w.calls) != 2 {
		t.Errorf("calls %q, events %q", w.calls, lines)
	}
}

// When evaluation dies, what was done is still recorded and counted.
func TestApplyConfigDies(t *testing.T) {
	w := newFakeWorld(t)
	c := newFakeConfig(t, "a: memo v=1 state=s\nb: file c=$a.out\ns: state name=x")
	w.during = func(_ context.Context, path addr.Path) error {
		if path == addr.Of("a") {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.broken = true
		}
		return nil
	}
	_, result, err := w.apply(c, Options{Parallelism: 1})
	if err == nil || err.Error() != "evaluating b: the evaluator is gone" || result.Done[plan.Create] != 1 {
		t.Errorf("result %+v, error %v", result, err)
	}
}

func TestReadState(t *testing.T) {
	w := newFakeWorld(t)
	const config = "a: memo v=x state=s\ns: state name=outer\nt: state name=$a.out\nb: memo v=2 state=t\nu: state name=$e.out\ne: exec t=1"
	if _, _, err := w.apply(newFakeConfig(t, config), Options{}); err != nil {
		t.Fatal(err)
	}
	w.calls = nil
	state, err := ReadState(context.Background(), newFakeConfig(t, config), addr.Of("t"), Options{OpenState: w.openState})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := state.Resource(addr.Of("b")); err != nil || r == nil || string(r.Inputs["v"]) != `"2"` {
		t.Errorf("state t has b = %+v, %v", r, err)
	}
	if err := state.Close(); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		"u":  "evaluating u: inputs.name of u depends on e.out, which is not known before e is applied",
		"tt": `evaluating tt: tt does not exist: the root has no member "tt", did you mean "t"?`,
	} {
		_, err := ReadState(context.Background(), newFakeConfig(t, config), mustParse(t, path), Options{OpenState: w.openState})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	for name, state := range w.states {
		if state.open != 0 {
			t.Errorf("state %s is open %d times", name, state.open)
		}
	}
	if len(w.calls) > 0 {
		t.Errorf("reading state made calls %q", w.calls)
	}
}

// BenchmarkApply shows that the cost of a run without work is linear.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := &flatConfig{n: n}
			for b.Loop() {
				c.told.Clear()
				if _, err := Apply(context.Background(), c, Options{Provider: c.provider}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestMembers(t *testing.T) {
	w := newFakeWorld(t)
	const config = "a: memo v=yes state=s\ns: state name=x\nd.x: file c=1 if=$a.out\nd.y: file c=1\ne.x: file c=1 if=$d.y.out"
	members := func(path string, opts Options) string {
		t.Helper()
		p := addr.Root
		if path != "" {
			p = mustParse(t, path)
		}
		names, err := Members(context.Background(), newFakeConfig(t, config), p, opts)
		if err != nil {
			return err.Error()
		}
		return strings.Join(names, " ")
	}
	stateful := Options{OpenState: w.openState}
	for _, tt := range []struct {
		path string
		opts Options
		want string
	}{
		{"", stateful, "a d e s"},
		{"a", stateful, "a is a resource and has no members"},
		{"f", stateful, `f does not exist: the root has no member "f"`},
		{"e", stateful, "listing the members of e: the members of e cannot be known before d.y.out"},
		{"d", Options{}, "listing the members of d: the members of d cannot be known before a.out"},
		{"d", stateful, "listing the members of d: the members of d cannot be known before a.out"},
	} {
		if got := members(tt.path, tt.opts); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.path, got, tt.want)
		}
	}
	if _, _, err := w.apply(newFakeConfig(t, config), Options{}); err != nil {
		t.Fatal(err)
	}
	if got, want := members("d", stateful), "x y"; got != want {
		t.Errorf("after apply: %s, want %s", got, want)
	}
}
