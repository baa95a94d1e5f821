package addr

// This file reads and writes names and paths in Nix's attribute path syntax.

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a path that a user wrote.
type SyntaxError struct {
	Text   string // the whole text
	Offset int    // where the problem starts, in bytes from 0
	Msg    string // what is wrong
	Hint   string // what to write instead; may be empty
}

// Error returns one line with the text and the column, counted from 1 in characters.
func (e *SyntaxError) Error() string {
	column := utf8.RuneCountInString(e.Text[:e.Offset]) + 1
	return fmt.Sprintf("invalid path %q: %s at column %d", e.Text, e.Msg, column)
}

// Parse reads a path such as web.vm or web."file.txt". Names need quotes only when they hold a dot, a quote,
// a space or one of ${}\ . The empty text is an error, so that an unset shell variable never means everything.
// Errors are of type *[SyntaxError].
func Parse(text string) (Path, error) {
	p := Root
	for at := 0; ; {
		name, n, err := parseName(text, at)
		if err != nil {
			return Root, err
		}
		p = p.Child(name)
		at += n
		if at == len(text) {
			return p, nil
		}
		if text[at] != '.' {
			return Root, &SyntaxError{text, at, `expected "." after the closing quote`, ""}
		}
		at++
	}
}

// parseName reads the name at offset at, and returns it and how many bytes it takes.
func parseName(text string, at int) (name string, n int, err error) {
	rest := text[at:]
	if strings.HasPrefix(rest, `"`) {
		return parseQuoted(text, at)
	}
	for i, r := range rest {
		if r == '.' {
			rest = rest[:i]
			break
		}
		if strings.ContainsRune("\"\\${}", r) || unicode.IsSpace(r) || unicode.IsControl(r) {
			return "", 0, &SyntaxError{text, at + i, fmt.Sprintf("unexpected %q", r),
				"put the name in double quotes, and the whole path in single quotes for the shell"}
		}
	}
	if rest == "" {
		return "", 0, &SyntaxError{text, at, "expected a name", emptyHint(text)}
	}
	return rest, len(rest), nil
}

func emptyHint(text string) string {
	if text == "" {
		return ""
	}
	return `names are separated by single dots; the empty name is written ""`
}

// parseQuoted reads the quoted name whose opening quote is at offset at.
func parseQuoted(text string, at int) (name string, n int, err error) {
	var b strings.Builder
	for i := at + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), i + 1 - at, nil
		case c == '$' && strings.HasPrefix(text[i:], "${"):
			return "", 0, &SyntaxError{text, i, "a path cannot have interpolation", `write \${ for the characters ${`}
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(unescape(text[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, &SyntaxError{text, at, "this quote is not closed", ""}
}

// unescape returns the byte that a backslash and c stand for.
func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// unquote returns the name that its canonical written form stands for.
func unquote(written string) string {
	if written == "" || written[0] != '"' {
		return written
	}
	if !strings.Contains(written, `\`) {
		return written[1 : len(written)-1]
	}
	name, _, err := parseQuoted(written, 0)
	if err != nil {
		panic("addr: a path holds a name that is not in canonical form: " + written)
	}
	return name
}

// Quote returns the written form of one name: itself when it is a Nix identifier, else a Nix string.
func Quote(name string) string {
	if isIdentifier(name) {
		return name
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' || c == '\\' || (c == '$' && strings.HasPrefix(name[i:], "${")):
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isIdentifier(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !(c == '\'' || c == '-' || '0' <= c && c <= '9')) {
			return false
		}
	}
	return name != "" && !isKeyword(name)
}

func isKeyword(name string) bool {
	switch name {
	case "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or":
		return true
	}
	return false
}
