package eval

// This file writes values as XML.

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"nixops4/eval/syntax"
)

var xmlBuiltins = []*Builtin{
	{Name: "toXML", Args: []string{"e"}, Strict: 1, F1: toXML, Doc: "*e* as XML. A function is written as the names of its arguments, and a derivation that appears again as an element `repeated`."},
}

func toXML(m *Evaluator, e Value) (Value, *Error) {
	text, c, err := m.ToXML(e, XMLOptions{Strict: true})
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(text, c), nil
}

// XMLOptions say how [Evaluator.ToXML] writes.
type XMLOptions struct {
	// Strict evaluates what is not evaluated yet; otherwise it is written as an element unevaluated.
	Strict bool
	// Locations adds where attributes and functions are written.
	Locations bool
}

// ToXML writes a value as an XML document, and says what the text refers to.
func (m *Evaluator) ToXML(v Value, opts XMLOptions) (string, *Context, *Error) {
	// A first round without writing finds errors before the indentation of a deep nesting takes much memory.
	if err := m.newXMLWriter(opts, true).document(v); err != nil {
		return "", nil, err
	}
	w := m.newXMLWriter(opts, false)
	if err := w.document(v); err != nil {
		return "", nil, err
	}
	return w.b.String(), w.context, nil
}

func (m *Evaluator) newXMLWriter(opts XMLOptions, dry bool) *xmlWriter {
	return &xmlWriter{m: m, opts: opts, dry: dry, seen: map[string]bool{}}
}

type xmlWriter struct {
	m       *Evaluator
	opts    XMLOptions
	dry     bool
	b       strings.Builder
	depth   int
	context *Context
	seen    map[string]bool // paths of derivations written so far
}

func (w *xmlWriter) document(v Value) *Error {
	w.b.WriteString("<?xml version='1.0' encoding='utf-8'?>\n")
	return w.within("expr", nil, func() *Error { return w.value(&v, 0) })
}

// An xmlAttr is an attribute of an element; an element's are in order of their names.
type xmlAttr struct{ name, value string }

var xmlEscapes = strings.NewReplacer(`"`, "&quot;", "<", "&lt;", ">", "&gt;", "&", "&amp;", "\n", "&#xA;")

func (w *xmlWriter) tag(name string, attrs []xmlAttr, end string) {
	if w.dry {
		return
	}
	for range w.depth {
		w.b.WriteString("  ")
	}
	w.b.WriteString("<" + name)
	for _, a := range attrs {
		w.b.WriteString(" " + a.name + `="`)
		_, _ = xmlEscapes.WriteString(&w.b, a.value)
		w.b.WriteByte('"')
	}
	w.b.WriteString(end + ">\n")
}

func (w *xmlWriter) empty(name string, attrs ...xmlAttr) { w.tag(name, attrs, " /") }

// within writes an element around what inside writes.
func (w *xmlWriter) within(name string, attrs []xmlAttr, inside func() *Error) *Error {
	w.tag(name, attrs, "")
	w.depth++
	err := inside()
	w.depth--
	w.tag("/"+name, nil, "")
	return err
}

// value writes what is in a slot. pos is the place of the attribute that it belongs to.
func (w *xmlWriter) value(p *Value, pos syntax.Pos) *Error {
	if err := w.m.descend(pos); err != nil {
		return err
	}
	err := w.nested(p, pos)
	w.m.depth--
	return err
}

func (w *xmlWriter) nested(p *Value, pos syntax.Pos) *Error {
	v := settled(p)
	if w.opts.Strict {
		var err *Error
		if v, err = w.m.ForceSlot(p); err != nil {
			return placeRecursion(err, pos)
		}
	}
	switch v.kind() {
	case KindNull:
		w.empty("null")
	case KindBool:
		w.empty("bool", xmlAttr{"value", strconv.FormatBool(v.BoolVal())})
	case KindInt:
		w.empty("int", xmlAttr{"value", strconv.FormatInt(v.IntVal(), 10)})
	case KindFloat:
		w.empty("float", xmlAttr{"value", formatFloat(v.FloatVal())})
	case KindString, kindTaggedString:
		w.context = w.context.Union(v.Context())
		w.empty("string", xmlAttr{"value", v.Text()})
	case KindPath:
		w.empty("path", xmlAttr{"value", v.Text()})
	case KindList:
		return w.list(v.Elems(), pos)
	case KindAttrs:
		return w.set(v.Attrs())
	case KindFunction, kindPartial:
		return w.function(v)
	default:
		w.empty("unevaluated")
	}
	return nil
}

func (w *xmlWriter) list(elems []Value, pos syntax.Pos) *Error {
	return w.within("list", nil, func() *Error {
		for i := range elems {
			if err := w.value(&elems[i], pos); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *xmlWriter) set(a *Attrs) *Error {
	is, err := w.m.isDerivation(a)
	if err != nil {
		return err
	}
	if is {
		return w.derivation(a)
	}
	return w.within("attrs", nil, func() *Error { return w.attrs(a) })
}

func (w *xmlWriter) attrs(a *Attrs) *Error {
	for _, at := range w.m.Sorted(a) {
		attrs := append(w.location(at.Pos), xmlAttr{"name", at.Name})
		slices.SortFunc(attrs, func(a, b xmlAttr) int { return cmp.Compare(a.name, b.name) })
		err := w.within("attr", attrs, func() *Error { return w.value(at.Slot, at.Pos) })
		if err != nil {
			return err
		}
	}
	return nil
}

// location says where something is written, if that is wanted and known.
func (w *xmlWriter) location(pos syntax.Pos) []xmlAttr {
	loc, ok := w.m.files.Locate(pos)
	if !w.opts.Locations || !ok {
		return nil
	}
	attrs := []xmlAttr{{"column", strconv.Itoa(loc.Column)}, {"line", strconv.Itoa(loc.Line)}}
	if loc.Source.IsFile {
		attrs = append(attrs, xmlAttr{"path", loc.Source.Name})
	}
	return attrs
}

func (w *xmlWriter) derivation(a *Attrs) *Error {
	var attrs []xmlAttr
	drv := ""
	for _, name := range []string{"drvPath", "outPath"} {
		p := w.m.Slot(a, name)
		if p == nil {
			continue
		}
		v := settled(p)
		if w.opts.Strict {
			var err *Error
			if v, err = w.m.ForceSlot(p); err != nil {
				return placeRecursion(err, a.posOf(w.m.Sym(name)))
			}
		}
		if v.isString() {
			attrs = append(attrs, xmlAttr{name, v.Text()})
			if name == "drvPath" {
				drv = v.Text()
			}
		}
	}
	return w.within("derivation", attrs, func() *Error {
		if drv == "" || w.seen[drv] {
			w.empty("repeated")
			return nil
		}
		w.seen[drv] = true
		return w.attrs(a)
	})
}

func (w *xmlWriter) function(v Value) *Error {
	n := 0
	if v.kind() == kindPartial {
		p := v.partial()
		if v, n = p.fn, len(p.args); v.kind() == kindBuiltin {
			w.empty("unevaluated")
			return nil
		}
	}
	l := w.m.lambdaOf(v)
	return w.within("function", w.location(l.params[n].pos), func() *Error {
		if l.formals == nil || n != l.arity-1 {
			w.empty("varpat", xmlAttr{"name", l.params[n].arg})
			return nil
		}
		return w.pattern(l.formals, l.params[n].arg)
	})
}

// pattern writes the names of a set pattern.
func (w *xmlWriter) pattern(fs *formals, whole string) *Error {
	var attrs []xmlAttr
	if fs.ellipsis {
		attrs = append(attrs, xmlAttr{"ellipsis", "1"})
	}
	if whole != "" {
		attrs = append(attrs, xmlAttr{"name", whole})
	}
	names := make([]string, len(fs.list))
	for i, f := range fs.list {
		names[i] = w.m.Name(f.name)
	}
	slices.Sort(names)
	return w.within("attrspat", attrs, func() *Error {
		for _, name := range names {
			w.empty("attr", xmlAttr{"name", name})
		}
		return nil
	})
}
