package syntax

// This file defines the scanner for numbers.

import (
	"strconv"
	"strings"
)

// scanNumber scans what starts with a digit: an integer, a float or a path such as 1/2.
func (s *scanner) scanNumber() {
	text, i := s.text, s.pos+1
	for i < len(text) && class[text[i]]&cDigit != 0 {
		i++
	}
	if i < len(text) && (text[i] == '/' || class[text[i]]&cPath != 0) && s.scanRun(s.pos) != runPlain && s.acceptRun() {
		return
	}
	if i < len(text) && text[i] == '.' {
		first := text[s.pos]
		if first != '0' || i == s.pos+1 && i+1 < len(text) && class[text[i+1]]&cDigit != 0 {
			s.scanFloat(i)
			return
		}
	}
	word := text[s.pos:i]
	v, err := strconv.ParseInt(word, 10, 64)
	s.accept(tInt, i-s.pos)
	s.intVal = v
	if err != nil {
		s.fail("invalid integer '" + word + "'")
	}
}

// scanFloat scans a float whose point is at offset dot.
func (s *scanner) scanFloat(dot int) {
	text := s.text
	digits := func(i int) int {
		for i < len(text) && class[text[i]]&cDigit != 0 {
			i++
		}
		return i
	}
	i := digits(dot + 1)
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		j := i + 1
		if j < len(text) && (text[j] == '+' || text[j] == '-') {
			j++
		}
		if k := digits(j); k > j {
			i = k
		}
	}
	word := text[s.pos:i]
	v, err := strconv.ParseFloat(word, 64)
	s.accept(tFloat, i-s.pos)
	s.floatVal = v
	// Like strtod, which reports a result that is too small to be exact as well.
	const smallestNormal = 0x1p-1022
	if err != nil || v < smallestNormal && strings.Trim(mantissa(word), "0.") != "" {
		s.fail("invalid float '" + word + "'")
	}
}

func mantissa(float string) string {
	if i := strings.IndexAny(float, "eE"); i >= 0 {
		return float[:i]
	}
	return float
}
