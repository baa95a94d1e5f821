package syntax

// This file parses the patterns of functions and tells them from sets.

// exprAfterBrace parses an expression that starts with a brace: a function with a pattern, or a set.
func (p *parser) exprAfterBrace() Expr {
	start := p.begin
	p.advance()
	switch p.kind {
	case tCurlyClose:
		p.advance()
		if p.kind == tColon || p.kind == tAt {
			p.height = 0
			return p.patternLambda(start, &Formals{})
		}
		a := p.newAttrs()
		a.At = p.pos(start)
		p.height = 1
		return p.operation(start, a)
	case tEllipsis:
		return p.patternLambda(start, p.pattern())
	case tID:
		return p.exprAfterBraceName(start)
	}
	return p.operation(start, p.set(start, p.newAttrs(), tInherit))
}

// exprAfterBraceName decides by what follows the first name.
func (p *parser) exprAfterBraceName(start int) Expr {
	at, name := p.begin, p.text[p.begin:p.end]
	p.advance()
	switch p.kind {
	case tComma, tQuestion, tCurlyClose:
		mark := len(p.formals)
		h := p.formal(at, name)
		return p.patternLambda(start, p.moreFormals(mark, h))
	}
	p.enter()
	a := p.newAttrs()
	a.At = p.pos(start)
	mark := len(p.names)
	p.names = append(p.names, AttrName{At: p.pos(at), Name: name})
	p.moreAttrPath(1)
	p.binding(a, at, mark)
	p.moreBindings(a, p.height, tCurlyClose, tInherit)
	p.leave()
	p.advance()
	return p.operation(start, a)
}

// patternLambda parses a function from what follows its pattern on.
func (p *parser) patternLambda(start int, formals *Formals) Expr {
	arg := ""
	switch p.kind {
	case tColon:
	case tAt:
		p.advance()
		if p.kind != tID {
			p.unexpected(tID)
		}
		arg = p.text[p.begin:p.end]
		p.advance()
		if p.kind != tColon {
			p.unexpected(tColon)
		}
	default:
		p.unexpected(tColon, tAt)
	}
	return p.lambda(start, arg, formals)
}

// pattern parses a pattern behind its opening brace. Like formal and moreFormals it leaves the height of
// the highest default in height.
func (p *parser) pattern() *Formals {
	p.height = 0
	mark := len(p.formals)
	switch p.kind {
	case tCurlyClose:
		p.advance()
		return &Formals{}
	case tEllipsis:
		return p.ellipsis(mark)
	case tID:
		at, name := p.begin, p.text[p.begin:p.end]
		p.advance()
		h := p.formal(at, name)
		return p.moreFormals(mark, h)
	}
	p.unexpected(tID, tEllipsis, tCurlyClose)
	return nil
}

// formal parses the default of a name that was read already, and pushes it.
func (p *parser) formal(at int, name string) (height int) {
	f := Formal{At: p.pos(at), Name: name}
	if p.kind == tQuestion {
		p.advance()
		f.Default = p.expr()
		height = p.height
	}
	p.formals = append(p.formals, f)
	return height
}

// moreFormals parses the rest of a pattern behind a name with its default.
func (p *parser) moreFormals(mark, h int) *Formals {
	for p.kind == tComma {
		p.advance()
		switch p.kind {
		case tEllipsis:
			p.height = h
			return p.ellipsis(mark)
		case tCurlyClose:
			p.height = h
			return p.endFormals(mark, false)
		case tID:
		default:
			p.unexpected(tID, tEllipsis, tCurlyClose)
		}
		at, name := p.begin, p.text[p.begin:p.end]
		p.advance()
		h = max(h, p.formal(at, name))
	}
	if p.kind != tCurlyClose {
		p.unexpected(tCurlyClose, tComma)
	}
	p.height = h
	return p.endFormals(mark, false)
}

func (p *parser) ellipsis(mark int) *Formals {
	p.advance()
	if p.kind != tCurlyClose {
		p.unexpected(tCurlyClose)
	}
	return p.endFormals(mark, true)
}

// endFormals pops the formals from mark on.
func (p *parser) endFormals(mark int, ellipsis bool) *Formals {
	p.advance()
	f := &Formals{Ellipsis: ellipsis}
	if mark < len(p.formals) {
		f.List = append([]Formal(nil), p.formals[mark:]...)
	}
	p.formals = p.formals[:mark]
	return f
}

// checkFormals fails when a name appears twice in a pattern, or is that of the whole argument as well. Of
// several duplicates the one whose name appears first is told, at its second place.
func (p *parser) checkFormals(start int, arg string, formals *Formals) {
	list := formals.List
	if len(list) <= smallSet {
		for i := range list {
			for j := i + 1; j < len(list); j++ {
				if list[i].Name == list[j].Name {
					p.failFormal(int(list[j].At-p.src.base), list[j].Name)
				}
			}
		}
	} else {
		p.checkManyFormals(list)
	}
	if arg == "" {
		return
	}
	for i := range list {
		if list[i].Name == arg {
			p.failFormal(start, arg)
		}
	}
}

func (p *parser) checkManyFormals(list []Formal) {
	first := make(map[string]int, len(list))
	second := make(map[int]int)
	for i := range list {
		j, ok := first[list[i].Name]
		if !ok {
			first[list[i].Name] = i
		} else if _, told := second[j]; !told {
			second[j] = i
		}
	}
	for i := range list {
		if j, ok := second[i]; ok {
			p.failFormal(int(list[j].At-p.src.base), list[j].Name)
		}
	}
}

func (p *parser) failFormal(offset int, name string) {
	p.fail(offset, "duplicate formal function argument '"+name+"'")
}
