package oracle

// This file generates expressions.

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A kind is the type that an expression is wanted to have.
type kind int

const (
	anyKind kind = iota
	intKind
	floatKind
	boolKind
	stringKind
	listKind
	setKind
	functionKind
	nullKind
	pathKind
	kinds
)

// Names are all attribute names and variables that a Generator uses, in the order of their first use in [Prelude].
var Names = []string{"a", "b", "c", "d", "e", "f", "g", "x y", "x", "y", "z", "acc", "v", "name", "value", "success", "outPath", "type", "key",
	"startSet", "operator", "__functor", "__toString", "self", "right", "wrong", "version"}

// Prelude is an expression that mentions all names in order.
func Prelude() string {
	var b strings.Builder
	b.WriteString("{ ")
	for _, n := range Names {
		fmt.Fprintf(&b, "%s = 1; ", quoteName(n))
	}
	for i := range 50 {
		fmt.Fprintf(&b, "k%d = 1; ", i)
	}
	b.WriteString("}")
	return b.String()
}

func quoteName(n string) string {
	if strings.Contains(n, " ") {
		return `"` + n + `"`
	}
	return n
}

// A Generator makes expressions from a source of random numbers.
type Generator struct {
	rand   *rand.Rand
	scope  []variable
	traces int
}

type variable struct {
	name string
	kind kind
}

// New makes a generator.
func New(seed uint64) *Generator {
	return &Generator{rand: rand.New(rand.NewPCG(seed, 0x6e6978))}
}

// Expr is an expression without free variables; depth bounds its nesting.
func (g *Generator) Expr(depth int) string {
	g.scope, g.traces = g.scope[:0], 0
	return g.expr(depth, anyKind)
}

func (g *Generator) n(n int) int { return g.rand.IntN(n) }

// one in n
func (g *Generator) one(n int) bool { return g.rand.IntN(n) == 0 }

func pick[T any](g *Generator, list []T) T { return list[g.rand.IntN(len(list))] }

// expr makes an expression that mostly has kind k, in a form that can stand anywhere.
func (g *Generator) expr(depth int, k kind) string {
	if k == anyKind || g.one(25) {
		k = kind(1 + g.n(int(kinds)-1))
	}
	if depth <= 0 || g.one(6) {
		return g.leaf(k)
	}
	switch g.n(14) {
	case 0, 1:
		return "(" + g.binding(depth, k) + ")"
	case 2:
		return fmt.Sprintf("(if %s then %s else %s)", g.expr(depth-1, boolKind), g.expr(depth-1, k), g.expr(depth-1, k))
	case 3:
		return g.selection(depth, k)
	case 4:
		return g.application(depth, k)
	case 5:
		return g.wrapped(depth, k)
	}
	return g.construct(depth, k)
}

// leaf is a variable or a literal.
func (g *Generator) leaf(k kind) string {
	if !g.one(3) {
		var fit []string
		for _, v := range g.scope {
			if v.kind == k || v.kind == anyKind {
				fit = append(fit, v.name)
			}
		}
		if len(fit) > 0 {
			return pick(g, fit)
		}
	}
	switch k {
	case intKind:
		return pick(g, []string{"0", "1", "2", "3", "7", "10", "(-1)", "(-2)", "100", "9223372036854775807", "(-9223372036854775807 - 1)"})
	case floatKind:
		return pick(g, []string{"0.0", "1.0", "1.5", "0.1", "(-2.5)", "1.0e10", "1.0e-7", "123456.789", "1.0e308"})
	case boolKind:
		return pick(g, []string{"true", "false"})
	case stringKind:
		return pick(g, []string{`""`, `"a"`, `"b"`, `"ab"`, `"abc"`, `"x y"`, `"1.2.3"`, `"foo-1.0"`, `"a\nb"`, `"é"`, `"$"`, `"\${x}"`, `"/a/b"`, `"aXbXc"`, "''q''"})
	case listKind:
		return pick(g, []string{"[ ]", "[ 1 ]", "[ 1 2 3 ]", `[ "a" "b" ]`, "[ [ ] ]", "[ true false ]", "[ { a = 1; } { a = 2; b = 3; } ]", "[ null ]", "[ 3 1 2 ]", "[ 1 1.0 ]"})
	case setKind:
		if g.one(12) {
			return g.largeSet()
		}
		return pick(g, []string{"{ }", "{ a = 1; }", "{ a = 1; b = 2; }", `{ "x y" = null; }`, "{ a.b = 1; a.c = 2; }", `{ outPath = "/o"; }`, `{ __toString = self: "t"; }`, "{ __functor = self: x: x; }", `{ name = "a"; value = 1; }`, "{ c = [ 1 ]; }"})
	case functionKind:
		return pick(g, []string{"(x: x)", "(x: y: x)", "(x: [ x ])", "({ a, ... }: a)", "({ a ? 1, b ? a }: b)", "(x: true)", "(x: x + x)", "builtins.add", "builtins.typeOf", "toString", "(builtins.add 1)", "(x: y: x < y)", "(n: v: [ n v ])", "({ a }@x: x)", "builtins.lessThan", "builtins.length"})
	case pathKind:
		return pick(g, []string{"/nonexistent", "/nonexistent/b", "/nonexistent/../nonexistent/c"})
	}
	return "null"
}

// largeSet is a set of many attributes, maybe updated with small ones.
func (g *Generator) largeSet() string {
	s := fmt.Sprintf(`(builtins.listToAttrs (builtins.genList (i: { name = "k${toString i}"; value = i; }) %d))`, pick(g, []int{9, 33, 50}))
	for range g.n(4) {
		small := pick(g, []string{"{ a = 1; }", "{ k3 = null; b = 2; }", "{ k1 = [ ]; k2 = { }; k40 = 7; }", "{ c = throw \"c\"; k5 = 5; }", "{ }"})
		s = fmt.Sprintf("(%s // %s)", s, small)
	}
	switch g.n(6) {
	case 0:
		return fmt.Sprintf("(%s // %s)", "{ a = 0; k7 = 1; z = 3; }", s)
	case 1:
		return fmt.Sprintf("(removeAttrs %s (map (i: \"k${toString i}\") (builtins.genList (i: i * 2) 20)))", s)
	case 2:
		return fmt.Sprintf("(builtins.intersectAttrs { k1 = 1; k30 = 1; a = 1; zz = 1; } %s)", s)
	case 3:
		return fmt.Sprintf("(builtins.mapAttrs (n: v: [ n v ]) %s)", s)
	}
	return s
}

// with adds a variable to the scope while body runs.
func (g *Generator) with(vars []variable, body func() string) string {
	n := len(g.scope)
	g.scope = append(g.scope, vars...)
	s := body()
	g.scope = g.scope[:n]
	return s
}

var variables = []string{"a", "b", "c", "d", "x", "y", "z"}

// binding is let, with, assert or rec around an expression.
func (g *Generator) binding(depth int, k kind) string {
	switch g.n(6) {
	case 0:
		return fmt.Sprintf("with %s; %s", g.expr(depth-1, setKind), g.with([]variable{{"a", intKind}, {"b", anyKind}}, func() string { return g.expr(depth-1, k) }))
	case 1:
		return fmt.Sprintf("assert %s; %s", g.expr(depth-1, boolKind), g.expr(depth-1, k))
	}
	return "let " + g.bindings(depth, func(vars []variable) string {
		return "in " + g.with(vars, func() string { return g.expr(depth-1, k) })
	})
}

// bindings are one to three definitions that see each other, and what rest makes with them in scope.
func (g *Generator) bindings(depth int, rest func(vars []variable) string) string {
	var vars []variable
	used := map[string]bool{}
	for range 1 + g.n(3) {
		name := pick(g, variables)
		if used[name] {
			continue
		}
		used[name] = true
		vars = append(vars, variable{name, kind(1 + g.n(int(kinds)-1))})
	}
	var b strings.Builder
	for i, v := range vars {
		// Definitions see those before them, and rarely all of them.
		seen := vars[:i]
		if g.one(12) {
			seen = vars
		}
		switch {
		case g.one(10):
			fmt.Fprintf(&b, "inherit (%s) %s; ", g.with(seen, func() string { return g.expr(depth-1, setKind) }), v.name)
		case g.one(12):
			fmt.Fprintf(&b, "%s.%s = %s; ", v.name, pick(g, variables), g.with(seen, func() string { return g.expr(depth-1, anyKind) }))
		default:
			fmt.Fprintf(&b, "%s = %s; ", v.name, g.with(seen, func() string { return g.expr(depth-1, v.kind) }))
		}
	}
	return b.String() + rest(vars)
}

func (g *Generator) selection(depth int, k kind) string {
	name := pick(g, []string{"a", "b", "c", `"x y"`, "a.b", "value", "k3", "k40", "${" + g.leaf(stringKind) + "}"})
	set := g.expr(depth-1, setKind)
	if g.one(2) {
		first, _, _ := strings.Cut(name, ".")
		if !strings.HasPrefix(first, "$") {
			set = fmt.Sprintf("{ %s = %s; }", name, g.expr(depth-1, k))
		}
	}
	if g.one(3) {
		return fmt.Sprintf("(%s.%s or %s)", set, name, g.expr(depth-1, k))
	}
	return fmt.Sprintf("%s.%s", set, name)
}

// application calls a function made on the spot, or any function.
func (g *Generator) application(depth int, k kind) string {
	body := func(vars ...variable) string {
		return g.with(vars, func() string { return g.expr(depth-1, k) })
	}
	ak := kind(1 + g.n(int(kinds)-1))
	switch g.n(6) {
	case 0:
		return fmt.Sprintf("((x: %s) %s)", body(variable{"x", ak}), g.expr(depth-1, ak))
	case 1:
		return fmt.Sprintf("((x: y: %s) %s %s)", body(variable{"x", ak}, variable{"y", intKind}), g.expr(depth-1, ak), g.expr(depth-1, intKind))
	case 2:
		return fmt.Sprintf("(({ a, b ? %s, ... }@c: %s) { a = %s; c = 1; })", g.with([]variable{{"a", ak}}, func() string { return g.expr(depth-2, anyKind) }),
			body(variable{"a", ak}, variable{"b", anyKind}, variable{"c", setKind}), g.expr(depth-1, ak))
	case 3:
		return fmt.Sprintf("({ __functor = self: x: %s; } %s)", body(variable{"x", ak}, variable{"self", setKind}), g.expr(depth-1, ak))
	case 4:
		return fmt.Sprintf("(%s %s)", g.expr(depth-1, functionKind), g.expr(depth-1, anyKind))
	}
	return g.builtin(depth, k)
}

// wrapped is an expression seen through tryEval, trace, seq and the like.
func (g *Generator) wrapped(depth int, k kind) string {
	e := g.expr(depth-1, k)
	switch g.n(8) {
	case 0:
		return fmt.Sprintf("(builtins.tryEval %s).value", e)
	case 1, 2:
		g.traces++
		return fmt.Sprintf(`(builtins.trace "t%d" %s)`, g.traces, e)
	case 3:
		return fmt.Sprintf("(builtins.seq %s %s)", g.expr(depth-1, anyKind), e)
	case 4:
		return fmt.Sprintf("(builtins.deepSeq %s %s)", g.expr(depth-1, anyKind), e)
	case 5:
		return fmt.Sprintf("(throw %s)", g.expr(depth-1, stringKind))
	case 6:
		return fmt.Sprintf("(builtins.head [ %s ])", e)
	}
	return fmt.Sprintf(`(builtins.addErrorContext "c" %s)`, e)
}

// construct makes a value of a kind from parts.
func (g *Generator) construct(depth int, k kind) string {
	d := depth - 1
	number := pick(g, []kind{intKind, intKind, floatKind})
	switch k {
	case intKind, floatKind:
		if g.one(3) {
			return g.builtin(depth, k)
		}
		return fmt.Sprintf("(%s %s %s)", g.expr(d, k), pick(g, []string{"+", "-", "*", "/", "+", "-"}), g.expr(d, number))
	case boolKind:
		return g.condition(depth)
	case stringKind:
		return g.text(depth)
	case listKind:
		return g.list(depth)
	case setKind:
		return g.set(depth)
	case functionKind:
		return g.function(depth)
	case pathKind:
		return fmt.Sprintf("(%s + %s)", g.expr(d, pathKind), g.expr(d, stringKind))
	}
	return g.leaf(k)
}

func (g *Generator) condition(depth int) string {
	d := depth - 1
	k := kind(1 + g.n(int(kinds)-1))
	switch g.n(9) {
	case 0:
		return fmt.Sprintf("(!%s)", g.expr(d, boolKind))
	case 1:
		return fmt.Sprintf("(%s %s %s)", g.expr(d, boolKind), pick(g, []string{"&&", "||", "->"}), g.expr(d, boolKind))
	case 2, 3:
		return fmt.Sprintf("(%s %s %s)", g.expr(d, k), pick(g, []string{"==", "!="}), g.expr(d, k))
	case 4:
		k = pick(g, []kind{intKind, floatKind, stringKind, listKind, pathKind})
		return fmt.Sprintf("(%s %s %s)", g.expr(d, k), pick(g, []string{"<", "<=", ">", ">="}), g.expr(d, k))
	case 5:
		return fmt.Sprintf("(%s ? %s)", g.expr(d, setKind), pick(g, []string{"a", "b.c", `"x y"`, "${" + g.leaf(stringKind) + "}"}))
	}
	return g.builtin(depth, boolKind)
}

func (g *Generator) text(depth int) string {
	d := depth - 1
	switch g.n(6) {
	case 0:
		return fmt.Sprintf("(%s + %s)", g.expr(d, stringKind), g.expr(d, stringKind))
	case 1, 2:
		return fmt.Sprintf(`"%s${%s}%s"`, pick(g, []string{"", "a", "\\n", "$"}), g.expr(d, stringKind), pick(g, []string{"", "b", "${" + g.expr(d, stringKind) + "}"}))
	case 3:
		return fmt.Sprintf("''  i ${%s} ''", g.expr(d, stringKind))
	}
	return g.builtin(depth, stringKind)
}

func (g *Generator) list(depth int) string {
	d := depth - 1
	switch g.n(5) {
	case 0:
		return fmt.Sprintf("(%s ++ %s)", g.expr(d, listKind), g.expr(d, listKind))
	case 1, 2:
		k := kind(g.n(int(kinds)))
		var elems []string
		for range g.n(4) {
			elems = append(elems, g.expr(d, k))
		}
		return "[ " + strings.Join(elems, " ") + " ]"
	}
	return g.builtin(depth, listKind)
}

func (g *Generator) set(depth int) string {
	d := depth - 1
	switch g.n(8) {
	case 0, 1:
		return fmt.Sprintf("(%s // %s)", g.expr(d, setKind), g.expr(d, setKind))
	case 2:
		return "rec { " + g.bindings(depth, func([]variable) string { return "}" })
	case 3:
		return fmt.Sprintf("{ %s = %s; ${%s} = %s; }", pick(g, variables), g.expr(d, anyKind), g.expr(d, stringKind), g.expr(d, anyKind))
	case 4:
		return fmt.Sprintf("{ %s.%s = %s; %s = %s; }", pick(g, []string{"a", "b"}), pick(g, variables), g.expr(d, anyKind), pick(g, []string{"c", "d"}), g.expr(d, anyKind))
	case 5:
		if len(g.scope) > 0 {
			return fmt.Sprintf("{ inherit %s; e = %s; }", pick(g, g.scope).name, g.expr(d, anyKind))
		}
	}
	return g.builtin(depth, setKind)
}

func (g *Generator) function(depth int) string {
	d := depth - 1
	switch g.n(5) {
	case 0:
		return fmt.Sprintf("({ a ? %s, b ? a, ... }: %s)", g.expr(d, anyKind), g.with([]variable{{"a", anyKind}, {"b", anyKind}}, func() string { return g.expr(d, anyKind) }))
	case 1:
		return fmt.Sprintf("(x: y: %s)", g.with([]variable{{"x", anyKind}, {"y", anyKind}}, func() string { return g.expr(d, anyKind) }))
	case 2:
		return fmt.Sprintf("((x: y: %s) %s)", g.with([]variable{{"x", anyKind}, {"y", anyKind}}, func() string { return g.expr(d, anyKind) }), g.expr(d, anyKind))
	}
	return fmt.Sprintf("(x: %s)", g.with([]variable{{"x", anyKind}}, func() string { return g.expr(d, anyKind) }))
}
