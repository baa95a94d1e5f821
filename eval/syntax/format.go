package syntax

// This file writes trees as text that parses to the same tree.

import (
	"math"
	"strconv"
	"strings"
)

// Format returns text on one line that parses to the same tree but for its positions. It is like that of
// [Print] where that suffices. Only a path with bytes that no path literal can have (its base path brought
// them in) is beyond it.
func Format(e Expr) string {
	var b strings.Builder
	p := printer{w: &b, exact: true}
	p.expr(e)
	return b.String()
}

// exactExpr writes the expressions that Print writes in another way. It is false for the others.
func (p *printer) exactExpr(e Expr) bool {
	switch e := e.(type) {
	case *Float:
		p.text(floatLiteral(e.Val))
	case *Path:
		p.text(pathLiteral(e.Val))
	case *Concat:
		p.exactConcat(e)
	case *Assert:
		p.enclosed("(assert ", e.Cond, "; ")
		p.enclosed("", e.Body, ")")
	case *Binary:
		if e.Op == Negate {
			p.enclosed("(- ", e.R, ")")
		} else {
			p.list("(", []Expr{e.L, e.R}, " "+opText[e.Op]+" ", ")")
		}
	case *Call:
		if _, ok := e.Fn.(*Select); ok && e.Cursed {
			// The argument or must not be taken for the or of the selection.
			p.enclosed("((", e.Fn, ") ")
			p.list("", e.Args, " ", ")")
		} else {
			p.list("(", append([]Expr{e.Fn}, e.Args...), " ", ")")
		}
	case *Lambda:
		p.exactLambda(e)
	case *Let:
		p.text("(let ")
		p.exactBindings(e.Binds)
		p.enclosed("in ", e.Body, ")")
	case *Attrs:
		if e.Rec {
			p.text("rec ")
		}
		p.text("{ ")
		p.exactBindings(e)
		p.text("}")
	default:
		return false
	}
	return true
}

// exactConcat writes every part as an interpolation, since neighbouring texts would become one.
func (p *printer) exactConcat(e *Concat) {
	parts := e.Parts
	first, isPath := parts[0].(*Path)
	switch {
	case e.ForceString:
		p.text(`"`)
	case isPath:
		p.text(pathLiteral(first.Val))
		parts = parts[1:]
	default:
		p.list("(", parts, " + ", ")")
		return
	}
	for _, x := range parts {
		p.enclosed("${", x, "}")
	}
	if e.ForceString {
		p.text(`"`)
	}
}

func (p *printer) exactLambda(e *Lambda) {
	p.text("(")
	if e.Formals != nil {
		p.text("{ ")
		for i, a := range e.Formals.List {
			if i > 0 {
				p.text(", ")
			}
			p.text(a.Name)
			if a.Default != nil {
				p.enclosed(" ? ", a.Default, "")
			}
		}
		switch {
		case e.Formals.Ellipsis && len(e.Formals.List) > 0:
			p.text(", ... }")
		case e.Formals.Ellipsis:
			p.text("... }")
		default:
			p.text(" }")
		}
		if e.Arg != "" {
			p.text(" @ ")
		}
	}
	p.text(e.Arg)
	p.enclosed(": ", e.Body, ")")
}

// exactBindings keeps the order of definitions, and the sources of inherit even if nothing comes from them.
// The parser leaves the attributes of one source next to each other, and in the order of the sources.
func (p *printer) exactBindings(e *Attrs) {
	source := -1 // written last
	inherit := func(from int) {
		for source < from {
			source++
			p.enclosed("inherit (", e.Froms[source], ")")
			if source < from {
				p.text("; ")
			}
		}
	}
	for i := range e.Attrs {
		a := &e.Attrs[i]
		switch a.Kind {
		case Plain:
			p.text(identifier(a.Name))
			p.enclosed(" = ", a.Value, "; ")
		case Inherited:
			p.text("inherit ", identifier(a.Name), "; ")
		case InheritFrom:
			inherit(a.From)
			p.text(" ", identifier(a.Name))
			if next := i + 1; next == len(e.Attrs) || e.Attrs[next].Kind != InheritFrom || e.Attrs[next].From != a.From {
				p.text("; ")
			}
		}
	}
	if source < len(e.Froms)-1 {
		inherit(len(e.Froms) - 1)
		p.text("; ")
	}
	for _, d := range e.Dynamic {
		p.enclosed("${", d.Name, "} = ")
		p.enclosed("", d.Value, "; ")
	}
}

// floatLiteral returns the shortest literal with the value f, which is neither negative nor infinite.
func floatLiteral(f float64) string {
	if f == 0 {
		return "0.0"
	}
	if f >= 1e-4 && f < 1e15 {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if f == math.Trunc(f) {
			s += "."
		}
		return s
	}
	// A literal must have a point before its exponent.
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(digits, ".") {
		digits += "."
	}
	return digits + "e" + exponent
}

// pathLiteral returns a literal for an absolute path, which ends with a slash only before an interpolation.
func pathLiteral(path string) string {
	switch path {
	case "/":
		return "/."
	case "//":
		return "/./"
	}
	return path
}
