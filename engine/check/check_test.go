package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers/protocol"
)

// source is a fixed tree of components.
type source map[string]*Component

func (s source) Check(_ context.Context, path addr.Path) (*Component, error) {
	if c := s[path.String()]; c != nil {
		return c, nil
	}
	return nil, &engine.NoMemberError{Parent: path.Parent(), Name: path.Name()}
}

// Flow says that the input i0 is made of all outputs that the others are.
func (s source) Flow(_ context.Context, path addr.Path) ([]Flow, error) {
	flow := Flow{At: []string{"i0"}}
	for _, u := range s[path.String()].Resource.Inputs.Unknown {
		flow.Outputs = append(flow.Outputs, u.Until)
	}
	if more, ok := hidden[path.String()]; ok {
		flow.Outputs = append(flow.Outputs, addr.Output{Resource: addr.Of(more), Name: "o"})
	}
	return []Flow{flow}, nil
}

// hidden are outputs that the input i0 of some is made of and that evaluation has not named.
var hidden = map[string]string{"hiding": "hidden"}

func path(t *testing.T, text string) addr.Path {
	t.Helper()
	if text == "" {
		return addr.Root
	}
	p, err := addr.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRun(t *testing.T) {
	resource := func(state string, needs ...string) *Component {
		r := &engine.Resource{Type: "thing", State: path(t, state), Provider: plan.Provider{Executable: "builtin:p"}}
		for i, need := range needs {
			r.Inputs.Unknown = append(r.Inputs.Unknown, plan.Unknown{At: []string{fmt.Sprint("i", i)}, Until: addr.Output{Resource: path(t, need), Name: "o"}})
		}
		return &Component{Resource: r}
	}
	of := func(c *Component, change func(*Component)) *Component {
		change(c)
		return c
	}
	waits := func(what, need string) *Component {
		return &Component{Waits: []engine.NeedsError{{What: what, Outputs: []addr.Output{{Resource: path(t, need), Name: "o"}}}}}
	}
	tests := []struct {
		name   string
		source source
		path   string
		want   []string
	}{
		{"nothing wrong", source{"": {Members: []string{"a", "s"}}, "a": resource("s"), "s": of(resource(""), func(c *Component) { c.Resource.Type = "store" })}, "", nil},
		{"state without a place", source{"": {Members: []string{"a"}}, "a": resource("s")}, "", []string{
			`a reference state: s does not exist: the root has no member "s", it has none`}},
		{"state in a composite", source{"": {Members: []string{"a", "s"}}, "a": resource("s"), "s": {}}, "", []string{
			"a state its state is to be kept by s, which is a composite, not a resource"}},
		{"state in the root's own", source{"": {Members: []string{"a"}}, "a": resource("a")}, "", []string{
			"a state it keeps its own state, which cannot be"}},
		{"state in a thing", source{"": {Members: []string{"a", "b"}}, "a": resource("b"), "b": resource("")}, "", []string{
			"a state its state is to be kept by b, but a resource of type thing keeps no state for others"}},
		{"state in what is not known yet", source{"": {Members: []string{"a", "s"}}, "a": resource("s"), "s": waits("whether s is a resource", "z")}, "", nil},
		{"unknown type", source{"": {Members: []string{"a"}}, "a": of(resource(""), func(c *Component) { c.Resource.Type = "thin" })}, "", []string{
			`a provider the provider "builtin:p" has no resource type "thin", did you mean "thing"?`}},
		{"provider twice", source{"": {Members: []string{"a", "b", "c"}},
			"a": of(resource(""), func(c *Component) { c.Resource.Provider.Executable = "gone" }),
			"b": of(resource(""), func(c *Component) { c.Resource.Provider.Executable = "gone" }),
			"c": of(resource(""), func(c *Component) { c.Resource.Provider.Executable = "gone"; c.InStore = true })}, "", []string{
			"a provider gone is gone also b"}},
		{"missing dependency", source{"": {Members: []string{"a"}}, "a": of(resource(""), func(c *Component) { c.Resource.Settings.DependsOn = []addr.Path{path(t, "z")} })}, "", []string{
			`a reference dependsOn: z does not exist: the root has no member "z", it has none`}},
		{"a cycle of three, and one that hangs on it", source{"": {Members: []string{"a", "b", "c", "d"}},
			"a": resource("", "b"), "b": resource("", "c"), "c": resource("", "a"), "d": resource("", "a")}, "", []string{
			"a cycle cycle: a -> b -> c -> a\n  inputs.i0 of a needs b.o\n  inputs.i0 of b needs c.o\n  inputs.i0 of c needs a.o"}},
		{"two cycles", source{"": {Members: []string{"a", "b", "c", "d"}},
			"a": resource("", "b"), "b": resource("", "a", "c"), "c": resource("", "c"), "d": resource("")}, "", []string{
			"c cycle cycle: c -> c\n  inputs.i0 of c needs c.o",
			"a cycle cycle: a -> b -> a\n  inputs.i0 of a needs b.o\n  inputs.i0 of b needs a.o"}},
		{"a cycle that evaluation does not see", source{"": {Members: []string{"hidden", "hiding", "x"}},
			"hiding": resource("", "x"), "hidden": resource("", "hiding"), "x": resource("")}, "", []string{
			"hidden cycle cycle: hidden -> hiding -> hidden\n  inputs.i0 of hidden needs hiding.o\n  inputs.i0 of hiding needs hidden.o"}},
		{"members that need what is among them", source{"": {Members: []string{"g"}}, "g": waits("the members of g", "g.x")}, "", []string{
			"g cycle cycle: g -> g\n  the members of g needs g.x.o"}},
		{"through members that are not known", source{"": {Members: []string{"a", "g"}}, "a": resource("", "g.x"), "g": waits("the members of g", "a")}, "", []string{
			"a cycle cycle: a -> g -> a\n  inputs.i0 of a needs g.x.o\n  the members of g needs a.o"}},
		{"one part, and options around it", source{
			"":    {Members: []string{"g", "h"}, Mistakes: []Mistake{{"option", "options", errors.New("no such option")}, {"evaluation", "options", errors.New("elsewhere")}}},
			"g":   {Members: []string{"a"}, Mistakes: []Mistake{{"evaluation", "members", errors.New("also elsewhere")}}},
			"g.a": {Mistakes: []Mistake{{"type", "inputs.x", errors.New("wrong")}}},
			"h":   {Mistakes: []Mistake{{"type", "inputs.x", errors.New("not asked for")}}}}, "g.a", []string{
			" option no such option", "g.a type wrong"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Run(context.Background(), tt.source, path(t, tt.path), Options{
				Executable: func(p plan.Provider) error {
					if strings.HasPrefix(p.Executable, "builtin:") {
						return nil
					}
					return errors.New(p.Executable + " is gone")
				},
				Describe: func(context.Context, plan.Provider) (protocol.DescribeResponse, bool) {
					return protocol.DescribeResponse{ResourceTypes: map[string]protocol.ResourceType{"thing": {}, "store": {Operations: []string{"stateRead"}}}}, true
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, p := range got.Problems {
				line := fmt.Sprintf("%s %s %v", p.Path, p.Kind, p.Err)
				for _, also := range p.Also {
					line += " also " + also.String()
				}
				lines = append(lines, line)
			}
			if !slices.Equal(lines, tt.want) {
				t.Errorf("got %q, want %q", lines, tt.want)
			}
		})
	}
}

func TestRunMissing(t *testing.T) {
	_, err := Run(context.Background(), source{"": {}}, path(t, "a"), Options{})
	var missing *engine.NoMemberError
	if !errors.As(err, &missing) {
		t.Errorf("got %v, want a NoMemberError", err)
	}
}

// TestLongChain makes sure that the search for cycles is not quadratic.
func TestLongChain(t *testing.T) {
	s := source{"": {}}
	for i := range 20_000 {
		name := fmt.Sprintf("r%d", i)
		s[""].Members = append(s[""].Members, name)
		s[name] = &Component{Resource: &engine.Resource{Inputs: plan.Values{Unknown: []plan.Unknown{
			{At: []string{"i"}, Until: addr.Output{Resource: addr.Of(fmt.Sprintf("r%d", (i+1)%20_000)), Name: "o"}},
		}}}}
	}
	got, err := Run(context.Background(), s, addr.Root, Options{})
	if err != nil || len(got.Problems) != 1 {
		t.Fatalf("got %v, %v, want one cycle", got, err)
	}
}
