package eval

// This file writes values as JSON, in the form in which Nix and its library nlohmann::json do.

import (
	"math"
	"strconv"
	"unicode/utf8"

	"nixops4/eval/syntax"
)

type jsonWriter struct {
	m       *Evaluator
	opts    JSONOptions
	out     []byte
	context *Context
	// invalid is the first string that is not UTF-8. It is an error only if nothing else fails.
	invalid *Error
}

// value writes what is in a slot. pos is the place of the attribute that it belongs to.
func (w *jsonWriter) value(p *Value, pos syntax.Pos) *Error {
	if err := w.m.descend(pos); err != nil {
		return err
	}
	err := w.nested(p, pos)
	w.m.depth--
	return err
}

func (w *jsonWriter) nested(p *Value, pos syntax.Pos) *Error {
	v := settled(p)
	if w.opts.Strict {
		var err *Error
		if v, err = w.m.ForceSlot(p); err != nil {
			return placeRecursion(err, pos)
		}
	}
	switch v.kind() {
	case KindNull:
		w.out = append(w.out, "null"...)
	case KindBool:
		w.out = strconv.AppendBool(w.out, v.BoolVal())
	case KindInt:
		w.out = strconv.AppendInt(w.out, v.IntVal(), 10)
	case KindFloat:
		w.out = appendJSONFloat(w.out, v.FloatVal())
	case KindString, kindTaggedString:
		w.context = w.context.Union(v.Context())
		w.text(v.Text())
	case KindPath:
		return w.path(v.Text())
	case KindList:
		return w.list(v.Elems(), pos)
	case KindAttrs:
		return w.attrs(v, pos)
	default:
		return Errorf(Type, "cannot convert %s to JSON", showType(v)).at(w.m.valuePos(v, pos))
	}
	return nil
}

// valuePos is where a function was written, or else pos.
func (m *Evaluator) valuePos(v Value, pos syntax.Pos) syntax.Pos {
	switch v.kind() {
	case KindFunction:
		return m.lambdaOf(v).params[0].pos
	case kindPartial:
		if p := v.partial(); p.fn.kind() == KindFunction {
			return m.lambdaOf(p.fn).params[len(p.args)].pos
		}
	}
	return pos
}

func (w *jsonWriter) path(file string) *Error {
	if !w.opts.KeepPaths {
		copied, err := w.m.copyToStore(file, &w.context)
		if err != nil {
			return err
		}
		file = copied
	}
	w.text(file)
	return nil
}

func (w *jsonWriter) list(elems []Value, pos syntax.Pos) *Error {
	w.out = append(w.out, '[')
	for i := range elems {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(&elems[i], pos); err != nil {
			return err.tracef(pos, "while evaluating list element at index %d", i)
		}
	}
	w.out = append(w.out, ']')
	return nil
}

func (w *jsonWriter) attrs(v Value, pos syntax.Pos) *Error {
	m, a := w.m, v.Attrs()
	if fn := a.slot(m.names.toString); fn != nil {
		r, err := m.callN(*fn, []Value{v}, pos)
		if err != nil {
			return err
		}
		s, err := m.coerce(r, pos, coercePath, "while evaluating the result of the `__toString` attribute", &w.context)
		if err != nil {
			return err
		}
		w.text(s)
		return nil
	}
	if out := a.slot(m.names.outPath); out != nil {
		return w.value(out, a.posOf(m.names.outPath))
	}
	a = m.flat(a)
	w.out = append(w.out, '{')
	for i, k := range m.order(a.shape) {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		name, at := m.Name(a.shape.syms[k]), a.shape.at(int(k))
		w.text(name)
		w.out = append(w.out, ':')
		if err := w.value(a.slotAt(int(k)), at); err != nil {
			return err.trace(at, "while evaluating attribute '"+attrName(name)+"'")
		}
	}
	w.out = append(w.out, '}')
	return nil
}

// text writes a string in quotes.
func (w *jsonWriter) text(s string) {
	out, ok := appendJSONString(w.out, s)
	w.out = out
	if !ok && w.invalid == nil {
		w.invalid = Errorf(Other, "JSON serialization error: [json.exception.type_error.316] %s", invalidUTF8(s))
	}
}

// jsonEscapes has the letter after the backslash for bytes that need one, and u for the other controls.
var jsonEscapes = func() (t [256]byte) {
	for c := range ' ' {
		t[c] = 'u'
	}
	t['\b'], t['\f'], t['\n'], t['\r'], t['\t'], t['"'], t['\\'] = 'b', 'f', 'n', 'r', 't', '"', '\\'
	return t
}()

// appendJSONString writes a string in quotes; ok says that it is UTF-8.
func appendJSONString(out []byte, s string) (_ []byte, ok bool) {
	out = append(out, '"')
	start, high := 0, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		high |= c
		e := jsonEscapes[c]
		if e == 0 {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		out = append(out, '\\', e)
		if e == 'u' {
			const digits = "0123456789abcdef"
			out = append(out, '0', '0', digits[c>>4], digits[c&15])
		}
	}
	out = append(out, s[start:]...)
	return append(out, '"'), high < utf8.RuneSelf || utf8.ValidString(s)
}

// invalidUTF8 says what is wrong with a string that is not UTF-8. It names the byte at which that shows.
func invalidUTF8(s string) string {
	for i := 0; i < len(s); {
		n := utf8Prefix(s[i:])
		switch {
		case n < 0: // a whole character
			i += -n
		case i+n == len(s):
			return "incomplete UTF-8 string; last byte: 0x" + hexByte(s[len(s)-1])
		default:
			return "invalid UTF-8 byte at index " + strconv.Itoa(i+n) + ": 0x" + hexByte(s[i+n])
		}
	}
	return "invalid UTF-8"
}

func hexByte(c byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// utf8Prefix returns how many bytes at the start may begin a character, or, if there is a whole one, its length, negated.
func utf8Prefix(s string) int {
	length, lo, hi := utf8Lead(s[0])
	if length == 0 {
		return 0
	}
	for i := 1; i < length; i++ {
		if i == len(s) || s[i] < lo || s[i] > hi {
			return i
		}
		lo, hi = 0x80, 0xbf
	}
	return -length
}

// utf8Lead tells about the first byte of a character: how long the character is, 0 if there is none, and between
// which bytes its second one is.
func utf8Lead(c byte) (length int, lo, hi byte) {
	switch {
	case c < 0x80:
		return 1, 0, 0
	case c >= 0xc2 && c <= 0xdf:
		return 2, 0x80, 0xbf
	case c == 0xe0:
		return 3, 0xa0, 0xbf
	case c == 0xed:
		return 3, 0x80, 0x9f
	case c >= 0xe1 && c <= 0xef:
		return 3, 0x80, 0xbf
	case c == 0xf0:
		return 4, 0x90, 0xbf
	case c >= 0xf1 && c <= 0xf3:
		return 4, 0x80, 0xbf
	case c == 0xf4:
		return 4, 0x80, 0x8f
	}
	return 0, 0, 0
}

// appendJSONFloat writes a float so that it is read back as the same one, in plain notation where that has at most 15 digits
// before the point and 4 zeros after it. What is not a number is null.
func appendJSONFloat(out []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(out, "null"...)
	}
	if math.Signbit(f) {
		out = append(out, '-')
		f = -f
	}
	if f == 0 {
		return append(out, "0.0"...)
	}
	digits, exp := grisu2(f)
	point := len(digits) + exp // where the point is among the digits
	switch {
	case exp >= 0 && point <= 15:
		out = append(out, digits...)
		for range exp {
			out = append(out, '0')
		}
		return append(out, ".0"...)
	case point > 0 && point <= 15:
		out = append(append(out, digits[:point]...), '.')
		return append(out, digits[point:]...)
	case point > -4 && point <= 0:
		out = append(out, "0."...)
		for range -point {
			out = append(out, '0')
		}
		return append(out, digits...)
	}
	out = append(out, digits[0])
	if len(digits) > 1 {
		out = append(append(out, '.'), digits[1:]...)
	}
	sign, e := byte('+'), point-1
	if e < 0 {
		sign, e = '-', -e
	}
	out = append(out, 'e', sign)
	if e < 10 {
		out = append(out, '0')
	}
	return strconv.AppendInt(out, int64(e), 10)
}
