package syntax

// This file allocates the most frequent nodes in blocks: a tree lives and dies as a whole.

// nodes hands out nodes and the small slices in them.
type nodes struct {
	block   int // nodes per block
	vars    []Var
	strs    []Str
	selects []Select
	calls   []Call
	lambdas []Lambda
	attrs   []Attrs
	exprs   []Expr
	names   []AttrName
}

// size chooses the size of blocks for a text of so many bytes.
func (n *nodes) size(text int) {
	n.block = min(max(text/256, 4), 128)
}

// take returns the next element of a block, renewing the block when it is used up.
func take[T any](block *[]T, size int) *T {
	if len(*block) == 0 {
		*block = make([]T, size)
	}
	t := &(*block)[0]
	*block = (*block)[1:]
	return t
}

// copied returns a copy of list, in a block when it is short.
func copied[T any](block *[]T, size int, list []T) []T {
	n := len(list)
	if n == 0 {
		return nil
	}
	if n > size/4 {
		return append([]T(nil), list...)
	}
	if len(*block) < n {
		*block = make([]T, size)
	}
	c := (*block)[:n:n]
	*block = (*block)[n:]
	copy(c, list)
	return c
}

func (p *parser) newVar(at Pos, name string) *Var {
	v := take(&p.nodes.vars, p.nodes.block)
	v.At, v.Name = at, name
	return v
}

func (p *parser) newStr(at Pos, val string) *Str {
	s := take(&p.nodes.strs, p.nodes.block)
	s.At, s.Val = at, val
	return s
}

func (p *parser) newSelect() *Select { return take(&p.nodes.selects, p.nodes.block) }
func (p *parser) newCall() *Call     { return take(&p.nodes.calls, p.nodes.block) }
func (p *parser) newLambda() *Lambda { return take(&p.nodes.lambdas, p.nodes.block) }
func (p *parser) newAttrs() *Attrs   { return take(&p.nodes.attrs, p.nodes.block) }

// popExprs removes the expressions from mark on from the stack and returns a copy of them.
func (p *parser) popExprs(mark int) []Expr {
	list := copied(&p.nodes.exprs, 2*p.nodes.block, p.exprs[mark:])
	p.exprs = p.exprs[:mark]
	return list
}

// popNames does the same for attribute names.
func (p *parser) popNames(mark int) []AttrName {
	list := copied(&p.nodes.names, p.nodes.block, p.names[mark:])
	p.names = p.names[:mark]
	return list
}
