package syntax

// This file defines the scanner for the text inside strings and indented strings.

import "strings"

// scanString scans text up to the end of the string or the next interpolation, or one of these.
func (s *scanner) scanString() {
	text, i := s.text, s.pos
	plain := true // no escape, no carriage return, no zero byte
scan:
	for i < len(text) {
		switch text[i] {
		case '"':
			break scan
		case '\\':
			if i+1 >= len(text) {
				break scan
			}
			plain = false
			i += 2
		case '$':
			n := dollarInString(text[i:])
			if n == 0 {
				break scan
			}
			// What follows the dollar is text, whatever it is.
			if n > 1 && (text[i+1] == '\\' || text[i+1] == '\r' || text[i+1] == 0) {
				plain = false
			}
			i += n
		case '\r', 0:
			plain = false
			i++
		default:
			i++
		}
	}
	if i > s.pos {
		s.acceptText(i, plain)
		return
	}
	s.scanStringEnd()
}

// dollarInString returns how many bytes from a dollar sign on are plain text of a string.
func dollarInString(text string) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '{':
		return 0
	case '"':
		return 1
	case '\\':
		if len(text) < 3 {
			return 0
		}
		return 3
	}
	return 2
}

// acceptText makes the text up to offset i the current token.
func (s *scanner) acceptText(i int, plain bool) {
	raw := s.text[s.pos:i]
	s.accept(tStr, len(raw))
	s.val = raw
	if plain {
		return
	}
	s.val = unescape(raw)
	if zeroOutsideEscapes(raw) {
		s.failZero()
	}
}

func (s *scanner) failZero() {
	s.fail("input string '" + strings.ReplaceAll(s.val, "\x00", "␀") +
		"' cannot be represented as Nix string because it contains null bytes")
}

// scanStringEnd scans what ends the text of a string.
func (s *scanner) scanStringEnd() {
	switch c := s.at(0); {
	case s.pos >= len(s.text):
		s.kind = tEOF
	case c == '"':
		s.pop()
		s.accept(tQuote, 1)
	case c == '$' && s.at(1) == '{':
		s.push(modeExpr)
		s.accept(tDollarCurly, 2)
	default:
		// A dollar or backslash that the end of the text cuts off.
		s.accept(tEOF, len(s.text)-s.pos)
	}
}

// unescape replaces escapes, and line ends by line feeds.
func unescape(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		i++
		switch {
		case c == '\\' && i < len(raw):
			c = raw[i]
			i++
			switch c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			}
		case c == '\r':
			c = '\n'
			if i < len(raw) && raw[i] == '\n' {
				i++
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func zeroOutsideEscapes(raw string) bool {
	if strings.IndexByte(raw, 0) < 0 {
		return false
	}
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case 0:
			return true
		}
	}
	return false
}

// scanIndString scans one piece of an indented string.
func (s *scanner) scanIndString() {
	text, i := s.text, s.pos
scan:
	for i < len(text) {
		switch text[i] {
		case '\'':
			// A quote takes the byte behind it along unless that may mean something.
			if i+1 >= len(text) || text[i+1] == '\'' || text[i+1] == '$' {
				break scan
			}
			i += 2
		case '$':
			if i+1 >= len(text) || text[i+1] == '\'' || text[i+1] == '{' {
				break scan
			}
			i += 2
		default:
			i++
		}
	}
	if i > s.pos {
		s.val = text[s.pos:i]
		s.indented = true
		s.accept(tIndStr, i-s.pos)
		if strings.IndexByte(s.val, 0) >= 0 {
			s.failZero()
		}
		return
	}
	s.scanIndStringEscape()
}

// scanIndStringEscape scans what interrupts the text of an indented string.
func (s *scanner) scanIndStringEscape() {
	if s.pos >= len(s.text) {
		s.kind = tEOF
		return
	}
	s.indented = false
	rest := s.text[s.pos:]
	switch {
	case strings.HasPrefix(rest, "${"):
		s.push(modeExpr)
		s.accept(tDollarCurly, 2)
	case rest[0] == '$':
		s.acceptIndText("$", 1)
	case strings.HasPrefix(rest, "''$"):
		s.acceptIndText("$", 3)
	case strings.HasPrefix(rest, "'''"):
		s.acceptIndText("''", 3)
	case strings.HasPrefix(rest, `''\`) && len(rest) > 3:
		s.acceptIndText(unescape(rest[2:4]), 4)
	case strings.HasPrefix(rest, "''"):
		s.pop()
		s.accept(tIndClose, 2)
	default:
		s.acceptIndText("'", 1)
	}
}

func (s *scanner) acceptIndText(val string, n int) {
	s.accept(tIndStr, n)
	s.val = val
}
