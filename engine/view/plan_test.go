package view

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// The golden plans of package engine, as text. NIXOPS4_UPDATE=1 writes them.
func TestPlanText(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/plans/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d plans, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var p plan.Plan
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := Plan(&got, &p, PlanOptions{Verbose: true}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "plans", strings.TrimSuffix(filepath.Base(file), ".json")+".txt")
		if os.Getenv("NIXOPS4_UPDATE") != "" {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s:\n%s\nwant:\n%s", path, got.Bytes(), want)
		}
	}
}

// Nothing of a plan can do anything to the terminal, and no line is longer than it.
func TestPlanIsClean(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 50)
	inputs := func(text string) plan.Object {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Object{"x\x1b[2J": quoted, "y": json.RawMessage(`{"a":[1,2,"` + long + `"]}`)}
	}
	item := &plan.Item{
		Action: plan.Update, Path: addr.Of("a"), Type: "t\x1b[31m", Before: &plan.Recorded{Inputs: inputs(long + "a")},
		Inputs:  plan.Values{Known: inputs("\x1b]0;title\x07" + long + "b\nsecond")},
		Reasons: []plan.Reason{{Kind: plan.ReasonProvider, Text: "because\x1b[5m\r"}},
	}
	item.Changes = plan.Diff(item.Before.Inputs, item.Inputs)
	for _, created := range []bool{false, true} {
		if created {
			item.Before, item.Action = nil, plan.Create
			item.Changes = plan.Diff(nil, item.Inputs)
		}
		var got bytes.Buffer
		if err := Plan(&got, &plan.Plan{Items: []*plan.Item{item}, Problems: []plan.Problem{{Path: addr.Of("p"), Error: "no\x1b[2J"}}}, PlanOptions{Width: 60}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(got.String()) {
			if strings.ContainsAny(line, "\x1b\r\a") {
				t.Errorf("a line with a control character: %q", line)
			}
			if n := width(strings.TrimSuffix(line, "\n")); n > 62 {
				t.Errorf("a line of %d columns: %q", n, line)
			}
		}
	}
}

func TestDiffLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ before, after, want string }{
		{"a\n", "a\n", "~1"},
		{"a\nb\nc\n", "a\nc\n", " a|-b| c"},
		{"", "a\nb\n", "+a|+b"},
		{"a\nb\n", "", "-a|-b"},
		{"a\n", "a", "-a|+a (no line feed)"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n", "~2| 3| 4|-5|+X| 6| 7|~2"},
		{"x\na\nb\ny\n", "x\nb\na\ny\n", " x|-a| b|+a| y"},
	} {
		var parts []string
		for _, l := range diffLines(tt.before, tt.after) {
			if l.kind == '~' {
				l.text = string(rune('0' + l.folded))
			}
			parts = append(parts, string(l.kind)+l.text)
		}
		if got := strings.Join(parts, "|"); got != tt.want {
			t.Errorf("%q to %q: %s, want %s", tt.before, tt.after, got, tt.want)
		}
	}
}

func TestDriftText(t *testing.T) {
	t.Parallel()
	found := []*engine.Drift{
		{Path: addr.Of("a"), Changes: []plan.Change{{At: []string{"inputs", "n"}, Before: json.RawMessage("1"), After: json.RawMessage("2")}}},
		{Path: addr.Of("b"), Gone: true},
		{Path: addr.Of("c"), Unreadable: true},
		{Path: addr.Of("d"), Ignored: []plan.Change{{At: []string{"outputs", "t"}}}},
	}
	var got bytes.Buffer
	if err := Drift(&got, found, PlanOptions{}); err != nil {
		t.Fatal(err)
	}
	const want = `  ~ drifted   a
      inputs.n  1 → 2
  - gone      b  it does not exist any more

drift: 2 drifted, 1 as recorded, 1 whose providers cannot read, 1 expected difference
`
	if got.String() != want {
		t.Errorf("got:\n%swant:\n%s", got.String(), want)
	}
}
