package worker

// This file tests both sides of the protocol with a fake evaluation in a process of its own.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"nixops4/eval/nixstore"
)

// The test binary is the evaluator process too, when this variable is set.
const modeVariable = "NIXOPS4_WORKER_TEST"

func TestMain(m *testing.M) {
	switch os.Getenv(modeVariable) {
	case "":
		m.Run()
	case "fake":
		if err := Serve(os.Stdin, os.Stdout, func(log func(string)) Evaluation { return &fakeEvaluation{log: log} }); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	case "wall":
		serveAtWall()
	}
}

// fakeEvaluation does what the expression of an eval request says.
type fakeEvaluation struct {
	Evaluation // for what no test asks
	log        func(string)
	told       []string
}

func (f *fakeEvaluation) Open(_ context.Context, r *OpenRequest) error {
	if r.File == "/bad.nix" {
		return &Error{Kind: "static", Message: "/bad.nix:1:1: syntax error", Trace: "error: syntax error\n…"}
	}
	return nil
}

func (f *fakeEvaluation) Component(_ context.Context, r *ComponentRequest) (*Component, error) {
	switch {
	case len(r.Path) == 0:
		return &Component{Members: []string{"a", "b"}}, nil
	case r.Path[0] == "needs":
		return nil, &NeedsError{What: "kind", Path: r.Path, Outputs: []Output{{[]string{"a", "b.c"}, "out"}}}
	case r.Path[0] == "missing":
		return &Component{Missing: &Missing{Parent: []string{}, Names: []string{"a", "b"}}}, nil
	}
	return &Component{Resource: &Resource{
		Type: string(r.Want), Provider: json.RawMessage(`{"type":"stdio"}`), State: []string{"s"},
		Inputs:  map[string]json.RawMessage{"n": json.RawMessage(`12345678901234567890`), "t": json.RawMessage(`"<&>"`)},
		Unknown: []Unknown{{[]string{"x", "0"}, Output{[]string{"a"}, "out"}}},
	}}, nil
}

func (f *fakeEvaluation) Realise(_ context.Context, r *RealiseRequest, tell func(nixstore.Event)) (later, error) {
	return func(context.Context) error {
		for _, ref := range r.Refs {
			if ref == "fail" {
				return errors.New(ref)
			}
			tell(nixstore.Event{Kind: nixstore.Said, Text: ref})
		}
		return nil
	}, nil
}

func (f *fakeEvaluation) Check(_ context.Context, r *CheckRequest) (*Checked, error) {
	return &Checked{Problems: []Problem{{What: "kind", At: r.Path}}}, nil
}

func (f *fakeEvaluation) Manual(context.Context, *ManualRequest) (*ManualResult, error) {
	return &ManualResult{}, nil
}

func (f *fakeEvaluation) Tell(_ context.Context, r *TellRequest) error {
	f.told = append(f.told, fmt.Sprintf("%s %s", strings.Join(r.Path, "."), r.Outputs["out"]))
	return nil
}

func (f *fakeEvaluation) Reload(context.Context) (*ReloadResult, error) { return &ReloadResult{}, nil }

func (f *fakeEvaluation) Restart(context.Context) error {
	f.told = nil
	return nil
}

func (f *fakeEvaluation) Stats() *Stats { return &Stats{Requests: int64(len(f.told))} }

func (f *fakeEvaluation) Eval(ctx context.Context, r *EvalRequest) (*EvalResult, error) {
	switch verb, rest, _ := strings.Cut(r.Expr, " "); verb {
	case "log":
		f.log(rest)
	case "stderr":
		fmt.Fprintln(os.Stderr, rest)
	case "wait": // until cancelled
		f.log("waiting")
		<-ctx.Done()
		return nil, ctx.Err()
	case "hang": // for ever
		f.log("waiting")
		select {}
	case "panic":
		go func() { panic(rest) }()
		select {}
	case "recurse":
		debug.SetMaxStack(1 << 16)
		return &EvalResult{Text: fmt.Sprint(recurse(0))}, nil
	case "exit":
		syscall.Exit(3)
	case "kill":
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	case "garbage":
		fmt.Println("hello!")
		select {}
	case "close":
		_ = os.Stdout.Close()
		select {}
	case "large":
		return &EvalResult{Text: strings.Repeat("x", 3<<20)}, nil
	}
	return &EvalResult{Text: r.Expr}, nil
}

func recurse(n int) int {
	if n < 0 {
		return 0
	}
	return recurse(n+1) + 1
}

// logs collects log lines and lets a test wait for one.
type logs struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func (l *logs) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	select {
	case l.more <- struct{}{}:
	default:
	}
}

func (l *logs) waitFor(t *testing.T, line string) {
	t.Helper()
	for {
		l.mu.Lock()
		found := slices.Contains(l.lines, line)
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-l.more:
		case <-time.After(10 * time.Second):
			t.Fatalf("no log line %q; got %q", line, l.lines)
		}
	}
}

func startFake(t *testing.T) (*Client, *logs) {
	t.Helper()
	l := &logs{more: make(chan struct{}, 1)}
	c, err := Start(Options{
		Command: []string{os.Args[0]},
		Env:     append(os.Environ(), modeVariable+"=fake"),
		Log:     l.add,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, l
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	c, l := startFake(t)
	ctx := t.Context()
	if err := c.Open(ctx, OpenRequest{File: "/good.nix"}); err != nil {
		t.Error(err)
	}
	var failed *Error
	if err := c.Open(ctx, OpenRequest{File: "/bad.nix"}); !errors.As(err, &failed) || failed.Kind != "static" ||
		failed.Trace != "error: syntax error\n…" || err.Error() != "/bad.nix:1:1: syntax error" {
		t.Errorf("opening a bad file: %#v", err)
	}
	if got, err := c.Component(ctx, nil, WantKind); err != nil || !slices.Equal(got.Members, []string{"a", "b"}) {
		t.Errorf("root: %+v, %v", got, err)
	}
	if got, err := c.Component(ctx, []string{"missing"}, WantKind); err != nil || got.Missing == nil || len(got.Missing.Names) != 2 {
		t.Errorf("missing: %+v, %v", got, err)
	}
	got, err := c.Component(ctx, []string{"a"}, WantInputs)
	if err != nil || got.Resource == nil || got.Resource.Type != "inputs" || string(got.Resource.Inputs["n"]) != "12345678901234567890" ||
		string(got.Resource.Inputs["t"]) != `"<&>"` ||
		len(got.Resource.Unknown) != 1 || got.Resource.Unknown[0].Until.Name != "out" {
		t.Errorf("resource: %+v, %v", got.Resource, err)
	}
	var needs *NeedsError
	_, err = c.Component(ctx, []string{"needs"}, WantKind)
	if !errors.As(err, &needs) || needs.What != "kind" || err.Error() != "this depends on a.b.c.out, which is not known yet" {
		t.Errorf("needs: %v", err)
	}
	if err := c.Tell(ctx, []string{"a"}, map[string]json.RawMessage{"out": json.RawMessage(`1`)}, nil); err != nil {
		t.Error(err)
	}
	if stats, err := c.Stats(ctx); err != nil || stats.Requests != 1 {
		t.Errorf("stats after tell: %+v, %v", stats, err)
	}
	if err := c.Restart(ctx); err != nil {
		t.Error(err)
	}
	if stats, err := c.Stats(ctx); err != nil || stats.Requests != 0 {
		t.Errorf("stats after restart: %+v, %v", stats, err)
	}
	if got, err := c.Eval(ctx, EvalRequest{Expr: "large"}); err != nil || len(got.Text) != 3<<20 {
		t.Errorf("large answer: %d bytes, %v", len(got.Text), err)
	}
	if _, err := c.Eval(ctx, EvalRequest{Expr: "log traced"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Eval(ctx, EvalRequest{Expr: "stderr written"}); err != nil {
		t.Error(err)
	}
	l.waitFor(t, "traced")
	l.waitFor(t, "written")
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	c, _ := startFake(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 20 {
				want := fmt.Sprint("echo ", i, j)
				if got, err := c.Eval(t.Context(), EvalRequest{Expr: want}); got.Text != want || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

// Cancelling one request neither waits for it nor disturbs those behind it.
func TestCancel(t *testing.T) {
	t.Parallel()
	c, l := startFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan error)
	go func() {
		_, err := c.Eval(ctx, EvalRequest{Expr: "wait"})
		running <- err
	}()
	l.waitFor(t, "waiting")
	behind := make(chan error)
	queued := make(chan error)
	go func() {
		_, err := c.Eval(ctx, EvalRequest{Expr: "wait"})
		queued <- err
	}()
	go func() {
		_, err := c.Eval(t.Context(), EvalRequest{Expr: "echo"})
		behind <- err
	}()
	began := time.Now()
	cancel()
	for _, results := range []chan error{running, queued} {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled request: %v", err)
		}
	}
	if err := <-behind; err != nil {
		t.Errorf("request behind: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("cancelling took %v", took)
	}
	if _, err := c.Eval(ctx, EvalRequest{Expr: "echo"}); !errors.Is(err, context.Canceled) {
		t.Errorf("request with a dead context: %v", err)
	}
}

// However the process dies, all calls end at once with the reason, and so do later ones.
func TestDeath(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		"kill":           "it was ended by signal 9 (killed), as the system does when memory runs out",
		"exit":           "it ended with status 3",
		"panic at noon":  "internal error: at noon",
		"recurse":        "it ran out of stack; something recurses too deeply",
		"garbage":        `it wrote a line that is not an answer: "hello!\n"`,
		"killed outside": "it was ended by signal 9 (killed), as the system does when memory runs out",
	} {
		t.Run(expr, func(t *testing.T) {
			t.Parallel()
			c, l := startFake(t)
			if _, err := c.Eval(t.Context(), EvalRequest{Expr: "stderr last words"}); err != nil {
				t.Fatal(err)
			}
			results := make(chan error, 3)
			ask := func(expr string) {
				_, err := c.Eval(t.Context(), EvalRequest{Expr: expr})
				results <- err
			}
			if expr == "killed outside" {
				go ask("hang")
				l.waitFor(t, "waiting")
				go ask("behind")
				c.Kill()
			} else {
				go ask(expr)
				go ask(expr)
			}
			ask("behind")
			for range 3 {
				err := <-results
				if expr != "killed outside" && err == nil {
					continue // "behind" came first
				}
				var died *DiedError
				if !errors.As(err, &died) {
					t.Errorf("got %v, want a *DiedError", err)
					continue
				}
				if got := err.Error(); got != "the evaluator process died: "+want {
					t.Errorf("got %s\nwant the evaluator process died: %s", got, want)
				}
				if !slices.Equal(died.Stderr, []string{"last words"}) {
					t.Errorf("stderr %q", died.Stderr)
				}
			}
			began := time.Now()
			if _, err := c.Eval(t.Context(), EvalRequest{Expr: "late"}); err == nil || time.Since(began) > time.Second {
				t.Errorf("a call after death: %v after %v", err, time.Since(began))
			}
			for _, line := range l.lines {
				if strings.Contains(line, "goroutine") || strings.Contains(line, "worker_test.go") {
					t.Errorf("the user sees %q", line)
				}
			}
		})
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	c, l := startFake(t)
	result := make(chan error)
	go func() {
		_, err := c.Eval(t.Context(), EvalRequest{Expr: "hang"})
		result <- err
	}()
	l.waitFor(t, "waiting")
	c.Close()
	if err := <-result; !errors.Is(err, errClosed) {
		t.Errorf("call during Close: %v", err)
	}
	if _, err := c.Eval(t.Context(), EvalRequest{Expr: "echo"}); !errors.Is(err, errClosed) {
		t.Errorf("call after Close: %v", err)
	}
	c.Close()
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	if _, err := Start(Options{Command: []string{"/nonexistent/nixops4"}}); err == nil ||
		!strings.HasPrefix(err.Error(), "starting the evaluator: ") {
		t.Errorf("a command that does not exist: %v", err)
	}
	if _, err := Start(Options{}); err == nil {
		t.Error("no command: no error")
	}
}

func TestServeRefusesGarbage(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := Serve(strings.NewReader("{\"id\":1,\"eval\":{\"expr\":\"x\"}}\nnonsense\n"), &out,
		func(func(string)) Evaluation { return &fakeEvaluation{} })
	if err == nil || !strings.HasPrefix(err.Error(), "reading a request: ") {
		t.Errorf("got %v", err)
	}
	out.Reset()
	if err := Serve(strings.NewReader(`{"id":1}`), &out, func(func(string)) Evaluation { return &fakeEvaluation{} }); err != nil {
		t.Error(err)
	}
}
