// Package statetest is the contract suite of state stores: what [nixops4/state.Store] promises, as tests.
//
// A backend calls [Run] from one test.
package statetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/state"
)

// Run runs the suite. setUp is called for each test and returns a function that opens the same, at first missing, log each time it is called.
func Run(t *testing.T, setUp func(t *testing.T) (open func() state.Store)) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, func() state.Store)
	}{
		{"missing", testMissing},
		{"create", testCreate},
		{"append", testAppend},
		{"values", testValues},
		{"conflict", testConflict},
		{"bad patch", testBadPatch},
		{"snapshot", testSnapshot},
		{"events", testEvents},
		{"intents", testIntents},
		{"two writers", testTwoWriters},
		{"race", testRace},
		{"create race", testCreateRace},
		{"repair and compact", testRepairAndCompact},
		{"destroy", testDestroy},
		{"lock", testLock},
		{"lost lock", testLostLock},
		{"dead lock", testDeadLock},
		{"lock race", testLockRace},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, setUp(t))
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s state.Store) *state.Snapshot {
	t.Helper()
	snapshot, err := s.Read(t.Context())
	must(t, err)
	return snapshot
}

// event returns an event that sets a top-level resource.
func event(name, value string) state.Event {
	return state.Event{
		Meta: state.NewMeta("test", time.Now()),
		Patch: state.Patch{{
			Op: "add", Path: state.Pointer("resources", name),
			Value: json.RawMessage(`{"type":"t","input_properties":{"v":` + value + `},"output_properties":{}}`),
		}},
	}
}

func appendEvents(t *testing.T, s state.Store, expected uint64, events ...state.Event) uint64 {
	t.Helper()
	next, err := s.Append(t.Context(), state.Batch{Expected: expected, Events: events})
	must(t, err)
	return next
}

func document(t *testing.T, s state.Store) string {
	t.Helper()
	text, err := read(t, s).Document.MarshalJSON()
	must(t, err)
	return string(text)
}

func checkInput(t *testing.T, s state.Store, name, want string) {
	t.Helper()
	r, err := read(t, s).Document.Resource([]string{name})
	must(t, err)
	if got := string(r.InputProperties["v"]); got != want {
		t.Errorf("resource %s has %s, want %s", name, got, want)
	}
}

func testMissing(t *testing.T, open func() state.Store) {
	s := open()
	if _, err := s.Read(t.Context()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Read: %v", err)
	}
	if _, err := s.Events(t.Context(), 0); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Events: %v", err)
	}
	if _, err := s.Append(t.Context(), state.Batch{Events: []state.Event{event("a", "1")}}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Append: %v", err)
	}
	if _, err := s.Read(t.Context()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("Read after Append: %v", err)
	}
}

func testCreate(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	snapshot := read(t, s)
	if snapshot.Next != 1 || len(snapshot.Intents) != 0 {
		t.Errorf("next = %d, intents = %v", snapshot.Next, snapshot.Intents)
	}
	if got, want := document(t, s), `{"_type":"nixopsState","deployments":{},"resources":{}}`; got != want {
		t.Errorf("document = %s, want %s", got, want)
	}
	appendEvents(t, s, 1, event("a", "1"))
	must(t, s.Create(t.Context()))
	must(t, open().Create(t.Context()))
	checkInput(t, s, "a", "1")
}

func testAppend(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	if next := appendEvents(t, s, 1, event("a", "1"), event("b", "2")); next != 3 {
		t.Errorf("next = %d, want 3", next)
	}
	if next := appendEvents(t, s, 3); next != 3 {
		t.Errorf("next after nothing = %d, want 3", next)
	}
	appendEvents(t, s, 3, state.Event{Meta: state.NewMeta("destroy", time.Now()), Patch: read(t, s).Document.PatchRemove([]string{"a"})})
	for _, s := range []state.Store{s, open()} {
		checkInput(t, s, "b", "2")
		if _, err := read(t, s).Document.Resource([]string{"a"}); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("removed resource: %v", err)
		}
		if next := read(t, s).Next; next != 4 {
			t.Errorf("next = %d, want 4", next)
		}
	}
}

// testValues stores values that a careless reader changes, under names that need escaping.
func testValues(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	next := uint64(1)
	for _, name := range []string{"file.txt", "a/b~c", "ü 🙂", `"`, "\\", "resources", "~1", "<>&"} {
		for _, value := range []string{
			"123456789012345678901234567890", "1.10", "1e400", "-0.0", `"<&>` + "\u2028" + `é\u0000\ud83d\ude42"`, `{"b":1,"a":[[],{},null,true]}`,
		} {
			next = appendEvents(t, s, next, event(name, value))
			checkInput(t, s, name, value)
		}
	}
	large := `"` + strings.Repeat("x", 1<<20) + `"`
	appendEvents(t, s, next, event("large", large))
	checkInput(t, s, "large", large)
	checkInput(t, open(), "large", large)
	checkInput(t, open(), "<>&", `{"b":1,"a":[[],{},null,true]}`)
}

func testConflict(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	appendEvents(t, s, 1, event("a", "1"))
	for _, expected := range []uint64{0, 1, 3, 1 << 40} {
		_, err := s.Append(t.Context(), state.Batch{Expected: expected, Events: []state.Event{event("a", "2")}})
		var conflict *state.ConflictError
		if !errors.As(err, &conflict) || conflict.Expected != expected || conflict.Actual != 2 {
			t.Errorf("expected %d: error = %v", expected, err)
		}
	}
	checkInput(t, s, "a", "1")
	appendEvents(t, s, 2, event("a", "3"))
	checkInput(t, open(), "a", "3")
}

func testBadPatch(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	before := document(t, s)
	bad := state.Event{Meta: state.NewMeta("test", time.Now()), Patch: state.Patch{
		{Op: "add", Path: "/resources/y", Value: json.RawMessage("1")}, {Op: "remove", Path: "/resources/none"},
	}}
	noType := state.Event{Meta: bad.Meta, Patch: state.Patch{{Op: "remove", Path: "/_type"}}}
	for _, events := range [][]state.Event{{bad}, {event("a", "1"), bad}, {event("a", "1"), noType}} {
		if _, err := s.Append(t.Context(), state.Batch{Expected: 1, Events: events}); err == nil {
			t.Error("a patch that does not apply was appended")
		}
		for _, s := range []state.Store{s, open()} {
			if got := document(t, s); got != before {
				t.Errorf("document = %s, want %s", got, before)
			}
		}
	}
	appendEvents(t, s, 1, event("a", "1"))
}

// testSnapshot checks that a snapshot belongs to the caller.
func testSnapshot(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	appendEvents(t, s, 1, event("a", "1"))
	mine := read(t, s).Document
	must(t, mine.Apply(state.Patch{{Op: "replace", Path: "/resources/a/input_properties/v", Value: json.RawMessage("9")}}))
	checkInput(t, s, "a", "1")
	appendEvents(t, s, 2, event("a", "2"))
	if r, err := mine.Resource([]string{"a"}); err != nil || string(r.InputProperties["v"]) != "9" {
		t.Errorf("the caller's document = %v, %v", r, err)
	}
}

func testEvents(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	e := event("a", "1.0")
	e.Meta = e.Meta.With("more", map[string]int{"n": 1})
	appendEvents(t, s, 1, e, event("b", "2"), event("c", "3"))
	for from := range uint64(6) {
		events, err := open().Events(t.Context(), from)
		must(t, err)
		if want := max(0, 4-int(from)); len(events) != want {
			t.Errorf("%d events from %d, want %d", len(events), from, want)
			continue
		}
		for i, e := range events {
			if want := from + uint64(i); e.Index != want {
				t.Errorf("event %d from %d has index %d, want %d", i, from, e.Index, want)
			}
		}
	}
	events, err := s.Events(t.Context(), 1)
	must(t, err)
	got, err := events[0].MarshalJSON()
	must(t, err)
	e.Index = 1
	want, err := e.MarshalJSON()
	must(t, err)
	if string(got) != string(want) {
		t.Errorf("event = %s, want %s", got, want)
	}
	if got := events[0].Meta.Time(); time.Since(got) > time.Hour || got.IsZero() {
		t.Errorf("event's time = %v", got)
	}
}

func testIntents(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	intent := func(id string) state.Event {
		return state.Event{Meta: state.NewMeta("intent", time.Now()).WithIntent(state.Intent{
			ID: id, Op: "create", Path: []string{"web", "vm.1"}, Type: "vm", Inputs: json.RawMessage(`{"n":1.10}`),
		})}
	}
	done := event("a", "1")
	done.Meta = done.Meta.WithEnded("one", "three")
	appendEvents(t, s, 1, intent("one"), intent("two"), intent("three"))
	appendEvents(t, s, 4, done)
	for _, s := range []state.Store{s, open()} {
		open := read(t, s).Intents
		if len(open) != 1 || open[0].ID != "two" || open[0].Index != 2 || open[0].Time.IsZero() ||
			fmt.Sprint(open[0].Path) != "[web vm.1]" || string(open[0].Inputs) != `{"n":1.10}` {
			t.Errorf("intents = %+v", open)
		}
	}
}

// testTwoWriters lets two stores over one log append in turn.
func testTwoWriters(t *testing.T, open func() state.Store) {
	a, b := open(), open()
	must(t, a.Create(t.Context()))
	next := uint64(1)
	for i := range 20 {
		writer, other := a, b
		if i%3 == 0 {
			writer, other = b, a
		}
		next = appendEvents(t, writer, next, event("x", fmt.Sprint(i)))
		checkInput(t, other, "x", fmt.Sprint(i))
	}
}

// testRace lets writers race for every index: each must be won exactly once, and nothing may be lost.
func testRace(t *testing.T, open func() state.Store) {
	const writers, rounds = 8, 15
	s := open()
	must(t, s.Create(t.Context()))
	won := make([]int, rounds+1)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range writers {
		mine := s
		if w%2 == 0 {
			mine = open()
		}
		wg.Go(func() {
			for index := uint64(1); index <= rounds; index++ {
				_, err := mine.Append(t.Context(), state.Batch{Expected: index, Events: []state.Event{event(fmt.Sprint(index), fmt.Sprint(w))}})
				var conflict *state.ConflictError
				switch {
				case err == nil:
					mu.Lock()
					won[index]++
					mu.Unlock()
				case !errors.As(err, &conflict):
					t.Errorf("writer %d: %v", w, err)
				case conflict.Actual <= index:
					t.Errorf("conflict at %d says that the next index is %d", index, conflict.Actual)
				}
			}
		})
	}
	wg.Wait()
	for index, n := range won[1:] {
		if n != 1 {
			t.Errorf("index %d was won %d times", index+1, n)
		}
	}
	if next := read(t, open()).Next; next != rounds+1 {
		t.Errorf("next = %d, want %d", next, rounds+1)
	}
}

func testCreateRace(t *testing.T, open func() state.Store) {
	var wg sync.WaitGroup
	for range 8 {
		s := open()
		wg.Go(func() {
			if err := s.Create(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if next := read(t, open()).Next; next != 1 {
		t.Errorf("next = %d, want 1", next)
	}
}

// testRepairAndCompact repairs a log that is good, and compacts it: both leave what is recorded, and indexes, as they are.
func testRepairAndCompact(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	intent := state.Event{Meta: state.NewMeta("intent", time.Now()).WithIntent(state.Intent{ID: "one", Op: "create", Path: []string{"b"}})}
	appendEvents(t, s, 1, event("a", "1"), intent)
	if r, ok := s.(state.Repairer); ok {
		if copied, cut, err := r.Repair(t.Context()); copied != "" || cut != 0 || err != nil {
			t.Errorf("repairing what is good: %q, %d, %v", copied, cut, err)
		}
	}
	c, ok := s.(state.Compacter)
	if !ok {
		return
	}
	before := document(t, s)
	_, err := c.Compact(t.Context())
	must(t, err)
	for _, s := range []state.Store{s, open()} {
		if snapshot := read(t, s); document(t, s) != before || snapshot.Next != 3 || len(snapshot.Intents) != 1 || snapshot.Intents[0].Index != 2 {
			t.Errorf("after compacting: next %d, intents %+v, %s", snapshot.Next, snapshot.Intents, document(t, s))
		}
	}
	var conflict *state.ConflictError
	if _, err := s.Append(t.Context(), state.Batch{Expected: 1, Events: []state.Event{event("a", "2")}}); !errors.As(err, &conflict) || conflict.Actual != 3 {
		t.Errorf("a writer from before compacting: %v", err)
	}
	appendEvents(t, s, 3, event("c", "1"))
}

// testDestroy removes a log, which is refused while something is recorded or unfinished.
func testDestroy(t *testing.T, open func() state.Store) {
	s := open()
	d, ok := s.(state.Destroyer)
	if !ok {
		t.Skip("the store cannot be destroyed")
	}
	must(t, d.Destroy(t.Context()))
	must(t, s.Create(t.Context()))
	intent := state.Event{Meta: state.NewMeta("intent", time.Now()).WithIntent(state.Intent{ID: "one"})}
	appendEvents(t, s, 1, event("a", "1"), intent)
	var left *state.NotEmptyError
	if err := d.Destroy(t.Context()); !errors.As(err, &left) || left.Resources != 1 || left.Intents != 1 {
		t.Errorf("destroying what is needed: %v", err)
	}
	appendEvents(t, s, 3, state.Event{Meta: state.NewMeta("destroy", time.Now()).WithEnded("one"), Patch: read(t, s).Document.PatchRemove([]string{"a"})})
	must(t, d.Destroy(t.Context()))
	if _, err := open().Read(t.Context()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("reading what was destroyed: %v", err)
	}
	must(t, open().Create(t.Context()))
	if next := read(t, s).Next; next != 1 {
		t.Errorf("created anew: next = %d", next)
	}
}

// locker returns the store as a locker, or skips the test.
func locker(t *testing.T, s state.Store) state.Locker {
	t.Helper()
	l, ok := s.(state.Locker)
	if !ok {
		t.Skip("the store cannot be locked")
	}
	return l
}

func testLock(t *testing.T, open func() state.Store) {
	s := open()
	must(t, s.Create(t.Context()))
	a, b := locker(t, s), locker(t, open())
	if holder, err := a.Holder(t.Context()); err != nil || holder != nil {
		t.Errorf("holder before = %v, %v", holder, err)
	}
	mine, other := state.NewLock("nixops4 apply", time.Now()), state.NewLock("nixops4 destroy", time.Now())
	must(t, a.Lock(t.Context(), mine))
	err := b.Lock(t.Context(), other)
	var locked *state.LockedError
	if !errors.As(err, &locked) || locked.Lock.String() != mine.String() || locked.Lock.ID != mine.ID {
		t.Errorf("second lock: %v", err)
	}
	if err := a.Lock(t.Context(), mine); !errors.As(err, &locked) {
		t.Errorf("the same lock again: %v", err)
	}
	if holder, err := b.Holder(t.Context()); err != nil || holder == nil || holder.ID != mine.ID || !holder.Time.Equal(mine.Time) || holder.PID != os.Getpid() {
		t.Errorf("holder = %v, %v", holder, err)
	}
	if err := b.Unlock(t.Context(), other.ID); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("unlock with another ID: %v", err)
	}
	must(t, b.Unlock(t.Context(), mine.ID))
	if err := a.Unlock(t.Context(), mine.ID); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("second unlock: %v", err)
	}
	must(t, b.Lock(t.Context(), other))
	// Readers and writers that do not ask for the lock are not kept out.
	appendEvents(t, s, read(t, s).Next, event("a", "1"))
	must(t, a.Unlock(t.Context(), other.ID))
}

// testLostLock checks that a writer whose lock was broken is refused, also after somebody else has taken it.
func testLostLock(t *testing.T, open func() state.Store) {
	s := open()
	l := locker(t, s)
	must(t, s.Create(t.Context()))
	mine, other := state.NewLock("slow", time.Now()), state.NewLock("fast", time.Now())
	write := func(lock, value string) error {
		_, err := s.Append(t.Context(), state.Batch{Expected: read(t, s).Next, Events: []state.Event{event("a", value)}, Lock: lock})
		return err
	}
	must(t, l.Lock(t.Context(), mine))
	must(t, write(mine.ID, "1"))
	must(t, locker(t, open()).Unlock(t.Context(), mine.ID))
	if err := write(mine.ID, "2"); !errors.Is(err, state.ErrLockLost) {
		t.Errorf("append without the lock: %v", err)
	}
	must(t, l.Lock(t.Context(), other))
	if err := write(mine.ID, "3"); !errors.Is(err, state.ErrLockLost) {
		t.Errorf("append with somebody else's lock: %v", err)
	}
	checkInput(t, s, "a", "1")
	must(t, write(other.ID, "4"))
	checkInput(t, s, "a", "4")
}

func testDeadLock(t *testing.T, open func() state.Store) {
	s := open()
	l := locker(t, s)
	must(t, s.Create(t.Context()))
	cmd := exec.Command("true")
	must(t, cmd.Run())
	dead := state.NewLock("crashed", time.Now())
	dead.PID = cmd.Process.Pid
	if !dead.Dead() {
		t.Skip("this system does not tell whether a process has ended")
	}
	elsewhere := state.NewLock("elsewhere", time.Now())
	elsewhere.Host, elsewhere.PID = "another-host.example", dead.PID
	must(t, l.Lock(t.Context(), elsewhere))
	var locked *state.LockedError
	if err := l.Lock(t.Context(), dead); !errors.As(err, &locked) {
		t.Errorf("lock of another host: %v", err)
	}
	must(t, l.Unlock(t.Context(), elsewhere.ID))
	must(t, l.Lock(t.Context(), dead))
	mine := state.NewLock("next", time.Now())
	must(t, l.Lock(t.Context(), mine))
	if holder, err := l.Holder(t.Context()); err != nil || holder == nil || holder.ID != mine.ID {
		t.Errorf("holder = %v, %v", holder, err)
	}
}

// testLockRace lets many take the lock at the same time, again and again.
func testLockRace(t *testing.T, open func() state.Store) {
	must(t, open().Create(t.Context()))
	locker(t, open())
	var held, taken int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		l := locker(t, open())
		wg.Go(func() {
			for range 10 {
				mine := state.NewLock("race", time.Now())
				var locked *state.LockedError
				err := l.Lock(context.WithoutCancel(t.Context()), mine)
				if errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				held++
				taken++
				if held != 1 {
					t.Errorf("%d hold the lock", held)
				}
				mu.Unlock()
				time.Sleep(100 * time.Microsecond)
				mu.Lock()
				held--
				mu.Unlock()
				if err := l.Unlock(t.Context(), mine.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if taken == 0 {
		t.Error("nobody got the lock")
	}
}
