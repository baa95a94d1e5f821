package graph

// This file finds the cycle that a new wait would close.

// findCycle returns the edges of the cycle that appears when n waits by e, or nil. The chain starts with the
// edge that leads to n: each edge's target needs the target of the next.
//
// There is a cycle when n can be reached from e.to along needs. We look from both ends in turn, forward along
// needs and backward along waiters, and stop as soon as one side has nowhere to go. One of the two is nearly
// always short: looking from one end only would make a chain that is discovered from its finished end, or from
// the other, cost the square of its length.
func findCycle[K comparable](n *node[K], e edge[K]) []edge[K] {
	if e.to == n {
		return []edge[K]{{n, e.why}}
	}
	forward := []*node[K]{e.to}
	backward := []*node[K]{n}
	seenForward := map[*node[K]]bool{e.to: true}
	seenBackward := map[*node[K]]bool{n: true}
	for len(forward) > 0 && len(backward) > 0 {
		next := forward[0]
		forward = forward[1:]
		for _, need := range next.needs {
			if need.to == n {
				return chain(n, e)
			}
			if need.to.status != done && !seenForward[need.to] {
				seenForward[need.to] = true
				forward = append(forward, need.to)
			}
		}
		last := backward[0]
		backward = backward[1:]
		for _, waiter := range last.waiters {
			if waiter.status != parked {
				continue
			}
			if waiter == e.to {
				return chain(n, e)
			}
			if !seenBackward[waiter] {
				seenBackward[waiter] = true
				backward = append(backward, waiter)
			}
		}
	}
	return nil
}

// chain returns a shortest way from e.to back to n, with e. It exists.
func chain[K comparable](n *node[K], e edge[K]) []edge[K] {
	type step struct {
		from *node[K]
		edge edge[K]
	}
	reached := map[*node[K]]step{e.to: {n, e}}
	for queue := []*node[K]{e.to}; reached[n].from == nil; queue = queue[1:] {
		for _, need := range queue[0].needs {
			if _, seen := reached[need.to]; !seen {
				reached[need.to] = step{queue[0], need}
				queue = append(queue, need.to)
			}
		}
	}
	var reversed []edge[K]
	for at := n; ; {
		s := reached[at]
		reversed = append(reversed, s.edge)
		if at = s.from; at == n {
			break
		}
	}
	cycle := []edge[K]{reversed[0]}
	for i := len(reversed) - 1; i > 0; i-- {
		cycle = append(cycle, reversed[i])
	}
	return cycle
}
