package repl

// This file finds out what somebody has typed: an expression, definitions or a command, and whether there is more to come.

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"nixops4/eval/syntax"
	"nixops4/script"
)

// statement is one thing to do. At most one of its fields is set; none for blank lines and comments.
type statement struct {
	expr     string
	bindings []string // each one definition, without which the next may not be understood
	command  string   // with its arguments, without the colon
	star     string   // in Starlark
}

// inputError says where in a statement something is wrong.
type inputError struct {
	text         string // the statement
	line, column int    // from 1 on; column counts characters
	msg          string
}

func (e *inputError) Error() string { return e.msg }

// errIncomplete says that a statement goes on on the next line.
var errIncomplete = errors.New("incomplete")

// read takes a statement apart, in the language that is typed now.
func (sh *shell) read(text string, final bool) (statement, error) {
	if trimmed := strings.TrimSpace(text); !sh.inStar || trimmed == "" || strings.HasPrefix(trimmed, ":") {
		return read(text, final)
	}
	return readStarlark(text, final)
}

// readStarlark takes lines, each with its line feed.
func readStarlark(text string, final bool) (statement, error) {
	if !final && script.Incomplete(text) {
		return statement{}, errIncomplete
	}
	return statement{star: text}, nil
}

// goesOn reports whether a block goes on after empty lines, which end it only for somebody who types.
func goesOn(text string, rest *bufio.Reader) bool {
	if !strings.HasSuffix(text, "\n\n") {
		return false
	}
	next, err := rest.Peek(1)
	return err == nil && (next[0] == ' ' || next[0] == '\t' || next[0] == '\n')
}

// read takes a statement in Nix apart. The error is errIncomplete or an *inputError; final says that nothing can follow.
func read(text string, final bool) (statement, error) {
	trimmed := strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(trimmed, ":"); ok {
		return readCommand(rest, text, final)
	}
	if blank(trimmed) {
		return statement{}, nil
	}
	exprErr := parseExpr(text)
	if exprErr == nil {
		return statement{expr: trimmed}, nil
	}
	bindErr := parseBindings(text)
	if bindErr == nil || atEnd(bindErr) && parseBindings(text+"\n;") == nil {
		return statement{bindings: split(text)}, nil
	}
	if !final && (atEnd(exprErr) || atEnd(bindErr)) {
		return statement{}, errIncomplete
	}
	// What the parser understood more of is what was meant.
	if bindErr.Pos > exprErr.Pos {
		exprErr = bindErr
	}
	return statement{}, newInputError(text, exprErr)
}

// blank reports whether text has nothing but comments of one line.
func blank(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

// readCommand goes on on the next line only when the argument is an expression.
func readCommand(command, text string, final bool) (statement, error) {
	name, arg, _ := strings.Cut(command, " ")
	c, err := lookUp(name)
	if err == nil && c.takes == takesStarlark && strings.TrimSpace(arg) != "" && !final && script.Incomplete(strings.TrimLeft(text, " \t:")[len(name)+1:]) {
		return statement{}, errIncomplete
	}
	if err == nil && (c.takes == takesExpr || c.takes == takesNix) && strings.TrimSpace(arg) != "" {
		if parseErr := parseExpr(arg); parseErr != nil {
			if !final && atEnd(parseErr) {
				return statement{}, errIncomplete
			}
			e := newInputError(arg, parseErr)
			if e.line == 1 {
				e.column += utf8.RuneCountInString(text[:strings.Index(text, arg)])
			}
			e.text = text
			return statement{}, e
		}
	}
	return statement{command: command}, nil
}

func source(text string) *syntax.Source {
	src, err := (&syntax.Files{}).Add("«line»", false, text)
	if err != nil {
		panic(fmt.Sprintf("repl: a line of %d bytes: %v", len(text), err)) // longer than any terminal sends
	}
	return src
}

var parseOptions = syntax.Options{BasePath: "/", Home: "/"}

func parseExpr(text string) *syntax.Error {
	_, err := syntax.Parse(source(text), parseOptions)
	return asSyntax(err)
}

func parseBindings(text string) *syntax.Error {
	_, err := syntax.ParseBindings(source(text), parseOptions)
	return asSyntax(err)
}

func asSyntax(err error) *syntax.Error {
	var e *syntax.Error
	if err != nil && !errors.As(err, &e) {
		return &syntax.Error{Msg: err.Error()}
	}
	return e
}

// atEnd reports whether the end of the text is what the parser did not expect.
func atEnd(err *syntax.Error) bool {
	switch {
	case err == nil:
		return false
	case strings.Contains(err.Msg, "unexpected end of file"):
		return true
	case err.Source == nil || err.Pos == 0:
		return false
	}
	// A comment that does not end is no comment to the parser.
	return strings.HasPrefix(err.Source.Text[min(int(err.Pos-err.Source.Pos(0)), len(err.Source.Text)):], "/*")
}

// split takes definitions apart, so that later ones can use earlier ones.
func split(text string) []string {
	var parts []string
	start := 0
	for i := range len(text) {
		if text[i] == ';' && parseBindings(text[start:i+1]) == nil {
			parts = append(parts, text[start:i+1])
			start = i + 1
		}
	}
	if rest := text[start:]; !blank(rest) {
		parts = append(parts, rest)
	}
	return parts
}

func newInputError(text string, err *syntax.Error) *inputError {
	e := &inputError{text: text, line: 1, column: 1, msg: err.Msg}
	offset := 0
	if err.Source != nil && err.Pos != 0 {
		offset = min(int(err.Pos-err.Source.Pos(0)), len(text))
	}
	before := text[:min(offset, len(strings.TrimRight(text, " \t\n")))] // what is missing at the end is missing behind the last word
	e.line += strings.Count(before, "\n")
	e.column += utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return e
}

// excerpt shows the line that the error is in, and below it where.
func (e *inputError) excerpt() string {
	lines := strings.Split(e.text, "\n")
	if e.line > len(lines) {
		return ""
	}
	line := lines[e.line-1]
	return line + "\n" + caret(line, e.column)
}

// caret is a mark below a column of a line, wide characters and tabs considered.
func caret(line string, column int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= column-1 {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", runeWidth(r)))
	}
	return b.String() + "^"
}
