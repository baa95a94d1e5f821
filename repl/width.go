package repl

// This file knows what text does on a terminal, and how wide it is.

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/chzyer/readline"
)

// visible shows control characters as ^[ and the like, so that what comes from providers and files does nothing to the terminal. Line feeds and
// tabs stay.
func visible(text string) string {
	harmless := func(r rune) bool { return r == '\n' || r == '\t' || !unicode.IsControl(r) }
	if strings.IndexFunc(text, func(r rune) bool { return !harmless(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case harmless(r):
			b.WriteRune(r)
		case r >= 0x80:
			b.WriteString("^[" + string(r-0x40)) // what it stands for
		default:
			b.WriteString("^" + string(r^0x40))
		}
	}
	return b.String()
}

var colourSequence = regexp.MustCompile("\x1b\\[[0-9;]*m")

// tame is visible for what has colours of ours.
func tame(text string) string {
	var b strings.Builder
	for {
		at := colourSequence.FindStringIndex(text)
		if at == nil {
			b.WriteString(visible(text))
			return b.String()
		}
		b.WriteString(visible(text[:at[0]]) + text[at[0]:at[1]])
		text = text[at[1]:]
	}
}

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
