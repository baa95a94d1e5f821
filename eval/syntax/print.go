package syntax

// This file prints trees the way nix-instantiate --parse does.

import (
	"bufio"
	"cmp"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Print writes e the way nix-instantiate --parse prints it, without a line feed at the end. That form has
// every operator in parentheses and definitions sorted by name. It is meant for people: floats are rounded
// and an assertion has no parentheses, so it need not parse to the same tree; see [Format].
func Print(w io.Writer, e Expr) error {
	b := bufio.NewWriter(w)
	p := printer{w: b}
	p.expr(e)
	return b.Flush()
}

// String returns what [Print] writes.
func String(e Expr) string {
	var b strings.Builder
	p := printer{w: &b}
	p.expr(e)
	return b.String()
}

// A textWriter collects text; errors are kept for the end.
type textWriter interface {
	WriteString(string) (int, error)
	WriteByte(byte) error
}

type printer struct {
	w     textWriter
	exact bool // write what Format promises
}

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.w.WriteString(s)
	}
}

func (p *printer) expr(e Expr) {
	if p.exact && p.exactExpr(e) {
		return
	}
	switch e := e.(type) {
	case *Int:
		p.text(strconv.FormatInt(e.Val, 10))
	case *Float:
		p.text(strconv.FormatFloat(e.Val, 'g', 6, 64))
	case *Str:
		quote(p.w, e.Val)
	case *Path:
		p.text(e.Val)
	case *Var:
		p.text(identifier(e.Name))
	case *CurPos:
		p.text("__curPos")
	case *Concat:
		p.list("(", e.Parts, " + ", ")")
	case *Select:
		p.enclosed("(", e.X, ").")
		p.path(e.Path)
		if e.Default != nil {
			p.enclosed(" or (", e.Default, ")")
		}
	case *HasAttr:
		p.enclosed("((", e.X, ") ? ")
		p.path(e.Path)
		p.text(")")
	case *List:
		p.text("[ ")
		for _, x := range e.Elems {
			p.enclosed("(", x, ") ")
		}
		p.text("]")
	case *Attrs:
		p.attrs(e)
	case *Lambda:
		p.lambda(e)
	case *Call:
		p.call(e)
	case *Let:
		p.text("(let ")
		p.bindings(e.Binds)
		p.enclosed("in ", e.Body, ")")
	default:
		p.operation(e)
	}
}

func (p *printer) operation(e Expr) {
	switch e := e.(type) {
	case *With:
		p.enclosed("(with ", e.Scope, "; ")
		p.enclosed("", e.Body, ")")
	case *If:
		p.enclosed("(if ", e.Cond, " then ")
		p.enclosed("", e.Then, " else ")
		p.enclosed("", e.Else, ")")
	case *Assert:
		p.enclosed("assert ", e.Cond, "; ")
		p.expr(e.Body)
	case *Not:
		p.enclosed("(! ", e.X, ")")
	case *Binary:
		p.binary(e)
	}
}

// enclosed prints e between two texts.
func (p *printer) enclosed(before string, e Expr, after string) {
	p.text(before)
	p.expr(e)
	p.text(after)
}

func (p *printer) list(before string, list []Expr, between, after string) {
	p.text(before)
	for i, x := range list {
		if i > 0 {
			p.text(between)
		}
		p.expr(x)
	}
	p.text(after)
}

func (p *printer) path(path []AttrName) {
	for i, n := range path {
		if i > 0 {
			p.text(".")
		}
		if n.Dyn != nil && p.exact {
			p.enclosed("${", n.Dyn, "}")
		} else if n.Dyn != nil {
			p.enclosed(`"${`, n.Dyn, `}"`)
		} else {
			p.text(identifier(n.Name))
		}
	}
}

// call prints a call. Nix has no node for an operator that is a name, so arguments behind such an operator
// in parentheses join its operands.
func (p *printer) call(e *Call) {
	p.text("(")
	if b, ok := e.Fn.(*Binary); !ok || !p.fnCall(b) {
		p.expr(e.Fn)
	}
	for _, x := range e.Args {
		p.enclosed(" ", x, "")
	}
	p.text(")")
}

var opText = [...]string{
	Eq: "==", NotEq: "!=", And: "&&", Or: "||", Impl: "->", Update: "//", Append: "++", Less: "<", LessEq: "<=",
	Greater: ">", GreaterEq: ">=", Sub: "-", Mul: "*", Div: "/", PipeTo: "|>", PipeFrom: "<|",
}

func (p *printer) binary(e *Binary) {
	switch e.Op {
	case LessEq:
		p.text("(! (", e.Fn.Name, " ")
		p.list("", []Expr{e.R, e.L}, " ", "))")
	case GreaterEq:
		p.text("(! (", e.Fn.Name, " ")
		p.list("", []Expr{e.L, e.R}, " ", "))")
	case PipeTo:
		p.list("(", []Expr{e.R, e.L}, " ", ")")
	case PipeFrom:
		p.list("(", []Expr{e.L, e.R}, " ", ")")
	default:
		p.text("(")
		if !p.fnCall(e) {
			p.list("", []Expr{e.L, e.R}, " "+opText[e.Op]+" ", "")
		}
		p.text(")")
	}
}

// fnCall prints an operator that calls a name, without parentheses, and is false for others.
func (p *printer) fnCall(e *Binary) bool {
	switch e.Op {
	case Less, Sub, Mul, Div:
		p.text(e.Fn.Name, " ")
		p.list("", []Expr{e.L, e.R}, " ", "")
	case Greater:
		p.text(e.Fn.Name, " ")
		p.list("", []Expr{e.R, e.L}, " ", "")
	case Negate:
		p.text(e.Fn.Name, " 0 ")
		p.expr(e.R)
	default:
		return false
	}
	return true
}

func (p *printer) lambda(e *Lambda) {
	p.text("(")
	if e.Formals != nil {
		p.formals(e.Formals)
		if e.Arg != "" {
			p.text(" @ ")
		}
	}
	if e.Arg != "" {
		p.text(identifier(e.Arg))
	}
	p.enclosed(": ", e.Body, ")")
}

func (p *printer) formals(f *Formals) {
	list := slices.Clone(f.List)
	slices.SortFunc(list, func(a, b Formal) int { return cmp.Compare(a.Name, b.Name) })
	p.text("{ ")
	for i, a := range list {
		if i > 0 {
			p.text(", ")
		}
		p.text(identifier(a.Name))
		if a.Default != nil {
			p.enclosed(" ? ", a.Default, "")
		}
	}
	if f.Ellipsis {
		if len(list) > 0 {
			p.text(", ")
		}
		p.text("...")
	}
	p.text(" }")
}

func (p *printer) attrs(e *Attrs) {
	if e.Rec {
		p.text("rec ")
	}
	p.text("{ ")
	p.bindings(e)
	p.text("}")
}

// bindings prints definitions: first what is inherited, then the rest, each sorted by name.
func (p *printer) bindings(e *Attrs) {
	sorted := slices.Clone(e.Attrs)
	slices.SortFunc(sorted, func(a, b Attr) int {
		return cmp.Or(bindingGroup(&a)-bindingGroup(&b), cmp.Compare(a.Name, b.Name))
	})
	for i := range sorted {
		a := &sorted[i]
		if a.Kind == Plain {
			p.text(identifier(a.Name))
			p.enclosed(" = ", a.Value, "; ")
			continue
		}
		group := bindingGroup(a)
		if i == 0 || bindingGroup(&sorted[i-1]) != group {
			p.text("inherit")
			if a.Kind == InheritFrom {
				p.enclosed(" (", e.Froms[a.From], ")")
			}
		}
		p.text(" ", identifier(a.Name))
		if i+1 == len(sorted) || bindingGroup(&sorted[i+1]) != group {
			p.text("; ")
		}
	}
	for _, d := range e.Dynamic {
		p.enclosed(`"${`, d.Name, `}" = `)
		p.enclosed("", d.Value, "; ")
	}
}

// bindingGroup numbers the clauses that attributes are printed in.
func bindingGroup(a *Attr) int {
	switch a.Kind {
	case Inherited:
		return 0
	case InheritFrom:
		return 1 + a.From
	}
	return math.MaxInt
}

func attrPathString(path []AttrName) string {
	var b strings.Builder
	p := printer{w: &b}
	p.path(path)
	return b.String()
}

// identifier returns a name as it is written in a set: quoted unless it looks like a name.
func identifier(name string) string {
	plain := name != "" && class[name[0]]&cIDStart != 0 && !isReserved(name)
	for i := 0; plain && i < len(name); i++ {
		plain = class[name[i]]&cID != 0
	}
	if plain {
		return name
	}
	var b strings.Builder
	quote(&b, name)
	return b.String()
}

// quote writes a string literal.
func quote(w textWriter, s string) {
	w.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '$' && i+1 < len(s) && s[i+1] == '{':
			w.WriteByte('\\')
			w.WriteByte(c)
		case c == '\n':
			w.WriteString(`\n`)
		case c == '\r':
			w.WriteString(`\r`)
		case c == '\t':
			w.WriteString(`\t`)
		default:
			w.WriteByte(c)
		}
	}
	w.WriteByte('"')
}
