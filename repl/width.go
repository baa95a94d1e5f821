package repl

// This file knows how wide text is on a terminal.

import (
	"strings"
	"unicode"

	"github.com/chzyer/readline"
)

func runeWidth(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r), unicode.IsControl(r):
		return 0
	}
	return (&readline.Runes{}).Width(r)
}

// width is the number of columns of a text without escape sequences.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// shorten cuts a text to so many columns.
func shorten(s string, columns int) string {
	s = strings.Join(strings.Fields(s), " ")
	if width(s) <= columns {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n += runeWidth(r); n > columns-1 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}

// table lays rows out in columns; the last one is cut at the width.
func table(rows [][]string, columns int) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i >= len(widths) {
				widths = append(widths, 0)
			}
			if i < len(row)-1 {
				widths[i] = max(widths[i], width(cell))
			}
		}
	}
	var b strings.Builder
	for _, row := range rows {
		at := 0
		for i, cell := range row {
			if i == len(row)-1 {
				if columns > 0 {
					cell = shorten(cell, max(columns-at, 8))
				}
				b.WriteString(cell)
				break
			}
			b.WriteString(cell + strings.Repeat(" ", widths[i]-width(cell)+2))
			at += widths[i] + 2
		}
		b.WriteByte('\n')
	}
	return trimLines(b.String())
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
