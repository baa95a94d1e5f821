package state_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nixops4/state"
	"nixops4/state/mem"
)

// errored makes a journal whose store breaks after it has declared its intents, lets it record the resources, and returns the file with
// what was kept. The store works again then.
func errored(t *testing.T, s *counting, names ...string) *state.Errored {
	t.Helper()
	w := state.NewErroredWriter(t.TempDir(), state.Errored{Resource: []string{"store"}, Command: "nixops4 apply"})
	j := openJournal(t, s, state.JournalOptions{Unsaved: w.Keep})
	ids := map[string]string{}
	for _, name := range names {
		id, err := j.Begin(t.Context(), state.Intent{Op: "create", Path: []string{"web", name}})
		must(t, err)
		ids[name] = id
	}
	s.fail = errors.New("the disk is full")
	for _, name := range names {
		if err := j.Record(t.Context(), state.Change{Event: "create", Path: []string{"web", name}, Set: box("1"), End: []string{ids[name]}}); err == nil {
			t.Fatal("recording in a broken store succeeded")
		}
	}
	s.fail = nil
	if found := state.FindErrored(filepath.Dir(w.Path())); len(found) != 1 || found[0] != w.Path() {
		t.Errorf("found %q, want %q", found, w.Path())
	}
	e, err := state.ReadErrored(w.Path())
	must(t, err)
	if e.Resource[0] != "store" || e.Command != "nixops4 apply" || !strings.HasSuffix(e.Cause, "the disk is full") || len(e.Events) != len(names) {
		t.Errorf("kept %+v", e)
	}
	return e
}

func TestReplay(t *testing.T) {
	t.Parallel()
	s := &counting{Store: mem.New()}
	e := errored(t, s, "a", "b")
	// Somebody does something else in the meantime.
	other := openJournal(t, s, state.JournalOptions{})
	must(t, other.Record(t.Context(), state.Change{Event: "create", Path: []string{"web", "c"}, Set: box("2")}))
	n, err := state.Replay(t.Context(), s, "", e.Expected, e.Events)
	if err != nil || n != 2 {
		t.Errorf("replayed %d, %v", n, err)
	}
	n, err = state.Replay(t.Context(), s, "", e.Expected, e.Events)
	if err != nil || n != 0 {
		t.Errorf("replayed again %d, %v", n, err)
	}
	snapshot, err := s.Read(t.Context())
	must(t, err)
	var found []string
	must(t, snapshot.Document.Walk(func(path []string, r state.Resource) error {
		found = append(found, fmt.Sprint(path, string(r.InputProperties["v"])))
		return nil
	}))
	if got := fmt.Sprint(found); got != "[[web a]1 [web b]1 [web c]2]" || len(snapshot.Intents) != 0 {
		t.Errorf("resources %s, intents %v", got, snapshot.Intents)
	}
}

// TestReplayHalf has the store keep the first of the events although it said that it failed.
func TestReplayHalf(t *testing.T) {
	t.Parallel()
	s := &counting{Store: mem.New()}
	e := errored(t, s, "a", "b")
	snapshot, err := s.Read(t.Context())
	must(t, err)
	_, err = s.Append(t.Context(), state.Batch{Expected: snapshot.Next, Events: e.Events[:1]})
	must(t, err)
	n, err := state.Replay(t.Context(), s, "", e.Expected, e.Events)
	if err != nil || n != 1 {
		t.Errorf("replayed %d, %v", n, err)
	}
}

func TestReplayOvertaken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(*state.Journal) error
		want string
	}{
		{"same resource", func(j *state.Journal) error {
			return j.Record(t.Context(), state.Change{Event: "create", Path: []string{"web", "a"}, Set: box("2")})
		}, "web.a was changed by somebody else since: event 2 (create) of "},
		{"resolved", func(j *state.Journal) error {
			return j.Record(t.Context(), state.Change{Event: "retry", Path: []string{"web", "a"}, End: []string{j.Unfinished()[0].ID}})
		}, "the unfinished operation "},
	} {
		s := &counting{Store: mem.New()}
		e := errored(t, s, "a")
		must(t, tt.do(openJournal(t, s, state.JournalOptions{})))
		_, err := state.Replay(t.Context(), s, "", e.Expected, e.Events)
		var overtaken *state.OvertakenError
		if !errors.As(err, &overtaken) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		snapshot, err := s.Read(t.Context())
		must(t, err)
		if snapshot.Next != 3 {
			t.Errorf("%s: next = %d", tt.name, snapshot.Next)
		}
	}
}

func TestErroredFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a[b]*")
	must(t, os.Mkdir(dir, 0o755))
	u := state.Unsaved{Expected: 7, Events: []state.Event{state.FirstEvent(time.Now())}, Err: errors.New("x")}
	a, b := state.NewErroredWriter(dir, state.Errored{}), state.NewErroredWriter(dir, state.Errored{})
	for range 2 {
		must(t, a.Keep(u))
		must(t, b.Keep(u))
	}
	if found := state.FindErrored(dir); len(found) != 2 {
		t.Errorf("found %q", found)
	}
	e, err := state.ReadErrored(a.Path())
	if err != nil || len(e.Events) != 2 || e.Expected != 7 {
		t.Errorf("read %+v, %v", e, err)
	}
	text, err := os.ReadFile(a.Path())
	must(t, err)
	for name, tt := range map[string]struct{ text, want string }{
		"torn":    {string(text[:len(text)-9]), ""},
		"other":   {`{"_type":"nixopsState"}` + "\n", `its first line is not a header with "_type": "nixopsErroredEvents"`},
		"empty":   {"", "holds nothing: its first line is not complete"},
		"damaged": {strings.Replace(string(text), `{"index"`, `{"indx"`, 1), `line 2: event has no "index"`},
	} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(tt.text), 0o600))
		e, err := state.ReadErrored(path)
		switch {
		case tt.want == "" && (err != nil || len(e.Events) != 1):
			t.Errorf("%s: %+v, %v", name, e, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	gone := state.NewErroredWriter(filepath.Join(dir, "none"), state.Errored{})
	if err := gone.Keep(u); err == nil || !strings.Contains(err.Error(), `{"index":7,"meta"`) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestErroredFull keeps events while the disk is full: what cannot be written whole is not written at all, and what is kept later can be read.
func TestErroredFull(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("NIXOPS4_TEST_ERRORED_DIR")
	if dir == "" {
		if _, err := exec.LookPath("sh"); err != nil {
			t.Skip(err)
		}
		self, err := os.Executable()
		must(t, err)
		dir = t.TempDir()
		// A limit on the size of files is the nearest thing to a full disk that needs no privileges.
		cmd := exec.Command("sh", "-c", `ulimit -f 4; exec "$0" -test.run='^TestErroredFull$'`, self)
		cmd.Env = append(os.Environ(), "NIXOPS4_TEST_ERRORED_DIR="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		found := state.FindErrored(dir)
		if len(found) != 1 {
			t.Fatalf("found %q", found)
		}
		e, err := state.ReadErrored(found[0])
		must(t, err)
		if len(e.Events) != 2 || e.Command != "small" {
			t.Errorf("kept %+v", e)
		}
		must(t, os.WriteFile(filepath.Join(dir, "errored-1.nixops4.json"), nil, 0o600)) // a crash left it
		if found := state.FindErrored(dir); len(found) != 1 {
			t.Errorf("with an empty file: %q", found)
		}
		return
	}
	event := state.FirstEvent(time.Now())
	small := state.Unsaved{Events: []state.Event{event}, Err: errors.New("x")}
	event.Meta = event.Meta.With("text", strings.Repeat("large ", 10_000))
	large := state.Unsaved{Events: []state.Event{event}, Err: errors.New("x")}
	none := state.NewErroredWriter(dir, state.Errored{Command: strings.Repeat("large ", 10_000)})
	if err := none.Keep(small); err == nil || none.Path() != "" || !strings.Contains(err.Error(), `{"index":0,"meta"`) {
		t.Errorf("a header that does not fit: %.200v", err)
	}
	w := state.NewErroredWriter(dir, state.Errored{Command: "small"})
	must(t, w.Keep(small))
	if err := w.Keep(large); err == nil {
		t.Error("a large event was kept")
	}
	must(t, w.Keep(small))
}

func TestEventPaths(t *testing.T) {
	t.Parallel()
	event := func(meta, patch string) state.Event {
		e, err := state.ParseEvent([]byte(`{"index":0,"meta":` + meta + `,"patch":` + patch + `}`))
		must(t, err)
		return e
	}
	const resource = `{"type":"t","input_properties":{},"output_properties":{}}`
	for _, tt := range []struct{ meta, patch, want string }{
		{`{}`, `[]`, `[]`},
		{`{"path":["a"]}`, `[{"op":"remove","path":"/deployments/x"}]`, `[[a]]`},
		{`{"path":["a"],"to":["b","c"]}`, `[]`, `[[a] [b c]]`},
		{`{}`, `[{"op":"replace","path":"/resources/a/input_properties/v","value":1},{"op":"remove","path":"/resources/a/x"}]`, `[[a]]`},
		{`{}`, `[{"op":"add","path":"/deployments/web","value":{"resources":{"vm":` + resource + `},"deployments":{"in":{"resources":{"x":` + resource + `}}}}}]`, `[[web in x] [web vm]]`},
		{`{}`, `[{"op":"remove","path":"/deployments/web"}]`, `[[web]]`},
		{`{}`, `[{"op":"move","from":"/resources/a","path":"/deployments/d/resources/b"}]`, `[[a] [d b]]`},
		{`{}`, `[{"op":"add","path":"","value":{"_type":"nixopsState","resources":{"r":` + resource + `}}}]`, `[[r]]`},
		{`{}`, `[{"op":"add","path":"","value":{"_type":"nixopsState","resources":{"r":1}}}]`, `[]`},
	} {
		if got := fmt.Sprint(event(tt.meta, tt.patch).Paths()); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.meta, tt.patch, got, tt.want)
		}
	}
	e := event(`{"path":["web","vm"]}`, `[]`)
	for path, want := range map[string]bool{`["web"]`: true, `["web","vm"]`: true, `["web","vm2"]`: false, `["we"]`: false, `["web","vm","x"]`: true, `[]`: true} {
		var names []string
		must(t, json.Unmarshal([]byte(path), &names))
		if got := e.Concerns(names); got != want {
			t.Errorf("concerns %s: %v", path, got)
		}
	}
}

// TestReplayRandom lets one writer's events be kept while another changes other resources in the same components: afterwards both have had their way,
// whatever components appeared and vanished on the way.
func TestReplayRandom(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := mathrand.New(mathrand.NewPCG(seed, 1))
		s := &counting{Store: mem.New()}
		start := openJournal(t, s, state.JournalOptions{})
		want := map[string]string{} // by path and owner
		change := func(j *state.Journal, owner string) {
			path := []string{fmt.Sprint("d", random.IntN(2)), fmt.Sprint("e", random.IntN(2)), owner + fmt.Sprint(random.IntN(2))}[random.IntN(3):]
			c := state.Change{Event: "set", Path: path, Set: box(fmt.Sprint(random.IntN(100)))}
			key := strings.Join(path, ".")
			if want[key] = string(c.Set.InputProperties["v"]); random.IntN(3) == 0 {
				c = state.Change{Event: "remove", Path: path, Remove: true}
				delete(want, key)
			}
			_ = j.Record(t.Context(), c) // the store of the first one is broken
		}
		for range random.IntN(6) {
			change(start, []string{"a", "b"}[random.IntN(2)])
		}
		var kept []state.Event
		var expected uint64
		mine := openJournal(t, s, state.JournalOptions{Unsaved: func(u state.Unsaved) error {
			if len(kept) == 0 {
				expected = u.Expected
			}
			kept = append(kept, u.Events...)
			return nil
		}})
		s.fail = errors.New("broken")
		for range 1 + random.IntN(8) {
			change(mine, "a")
		}
		s.fail = nil
		other := openJournal(t, s, state.JournalOptions{})
		for range random.IntN(8) {
			change(other, "b")
		}
		if n, err := state.Replay(t.Context(), s, "", expected, kept); err != nil || n != len(kept) {
			t.Fatalf("seed %d: replayed %d of %d: %v", seed, n, len(kept), err)
		}
		snapshot, err := s.Read(t.Context())
		must(t, err)
		got := map[string]string{}
		must(t, snapshot.Document.Walk(func(path []string, r state.Resource) error {
			got[strings.Join(path, ".")] = string(r.InputProperties["v"])
			return nil
		}))
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}
