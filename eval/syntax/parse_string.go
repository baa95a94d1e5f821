package syntax

// This file parses strings with their interpolations, and removes the indentation of indented strings.

import "strings"

// quoted parses "…". It returns the text when there is no interpolation, and else an expression.
func (p *parser) quoted() (text string, e Expr) {
	p.advance()
	mark, markAt, first := len(p.exprs), len(p.poses), p.begin
	p.height = 1
	if p.kind == tStr {
		text = p.val
		p.advance()
		if p.kind == tDollarCurly {
			p.exprs, p.poses = append(p.exprs, p.newStr(p.pos(first), text)), append(p.poses, p.pos(first))
		}
	}
	if p.kind != tDollarCurly {
		p.expect(tQuote)
		return text, nil
	}
	h := p.interpolations(1)
	p.expect(tQuote)
	return "", p.concat(first, mark, markAt, true, h)
}

// textPart pushes a part that is text.
func (p *parser) textPart() {
	at := p.pos(p.begin)
	p.exprs, p.poses = append(p.exprs, p.newStr(at, p.val)), append(p.poses, at)
	p.advance()
}

// interpolations pushes the parts up to the end of a string or path. It returns the height of the highest,
// at least h.
func (p *parser) interpolations(h int) int {
	for {
		switch p.kind {
		case tStr:
			p.textPart()
		case tDollarCurly:
			at := p.pos(p.begin)
			e := p.interpolation()
			p.exprs, p.poses = append(p.exprs, e), append(p.poses, at)
			h = max(h, p.height)
		default:
			return h
		}
	}
}

// interpolation parses ${…}.
func (p *parser) interpolation() Expr {
	p.advance()
	e := p.expr()
	p.expect(tCurlyClose)
	return e
}

// concat pops the parts from the marks on and makes a Concat of them.
func (p *parser) concat(at, mark, markAt int, force bool, h int) Expr {
	e := &Concat{At: p.pos(at), ForceString: force, PartAt: append([]Pos(nil), p.poses[markAt:]...)}
	e.Parts = p.popExprs(mark)
	p.poses = p.poses[:markAt]
	p.grow(h, at)
	return e
}

// An indPart is a part of an indented string: an expression or text.
type indPart struct {
	at       Pos
	expr     Expr // nil for text
	text     string
	indented bool // the text is not an escape
}

// indentedString parses a string between pairs of single quotes.
func (p *parser) indentedString() Expr {
	start, h := p.begin, 1
	p.advance()
	var few [8]indPart
	parts := few[:0]
	for {
		switch p.kind {
		case tIndStr:
			parts = append(parts, indPart{at: p.pos(p.begin), text: p.val, indented: p.indented})
			p.advance()
			continue
		case tDollarCurly:
			at := p.pos(p.begin)
			parts = append(parts, indPart{at: at, expr: p.interpolation()})
			h = max(h, p.height)
			continue
		}
		break
	}
	p.expect(tIndClose, tIndStr, tDollarCurly, tIndClose)
	return p.stripIndentation(start, parts, h)
}

// stripIndentation removes from every line the indentation that all lines share.
func (p *parser) stripIndentation(start int, parts []indPart, h int) Expr {
	least := leastIndentation(parts)
	s := stripper{least: least, atLineStart: true}
	mark, markAt := len(p.exprs), len(p.poses)
	for i, part := range parts {
		e := part.expr
		if e != nil {
			s.atLineStart, s.dropped = false, 0
		} else if text := s.strip(part.text, i == len(parts)-1); text != "" {
			e = p.newStr(p.pos(start), text)
		} else {
			continue
		}
		p.exprs, p.poses = append(p.exprs, e), append(p.poses, part.at)
	}
	switch len(p.exprs) - mark {
	case 0:
		p.height = 1
		return p.newStr(p.pos(start), "")
	case 1:
		if e, ok := p.exprs[mark].(*Str); ok {
			p.exprs, p.poses = p.exprs[:mark], p.poses[:markAt]
			p.height = 1
			return e
		}
	}
	return p.concat(start, mark, markAt, true, h)
}

// leastIndentation returns the number of blanks that start every line that is not empty. A last line of
// blanks only does not count; interpolations and escapes do, as something that is not blank.
func leastIndentation(parts []indPart) int {
	least, indent, atLineStart := 1000000, 0, true
	for _, part := range parts {
		if part.expr != nil || !part.indented {
			if atLineStart {
				atLineStart = false
				least = min(least, indent)
			}
			continue
		}
		for text := part.text; text != ""; {
			if atLineStart {
				n := 0
				for n < len(text) && text[n] == ' ' {
					n++
				}
				indent += n
				text = text[n:]
				if text == "" {
					break
				}
				if text[0] == '\n' {
					indent = 0
					text = text[1:]
					continue
				}
				atLineStart = false
				least = min(least, indent)
			}
			n := strings.IndexByte(text, '\n')
			if n < 0 {
				break
			}
			text = text[n+1:]
			atLineStart, indent = true, 0
		}
	}
	return least
}

// A stripper removes indentation part by part.
type stripper struct {
	least       int
	atLineStart bool
	dropped     int // blanks seen on the current line
}

// strip removes the indentation from one part. From the last part it also removes a last line of blanks.
func (s *stripper) strip(text string, last bool) string {
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		if s.atLineStart {
			n := 0
			for n < len(text) && text[n] == ' ' {
				n++
			}
			if keep := s.dropped + n - max(s.least, s.dropped); keep > 0 {
				b.WriteString(text[:keep])
			}
			s.dropped += n
			text = text[n:]
			if text == "" {
				break
			}
			s.dropped = 0
			s.atLineStart = text[0] == '\n'
		}
		n := strings.IndexByte(text, '\n') + 1
		if s.atLineStart = n > 0; n == 0 {
			n = len(text)
		}
		b.WriteString(text[:n])
		text = text[n:]
	}
	stripped := b.String()
	if last {
		line := strings.LastIndexByte(stripped, '\n') + 1
		if line > 0 && strings.Trim(stripped[line:], " ") == "" {
			stripped = stripped[:line]
		}
	}
	return stripped
}
