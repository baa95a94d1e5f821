package remote_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nixops4/providers"
	"nixops4/providers/local"
	"nixops4/providers/protocol"
	"nixops4/providers/sdk"
	"nixops4/state"
	"nixops4/state/remote"
	"nixops4/state/statetest"
)

// asLocal makes the test binary the local provider; with the value "v0" it knows only what providers of the existing NixOps4 do, and ends like
// those at a request that it does not know.
const asLocal = "NIXOPS4_TEST_AS_LOCAL_PROVIDER"

func TestMain(m *testing.M) {
	switch os.Getenv(asLocal) {
	case "all":
		os.Exit(sdk.Main(context.Background(), local.Provider("test")))
	case "v0":
		serveV0()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func serveV0() {
	provider := local.Provider("test")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		r, err := protocol.DecodeRequest(in.Bytes())
		if err != nil || protocol.OperationOf(r).Extension {
			fmt.Fprintln(os.Stderr, "could not parse request message")
			return
		}
		response, err := provider.Handle(context.Background(), r)
		if err != nil {
			response = protocol.ErrorResponse{Message: err.Error()}
		}
		line, err := protocol.Encode(response)
		if err != nil {
			panic(err)
		}
		os.Stdout.Write(line)
	}
}

// opener returns a function that opens the state in one file through the local provider.
func opener(t testing.TB, kind string) (open func() *remote.Store, path string) {
	t.Helper()
	client := providers.New(providers.Options{
		Builtin: func(string) (string, []string, error) {
			self, err := os.Executable()
			return self, nil, err
		},
		Env: append(os.Environ(), asLocal+"="+kind, "GORACE=atexit_sleep_ms=0"),
	})
	t.Cleanup(client.Close)
	path = filepath.Join(t.TempDir(), "state.json")
	name, err := json.Marshal(path)
	if err != nil {
		t.Fatal(err)
	}
	return func() *remote.Store {
		s := remote.Open(client.Provider(providers.Spec{Executable: "builtin:local"}, "store"), protocol.Resource{
			Type: "state_file", InputProperties: protocol.Properties{"name": name},
		})
		t.Cleanup(func() { s.Close() })
		return s
	}, path
}

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(t *testing.T) func() state.Store {
		open, _ := opener(t, "all")
		return func() state.Store { return open() }
	})
}

// TestV0 keeps state with a provider that knows protocol v0 only.
func TestV0(t *testing.T) {
	t.Parallel()
	open, path := opener(t, "v0")
	s := open()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Read(t.Context()); err == nil {
		t.Error("state that does not exist was read")
	}
	must(s.Create(t.Context()))
	snapshot, err := s.Read(t.Context())
	must(err)
	d := snapshot.Document
	r := state.Resource{Type: "memo", InputProperties: map[string]json.RawMessage{"n": json.RawMessage("12345678901234567890")}}
	next, err := s.Append(t.Context(), state.Batch{Expected: snapshot.Next, Events: []state.Event{
		{Meta: state.NewMeta("intent", time.Now()).WithIntent(state.Intent{ID: "a"})},
		{Meta: state.NewMeta("create", time.Now()).With("nixopsVersion", "9"), Patch: d.PatchSet([]string{"web", "x"}, r)},
	}})
	must(err)
	if next != snapshot.Next+2 {
		t.Errorf("next = %d, was %d", next, snapshot.Next)
	}
	var conflict *state.ConflictError
	if _, err := s.Append(t.Context(), state.Batch{Expected: next - 1}); !errors.As(err, &conflict) {
		t.Errorf("stale index: %v", err)
	}
	for _, s := range []*remote.Store{s, open()} {
		snapshot, err := s.Read(t.Context())
		must(err)
		got, err := snapshot.Document.Resource([]string{"web", "x"})
		if err != nil || string(got.InputProperties["n"]) != "12345678901234567890" {
			t.Errorf("resource = %+v, %v", got, err)
		}
	}
	for what, err := range map[string]error{
		"Lock":   s.Lock(t.Context(), state.NewLock("x", time.Now())),
		"Unlock": s.Unlock(t.Context(), "x"),
		"Holder": second(s.Holder(t.Context())),
		"Events": second(s.Events(t.Context(), 0)),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
	text, err := os.ReadFile(path)
	must(err)
	if !strings.Contains(string(text), `"event":"create","nixopsVersion":"9"`) || strings.Contains(string(text), "intent") {
		t.Errorf("file = %s", text)
	}
}

func second[T any](_ T, err error) error { return err }

// TestRepairAndCompact lets the provider repair a torn file and compact a long one.
func TestRepairAndCompact(t *testing.T) {
	t.Parallel()
	open, path := opener(t, "all")
	s := open()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Create(t.Context()))
	patch := state.NewDocument().PatchSet([]string{"a"}, state.Resource{Type: "t"})
	_, err := s.Append(t.Context(), state.Batch{Expected: 1, Events: []state.Event{{Meta: state.NewMeta("create", time.Now()), Patch: patch}}})
	must(err)
	good, err := os.ReadFile(path)
	must(err)
	must(os.WriteFile(path, append(good, `{"index":2,"me`...), 0o600))
	if _, err := s.Read(t.Context()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("is damaged at byte %d", len(good))) {
		t.Errorf("reading a torn file: %v", err)
	}
	copied, cut, err := s.Repair(t.Context())
	if err != nil || cut != 14 || !strings.HasPrefix(copied, path+".damaged-") {
		t.Errorf("repair: %s, %d, %v", copied, cut, err)
	}
	if copied, cut, err := s.Repair(t.Context()); copied != "" || cut != 0 || err != nil {
		t.Errorf("second repair: %s, %d, %v", copied, cut, err)
	}
	if copied, err := s.Compact(t.Context()); err != nil || !strings.HasPrefix(copied, path+".full-") {
		t.Errorf("compact: %s, %v", copied, err)
	}
	snapshot, err := s.Read(t.Context())
	must(err)
	if _, err := snapshot.Document.Resource([]string{"a"}); err != nil || snapshot.Next != 2 {
		t.Errorf("after compacting: next %d, %v", snapshot.Next, err)
	}
	old, _ := opener(t, "v0")
	if _, err := old().Compact(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a provider of protocol v0: %v", err)
	}
}
