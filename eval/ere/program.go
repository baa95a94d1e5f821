package ere

// This file turns the graph of nodes into a program.

// An inst is one instruction. Its fields beyond next and alt depend on op.
type inst struct {
	op        op
	byte      byte // opByte
	solo      bool // opSpan: giving back bytes never helps
	next, alt int32
	arg       int32   // opOpen, opClose: index into the groups; opRepeat: number of the loop, or -1
	set       byteSet // opSet, opSpan
	// How the two ways of a choice can go on.
	viaAlt, viaNext *ahead
}

// An ahead says what must come next for a way through the program to succeed: a byte of the set, or, if empty,
// anything.
type ahead struct {
	set   byteSet
	empty bool
}

// link makes the program.
func (p *parser) link() *Regex {
	r := &Regex{groups: p.groups}
	p.keepReachable()
	p.findSpans()
	first := p.firstSets()
	cyclic := p.emptyCycles()
	r.prog = make([]inst, len(p.nodes))
	for i, n := range p.nodes {
		in := &r.prog[i]
		*in = inst{op: n.op, next: int32(n.next), alt: int32(n.alt), arg: int32(n.arg)}
		switch n.op {
		case opByte:
			in.byte = byte(n.arg)
		case opSet:
			in.set = p.sets[n.arg]
		case opSpan:
			in.set = p.consumed(n.alt)
			in.viaNext = &first[n.next]
			in.solo = !in.viaNext.empty && in.set.disjoint(&in.viaNext.set)
		case opOpen, opClose:
			in.arg = int32(2 * n.arg)
		case opAlt:
			r.chooses = true
			in.viaAlt, in.viaNext = &first[n.alt], &first[n.next]
		case opRepeat:
			in.viaAlt, in.viaNext = &first[n.alt], &first[n.next]
			in.arg = -1
			if cyclic[i] {
				in.arg = int32(r.loops)
				r.loops++
			}
		}
	}
	r.first, r.nullable = first[0].set, first[0].empty
	r.prefix = r.literal()
	return r
}

// keepReachable drops dummies and the parts that only served to be copied. The first node becomes number 0.
func (p *parser) keepReachable() {
	number := map[int]int{}
	var kept []node
	visit := func(i int) int {
		i = p.skipDummies(i)
		if i < 0 {
			return -1
		}
		n, ok := number[i]
		if !ok {
			n = len(kept)
			number[i] = n
			kept = append(kept, p.nodes[i])
		}
		return n
	}
	visit(p.root.start)
	for i := 0; i < len(kept); i++ {
		alt, next := visit(kept[i].alt), visit(kept[i].next)
		kept[i].alt, kept[i].next = alt, next
	}
	p.nodes = kept
}

func (p *parser) skipDummies(i int) int {
	for i >= 0 && p.nodes[i].op == opDummy {
		i = p.nodes[i].next
	}
	return i
}

// consumed is the set of bytes a node consumes.
func (p *parser) consumed(i int) byteSet {
	n := &p.nodes[i]
	if n.op == opSet {
		return p.sets[n.arg]
	}
	var s byteSet
	s.add(byte(n.arg))
	return s
}

// findSpans marks the repetitions of a single byte or set.
func (p *parser) findSpans() {
	for i := range p.nodes {
		n := &p.nodes[i]
		if n.op == opRepeat {
			if body := &p.nodes[n.alt]; (body.op == opByte || body.op == opSet) && body.next == i {
				n.op = opSpan
			}
		}
	}
}

// ways lists where a node leads without consuming anything.
func (p *parser) ways(i int) []int {
	switch n := &p.nodes[i]; n.op {
	case opAlt, opRepeat:
		return []int{n.alt, n.next}
	case opOpen, opClose, opBegin, opEnd, opSpan:
		return []int{n.next}
	}
	return nil
}

// backward lists for each node the nodes that lead to it without consuming anything.
func (p *parser) backward() [][]int32 {
	from := make([][]int32, len(p.nodes))
	for i := range p.nodes {
		for _, j := range p.ways(i) {
			from[j] = append(from[j], int32(i))
		}
	}
	return from
}

// firstSets says for each node how a match that gets there can go on.
func (p *parser) firstSets() []ahead {
	first := make([]ahead, len(p.nodes))
	var changed []int32
	for i := range p.nodes {
		switch p.nodes[i].op {
		case opByte, opSet:
			first[i].set = p.consumed(i)
		case opSpan:
			first[i].set = p.consumed(p.nodes[i].alt)
		case opAccept:
			first[i].empty = true
		default:
			continue
		}
		changed = append(changed, int32(i))
	}
	from := p.backward()
	for len(changed) > 0 {
		i := changed[len(changed)-1]
		changed = changed[:len(changed)-1]
		for _, j := range from[i] {
			old := first[j]
			first[j].set.union(first[i].set)
			first[j].empty = old.empty || first[i].empty
			if first[j] != old {
				changed = append(changed, j)
			}
		}
	}
	return first
}

// emptyCycles marks the nodes that may be reached again without consuming anything, and maybe some
// between two such cycles.
func (p *parser) emptyCycles() []bool {
	to := make([][]int32, len(p.nodes))
	for i := range p.nodes {
		for _, j := range p.ways(i) {
			to[i] = append(to[i], int32(j))
		}
	}
	from := p.backward()
	on := make([]bool, len(p.nodes))
	for i := range on {
		on[i] = true
	}
	peel(on, to, from)
	peel(on, from, to)
	return on
}

// peel takes nodes off, again and again, that have no way to one that is still on.
func peel(on []bool, to, from [][]int32) {
	open := make([]int, len(on))
	var free []int32
	for i := range on {
		if !on[i] {
			continue
		}
		for _, j := range to[i] {
			if on[j] {
				open[i]++
			}
		}
		if open[i] == 0 {
			free = append(free, int32(i))
		}
	}
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		on[i] = false
		for _, j := range from[i] {
			if open[j]--; open[j] == 0 && on[j] {
				free = append(free, j)
			}
		}
	}
}

// literal is the text that every match starts with.
func (r *Regex) literal() string {
	var text []byte
	for i := 0; ; i = int(r.prog[i].next) {
		switch in := &r.prog[i]; in.op {
		case opByte:
			text = append(text, in.byte)
		case opOpen, opClose:
		default:
			if len(text) == 0 {
				if b, ok := r.first.only(); ok && !r.nullable {
					return string([]byte{b})
				}
			}
			return string(text)
		}
	}
}
