package eval

// This file reads JSON. It is made for large texts: strings are parts of the text, and objects with the same names
// in the same order share one plan. What exactly is wrong with a text is found by json_error.go.

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

type jsonReader struct {
	m    *Evaluator
	text string
	pos  int

	open  []jsonOpen // the lists and objects around the place
	vals  []Value    // members of all of these
	syms  []Sym      // names of the members of the objects
	keys  map[string]Sym
	plans map[string]*jsonPlan
	plan  []byte // scratch for the key of plans
}

// A jsonOpen is a list or an object that has begun.
type jsonOpen struct {
	object     bool
	vals, syms int // where its members begin
}

// A jsonPlan says how to make a set from members in a certain order.
type jsonPlan struct {
	shape *shape
	from  []int32 // by index in the shape: which member
}

const byteOrderMark = "\xef\xbb\xbf"

// read reads the whole text. It keeps a stack of its own, so nesting is only bounded by memory.
func (r *jsonReader) read() (Value, *Error) {
	if strings.HasPrefix(r.text, byteOrderMark) {
		r.pos = len(byteOrderMark)
	}
	r.keys = map[string]Sym{}
	for {
		v, opened, err := r.begin()
		if err != nil {
			return Value{}, err
		}
		if opened {
			continue
		}
		for {
			if len(r.open) == 0 {
				if r.next(); r.pos < len(r.text) {
					return Value{}, r.syntax()
				}
				return v, nil
			}
			r.vals = append(r.vals, v)
			more, err := r.after()
			if err != nil {
				return Value{}, err
			}
			if more {
				break
			}
			v = r.close()
		}
	}
}

// next skips white space and returns the byte that comes next, 0 at the end.
func (r *jsonReader) next() byte {
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; c {
		case ' ', '\n', '\t', '\r':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

// begin reads a scalar, or the beginning of a list or object up to its first member; an empty one is read whole.
func (r *jsonReader) begin() (v Value, opened bool, err *Error) {
	if r.m.steps--; r.m.steps < 0 {
		if err := r.m.check(); err != nil {
			return Value{}, false, err
		}
	}
	switch c := r.next(); c {
	case '[':
		r.pos++
		if r.next() == ']' {
			r.pos++
			return emptyList, false, nil
		}
		r.open = append(r.open, jsonOpen{false, len(r.vals), len(r.syms)})
		return Value{}, true, nil
	case '{':
		r.pos++
		if r.next() == '}' {
			r.pos++
			return attrsValue(emptyAttrs), false, nil
		}
		r.open = append(r.open, jsonOpen{true, len(r.vals), len(r.syms)})
		return Value{}, true, r.key()
	case '"':
		s, err := r.str()
		return String(s), false, err
	case 't':
		return True, false, r.word("true")
	case 'f':
		return False, false, r.word("false")
	case 'n':
		return Null, false, r.word("null")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			v, err := r.number()
			return v, false, err
		}
	}
	return Value{}, false, r.syntax()
}

// after reads what comes after a member; more says that another one follows.
func (r *jsonReader) after() (more bool, err *Error) {
	in := r.open[len(r.open)-1]
	switch c := r.next(); {
	case c == ',':
		r.pos++
		if in.object {
			return true, r.key()
		}
		return true, nil
	case c == ']' && !in.object, c == '}' && in.object:
		r.pos++
		return false, nil
	}
	return false, r.syntax()
}

// key reads the name of a member and the colon.
func (r *jsonReader) key() *Error {
	if r.next() != '"' {
		return r.syntax()
	}
	name, err := r.str()
	if err != nil {
		return err
	}
	sym, ok := r.keys[name]
	if !ok {
		// A symbol must not keep the text.
		name = strings.Clone(name)
		sym = r.m.Sym(name)
		r.keys[name] = sym
	}
	r.syms = append(r.syms, sym)
	if r.next() != ':' {
		return r.syntax()
	}
	r.pos++
	return nil
}

func (r *jsonReader) word(w string) *Error {
	if !strings.HasPrefix(r.text[r.pos:], w) {
		return r.syntax()
	}
	r.pos += len(w)
	return nil
}

// close makes the innermost list or object.
func (r *jsonReader) close() Value {
	in := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	members := r.vals[in.vals:]
	r.vals = r.vals[:in.vals]
	if !in.object {
		list := r.m.values(len(members))
		copy(list, members)
		return List(list)
	}
	syms := r.syms[in.syms:]
	r.syms = r.syms[:in.syms]
	p := r.planFor(syms)
	a, vals := r.m.newAttrs(p.shape)
	for i, k := range p.from {
		vals[i] = members[k]
	}
	return attrsValue(a)
}

const maxPlans = 1000

// planFor finds or makes the plan for members with these names.
func (r *jsonReader) planFor(syms []Sym) *jsonPlan {
	r.plan = r.plan[:0]
	for _, s := range syms {
		r.plan = append(r.plan, byte(s), byte(s>>8), byte(s>>16), byte(s>>24))
	}
	p := r.plans[string(r.plan)]
	if p == nil {
		p = r.m.jsonPlan(syms)
		if len(r.plans) < maxPlans {
			if r.plans == nil {
				r.plans = map[string]*jsonPlan{}
			}
			r.plans[string(r.plan)] = p
		}
	}
	return p
}

// jsonPlan orders members. Of several with one name the last one counts.
func (m *Evaluator) jsonPlan(syms []Sym) *jsonPlan {
	bindings := make([]Binding, len(syms))
	for i := range syms {
		k := len(syms) - 1 - i
		bindings[i] = Binding{Sym: syms[k], Value: Int(int64(k))}
	}
	a := m.MakeAttrs(bindings).Attrs()
	p := &jsonPlan{shape: a.shape, from: make([]int32, len(a.shape.syms))}
	for i := range p.from {
		p.from[i] = int32(a.slotAt(i).IntVal())
	}
	return p
}

// number reads a number. An integer that does not fit is a float, except for one that only fits without a sign.
func (r *jsonReader) number() (Value, *Error) {
	start := r.pos
	if r.text[r.pos] == '-' {
		r.pos++
	}
	first := r.pos
	n := r.digits()
	if n == 0 || n > 1 && r.text[first] == '0' {
		return Value{}, r.syntax()
	}
	integer := true
	if r.peek() == '.' {
		integer = false
		r.pos++
		if r.digits() == 0 {
			return Value{}, r.syntax()
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		integer = false
		r.pos++
		if c := r.peek(); c == '+' || c == '-' {
			r.pos++
		}
		if r.digits() == 0 {
			return Value{}, r.syntax()
		}
	}
	text := r.text[start:r.pos]
	if integer {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return Int(i), nil
		}
		if _, err := strconv.ParseUint(text, 10, 64); err == nil {
			return Value{}, Errorf(Other, "unsigned json number %s outside of Nix integer range", text)
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Value{}, r.failed("[json.exception.out_of_range.406] number overflow parsing '" + text + "'")
	}
	return Float(f), nil
}

func (r *jsonReader) peek() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

func (r *jsonReader) digits() int {
	start := r.pos
	for r.pos < len(r.text) && r.text[r.pos] >= '0' && r.text[r.pos] <= '9' {
		r.pos++
	}
	return r.pos - start
}

// str reads a string at the opening quote.
func (r *jsonReader) str() (string, *Error) {
	start := r.pos + 1
	high := byte(0)
	for i := start; i < len(r.text); i++ {
		c := r.text[i]
		if c == '"' {
			s := r.text[start:i]
			if high >= utf8.RuneSelf && !utf8.ValidString(s) {
				return "", r.syntax()
			}
			r.pos = i + 1
			return s, nil
		}
		if c == '\\' {
			r.pos = i
			return r.escaped(start)
		}
		if c < ' ' {
			return "", r.syntax()
		}
		high |= c
	}
	return "", r.syntax()
}

// escaped reads a string that begins at start from its first backslash on.
func (r *jsonReader) escaped(start int) (string, *Error) {
	out := append(make([]byte, 0, r.pos-start+32), r.text[start:r.pos]...)
	for r.pos < len(r.text) {
		c := r.text[r.pos]
		switch {
		case c == '"':
			r.pos++
			if !utf8.Valid(out) {
				return "", r.syntax()
			}
			s := string(out)
			return s, forbidNUL(s)
		case c < ' ':
			return "", r.syntax()
		case c == '\\':
			var ok bool
			if out, ok = r.escape(out); !ok {
				return "", r.syntax()
			}
		default:
			out = append(out, c)
			r.pos++
		}
	}
	return "", r.syntax()
}

// forbidNUL is the error of a text that a Nix string cannot hold.
func forbidNUL(s string) *Error {
	if strings.IndexByte(s, 0) < 0 {
		return nil
	}
	return Errorf(Other, "input string '%s' cannot be represented as Nix string because it contains null bytes", strings.ReplaceAll(s, "\x00", "␀"))
}

// escape reads a backslash and what comes after it.
func (r *jsonReader) escape(out []byte) ([]byte, bool) {
	if r.pos+1 >= len(r.text) {
		return out, false
	}
	c := r.text[r.pos+1]
	r.pos += 2
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		return out, false
	}
	char, ok := r.hex4()
	switch {
	case !ok || char >= 0xdc00 && char <= 0xdfff:
		return out, false
	case char >= 0xd800 && char <= 0xdbff:
		if !strings.HasPrefix(r.text[r.pos:], `\u`) {
			return out, false
		}
		r.pos += 2
		low, ok := r.hex4()
		if !ok || low < 0xdc00 || low > 0xdfff {
			return out, false
		}
		char = (char-0xd800)<<10 + low - 0xdc00 + 0x10000
	}
	return utf8.AppendRune(out, char), true
}

func (r *jsonReader) hex4() (rune, bool) {
	if r.pos+4 > len(r.text) {
		return 0, false
	}
	var char rune
	for _, c := range []byte(r.text[r.pos : r.pos+4]) {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 || c < '0' {
			return 0, false
		}
		char = char<<4 | rune(d)
	}
	r.pos += 4
	return char, true
}

// syntax is the error of a text that is not JSON.
func (r *jsonReader) syntax() *Error { return r.failed(explainJSON(r.text)) }

func (r *jsonReader) failed(msg string) *Error {
	return Errorf(Other, "%s", msg).trace(0, "while decoding a JSON string")
}
