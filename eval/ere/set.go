package ere

// This file defines sets of bytes and the bracket expressions that make them.

import "strings"

// A byteSet has bit b%64 of word b/64 set for each byte b in it.
type byteSet [4]uint64

func (s *byteSet) add(b byte)      { s[b>>6] |= 1 << (b & 63) }
func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

func (s *byteSet) invert() {
	for i := range s {
		s[i] = ^s[i]
	}
}

func (s *byteSet) union(t byteSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s *byteSet) disjoint(t *byteSet) bool {
	return s[0]&t[0]|s[1]&t[1]|s[2]&t[2]|s[3]&t[3] == 0
}

// only returns the byte of a set of one.
func (s *byteSet) only() (byte, bool) {
	found := -1
	for b := range 256 {
		if s.has(byte(b)) {
			if found >= 0 {
				return 0, false
			}
			found = b
		}
	}
	return byte(found), found >= 0
}

// A bracketed is one item of a bracket expression: a byte, a class such as [:alpha:], a dash or the end.
type bracketed struct {
	kind  byte // 'c', ':', '-' or ']'
	char  byte
	class byteSet
}

// bracket parses the rest of a bracket expression.
func (p *parser) bracket() (byteSet, error) {
	var set byteSet
	negated := p.eat('^')
	// A first "]" or "-" stands for itself.
	last, state := byte(0), byte(0) // state is 'c' when last is a byte that may start a range, ':' after a class
	for first := true; ; first = false {
		it, err := p.bracketItem(first)
		if err != nil {
			return set, err
		}
		if it.kind == '-' && first {
			it.kind, it.char = 'c', '-'
		}
		switch it.kind {
		case 'c':
			set.add(it.char)
			last, state = it.char, 'c'
		case ':':
			set.union(it.class)
			state = ':'
		case '-':
			if p.eat(']') {
				set.add('-')
				return p.finish(set, negated), nil
			}
			if state != 'c' {
				return set, ErrSyntax
			}
			if err := p.bracketRange(&set, last); err != nil {
				return set, err
			}
			state = 0
		case ']':
			return p.finish(set, negated), nil
		}
	}
}

func (p *parser) finish(set byteSet, negated bool) byteSet {
	if negated {
		set.invert()
	}
	return set
}

// bracketRange parses the end of a range. Bytes are compared as signed ones, as the C type char is.
func (p *parser) bracketRange(set *byteSet, from byte) error {
	it, err := p.bracketItem(false)
	if err != nil {
		return err
	}
	switch {
	case it.kind == '-':
		it.char = '-'
	case it.kind != 'c' || it.class != byteSet{}:
		return ErrSyntax
	}
	if int8(from) > int8(it.char) {
		return ErrSyntax
	}
	for c := int(int8(from)); c <= int(int8(it.char)); c++ {
		set.add(byte(c))
	}
	return nil
}

func (p *parser) bracketItem(first bool) (bracketed, error) {
	if p.pos == len(p.text) {
		return bracketed{}, ErrSyntax
	}
	c := p.text[p.pos]
	p.pos++
	switch {
	case c == '-':
		return bracketed{kind: '-'}, nil
	case c == ']' && !first:
		return bracketed{kind: ']'}, nil
	case c == '[' && p.pos == len(p.text):
		return bracketed{}, ErrSyntax
	case c == '[' && strings.IndexByte(".:=", p.text[p.pos]) >= 0:
		return p.class()
	}
	return bracketed{kind: 'c', char: c}, nil
}

// class parses the rest of [:name:], [.name.] or [=name=].
func (p *parser) class() (bracketed, error) {
	mark := p.text[p.pos]
	p.pos++
	n := strings.IndexByte(p.text[p.pos:], mark)
	if n < 0 || !strings.HasPrefix(p.text[p.pos+n+1:], "]") {
		return bracketed{}, ErrSyntax
	}
	name := p.text[p.pos : p.pos+n]
	p.pos += n + 2
	if mark == ':' {
		in, ok := classes[strings.ToLower(name)]
		if !ok {
			return bracketed{}, ErrSyntax
		}
		it := bracketed{kind: ':'}
		for b := range 128 {
			if in(byte(b)) {
				it.class.add(byte(b))
			}
		}
		return it, nil
	}
	c, ok := namedByte(name)
	if !ok {
		return bracketed{}, ErrSyntax
	}
	it := bracketed{kind: 'c', char: c}
	it.class.add(c)
	if mark == '=' {
		it.kind = ':'
		for b := range 256 {
			if lower(byte(b)) == lower(c) {
				it.class.add(byte(b))
			}
		}
	}
	return it, nil
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func between(lo, hi byte) func(byte) bool { return func(b byte) bool { return b >= lo && b <= hi } }

func isAlpha(b byte) bool { return lower(b) >= 'a' && lower(b) <= 'z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }
func isAlnum(b byte) bool { return isAlpha(b) || isDigit(b) }
func isGraph(b byte) bool { return b > ' ' && b < 0x7f }
func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

var classes = map[string]func(byte) bool{
	"d":      isDigit,
	"w":      func(b byte) bool { return isAlnum(b) || b == '_' },
	"s":      isSpace,
	"alnum":  isAlnum,
	"alpha":  isAlpha,
	"blank":  func(b byte) bool { return b == ' ' || b == '\t' },
	"cntrl":  func(b byte) bool { return b < ' ' || b == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  between('a', 'z'),
	"print":  func(b byte) bool { return isGraph(b) || b == ' ' },
	"punct":  func(b byte) bool { return isGraph(b) && !isAlnum(b) },
	"space":  isSpace,
	"upper":  between('A', 'Z'),
	"xdigit": func(b byte) bool { return isDigit(b) || lower(b) >= 'a' && lower(b) <= 'f' },
}

// byteNames are the POSIX names of the bytes that are neither letters nor go by a name of their own below.
var byteNames = [...]string{
	"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "alert", "backspace", "tab", "newline", "vertical-tab", "form-feed",
	"carriage-return", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
	"IS4", "IS3", "IS2", "IS1", "space", "exclamation-mark", "quotation-mark", "number-sign", "dollar-sign", "percent-sign",
	"ampersand", "apostrophe", "left-parenthesis", "right-parenthesis", "asterisk", "plus-sign", "comma", "hyphen", "period",
	"slash", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "colon", "semicolon",
	"less-than-sign", "equals-sign", "greater-than-sign", "question-mark", "commercial-at",
	'[': "left-square-bracket", '\\': "backslash", ']': "right-square-bracket", '^': "circumflex", '_': "underscore",
	'`': "grave-accent", '{': "left-curly-bracket", '|': "vertical-line", '}': "right-curly-bracket", '~': "tilde", 0x7f: "DEL",
}

// namedByte finds the byte that a POSIX name stands for; a letter is named by itself.
func namedByte(name string) (byte, bool) {
	if len(name) == 1 && isAlpha(name[0]) {
		return name[0], true
	}
	for b, n := range byteNames {
		if n == name && n != "" {
			return byte(b), true
		}
	}
	return 0, false
}
