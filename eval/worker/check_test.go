package worker

import (
	"context"
	"encoding/json"
	"testing"
)

func TestCheck(t *testing.T) {
	e, err := openRoot(t, OpenRequest{Check: true, Expr: testRoot(`
		fine = { resource = { type = "t"; provider.executable = "x"; inputs.a = 1; state = null; outputsSkeleton.o = { }; }; };
		bad = { resource = { provider = throw "no provider"; inputs = { a = throw "no a"; b = [ 1 (x: x) ]; c = outputValues.fine.o; }; state = 1; outputsSkeleton = { }; }; };
		group.members = if outputValues.fine.o == "" then { } else { };
		broken = 1;
	`)})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path []string
		want string
	}{
		{nil, `{"members":["bad","broken","fine","group"]}`},
		{[]string{"fine"}, `{"resource":{"type":"t","provider":{"executable":"x"},"outputs":["o"],"state":null,"inputs":null}}`},
		{[]string{"bad"}, `{"resource":{"type":"","provider":null,"outputs":[],"state":null,"inputs":null,"unknown":[{"at":["c"],"until":{"path":["fine"],"output":"o"}}]},` +
			`"problems":[type: attribute 'type' missing][provider: no provider][state: expected a list but found an integer: 1][inputs a: no a][inputs b 1: «string»:15:94: cannot convert a function to JSON]}`},
		{[]string{"group"}, `{"waits":[{"what":"members","outputs":[{"path":["fine"],"output":"o"}]}]}`},
		{[]string{"broken"}, `{"problems":[kind: expected a set but found an integer: 1]}`},
		{[]string{"brocken"}, `{"missing":{"parent":[],"names":["bad","broken","fine","group"]}}`},
	}
	for _, tt := range tests {
		checked, err := e.Check(context.Background(), &CheckRequest{tt.path})
		if err != nil {
			t.Errorf("%q: %v", tt.path, err)
			continue
		}
		if got := showChecked(t, checked); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.path, got, tt.want)
		}
	}
}

// showChecked writes what was found, of errors only the message.
func showChecked(t *testing.T, c *Checked) string {
	t.Helper()
	problems := c.Problems
	c.Problems = nil
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(text)
	if len(problems) == 0 {
		return shown
	}
	shown = shown[:len(shown)-1]
	if shown != "{" {
		shown += ","
	}
	shown += `"problems":`
	for _, p := range problems {
		shown += "[" + p.What
		for _, step := range p.At {
			shown += " " + step
		}
		shown += ": " + p.Error.Message + "]"
	}
	return shown + "}"
}

func TestCheckCanceled(t *testing.T) {
	e, err := openRoot(t, OpenRequest{Check: true, Expr: testRoot(`a = 1;`)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Check(ctx, &CheckRequest{}); err != context.Canceled {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
