package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// program is a graph in a small text language: a line for each node, with the steps of its work separated by
// "|". In a step, NAME is a need, +NAME a node found, !TEXT a failure, ^ a request to stop the run. A need's
// reason is the number of the step. Nodes without a line are done at once.
//
//	a: b c | +d
//	b: !broken
type program map[string][][]string

func parseProgram(text string) program {
	p := program{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		var steps [][]string
		for step := range strings.SplitSeq(rest, "|") {
			steps = append(steps, strings.Fields(step))
		}
		p[strings.TrimSpace(name)] = steps
	}
	return p
}

// trace runs a program and checks, as it goes, what must hold for every run.
type trace struct {
	t       *testing.T
	program program
	stop    chan struct{}

	mu      sync.Mutex
	calls   map[string]int
	active  map[string]bool
	most    int // most calls at a time
	ended   map[string]error
	stopped bool
}

func runProgram(t *testing.T, p program, parallelism int, start ...string) (*trace, map[string]error) {
	tr := &trace{
		t: t, program: p, stop: make(chan struct{}),
		calls: map[string]int{}, active: map[string]bool{}, ended: map[string]error{},
	}
	outcomes := Run(context.Background(), start, tr.work, Options[string]{
		Parallelism: parallelism,
		Stop:        tr.stop,
		Finished:    tr.finished,
	})
	if tr.most > parallelism {
		t.Errorf("%d calls at a time, allowed are %d", tr.most, parallelism)
	}
	return tr, outcomes
}

func (tr *trace) work(_ context.Context, key string) (Step[string], error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.active[key] {
		tr.t.Errorf("%s: two calls at a time", key)
	}
	tr.active[key] = true
	tr.most = max(tr.most, len(tr.active))
	call := tr.calls[key]
	tr.calls[key]++
	if call > 0 {
		for _, word := range tr.program[key][call-1] {
			if err, ended := tr.ended[word]; isNeed(word) && (!ended || err != nil) {
				tr.t.Errorf("%s: call %d, but its need %s ended: %v, %v", key, call, word, ended, err)
			}
		}
	}
	tr.mu.Unlock() // so that other calls can come in between
	tr.mu.Lock()
	delete(tr.active, key)
	return tr.step(key, call)
}

func (tr *trace) step(key string, call int) (step Step[string], err error) {
	if call >= len(tr.program[key]) {
		return step, nil
	}
	for _, word := range tr.program[key][call] {
		switch {
		case word == "^":
			if !tr.stopped {
				tr.stopped = true
				close(tr.stop)
			}
		case word[0] == '!':
			return step, errors.New(word[1:])
		case word[0] == '+':
			step.Found = append(step.Found, word[1:])
		default:
			step.Needs = append(step.Needs, Need[string]{word, fmt.Sprint("step ", call)})
		}
	}
	// A step without needs would end the node; programs go on, so they need something that is done.
	if len(step.Needs) == 0 && call+1 < len(tr.program[key]) {
		tr.ended["nothing"] = nil
		step.Needs = append(step.Needs, Need[string]{"nothing", ""})
	}
	return step, nil
}

func isNeed(word string) bool { return word != "^" && word[0] != '!' && word[0] != '+' }

func (tr *trace) finished(key string, err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if _, twice := tr.ended[key]; twice && key != "nothing" {
		tr.t.Errorf("%s finished twice", key)
	}
	tr.ended[key] = err
}

func render(outcomes map[string]error) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(outcomes)) {
		if key == "nothing" {
			continue
		}
		text := "ok"
		if err := outcomes[key]; err != nil {
			text = err.Error()
		}
		var skipped *SkippedError[string]
		if errors.As(outcomes[key], &skipped) {
			text = fmt.Sprintf("skipped for %s at %s from %s", skipped.Need.Key, skipped.Need.Why, skipped.Cause)
		}
		lines = append(lines, key+": "+text)
	}
	return strings.Join(lines, "\n")
}

func TestRun(t *testing.T) {
	for _, tt := range []struct{ name, program, start, want string }{
		{"chain", "a: b\nb: c", "a", "a: ok\nb: ok\nc: ok"},
		{"found nodes run and are not waited for", "a: +b\nb: !x", "a", "a: ok\nb: x"},
		{"needs in steps", "a: b | +c | d\nd: b", "a", "a: ok\nb: ok\nc: ok\nd: ok"},
		{"failure takes its dependents", "a: b c\nb: d\nd: !x\ne: f", "a e",
			"a: skipped for b at step 0 from d\nb: skipped for d at step 0 from d\nc: ok\nd: x\ne: ok\nf: ok"},
		{"need that failed long ago", "a: !x\nb: c | a\nc: | d | e", "a b",
			"a: x\nb: skipped for a at step 1 from a\nc: ok\nd: ok\ne: ok"},
		{"same need twice", "a: b b | b", "a", "a: ok\nb: ok"},
		{"self", "a: b | a", "a", "a: cycle: a -> a\nb: ok"},
		{"cycle and its dependents", "a: b\nb: c\nc: d | a\nd:\ne: f\nf: a", "e",
			"a: cycle: c -> a -> b -> c\nb: cycle: c -> a -> b -> c\nc: cycle: c -> a -> b -> c\nd: ok\n" +
				"e: skipped for f at step 0 from a\nf: skipped for a at step 0 from a"},
		{"cycle beside a diamond", "a: b c\nb: d\nc: d\nd: a", "a",
			"a: cycle: d -> a -> b -> d\nb: cycle: d -> a -> b -> d\nc: skipped for d at step 0 from d\nd: cycle: d -> a -> b -> d"},
		{"stop", "a: ^ | b\nc: a", "c", "a: not done, because the run was stopped\nc: not done, because the run was stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, parallelism := range []int{1, 3} {
				if parallelism > 1 && strings.Contains(tt.name, "diamond") {
					continue // which of its two cycles is found first is open
				}
				_, outcomes := runProgram(t, parseProgram(tt.program), parallelism, strings.Fields(tt.start)...)
				if got := render(outcomes); got != tt.want {
					t.Errorf("parallelism %d:\n got %s\nwant %s", parallelism, got, tt.want)
				}
			}
		})
	}
}

func TestCycleReasons(t *testing.T) {
	_, outcomes := runProgram(t, parseProgram("a: x | b\nb: c\nc: x | x | a"), 1, "a")
	var cycle *CycleError[string]
	if !errors.As(outcomes["b"], &cycle) {
		t.Fatalf("b: %v, want a cycle", outcomes["b"])
	}
	want := []Link[string]{{"c", "step 2"}, {"a", "step 1"}, {"b", "step 0"}}
	if !slices.Equal(cycle.Chain, want) {
		t.Errorf("chain %v, want %v", cycle.Chain, want)
	}
}

// A chain must not cost the square of its length, from whichever end it is discovered.
func TestLongChains(t *testing.T) {
	const n = 20_000
	for name, next := range map[string]func(i int) int{
		"forward":  func(i int) int { return i + 1 },
		"backward": func(i int) int { return i - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			start := make([]int, n)
			for i := range start {
				start[i] = i
			}
			calls := make([]int, n)
			outcomes := Run(context.Background(), start, func(_ context.Context, i int) (Step[int], error) {
				calls[i]++
				if to := next(i); to >= 0 && to < n && calls[i] == 1 {
					return Step[int]{Needs: []Need[int]{{to, ""}}}, nil
				}
				if next(i) < 0 || next(i) >= n {
					return Step[int]{}, errors.New("the end")
				}
				return Step[int]{}, nil
			}, Options[int]{Parallelism: 1})
			failures := 0
			for _, err := range outcomes {
				if err != nil {
					failures++
				}
			}
			if failures != n {
				t.Errorf("%d of %d nodes did not succeed, want all", failures, n)
			}
		})
	}
}

func TestPanic(t *testing.T) {
	defer func() {
		got, ok := recover().(*PanicError)
		if !ok || got.Value != "boom" || !strings.Contains(string(got.Stack), "graph_test.go") {
			t.Errorf("Run panicked with %v, want boom and its stack", got)
		}
	}()
	Run(context.Background(), []string{"a", "b"}, func(_ context.Context, key string) (Step[string], error) {
		if key == "a" {
			panic("boom")
		}
		return Step[string]{}, nil
	}, Options[string]{Parallelism: 2})
	t.Error("Run returned")
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	outcomes := Run(ctx, []string{"a", "b"}, func(ctx context.Context, key string) (Step[string], error) {
		cancel()
		<-ctx.Done()
		return Step[string]{}, ctx.Err()
	}, Options[string]{Parallelism: 1})
	if !errors.Is(outcomes["a"], context.Canceled) || !errors.Is(outcomes["b"], ErrStopped) {
		t.Errorf("outcomes %v", outcomes)
	}
}

// FuzzRun reads a program from bytes and checks the outcome of every node against the program.
func FuzzRun(f *testing.F) {
	f.Add("a: b c\nb: +d\nc: b | a", 3)
	f.Add("a: a", 1)
	f.Add("a: b\nb: c | !x\nc: d\nd: a b", 2)
	f.Fuzz(func(t *testing.T, text string, parallelism int) {
		p := parseProgram(text)
		if len(text) > 2000 || parallelism < 1 || parallelism > 8 || strings.Contains(text, "nothing") {
			return
		}
		for _, steps := range p {
			for _, step := range steps {
				for _, word := range step {
					if word == "+" {
						return
					}
				}
			}
		}
		tr, outcomes := runProgram(t, p, parallelism, slices.Sorted(maps.Keys(p))...)
		for key, err := range outcomes {
			tr.check(key, err, outcomes)
		}
	})
}

// check compares one outcome with what the program says.
func (tr *trace) check(key string, err error, outcomes map[string]error) {
	var skipped *SkippedError[string]
	var cycle *CycleError[string]
	switch {
	case err == nil:
		for _, step := range tr.program[key] {
			for _, word := range step {
				if word[0] == '!' || isNeed(word) && outcomes[word] != nil {
					tr.t.Errorf("%s is ok in spite of %s", key, word)
				}
			}
		}
	case errors.As(err, &skipped):
		if !tr.needs(key, skipped.Need.Key) || outcomes[skipped.Need.Key] == nil || outcomes[skipped.Cause] != skipped.Err {
			tr.t.Errorf("%s is skipped for %s, whose outcome is %v", key, skipped.Need.Key, outcomes[skipped.Need.Key])
		}
	case errors.As(err, &cycle):
		for i, link := range cycle.Chain {
			if to := cycle.Chain[(i+1)%len(cycle.Chain)].Key; !tr.needs(link.Key, to) || outcomes[link.Key] != error(cycle) {
				tr.t.Errorf("%v: %s does not need %s, or has another outcome", cycle, link.Key, to)
			}
		}
	case errors.Is(err, ErrStopped):
		if !tr.stopped {
			tr.t.Errorf("%s is stopped, but nobody asked", key)
		}
	default:
		if !slices.ContainsFunc(tr.program[key], func(step []string) bool { return slices.Contains(step, "!"+err.Error()) }) {
			tr.t.Errorf("%s failed: %v", key, err)
		}
	}
}

func (tr *trace) needs(key, need string) bool {
	return slices.ContainsFunc(tr.program[key], func(step []string) bool { return slices.Contains(step, need) })
}
