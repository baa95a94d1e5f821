package syntax

// This file tests that nesting is bounded, whatever nests.

import (
	"errors"
	"strings"
	"testing"
)

// nestings are constructs that contain one another: open and close around what is inside, n times. Those
// without an inside chain to the left.
var nestings = []struct {
	name              string
	open, mid, closed string
}{
	{"parentheses", "(", "1", ")"},
	{"lists", "[", "", "]"},
	{"sets", "{a=", "1", ";}"},
	{"recursive sets", "rec{a=", "1", ";}"},
	{"old lets", "let{body=", "1", ";}"},
	{"paths of names", "{a", "=1;}", ""},
	{"lets", "let a=", "1", ";in a"},
	{"let bodies", "let a=1;in ", "1", ""},
	{"withs", "with ", "1", ";1"},
	{"with bodies", "with 1;", "1", ""},
	{"asserts", "assert ", "1", ";1"},
	{"conditions", "if ", "1", " then 1 else 1"},
	{"branches", "if 1 then ", "1", " else 1"},
	{"else branches", "if 1 then 1 else ", "1", ""},
	{"functions", "a:", " 1", ""},
	{"patterns", "{a ? ", "1", "}:1"},
	{"pattern bodies", "{a}: ", "1", ""},
	{"negations", "- ", "1", ""},
	{"nots", "!", "1", ""},
	{"strings", "\"${", "1", "}\""},
	{"indented strings", "''${", "1", "}''"},
	{"paths", "./a${", "1", "}"},
	{"dynamic names", "a.${", "a", "}"},
	{"defaults", "a.b or ", "a", ""},
	{"inherited sets", "{inherit(", "a", ");}"},
	{"arguments", "f (", "1", ")"},
	{"functions called", "(", "f", ") 1"},
	{"sums", "", "1", "+1"},
	{"differences", "", "1", " - 1"},
	{"products", "", "1", " * 1"},
	{"concatenations", "1++", "1", ""},
	{"updates", "1//", "1", ""},
	{"implications", "1->", "1", ""},
	{"conjunctions", "", "1", "&&1"},
	{"disjunctions", "", "1", "||1"},
	{"presences", "", "1", " ? a"},
	{"selections", "(", "a", ").a"},
	{"pipes", "", "a", "|>a"},
	{"pipes back", "a<|", "a", ""},
	{"bare ors", "(", "a", ") or"},
	{"sums in products", "(", "1", "+1)*1"},
}

func TestDepth(t *testing.T) {
	opts := Options{BasePath: "/", PipeOperators: true}
	for _, n := range nestings {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			nested := func(depth int) string {
				if n.name == "paths of names" {
					return n.open + strings.Repeat(".a", depth) + n.mid
				}
				return strings.Repeat(n.open, depth) + n.mid + strings.Repeat(n.closed, depth)
			}
			e, err := parseText(nested(MaxDepth/4), opts)
			if err != nil {
				t.Fatalf("depth %d: %v", MaxDepth/4, err)
			}
			if h := treeHeight(e); h > MaxDepth {
				t.Errorf("a tree of height %d", h)
			}
			for _, depth := range []int{4 * MaxDepth, 50 * MaxDepth} {
				e, err := parseText(nested(depth), opts)
				var problem *Error
				switch {
				case err == nil:
					if h := treeHeight(e); h > MaxDepth {
						t.Errorf("depth %d: parsed to a tree of height %d", depth, h)
					}
				case !errors.As(err, &problem) || problem.Pos == 0 || !strings.Contains(problem.Msg, "levels deep"):
					t.Errorf("depth %d: got %v", depth, err)
				}
			}
		})
	}
}

// TestDepthOfChainsInParentheses builds a tree that is higher than the text is deep, by the product of both.
func TestDepthOfChainsInParentheses(t *testing.T) {
	t.Parallel()
	text := "1"
	for range 30 {
		text = "(" + text + strings.Repeat("+1", MaxDepth/20) + ")"
	}
	if _, err := parseText(text, Options{}); err == nil || !strings.Contains(err.Error(), "levels deep") {
		t.Errorf("got %v", err)
	}
}

// TestLongLists tests that length is not depth.
func TestLongLists(t *testing.T) {
	t.Parallel()
	const n = 20 * MaxDepth
	for _, text := range []string{
		"[" + strings.Repeat("1 ", n) + "]",
		"f" + strings.Repeat(" 1", n),
		"a" + strings.Repeat(".a", n),
		"{" + strings.Repeat("inherit (a);", n) + "}",
		"{ x = 1; " + strings.Repeat("${a} = 1;", n) + "}",
		`"` + strings.Repeat("a${b}", n) + `"`,
		"''" + strings.Repeat("\n a${b}", n) + "''",
		"./a" + strings.Repeat("${b}/c", n),
		strings.Repeat(" /**/", n) + "1" + strings.Repeat("#\n", n),
	} {
		e, err := parseText(text, Options{BasePath: "/"})
		if err != nil {
			t.Errorf("%.20q…: %v", text, err)
		} else if h := treeHeight(e); h > 4 {
			t.Errorf("%.20q…: a tree of height %d", text, h)
		}
	}
}

// treeHeight counts the nodes from the root to the farthest leaf.
func treeHeight(e Expr) int {
	h := 0
	under := func(list ...Expr) {
		for _, x := range list {
			if x != nil {
				h = max(h, treeHeight(x))
			}
		}
	}
	names := func(path []AttrName) {
		for _, n := range path {
			under(n.Dyn)
		}
	}
	switch e := e.(type) {
	case *Concat:
		under(e.Parts...)
	case *Select:
		under(e.X, e.Default)
		names(e.Path)
	case *HasAttr:
		under(e.X)
		names(e.Path)
	case *Attrs:
		under(e.Froms...)
		for _, a := range e.Attrs {
			under(a.Value)
		}
		for _, d := range e.Dynamic {
			under(d.Name, d.Value)
		}
	case *List:
		under(e.Elems...)
	case *Lambda:
		under(e.Body)
		if e.Formals != nil {
			for _, f := range e.Formals.List {
				under(f.Default)
			}
		}
	case *Call:
		under(e.Fn)
		under(e.Args...)
	case *Let:
		under(e.Binds, e.Body)
	case *With:
		under(e.Scope, e.Body)
	case *If:
		under(e.Cond, e.Then, e.Else)
	case *Assert:
		under(e.Cond, e.Body)
	case *Not:
		under(e.X)
	case *Binary:
		under(e.L, e.R)
	}
	return h + 1
}
