package syntax

// This file defines the scanner for path literals.

// acceptPath makes a path the current token. Its first slash is at or after offset i.
func (s *scanner) acceptPath(k kind, i int) {
	end := s.pathEnd(i)
	if s.text[end-1] == '/' {
		s.push(modePathSlash)
	} else {
		s.push(modePath)
	}
	s.val = s.text[s.pos:end]
	s.accept(k, end-s.pos)
}

// pathEnd returns the end of the path whose first part, without a slash, is at offset i. It is i when
// there is no slash with something behind it.
func (s *scanner) pathEnd(i int) int {
	text := s.text
	for i < len(text) && class[text[i]]&cPath != 0 {
		i++
	}
	start := i
	for i+1 < len(text) && text[i] == '/' && class[text[i+1]]&cPath != 0 {
		for i++; i < len(text) && class[text[i]]&cPath != 0; i++ {
		}
	}
	if i > start && i < len(text) && text[i] == '/' {
		i++
	}
	return i
}

// scanPathStart scans the part of a path before its first slash, which ${ follows.
func (s *scanner) scanPathStart() {
	k, n := tPath, 0
	if s.at(0) == '~' {
		k, n = tHomePath, 1
	}
	for class[s.at(n)]&cPath != 0 {
		n++
	}
	s.mode = modePathSlash
	s.val = s.text[s.pos : s.pos+n+1]
	s.accept(k, n+1)
}

// scanPathRest scans what follows a part of a path.
func (s *scanner) scanPathRest() {
	if s.at(0) == '$' && s.at(1) == '{' {
		s.mode = modePath
		s.push(modeExpr)
		s.accept(tDollarCurly, 2)
		return
	}
	if end := s.pathPart(); end > s.pos {
		s.mode = modePath
		if s.text[end-1] == '/' {
			s.mode = modePathSlash
		}
		s.val = s.text[s.pos:end]
		s.accept(tStr, end-s.pos)
		return
	}
	atEnd := s.pos >= len(s.text)
	if s.mode == modePathSlash {
		if !atEnd {
			s.piece(1)
		}
		s.fail("path has a trailing slash")
		return
	}
	s.pop()
	s.kind = tPathEnd
	if atEnd {
		s.begin, s.end = s.prevBegin, s.prevEnd
	}
}

// pathPart returns the end of the longest further part of a path.
func (s *scanner) pathPart() int {
	end := s.pathEnd(s.pos)
	if end < len(s.text) && s.text[end] == '/' && (end == s.pos || s.text[end-1] != '/') {
		end++
	}
	return end
}

// searchPath returns the length of the <…> at the current place, and 0 when there is none.
func (s *scanner) searchPath() int {
	text, i := s.text, s.pos+1
	for {
		start := i
		for i < len(text) && class[text[i]]&cPath != 0 {
			i++
		}
		if i == start || i >= len(text) {
			return 0
		}
		switch text[i] {
		case '>':
			return i + 1 - s.pos
		case '/':
			i++
		default:
			return 0
		}
	}
}
