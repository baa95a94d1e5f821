package syntax

// This file tests the options of the parser, its warnings, positions, and bytes that the golden files
// cannot well have.

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// outcome returns the printed tree or the rendered error, after the warnings.
func outcome(text string, opts Options) string {
	var b strings.Builder
	opts.Warn = func(w Warning) { fmt.Fprintf(&b, "%d: warning: %s\n", w.Pos, w.Msg) }
	e, err := parseText(text, opts)
	if err != nil {
		b.WriteString(err.(*Error).Render())
	} else {
		b.WriteString(String(e))
	}
	return b.String()
}

func TestOptions(t *testing.T) {
	lints := func(l Lint) Options {
		return Options{BasePath: "/b", Home: "/h", URLLiterals: l, ShortPathLiterals: l, AbsolutePathLiterals: l}
	}
	at := func(column int, line string) string {
		return fmt.Sprintf("\n       at «string»:1:%d:\n            1| %s\n             |%*s", column, line, column+1, "^")
	}
	tests := []struct {
		text string
		opts Options
		want string
	}{
		{"[ a:b c/d /e ~/f ./g ]", lints(LintIgnore), `[ ("a:b") (/b/c/d) (/e) (/h/f) (/b/g) ]`},
		{"[ a:b c/d /e ~/f ./g ]", lints(LintWarn), `3: warning: URL literals are discouraged. Consider using a string literal "a:b" instead (lint-url-literals)
7: warning: relative path literal 'c/d' should be prefixed with '.' for clarity: './c/d' (lint-short-path-literals)
11: warning: absolute path literals are not portable. Consider replacing path literal '/e' by a string, relative path, or parameter (lint-absolute-path-literals)
14: warning: home path literals are not portable. Consider replacing path literal '~/f' by a string, relative path, or parameter (lint-absolute-path-literals)
[ ("a:b") (/b/c/d) (/e) (/h/f) (/b/g) ]`},
		{"[ a:b ]", lints(LintFatal), `error: URL literals are disallowed. Consider using a string literal "a:b" instead (lint-url-literals)` + at(3, "[ a:b ]")},
		{"c/d", lints(LintFatal), `error: relative path literal 'c/d' should be prefixed with '.' for clarity: './c/d' (lint-short-path-literals)` + at(1, "c/d")},
		{"../c", lints(LintFatal), "/c"},
		{" /", lints(LintFatal), "error: syntax error, unexpected '/'" + at(2, " /")},
		{" /a/${b}", lints(LintFatal), "error: absolute path literals are not portable. Consider replacing path literal '/a/' by a string, relative path, or parameter (lint-absolute-path-literals)" + at(2, " /a/${b}")},
		{"~/a", lints(LintFatal), "error: home path literals are not portable. Consider replacing path literal '~/a' by a string, relative path, or parameter (lint-absolute-path-literals)" + at(1, "~/a")},
		{"~/a", Options{Pure: true}, "error: the path '~/a' can not be resolved in pure mode"},
		{"[ ~/a/../b (~/${c}) (~/d/${e}) ]", Options{Home: "/h"}, "[ (/h/a/../b) ((/h/ + c)) ((/h/d/ + e)) ]"},
		{"1 |> f", Options{}, "error: experimental Nix feature 'pipe-operators' is disabled; add '--extra-experimental-features pipe-operators' to enable it" + at(3, "1 |> f")},
		{"[ (1 |> f) (f <| 1) (f 1 <| g 2 <| 3) (1 |> f 2 |> g) (1 + 1 |> f || g) (a -> b <| a -> b c) ]", Options{PipeOperators: true},
			"[ ((f 1)) ((f 1)) ((f 1 (g 2 3))) ((g (f 2 1))) (((f || g) (1 + 1))) (((a -> b) (a -> (b c)))) ]"},
		{"1 |> f <| 2", Options{PipeOperators: true}, "error: syntax error, unexpected '<|', expecting end of file" + at(8, "1 |> f <| 2")},
		{"f <| 2 |> g", Options{PipeOperators: true}, "error: syntax error, unexpected '|>', expecting end of file" + at(8, "f <| 2 |> g")},
		{"1 |> x: x", Options{PipeOperators: true}, "error: syntax error, unexpected ':', expecting end of file" + at(7, "1 |> x: x")},
		{"1 |> if a then b else c", Options{PipeOperators: true}, "error: syntax error, unexpected 'if'" + at(6, "1 |> if a then b else c")},
		{"f <| if a then b else c", Options{PipeOperators: true}, "error: syntax error, unexpected 'if'" + at(6, "f <| if a then b else c")},
		{"!a |> f", Options{PipeOperators: true}, "(f (! a))"},
		{"x: 1 |> f", Options{PipeOperators: true}, "(x: (f 1))"},
		{"f\n <|", Options{PipeOperators: true}, "error: syntax error, unexpected end of file\n       at «string»:2:4:\n            1| f\n            2|  <|\n             |    ^"},
	}
	for _, test := range tests {
		if got := outcome(test.text, test.opts); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestCursedOr(t *testing.T) {
	warning := func(column int, text string) string {
		return fmt.Sprintf("0: warning: at «string»:1:%d: This expression uses `or` as an identifier in a way that will change in a future Nix release.\n"+
			"Wrap this entire expression in parentheses to preserve its current meaning:\n    (%s)\n"+
			"Give feedback at https://github.com/NixOS/nix/pull/11121\n", column, text)
	}
	tests := []struct{ text, want string }{
		{"[ f or ]", warning(3, "f or") + "[ ((f or)) ]"},
		{"[ f  /**/or g or]", warning(3, "f  /**/or") + warning(13, "g or") + "[ ((f or)) ((g or)) ]"},
		{"g f or", warning(3, "f or") + "(g (f or))"},
		{"g (f 1) or", warning(3, "(f 1) or") + "(g ((f 1) or))"},
		{"a.b or c or", warning(8, "c or") + "(a).b or ((c or))"},
		{"f or", "(f or)"},
		{"f or x", "(f or x)"},
		{"[ (f or) ]", "[ ((f or)) ]"},
		{"f or g or", warning(6, "g or") + "(f or (g or))"},
		{"a.b or (c or)", "(a).b or ((c or))"},
		{"[ a.b or c ]", "[ ((a).b or (c)) ]"},
		{"[ a.or ]", "[ ((a).or) ]"},
	}
	for _, test := range tests {
		if got := outcome(test.text, Options{}); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestUnusualBytes(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a:\r\n  \"x\ry\r\nz\\\r\nw\" + ''\r\n   k\r\n   l''", `(a: ("x\ny\nz\r\nw" + "\r\n   k\r\n   l"))`},
		{"\"a\\\x00b\"", "\"a\x00b\""},
		{"1 \x00 abc", "1"},
		{"# c\x00 foo\n1", "1"},
		{"/* \x00 */ 1", "1"},
		{"# c\r1", "1"},
		{"\"\x00\"", "error: input string '␀' cannot be represented as Nix string because it contains null bytes\n" +
			"       at «string»:1:2:\n            1| \"\n             |  ^"},
		{"''a\x00b''", "error: input string 'a␀b' cannot be represented as Nix string because it contains null bytes\n" +
			"       at «string»:1:3:\n            1| ''a\n             |   ^"},
		{"let\r\n  a = 1;\r  b = 2;\rin  1 +", "error: syntax error, unexpected end of file\n" +
			"       at «string»:4:8:\n            3|   b = 2;\n            4| in  1 +\n             |        ^"},
		{"1 \f 2", "error: syntax error, unexpected invalid token, expecting end of file\n" +
			"       at «string»:1:3:\n            1| 1 \f 2\n             |   ^"},
		{"\"\xff\xfe\"", "\"\xff\xfe\""},
		{"", "error: syntax error, unexpected end of file\n       at «string»:1:1:"},
		{"\n", "error: syntax error, unexpected end of file\n       at «string»:2:1:\n            1|\n            2|\n             | ^"},
	}
	for _, test := range tests {
		if got := outcome(test.text, Options{}); got != test.want {
			t.Errorf("%q:\ngot  %q\nwant %q", test.text, got, test.want)
		}
	}
}

func TestParseBindings(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a = 1; b.c = 2; b.d = 3;", "{ a = 1; b = { c = 2; d = 3; }; }"},
		{"inherit (x) y; inherit z;", "{ inherit z; inherit (x) y; }"},
		{"inherit;", "{ }"},
		{"${x} = 1;", `{ "${x}" = 1; }`},
		{"", "«string»:1:1: syntax error, unexpected end of file, expecting 'inherit'"},
		{"1", "«string»:1:1: syntax error, unexpected integer, expecting 'inherit'"},
		{"a = 1", "«string»:1:6: syntax error, unexpected end of file, expecting ';'"},
		{"a = 1; +", "«string»:1:8: syntax error, unexpected '+', expecting end of file"},
		{"a = 1; a = 2;", "«string»:1:8: attribute 'a' already defined at «string»:1:1"},
	}
	for _, test := range tests {
		var files Files
		src, err := files.Add("«string»", false, test.text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if a, err := ParseBindings(src, Options{}); err != nil {
			got = err.Error()
		} else {
			got = String(a)
		}
		if got != test.want {
			t.Errorf("%q:\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}

// TestPositions checks where nodes are reported: the marks in the second text are the first letters of
// their types.
func TestPositions(t *testing.T) {
	tests := []struct{ text, marks string }{
		{`(f) a (b.c)`, `CV  V  S   `},
		{`a + (b * c)`, `V C  V B V `},
		{`!a -> -b`, `NV B  BV`},
		{`"a${b}"`, ` C  V  `},
		{`x ? a`, `V H  `},
		{`if a then b else c`, `I  V      V      V`},
		{`with a; assert b; c`, `W    V  A      V  V`},
		{`x: y@{ z ? 1 }: z`, `L  L       I    V`},
		{`let a = 1; in a`, `L       I     V`},
		{`rec { a.b = 1; }`, `A           I   `},
		{`''a${b}''`, `C    V   `},
		{`[ ./a/${b}/c <d> ]`, `L C     V    C    `},
		{`a.b or c`, `S      V`},
	}
	for _, test := range tests {
		var files Files
		src, err := files.Add("«string»", false, test.text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Parse(src, Options{BasePath: "/"})
		if err != nil {
			t.Fatal(err)
		}
		marks := []byte(strings.Repeat(" ", len(test.text)))
		markPositions(e, func(at Pos, mark byte) { marks[at-1] = mark })
		if string(marks) != test.marks {
			t.Errorf("positions in\n%s\ngot\n%s\nwant\n%s", test.text, marks, test.marks)
		}
	}
}

// markPositions calls mark for the nodes of a tree, children first, so that of nodes at one place the
// outermost counts. Names that operators call, and text, are left out.
func markPositions(e Expr, mark func(Pos, byte)) {
	v := reflect.ValueOf(e).Elem()
	var visit func(v reflect.Value)
	visit = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface:
			if x, ok := v.Interface().(Expr); ok {
				markPositions(x, mark)
			}
		case reflect.Pointer:
			switch x := v.Interface().(type) {
			case *Attrs:
				markPositions(x, mark)
			case *Formals:
				if x != nil {
					visit(v.Elem())
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				visit(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				visit(v.Field(i))
			}
		}
	}
	visit(v)
	if _, isText := e.(*Str); !isText && e.Pos() != 0 {
		mark(e.Pos(), v.Type().Name()[0])
	}
}

func TestLambdaNames(t *testing.T) {
	e, err := parseText("{ a.b = x: { y }: x; c = { d = z: z; }; c.e = (u: u); ${f} = v: v; }", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var visit func(e Expr)
	visit = func(e Expr) {
		switch e := e.(type) {
		case *Attrs:
			for _, a := range e.Attrs {
				visit(a.Value)
			}
			for _, d := range e.Dynamic {
				visit(d.Value)
			}
		case *Lambda:
			got = append(got, e.Name+":"+e.Arg)
			visit(e.Body)
		}
	}
	visit(e)
	if got, want := strings.Join(got, " "), "b:x b: d:z e:u :v"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestMergedInherits checks that inherited attributes still find their sources when sets are merged.
func TestMergedInherits(t *testing.T) {
	e, err := parseText("{ a = { inherit (x) b; inherit (y) c; }; a = { inherit (z) d; inherit e; inherit (u) f; }; }", Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := e.(*Attrs).Attrs[0].Value.(*Attrs)
	got := ""
	for _, attr := range a.Attrs {
		got += attr.Name + "="
		if attr.Kind == InheritFrom {
			got += String(a.Froms[attr.From])
		}
		got += " "
	}
	if want := "b=x c=y d=z e= f=u "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
