package worker

// This file lays values out for people: on one line when that is short enough, else with a line for each member. It evaluates what
// it shows and no more.

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"nixops4/eval"
)

// doc is a text, or things between brackets, each of which has a line of its own unless all fit into one.
type doc struct {
	text   string // or:
	open   string
	close  string
	items  []doc
	prefix string // of an item: its name and an equals sign
	suffix string // of an item: a semicolon
	flat   int    // width on one line
}

func leaf(text string) doc { return doc{text: text, flat: utf8.RuneCountInString(text)} }

func group(open, close string, items []doc) doc {
	d := doc{open: open, close: close, items: items, flat: len(open) + 1 + len(close)}
	for _, item := range items {
		d.flat += 1 + utf8.RuneCountInString(item.prefix) + item.flat + len(item.suffix)
	}
	return d
}

// write writes the document, which starts at column, and whose further lines are indented.
func (d doc) write(b *strings.Builder, indent, column, width int) {
	switch {
	case d.open == "" || len(d.items) == 0 && d.text != "":
		b.WriteString(d.text)
		return
	case len(d.items) == 0:
		b.WriteString(d.open + " " + d.close)
		return
	case column+d.flat <= width && !d.multiline():
		b.WriteString(d.open)
		for _, item := range d.items {
			b.WriteString(" " + item.prefix)
			item.write(b, 0, 0, 1<<30)
			b.WriteString(item.suffix)
		}
		b.WriteString(" " + d.close)
		return
	}
	b.WriteString(d.open)
	blanks := strings.Repeat(" ", indent+2)
	for _, item := range d.items {
		b.WriteString("\n" + blanks + item.prefix)
		item.write(b, indent+2, indent+2+utf8.RuneCountInString(item.prefix)+len(item.suffix), width)
		b.WriteString(item.suffix)
	}
	b.WriteString("\n" + strings.Repeat(" ", indent) + d.close)
}

func (d doc) multiline() bool {
	for _, item := range d.items {
		if strings.Contains(item.text, "\n") || item.multiline() {
			return true
		}
	}
	return false
}

// layouter makes documents.
type layouter struct {
	m       *eval.Evaluator
	layout  Layout
	open    map[*eval.Attrs]bool // the sets around
	unknown []Output
	folded  bool
}

// deepest bounds nesting when the layout does not.
const deepest = 500

func (l *layouter) value(v eval.Value, depth int) (doc, *eval.Error) {
	v, err := l.m.Force(v)
	if err != nil {
		return l.problem(err, depth)
	}
	switch v.Kind() {
	case eval.KindString:
		return l.string(v), nil
	case eval.KindList:
		return l.list(v.Elems(), depth)
	case eval.KindAttrs:
		return l.set(v.Attrs(), depth)
	}
	return leaf(l.m.Print(v, eval.PrintOptions{})), nil
}

// problem shows an error inside of a value, and an output that is not known anywhere.
func (l *layouter) problem(err *eval.Error, depth int) (doc, *eval.Error) {
	switch {
	case err.Kind == eval.Needs:
		output := Output{append([]string{}, err.Path...), err.Output}
		l.unknown = append(l.unknown, output)
		return leaf(unknownText(output)), nil
	case depth == 0 || err.Kind == eval.Canceled || err.Kind == eval.Limit:
		return doc{}, err
	}
	first, _, _ := strings.Cut(err.Msg, "\n")
	return leaf("«error: " + first + "»"), nil
}

func (l *layouter) string(v eval.Value) doc {
	if v.Context().Secret() && !l.layout.Reveal {
		return leaf("(sensitive)")
	}
	text := v.Text()
	if most := l.layout.Bytes; most > 0 && len(text) > most {
		for most > 0 && !utf8.RuneStart(text[most]) {
			most--
		}
		l.folded = true
		return leaf(fmt.Sprintf("%s… «%d bytes more»", strings.TrimSuffix(eval.Quote(text[:most]), `"`), len(text)-most))
	}
	return leaf(eval.Quote(text))
}

func (l *layouter) deep(depth int) bool {
	return depth >= deepest || l.layout.Depth > 0 && depth >= l.layout.Depth
}

func (l *layouter) list(elems []eval.Value, depth int) (doc, *eval.Error) {
	if len(elems) > 0 && l.deep(depth) {
		l.folded = true
		return leaf("[ … ]"), nil
	}
	var items []doc
	for i, elem := range elems {
		if l.layout.Items > 0 && i >= l.layout.Items {
			items = append(items, l.more(len(elems)-i))
			break
		}
		item, err := l.value(elem, depth+1)
		if err != nil {
			return doc{}, err
		}
		items = append(items, item)
	}
	return group("[", "]", items), nil
}

func (l *layouter) more(n int) doc {
	l.folded = true
	return leaf("… «" + strconv.Itoa(n) + " more»")
}

func (l *layouter) set(set *eval.Attrs, depth int) (doc, *eval.Error) {
	if l.open[set] {
		return leaf("«the set around»"), nil
	}
	if text, ok, err := l.named(set, depth); ok || err != nil {
		return leaf(text), err
	}
	if !l.layout.Whole && isComponent(l.m, set) {
		l.open[set] = true
		defer delete(l.open, set)
		return l.component(set, depth)
	}
	sorted := l.m.Sorted(set)
	if len(sorted) > 0 && l.deep(depth) {
		l.folded = true
		return leaf("{ … }"), nil
	}
	l.open[set] = true
	defer delete(l.open, set)
	var items []doc
	for i, attr := range sorted {
		if l.layout.Items > 0 && i >= l.layout.Items {
			items = append(items, l.more(len(sorted)-i))
			break
		}
		item, err := l.value(*attr.Slot, depth+1)
		if err != nil {
			return doc{}, err
		}
		item.prefix, item.suffix = attrKey(attr.Name)+" = ", ";"
		items = append(items, item)
	}
	return group("{", "}", items), nil
}

func attrKey(name string) string {
	if isPlain(name) {
		return name
	}
	return eval.Quote(name)
}

// tag is what a set says it is: _type or, for derivations, type.
func (l *layouter) tag(set *eval.Attrs) string {
	for _, name := range []string{"_type", "type"} {
		tag, there := l.m.Get(set, name)
		if !there {
			continue
		}
		// Whoever looks at an attribute that fails sees why.
		if tag, err := l.m.Force(tag); err == nil && tag.Kind() == eval.KindString && (name == "_type" || tag.Text() == "derivation") {
			return tag.Text()
		}
	}
	return ""
}

// named shows sets that stand for something by its name: derivations, types, and options and resource types inside of something.
func (l *layouter) named(set *eval.Attrs, depth int) (text string, ok bool, err *eval.Error) {
	var name string
	word := "derivation"
	switch l.tag(set) {
	case "derivation":
		name = "drvPath"
	case "option-type":
		word, name = "type", "description"
	case "option":
		return "«option»", depth > 0 && !l.layout.Whole, nil
	case "nixops4ResourceType":
		if depth == 0 || l.layout.Whole {
			return "", false, nil
		}
		word, name = "resource type", "type"
	default:
		return "", false, nil
	}
	v, there := l.m.Get(set, name)
	if !there {
		return "", false, nil
	}
	if v, err = l.m.Force(v); err != nil || v.Kind() != eval.KindString {
		return "", false, nil
	}
	return "«" + word + " " + v.Text() + "»", true, nil
}
