package syntax

// This file tests what Format writes where Print writes something else.

import (
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	tests := []struct{ text, want string }{
		{"[ 1.0 0.0 .5 1.5e300 1.e20 123456789.25 1.0e-9 ]",
			"[ (1.) (0.0) (0.5) (1.5e+300) (1.e+20) (123456789.25) (1.e-09) ]"},
		{"-(assert a; b) - c <= d", "(((- (assert a; b)) - c) <= d)"},
		{"a < b || a > b && a >= b -> !a", "(((a < b) || ((a > b) && (a >= b))) -> (! a))"},
		{`"a${b}" + ''c''$${d}''`, `("${"a"}${b}" + "${"c"}${"$"}${d}")`},
		{"[ /. (/${a}) (/./${a}) ./b/${c}d ./e ]", `[ (/.) (/.${a}) (/./${a}) (/base/b/${c}${"d"}) (/base/e) ]`},
		{"{ z, a ? 1, ... }@b: c", "({ z, a ? 1, ... } @ b: c)"},
		{"[ ({ ... }: a) ({ }: b) (c: d) (e@{ }: e) ]", "[ (({ ... }: a)) (({  }: b)) ((c: d)) (({  } @ e: e)) ]"},
		{"{ c = 1; inherit (x); inherit b; inherit (y) d e; a = 2; inherit (z); ${f}.g = 3; }",
			"{ c = 1; inherit b; inherit (x); inherit (y) d e; a = 2; inherit (z); ${f} = { g = 3; }; }"},
		{"let inherit (a) b; in rec { }", "(let inherit (a) b; in rec { })"},
		{`(a ? b.${c}."${d}e") or`, `(((a) ? b.${c}.${"${d}${"e"}"}) or)`},
		{"((1 - 2) 3) or 4", "(((1 - 2) 3) or 4)"},
		{"[ ((a.b) or) ((a.b or c) or 1) ]", "[ ((((a).b) or)) ((((a).b or (c)) or 1)) ]"},
		{"1 |> f", "(f 1)"},
		{"a.b or c", "(a).b or (c)"},
	}
	for _, test := range tests {
		e, err := parseText(test.text, Options{BasePath: "/base", PipeOperators: true})
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := Format(e); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.text, got, test.want)
		}
		checkRoundTrip(t, test.text)
	}
}

// TestPrintOperators prints operators that the parser makes calls of, as other packages may build them.
func TestPrintOperators(t *testing.T) {
	a, b := &Var{Name: "a"}, &Var{Name: "b"}
	var out strings.Builder
	for _, op := range []Op{PipeTo, PipeFrom} {
		if err := Print(&out, &Binary{Op: op, L: a, R: b}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := out.String(), "(b a)(a b)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
