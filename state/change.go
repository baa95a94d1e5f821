package state

// This file makes the patches that change single resources.

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// PatchSet returns the smallest patch that makes the resource at path be r: an empty one when it is so already. It creates
// the deployments on the way that are missing. path has at least one name. The document is not changed.
func (d *Document) PatchSet(path []string, r Resource) Patch {
	tokens := resourceTokens(path)
	if n := d.lookup(tokens); n != nil {
		return patchResource(tokens, n.json(), r)
	}
	// One operation adds everything that is missing, from the outermost missing member on.
	depth := d.depth(tokens)
	value := encodeObject(r.members())
	for i := len(tokens) - 1; i > depth; i-- {
		members := map[string]json.RawMessage{tokens[i]: value}
		if i%2 == 0 { // tokens alternate between a deployment's keys and names in the maps they hold
			fillDeployment(members)
		}
		value = encodeObject(members)
	}
	return Patch{{Op: "add", Path: Pointer(tokens[:depth+1]...), Value: value}}
}

// depth returns how many of tokens lead through objects that exist.
func (d *Document) depth(tokens []string) int {
	n := d.root
	for i, name := range tokens {
		if n = n.members[name]; n == nil || n.members == nil {
			return i
		}
	}
	return len(tokens)
}

// fillDeployment gives a new deployment both of its maps.
func fillDeployment(members map[string]json.RawMessage) {
	for _, key := range []string{"resources", "deployments"} {
		if members[key] == nil {
			members[key] = json.RawMessage("{}")
		}
	}
}

// patchResource returns the patch from the resource that stands at tokens as old to r. Properties are compared one by one.
func patchResource(tokens []string, old json.RawMessage, r Resource) Patch {
	before, err := decodeResource(old)
	if err != nil {
		return Patch{{Op: "replace", Path: Pointer(tokens...), Value: encodeObject(r.members())}}
	}
	var p Patch
	if before.Type != r.Type {
		p = append(p, Op{Op: "replace", Path: Pointer(append(slices.Clone(tokens), "type")...), Value: quote(r.Type)})
	}
	p = append(p, diff(append(slices.Clone(tokens), "input_properties"), before.InputProperties, r.InputProperties)...)
	p = append(p, diff(append(slices.Clone(tokens), "output_properties"), before.OutputProperties, r.OutputProperties)...)
	return append(p, diff(tokens, before.Extra, r.Extra)...)
}

// diff returns the patch from the members before to those after of the object at tokens.
func diff(tokens []string, before, after map[string]json.RawMessage) Patch {
	var p Patch
	at := func(name string) string { return Pointer(append(slices.Clone(tokens), name)...) }
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[name]; !ok {
			p = append(p, Op{Op: "remove", Path: at(name)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		value := compact(after[name])
		old, ok := before[name]
		switch {
		case !ok:
			p = append(p, Op{Op: "add", Path: at(name), Value: value})
		case !bytes.Equal(compact(old), value):
			p = append(p, Op{Op: "replace", Path: at(name), Value: value})
		}
	}
	return p
}

// PatchRemove returns the patch that removes the resource at path, together with the deployments it would leave without anything in
// them. It is empty when there is no such resource. The document is not changed.
func (d *Document) PatchRemove(path []string) Patch {
	if d.find(path) == nil {
		return nil
	}
	tokens := resourceTokens(path)
	for n := len(path) - 1; n > 0; n-- {
		outer := deploymentTokens(path[:n])
		if !onlyHolds(d.lookup(outer), tokens[len(outer):]) {
			break
		}
		tokens = outer
	}
	return Patch{{Op: "remove", Path: Pointer(tokens...)}}
}

// onlyHolds reports whether the deployment n has nothing in it but what is at tokens, two names deep.
func onlyHolds(n *node, tokens []string) bool {
	for key, m := range n.members {
		if key != "resources" && key != "deployments" || m.members == nil {
			return false
		}
		want := 0
		if key == tokens[0] {
			want = 1
		}
		if len(m.members) != want {
			return false
		}
	}
	return true
}

// PatchMove returns the patch that moves the resource from one path to another where nothing is yet, or an error wrapping [ErrNotFound].
func (d *Document) PatchMove(from, to []string) (Patch, error) {
	r, err := d.Resource(from)
	if err != nil {
		return nil, err
	}
	set := d.PatchSet(to, r)
	after := d.Clone()
	if err := after.Apply(set); err != nil {
		return nil, err
	}
	return append(set, after.PatchRemove(from)...), nil
}
