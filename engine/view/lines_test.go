package view

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

var (
	a      = &plan.Item{Action: plan.Create, Path: addr.Of("web", "a.txt")}
	b      = &plan.Item{Action: plan.Update, Path: addr.Of("b"), Reasons: []plan.Reason{{Kind: plan.ReasonInput, Text: "input x changed"}}}
	same   = &plan.Item{Action: plan.None, Path: addr.Of("same")}
	output = addr.Output{Resource: addr.Of("b"), Name: "out"}
	events = []engine.Event{
		engine.Waiting{Path: addr.Of("c"), On: []addr.Output{output}, State: addr.Of("s")},
		engine.Planned{Item: a},
		engine.Started{Item: a},
		engine.Log{Path: a.Path, Text: "some \x1b[31mred\x1b[0m text\a\nand more"},
		engine.Finished{Item: a, Duration: 250 * time.Millisecond},
		engine.Finished{Item: same},
		engine.Started{Item: b},
		engine.Failed{Path: b.Path, Item: b, Err: errors.New("b: updating file: no\nluck"), Duration: time.Millisecond},
		engine.Skipped{Skip: engine.Skip{Path: addr.Of("c"), Needs: "b.out", Cause: addr.Of("b")}},
		engine.Failed{Path: addr.Root, Err: errors.New("evaluating the root: x")},
		engine.Summary{Result: &engine.Result{
			Done:     map[plan.Action]int{plan.Create: 1, plan.None: 1},
			Failed:   make([]engine.Failure, 2),
			Skipped:  make([]engine.Skip, 1),
			Stopped:  make([]addr.Path, 3),
			Duration: 75 * time.Second,
		}},
		engine.Summary{Result: &engine.Result{}},
	}
)

func show(options Options) string {
	var text strings.Builder
	view := NewLines(&text, options)
	for _, event := range events {
		view.Event(event)
	}
	return text.String()
}

func TestLines(t *testing.T) {
	const plain = `web."a.txt": | some red text
web."a.txt": | and more
web."a.txt": created in 0.2 s
b: failed: updating file: no
c: skipped: it needs b.out, and b failed
the root: failed: evaluating the root: x
nixops4: 1 created, 1 unchanged, 2 failed, 1 skipped, 3 not started in 1 min 15 s
nixops4: what was done is recorded; once the cause is repaired, the same command goes on from there
nixops4: nothing to do in 0.0 s
`
	if got := show(Options{}); got != plain {
		t.Errorf("plain:\n%s\nwant:\n%s", got, plain)
	}
	const verbose = `c: waits for b.out, the state kept by s
web."a.txt": creating
web."a.txt": | some red text
web."a.txt": | and more
web."a.txt": created in 0.2 s
same: unchanged
b: updating (input x changed)
b: failed: updating file: no
`
	if got := show(Options{Verbose: true}); !strings.HasPrefix(got, verbose) {
		t.Errorf("verbose:\n%s\nwant at first:\n%s", got, verbose)
	}
	colored := show(Options{Color: true})
	if !strings.Contains(colored, "web.\"a.txt\": \x1b[32mcreated\x1b[0m") {
		t.Errorf("coloured: %q", colored)
	}
}

// What takes long is announced, what does not is not.
func TestPatience(t *testing.T) {
	var text lockedBuilder
	view := NewLines(&text, Options{Patience: time.Millisecond})
	view.Event(engine.Started{Item: b})
	for deadline := time.Now().Add(10 * time.Second); text.String() == "" && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got, want := text.String(), "b: updating (input x changed) …\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	view.Event(engine.Finished{Item: b})
	view.Event(engine.Started{Item: a})
	view.Event(engine.Finished{Item: a})
	time.Sleep(5 * time.Millisecond)
	if strings.Contains(text.String(), "creating") {
		t.Errorf("a line for a short action: %q", text.String())
	}
}

type lockedBuilder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 s", 1234 * time.Millisecond: "1.2 s", 12 * time.Second: "12 s", 200 * time.Second: "3 min 20 s",
		125 * time.Minute: "2 h 5 min",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
