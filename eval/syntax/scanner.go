package syntax

// This file defines the scanner for expressions; strings and paths have files of their own.

import "strings"

// A mode says what the scanner is in the middle of.
type mode uint8

const (
	modeBottom    mode = iota // the outermost expression; a stray } does not leave it
	modeExpr                  // an expression between braces
	modeString                // "…"
	modeIndString             // ''…''
	modePath                  // after a part of a path
	modePathSlash             // after a part of a path that ends with a slash
	modePathStart             // before a path whose first slash is followed by ${
)

// runEnd says what follows a run of path characters.
type runEnd uint8

const (
	runPlain   runEnd = iota
	runPath           // a slash and a path character: the whole is a path
	runPathSeg        // a slash and ${
	runURI            // a colon and a URI character
)

// A scanner splits a text into tokens. Its exported-looking fields describe the current token.
type scanner struct {
	text string
	pos  int // where the next token starts

	kind       kind
	begin, end int     // place of the current token
	val        string  // value of tStr and tIndStr
	indented   bool    // tIndStr: the value takes part in finding the indentation
	intVal     int64   // value of tInt
	floatVal   float64 // value of tFloat
	errMsg     string  // message of tError

	mode  mode
	modes []mode // enclosing modes

	// Place of the piece (token, blanks or comment) before the current one. Nix goes back to it when a
	// path ends the text, and errors there are reported accordingly.
	prevBegin, prevEnd int

	pipes bool // pipe operators are enabled

	// The last run of path characters that was looked at. Names such as a.b.c are looked at once, not
	// once per dot.
	runLimit      int
	runKind       runEnd
	runUnderscore int // offset of the last underscore in it, or -1
}

func (s *scanner) push(m mode) {
	s.modes = append(s.modes, s.mode)
	s.mode = m
}

func (s *scanner) pop() {
	s.mode = s.modes[len(s.modes)-1]
	s.modes = s.modes[:len(s.modes)-1]
}

// advance reads the next token.
func (s *scanner) advance() {
	switch s.mode {
	case modeBottom, modeExpr:
		s.scanExpr()
	case modeString:
		s.scanString()
	case modeIndString:
		s.scanIndString()
	case modePathStart:
		s.scanPathStart()
	default:
		s.scanPathRest()
	}
}

// accept makes the next n bytes the current token.
func (s *scanner) accept(k kind, n int) {
	s.kind = k
	s.piece(n)
}

// piece moves past the next n bytes.
func (s *scanner) piece(n int) {
	s.prevBegin, s.prevEnd = s.begin, s.end
	s.begin = s.end
	s.end += n
	s.pos += n
}

func (s *scanner) fail(msg string) {
	s.kind = tError
	s.errMsg = msg
}

// at returns the byte i places ahead, and 0 past the end.
func (s *scanner) at(i int) byte {
	if s.pos+i < len(s.text) {
		return s.text[s.pos+i]
	}
	return 0
}

func (s *scanner) scanExpr() {
	s.skipBlanks()
	if s.pos >= len(s.text) {
		s.kind = tEOF
		return
	}
	c := s.text[s.pos]
	switch {
	case class[c]&cIDStart != 0:
		s.scanWord()
	case class[c]&cDigit != 0:
		s.scanNumber()
	default:
		s.scanOperator(c)
	}
}

// skipBlanks moves to the next byte that is neither blank nor comment.
func (s *scanner) skipBlanks() {
	for s.pos < len(s.text) {
		rest := s.text[s.pos:]
		c := rest[0]
		n := 0
		switch {
		case class[c]&cSpace != 0:
			for n < len(rest) && class[rest[n]]&cSpace != 0 {
				n++
			}
		case c == '#':
			if n = strings.IndexAny(rest, "\r\n"); n < 0 {
				n = len(rest)
			}
		case c == '/' && len(rest) > 1 && rest[1] == '*':
			// A comment without an end is not a comment: the slash is an operator and soon an error.
			if n = strings.Index(rest[2:], "*/"); n < 0 {
				return
			}
			n += 4
		default:
			return
		}
		s.piece(n)
	}
}

// scanWord scans what starts with a letter or underscore: a name, a keyword, a path or a URI.
func (s *scanner) scanWord() {
	text, i := s.text, s.pos+1
	for i < len(text) && class[text[i]]&cID != 0 {
		i++
	}
	if i < len(text) {
		switch text[i] {
		case '.', '+', '/', ':':
			if s.scanRun(s.pos) != runPlain && s.acceptRun() {
				return
			}
		}
	}
	s.accept(keyword(text[s.pos:i]), i-s.pos)
}

// scanRun finds the end of the run of path characters that contains start and says what follows it.
func (s *scanner) scanRun(start int) runEnd {
	if start < s.runLimit {
		return s.runKind
	}
	text, i := s.text, start
	s.runUnderscore = -1
	for i < len(text) && class[text[i]]&cPath != 0 {
		if text[i] == '_' {
			s.runUnderscore = i
		}
		i++
	}
	s.runLimit = i
	s.runKind = runPlain
	if i+1 < len(text) {
		next := text[i+1]
		switch {
		case text[i] == '/' && class[next]&cPath != 0:
			s.runKind = runPath
		case text[i] == '/' && next == '$' && i+2 < len(text) && text[i+2] == '{':
			s.runKind = runPathSeg
		case text[i] == ':' && class[next]&cURI != 0:
			s.runKind = runURI
		}
	}
	return s.runKind
}

// acceptRun makes the path or URI that scanRun found the current token. It is false when there is none.
func (s *scanner) acceptRun() bool {
	switch s.runKind {
	case runPath:
		s.acceptPath(tPath, s.pos)
	case runPathSeg:
		s.push(modePathStart)
		s.scanPathStart()
	case runURI:
		c := s.text[s.pos]
		if class[c]&cIDStart == 0 || c == '_' || s.runUnderscore >= s.pos {
			return false
		}
		i := s.runLimit + 1
		for i < len(s.text) && class[s.text[i]]&cURI != 0 {
			i++
		}
		s.accept(tURI, i-s.pos)
	default:
		return false
	}
	return true
}

// single maps the bytes that are tokens by themselves.
var single = [256]kind{
	'<': tLess, '>': tGreater, '+': tPlus, '-': tMinus, '*': tStar, '/': tSlash, '?': tQuestion,
	':': tColon, '@': tAt, ';': tSemicolon, '!': tNot, '.': tDot, '(': tParenOpen, ')': tParenClose,
	'[': tBracketOpen, ']': tBracketClose, '=': tAssign, ',': tComma,
}

// scanOperator scans what starts with neither a letter nor a digit.
func (s *scanner) scanOperator(c byte) {
	next := s.at(1)
	switch c {
	case '{':
		s.push(modeExpr)
		s.accept(tCurlyOpen, 1)
	case '}':
		if s.mode != modeBottom {
			s.pop()
		}
		s.accept(tCurlyClose, 1)
	case '"':
		s.push(modeString)
		s.accept(tQuote, 1)
	case '\'', '$', '~', 0:
		s.scanOpening(c, next)
	case '.', '-', '+', '/':
		more := class[next]&cPath != 0 || c != '/' && next == '/' || c == '/' && next == '$'
		if more && s.scanRun(s.pos) != runPlain && s.acceptRun() {
			return
		}
		s.scanDoubled(c, next)
	case '<':
		if n := s.searchPath(); n > 0 {
			s.accept(tSearchPath, n)
			return
		}
		s.scanDoubled(c, next)
	default:
		s.scanDoubled(c, next)
	}
}

// scanOpening scans what only starts something longer: an indented string, ${ or a path below home.
func (s *scanner) scanOpening(c, next byte) {
	switch {
	case c == 0:
		// As in Nix, a zero byte ends the text.
		s.accept(tEOF, 1)
		s.pos = len(s.text)
	case c == '\'' && next == '\'':
		n := 2
		for s.at(n) == ' ' {
			n++
		}
		if s.at(n) == '\n' {
			n++
		} else {
			n = 2
		}
		s.push(modeIndString)
		s.accept(tIndOpen, n)
	case c == '$' && next == '{':
		s.push(modeExpr)
		s.accept(tDollarCurly, 2)
	case c == '~' && next == '/' && class[s.at(2)]&cPath != 0:
		s.acceptPath(tHomePath, s.pos+1)
	case c == '~' && next == '/' && s.at(2) == '$' && s.at(3) == '{':
		s.push(modePathStart)
		s.scanPathStart()
	default:
		s.accept(tInvalid, 1)
	}
}

// scanDoubled scans operators of up to three bytes.
func (s *scanner) scanDoubled(c, next byte) {
	k := tInvalid
	switch {
	case c == '=' && next == '=':
		k = tEq
	case c == '!' && next == '=':
		k = tNotEq
	case c == '<' && next == '=':
		k = tLessEq
	case c == '>' && next == '=':
		k = tGreaterEq
	case c == '/' && next == '/':
		k = tUpdate
	case c == '+' && next == '+':
		k = tConcat
	case c == '&' && next == '&':
		k = tAnd
	case c == '|' && next == '|':
		k = tOr
	case c == '-' && next == '>':
		k = tImpl
	case c == '<' && next == '|':
		k = tPipeFrom
	case c == '|' && next == '>':
		k = tPipeTo
	case c == '.' && next == '.' && s.at(2) == '.':
		s.accept(tEllipsis, 3)
		return
	case c == '.' && class[next]&cDigit != 0:
		s.scanFloat(s.pos)
		return
	default:
		if single[c] != 0 {
			k = single[c]
		}
		s.accept(k, 1)
		return
	}
	s.accept(k, 2)
	if (k == tPipeFrom || k == tPipeTo) && !s.pipes {
		s.fail("experimental Nix feature 'pipe-operators' is disabled; " +
			"add '--extra-experimental-features pipe-operators' to enable it")
	}
}
