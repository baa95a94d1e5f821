package store

// This file writes derivations as ATerms, the text of .drv files.

import "slices"

// aterm writes the derivation with the inputs given. mask leaves out the paths of its outputs.
func (d *Derivation) aterm(inputs Table[*Inputs], mask bool) []byte {
	w := &atermWriter{buf: make([]byte, 0, d.length()+128)}
	if d.dynamic() {
		w.raw(`DrvWithVersion("xp-dyn-drv",`)
	} else {
		w.raw("Derive(")
	}
	list(w, d.Outputs, func(o Entry[Output]) { w.output(o.Name, o.Value, mask) })
	w.raw(",")
	list(w, inputs, w.inputs)
	w.raw(",")
	w.strings(sorted(d.Sources))
	w.raw(",")
	w.string(d.System)
	w.raw(",")
	w.string(d.Builder)
	w.raw(",")
	w.strings(d.Arguments)
	w.raw(",")
	list(w, d.Env, func(v Entry[string]) {
		if mask {
			if _, ok := d.Outputs.Get(v.Name); ok {
				v.Value = ""
			}
		}
		w.tuple(v.Name, v.Value)
	})
	w.raw(")")
	return w.buf
}

// length is about how long the text is.
func (d *Derivation) length() int {
	n := 80*(len(d.Outputs)+len(d.Sources)) + 100*len(d.Inputs) + len(d.Builder) + len(d.System)
	for _, a := range d.Arguments {
		n += len(a) + 4
	}
	for _, v := range d.Env {
		n += len(v.Name) + len(v.Value) + 8
	}
	return n
}

// dynamic says that the derivation uses outputs of derivations that are outputs.
func (d *Derivation) dynamic() bool {
	for _, in := range d.Inputs {
		if len(in.Value.Dynamic) > 0 {
			return true
		}
	}
	return false
}

func sorted(texts []string) []string {
	if !slices.IsSorted(texts) {
		texts = slices.Sorted(slices.Values(texts))
	}
	for i := 1; i < len(texts); i++ {
		if texts[i] == texts[i-1] {
			return slices.Compact(slices.Clone(texts))
		}
	}
	return texts
}

type atermWriter struct{ buf []byte }

func (w *atermWriter) raw(s string) { w.buf = append(w.buf, s...) }

func (w *atermWriter) string(s string) {
	w.buf = append(w.buf, '"')
	done := 0
	for i := 0; i < len(s); i++ {
		letter := s[i]
		if letter > '\r' && letter != '"' && letter != '\\' {
			continue
		}
		switch letter {
		case '\n':
			letter = 'n'
		case '\r':
			letter = 'r'
		case '\t':
			letter = 't'
		case '"', '\\':
		default:
			continue
		}
		w.buf = append(append(w.buf, s[done:i]...), '\\', letter)
		done = i + 1
	}
	w.buf = append(append(w.buf, s[done:]...), '"')
}

// list writes elements between brackets.
func list[E any](w *atermWriter, elems []E, write func(E)) {
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

func (w *atermWriter) inputs(in Entry[*Inputs]) {
	w.raw("(")
	w.string(in.Name)
	w.raw(",")
	if len(in.Value.Dynamic) == 0 {
		w.strings(sorted(in.Value.Outputs))
	} else {
		w.raw("(")
		w.strings(sorted(in.Value.Outputs))
		w.raw(",")
		list(w, in.Value.Dynamic, w.inputs)
		w.raw(")")
	}
	w.raw(")")
}
