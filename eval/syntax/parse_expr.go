package syntax

// This file parses what is made of whole expressions: functions, let, with, assert, if and operators.

// expr parses an expression of any kind.
func (p *parser) expr() Expr {
	p.enter()
	defer p.leave()
	start := p.begin
	switch p.kind {
	case tID:
		return p.exprAfterName()
	case tCurlyOpen:
		return p.exprAfterBrace()
	case tLet:
		p.advance()
		if p.kind == tCurlyOpen {
			return p.operation(start, p.oldLet(start))
		}
		return p.let(start)
	case tAssert:
		p.advance()
		cond := p.expr()
		h := p.height
		p.expect(tSemicolon)
		e := &Assert{At: p.pos(start), Cond: cond}
		e.Body = p.expr()
		p.grow(max(h, p.height), start)
		return e
	case tWith:
		p.advance()
		scope := p.expr()
		h := p.height
		p.expect(tSemicolon)
		e := &With{At: p.pos(start), Scope: scope}
		e.Body = p.expr()
		p.grow(max(h, p.height), start)
		return e
	case tIf:
		return p.conditional(start)
	}
	return p.pipeline(start, p.operator(0))
}

func (p *parser) conditional(start int) Expr {
	p.advance()
	e := &If{At: p.pos(start)}
	e.Cond = p.expr()
	h := p.height
	p.expect(tThen)
	e.Then = p.expr()
	h = max(h, p.height)
	p.expect(tElse)
	e.Else = p.expr()
	p.grow(max(h, p.height), start)
	return e
}

// let parses let … in after the word let.
func (p *parser) let(start int) Expr {
	e := &Let{At: p.pos(start), Binds: p.newAttrs()}
	e.Binds.At = p.pos(start)
	p.bindings(e.Binds, tIn, tIn, tInherit)
	h := p.height
	p.advance()
	e.Body = p.expr()
	if len(e.Binds.Dynamic) > 0 {
		p.fail(start, "dynamic attributes not allowed in let")
	}
	p.grow(max(h, p.height), start)
	return e
}

// exprAfterName parses an expression that starts with a name, which may be the argument of a function.
func (p *parser) exprAfterName() Expr {
	start, name := p.begin, p.text[p.begin:p.end]
	p.advance()
	switch p.kind {
	case tColon:
		return p.lambda(start, name, nil)
	case tAt:
		p.advance()
		if p.kind != tCurlyOpen {
			p.unexpected(tCurlyOpen)
		}
		p.advance()
		formals := p.pattern()
		if p.kind != tColon {
			p.unexpected(tColon)
		}
		return p.lambda(start, name, formals)
	}
	return p.operation(start, p.variable(start, name))
}

// lambda parses the rest of a function from its colon on.
func (p *parser) lambda(start int, arg string, formals *Formals) Expr {
	h := p.height
	if formals == nil {
		h = 0
	}
	p.advance()
	e := p.newLambda()
	e.At, e.Arg, e.Formals = p.pos(start), arg, formals
	e.Body = p.expr()
	if formals != nil {
		p.checkFormals(start, arg, formals)
	}
	p.grow(max(h, p.height), start)
	return e
}

// operation parses the rest of an expression whose first operand starts with x, a simple expression that
// was read already and starts at offset start.
func (p *parser) operation(start int, x Expr) Expr {
	x = p.operators(start, p.application(start, p.selection(start, x)), 0)
	return p.pipeline(start, x)
}

// Levels of precedence, from loose to tight.
const (
	levelImpl = iota + 1
	levelOr
	levelAnd
	levelEq
	levelLess
	levelUpdate
	levelNot
	levelAdd
	levelMul
	levelConcat
	levelHas
	levelNegate
)

// An operatorInfo says how tightly a binary operator binds, and what it makes.
type operatorInfo struct {
	level    int
	right    bool
	nonAssoc bool
	op       Op
	fn       string // the name that it calls
}

var operators = [kinds]operatorInfo{
	tImpl:      {level: levelImpl, right: true, op: Impl},
	tOr:        {level: levelOr, op: Or},
	tAnd:       {level: levelAnd, op: And},
	tEq:        {level: levelEq, nonAssoc: true, op: Eq},
	tNotEq:     {level: levelEq, nonAssoc: true, op: NotEq},
	tLess:      {level: levelLess, nonAssoc: true, op: Less, fn: "__lessThan"},
	tLessEq:    {level: levelLess, nonAssoc: true, op: LessEq, fn: "__lessThan"},
	tGreater:   {level: levelLess, nonAssoc: true, op: Greater, fn: "__lessThan"},
	tGreaterEq: {level: levelLess, nonAssoc: true, op: GreaterEq, fn: "__lessThan"},
	tUpdate:    {level: levelUpdate, right: true, op: Update},
	tPlus:      {level: levelAdd},
	tMinus:     {level: levelAdd, op: Sub, fn: "__sub"},
	tStar:      {level: levelMul, op: Mul, fn: "__mul"},
	tSlash:     {level: levelMul, op: Div, fn: "__div"},
	tConcat:    {level: levelConcat, right: true, op: Append},
	tQuestion:  {level: levelHas},
}

// operator parses an operand and the operators behind it that bind at least as tightly as level.
func (p *parser) operator(level int) Expr {
	start := p.begin
	var left Expr
	switch p.kind {
	case tNot:
		p.advance()
		left = &Not{At: p.pos(start), X: p.operand(levelNot + 1)}
		p.grow(p.height, start)
	case tMinus:
		p.advance()
		x := p.operand(levelNegate + 1)
		left = &Binary{At: p.pos(start), Op: Negate, R: x, Fn: p.newVar(p.pos(start), "__sub")}
		p.grow(p.height, start)
	default:
		left = p.application(start, p.selection(start, p.simple()))
	}
	return p.operators(start, left, level)
}

// operand parses the right operand of an operator.
func (p *parser) operand(level int) Expr {
	p.enter()
	e := p.operator(level)
	p.leave()
	return e
}

// operators parses the operators behind left that bind at least as tightly as level.
func (p *parser) operators(start int, left Expr, level int) Expr {
	for {
		info := &operators[p.kind]
		if info.level == 0 || info.level < level {
			return left
		}
		at, k, h := p.begin, p.kind, p.height
		p.advance()
		if k == tQuestion {
			mark := len(p.names)
			p.attrPath()
			left = &HasAttr{At: p.pos(at), X: left, Path: p.popNames(mark)}
			p.grow(max(h, p.height), at)
			continue
		}
		next := info.level + 1
		if info.right {
			next = info.level
		}
		right := p.begin
		x := p.operand(next)
		if k == tPlus {
			left = p.sum(at, left, x, start, right)
		} else {
			left = p.binary(info, at, left, x)
		}
		p.grow(max(h, p.height), at)
		if info.nonAssoc && operators[p.kind].level == info.level {
			p.unexpected()
		}
	}
}

func (p *parser) binary(info *operatorInfo, at int, left, right Expr) Expr {
	b := &Binary{At: p.pos(at), Op: info.op, L: left, R: right}
	if info.fn != "" {
		b.Fn = p.newVar(b.At, info.fn)
	}
	return b
}

// sum makes L + R; the operands start at offsets l and r.
func (p *parser) sum(at int, left, right Expr, l, r int) Expr {
	s := &struct {
		Concat
		parts [2]Expr
		at    [2]Pos
	}{parts: [2]Expr{left, right}, at: [2]Pos{p.pos(l), p.pos(r)}}
	s.Concat = Concat{At: p.pos(at), Parts: s.parts[:], PartAt: s.at[:]}
	return &s.Concat
}

// pipeline parses the pipe operators behind x. Pipes of the two directions do not mix.
func (p *parser) pipeline(start int, x Expr) Expr {
	if p.kind == tPipeFrom {
		return p.pipeFrom(x)
	}
	for p.kind == tPipeTo {
		at, h := p.begin, p.height
		p.advance()
		f := p.operand(0)
		x = p.call(at, f, x)
		p.grow(max(h, p.height), at)
	}
	return x
}

func (p *parser) pipeFrom(f Expr) Expr {
	at, h := p.begin, p.height
	p.advance()
	p.enter()
	x := p.operator(0)
	if p.kind == tPipeFrom {
		x = p.pipeFrom(x)
	}
	p.leave()
	e := p.call(at, f, x)
	p.grow(max(h, p.height), at)
	return e
}
