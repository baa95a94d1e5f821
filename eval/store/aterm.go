package store

// This file writes derivations as ATerms, the text of .drv files.

import (
	"maps"
	"slices"
)

// aterm writes the derivation with the inputs given. mask leaves out the paths of its outputs.
func (d *Derivation) aterm(inputs map[string]*Inputs, mask bool) []byte {
	w := &atermWriter{buf: make([]byte, 0, 4096)}
	if d.dynamic() {
		w.raw(`DrvWithVersion("xp-dyn-drv",`)
	} else {
		w.raw("Derive(")
	}
	list(w, d.OutputNames(), func(name string) { w.output(name, d.Outputs[name], mask) })
	w.raw(",")
	list(w, slices.Sorted(maps.Keys(inputs)), func(drv string) { w.inputs(drv, inputs[drv]) })
	w.raw(",")
	w.strings(sorted(d.Sources))
	w.raw(",")
	w.string(d.System)
	w.raw(",")
	w.string(d.Builder)
	w.raw(",")
	w.strings(d.Arguments)
	w.raw(",")
	list(w, slices.Sorted(maps.Keys(d.Env)), func(name string) {
		value := d.Env[name]
		if _, ok := d.Outputs[name]; ok && mask {
			value = ""
		}
		w.tuple(name, value)
	})
	w.raw(")")
	return w.buf
}

// dynamic says that the derivation uses outputs of derivations that are outputs.
func (d *Derivation) dynamic() bool {
	for _, in := range d.Inputs {
		if len(in.Dynamic) > 0 {
			return true
		}
	}
	return false
}

func sorted(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

type atermWriter struct{ buf []byte }

func (w *atermWriter) raw(s string) { w.buf = append(w.buf, s...) }

func (w *atermWriter) string(s string) {
	w.buf = append(w.buf, '"')
	for _, c := range []byte(s) {
		switch c {
		case '"', '\\':
			w.buf = append(w.buf, '\\', c)
		case '\n':
			w.raw(`\n`)
		case '\r':
			w.raw(`\r`)
		case '\t':
			w.raw(`\t`)
		default:
			w.buf = append(w.buf, c)
		}
	}
	w.buf = append(w.buf, '"')
}

// list writes elements between brackets.
func list(w *atermWriter, elems []string, write func(string)) {
	w.raw("[")
	for i, e := range elems {
		if i > 0 {
			w.raw(",")
		}
		write(e)
	}
	w.raw("]")
}

func (w *atermWriter) strings(elems []string) { list(w, elems, w.string) }

func (w *atermWriter) tuple(elems ...string) {
	w.raw("(")
	for i, e := range elems {
		if i > 0 {
			w.raw(",")
		}
		w.string(e)
	}
	w.raw(")")
}

func (w *atermWriter) output(name string, o Output, mask bool) {
	path := o.Path
	if mask {
		path = ""
	}
	switch o.Kind {
	case ByInputs:
		w.tuple(name, path, "", "")
	case Fixed:
		w.tuple(name, path, o.content(), o.Hash.Format(Base16))
	case Floating:
		w.tuple(name, "", o.content(), "")
	case Impure:
		w.tuple(name, "", o.content(), "impure")
	}
}

func (w *atermWriter) inputs(name string, in *Inputs) {
	w.raw("(")
	w.string(name)
	w.raw(",")
	if len(in.Dynamic) == 0 {
		w.strings(sorted(in.Outputs))
	} else {
		w.raw("(")
		w.strings(sorted(in.Outputs))
		w.raw(",")
		list(w, slices.Sorted(maps.Keys(in.Dynamic)), func(output string) { w.inputs(output, in.Dynamic[output]) })
		w.raw(")")
	}
	w.raw(")")
}
