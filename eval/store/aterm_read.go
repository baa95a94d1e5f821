package store

// This file reads the text of .drv files.

import (
	"errors"
	"fmt"
	"strings"
)

// ReadDerivation reads the text of a .drv file. The name is that of the derivation, without .drv.
func ReadDerivation(text, name string) (*Derivation, error) {
	r := &atermReader{text: text}
	d := &Derivation{Name: name}
	r.derivation(d)
	if r.err == nil && r.at < len(text) {
		r.fail("something follows")
	}
	if r.err != nil {
		return nil, fmt.Errorf("reading the derivation '%s': %w", name, r.err)
	}
	return d, nil
}

// An atermReader reads until the first error.
type atermReader struct {
	text string
	at   int
	err  error
}

func (r *atermReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: %w", r.at, fmt.Errorf(format, args...))
	}
}

func (r *atermReader) derivation(d *Derivation) {
	if strings.HasPrefix(r.text, "DrvWithVersion(") {
		r.expect("DrvWithVersion(")
		if v := r.string(); v != "xp-dyn-drv" {
			r.fail("version %q is not known", v)
		}
		r.expect(",")
	} else {
		r.expect("Derive(")
	}
	r.list(func() { r.output(d) })
	r.expect(",")
	r.list(func() {
		r.expect("(")
		drv := r.string()
		r.expect(",")
		r.inputs(of(&d.Inputs, drv), 0)
		r.expect(")")
	})
	r.expect(",")
	d.Sources = r.strings()
	r.expect(",")
	d.System = r.string()
	r.expect(",")
	d.Builder = r.string()
	r.expect(",")
	d.Arguments = r.strings()
	r.expect(",")
	r.list(func() {
		pair := r.tuple(2)
		d.Env.Set(pair[0], pair[1])
	})
	r.expect(")")
}

func (r *atermReader) output(d *Derivation) {
	fields := r.tuple(4)
	if r.err != nil {
		return
	}
	o, err := readOutput(fields[1], fields[2], fields[3])
	if err != nil {
		r.fail("output %s: %w", fields[0], err)
	}
	d.Outputs.Set(fields[0], o)
}

// readOutput reads path, method with algorithm, and hash of an output.
func readOutput(path, algo, hash string) (Output, error) {
	if algo == "" {
		if hash != "" {
			return Output{}, errors.New("a hash has no algorithm")
		}
		return Output{Kind: ByInputs, Path: path}, nil
	}
	var out Output
	for _, m := range []Method{NAR, Text, GitSum} {
		if rest, ok := strings.CutPrefix(algo, string(m)); ok {
			out.Method, algo = m, rest
			break
		}
	}
	var err error
	if out.Algo, err = ParseAlgo(algo); err != nil {
		return out, err
	}
	switch {
	case hash == "impure":
		out.Kind = Impure
	case hash == "":
		out.Kind = Floating
	default:
		out.Kind, out.Path = Fixed, path
		out.Hash, err = ParseHash(hash, out.Algo)
		return out, err
	}
	if path != "" {
		return out, fmt.Errorf("the path '%s' is that of an output that is not built", path)
	}
	return out, nil
}

// maxDynamic bounds how deep outputs of outputs nest.
const maxDynamic = 64

func (r *atermReader) inputs(in *Inputs, depth int) {
	if depth > maxDynamic {
		r.fail("outputs of outputs are nested too deeply")
		return
	}
	if !r.next("(") {
		in.Outputs = r.strings()
		return
	}
	r.expect("(")
	in.Outputs = r.strings()
	r.expect(",")
	r.list(func() {
		r.expect("(")
		output := r.string()
		r.expect(",")
		r.inputs(of(&in.Dynamic, output), depth+1)
		r.expect(")")
	})
	r.expect(")")
}

func (r *atermReader) next(s string) bool { return strings.HasPrefix(r.text[r.at:], s) }

func (r *atermReader) expect(s string) {
	if r.err == nil && !r.next(s) {
		r.fail("%q is missing", s)
	}
	if r.err == nil {
		r.at += len(s)
	}
}

func (r *atermReader) list(elem func()) {
	r.expect("[")
	for first := true; r.err == nil && !r.next("]"); first = false {
		if !first {
			r.expect(",")
		}
		elem()
	}
	r.expect("]")
}

func (r *atermReader) strings() []string {
	var out []string
	r.list(func() { out = append(out, r.string()) })
	return out
}

// tuple reads n strings between parentheses.
func (r *atermReader) tuple(n int) []string {
	out := make([]string, n)
	r.expect("(")
	for i := range out {
		if i > 0 {
			r.expect(",")
		}
		out[i] = r.string()
	}
	r.expect(")")
	return out
}

func (r *atermReader) string() string {
	r.expect(`"`)
	if r.err != nil {
		return ""
	}
	rest := r.text[r.at:]
	end := strings.IndexAny(rest, `"\`)
	if end >= 0 && rest[end] == '"' {
		r.at += end + 1
		return rest[:end]
	}
	return r.quoted()
}

// quoted reads the rest of a string that has backslashes.
func (r *atermReader) quoted() string {
	var b strings.Builder
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			return b.String()
		case c == '\\' && r.at < len(r.text):
			c = r.text[r.at]
			r.at++
			if i := strings.IndexByte("nrt", c); i >= 0 {
				c = "\n\r\t"[i]
			}
		}
		b.WriteByte(c)
	}
	r.fail("a string has no end")
	return ""
}
