package eval

// This file prints values: in the notation of nix-instantiate --eval, and in the notation of error messages
// and of the REPL, which can bound and lay out what it prints.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// PrintOptions say how [Evaluator.Print] prints. The zero value prints everything on one line, without
// forcing anything.
type PrintOptions struct {
	// Ambiguous is the old notation of nix-instantiate, in which suspended values print as <CODE> and
	// functions as <LAMBDA>.
	Ambiguous bool
	// Depth, Attrs, Items and Bytes bound nesting, attributes and list elements in all, and each string;
	// 0 means no bound.
	Depth, Attrs, Items, Bytes int
	// Indent lays the value out over several lines, when not 0.
	Indent int
	// Derivations prints derivations as «derivation PATH».
	Derivations bool
}

// errorPrint is how values appear in error messages.
var errorPrint = PrintOptions{Depth: 10, Attrs: 10, Items: 10, Bytes: 1024}

// Print prints a value.
func (m *Evaluator) Print(v Value, opts PrintOptions) string {
	p := &printer{m: m, opts: opts, seen: map[unsafe.Pointer]bool{}}
	p.value(v, 0)
	return p.b.String()
}

type printer struct {
	m            *Evaluator
	opts         PrintOptions
	b            strings.Builder
	seen         map[unsafe.Pointer]bool
	open         unsafe.Pointer // the list whose elements are being printed
	attrs, items int            // printed so far
	indent       int
}

func (p *printer) value(v Value, depth int) {
	if depth >= p.m.maxDepth {
		p.b.WriteString("«nested too deeply»")
		return
	}
	if p.m.interrupted() {
		return
	}
	v = settled(&v)
	switch v.kind() {
	case KindNull:
		p.b.WriteString("null")
	case KindBool:
		p.b.WriteString(strconv.FormatBool(v.BoolVal()))
	case KindInt:
		p.b.WriteString(strconv.FormatInt(v.IntVal(), 10))
	case KindFloat:
		p.b.WriteString(formatFloat(v.FloatVal()))
	case KindString, kindTaggedString:
		p.text(v)
	case KindPath:
		p.b.WriteString(p.m.ShowPath(v.Text()))
	case KindList:
		p.list(v, depth)
	case KindAttrs:
		p.set(v, depth)
	case KindFunction, kindBuiltin, kindPartial:
		p.function(v)
	case KindThunk:
		p.thunk(v.thunk().running())
	case kindLambda:
		p.thunk(false)
	}
}

// formatFloat prints a float as a C++ stream does: six significant digits.
func formatFloat(f float64) string {
	if s := notFinite(f); s != "" {
		return s
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

// notFinite prints a float that is no number as C does, with its sign; it is empty for a number.
func notFinite(f float64) string {
	s := ""
	switch {
	case math.IsInf(f, 0):
		s = "inf"
	case math.IsNaN(f):
		s = "nan"
	}
	if s != "" && math.Signbit(f) {
		return "-" + s
	}
	return s
}

func (p *printer) text(v Value) {
	if v.Context().Secret() {
		p.b.WriteString("(sensitive)")
		return
	}
	s := v.Text()
	if max := p.opts.Bytes; max > 0 && len(s) > max {
		writeQuoted(&p.b, s[:max])
		p.b.WriteByte(' ')
		p.elided(len(s)-max, "byte", "bytes")
		return
	}
	writeQuoted(&p.b, s)
}

func (p *printer) elided(n int, one, many string) {
	word := many
	if n == 1 {
		word = one
	}
	fmt.Fprintf(&p.b, "«%d %s elided»", n, word)
}

// Quote prints a string as Nix writes it.
func Quote(s string) string {
	var b strings.Builder
	writeQuoted(&b, s)
	return b.String()
}

func writeQuoted(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '$':
			if i+1 < len(s) && s[i+1] == '{' {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}

// isIdentifier says that a name can be written without quotes.
func isIdentifier(s string) bool {
	switch s {
	case "", "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit":
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '\'' || c == '-')) {
			return false
		}
	}
	return true
}

// attrName writes an attribute name, in quotes if need be.
func attrName(s string) string {
	if isIdentifier(s) {
		return s
	}
	return Quote(s)
}

// enter remembers a list or set; false means that it has been printed already.
func (p *printer) enter(v Value) bool {
	if p.seen[v.ref] {
		p.b.WriteString("«repeated»")
		return false
	}
	p.seen[v.ref] = true
	return true
}

func (p *printer) space() {
	if p.opts.Indent == 0 {
		p.b.WriteByte(' ')
		return
	}
	p.b.WriteByte('\n')
	for i := 0; i < p.indent; i++ {
		p.b.WriteByte(' ')
	}
}

func (p *printer) list(v Value, depth int) {
	if v.Len() > 0 {
		// In Nix the outer one of a list that contains itself is mostly a copy, which does not count as seen.
		again := p.opts.Ambiguous && p.open == v.ref
		if !again && !p.enter(v) {
			return
		}
		outer := p.open
		if p.open = v.ref; again {
			p.open = nil
		}
		defer func() { p.open = outer }()
	}
	if p.opts.Depth > 0 && depth >= p.opts.Depth {
		p.b.WriteString("[ ... ]")
		return
	}
	elems := v.Elems()
	p.b.WriteByte('[')
	nested := p.nested(len(elems), func() Value { return elems[0] })
	p.indent += p.opts.Indent
	for i := range elems {
		p.separate(nested)
		if p.opts.Items > 0 && p.items >= p.opts.Items {
			p.elided(len(elems)-i, "item", "items")
			break
		}
		p.value(elems[i], depth+1)
		p.items++
	}
	p.indent -= p.opts.Indent
	p.separate(nested)
	p.b.WriteByte(']')
}

func (p *printer) separate(nested bool) {
	if nested {
		p.space()
	} else {
		p.b.WriteByte(' ')
	}
}

// nested says that a list or set is laid out over several lines: with more than one member, or one that is
// a list or set itself.
func (p *printer) nested(n int, first func() Value) bool {
	if p.opts.Indent == 0 || n == 0 {
		return false
	}
	if n > 1 {
		return true
	}
	v := first()
	v = settled(&v)
	return v.isList() || v.isAttrs() || v.lazy()
}

func (p *printer) set(v Value, depth int) {
	a := p.m.flat(v.Attrs())
	if len(a.shape.syms) > 0 && !p.enter(v) {
		return
	}
	if p.opts.Derivations {
		if is, err := p.m.isDerivation(a); err == nil && is {
			p.derivation(a)
			return
		}
	}
	if p.opts.Depth > 0 && depth >= p.opts.Depth {
		p.b.WriteString("{ ... }")
		return
	}
	sorted := p.m.Sorted(a)
	if p.opts.Attrs > 0 {
		sorted = typeFirst(sorted)
	}
	p.b.WriteByte('{')
	nested := p.nested(len(sorted), func() Value { return *sorted[0].Slot })
	p.indent += p.opts.Indent
	for i, at := range sorted {
		p.separate(nested)
		if p.opts.Attrs > 0 && p.attrs >= p.opts.Attrs {
			p.elided(len(sorted)-i, "attribute", "attributes")
			break
		}
		p.b.WriteString(attrName(at.Name))
		p.b.WriteString(" = ")
		p.value(*at.Slot, depth+1)
		p.b.WriteByte(';')
		p.attrs++
	}
	p.indent -= p.opts.Indent
	p.separate(nested)
	p.b.WriteByte('}')
}

// typeFirst moves type and _type to the front, where an abridged set shows them.
func typeFirst(sorted []Attr) []Attr {
	important := func(a Attr) bool { return a.Name == "type" || a.Name == "_type" }
	out := make([]Attr, 0, len(sorted))
	for _, want := range []bool{true, false} {
		for _, a := range sorted {
			if important(a) == want {
				out = append(out, a)
			}
		}
	}
	return out
}

func (p *printer) derivation(a *Attrs) {
	p.b.WriteString("«derivation")
	if slot := a.slot(p.m.names.drvPath); slot != nil {
		if v, err := p.m.ForceSlot(slot); err == nil && v.isString() {
			p.b.WriteString(" " + v.Text())
		}
	}
	p.b.WriteString("»")
}

func (p *printer) function(v Value) {
	k := v.kind()
	if p.opts.Ambiguous {
		switch {
		case k == kindBuiltin:
			p.b.WriteString("<PRIMOP>")
		case k == kindPartial && v.partial().fn.kind() == kindBuiltin:
			p.b.WriteString("<PRIMOP-APP>")
		default:
			p.b.WriteString("<LAMBDA>")
		}
		return
	}
	switch k {
	case kindBuiltin:
		p.b.WriteString("«primop " + v.builtin().Name + "»")
	case kindPartial:
		pa := v.partial()
		if pa.fn.kind() == kindBuiltin {
			p.b.WriteString("«partially applied primop " + pa.fn.builtin().Name + "»")
			return
		}
		p.lambda(&p.m.lambdaOf(pa.fn).params[len(pa.args)])
	default:
		p.lambda(&p.m.lambdaOf(v).params[0])
	}
}

func (p *printer) lambda(fn *param) {
	p.b.WriteString("«lambda")
	if fn.named {
		p.b.WriteString(" " + attrName(fn.name))
	}
	p.b.WriteString(" @ " + p.m.showPos(fn.pos) + "»")
}

func (p *printer) thunk(running bool) {
	switch {
	case running:
		p.b.WriteString("«potential infinite recursion»")
	case p.opts.Ambiguous:
		p.b.WriteString("<CODE>")
	default:
		p.b.WriteString("«thunk»")
	}
}
