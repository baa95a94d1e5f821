package check

// This file finds components that wait for each other.

import (
	"context"
	"slices"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// edge says that one component waits for another.
type edge struct {
	to addr.Path
	engine.CycleLink
}

// cycles notes every group of components that wait for each other, once.
func (c *checker) cycles() {
	edges := c.edges()
	for _, group := range components(c.order, edges) {
		if cycle := shortest(group, edges); cycle != nil {
			c.add(cycle.Links[0].Path, Mistake{"cycle", "", cycle})
		}
	}
}

// flow finds out what else inputs wait for: of several outputs in one text, evaluation has named the first.
func (c *checker) flow(ctx context.Context) error {
	for _, path := range c.order {
		r := c.components[path].Resource
		if r == nil || len(r.Inputs.Unknown) == 0 {
			continue
		}
		flows, err := c.source.Flow(ctx, path)
		if err != nil {
			return err
		}
		c.flows[path] = flows
	}
	return nil
}

// edges are all waits, by who waits, in order of path.
func (c *checker) edges() map[addr.Path][]edge {
	edges := map[addr.Path][]edge{}
	add := func(from, to addr.Path, what, needs string) {
		if c.components[to] != nil {
			edges[from] = append(edges[from], edge{to, engine.CycleLink{Path: from, What: what, Needs: needs}})
		}
	}
	for _, path := range c.order {
		component := c.components[path]
		for _, wait := range component.Waits {
			for _, output := range wait.Outputs {
				to := c.holder(output.Resource)
				add(path, to, wait.What, output.String())
			}
		}
		if component.Resource == nil {
			continue
		}
		for _, unknown := range component.Resource.Inputs.Unknown {
			add(path, c.holder(unknown.Until.Resource), dotted("inputs", unknown.At)+" of "+path.String(), unknown.Until.String())
		}
		for _, unknown := range component.Resource.Inputs.Unknown {
			for _, flow := range also(c.flows[path], unknown) {
				for _, output := range flow.Outputs {
					add(path, c.holder(output.Resource), dotted("inputs", flow.At)+" of "+path.String(), output.String())
				}
			}
		}
		if state := component.Resource.State; !state.IsRoot() && state != path {
			add(path, state, path.String(), "the state kept by "+state.String())
		}
		for _, dep := range component.Resource.Settings.DependsOn {
			add(path, dep, path.String(), dep.String())
		}
	}
	return edges
}

// also returns the flows into a place of which evaluation has named one output. That one must be among them: else it decided what there is, and
// with its true value there may be something else.
func also(flows []Flow, unknown plan.Unknown) []Flow {
	var within []Flow
	named := false
	for _, flow := range flows {
		if len(flow.At) >= len(unknown.At) && slices.Equal(flow.At[:len(unknown.At)], unknown.At) {
			named = named || slices.Contains(flow.Outputs, unknown.Until)
			within = append(within, Flow{flow.At, slices.DeleteFunc(slices.Clone(flow.Outputs), func(o addr.Output) bool { return o == unknown.Until })})
		}
	}
	if !named {
		return nil
	}
	return within
}

// holder is the component that has to be known before the one at path is: itself, or the nearest composite around it whose members are
// not known.
func (c *checker) holder(path addr.Path) addr.Path {
	for p := path; ; p = p.Parent() {
		if c.components[p] != nil || p.IsRoot() {
			return p
		}
	}
}

// components returns the strongly connected components of more than one node, or of one that waits for itself, in the order of nodes (Tarjan).
func components(nodes []addr.Path, edges map[addr.Path][]edge) [][]addr.Path {
	t := &tarjan{edges: edges, index: map[addr.Path]int{}, low: map[addr.Path]int{}, onStack: map[addr.Path]bool{}}
	for _, node := range nodes {
		if _, seen := t.index[node]; !seen {
			t.visit(node)
		}
	}
	return t.groups
}

type tarjan struct {
	edges      map[addr.Path][]edge
	index, low map[addr.Path]int
	stack      []addr.Path
	onStack    map[addr.Path]bool
	groups     [][]addr.Path
}

func (t *tarjan) visit(node addr.Path) {
	t.index[node] = len(t.index)
	t.low[node] = t.index[node]
	t.stack = append(t.stack, node)
	t.onStack[node] = true
	itself := false
	for _, e := range t.edges[node] {
		itself = itself || e.to == node
		if _, seen := t.index[e.to]; !seen {
			t.visit(e.to)
			t.low[node] = min(t.low[node], t.low[e.to])
		} else if t.onStack[e.to] {
			t.low[node] = min(t.low[node], t.index[e.to])
		}
	}
	if t.low[node] != t.index[node] {
		return
	}
	at := len(t.stack) - 1
	for t.stack[at] != node {
		at--
	}
	group := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, member := range group {
		t.onStack[member] = false
	}
	if len(group) > 1 || itself {
		t.groups = append(t.groups, group)
	}
}

// shortest returns a shortest cycle within a group, starting at its first component in order of path.
func shortest(group []addr.Path, edges map[addr.Path][]edge) *engine.CycleError {
	start := slices.MinFunc(group, addr.Path.Compare)
	inGroup := map[addr.Path]bool{}
	for _, member := range group {
		inGroup[member] = true
	}
	came := map[addr.Path]edge{}
	queue := []addr.Path{start}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for _, e := range edges[node] {
			if !inGroup[e.to] {
				continue
			}
			if e.to == start {
				links := []engine.CycleLink{e.CycleLink}
				for at := node; at != start; at = came[at].Path {
					links = append(links, came[at].CycleLink)
				}
				slices.Reverse(links)
				return &engine.CycleError{Links: links}
			}
			if _, seen := came[e.to]; !seen {
				came[e.to] = e
				queue = append(queue, e.to)
			}
		}
	}
	return nil
}
