package ere

// This file parses expressions into a graph of nodes.

import "strings"

type op uint8

const (
	opDummy  op = iota // goes to next
	opByte             // one byte in arg
	opSet              // one byte of a set
	opAlt              // alt, then next; the longest wins
	opRepeat           // alt is another round, next goes on
	opOpen             // group arg starts
	opClose            // group arg ends
	opBegin            // start of the text
	opEnd              // end of the text
	opAccept
	opSpan // a repetition of one set: see link
)

// maxNodes is the limit of the GNU library; repetitions with large counts reach it.
const maxNodes = 100_000

// A node is one state of the automaton. The way out of a node without a successor is -1.
type node struct {
	op        op
	next, alt int
	arg       int // the group, byte or index of the set
}

// A seq is a part of the automaton with one way in and one way out, which is the next of end.
type seq struct{ start, end int }

type parser struct {
	text   string
	pos    int
	nodes  []node
	sets   []byteSet
	groups int
	root   seq
}

// tooLarge is thrown by add and caught by parse, so that the parser need not check every node.
type tooLarge struct{}

func (p *parser) parse() (err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(tooLarge); !ok {
				panic(r)
			}
			err = ErrTooLarge
		}
	}()
	if strings.IndexByte(p.text, 0) >= 0 {
		return ErrSyntax
	}
	// Two nodes stand for the whole match as a group, which counts toward the limit.
	p.one(opDummy, 0)
	p.one(opDummy, 0)
	s, err := p.alternatives()
	if err != nil {
		return err
	}
	if p.pos < len(p.text) {
		return ErrSyntax
	}
	p.root = p.join(s, p.one(opAccept, 0))
	return nil
}

func (p *parser) add(n node) int {
	if len(p.nodes) >= maxNodes {
		panic(tooLarge{})
	}
	p.nodes = append(p.nodes, n)
	return len(p.nodes) - 1
}

func (p *parser) one(o op, arg int) seq {
	i := p.add(node{op: o, next: -1, alt: -1, arg: arg})
	return seq{i, i}
}

func (p *parser) join(a, b seq) seq {
	p.nodes[a.end].next = b.start
	return seq{a.start, b.end}
}

// eat consumes a byte if it comes next.
func (p *parser) eat(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// alternatives parses A|B|….
func (p *parser) alternatives() (seq, error) {
	left, err := p.sequence()
	if err != nil {
		return seq{}, err
	}
	for p.eat('|') {
		right, err := p.sequence()
		if err != nil {
			return seq{}, err
		}
		end := p.one(opDummy, 0)
		p.join(left, end)
		p.join(right, end)
		choice := p.add(node{op: opAlt, alt: left.start, next: right.start})
		left = seq{choice, end.end}
	}
	return left, nil
}

// sequence parses what stands between two "|"; it may be empty.
func (p *parser) sequence() (seq, error) {
	s := p.one(opDummy, 0)
	for {
		t, ok, err := p.term()
		if err != nil || !ok {
			return s, err
		}
		s = p.join(s, t)
	}
}

// term parses an anchor, or an atom with its repetitions.
func (p *parser) term() (s seq, ok bool, err error) {
	switch {
	case p.eat('^'):
		return p.one(opBegin, 0), true, nil
	case p.eat('$'):
		return p.one(opEnd, 0), true, nil
	}
	groups := p.groups
	s, ok, err = p.atom()
	for more := ok; more && err == nil; {
		star := strings.HasPrefix(p.text[p.pos:], "*")
		s, more, err = p.repetition(s)
		if star && p.groups == groups {
			p.skipRepetitions()
		}
	}
	return s, ok, err
}

// skipRepetitions passes over the repetitions of a starred part without groups: they change nothing, but would be
// loops that match nothing, one in the other.
func (p *parser) skipRepetitions() {
	for p.eat('*') || p.eat('+') || p.eat('?') {
	}
}

func (p *parser) atom() (s seq, ok bool, err error) {
	if p.pos == len(p.text) {
		return seq{}, false, nil
	}
	c := p.text[p.pos]
	p.pos++
	switch c {
	case '*', '+', '?', '{', '|', ')':
		p.pos--
		return seq{}, false, nil
	case '.':
		var any byteSet
		any.add(0)
		any.invert()
		return p.set(any), true, nil
	case '(':
		s, err = p.group()
		return s, true, err
	case '[':
		set, err := p.bracket()
		return p.set(set), true, err
	case '\\':
		if p.pos == len(p.text) || strings.IndexByte(`.[\()*+?{|^$`, p.text[p.pos]) < 0 {
			return seq{}, false, ErrSyntax
		}
		c = p.text[p.pos]
		p.pos++
	}
	return p.one(opByte, int(c)), true, nil
}

func (p *parser) group() (seq, error) {
	p.groups++
	g := p.groups - 1
	open := p.one(opOpen, g)
	s, err := p.alternatives()
	if err != nil {
		return seq{}, err
	}
	if !p.eat(')') {
		return seq{}, ErrSyntax
	}
	return p.join(p.join(open, s), p.one(opClose, g)), nil
}

func (p *parser) set(set byteSet) seq {
	for i := range p.sets {
		if p.sets[i] == set {
			return p.one(opSet, i)
		}
	}
	p.sets = append(p.sets, set)
	return p.one(opSet, len(p.sets)-1)
}

func (p *parser) repeat(body int) seq {
	r := p.one(opRepeat, 0)
	p.nodes[r.start].alt = body
	return r
}

// repetition parses one of * + ? {n} {n,} {n,m} after a part.
func (p *parser) repetition(s seq) (seq, bool, error) {
	switch {
	case p.eat('*'):
		r := p.repeat(s.start)
		p.join(s, r)
		return r, true, nil
	case p.eat('+'):
		return p.join(s, p.repeat(s.start)), true, nil
	case p.eat('?'):
		end := p.one(opDummy, 0)
		r := p.repeat(s.start)
		p.join(s, end)
		return p.join(r, end), true, nil
	case p.eat('{'):
		s, err := p.counted(s)
		return s, true, err
	}
	return s, false, nil
}

// counted parses the rest of {n}, {n,} or {n,m} and copies the part that often.
func (p *parser) counted(s seq) (seq, error) {
	least, ok := p.count()
	if !ok {
		return seq{}, ErrSyntax
	}
	most, endless := least, false
	if p.eat(',') {
		most, ok = p.count()
		endless = !ok
	}
	if !p.eat('}') || !endless && most < least {
		return seq{}, ErrSyntax
	}
	out := p.one(opDummy, 0)
	for range least {
		out = p.join(out, p.clone(s))
	}
	if endless {
		body := p.clone(s)
		r := p.repeat(body.start)
		p.join(body, r)
		return p.join(out, r), nil
	}
	end := p.one(opDummy, 0)
	for range most - least {
		body := p.clone(s)
		r := p.repeat(body.start)
		p.nodes[r.start].next = end.start
		p.nodes[out.end].next = r.start
		out.end = body.end
	}
	return p.join(out, end), nil
}

// count parses digits. Numbers that would need too many nodes anyway are cut.
func (p *parser) count() (n int, ok bool) {
	for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		n = min(n*10+int(p.text[p.pos]-'0'), 1<<31)
		p.pos++
		ok = true
	}
	return n, ok
}

// clone copies a part.
func (p *parser) clone(s seq) seq {
	copied := map[int]int{}
	todo := []int{s.start}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, done := copied[i]; done {
			continue
		}
		n := p.nodes[i]
		copied[i] = p.add(n)
		if n.alt >= 0 {
			todo = append(todo, n.alt)
		}
		if i != s.end && n.next >= 0 {
			todo = append(todo, n.next)
		}
	}
	for _, i := range copied {
		n := &p.nodes[i]
		if n.alt >= 0 {
			n.alt = copied[n.alt]
		}
		if c, ok := copied[n.next]; ok {
			n.next = c
		}
	}
	return seq{copied[s.start], copied[s.end]}
}
