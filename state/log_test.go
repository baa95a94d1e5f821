package state

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

func parseEvent(t testing.TB, text string) Event {
	t.Helper()
	e, err := ParseEvent([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestParseEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{`{"patch":[{"value":1.0,"path":"/a","op":"add"}],"index":3,"meta":{"time":"t","n":{"b":1,"a":2}},"unknown":1}`,
			`{"index":3,"meta":{"n":{"b":1,"a":2},"time":"t"},"patch":[{"op":"add","path":"/a","value":1.0}]}`},
		{`[]`, "event is not an object"},
		{`null`, "event is not an object"},
		{`{"meta":{},"patch":[]}`, `event has no "index"`},
		{`{"index":0,"patch":[]}`, `event has no "meta"`},
		{`{"index":0,"meta":{}}`, `event has no "patch"`},
		{`{"index":-1,"meta":{},"patch":[]}`, "event's index is not a number from 0 on"},
		{`{"index":null,"meta":{},"patch":[]}`, "event's index is not a number from 0 on"},
		{`{"index":0,"meta":null,"patch":[]}`, "event's meta is not an object"},
		{`{"index":0,"meta":{},"patch":{}}`, "patch: want an array of operations"},
	} {
		e, err := ParseEvent([]byte(tt.in))
		text, _ := e.MarshalJSON()
		got := string(text)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParseEvent(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestMeta(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	m := NewMeta("create", at).With("nixopsVersion", "0.1")
	if !m.Time().Equal(at) || m.Event() != "create" || m.Version() != "0.1" {
		t.Errorf("meta = %s", m)
	}
	if got := string(m["time"]); got != `"2026-01-02T02:04:05.000000006Z"` {
		t.Errorf("time = %s", got)
	}
	if m := (Meta{"time": json.RawMessage("7")}); !m.Time().IsZero() || m.Event() != "" {
		t.Errorf("odd meta: %v %q", m.Time(), m.Event())
	}
	// This is how the existing NixOps4 writes times.
	if got := (Meta{"time": json.RawMessage(`"2025-04-15T11:48:06.434450914+00:00"`)}).Time(); got.Nanosecond() != 434450914 {
		t.Errorf("time = %v", got)
	}
}

const first = `{"index":0,"meta":{"time":"2025-04-15T11:48:06Z"},"patch":[{"op":"add","path":"","value":{"_type":"nixopsState","deployments":{},"resources":{}}}]}`

func TestLogAdd(t *testing.T) {
	t.Parallel()
	var l Log
	for _, tt := range []struct{ event, want string }{
		{`{"index":1,"meta":{},"patch":[]}`, "event has index 1, want 0"},
		{`{"index":0,"meta":{},"patch":[]}`, `state document has no "_type"`},
		{`{"index":0,"meta":{},"patch":[{"op":"remove","path":"/x"}]}`, "there is nothing at this path"},
		{first, ""},
		{`{"index":2,"meta":{},"patch":[]}`, "event has index 2, want 1"},
		{`{"index":1,"meta":{},"patch":[{"op":"add","path":"/resources/a","value":1}]}`, ""},
		{`{"index":0,"meta":{},"patch":[{"op":"add","path":"/resources/b","value":2}]}`, ""},
		{`{"index":3,"meta":{},"patch":[{"op":"replace","path":"/_type","value":"x"}]}`, `"_type"`},
		{`{"index":3,"meta":{},"patch":[]}`, ""},
	} {
		err := l.Add(parseEvent(t, tt.event))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error = %v, want %q", tt.event, err, tt.want)
		}
	}
	if l.Next != 4 || text(l.Document) != `{"_type":"nixopsState","deployments":{},"resources":{"a":1,"b":2}}` {
		t.Errorf("log = %d %s", l.Next, text(l.Document))
	}
}

func TestLogAddAllUndo(t *testing.T) {
	t.Parallel()
	var l Log
	if err := l.Add(parseEvent(t, first)); err != nil {
		t.Fatal(err)
	}
	before := text(l.Document)
	undo, err := l.AddAll([]Event{
		{Meta: Meta{}.WithIntent(Intent{ID: "a"}), Patch: Patch{{Op: "add", Path: "/resources/a", Value: json.RawMessage("1")}}},
		{Meta: Meta{}.WithIntent(Intent{ID: "b"}), Patch: Patch{{Op: "add", Path: "/resources/b", Value: json.RawMessage("1")}}},
		{Meta: Meta{}.WithEnded("a")},
	})
	if err != nil || l.Next != 4 || len(l.Snapshot().Intents) != 1 || l.Snapshot().Intents[0].ID != "b" || l.Snapshot().Intents[0].Index != 2 {
		t.Fatalf("log = %+v, %v", l, err)
	}
	undo()
	if l.Next != 1 || text(l.Document) != before || len(l.Snapshot().Intents) != 0 {
		t.Errorf("after taking back: %d %s %v", l.Next, text(l.Document), l.intents)
	}
	if _, err := l.AddAll([]Event{{Meta: Meta{}}, {Patch: Patch{{Op: "remove", Path: "/x"}}}}); err == nil || !strings.Contains(err.Error(), "event 2 of 2") || l.Next != 1 {
		t.Errorf("half a batch: %v, next = %d", err, l.Next)
	}
}

// TestCompacted replaces a log by one event and checks that everything but the history is the same, indexes included.
func TestCompacted(t *testing.T) {
	t.Parallel()
	var l Log
	add := func(l *Log, events ...Event) {
		t.Helper()
		if _, err := l.AddAll(events); err != nil {
			t.Fatal(err)
		}
	}
	add(&l, FirstEvent(time.Now()), Event{Meta: Meta{}.WithIntent(Intent{ID: "a", Path: []string{"x"}})}, Event{Meta: Meta{}.WithIntent(Intent{ID: "b"})},
		Event{Meta: Meta{}.WithEnded("a"), Patch: NewDocument().PatchSet([]string{"d", "x"}, resource(`{}`, `{}`))})
	text1, err := l.Compacted(NewMeta("compact", time.Now())).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var c Log
	if err := c.Add(parseEvent(t, string(text1))); err != nil {
		t.Fatal(err)
	}
	if c.Next != l.Next || text(c.Document) != text(l.Document) || len(c.intents) != 1 || c.intents["b"].Index != 2 {
		t.Errorf("compacted = %d %s %v, want %d %s", c.Next, text(c.Document), c.intents, l.Next, text(l.Document))
	}
	add(&c, Event{Meta: Meta{}.WithEnded("b")})
	if again := c.Compacted(Meta{}); c.Next != 5 || string(again.Meta["compactedThrough"]) != "4" || again.Meta["intents"] != nil {
		t.Errorf("compacted again: %d %s", c.Next, again.Meta)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	l := NewLock("nixops4 apply", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if l.ID == "" || l.PID != os.Getpid() || l.Dead() || NewLock("", time.Now()).ID == l.ID {
		t.Errorf("lock = %+v, dead %v", l, l.Dead())
	}
	l.Holder, l.Host, l.PID = "alice", "web1", 42
	if got, want := l.String(), "alice on web1 (process 42) since 2026-01-02T03:04:05Z ("; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " ago), running nixops4 apply") {
		t.Errorf("lock = %s, want %s", got, want)
	}
	if l.Dead() {
		t.Error("a lock of another host is called dead")
	}
}
