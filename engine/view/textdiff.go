package view

// This file finds what differs between two texts.

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// diffLine is a line of a difference: ' ' for one that both have, '-' and '+' for those that only one has, '~' for lines that are
// left out because both have them.
type diffLine struct {
	kind   byte
	text   string
	folded int
}

const (
	diffContext  = 2    // unchanged lines that are shown around each change
	diffMaxLines = 2000 // longer texts are compared by their ends only
)

// diffLines compares two texts line by line.
func diffLines(before, after string) []diffLine {
	x, y := splitLines(before), splitLines(after)
	start := 0
	for start < len(x) && start < len(y) && x[start] == y[start] {
		start++
	}
	end := 0
	for end < len(x)-start && end < len(y)-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	var all []diffLine
	for _, line := range x[:start] {
		all = append(all, diffLine{kind: ' ', text: line})
	}
	all = append(all, middle(x[start:len(x)-end], y[start:len(y)-end])...)
	for _, line := range x[len(x)-end:] {
		all = append(all, diffLine{kind: ' ', text: line})
	}
	return fold(all)
}

// splitLines splits a text. That only one of two texts ends with a line feed is a difference of its own.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	if rest, ok := strings.CutSuffix(s, "\n"); ok {
		return strings.Split(rest, "\n")
	}
	lines := strings.Split(s, "\n")
	lines[len(lines)-1] += " (no line feed)"
	return lines
}

// middle compares lines by their longest common subsequence.
func middle(x, y []string) []diffLine {
	var lines []diffLine
	if len(x)+len(y) > diffMaxLines {
		for _, line := range x {
			lines = append(lines, diffLine{kind: '-', text: line})
		}
		for _, line := range y {
			lines = append(lines, diffLine{kind: '+', text: line})
		}
		return lines
	}
	// common[i][j] is the length of the longest common subsequence of x[i:] and y[j:].
	common := make([][]int, len(x)+1)
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) || j < len(y); {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			lines = append(lines, diffLine{kind: ' ', text: x[i]})
			i, j = i+1, j+1
		case j >= len(y) || i < len(x) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, diffLine{kind: '-', text: x[i]})
			i++
		default:
			lines = append(lines, diffLine{kind: '+', text: y[j]})
			j++
		}
	}
	return lines
}

// fold leaves out unchanged lines that are not near a change.
func fold(all []diffLine) []diffLine {
	near := make([]bool, len(all))
	for i, line := range all {
		if line.kind == ' ' {
			continue
		}
		for j := max(i-diffContext, 0); j < min(i+diffContext+1, len(all)); j++ {
			near[j] = true
		}
	}
	var folded []diffLine
	for i := 0; i < len(all); {
		if near[i] {
			folded = append(folded, all[i])
			i++
			continue
		}
		n := i
		for n < len(all) && !near[n] {
			n++
		}
		folded = append(folded, diffLine{kind: '~', folded: n - i})
		i = n
	}
	return folded
}

// window returns the parts around the first and last difference of two long lines, quoted, each in n columns.
func window(before, after string, n int) (x, y string) {
	a, b := []rune(before), []rune(after)
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := max(same-n/4, 0)
	return part(a, from, n), part(b, from, n)
}

func part(text []rune, from, n int) string {
	to := min(from+n-4, len(text))
	s := string(text[from:to])
	if from > 0 {
		s = "…" + s
	}
	if to < len(text) {
		s += "…"
	}
	return quote(s)
}

// quote writes a text as JSON does, but keeps characters that are fine on a terminal.
func quote(s string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `"` + clean(s) + `"`
	}
	return clean(strings.TrimSuffix(b.String(), "\n"))
}

// stringOf returns the string that a JSON text is, if it is one.
func stringOf(text json.RawMessage) (s string, ok bool) {
	if len(text) == 0 || text[0] != '"' || json.Unmarshal(text, &s) != nil || !utf8.ValidString(s) {
		return "", false
	}
	return s, true
}
