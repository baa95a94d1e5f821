package store

// This file writes derivations as ATerms and reads them.

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nix-community/go-nix/pkg/derivation"
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

// ReadDerivation reads a .drv file. The name is that of the derivation, without .drv.
func ReadDerivation(r io.Reader, name string) (*Derivation, error) {
	in, err := derivation.ReadDerivation(r)
	if err != nil {
		return nil, fmt.Errorf("reading the derivation '%s': %w", name, err)
	}
	d := &Derivation{
		Name: name, Outputs: map[string]Output{}, Sources: in.InputSources, System: in.Platform,
		Builder: in.Builder, Arguments: in.Arguments, Env: in.Env,
	}
	for drv, outputs := range in.InputDerivations {
		for _, o := range outputs {
			d.AddInput(drv, o)
		}
	}
	for name, o := range in.Outputs {
		if d.Outputs[name], err = readOutput(o); err != nil {
			return nil, fmt.Errorf("reading the derivation '%s': output '%s': %w", d.Name, name, err)
		}
	}
	return d, nil
}

func readOutput(o *derivation.Output) (Output, error) {
	if o.HashAlgorithm == "" {
		return Output{Kind: ByInputs, Path: o.Path}, nil
	}
	var out Output
	algo := o.HashAlgorithm
	for _, m := range []Method{NAR, Text, GitSum} {
		if rest, ok := strings.CutPrefix(algo, string(m)); ok {
			out.Method, algo = m, rest
		}
	}
	var err error
	if out.Algo, err = ParseAlgo(algo); err != nil {
		return out, err
	}
	switch o.Hash {
	case "":
		out.Kind = Floating
	case "impure":
		out.Kind = Impure
	default:
		out.Kind, out.Path = Fixed, o.Path
		out.Hash, err = ParseHash(o.Hash, out.Algo)
	}
	return out, err
}
