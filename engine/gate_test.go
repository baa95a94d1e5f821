package engine

// This file tests that items can be refused one by one.

import (
	"context"
	"slices"
	"strings"
	"testing"

	"nixops4/engine/plan"
)

func TestGate(t *testing.T) {
	t.Parallel()
	w := newFakeWorld(t)
	c := newFakeConfig(t, "a: exec text=1\nb: file c=$a.out\nc: file c=$b.out\nd: exec text=2")
	var asked []string
	lines, result, err := w.apply(c, Options{Parallelism: 1, Gate: func(_ context.Context, item *plan.Item) bool {
		asked = append(asked, item.Path.String())
		return item.Path.String() != "b"
	}})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(asked)
	if got := strings.Join(asked, " "); got != "a b d" {
		t.Errorf("asked about %s", got)
	}
	for _, want := range []string{"b skipped: as asked for", "c skipped: it needs b.out, and b was skipped"} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if len(result.Skipped) != 2 || len(result.Failed) != 0 || result.Done[plan.Ensure] != 2 {
		t.Errorf("result %+v", result)
	}
}
