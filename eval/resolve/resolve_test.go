package resolve

// This file tests where names are found.

import (
	"fmt"
	"strings"
	"testing"

	"nixops4/eval/syntax"
)

// resolved parses and resolves a text in which map and __sub are global and o is in a frame outside.
func resolved(t *testing.T, text string) (syntax.Expr, error) {
	t.Helper()
	src, err := new(syntax.Files).Add("«string»", false, text)
	if err != nil {
		t.Fatal(err)
	}
	e, err := syntax.Parse(src, syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolve(e, Scope{Globals: map[string]int{"map": 0, "__sub": 1}, Outer: [][]string{{"o"}}})
	return e, err
}

// binding shows where the variable X is found: in the order of the text, the last one of that name.
func binding(e syntax.Expr) string {
	var found *syntax.Var
	syntaxVars(e, func(v *syntax.Var) {
		if v.Name == "X" {
			found = v
		}
	})
	if found == nil {
		return "none"
	}
	switch b := found.Binding; b.Kind {
	case syntax.Local:
		return fmt.Sprintf("local %d/%d", b.Depth, b.Slot)
	case syntax.Global:
		return fmt.Sprintf("global %d", b.Slot)
	case syntax.Dynamic:
		var withs []string
		for _, w := range b.Withs {
			withs = append(withs, fmt.Sprintf("%d/%d", w.Depth, w.Index))
		}
		return "with " + strings.Join(withs, " ")
	}
	return "unresolved"
}

func syntaxVars(e syntax.Expr, visit func(*syntax.Var)) {
	switch e := e.(type) {
	case *syntax.Var:
		visit(e)
	case *syntax.Let:
		for i := range e.Binds.Attrs {
			syntaxVars(e.Binds.Attrs[i].Value, visit)
		}
		syntaxVars(e.Body, visit)
	case *syntax.Attrs:
		for i := range e.Attrs {
			syntaxVars(e.Attrs[i].Value, visit)
		}
	case *syntax.Lambda:
		if e.Formals != nil {
			for _, f := range e.Formals.List {
				syntaxVars(f.Default, visit)
			}
		}
		syntaxVars(e.Body, visit)
	case *syntax.With:
		syntaxVars(e.Scope, visit)
		syntaxVars(e.Body, visit)
	case *syntax.Call:
		syntaxVars(e.Fn, visit)
		for _, a := range e.Args {
			syntaxVars(a, visit)
		}
	case *syntax.If:
		syntaxVars(e.Cond, visit)
		syntaxVars(e.Then, visit)
		syntaxVars(e.Else, visit)
	case *syntax.Assert:
		syntaxVars(e.Cond, visit)
		syntaxVars(e.Body, visit)
	case *syntax.List:
		for _, x := range e.Elems {
			syntaxVars(x, visit)
		}
	}
}

func TestBindings(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		// The frame of the text itself is shared by what runs exactly once in it.
		{"let X = 1; in X", "local 0/0"},
		{"let a = 1; X = 2; in X", "local 0/1"},
		{"let X = 1; in let b = X; in b", "local 0/0"},
		{"X: X", "local 0/0"},
		{"X: y: X", "local 0/0"},
		{"a: X: X", "local 0/1"},
		{"X: { y }: X", "local 0/0"},
		{"X: [ (y: X) ]", "local 1/0"},
		{"{ X }: X", "local 0/0"},
		{"{ a, X }: X", "local 0/1"},
		{"{ a }@X: X", "local 0/1"},
		{"{ X, b ? X }: b", "local 0/0"},
		{"rec { X = 1; y = X; }", "local 0/0"},
		{"X: { X = 1; y = X; }", "local 0/0"},
		{"X: rec { inherit X; }", "local 0/0"},
		{"let X = 1; in with { }; X", "local 0/0"},
		{"with { }; X", "with 0/0"},
		{"with { }; with { }; X", "with 0/1 0/0"},
		{"with { }; y: X", "with 1/0"},
		{"with { }; y: with { }; X", "with 0/1 1/0"},
	} {
		e, err := resolved(t, test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := binding(e); got != test.want {
			t.Errorf("%s: X is %s, want %s", test.text, got, test.want)
		}
	}
}

func TestUndefined(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a", "undefined variable 'a'"},
		{"map", ""},
		{"o", ""},
		{"1 - 2", ""},
		{"with { }; a", ""},
		{"let a = b; in 1", "undefined variable 'b'"},
		{"{ a = 1; b = a; }", "undefined variable 'a'"},
		{"{ a = 1; inherit (b) c; inherit d; }", "undefined variable 'b'"},
		{"rec { a = b; b = a; }", ""},
		{"{ a ? b }: a", "undefined variable 'b'"},
		{"(x: x) x", "undefined variable 'x'"},
		{"a.${b}", "undefined variable 'a'"},
		{"[ map ] ? ${b}", "undefined variable 'b'"},
		{`"${a}"`, "undefined variable 'a'"},
		{"x: y: x y z", "undefined variable 'z'"},
	} {
		_, err := resolved(t, test.text)
		got := ""
		if err != nil {
			got = err.(*syntax.Error).Msg
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestCurriedParams(t *testing.T) {
	for _, test := range []struct {
		text string
		want int
	}{
		{"x: x", 1},
		{"x: y: z: x", 3},
		{"x: { y }: z: x", 2},
		{"{ x }: y: x", 1},
		{"x: (y: x)", 2},
		{"x: let a = 1; in y: x", 1},
	} {
		e, err := resolved(t, test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(CurriedParams(e.(*syntax.Lambda))); got != test.want {
			t.Errorf("%s: %d functions are called as one, want %d", test.text, got, test.want)
		}
	}
}

// TestManyNames looks names up in a frame that has an index: hidden ones are found again where what hid them ends.
func TestManyNames(t *testing.T) {
	var many strings.Builder
	for i := range 3 * fewNames {
		fmt.Fprintf(&many, "n%d = 1; ", i)
	}
	for _, test := range []struct{ text, want string }{
		{"let X = 1; " + many.String() + "in X", "local 0/0"},
		{"let " + many.String() + "X = 1; in X", fmt.Sprintf("local 0/%d", 3*fewNames)},
		{"let X = 1; " + many.String() + "in let X = 2; in X", fmt.Sprintf("local 0/%d", 3*fewNames+1)},
		{"let X = 1; in let X = 2; " + many.String() + "in X", "local 0/1"},
		{"let X = 1; in if let X = 2; " + many.String() + "in n1 then 1 else [ X ]", "local 0/0"},
		{"let X = 1; " + many.String() + "in assert let X = 3; in n1; X", "local 0/0"},
		{"let " + many.String() + "in y: let " + many.String() + "X = 1; in X", fmt.Sprintf("local 0/%d", 3*fewNames+1)},
		{"let X = 1; " + many.String() + "in y: X", "local 1/0"},
		{"with { }; let " + many.String() + "in X", "with 0/0"},
	} {
		e, err := resolved(t, test.text)
		if err != nil {
			t.Errorf("%.80s: %v", test.text, err)
			continue
		}
		if got := binding(e); got != test.want {
			t.Errorf("%s: X is %s, want %s", test.text, got, test.want)
		}
	}
}

// TestForget compares a frame with an index and one without while names come and go.
func TestForget(t *testing.T) {
	f := &scopeFrame{}
	var plain []name
	seed := uint32(1)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>16) % n
	}
	for step := range 20_000 {
		if random(3) > 0 || len(plain) == 0 {
			text := fmt.Sprint("n", random(40))
			plain = append(plain, name{text: text, slot: step})
			f.add(text, step)
		} else {
			few := len(plain) - random(min(len(plain), 5)+1)
			plain = plain[:few]
			f.forget(few)
		}
		text := fmt.Sprint("n", random(40))
		want, found := 0, false
		for _, n := range plain {
			if n.text == text {
				want, found = n.slot, true
			}
		}
		if got, ok := f.find(text); got != want || ok != found {
			t.Fatalf("step %d: %s is at %d (%v), want %d (%v)", step, text, got, ok, want, found)
		}
	}
}
