package eval

// This file says what is wrong with a JSON text, in the words of nlohmann::json, which Nix reads JSON with: the text is read
// again, slowly, keeping the line, the column and what was read last.

import (
	"fmt"
	"strings"
)

// A jsonToken is a token as error messages name it.
type jsonToken string

const (
	jsonTrue   jsonToken = "true literal"
	jsonFalse  jsonToken = "false literal"
	jsonNull   jsonToken = "null literal"
	jsonString jsonToken = "string literal"
	jsonNumber jsonToken = "number literal"
	jsonEnd    jsonToken = "end of input"
	jsonValue  jsonToken = "'[', '{', or a literal"
	jsonWrong  jsonToken = "" // message says why
)

type jsonScanner struct {
	text    string
	pos     int  // bytes read
	current int  // the byte read last, -1 at the end
	again   bool // current is to be read again

	total, line, column int
	last                []byte // what was read since the last string or number began
	message             string
}

func (s *jsonScanner) get() int {
	s.total++
	s.column++
	if s.again {
		s.again = false
	} else if s.pos < len(s.text) {
		s.current = int(s.text[s.pos])
		s.pos++
	} else {
		s.current = -1
	}
	if s.current >= 0 {
		s.last = append(s.last, byte(s.current))
	}
	if s.current == '\n' {
		s.line++
		s.column = 0
	}
	return s.current
}

func (s *jsonScanner) unget() {
	s.again = true
	s.total--
	switch {
	case s.column > 0:
		s.column--
	case s.line > 0:
		s.line--
	}
	if s.current >= 0 {
		s.last = s.last[:len(s.last)-1]
	}
}

func (s *jsonScanner) wrong(format string, args ...any) jsonToken {
	s.message = fmt.Sprintf(format, args...)
	return jsonWrong
}

// scan reads a token.
func (s *jsonScanner) scan() jsonToken {
	if s.total == 0 && !s.mark() {
		return s.wrong("invalid BOM; must be 0xEF 0xBB 0xBF if given")
	}
	for s.get() == ' ' || s.current == '\t' || s.current == '\n' || s.current == '\r' {
	}
	switch c := s.current; c {
	case '[', ']', '{', '}', ':', ',':
		return jsonToken("'" + string(rune(c)) + "'")
	case 't':
		return s.word("true", jsonTrue)
	case 'f':
		return s.word("false", jsonFalse)
	case 'n':
		return s.word("null", jsonNull)
	case '"':
		return s.str()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return s.number()
	case -1:
		return jsonEnd
	}
	return s.wrong("invalid literal")
}

// mark reads a byte order mark; it is false for a broken one.
func (s *jsonScanner) mark() bool {
	if s.get() != int(byteOrderMark[0]) {
		s.unget()
		return true
	}
	return s.get() == int(byteOrderMark[1]) && s.get() == int(byteOrderMark[2])
}

func (s *jsonScanner) word(w string, t jsonToken) jsonToken {
	for i := 1; i < len(w); i++ {
		if s.get() != int(w[i]) {
			return s.wrong("invalid literal")
		}
	}
	return t
}

func (s *jsonScanner) digit() bool { return s.current >= '0' && s.current <= '9' }

func (s *jsonScanner) digits() {
	for s.digit() {
		s.get()
	}
}

func (s *jsonScanner) number() jsonToken {
	s.last = append(s.last[:0], byte(s.current))
	if s.current == '-' {
		if s.get(); !s.digit() {
			return s.wrong("invalid number; expected digit after '-'")
		}
	}
	if s.current == '0' {
		s.get()
	} else {
		s.digits()
	}
	if s.current == '.' {
		if s.get(); !s.digit() {
			return s.wrong("invalid number; expected digit after '.'")
		}
		s.digits()
	}
	if s.current == 'e' || s.current == 'E' {
		if s.get(); s.current == '+' || s.current == '-' {
			if s.get(); !s.digit() {
				return s.wrong("invalid number; expected digit after exponent sign")
			}
		} else if !s.digit() {
			return s.wrong("invalid number; expected '+', '-', or digit after exponent")
		}
		s.digits()
	}
	s.unget()
	return jsonNumber
}

// controlNames are the names of the bytes below the space.
var controlNames = strings.Fields("NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US")

func (s *jsonScanner) str() jsonToken {
	s.last = append(s.last[:0], byte(s.current))
	for {
		switch c := s.get(); {
		case c == -1:
			return s.wrong("invalid string: missing closing quote")
		case c == '"':
			return jsonString
		case c == '\\':
			if !s.escape() {
				return jsonWrong
			}
		case c < ' ':
			return s.control(c)
		default:
			if !s.char(byte(c)) {
				return s.wrong("invalid string: ill-formed UTF-8 byte")
			}
		}
	}
}

func (s *jsonScanner) control(c int) jsonToken {
	short := ""
	if i := strings.IndexByte("\b\t\n\f\r", byte(c)); i >= 0 {
		short = ` or \` + `btnfr`[i:i+1]
	}
	return s.wrong(`invalid string: control character U+%04X (%s) must be escaped to \u%04X%s`, c, controlNames[c], c, short)
}

// char reads the rest of a character.
func (s *jsonScanner) char(lead byte) bool {
	length, lo, hi := utf8Lead(lead)
	for range length - 1 {
		if c := s.get(); c < int(lo) || c > int(hi) {
			return false
		}
		lo, hi = 0x80, 0xbf
	}
	return length > 0
}

// escape reads what comes after a backslash.
func (s *jsonScanner) escape() bool {
	c := s.get()
	if c >= 0 && strings.IndexByte(`"\/bfnrt`, byte(c)) >= 0 {
		return true
	}
	if c != 'u' {
		s.wrong("invalid string: forbidden character after backslash")
		return false
	}
	char, ok := s.hex4()
	switch {
	case !ok:
		return false
	case char >= 0xdc00 && char <= 0xdfff:
		s.wrong("invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF")
		return false
	case char < 0xd800 || char > 0xdbff:
		return true
	}
	if s.get() == '\\' && s.get() == 'u' {
		low, ok := s.hex4()
		if !ok || low >= 0xdc00 && low <= 0xdfff {
			return ok
		}
	}
	s.wrong("invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF")
	return false
}

func (s *jsonScanner) hex4() (char int, ok bool) {
	for range 4 {
		c := s.get()
		d := -1
		if c >= '0' {
			d = strings.IndexByte("0123456789abcdef", byte(c)|0x20)
		}
		if d < 0 {
			s.wrong(`invalid string: '\u' must be followed by 4 hex digits`)
			return 0, false
		}
		char = char<<4 | d
	}
	return char, true
}

// explainJSON reads a text up to the first error in its syntax and describes that. A text without one is an
// error of this package.
func explainJSON(text string) string {
	s := &jsonScanner{text: text}
	var open []byte // closing brackets of the lists and objects around the place
	t := s.scan()
	if t == jsonEnd && s.total == 1 {
		return s.at("attempting to parse an empty input; check that your input string or stream contains the expected JSON")
	}
	for {
		switch t {
		case "'['":
			if t = s.scan(); t != "']'" {
				open = append(open, ']')
				continue
			}
		case "'{'":
			if t = s.scan(); t != "'}'" {
				open = append(open, '}')
				if msg := s.key(t); msg != "" {
					return msg
				}
				t = s.scan()
				continue
			}
		case jsonTrue, jsonFalse, jsonNull, jsonString, jsonNumber:
		case jsonWrong:
			return s.unexpected(t, "value", "")
		default:
			return s.unexpected(t, "value", jsonValue)
		}
		var msg string
		if t, open, msg = s.afterValue(open); msg != "" {
			return msg
		}
	}
}

// afterValue reads what comes after values up to the first token of the next one.
func (s *jsonScanner) afterValue(open []byte) (t jsonToken, _ []byte, msg string) {
	for {
		t = s.scan()
		if len(open) == 0 {
			return t, open, s.unexpected(t, "value", jsonEnd)
		}
		closing := open[len(open)-1]
		end := jsonToken("'" + string(closing) + "'")
		switch {
		case t == end:
			open = open[:len(open)-1]
		case t == "','":
			t = s.scan()
			if closing == '}' {
				if msg := s.key(t); msg != "" {
					return t, open, msg
				}
				t = s.scan()
			}
			return t, open, ""
		case closing == '}':
			return t, open, s.unexpected(t, "object", end)
		default:
			return t, open, s.unexpected(t, "array", end)
		}
	}
}

// key reads the colon after a name.
func (s *jsonScanner) key(t jsonToken) string {
	if t != jsonString {
		return s.unexpected(t, "object key", jsonString)
	}
	if t := s.scan(); t != "':'" {
		return s.unexpected(t, "object separator", "':'")
	}
	return ""
}

func (s *jsonScanner) at(msg string) string {
	return fmt.Sprintf("[json.exception.parse_error.101] parse error at line %d, column %d: %s", s.line+1, s.column, msg)
}

func (s *jsonScanner) unexpected(t jsonToken, while string, expected jsonToken) string {
	msg := "unexpected " + string(t)
	if t == jsonWrong {
		msg = s.message + "; last read: '" + showControls(s.last) + "'"
	}
	if expected != "" {
		msg += "; expected " + string(expected)
	}
	return s.at("syntax error while parsing " + while + " - " + msg)
}

// showControls writes control characters as <U+000A>.
func showControls(s []byte) string {
	var b strings.Builder
	for _, c := range s {
		if c < ' ' {
			fmt.Fprintf(&b, "<U+%04X>", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
