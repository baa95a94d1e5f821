package view

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"nixops4/engine"
	"nixops4/engine/plan"
)

// Each event is one line, has what the schema requires, and nothing that it does not describe.
func TestJSON(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/events.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Required   []string
		Properties map[string]struct{ Enum []string }
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	view := NewJSON(&out, "R", func() time.Time { return time.Unix(0, 0) })
	view.Plan(&plan.Plan{})
	view.Message("note", "hello")
	for _, event := range events {
		view.Event(event)
	}
	view.Event(engine.Building{Path: a.Path, Phase: engine.BuildLog, Object: "/nix/store/x-a.drv", Name: "a", Text: "make"})
	view.Event(engine.Building{Path: a.Path, Phase: engine.BuildCount, Done: 1, Expected: 2})
	view.Event(engine.Retrying{Item: a, Attempt: 1, Of: 3, Err: os.ErrNotExist, Pause: time.Second})
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(out.String()) {
		n++
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, name := range schema.Required {
			if got[name] == nil {
				t.Errorf("no %s in %s", name, line)
			}
		}
		for name := range got {
			if _, ok := schema.Properties[name]; !ok {
				t.Errorf("the schema does not describe %s, in %s", name, line)
			}
		}
		seen[got["event"].(string)] = true
		if got["seq"] != float64(n) || got["run"] != "R" {
			t.Errorf("line %d: %s", n, line)
		}
	}
	for _, name := range schema.Properties["event"].Enum {
		if !seen[name] {
			t.Errorf("no event %s was written", name)
		}
	}
	if len(seen) != len(schema.Properties["event"].Enum) {
		t.Errorf("events %v, the schema has %v", seen, schema.Properties["event"].Enum)
	}
}
