package syntax

// This file defines the errors and warnings of the parser.

import "strings"

// An Error is a static error in a text: a syntax error, or a rule broken by names.
type Error struct {
	Pos Pos
	// Msg has the wording of Nix, without position.
	Msg string
	// Source is the text that Pos is in. It may be nil; then Error tells no position.
	Source *Source
}

// Error returns the position and the message in one line.
func (e *Error) Error() string {
	if e.Source == nil || e.Pos == 0 {
		return e.Msg
	}
	return e.Source.locate(e.Pos).String() + ": " + e.Msg
}

// A Warning is about a text that parses but should be changed.
type Warning struct {
	Pos Pos // 0 when Msg tells the place itself
	Msg string
}

// fail stops parsing with an error at a byte offset. Parse recovers it.
func (p *parser) fail(offset int, msg string) {
	panic(&Error{Pos: p.src.Pos(offset), Msg: msg, Source: p.src})
}

// unexpected stops parsing because of the current token. Up to four kinds of expected tokens are told, in
// the order of their kinds; with more, expected is empty.
func (p *parser) unexpected(expected ...kind) {
	if p.kind == tError {
		p.fail(p.begin, p.errMsg)
	}
	var b strings.Builder
	b.WriteString("syntax error, unexpected ")
	b.WriteString(p.kind.String())
	for i, k := range expected {
		if i == 0 {
			b.WriteString(", expecting ")
		} else {
			b.WriteString(" or ")
		}
		b.WriteString(k.String())
	}
	offset := p.begin
	if p.kind == tEOF {
		offset = p.end
	}
	p.fail(offset, b.String())
}

// failDuplicate stops parsing because an attribute is defined twice.
func (p *parser) failDuplicate(path string, at, previous Pos) {
	panic(&Error{
		Pos:    at,
		Msg:    "attribute '" + path + "' already defined at " + p.src.locate(previous).String(),
		Source: p.src,
	})
}

// failDeep stops parsing because of nesting at a byte offset.
func (p *parser) failDeep(offset int) {
	p.fail(offset, "expression is nested more than 10000 levels deep")
}

func (p *parser) warn(offset int, msg string) {
	if p.opts.Warn != nil {
		p.opts.Warn(Warning{Pos: p.src.Pos(offset), Msg: msg})
	}
}

// lint applies the setting called name to the construct at offset. The message depends on whether it is fatal.
func (p *parser) lint(level Lint, name string, offset int, msg func(fatal bool) string) {
	switch level {
	case LintWarn:
		p.warn(offset, msg(false)+" ("+name+")")
	case LintFatal:
		p.fail(offset, msg(true)+" ("+name+")")
	}
}

// warnCursed tells that a call with the bare argument "or" is itself an argument, which is going to change.
// The call ends at offset end.
func (p *parser) warnCursed(call Expr, end int) {
	if p.opts.Warn == nil {
		return
	}
	loc := p.src.locate(call.Pos())
	p.opts.Warn(Warning{Msg: "at " + loc.String() + ": This expression uses `or` as an identifier in a way that " +
		"will change in a future Nix release.\n" +
		"Wrap this entire expression in parentheses to preserve its current meaning:\n" +
		"    (" + normalLines(p.src.Text[int(call.Pos()-p.src.base):end]) + ")\n" +
		"Give feedback at https://github.com/NixOS/nix/pull/11121"})
}
