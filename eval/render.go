package eval

// This file renders errors for people: the trace with the lines of text around each place, then the message.

import (
	"errors"
	"fmt"
	"strings"

	"nixops4/eval/syntax"
)

// RenderOptions say how [Render] shows an error.
type RenderOptions struct {
	// ShowTrace shows the whole trace; without it only the outermost lines are shown.
	ShowTrace bool
	// Color writes escape sequences for a terminal.
	Color bool
	// Quiet says of which files, by name, the callers are not shown unless the whole trace is: those of a library that
	// users did not write. Nil means none.
	Quiet func(file string) bool
}

// Render is the text of an error as Nix 2.34 prints it, without a line feed at the end:
//
//	error:
//	       … while calling the 'head' builtin
//	         at «string»:1:1:
//	            1| builtins.head []
//	             | ^
//
//	       error: 'builtins.head' called on an empty list
//
// An error that is not an [Error] is shown without trace.
func Render(err error, opts RenderOptions) string {
	r := &renderer{opts: opts}
	var e *Error
	if errors.As(err, &e) {
		r.files = e.files
		r.all(e)
	} else {
		r.b.WriteString(err.Error() + "\n")
	}
	first := r.paint(colorError, "error:") + " "
	return clean(syntax.Indent(first, strings.Repeat(" ", len("error: ")), r.b.String()), opts.Color)
}

const (
	colorError = "\x1b[31;1m"
	colorWarn  = "\x1b[35;1m"
	colorAt    = "\x1b[34;1m"
	colorReset = "\x1b[0m"

	// briefLines is about how many lines of a trace are shown without --show-trace; one that tells a place
	// counts twice.
	briefLines = 3
	// fewRepeated lines that have been shown before are shown again, more are only counted.
	fewRepeated = 5
)

type renderer struct {
	opts  RenderOptions
	files *syntax.Files
	b     strings.Builder
	count int
}

func (r *renderer) paint(color, text string) string {
	if !r.opts.Color {
		return text
	}
	return color + text + colorReset
}

func (r *renderer) all(e *Error) {
	any := r.trace(e)
	if any {
		r.b.WriteString("\n" + r.paint(colorError, "error:") + " ")
	}
	r.b.WriteString(e.Msg)
	if strings.HasSuffix(e.Msg, "\n") && e.Kind != Throw {
		// Nix colours what such a message is made of, so a line feed at its end is not taken off.
		r.b.WriteString(colorReset)
	}
	r.b.WriteString("\n")
	if !any || !r.isQuiet(e.Pos) {
		r.excerpt("", e.Pos)
	}
	if len(e.Suggestions) > 0 {
		r.b.WriteString("Did you mean " + r.oneOf(e.Suggestions) + "?\n")
	}
}

// trace writes the callers from the outermost inward; false means that there are none.
func (r *renderer) trace(e *Error) bool {
	type line struct {
		pos syntax.Pos
		msg string
	}
	shown := map[line]bool{}
	var repeated []TraceLine
	any, truncated := false, false
	for i := len(e.Trace) - 1; i >= 0; i-- {
		t := e.Trace[i]
		if !r.opts.ShowTrace && (t.Call || r.quiet(t)) {
			continue
		}
		any = true
		if t.Msg == "" {
			continue
		}
		truncated = truncated || !r.opts.ShowTrace && r.count > briefLines
		if truncated && !t.Custom {
			continue
		}
		if shown[line{t.Pos, t.Msg}] {
			repeated = append(repeated, t)
			continue
		}
		shown[line{t.Pos, t.Msg}] = true
		r.repeated(repeated)
		repeated = repeated[:0]
		r.count++
		r.line(t)
	}
	r.repeated(repeated)
	if truncated {
		r.b.WriteString("\n" + r.paint(colorWarn, "(stack trace truncated; use '--show-trace' to show the full, detailed trace)") + "\n")
	}
	return any
}

// quiet says that a line of the trace is about a file that users did not write, or about no place, so that it says nothing without the lines
// around it.
func (r *renderer) quiet(t TraceLine) bool {
	if r.opts.Quiet == nil || t.Custom {
		return false
	}
	_, ok := r.files.Locate(t.Pos)
	return !ok || r.isQuiet(t.Pos)
}

// isQuiet says that a place is in a file that users did not write.
func (r *renderer) isQuiet(pos syntax.Pos) bool {
	if r.opts.Quiet == nil || r.opts.ShowTrace {
		return false
	}
	loc, ok := r.files.Locate(pos)
	return ok && r.opts.Quiet(loc.Source.Name)
}

func (r *renderer) line(t TraceLine) {
	r.b.WriteString("\n… " + t.Msg + "\n")
	if r.excerpt("  ", t.Pos) {
		r.count++
	}
}

func (r *renderer) repeated(lines []TraceLine) {
	if len(lines) > fewRepeated {
		r.b.WriteString("\n" + r.paint(colorWarn, fmt.Sprintf("(%d duplicate frames omitted)", len(lines))) + "\n")
		return
	}
	for _, t := range lines {
		r.line(t)
	}
}

// excerpt writes a place and the text around it; false means that the place is not known.
func (r *renderer) excerpt(indent string, pos syntax.Pos) bool {
	loc, ok := r.files.Locate(pos)
	if !ok {
		return false
	}
	text := loc.Excerpt()
	if r.opts.Color {
		at, rest, _ := strings.Cut(text, "\n")
		name := strings.TrimSuffix(strings.TrimPrefix(at, "at "), ":")
		lines := strings.Split(rest, "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, "      |") {
				lines[i] = strings.TrimSuffix(l, "^") + r.paint(colorError, "^")
			}
		}
		text = r.paint(colorAt, "at ") + r.paint(colorWarn, name) + ":\n" + strings.Join(lines, "\n")
	}
	r.b.WriteString(indent + text)
	return true
}

func (r *renderer) oneOf(names []string) string {
	var b strings.Builder
	if len(names) > 1 {
		b.WriteString("one of ")
	}
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(r.paint(colorWarn, clean(n, false)))
	}
	return b.String()
}

// clean makes text fit for a terminal, as Nix does for all it writes there: tabs become blanks, carriage
// returns and bells vanish, and so do escape sequences other than colours.
func clean(text string, colors bool) string {
	if !strings.ContainsAny(text, "\t\r\a\x1b") {
		return text
	}
	var b strings.Builder
	column := 0
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\x1b':
			n := escapeLen(text[i:])
			if seq := text[i : i+n]; colors && n > 2 && seq[1] == '[' && seq[n-1] == 'm' {
				b.WriteString(seq)
			}
			i += n
			continue
		case c == '\t':
			for first := true; first || column%8 != 0; first = false {
				b.WriteByte(' ')
				column++
			}
		case c == '\r' || c == '\a':
		default:
			b.WriteByte(c)
			// Bytes that continue a UTF-8 character take no column. Nix counts columns from the start of the whole
			// message, so that a tab looks different in a folder with a longer name; we count from that of the line.
			if c == '\n' {
				column = 0
			} else if c < 0x80 || c >= 0xc0 {
				column++
			}
		}
		i++
	}
	return b.String()
}

// escapeLen is the length of the escape sequence that text starts with.
func escapeLen(text string) int {
	if len(text) < 2 {
		return len(text)
	}
	i := 2
	span := func(lo, hi byte) {
		for i < len(text) && text[i] >= lo && text[i] <= hi {
			i++
		}
	}
	switch {
	case text[1] == '[':
		span(0x30, 0x3f)
		span(0x20, 0x2f)
		if i < len(text) && text[i] >= 0x40 && text[i] <= 0x7e {
			i++
		}
	case text[1] == ']':
		for i < len(text) && text[i] != '\x1b' && text[i] != '\a' {
			i++
		}
		if i < len(text) {
			bell := text[i] == '\a'
			i++
			if !bell && i < len(text) && text[i] == '\\' {
				i++
			}
		}
	case text[1] >= 0x40 && text[1] <= 0x5f:
	default:
		i = 1
	}
	return i
}
