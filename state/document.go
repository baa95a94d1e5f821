package state

// This file defines the document and the patches that change it.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// documentType is the value of "_type" in a state document.
const documentType = "nixopsState"

const emptyDocument = `{"_type":"nixopsState","deployments":{},"resources":{}}`

// Document is the state of a deployment: resources by their path. Several goroutines may read it at once; writing needs exclusive use.
type Document struct {
	root *node
}

// Resource is what is remembered of one resource. Values are kept as they were written, so that no number changes. Maps handed in are not
// changed, and those returned belong to the caller; the values in them must not be written to.
type Resource struct {
	Type             string
	InputProperties  map[string]json.RawMessage
	OutputProperties map[string]json.RawMessage
	Extra            map[string]json.RawMessage // all other keys
}

// NewDocument returns a document without resources.
func NewDocument() *Document {
	d, err := ParseDocument([]byte(emptyDocument))
	if err != nil {
		panic(err)
	}
	return d
}

// ParseDocument decodes a document. The resources in it are decoded when they are asked for.
func ParseDocument(data []byte) (*Document, error) {
	if !validJSON(data) {
		return nil, fmt.Errorf("state document is not valid JSON")
	}
	d := &Document{root: newNode(bytes.Clone(compact(data)))}
	d.root.expand(deployment)
	return d, d.check()
}

// check reports whether the document is one.
func (d *Document) check() error {
	if !d.root.open() {
		return fmt.Errorf("state document is not an object")
	}
	t := d.root.members["_type"]
	if t == nil {
		return fmt.Errorf(`state document has no "_type"`)
	}
	if string(t.json()) != `"`+documentType+`"` {
		return fmt.Errorf(`state document has "_type" %s, want %q`, t.json(), documentType)
	}
	for _, key := range []string{"resources", "deployments"} {
		if m := d.root.members[key]; m != nil && m.members == nil {
			return fmt.Errorf("state document's %q is not an object", key)
		}
	}
	return nil
}

// MarshalJSON writes the document on one line, keys in order.
func (d *Document) MarshalJSON() ([]byte, error) { return d.root.json(), nil }

// Clone returns a copy that can be changed independently. It costs time and memory per resource, not per byte.
func (d *Document) Clone() *Document { return &Document{root: d.root.clone()} }

// Resource returns the resource at path. The error is [ErrNotFound] when there is none, and another one when what is there is not a resource.
func (d *Document) Resource(path []string) (Resource, error) {
	n := d.find(path)
	if n == nil {
		return Resource{}, fmt.Errorf("resource %s: %w", display(path), ErrNotFound)
	}
	r, err := decodeResource(n.json())
	if err != nil {
		return r, fmt.Errorf("resource %s in state: %w", display(path), err)
	}
	return r, nil
}

// find returns the node of the resource at path, or nil.
func (d *Document) find(path []string) *node {
	if len(path) == 0 {
		return nil
	}
	return d.lookup(resourceTokens(path))
}

// lookup follows object members only.
func (d *Document) lookup(tokens []string) *node {
	n := d.root
	for _, name := range tokens {
		if n = n.members[name]; n == nil {
			return nil
		}
	}
	return n
}

// resourceTokens returns the reference tokens of the resource at path.
func resourceTokens(path []string) []string {
	return append(deploymentTokens(path[:len(path)-1]), "resources", path[len(path)-1])
}

func deploymentTokens(path []string) []string {
	tokens := make([]string, 0, 2*len(path)+2)
	for _, name := range path {
		tokens = append(tokens, "deployments", name)
	}
	return tokens
}

func decodeResource(text json.RawMessage) (Resource, error) {
	var r Resource
	members := splitObject(text)
	if members == nil {
		return r, fmt.Errorf("it is not an object")
	}
	kind, err := stringMember(members, "type")
	if err != nil {
		return r, err
	}
	r.Type = kind
	for name, dst := range map[string]*map[string]json.RawMessage{"input_properties": &r.InputProperties, "output_properties": &r.OutputProperties} {
		raw, ok := members[name]
		if !ok {
			return r, fmt.Errorf("it has no %q", name)
		}
		if *dst = splitObject(raw); *dst == nil {
			return r, fmt.Errorf("%q is not an object", name)
		}
		delete(members, name)
	}
	delete(members, "type")
	if len(members) > 0 {
		r.Extra = members
	}
	return r, nil
}

// members returns the resource's keys.
func (r Resource) members() map[string]json.RawMessage {
	m := make(map[string]json.RawMessage, len(r.Extra)+3)
	maps.Copy(m, r.Extra)
	m["type"] = quote(r.Type)
	m["input_properties"] = encodeObject(r.InputProperties)
	m["output_properties"] = encodeObject(r.OutputProperties)
	return m
}

// MarshalJSON writes the resource as it stands in a document.
func (r Resource) MarshalJSON() ([]byte, error) { return encodeObject(r.members()), nil }

// encodeObject writes an object, keys in order.
func encodeObject(members map[string]json.RawMessage) json.RawMessage {
	n := &node{members: make(map[string]*node, len(members))}
	for name, text := range members {
		n.members[name] = newNode(compact(text))
	}
	return n.json()
}

// Walk calls f for each resource, those of a deployment before those of its nested deployments, in the order of names. path is a new slice
// each time. It stops at the first error, f's or that of a resource that cannot be decoded, and returns it.
func (d *Document) Walk(f func(path []string, r Resource) error) error {
	return walk(d.root, nil, f)
}

// Paths returns the paths of all resources, in the order of [Document.Walk], also of those that cannot be decoded.
func (d *Document) Paths() [][]string { return d.root.paths(nil, nil) }

// paths adds those at and below n to all.
func (n *node) paths(prefix []string, all [][]string) [][]string {
	for _, name := range n.names("resources") {
		all = append(all, append(slices.Clone(prefix), name))
	}
	for _, name := range n.names("deployments") {
		all = n.members["deployments"].members[name].paths(append(slices.Clone(prefix), name), all)
	}
	return all
}

func walk(n *node, prefix []string, f func([]string, Resource) error) error {
	for _, name := range n.names("resources") {
		path := append(slices.Clone(prefix), name)
		r, err := decodeResource(n.members["resources"].members[name].json())
		if err != nil {
			return fmt.Errorf("resource %s in state: %w", display(path), err)
		}
		if err := f(path, r); err != nil {
			return err
		}
	}
	for _, name := range n.names("deployments") {
		if err := walk(n.members["deployments"].members[name], append(slices.Clone(prefix), name), f); err != nil {
			return err
		}
	}
	return nil
}

// names returns the members' names of the member called key, in order.
func (n *node) names(key string) []string {
	m := n.members[key]
	if m == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.members))
}

// display writes a path for messages: a.b."c.txt".
func display(path []string) string {
	var b strings.Builder
	for i, name := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		if strings.ContainsFunc(name, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("_-'", r)
		}) || name == "" {
			fmt.Fprintf(&b, "%q", name)
		} else {
			b.WriteString(name)
		}
	}
	return b.String()
}
