package nixconfig

// This file tests apply with the real evaluator in a process of its own, and providers that are functions.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/eval/worker"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

// The test binary is the evaluator process too, when this variable is set.
const modeVariable = "NIXOPS4_NIXCONFIG_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(modeVariable) == "" {
		m.Run()
		return
	}
	err := worker.Serve(os.Stdin, os.Stdout, func(log func(string)) worker.Evaluation {
		return worker.NewEvaluation(worker.Settings{}, log)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// rootOf makes a root with these members, in which r INPUTS makes a resource whose outputs are its inputs, and out is what is known
// of the outputs.
func rootOf(members string) string {
	return `{ _type = "nixops4Component"; rootFunction = { outputValues, ... }: let
  out = outputValues;
  r = inputs: { resource = {
    inherit inputs;
    type = "echo"; state = null;
    provider = { type = "stdio"; executable = "fake"; args = [ ]; };
    outputsSkeleton = builtins.mapAttrs (_: _: { }) inputs;
  }; };
in { members = { ` + members + ` }; }; }`
}

func open(t *testing.T, expr string) (*Config, *worker.Client) {
	t.Helper()
	client, err := worker.Start(worker.Options{
		Command: []string{os.Args[0]},
		Env:     append(os.Environ(), modeVariable+"=1"),
		Log:     func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	file := filepath.Join(t.TempDir(), "nixops4.nix")
	if err := os.WriteFile(file, []byte(expr), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := Open(t.Context(), client, worker.OpenRequest{File: file, Dir: filepath.Dir(file)})
	if err != nil {
		t.Fatal(err)
	}
	return config, client
}

// echo is a provider whose resources have their inputs as outputs. It logs what it made.
type echo struct {
	mu   sync.Mutex
	made []string
	hook func(path addr.Path)
}

func (e *echo) provider(_ providers.Spec, path addr.Path) engine.Provider {
	return &echoing{echo: e, path: path}
}

// echoing can only create: nothing is stateful here.
type echoing struct {
	engine.Provider
	echo *echo
	path addr.Path
}

func (p *echoing) Supports(context.Context, string, string) (bool, error) { return false, nil }

func (p *echoing) Create(_ context.Context, r protocol.CreateResourceRequest) (protocol.CreateResourceResponse, error) {
	p.echo.mu.Lock()
	p.echo.made = append(p.echo.made, fmt.Sprintf("%s %s", p.path, r.InputProperties["x"]))
	hook := p.echo.hook
	p.echo.mu.Unlock()
	if hook != nil {
		hook(p.path)
	}
	return protocol.CreateResourceResponse{OutputProperties: r.InputProperties}, nil
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, members, made, err string }{
		{"a chain", `a = r { x = out.b.x + 1; }; b = r { x = out.c.d.x * 2; }; c.members.d = r { x = 5; };`,
			"a 11, b 10, c.d 5", ""},
		{"members that an output names", `names = r { x = [ "p" "q" ]; };
			many.members = builtins.listToAttrs (map (name: { inherit name; value = r { x = name + "!"; }; }) out.names.x);`,
			`many.p "p!", many.q "q!", names ["p","q"]`, ""},
		{"a kind that an output decides", `a = r { x = true; }; b = if out.a.x then r { x = 1; } else { }; c = if out.a.x then { members.d = r { x = 2; }; } else r { };`,
			"a true, b 1, c.d 2", ""},
		{"names that need quotes", `"file.txt" = r { x = "t"; }; a = r { x = out."file.txt".x; };`,
			`"file.txt" "t", a "t"`, ""},
		{"a cycle", `a = r { x.deep = [ out.b.x ]; }; b = r { x = out.a.x; }; c = r { x = 1; };`,
			"c 1", "cycle: a -> b -> a\n  inputs.x.deep.0 of a needs b.x\n  inputs.x of b needs a.x"},
		{"a cycle through members", `a = r { x = out.b.c.x; }; b.members = { c = r { x = 1; }; ${out.a.x} = r { }; };`,
			"", "cycle: a -> a\n  inputs.x of a needs a.x"},
		{"failures beside success", `a = r { x = throw "no luck"; }; b = r { x = 1; }; c = r { x = out.a.x; };`,
			"b 1", "evaluating a: no luck"},
		{"one mistake in many resources", `a = r { x = out.e.x; }; inherit (let y = r { x = throw "broken"; }; in { b = y; c = y; d = y; e = y; }) b c d e; `,
			"", "evaluating b, c and 2 more: broken"},
		{"a provider that is none", `a.resource = (r { }).resource // { provider = { type = "grpc"; }; };`,
			"", `evaluating a: the provider has type "grpc"; the only one there is is "stdio"`},
		{"an attribute set as provider", `a.resource = (r { }).resource // { provider = "local"; };`,
			"", `evaluating a: the provider is not a set with type, executable and args: "local"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			config, _ := open(t, rootOf(tt.members))
			e := &echo{}
			_, err := engine.Apply(t.Context(), config, engine.Options{Provider: e.provider})
			slices.Sort(e.made)
			if got := strings.Join(e.made, ", "); got != tt.made {
				t.Errorf("made %s, want %s", got, tt.made)
			}
			if got := fmt.Sprint(err); tt.err == "" && err != nil || tt.err != "" && !strings.Contains(got, tt.err) {
				t.Errorf("error %s, want %s", got, tt.err)
			}
		})
	}
}

func TestUnknownPath(t *testing.T) {
	t.Parallel()
	config, _ := open(t, rootOf(`web.members.page = r { };`))
	for path, want := range map[string]string{
		"wbe":        `wbe does not exist: the root has no member "wbe", did you mean "web"?`,
		"web.pag":    `web.pag does not exist: web has no member "pag", did you mean "page"?`,
		"web.page.x": `web.page.x does not exist, because web.page is a resource and has no members`,
	} {
		p, err := addr.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Component(t.Context(), p, engine.WantKind); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if c, err := config.Component(t.Context(), addr.Of("web", "page"), engine.WantKind); err != nil || c.Resource == nil {
		t.Errorf("web.page: %+v, %v", c, err)
	}
}

// When the evaluator is killed during an apply, what it made is still counted, and the error says what happened.
func TestKilled(t *testing.T) {
	t.Parallel()
	config, client := open(t, rootOf(`a = r { x = 1; }; b = r { x = out.a.x; };`))
	e := &echo{hook: func(addr.Path) { client.Kill() }}
	began := time.Now()
	result, err := engine.Apply(t.Context(), config, engine.Options{Provider: e.provider, Parallelism: 1})
	var died *worker.DiedError
	if !errors.As(err, &died) || !strings.Contains(died.Reason, "killed") {
		t.Errorf("error %v, want a *DiedError", err)
	}
	if result == nil || result.Done[plan.Ensure] != 1 || time.Since(began) > 10*time.Second {
		t.Errorf("result %+v after %v", result, time.Since(began))
	}
}

// A first Ctrl-C ends an evaluation that takes for ever.
func TestStopEvaluation(t *testing.T) {
	t.Parallel()
	config, _ := open(t, rootOf(`a = r { x = let sum = f: n: builtins.foldl' (a: b: a + b) 0 (builtins.genList f n); in sum (_: sum (i: i) 100000) 100000; };`))
	stop := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(stop) })
	result, err := engine.Apply(t.Context(), config, engine.Options{Provider: (&echo{}).provider, Stop: stop})
	if !errors.Is(err, engine.ErrStopped) {
		t.Errorf("result %+v, error %v, want ErrStopped", result, err)
	}
}
