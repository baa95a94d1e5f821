package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestFlow(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Check: true, Expr: testRoot(`
		a = r "t" { };
		b = r "t" { };
		text = r "t" { x = "${out.a.out}-${out.b.out}"; l = [ "plain" (builtins.toJSON { inherit (out) a b; }) ]; n = out.a.out + 1; };
		none = r "t" { x = if out.a.out == "" then out.b.out else "y"; bad = throw "no"; };
		drv = r "t" { x = { outPath = out.a.out; other = out.b.out; }; };
		group.members.a = r "t" { };
		broken = 1;
	`)})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a": "", "none": "", "group": "", "broken": "", "nowhere": "",
		"text": "l.1 a.out b.out; x a.out b.out",
		"drv":  "x a.out",
	} {
		flows, err := e.Flow(t.Context(), &FlowRequest{[]string{path}})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var parts []string
		for _, f := range flows.Flows {
			part := strings.Join(f.At, ".")
			for _, o := range f.Outputs {
				part += fmt.Sprintf(" %s.%s", strings.Join(o.Path, "."), o.Name)
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, "; "); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Flow(ctx, &FlowRequest{[]string{"text"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
