package live

// This file tests the deployment on an evaluator process, with states in memory and a provider that is a function.

import (
	"context"
	"encoding/json"
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
	"nixops4/engine/nixconfig"
	"nixops4/eval/worker"
	"nixops4/internal/secret"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/script"
	"nixops4/state"
	"nixops4/state/mem"
)

// asWorker makes the test binary an evaluator process.
const asWorker = "NIXOPS4_TEST_EVALUATOR"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		err := worker.Serve(os.Stdin, os.Stdout, func(log func(string)) worker.Evaluation {
			return worker.NewEvaluation(worker.Settings{}, log)
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// root has two states, "s" and "t", and resources that are kept in them.
const root = `
let
  resource = type: state: inputs: extra: {
    resource = {
      inherit type inputs;
      provider = { type = "stdio"; executable = "fake"; args = [ ]; };
      outputsSkeleton = { out = { }; key = { }; };
      state = if state == null then null else [ state ];
    } // extra;
  };
in {
  _type = "nixops4Component";
  rootFunction = { outputValues, ... }: {
    members = {
      s = resource "store" null { } { };
      t = resource "store" null { } { };
      a = resource "thing" "s" { x = 1; } { sensitiveOutputs = [ "key" ]; methods.poke = { description = "Poke"; result = ""; arguments.hard = { required = true; }; }; };
      b = resource "thing" "s" { from = outputValues.a.out; secret = "x${outputValues.a.key}"; } { };
      u = resource "store" null { name = outputValues.a.out; } { };
      d = resource "thing" "u" { } { };
      free = resource "thing" null { y = 2; } { };
      never = resource "other" "t" { } { };
      group.members.c = resource "thing" "t" { } { };
    } // builtins.listToAttrs (builtins.genList (i: { name = "many-${toString i}"; value = resource "thing" "s" { } { }; }) 40);
  };
}
`

// rig is a deployment with its surroundings.
type rig struct {
	*Deployment
	stores  map[string]*mem.Store
	secrets *secret.Redactor

	mu      sync.Mutex // guards the rest
	opened  []string   // states, each time
	locked  []string
	calls   []protocol.CallMethodRequest
	answers protocol.CallMethodResponse
}

// newRig opens the root with what entries says is recorded: by path, in the state of that name.
func newRig(t *testing.T, entries map[string]string) *rig {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "root.nix"), []byte(root), 0o666); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{stores: map[string]*mem.Store{"s": mem.New(), "t": mem.New(), "u": mem.New()}, secrets: &secret.Redactor{}}
	r.fill(t, entries)
	r.Deployment = New(func(ctx context.Context) (*Session, error) {
		client, err := worker.Start(worker.Options{Command: []string{"env", asWorker + "=1", self}})
		if err != nil {
			return nil, err
		}
		config, err := nixconfig.Open(ctx, client, worker.OpenRequest{File: filepath.Join(dir, "root.nix"), Dir: dir})
		if err != nil {
			client.Close()
			return nil, err
		}
		options := func() engine.Options { return engine.Options{OpenState: r.openState, Secrets: r.secrets} }
		return &Session{
			Config: config, Evaluator: client, Dir: dir, Read: options, Change: options, Secrets: r.secrets, Forced: context.Background(),
			Lock: func(_ context.Context, path addr.Path, _ providers.Spec, _ protocol.Resource) error {
				r.locked = append(r.locked, path.String())
				return nil
			},
			Store: func(s engine.State) state.Store { return s.(*opened).store },
			CallMethod: func(_ context.Context, _ addr.Path, _ providers.Spec, request protocol.CallMethodRequest) (protocol.CallMethodResponse, error) {
				r.calls = append(r.calls, request)
				return r.answers, nil
			},
			Close: func() error { client.Close(); return nil },
		}, nil
	})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// opened is a state with the store that it is kept in.
type opened struct {
	*engine.StateLog
	store state.Store
}

func (r *rig) openState(ctx context.Context, path addr.Path, _ providers.Spec, _ protocol.Resource) (engine.State, error) {
	r.mu.Lock()
	r.opened = append(r.opened, path.String())
	r.mu.Unlock()
	store := r.stores[path.Name()]
	log, err := engine.OpenLog(ctx, store, nil, state.JournalOptions{})
	if err != nil {
		return nil, err
	}
	return &opened{log, store}, nil
}

// fill records outputs. The key of an entry is STATE/PATH, its value the outputs.
func (r *rig) fill(t *testing.T, entries map[string]string) {
	t.Helper()
	for key, outputs := range entries {
		name, path, _ := strings.Cut(key, "/")
		journal, err := state.OpenJournal(t.Context(), r.stores[name], state.JournalOptions{Create: true, Command: "test", By: "me"})
		if err != nil {
			t.Fatal(err)
		}
		recorded := state.Resource{Type: "thing", InputProperties: map[string]json.RawMessage{}, OutputProperties: map[string]json.RawMessage{}}
		if err := json.Unmarshal([]byte(outputs), &recorded.OutputProperties); err != nil {
			t.Fatal(err)
		}
		if err := journal.Record(t.Context(), state.Change{Event: "create", Path: strings.Split(path, "."), Set: &recorded}); err != nil {
			t.Fatal(err)
		}
	}
}

func path(t *testing.T, text string) addr.Path {
	t.Helper()
	p, err := addr.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var applied = map[string]string{"s/a": `{"out": "o", "key": "k3y-canary"}`, "s/b": `{"out": "p"}`, "s/many-7": `{"out": 7}`}

// TestResource reads what is recorded, what is only declared, and what is neither.
func TestResource(t *testing.T) {
	t.Parallel()
	r := newRig(t, applied)
	a, err := r.Resource(t.Context(), path(t, "a"))
	if err != nil || string(a.Outputs["out"]) != `"o"` || a.Type != "thing" || a.State.String() != "s" || a.Updated.IsZero() {
		t.Errorf("a: got %+v, %v", a, err)
	}
	if !slices.ContainsFunc(a.Sensitive, func(at []string) bool { return slices.Equal(at, []string{"key"}) }) || r.secrets.Hide("k3y-canary") != script.Hidden {
		t.Errorf("the declared secret of a is not one: %v", a.Sensitive)
	}
	for name, kind := range map[string]string{"free": "thing", "never": "other", "group.c": "thing"} {
		found, err := r.Resource(t.Context(), path(t, name))
		if err != nil || found.Outputs != nil || found.Type != kind {
			t.Errorf("%s: got %+v, %v", name, found, err)
		}
	}
	for name, want := range map[string]string{"nosuch": `the root has no member "nosuch"`, "group": "group is a composite, not a resource", "a.x": "a is a resource"} {
		if _, err := r.Resource(t.Context(), path(t, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	if !slices.Equal(r.opened, []string{"s", "t", "t"}) { // one that does not exist is looked for each time
		t.Errorf("states were opened: %v", r.opened)
	}
}

// TestMany asks for so many resources by path that all are surveyed, and gets the same.
func TestMany(t *testing.T) {
	t.Parallel()
	r := newRig(t, applied)
	for i := range 40 {
		found, err := r.Resource(t.Context(), path(t, fmt.Sprint("many-", i)))
		if err != nil || (found.Outputs != nil) != (i == 7) {
			t.Fatalf("many-%d: got %+v, %v", i, found, err)
		}
	}
	if r.list == nil {
		t.Error("the resources were not surveyed")
	}
	if _, err := r.Resource(t.Context(), path(t, "many-41")); err == nil || !strings.Contains(err.Error(), "many-41") {
		t.Errorf("many-41: got %v", err)
	}
	list, err := r.Resources(t.Context())
	if err != nil || len(list) != 49 || list[0].String() != "a" {
		t.Errorf("got %d resources, %v", len(list), err)
	}
	if len(r.opened) != 1 {
		t.Errorf("states were opened: %v", r.opened)
	}
}

// TestInputs evaluates with recorded outputs, and says where there are secrets.
func TestInputs(t *testing.T) {
	t.Parallel()
	r := newRig(t, applied)
	inputs, sensitive, err := r.Inputs(t.Context(), path(t, "b"))
	if err != nil || string(inputs["from"]) != `"o"` || string(inputs["secret"]) != `"xk3y-canary"` || fmt.Sprint(sensitive) != "[[secret]]" {
		t.Errorf("got %s, %v, %v", inputs, sensitive, err)
	}
	value, sensitive, err := r.Eval(t.Context(), `{ a = [ 1 export.members.b.resource.inputs.secret ]; }`)
	if err != nil || string(value) != `{"a":[1,"xk3y-canary"]}` || fmt.Sprint(sensitive) != "[[a 1]]" {
		t.Errorf("got %s, %v, %v", value, sensitive, err)
	}
	if _, _, err := r.Eval(t.Context(), "state"); err == nil || !strings.Contains(err.Error(), "is known in nixops4 repl only") {
		t.Errorf("state: got %v", err)
	}
	empty := newRig(t, nil)
	var missing *script.NotAppliedError
	if _, _, err := empty.Inputs(t.Context(), path(t, "b")); !errors.As(err, &missing) || missing.Path.String() != "a" {
		t.Errorf("nothing applied: got %v", err)
	}
}

// TestStateOfState reads a state whose own inputs depend on what another state has.
func TestStateOfState(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"d", "b"}, {"b", "d"}} {
		r := newRig(t, map[string]string{"s/a": `{"out": "o", "key": "k"}`, "u/d": `{"out": "deep"}`})
		for _, name := range order {
			if name == "b" {
				if inputs, _, err := r.Inputs(t.Context(), path(t, "b")); err != nil || string(inputs["from"]) != `"o"` {
					t.Errorf("%v: b: got %s, %v", order, inputs, err)
				}
				continue
			}
			if found, err := r.Resource(t.Context(), path(t, "d")); err != nil || string(found.Outputs["out"]) != `"deep"` {
				t.Errorf("%v: d: got %+v, %v", order, found, err)
			}
		}
	}
}

// TestRecord leaves events about runs, in the right states, also when others append at the same time.
func TestRecord(t *testing.T) {
	t.Parallel()
	meta := state.NewMeta("run", time.Now()).With("operation", "x")
	runs := func(r *rig, name string) int {
		t.Helper()
		events, err := r.stores[name].Events(t.Context(), 0)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			t.Fatal(err)
		}
		return len(slices.DeleteFunc(events, func(e state.Event) bool { return e.Meta.Event() != "run" }))
	}
	both := map[string]string{"s/a": `{"out": "o", "key": "k"}`, "t/group.c": `{}`}
	r := newRig(t, both)
	if n, err := r.Record(t.Context(), nil, meta); n != 1 || err != nil || runs(r, "s") != 1 || runs(r, "t") != 0 {
		t.Errorf("nothing read: got %d, %v", n, err)
	}
	r = newRig(t, both)
	if n, err := r.Record(t.Context(), []addr.Path{path(t, "group.c")}, meta); n != 1 || err != nil || runs(r, "s") != 0 || runs(r, "t") != 1 {
		t.Errorf("about c: got %d, %v", n, err)
	}
	if _, err := r.Resource(t.Context(), path(t, "a")); err != nil {
		t.Fatal(err)
	}
	r.fill(t, map[string]string{"s/b": `{}`}) // in between
	if n, err := r.Record(t.Context(), nil, meta); n != 2 || err != nil || runs(r, "s") != 1 || runs(r, "t") != 2 {
		t.Errorf("both read: got %d, %v", n, err)
	}
	r = newRig(t, nil)
	if n, err := r.Record(t.Context(), nil, meta); n != 0 || err != nil {
		t.Errorf("no state: got %d, %v", n, err)
	}
	r = newRig(t, map[string]string{"t/group.c": `{}`})
	if n, err := r.Record(t.Context(), nil, meta); n != 1 || err != nil || runs(r, "t") != 1 {
		t.Errorf("the first state does not exist: got %d, %v", n, err)
	}
}

// TestLock takes the locks of states that exist, in one order.
func TestLock(t *testing.T) {
	t.Parallel()
	both := map[string]string{"s/a": `{}`, "t/group.c": `{}`}
	for _, tt := range []struct {
		recorded map[string]string
		paths    []string
		want     string
	}{
		{both, []string{"a", "never"}, "[s t]"}, {both, []string{"group.c", "a"}, "[s t]"}, {both, []string{"never"}, "[t]"}, {both, []string{"free"}, "[]"},
		{map[string]string{"s/a": `{"out": "o"}`}, nil, "[s]"}, {nil, []string{"a", "never"}, "[]"},
	} {
		r := newRig(t, tt.recorded)
		var paths []addr.Path
		for _, p := range tt.paths {
			paths = append(paths, path(t, p))
		}
		if err := r.Lock(t.Context(), paths); err != nil || fmt.Sprint(r.locked) != tt.want {
			t.Errorf("%v: got %v, %v, want %s", tt.paths, r.locked, err, tt.want)
		}
	}
}

// TestCall checks names, and records outputs that a method gives.
func TestCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, applied)
	hard := map[string]json.RawMessage{"hard": json.RawMessage("true")}
	for _, tt := range []struct {
		path, method string
		args         map[string]json.RawMessage
		want         string
	}{
		{"a", "pok", hard, `there is no such method, did you mean "poke"?`},
		{"a", "poke", map[string]json.RawMessage{"hrd": nil}, `it has no argument "hrd", did you mean "hard"?`},
		{"a", "poke", nil, "the argument hard is missing"},
		{"never", "poke", nil, "never has no recorded outputs"},
		{"group", "poke", nil, "group is a composite"},
	} {
		if _, err := r.Call(t.Context(), path(t, tt.path), tt.method, tt.args); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s.%s: got %v, want %q", tt.path, tt.method, err, tt.want)
		}
	}
	if len(r.calls) > 0 {
		t.Fatalf("the provider was asked: %v", r.calls)
	}
	r.answers = protocol.CallMethodResponse{Result: json.RawMessage(`1`), OutputProperties: protocol.Properties{"out": json.RawMessage(`"new"`), "key": json.RawMessage(`"other-canary"`)}}
	result, err := r.Call(t.Context(), path(t, "a"), "poke", hard)
	if err != nil || string(result) != "1" || len(r.calls) != 1 || string(r.calls[0].Resource.OutputProperties["out"]) != `"o"` {
		t.Errorf("got %s, %v, %+v", result, err, r.calls)
	}
	after, err := r.Resource(t.Context(), path(t, "a"))
	if err != nil || string(after.Outputs["out"]) != `"new"` || r.secrets.Hide("other-canary") != script.Hidden {
		t.Errorf("afterwards: got %+v, %v", after, err)
	}
	if _, err := r.Call(t.Context(), path(t, "free"), "anything", nil); err != nil {
		t.Errorf("a resource that is not remembered, and declares no methods: %v", err)
	}
}

// TestClosed closes a deployment, and asks again.
func TestClosed(t *testing.T) {
	t.Parallel()
	r := newRig(t, applied)
	if err := r.Close(); err != nil { // nothing was opened
		t.Fatal(err)
	}
	if _, err := r.Resources(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Resource(t.Context(), path(t, "a")); err == nil || err.Error() != "the deployment is closed" {
		t.Errorf("got %v", err)
	}
}
