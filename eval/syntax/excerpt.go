package syntax

// This file renders the lines of text around a position, for errors of any stage.

import (
	"fmt"
	"strings"
)

// Excerpt renders a position and the lines around it:
//
//	at /etc/config.nix:3:5:
//	     2| first line
//	     3|   x = ;
//	      |     ^
//	     4| next line
//
// Every line ends with a line feed. It is "" for an unknown position.
func (f *Files) Excerpt(p Pos) string {
	loc, ok := f.Locate(p)
	if !ok {
		return ""
	}
	return loc.Excerpt()
}

// Excerpt does so for a location.
func (l Location) Excerpt() string {
	var b strings.Builder
	fmt.Fprintf(&b, "at %s:\n", l)
	line := func(n int) {
		if n >= 1 && n <= l.Source.lineCount() {
			fmt.Fprintf(&b, " %5d| %s\n", n, l.Source.Line(n))
		}
	}
	line(l.Line - 1)
	line(l.Line)
	if l.Source.lineCount() > 0 {
		fmt.Fprintf(&b, "      |%s^\n", strings.Repeat(" ", l.Column))
	}
	line(l.Line + 1)
	return b.String()
}

// Render renders "error: " and an error with the lines around it, the way Nix prints it on a terminal
// without colour. There is no line feed at the end.
func (e *Error) Render() string {
	text := e.Msg + "\n"
	if e.Source != nil && e.Pos != 0 {
		text += e.Source.locate(e.Pos).Excerpt()
	}
	return Indent("error: ", "       ", text)
}

// Indent puts first before the first line of a text and rest before the others, and removes blanks from
// line ends and line feeds from the end.
func Indent(first, rest, text string) string {
	text = strings.TrimRight(text, " \n\r\t")
	var b strings.Builder
	prefix := first
	for line := range strings.SplitSeq(text, "\n") {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimRight(prefix+line, " \n\r\t"))
		prefix = rest
	}
	return b.String()
}

// normalLines replaces the three kinds of line ends by line feeds.
func normalLines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.ReplaceAll(text, "\r", "\n")
}
