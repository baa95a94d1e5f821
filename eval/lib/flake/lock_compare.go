package flake

// This file compares lock files and checks what they say.

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Equal says that two lock files have the same content.
func (l *Lock) Equal(other *Lock) bool {
	a, _ := l.JSON()
	b, _ := other.JSON()
	return bytes.Equal(a, b)
}

// Unlocked returns an input that the lock file cannot determine, or nil.
func (l *Lock) Unlocked() *Ref {
	for _, in := range l.all() {
		if n := in.edge.Node; n != nil && !n.Locked.IsRelative() && !IsLocked(n.Locked.Input) {
			return n.Locked
		}
	}
	return nil
}

// An entry is one input of the graph with the path to it.
type entry struct {
	path []string
	edge Edge
}

// all lists the inputs in order of their paths, those of each node once.
func (l *Lock) all() []entry {
	var out []entry
	done := map[*Node]bool{}
	var visit func(path []string, n *Node)
	visit = func(path []string, n *Node) {
		if done[n] {
			return
		}
		done[n] = true
		for _, name := range slices.Sorted(maps.Keys(n.Inputs)) {
			at := append(slices.Clone(path), name)
			out = append(out, entry{at, n.Inputs[name]})
			if child := n.Inputs[name].Node; child != nil {
				visit(at, child)
			}
		}
	}
	visit(nil, l.Root)
	slices.SortFunc(out, func(a, b entry) int { return slices.Compare(a.path, b.path) })
	return out
}

// Find returns the node at a path of inputs, or nil.
func (l *Lock) Find(path []string) (*Node, error) { return l.find(path, nil) }

func (l *Lock) find(path []string, visited [][]string) (*Node, error) {
	for i, p := range visited {
		if slices.Equal(p, path) {
			var cycle []string
			for _, p := range append(visited[i:], path) {
				cycle = append(cycle, strings.Join(p, "/"))
			}
			return nil, fmt.Errorf("follow cycle detected: [%s]", strings.Join(cycle, " -> "))
		}
	}
	visited = append(visited, path)
	at := l.Root
	for _, name := range path {
		edge, ok := at.Inputs[name]
		switch {
		case !ok:
			return nil, nil
		case edge.Node != nil:
			at = edge.Node
		default:
			next, err := l.find(edge.Follows, visited)
			if next == nil || err != nil {
				return nil, err
			}
			at = next
		}
	}
	return at, nil
}

// Check makes sure that everything that is followed exists.
func (l *Lock) Check() error {
	for _, in := range l.all() {
		if in.edge.Node != nil || len(in.edge.Follows) == 0 {
			continue
		}
		n, err := l.Find(in.edge.Follows)
		if err != nil {
			return err
		}
		if n == nil {
			return fmt.Errorf("input '%s' follows a non-existent input '%s'", strings.Join(in.path, "/"), strings.Join(in.edge.Follows, "/"))
		}
	}
	return nil
}

// Diff says in lines for people what changes from one lock file to the next.
func (l *Lock) Diff(next *Lock) string {
	before, after := l.all(), next.all()
	var b strings.Builder
	for len(before) > 0 || len(after) > 0 {
		order := 0
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = slices.Compare(before[0].path, after[0].path)
		}
		switch {
		case order > 0:
			fmt.Fprintf(&b, "• Added input '%s':\n    %s\n", strings.Join(after[0].path, "/"), after[0].edge)
			after = after[1:]
			continue
		case order < 0:
			fmt.Fprintf(&b, "• Removed input '%s'\n", strings.Join(before[0].path, "/"))
		default:
			if !before[0].edge.equal(after[0].edge) {
				fmt.Fprintf(&b, "• Updated input '%s':\n    %s\n  → %s\n", strings.Join(after[0].path, "/"), before[0].edge, after[0].edge)
			}
			after = after[1:]
		}
		before = before[1:]
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (e Edge) equal(other Edge) bool {
	if e.Node != nil && other.Node != nil {
		return e.Node.Locked.Equal(other.Node.Locked)
	}
	return e.Node == nil && other.Node == nil && slices.Equal(e.Follows, other.Follows)
}

// String shows where an edge leads.
func (e Edge) String() string {
	if e.Node == nil {
		return "follows '" + strings.Join(e.Follows, "/") + "'"
	}
	text := "'" + e.Node.Locked.String() + "'"
	if t, ok := e.Node.Locked.Input["lastModified"].(uint64); ok {
		text += " (" + time.Unix(int64(t), 0).UTC().Format("2006-01-02") + ")"
	}
	return text
}
