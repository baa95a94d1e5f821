package syntax

// This file parses calls, selections, and what they are made of: literals, names, lists and parentheses.

import "path"

// startsSimple says which tokens start a simple expression, and so an argument.
var startsSimple = [kinds]bool{
	tID: true, tInt: true, tFloat: true, tQuote: true, tIndOpen: true, tPath: true, tHomePath: true,
	tSearchPath: true, tURI: true, tParenOpen: true, tLet: true, tRec: true, tCurlyOpen: true, tBracketOpen: true,
}

// application parses the arguments behind f, which starts at offset start.
func (p *parser) application(start int, f Expr) Expr {
	if !startsSimple[p.kind] {
		return f
	}
	h, mark := p.height, len(p.exprs)
	for startsSimple[p.kind] {
		p.step()
		p.exprs = append(p.exprs, p.argument())
		h = max(h, p.height)
	}
	e := p.callWith(start, f, p.popExprs(mark))
	p.grow(h, start)
	return e
}

// argument parses a selection in a place where a bare "f or" is going to change its meaning.
func (p *parser) argument() Expr {
	start := p.begin
	x := p.selection(start, p.simple())
	if p.cursedEnd > 0 {
		p.warnCursed(x, p.cursedEnd)
	}
	return x
}

// call makes a call of f with one more argument.
func (p *parser) call(at int, f, arg Expr) Expr {
	mark := len(p.exprs)
	p.exprs = append(p.exprs, arg)
	return p.callWith(at, f, p.popExprs(mark))
}

// callWith makes a call. When f is a call itself it gets more arguments, even if it was in parentheses.
func (p *parser) callWith(at int, f Expr, args []Expr) Expr {
	if c, ok := f.(*Call); ok {
		c.Args = append(c.Args, args...)
		return c
	}
	c := p.newCall()
	c.At, c.Fn, c.Args = p.pos(at), f, args
	return c
}

// selection parses the .path or … behind x, which starts at offset start.
func (p *parser) selection(start int, x Expr) Expr {
	p.cursedEnd = 0
	switch p.kind {
	case tOrWord:
		end := p.end
		p.advance()
		at := p.pos(start)
		c := p.call(start, nil, p.newVar(at, "or")).(*Call)
		c.Fn, c.Cursed = x, true
		p.grow(p.height, start)
		p.cursedEnd = end
		return c
	case tDot:
		h := p.height
		p.advance()
		mark := len(p.names)
		p.attrPath()
		h = max(h, p.height)
		s := p.newSelect()
		s.At, s.X, s.Path = p.pos(start), x, p.popNames(mark)
		if p.kind == tOrWord {
			p.advance()
			p.enter()
			s.Default = p.argument()
			p.leave()
			p.cursedEnd = 0
			h = max(h, p.height)
		}
		p.grow(h, start)
		return s
	}
	return x
}

// simple parses an expression that needs no parentheses as an argument.
func (p *parser) simple() Expr {
	start := p.begin
	p.height = 1
	switch p.kind {
	case tID:
		name := p.text[p.begin:p.end]
		p.advance()
		return p.variable(start, name)
	case tInt:
		e := &Int{At: p.pos(start), Val: p.intVal}
		p.advance()
		return e
	case tFloat:
		e := &Float{At: p.pos(start), Val: p.floatVal}
		p.advance()
		return e
	case tQuote:
		text, e := p.quoted()
		if e == nil {
			e = p.newStr(p.pos(start), text)
		}
		return e
	case tIndOpen:
		return p.indentedString()
	case tPath, tHomePath:
		return p.pathLiteral()
	case tSearchPath:
		return p.searchPathLiteral()
	case tURI:
		return p.uriLiteral()
	case tParenOpen:
		p.advance()
		e := p.expr()
		p.expect(tParenClose)
		return e
	case tLet, tRec:
		return p.recursiveSet()
	case tCurlyOpen:
		p.advance()
		return p.set(start, p.newAttrs(), tInherit)
	case tBracketOpen:
		return p.list()
	}
	p.unexpected()
	return nil
}

func (p *parser) variable(start int, name string) Expr {
	p.height = 1
	if name == "__curPos" {
		return &CurPos{At: p.pos(start)}
	}
	return p.newVar(p.pos(start), name)
}

func (p *parser) list() Expr {
	start, mark, h := p.begin, len(p.exprs), 0
	p.enter()
	p.advance()
	for startsSimple[p.kind] {
		p.exprs = append(p.exprs, p.argument())
		h = max(h, p.height)
	}
	if p.kind != tBracketClose {
		p.unexpected()
	}
	p.advance()
	p.leave()
	e := &List{At: p.pos(start), Elems: p.popExprs(mark)}
	p.grow(h, start)
	return e
}

// searchPathLiteral parses <a/b>, which looks a/b up with what is called __findFile and __nixPath in scope.
func (p *parser) searchPathLiteral() Expr {
	at := p.pos(p.begin)
	name := p.text[p.begin+1 : p.end-1]
	p.advance()
	mark := len(p.exprs)
	p.exprs = append(p.exprs, p.newVar(at, "__nixPath"), p.newStr(at, name))
	c := p.newCall()
	c.At, c.Fn, c.Args = at, p.newVar(at, "__findFile"), p.popExprs(mark)
	p.height = 2
	return c
}

func (p *parser) uriLiteral() Expr {
	start, text := p.begin, p.text[p.begin:p.end]
	p.lint(p.opts.URLLiterals, "lint-url-literals", start, func(fatal bool) string {
		how := "discouraged"
		if fatal {
			how = "disallowed"
		}
		return "URL literals are " + how + `. Consider using a string literal "` + text + `" instead`
	})
	p.advance()
	return p.newStr(p.pos(start), text)
}

// pathLiteral parses a path, whose parts are tokens of their own if there are interpolations.
func (p *parser) pathLiteral() Expr {
	start := p.begin
	first := &Path{At: p.pos(start)}
	if p.kind == tHomePath {
		first.Val = p.homePath(start, p.val)
	} else {
		first.Val = p.path(start, p.val)
	}
	p.advance()
	if p.kind == tPathEnd {
		p.advance()
		return first
	}
	mark, markAt := len(p.exprs), len(p.poses)
	p.exprs, p.poses = append(p.exprs, first), append(p.poses, first.At)
	if p.kind == tStr {
		p.textPart()
		if p.kind != tDollarCurly {
			p.unexpected(tDollarCurly)
		}
	}
	h := p.interpolations(1)
	p.expect(tPathEnd, tStr, tPathEnd, tDollarCurly)
	return p.concat(start, mark, markAt, false, h)
}

// path makes the text of a path literal absolute.
func (p *parser) path(start int, text string) string {
	if text[0] == '/' {
		p.lint(p.opts.AbsolutePathLiterals, "lint-absolute-path-literals", start, func(bool) string {
			return "absolute path literals are not portable. Consider replacing path literal '" + text +
				"' by a string, relative path, or parameter"
		})
		return keepSlash(text, path.Clean(text))
	}
	if text[0] != '.' {
		p.lint(p.opts.ShortPathLiterals, "lint-short-path-literals", start, func(bool) string {
			return "relative path literal '" + text + "' should be prefixed with '.' for clarity: './" + text + "'"
		})
	}
	return keepSlash(text, path.Clean("/"+p.opts.BasePath+"/"+text))
}

// keepSlash gives the cleaned path back the slash that an interpolation follows.
func keepSlash(text, clean string) string {
	if len(text) > 1 && text[len(text)-1] == '/' {
		return clean + "/"
	}
	return clean
}

func (p *parser) homePath(start int, text string) string {
	if p.opts.Pure {
		panic(&Error{Msg: "the path '" + text + "' can not be resolved in pure mode"})
	}
	p.lint(p.opts.AbsolutePathLiterals, "lint-absolute-path-literals", start, func(bool) string {
		return "home path literals are not portable. Consider replacing path literal '" + text +
			"' by a string, relative path, or parameter"
	})
	return p.opts.Home + text[1:]
}
