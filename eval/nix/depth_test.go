package nix_test

// This file tests that nothing nests so deeply that the process dies: it must be an error, and soon.

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"nixops4/eval"
	"nixops4/eval/nix"
)

const million = 1_000_000

// deepValue is a value nested a million times, made without nesting.
func deepValue(layer string) string {
	return "(builtins.foldl' (acc: _: " + layer + ") null (builtins.genList (x: x) 1000000))"
}

func repeat(s string) string { return strings.Repeat(s, million) }

// numbered repeats a format with each number from 1 to n-1, and the number before.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, format, i, i-1)
	}
	return b.String()
}

// A deepTest is an expression that nests too deeply.
type deepTest struct {
	name, source string
	// message is part of the error; "" means that there is none.
	message string
}

// deepTests are made when they are wanted: the sources take 200 MB.
func deepTests() []deepTest {
	return []deepTest{
		{"thunks", `(builtins.foldl' (acc: _: { v = acc.v + 1; }) { v = 0; } (builtins.genList (x: x) 1000000)).v`, "stack overflow"},
		{"thunks of a list", `builtins.elemAt (builtins.foldl' (acc: _: [ (builtins.head acc + 1) ]) [ 0 ] (builtins.genList (x: x) 1000000)) 0`, "stack overflow"},
		{"mapped", `builtins.head (builtins.foldl' (acc: _: map (x: x + 1) acc) [ 0 ] (builtins.genList (x: x) 1000000))`, "stack overflow"},
		{"calls", `let f = n: 1 + f (n + 1); in f 0`, "stack overflow"},
		{"tail calls", `let f = n: f (n + 1); in f 0`, "stack overflow"},
		{"calls of builtins", `let f = n: builtins.add 1 (f n); in f 0`, "stack overflow"},
		{"calls through map", `let f = n: builtins.head (map f [ n ]); in f 0`, "stack overflow"},
		{"functors", `let f = { __functor = self: n: self (n + 1); }; in f 0`, "stack overflow"},
		{"functor of itself", `{ __functor = self: self; } 1`, "stack overflow"},
		{"composition", `builtins.foldl' (f: _: x: f x) (x: x) (builtins.genList (x: x) 1000000) 1`, "stack overflow"},
		{"defaults", `let f = { a ? f { } }: a; in f { }`, "stack overflow"},
		{"with", `let f = n: with f (n + 1); x; in f 0`, "stack overflow"},
		{"equal lists", deepValue("[ acc ]") + " == " + deepValue("[ acc ]"), "stack overflow"},
		{"equal sets", deepValue("{ a = acc; }") + " == " + deepValue("{ a = acc; }"), "stack overflow"},
		{"less", deepValue("[ acc ]") + " < " + deepValue("[ acc ]"), "stack overflow"},
		{"elem", "builtins.elem " + deepValue("[ acc ]") + " [ " + deepValue("[ acc ]") + " ]", "stack overflow"},
		{"assertion", "assert " + deepValue("[ acc ]") + " == " + strings.Replace(deepValue("[ acc ]"), "null", "0", 1) + "; 1", "stack overflow"},
		{"deepSeq", "builtins.deepSeq " + deepValue("[ acc ]") + " 1", "stack overflow"},
		{"deepSeq of sets", "builtins.deepSeq " + deepValue("{ a = acc; }") + " 1", "stack overflow"},
		{"JSON", "builtins.toJSON " + deepValue("[ acc ]"), "stack overflow"},
		{"JSON of sets", "builtins.toJSON " + deepValue("{ a = acc; }"), "stack overflow"},
		{"JSON of outPath", "builtins.toJSON " + deepValue("{ outPath = acc; }"), "stack overflow"},
		{"XML", "builtins.toXML " + deepValue("[ acc ]"), "stack overflow"},
		{"XML of sets", "builtins.toXML " + deepValue("{ a = acc; }"), "stack overflow"},
		{"toString", "toString " + deepValue("[ acc ]"), "stack overflow"},
		{"outPath", `"${` + deepValue("{ outPath = acc; }") + `}"`, "stack overflow"},
		{"__toString", `"${let s = { __toString = self: self; }; in s}"`, "stack overflow"},
		{"path of outPath", `builtins.pathExists ` + deepValue("{ outPath = acc; }"), "stack overflow"},
		{"__toString to a path", `import { __toString = self: self; }`, "stack overflow"},
		{"trace", "builtins.trace " + deepValue("[ acc ]") + " 1", ""},
		{"type error", "1 + " + deepValue("[ acc ]"), "cannot add a list to an integer"},
		{"throw a set", "throw " + deepValue("{ outPath = acc; }"), "stack overflow"},
		{"error contexts", `let f = n: builtins.addErrorContext "c" (f (n + 1)); in f 0`, "stack overflow"},
		{"derivation", `(derivation { name = "n"; system = "s"; builder = "b"; __structuredAttrs = true; a = ` + deepValue("[ acc ]") + `; }).drvPath`, "stack overflow"},
		{"derivation attribute", `(derivation { name = "n"; system = "s"; builder = "b"; a = ` + deepValue("[ acc ]") + `; }).drvPath`, "stack overflow"},
		{"genericClosure", `builtins.length (builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: if x.key < 100000 then [ { key = x.key + 1; } ] else [ ]; })`, ""},
		{"closure of deep keys", `builtins.genericClosure { startSet = [ { key = ` + deepValue("[ acc ]") + `; } { key = ` + deepValue("[ acc ]") + `; } ]; operator = x: [ ]; }`, "stack overflow"},
		{"sort", `builtins.head (builtins.sort builtins.lessThan (builtins.genList (x: 0 - x) 300000))`, ""},
		{"sort deep", `builtins.sort builtins.lessThan [ ` + deepValue("[ acc ]") + " " + deepValue("[ acc ]") + ` ]`, "stack overflow"},
		{"updates", `builtins.length (builtins.attrNames (builtins.foldl' (a: n: a // { ${toString n} = n; }) { } (builtins.genList (x: x) 20000)))`, ""},
		{"updates of one name", `(builtins.foldl' (a: n: a // { a = n; }) { } (builtins.genList (x: x) 1000000)).a`, ""},
		{"suspended updates", `(builtins.foldl' (a: n: { v = a.v // { a = n; }; }) { v = { }; } (builtins.genList (x: x) 1000000)).v.a`, "stack overflow"},
		{"appends", `builtins.length (builtins.foldl' (a: n: a ++ [ n ]) [ ] (builtins.genList (x: x) 3000))`, ""},
		{"partial calls", `builtins.foldl' (f: _: (x: y: x) f) 1 (builtins.genList (x: x) 1000000) == 1`, ""},
		{"tryEval", `let f = n: (builtins.tryEval (f (n + 1))).value; in f 0`, "stack overflow"},
		{"concatMap", `let f = n: builtins.concatMap f [ n ]; in f 0`, "stack overflow"},
		{"zipAttrsWith", `let f = n: builtins.zipAttrsWith (k: v: f n) [ { a = 1; } ]; in builtins.deepSeq (f 0) 1`, "stack overflow"},
		{"filter", `let f = n: builtins.filter f [ n ] == [ ]; in f 0`, "stack overflow"},
		{"sort comparing", `let f = n: builtins.sort (a: b: f n == [ ]) [ 1 2 ]; in f 0`, "stack overflow"},
		{"interpolation", "let f = n: \"${f n}\"; in f 0", "stack overflow"},
		{"replaceStrings", `let f = n: builtins.replaceStrings [ "a" ] [ (f n) ] "a"; in f 0`, "stack overflow"},
		{"filtered paths", `let f = n: builtins.path { path = /dev; filter = p: t: f n; }; in f 0`, "stack overflow"},
		{"search path", `let f = n: builtins.findFile [ { path = f n; prefix = ""; } ] "a"; in f 0`, "stack overflow"},
		{"endless JSON", `let f = n: { a = f n; }; in builtins.toJSON (f 0)`, "stack overflow"},
		{"endless XML", `let f = n: [ (f n) ]; in builtins.toXML (f 0)`, "stack overflow"},
		{"endless deepSeq", `let f = n: [ (f n) ]; in builtins.deepSeq (f 0) 1`, "stack overflow"},
		{"endless equality", `let f = n: [ (f n) ]; in f 0 == f 0`, "stack overflow"},
		{"cyclic equality", `let x = { a = x; }; y = { a = y; }; in x == y`, "stack overflow"},
		{"cyclic JSON", `let x = { a = x; }; in builtins.toJSON x`, "stack overflow"},
		{"JSON of itself", `builtins.toJSON { __toString = self: self; }`, "stack overflow"},
		{"throw of throw", `let f = n: throw (f n); in f 0`, "stack overflow"},
		{"assert of assert", `let f = n: assert f n; 1; in f 0`, "stack overflow"},
		{"trace of trace", `let f = n: builtins.trace (f n) 1; in f 0`, "stack overflow"},
		{"scopedImport of text", `let f = n: builtins.scopedImport { x = f n; } (builtins.toFile "x" "x"); in f 0`, "stack overflow"},
		{"seq", `let f = n: builtins.seq (f (n + 1)) 1; in f 0`, "stack overflow"},
		{"fromJSON lists", `builtins.fromJSON (builtins.concatStringsSep "" (builtins.genList (x: "[") 1000000))`, "parse_error"},
		{"fromJSON sets", `builtins.fromJSON (builtins.concatStringsSep "" (builtins.genList (x: "{\"a\":") 1000000))`, "parse_error"},
		{"fromTOML lists", `builtins.fromTOML ("a = " + builtins.concatStringsSep "" (builtins.genList (x: "[") 1000000))`, "TOML"},
		{"fromTOML sets", `builtins.fromTOML ("a = " + builtins.concatStringsSep "" (builtins.genList (x: "{a=") 1000000))`, "TOML"},
		{"fromTOML keys", `builtins.fromTOML ("a" + builtins.concatStringsSep "" (builtins.genList (x: ".a") 1000000) + "= 1")`, "nested"},
		{"regular expression", `builtins.match (builtins.concatStringsSep "" (builtins.genList (x: "(") 1000000)) "a"`, "regular expression"},
		{"nested regular expression", `let n = 100000; s = c: builtins.concatStringsSep "" (builtins.genList (x: c) n); in builtins.match (s "(" + "a" + s ")*") "a"`, "regular expression"},
		{"repeated regular expression", `builtins.match "(((((((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100})" "a"`, "regular expression"},
		{"versions", `builtins.compareVersions (builtins.concatStringsSep "." (builtins.genList toString 100000)) "1"`, ""},

		{"parentheses", repeat("("), "nested"},
		{"lists", repeat("["), "nested"},
		{"sets", repeat("{a="), "nested"},
		{"let", repeat("let a="), "nested"},
		{"let in", repeat("let a=1;in "), "nested"},
		{"functions", repeat("x: "), "nested"},
		{"patterns", repeat("{a}: "), "nested"},
		{"defaults in patterns", repeat("{a?"), "nested"},
		{"with in text", repeat("with 1;"), "nested"},
		{"assert in text", repeat("assert true;"), "nested"},
		{"if", repeat("if "), "nested"},
		{"else", repeat("if true then 1 else "), "nested"},
		{"not", repeat("!") + "true", "nested"},
		{"minus", repeat("-") + "1", "nested"},
		{"strings", repeat(`"${`), "nested"},
		{"indented strings", repeat(`''${`), "nested"},
		{"paths", repeat(`/a/${`), "nested"},
		{"names", repeat("a.${"), "nested"},
		{"defaults of selections", repeat("a.b or "), "nested"},
		{"sums", "1" + repeat("+1"), "nested"},
		{"differences", "1" + repeat("-1"), "nested"},
		{"concatenations", "[]" + repeat("++[]"), "nested"},
		{"updates in text", "{}" + repeat("//{}"), "nested"},
		{"implications", "true" + repeat(" -> true"), "nested"},
		{"conjunctions", "true" + repeat("&&true"), "nested"},
		{"comparisons", "1" + repeat("==1"), "unexpected"},
		{"questions", "{}" + repeat("?a"), "nested"},
		{"path of names", "a" + repeat(".a"), "undefined variable"},
		{"attribute path", "{ a" + repeat(".a") + " = 1; }", "nested"},
		{"applications", "a" + repeat(" a"), "undefined variable"},
		{"or", "a" + repeat(" or"), ""},
		{"inherit", repeat("{inherit("), "nested"},
		{"bindings", "let a0 = 0;" + numbered(200_000, "a%d=a%d+1;") + "in a199999", ""},
		{"bindings deeper", "let a0 = 0;" + numbered(450_000, "a%d=a%d+1;") + "in a449999", "stack overflow"},
		{"inherited from", "let a0.x = 0;" + numbered(200_000, "a%d={inherit(a%d)x;};") + "in a199999.x", ""},
		{"recursive set", "(rec { a0 = 0;" + numbered(300_000, "a%d=[a%d];") + "}) == 1", ""},
		{"large pattern", "({ a0 ? 0," + numbered(300_000, "a%d?[a%d],") + "... }: a299999) { } == 1", ""},
		{"comments", repeat("/**/") + "1", ""},
		{"long list", "builtins.length [" + repeat(" 1") + " ]", ""},
	}
}

// evalDeep evaluates and tells how long that took.
func evalDeep(source string) (*eval.Error, time.Duration) {
	m := nix.New(nix.Options{})
	watch := startWatch()
	err := m.Run(context.Background(), func() *eval.Error {
		v, err := m.EvalString(source, "«string»", "/")
		if err == nil {
			m.Print(v, eval.PrintOptions{})
		}
		return err
	})
	return err, watch.elapsed()
}

func TestDeep(t *testing.T) {
	if testing.Short() {
		t.Skip("takes memory")
	}
	for _, test := range deepTests() {
		t.Run(test.name, func(t *testing.T) {
			err, took := evalDeep(test.source)
			got := ""
			if err != nil {
				got = eval.Render(err, eval.RenderOptions{ShowTrace: true})
			}
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if test.message == "" {
				if err != nil && test.name != "or" {
					t.Errorf("got %.300s", got)
				}
				return
			}
			if !strings.Contains(got, test.message) {
				t.Errorf("got %.300q, want %q in it", got, test.message)
			}
		})
	}
}
