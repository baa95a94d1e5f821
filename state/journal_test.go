package state_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/state"
	"nixops4/state/mem"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openJournal(t *testing.T, s state.Store, o state.JournalOptions) *state.Journal {
	t.Helper()
	o.Create = true
	j, err := state.OpenJournal(t.Context(), s, o)
	must(t, err)
	return j
}

func box(value string) *state.Resource {
	inputs := map[string]json.RawMessage{"v": json.RawMessage(value)}
	return &state.Resource{Type: "box", InputProperties: inputs, OutputProperties: inputs}
}

// history returns what the events from index 1 on say, in short.
func history(t *testing.T, s state.Store) string {
	t.Helper()
	events, err := s.Events(t.Context(), 1)
	must(t, err)
	var lines []string
	for _, e := range events {
		line := e.Meta.Event()
		for _, op := range e.Patch {
			line += " " + op.Op + op.Path
		}
		if e.Meta["ended"] != nil {
			line += " ends"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestJournalLife leads a resource through its life.
func TestJournalLife(t *testing.T) {
	t.Parallel()
	s := mem.New()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	j := openJournal(t, s, state.JournalOptions{Version: "9", Command: "apply", Now: func() time.Time { return now }})
	path := []string{"web", "vm"}
	begin := func(op string) string {
		t.Helper()
		id, err := j.Begin(t.Context(), state.Intent{Op: op, Path: path, Type: "box", Inputs: json.RawMessage(`{"v": 1}`)})
		must(t, err)
		if u := j.Unfinished(); len(u) != 1 || u[0].ID != id || u[0].Digest != state.InputsDigest(json.RawMessage(`{"v":1}`)) {
			t.Errorf("unfinished after %s: %+v", op, u)
		}
		return id
	}
	record := func(c state.Change) {
		t.Helper()
		must(t, j.Record(t.Context(), c))
		if u := j.Unfinished(); len(u) != 0 {
			t.Errorf("unfinished after %s: %+v", c.Event, u)
		}
	}
	times := func(created, updated time.Time) {
		t.Helper()
		r, err := j.Resource(path)
		must(t, err)
		if !r.Created().Equal(created) || !r.Updated().Equal(updated) {
			t.Errorf("created %v, updated %v; want %v, %v", r.Created(), r.Updated(), created, updated)
		}
	}
	first := now
	must(t, j.Fail(t.Context(), begin("create"), "no quota"))
	record(state.Change{Event: "create", Path: path, Set: box("1"), End: []string{begin("create")}})
	times(first, first)
	now = now.Add(time.Hour)
	record(state.Change{Event: "update", Path: path, Set: box("1")}) // nothing changed: no event
	times(first, first)
	record(state.Change{Event: "update", Path: path, Set: box("2"), End: []string{begin("update")}})
	times(first, now)
	record(state.Change{Event: "move", Path: path, Move: []string{"vm"}})
	path = []string{"vm"}
	times(first, now)
	record(state.Change{Event: "destroy", Path: path, Remove: true, End: []string{begin("destroy")}})
	if _, err := j.Resource(path); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("after destroy: %v", err)
	}
	want := `intent
failed ends
intent
create add/deployments/web ends
intent
update replace/deployments/web/resources/vm/input_properties/v replace/deployments/web/resources/vm/output_properties/v replace/deployments/web/resources/vm/updated_at ends
move add/resources/vm remove/deployments/web
intent
destroy remove/resources/vm ends`
	if got := history(t, s); got != want {
		t.Errorf("history:\n%s\nwant:\n%s", got, want)
	}
	events, err := s.Events(t.Context(), 2)
	must(t, err)
	if got := string(events[0].Meta["error"]) + string(events[0].Meta["command"]) + events[0].Meta.Version(); got != `"no quota""apply"9` {
		t.Errorf("metadata: %s", got)
	}
	snapshot, err := s.Read(t.Context())
	must(t, err)
	got, _ := snapshot.Document.MarshalJSON()
	if mine, _ := j.Document().MarshalJSON(); string(mine) != string(got) {
		t.Errorf("the journal has %s, the store %s", mine, got)
	}
}

// TestJournalReplace records the new object and declares that the old one is to be destroyed in one event, so that none is ever forgotten.
func TestJournalReplace(t *testing.T) {
	t.Parallel()
	s := mem.New()
	j := openJournal(t, s, state.JournalOptions{})
	old := state.Intent{ID: "old", Op: "destroy", Path: []string{"a"}, Type: "box", Inputs: json.RawMessage(`{}`), Outputs: json.RawMessage(`{"id":1}`)}
	id, err := j.Begin(t.Context(), state.Intent{Op: "create", Path: []string{"a"}})
	must(t, err)
	must(t, j.Record(t.Context(), state.Change{Event: "create", Path: []string{"a"}, Set: box("1"), End: []string{id}, Begin: &old}))
	left := openJournal(t, s, state.JournalOptions{}).Unfinished()
	if len(left) != 1 || left[0].ID != "old" || string(left[0].Outputs) != `{"id":1}` {
		t.Errorf("unfinished: %+v", left)
	}
}

func TestJournalMissing(t *testing.T) {
	t.Parallel()
	if _, err := state.OpenJournal(t.Context(), mem.New(), state.JournalOptions{}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("error = %v", err)
	}
}

// counting counts appends, makes them slow, and can make them fail.
type counting struct {
	*mem.Store
	mu      sync.Mutex
	appends int
	fail    error
	slow    time.Duration
}

func (c *counting) Append(ctx context.Context, b state.Batch) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.appends++
	if c.fail != nil {
		return 0, c.fail
	}
	time.Sleep(c.slow)
	return c.Store.Append(ctx, b)
}

// TestJournalGroups records many resources at a time: they share appends, and each is durable when its call returns.
func TestJournalGroups(t *testing.T) {
	t.Parallel()
	const resources = 2000
	s := &counting{Store: mem.New(), slow: time.Millisecond}
	j := openJournal(t, s, state.JournalOptions{})
	var wg sync.WaitGroup
	for i := range resources {
		wg.Go(func() {
			path := []string{fmt.Sprint("r", i)}
			id, err := j.Begin(t.Context(), state.Intent{Op: "create", Path: path})
			if err == nil {
				err = j.Record(t.Context(), state.Change{Event: "create", Path: path, Set: box("1"), End: []string{id}})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	snapshot, err := s.Read(t.Context())
	must(t, err)
	if snapshot.Next != 2*resources+1 || len(snapshot.Intents) != 0 {
		t.Errorf("next = %d, %d intents", snapshot.Next, len(snapshot.Intents))
	}
	if s.appends > resources {
		t.Errorf("%d appends for %d events", s.appends, 2*resources)
	}
}

// TestJournalUnsaved breaks the store while a resource is being created: nothing starts any more, and what is done is handed over.
func TestJournalUnsaved(t *testing.T) {
	t.Parallel()
	s := &counting{Store: mem.New()}
	var kept []string
	j := openJournal(t, s, state.JournalOptions{Unsaved: func(u state.Unsaved) error {
		for i, e := range u.Events {
			kept = append(kept, fmt.Sprintf("%d %s", u.Expected+uint64(i), e.Summary()))
		}
		return errors.New("kept elsewhere")
	}})
	var ids []string
	for i := range 2 {
		id, err := j.Begin(t.Context(), state.Intent{Op: "create", Path: []string{fmt.Sprint("r", i)}})
		must(t, err)
		ids = append(ids, id)
	}
	s.fail = errors.New("the disk is full")
	for i, id := range ids {
		err := j.Record(t.Context(), state.Change{Event: "create", Path: []string{fmt.Sprint("r", i)}, Set: box("1"), End: []string{id}})
		if err == nil || err.Error() != "appending to the state: the disk is full\nkept elsewhere" {
			t.Errorf("recording r%d: %v", i, err)
		}
		s.fail = nil // that the disk works again does not help
	}
	if _, err := j.Begin(t.Context(), state.Intent{Op: "create", Path: []string{"late"}}); err == nil {
		t.Error("a declaration after a failed append succeeded")
	}
	if want := []string{"3 create, add /resources/r0", "4 create, add /resources/r1"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
}

// TestJournalNotes appends notes of others in between, such as that an operation has run. They are no conflict; a change is.
func TestJournalNotes(t *testing.T) {
	t.Parallel()
	s := mem.New()
	j := openJournal(t, s, state.JournalOptions{})
	note := func(e state.Event) {
		t.Helper()
		snapshot, err := s.Read(t.Context())
		must(t, err)
		_, err = s.Append(t.Context(), state.Batch{Expected: snapshot.Next, Events: []state.Event{e}})
		must(t, err)
	}
	note(state.Event{Meta: state.NewMeta("run", time.Now())})
	note(state.Event{Meta: state.NewMeta("run", time.Now())})
	must(t, j.Record(t.Context(), state.Change{Event: "create", Path: []string{"a"}, Set: box("1")}))
	must(t, j.Record(t.Context(), state.Change{Event: "update", Path: []string{"a"}, Set: box("2")}))
	if got, want := history(t, s), "run\nrun\ncreate add/resources/a\nupdate "; !strings.HasPrefix(got, want) {
		t.Errorf("got:\n%s\nwant it to start with:\n%s", got, want)
	}
	note(state.Event{Meta: state.NewMeta("intent", time.Now()).WithIntent(state.Intent{ID: "i", Op: "create", Path: []string{"b"}})})
	err := j.Record(t.Context(), state.Change{Event: "update", Path: []string{"a"}, Set: box("3")})
	var conflict *state.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("after an intent of others: got %v, want a conflict", err)
	}
}

func TestAcquire(t *testing.T) {
	t.Parallel()
	s := mem.New()
	first, err := state.Acquire(t.Context(), s, "first", 0, nil)
	must(t, err)
	var locked *state.LockedError
	if _, err := state.Acquire(t.Context(), s, "second", 0, nil); !errors.As(err, &locked) || locked.Lock.Command != "first" {
		t.Errorf("second: %v", err)
	}
	told := 0
	time.AfterFunc(100*time.Millisecond, func() {
		if err := first.Release(context.Background()); err != nil {
			t.Error(err)
		}
	})
	third, err := state.Acquire(t.Context(), s, "third", time.Minute, func(l state.Lock) {
		if told++; l.Command != "first" {
			t.Errorf("waiting for %v", l)
		}
	})
	must(t, err)
	if told != 1 || third.ID() == "" {
		t.Errorf("told %d times, ID %q", told, third.ID())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := state.Acquire(ctx, s, "fourth", time.Minute, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("canceled: %v", err)
	}
	must(t, s.Unlock(t.Context(), third.ID()))
	if err := third.Release(t.Context()); !errors.Is(err, state.ErrLockLost) {
		t.Errorf("release of a broken lock: %v", err)
	}
	// A store without locks.
	none, err := state.Acquire(t.Context(), struct{ state.Store }{s}, "none", 0, nil)
	must(t, err)
	if none.ID() != "" || none.Release(t.Context()) != nil {
		t.Errorf("a lock that is none: %v", none)
	}
}

// TestDead looks at holders that still exist, that ended, whose PID is used again, and that cannot be seen from here.
func TestDead(t *testing.T) {
	t.Parallel()
	alive := state.NewLock("test", time.Now())
	if alive.BootID == "" || alive.Started == "" {
		t.Skip("this system does not tell about processes")
	}
	ended := exec.Command("true")
	must(t, ended.Run())
	for _, tt := range []struct {
		name   string
		change func(*state.Lock)
		want   bool
	}{
		{"alive", func(*state.Lock) {}, false},
		{"no start known", func(l *state.Lock) { l.Started = "" }, false},
		{"ended", func(l *state.Lock) { l.PID = ended.Process.Pid }, true},
		{"PID used again", func(l *state.Lock) { l.Started = "1" + l.Started }, true},
		{"another host", func(l *state.Lock) { l.Host, l.PID = "x"+l.Host, ended.Process.Pid }, false},
		{"another container", func(l *state.Lock) { l.BootID, l.PID = l.BootID[:36]+"/pid:[1]", ended.Process.Pid }, false},
		{"machine of the same name", func(l *state.Lock) { l.BootID, l.Machine = "x"+l.BootID, "another" }, false},
		{"machine of the same name without identity", func(l *state.Lock) { l.BootID, l.Machine = "x"+l.BootID, "" }, false},
		{"boot before", func(l *state.Lock) { l.BootID = "x" + l.BootID }, alive.Machine != ""},
		{"nothing known", func(l *state.Lock) { l.BootID, l.PID = "", ended.Process.Pid }, false},
	} {
		l := alive
		if tt.change(&l); l.Dead() != tt.want {
			t.Errorf("%s: dead = %v, want %v", tt.name, !tt.want, tt.want)
		}
	}
}

// TestJournalTogether records several changes in one step, or none of them.
func TestJournalTogether(t *testing.T) {
	t.Parallel()
	s := &counting{Store: mem.New()}
	j := openJournal(t, s, state.JournalOptions{})
	must(t, j.Record(t.Context(), state.Change{Event: "create", Path: []string{"a"}, Set: box("1")}, state.Change{Event: "create", Path: []string{"b"}, Set: box("1")}))
	if err := j.Record(t.Context(), state.Change{Event: "move", Path: []string{"a"}, Move: []string{"x"}}, state.Change{Event: "move", Path: []string{"none"}, Move: []string{"y"}}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("half of a move: %v", err)
	}
	if _, err := j.Resource([]string{"a"}); err != nil {
		t.Errorf("after half of a move: %v", err)
	}
	must(t, j.Record(t.Context()))
	if s.appends != 1 || history(t, s) != "create add/resources/a\ncreate add/resources/b" {
		t.Errorf("%d appends: %s", s.appends, history(t, s))
	}
}
