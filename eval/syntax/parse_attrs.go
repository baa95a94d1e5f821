package syntax

// This file parses sets and the definitions in them, and merges definitions that extend one another.

// set parses the definitions and the closing brace of a set. The expected tokens are told when something
// else follows a definition.
func (p *parser) set(start int, a *Attrs, expected ...kind) Expr {
	p.enter()
	a.At = p.pos(start)
	p.bindings(a, tCurlyClose, expected...)
	p.leave()
	p.advance()
	return a
}

// recursiveSet parses rec { … } or let { … }.
func (p *parser) recursiveSet() Expr {
	start, isLet := p.begin, p.kind == tLet
	p.advance()
	if p.kind != tCurlyOpen {
		p.unexpected(tCurlyOpen)
	}
	if isLet {
		return p.oldLet(start)
	}
	p.advance()
	a := p.newAttrs()
	a.Rec = true
	return p.set(start, a, tInherit, tCurlyClose)
}

// oldLet parses let { …; body = x; } from the brace on. It is the body of a recursive set.
func (p *parser) oldLet(start int) Expr {
	p.advance()
	a := p.newAttrs()
	a.Rec = true
	s := p.newSelect()
	s.X = p.set(start, a, tInherit, tCurlyClose)
	mark := len(p.names)
	p.names = append(p.names, AttrName{Name: "body"})
	s.Path = p.popNames(mark)
	p.grow(p.height, start)
	return s
}

// bindings parses definitions up to a token of kind end, which stays the current token.
func (p *parser) bindings(a *Attrs, end kind, expected ...kind) {
	p.moreBindings(a, 0, end, expected...)
}

// moreBindings does so when definitions of height h were read already.
func (p *parser) moreBindings(a *Attrs, h int, end kind, expected ...kind) {
	start := p.begin
	for p.kind != end {
		switch p.kind {
		case tInherit:
			p.inherit(a)
		case tID, tOrWord, tQuote, tDollarCurly:
			at, mark := p.begin, len(p.names)
			p.attrPath()
			p.binding(a, at, mark)
		default:
			p.unexpected(expected...)
		}
		h = max(h, p.height)
	}
	p.grow(h, start)
}

// binding parses the rest of a definition, whose path starts at offset at and is on the stack from mark on.
func (p *parser) binding(a *Attrs, at, mark int) {
	h := p.height
	p.expect(tAssign, tDot, tAssign)
	e := p.expr()
	h = max(h, p.height)
	if p.kind != tSemicolon {
		p.unexpected(tSemicolon)
	}
	path := p.names[mark:]
	p.define(a, path, p.pos(at), e)
	p.height = h + len(path) - 1
	p.names = p.names[:mark]
	p.advance()
}

// inherit parses inherit a b; or inherit (x) a b;.
func (p *parser) inherit(a *Attrs) {
	p.advance()
	h, from := 1, -1
	if p.kind == tParenOpen {
		p.advance()
		x := p.expr()
		h = p.height
		p.expect(tParenClose)
		from = len(a.Froms)
		a.Froms = append(a.Froms, x)
	}
	mark := len(p.names)
	for p.kind != tSemicolon {
		switch p.kind {
		case tID, tOrWord, tQuote, tDollarCurly:
		default:
			p.unexpected()
		}
		at := p.begin
		p.attrName()
		if p.names[len(p.names)-1].Dyn != nil {
			p.fail(at, "dynamic attributes not allowed in inherit")
		}
	}
	for _, n := range p.names[mark:] {
		if i := p.find(a, n.Name); i >= 0 {
			p.failDuplicate(identifier(n.Name), n.At, a.Attrs[i].At)
		}
		if from >= 0 {
			p.add(a, Attr{At: n.At, Name: n.Name, Kind: InheritFrom, From: from})
		} else {
			p.add(a, Attr{At: n.At, Name: n.Name, Kind: Inherited, Value: p.newVar(n.At, n.Name)})
		}
	}
	p.names = p.names[:mark]
	p.height = h
	p.advance()
}

// attrPath parses a.b.c and pushes its names.
func (p *parser) attrPath() {
	h := p.attrName()
	p.moreAttrPath(h)
}

func (p *parser) moreAttrPath(h int) {
	for p.kind == tDot {
		p.advance()
		h = max(h, p.attrName())
	}
	p.height = h
}

// attrName parses one step of a path and pushes it. It returns its height.
func (p *parser) attrName() int {
	n := AttrName{At: p.pos(p.begin)}
	p.height = 1
	switch p.kind {
	case tID, tOrWord:
		n.Name = p.text[p.begin:p.end]
		p.advance()
	case tQuote:
		n.Name, n.Dyn = p.quoted()
	case tDollarCurly:
		n.Dyn = p.interpolation()
		if s, ok := n.Dyn.(*Str); ok {
			n.Name, n.Dyn = s.Val, nil
		}
	default:
		p.unexpected(tID, tOrWord, tDollarCurly, tQuote)
	}
	p.names = append(p.names, n)
	return p.height
}

// smallSet is the number of attributes up to which names are found by looking at each.
const smallSet = 12

// find returns the index of the attribute called name, and -1 when there is none.
func (p *parser) find(a *Attrs, name string) int {
	if len(a.Attrs) > smallSet {
		if i, ok := p.index[a][name]; ok {
			return i
		}
		return -1
	}
	for i := range a.Attrs {
		if a.Attrs[i].Name == name {
			return i
		}
	}
	return -1
}

// add adds an attribute whose name is new.
func (p *parser) add(a *Attrs, attr Attr) {
	if a.Attrs == nil {
		a.Attrs = make([]Attr, 0, 4)
	}
	a.Attrs = append(a.Attrs, attr)
	switch n := len(a.Attrs); {
	case n == smallSet+1:
		m := make(map[string]int, 4*smallSet)
		for i := range a.Attrs {
			m[a.Attrs[i].Name] = i
		}
		if p.index == nil {
			p.index = make(map[*Attrs]map[string]int)
		}
		p.index[a] = m
	case n > smallSet:
		p.index[a][attr.Name] = n - 1
	}
}

// define adds path = e; to a set. The sets on the way are made, or extended when they were written as sets.
func (p *parser) define(a *Attrs, path []AttrName, at Pos, e Expr) {
	last := len(path) - 1
	for i, n := range path[:last] {
		if n.Dyn != nil {
			nested := p.newAttrs()
			a.Dynamic = append(a.Dynamic, DynAttr{At: at, Name: n.Dyn, Value: nested})
			a = nested
			continue
		}
		j := p.find(a, n.Name)
		if j < 0 {
			nested := p.newAttrs()
			p.add(a, Attr{At: at, Name: n.Name, Value: nested})
			a = nested
			continue
		}
		nested, ok := a.Attrs[j].Value.(*Attrs)
		if !ok {
			p.failDuplicate(attrPathString(path[:i+1]), at, a.Attrs[j].At)
		}
		a = nested
	}
	if n := path[last]; n.Dyn != nil {
		a.Dynamic = append(a.Dynamic, DynAttr{At: at, Name: n.Dyn, Value: e})
		return
	}
	p.merge(a, path, Attr{At: at, Name: path[last].Name, Value: e})
}

// merge adds an attribute to a set. When the set has one of that name and both are sets, the attributes of
// the new one move into the old one, whatever their "rec" says. The path is that of attr, for the error.
func (p *parser) merge(a *Attrs, path []AttrName, attr Attr) {
	i := p.find(a, attr.Name)
	if i < 0 {
		setName(attr.Value, attr.Name)
		p.add(a, attr)
		return
	}
	old, isSet := a.Attrs[i].Value.(*Attrs)
	more, ok := attr.Value.(*Attrs)
	if !isSet || !ok {
		p.failDuplicate(attrPathString(path), attr.At, a.Attrs[i].At)
	}
	froms := len(old.Froms)
	for _, m := range more.Attrs {
		if m.Kind == InheritFrom {
			m.From += froms
		}
		p.merge(old, append(path[:len(path):len(path)], AttrName{Name: m.Name}), m)
	}
	old.Dynamic = append(old.Dynamic, more.Dynamic...)
	old.Froms = append(old.Froms, more.Froms...)
}

// setName tells a function, and the functions it returns, the attribute that it is.
func setName(e Expr, name string) {
	for {
		l, ok := e.(*Lambda)
		if !ok {
			return
		}
		l.Name, l.Named = name, true
		e = l.Body
	}
}
