package toml

// This file writes errors of the syntax the way the library does that Nix uses: what is wrong, the line and a caret.

import (
	"errors"
	"fmt"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"
)

// explain describes why a text could not be read.
func explain(text string, err error) string {
	var bad *gotoml.DecodeError
	if !errors.As(err, &bad) {
		return "[error] toml::parse: " + strings.TrimPrefix(err.Error(), "toml: ")
	}
	row, column := bad.Position()
	lines := strings.Split(text, "\n")
	if row < 1 || row > len(lines) {
		row, column = len(lines), len(lines[len(lines)-1])+1
	}
	line := strings.TrimSuffix(lines[row-1], "\r")
	what, hint := strings.TrimPrefix(bad.Error(), "toml: "), "here"
	if end := largeInteger(line, column); end > 0 {
		what, hint, column = "too large integer: current max digits = 2^63", "must be < 2^63", end
		return excerpt("toml::parse_dec_integer", what, line, row, column, hint)
	}
	return excerpt("toml::parse", what, line, row, column, hint)
}

func (p *problem) explain(text string) string {
	before := text[:p.offset]
	row := 1 + strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	line := strings.TrimSuffix(lineOf(text[start:]), "\r")
	return excerpt(p.where, p.what, line, row, p.offset-start+1, p.hint)
}

// excerpt is a message with the line that it is about.
func excerpt(where, what, line string, row, column int, hint string) string {
	margin := strings.Repeat(" ", len(fmt.Sprint(row)))
	return fmt.Sprintf("[error] %s: %s\n --> fromTOML\n %s |\n %d | %s\n %s | %s^-- %s\n",
		where, what, margin, row, line, margin, strings.Repeat(" ", max(column-1, 0)), hint)
}

// largeInteger returns the column after a decimal integer at a column, if it does not fit in 64 bits.
func largeInteger(line string, column int) int {
	if column < 1 || column > len(line) {
		return 0
	}
	start := column - 1
	end := start
	if end < len(line) && (line[end] == '-' || line[end] == '+') {
		end++
	}
	for end < len(line) && (line[end] >= '0' && line[end] <= '9' || line[end] == '_') {
		end++
	}
	if end < len(line) && strings.IndexByte(".eE:-xob", line[end]) >= 0 {
		return 0
	}
	digits := strings.TrimLeft(strings.ReplaceAll(line[start:end], "_", ""), "+-")
	negative := line[start] == '-'
	const limit = "9223372036854775807"
	switch {
	case len(digits) > len(limit), len(digits) == len(limit) && digits > limit && !(negative && digits == "9223372036854775808"):
		return end + 1
	}
	return 0
}
