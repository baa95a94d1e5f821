package state

// This file finds out which resources an event is about.

import (
	"encoding/json"
	"slices"
)

// Paths returns the paths of the resources the event is about, in order and each once. A path may also be that of a component which was
// removed with all that was in it.
func (e Event) Paths() [][]string {
	var paths [][]string
	add := func(path []string) {
		if len(path) > 0 && !slices.ContainsFunc(paths, func(p []string) bool { return slices.Equal(p, path) }) {
			paths = append(paths, path)
		}
	}
	for _, key := range []string{"path", "to"} { // our own events say it
		var path []string
		_ = json.Unmarshal(e.Meta[key], &path) // absent: none
		add(path)
	}
	if len(paths) > 0 {
		return paths
	}
	for _, op := range e.Patch {
		for _, pointer := range slices.Compact([]string{op.From, op.Path}) {
			tokens, err := resourcePart(pointer)
			if err != nil || pointer == "" && (op.Value == nil || op.Path != "") {
				continue
			}
			if pointer == op.Path && op.Value != nil && (len(tokens) == 0 || len(tokens)%2 == 0 && tokens[len(tokens)-2] == "deployments") {
				n := newNode(compact(op.Value))
				n.expand(deployment)
				_ = walk(n, pathOf(tokens), func(path []string, _ Resource) error { add(path); return nil }) // what is no resource is not listed
				continue
			}
			add(pathOf(tokens))
		}
	}
	slices.SortFunc(paths, slices.Compare)
	return paths
}

// Concerns reports whether the event is about the resource or component at path, or something in it.
func (e Event) Concerns(path []string) bool {
	return slices.ContainsFunc(e.Paths(), func(p []string) bool {
		n := min(len(p), len(path))
		return slices.Equal(p[:n], path[:n])
	})
}
