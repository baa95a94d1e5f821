package oracle

// This file generates calls of builtins.

import (
	"fmt"
	"slices"
	"strings"
)

// A signature is a builtin with the kinds of its arguments and of its result. Arguments given as text are used as
// they are.
type signature struct {
	name   string
	args   []any
	result kind
}

// predicate, mapper, … are functions that fit certain builtins.
var (
	predicate = []string{"(x: true)", "(x: x == 1)", "(x: x > 1)", "builtins.isInt", "(x: false)", `(x: throw "p")`, "(x: x)", "(x: builtins.trace \"p\" true)"}
	mapper    = []string{"(x: x)", "(x: [ x ])", "(x: x + 1)", "toString", "builtins.typeOf", `(x: throw "m")`, "(x: { a = x; })", "(x: y: x)", `(x: builtins.trace "m" x)`}
	folder    = []string{"(acc: x: acc)", "(acc: x: x)", "(acc: x: acc + x)", "(acc: x: [ acc x ])", "builtins.add", "(acc: x: builtins.trace \"f\" x)", "(acc: x: acc // { a = x; })"}
	order     = []string{"builtins.lessThan", "(x: y: x < y)", "(x: y: x > y)", "(x: y: false)", `(x: y: builtins.trace "s" (x < y))`, "(x: y: x)"}
	naming    = []string{`(x: "a")`, "toString", "builtins.typeOf", "(x: x)", `(x: if x == 1 then "b" else "c")`}
	pairing   = []string{"(n: v: v)", "(n: v: n)", "(n: v: [ n v ])", `(n: v: throw n)`, `(n: v: builtins.trace n v)`, "(n: n)"}
	listing   = []string{"(x: [ x ])", "(x: [ ])", "(x: [ x x ])", "(x: x)", `(x: builtins.trace "l" [ x ])`}
	nameList  = []string{`[ "a" ]`, `[ ]`, `[ "a" "b" ]`, `[ "x y" "c" ]`, `[ 1 ]`, `[ "k1" "k2" "k33" ]`}
	texts     = []string{`[ "a" ]`, `[ ]`, `[ "a" "b" ]`, `[ "" ]`, `[ "b" "" ]`, `[ "ab" "a" ]`}
	regexes   = []string{`"a"`, `"(a)(b)?"`, `"[a-c]+"`, `"(.*)-(.*)"`, `"x*"`, `"[[:digit:]]+"`, `"(a|ab)(c|bcd)?"`, `"[^X]*X(.*)"`, `"("`, `"\\."`, `""`}
	pairs     = []string{`[ { name = "a"; value = 1; } ]`, `[ { name = "b"; value = throw "v"; } { name = "b"; value = 2; } ]`, `[ ]`, `[ { name = "a"; } ]`, `[ { name = 1; value = 2; } ]`}
	sets      = []string{"[ { a = 1; } { b = 2; } { a = 3; } ]", "[ ]", "[ { } ]", "[ { a = throw \"s\"; } ]", "[ 1 ]"}
	closure   = []string{"{ startSet = [ { key = 1; } ]; operator = x: if x.key < 3 then [ { key = x.key + 1; } ] else [ ]; }",
		`{ startSet = [ { key = "a"; } { key = "a"; value = 2; } ]; operator = x: [ ]; }`, "{ startSet = [ ]; operator = 1; }",
		"{ startSet = [ { key = 1; } { key = 1.5; } { key = 1.0; } ]; operator = x: [ ]; }", `{ startSet = [ { key = 1; } ]; operator = x: [ { key = "b"; } ]; }`}
	jsons = []string{`"1"`, `"[1, 2.5, null]"`, `"{\"a\": {\"b\": []}}"`, `"\"s\""`, `"{"`, `"1e3"`, `"-0"`, `"true"`}
)

var signatures = []signature{
	{"add", []any{intKind, intKind}, intKind}, {"sub", []any{intKind, floatKind}, floatKind}, {"mul", []any{intKind, intKind}, intKind},
	{"div", []any{intKind, intKind}, intKind}, {"bitAnd", []any{intKind, intKind}, intKind}, {"bitOr", []any{intKind, intKind}, intKind},
	{"bitXor", []any{intKind, intKind}, intKind}, {"ceil", []any{floatKind}, intKind}, {"floor", []any{floatKind}, intKind},
	{"length", []any{listKind}, intKind}, {"stringLength", []any{stringKind}, intKind}, {"compareVersions", []any{stringKind, stringKind}, intKind},
	{"foldl'", []any{folder, intKind, listKind}, intKind}, {"elemAt", []any{listKind, intKind}, intKind}, {"head", []any{listKind}, intKind},
	{"getAttr", []any{`"a"`, setKind}, intKind},
	{"lessThan", []any{intKind, intKind}, boolKind}, {"lessThan", []any{stringKind, stringKind}, boolKind}, {"elem", []any{anyKind, listKind}, boolKind},
	{"all", []any{predicate, listKind}, boolKind}, {"any", []any{predicate, listKind}, boolKind}, {"hasAttr", []any{stringKind, setKind}, boolKind},
	{"isAttrs", []any{anyKind}, boolKind}, {"isFunction", []any{anyKind}, boolKind}, {"isList", []any{anyKind}, boolKind}, {"isNull", []any{anyKind}, boolKind},
	{"isString", []any{anyKind}, boolKind}, {"isFloat", []any{anyKind}, boolKind}, {"isBool", []any{anyKind}, boolKind}, {"isPath", []any{anyKind}, boolKind},
	{"hasContext", []any{stringKind}, boolKind},
	{"toString", []any{anyKind}, stringKind}, {"typeOf", []any{anyKind}, stringKind}, {"substring", []any{intKind, intKind, stringKind}, stringKind},
	{"concatStringsSep", []any{stringKind, listKind}, stringKind}, {"concatStringsSep", []any{stringKind, nameList}, stringKind},
	{"replaceStrings", []any{texts, texts, stringKind}, stringKind}, {"toJSON", []any{anyKind}, stringKind}, {"toXML", []any{anyKind}, stringKind},
	{"baseNameOf", []any{stringKind}, stringKind}, {"dirOf", []any{stringKind}, stringKind}, {"hashString", []any{`"md5"`, stringKind}, stringKind},
	{"unsafeDiscardStringContext", []any{stringKind}, stringKind}, {"placeholder", []any{stringKind}, stringKind},
	{"map", []any{mapper, listKind}, listKind}, {"filter", []any{predicate, listKind}, listKind}, {"sort", []any{order, listKind}, listKind},
	{"genList", []any{mapper, []string{"0", "1", "3", "(-1)"}}, listKind}, {"concatLists", []any{listKind}, listKind}, {"concatMap", []any{listing, listKind}, listKind},
	{"tail", []any{listKind}, listKind}, {"attrNames", []any{setKind}, listKind}, {"attrValues", []any{setKind}, listKind}, {"catAttrs", []any{`"a"`, sets}, listKind},
	{"splitVersion", []any{stringKind}, listKind}, {"split", []any{regexes, stringKind}, listKind}, {"match", []any{regexes, stringKind}, listKind},
	{"genericClosure", []any{closure}, listKind}, {"map", []any{functionKind, listKind}, listKind},
	{"mapAttrs", []any{pairing, setKind}, setKind}, {"listToAttrs", []any{pairs}, setKind}, {"removeAttrs", []any{setKind, nameList}, setKind},
	{"intersectAttrs", []any{setKind, setKind}, setKind}, {"partition", []any{predicate, listKind}, setKind}, {"groupBy", []any{naming, listKind}, setKind},
	{"zipAttrsWith", []any{pairing, sets}, setKind}, {"functionArgs", []any{functionKind}, setKind}, {"parseDrvName", []any{stringKind}, setKind},
	{"tryEval", []any{anyKind}, setKind}, {"getContext", []any{stringKind}, setKind}, {"unsafeGetAttrPos", []any{`"a"`, setKind}, setKind},
	{"fromJSON", []any{jsons}, anyKind}, {"elemAt", []any{listKind, []string{"0", "1"}}, anyKind}, {"foldl'", []any{folder, anyKind, listKind}, anyKind},
}

// global are the builtins that are in scope by their own name.
var global = []string{"map", "toString", "removeAttrs", "isNull", "baseNameOf", "dirOf", "placeholder"}

// builtin calls a builtin whose result mostly has kind k.
func (g *Generator) builtin(depth int, k kind) string {
	s := pick(g, signatures)
	for range 40 {
		if s.result == k || s.result == anyKind {
			break
		}
		s = pick(g, signatures)
	}
	var b strings.Builder
	switch {
	case !g.one(4):
		fmt.Fprintf(&b, "(builtins.%s", s.name)
	case slices.Contains(global, s.name):
		b.WriteString("(" + s.name)
	default:
		b.WriteString("(__" + s.name)
	}
	for _, a := range s.args {
		b.WriteByte(' ')
		switch a := a.(type) {
		case string:
			b.WriteString(a)
		case []string:
			b.WriteString(pick(g, a))
		case kind:
			b.WriteString(g.expr(depth-1, a))
		}
	}
	return b.String() + ")"
}
