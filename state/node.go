package state

// This file defines the tree a document is kept as.

import (
	"encoding/json"
	"maps"
	"slices"
)

// node is a valid JSON value. It is either an object that was taken apart, or text. Text is compact and never changed in place, so it may be shared.
type node struct {
	text    json.RawMessage  // when members is nil
	members map[string]*node // an object's members
}

func newNode(text json.RawMessage) *node { return &node{text: text} }

// open takes an object apart. It reports whether n is an object.
func (n *node) open() bool {
	if n.members != nil {
		return true
	}
	members := splitObject(n.text)
	if members == nil {
		return false
	}
	n.members = make(map[string]*node, len(members))
	for name, text := range members {
		n.members[name] = newNode(text)
	}
	n.text = nil
	return true
}

// clone returns a copy that shares only text.
func (n *node) clone() *node {
	c := &node{text: n.text}
	if n.members != nil {
		c.members = make(map[string]*node, len(n.members))
		for name, m := range n.members {
			c.members[name] = m.clone()
		}
	}
	return c
}

// append appends n as compact JSON, members in the order of their names.
func (n *node) append(b []byte) []byte {
	if n.members == nil {
		return append(b, n.text...)
	}
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(n.members)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quote(name)...), ':')
		b = n.members[name].append(b)
	}
	return append(b, '}')
}

func (n *node) json() json.RawMessage { return n.append(nil) }

// level is what a node is in the document.
type level int

const (
	leaf        level = iota // a resource, something inside it, or a key of somebody else's
	deployment               // the document itself or a nested deployment
	resources                // the map of resources of a deployment
	deployments              // the map of nested deployments
)

// child returns the level of the member called name.
func (l level) child(name string) level {
	switch {
	case l == deployment && name == "resources":
		return resources
	case l == deployment && name == "deployments":
		return deployments
	case l == deployments:
		return deployment
	}
	return leaf
}

// expand takes the document's structure at and below n apart, down to the resources. Afterwards reading does not change any node, so that
// several goroutines may read at once.
func (n *node) expand(l level) {
	if l == leaf || !n.open() {
		return
	}
	for name, m := range n.members {
		m.expand(l.child(name))
	}
}
