package flake

// This file defines lock files: which commit or hash each input of a flake, and of its inputs, stands for.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Lock is the content of a lock file.
type Lock struct {
	Root *Node
}

// A Node is a flake or another source in a lock file. The root has only inputs.
type Node struct {
	Inputs map[string]Edge
	// Original is what flake.nix says, Locked what it stood for when it was locked.
	Original, Locked *Ref
	// Source says that the node is a plain source, not a flake.
	Source bool
	// Parent is the path of inputs to the flake that a relative path starts from; nil for all but relative paths.
	Parent []string
}

// An Edge leads to an input: to a node, or by the path of inputs from the root that it follows.
type Edge struct {
	Node    *Node
	Follows []string // not nil when Node is nil
}

// NewLock returns a lock without inputs.
func NewLock() *Lock { return &Lock{Root: &Node{Inputs: map[string]Edge{}}} }

// IsRelative says that a reference is a path relative to the flake that has it.
func (r *Ref) IsRelative() bool {
	file, ok := r.Input["path"].(string)
	return r.Input["type"] == "path" && ok && !strings.HasPrefix(file, "/")
}

// IsLocked says that attributes of an input determine what is fetched.
func IsLocked(a Attrs) bool {
	switch a["type"] {
	case "git", "hg":
		rev, ok := a["rev"].(string)
		return ok && strings.Trim(rev, "0") != ""
	case "github", "gitlab", "sourcehut":
		return a["rev"] != nil
	case "indirect":
		return false
	}
	return a["narHash"] != nil
}

// Equal says that two references are the same.
func (r *Ref) Equal(other *Ref) bool {
	return r.Dir == other.Dir && maps.Equal(r.Input, other.Input)
}

// Same says that two references mean the same. Older lock files have the folder in the URL too.
func (r *Ref) Same(other *Ref) bool { return r.canonical().Equal(other.canonical()) }

func (r *Ref) canonical() *Ref {
	text, ok := r.Input["url"].(string)
	if !ok || r.Dir == "" {
		return r
	}
	u, err := ParseURL(text, false)
	if err != nil || u.Query["dir"] != r.Dir {
		return r
	}
	delete(u.Query, "dir")
	in := r.Input.Clone()
	in["url"] = u.String()
	return &Ref{in, r.Dir}
}

// String shows a reference in a message.
func (r *Ref) String() string {
	text, err := r.URL()
	if err != nil {
		return r.Attrs().JSON()
	}
	return text
}

// ParseInputPath reads the path of an input, such as nixops4/nixpkgs.
func ParseInputPath(text string) ([]string, error) {
	path := []string{}
	for name := range strings.SplitSeq(text, "/") {
		if name == "" {
			continue
		}
		if !isFlakeID(name) {
			return nil, fmt.Errorf("invalid flake input attribute path element '%s'", name)
		}
		path = append(path, name)
	}
	return path, nil
}

type lockJSON struct {
	Nodes   map[string]nodeJSON `json:"nodes"`
	Root    string              `json:"root"`
	Version int                 `json:"version"`
}

// nodeJSON has its fields in the order of their names, in which they are written.
type nodeJSON struct {
	Flake    *bool                      `json:"flake,omitempty"`
	Info     map[string]json.RawMessage `json:"info,omitempty"` // version 5
	Inputs   map[string]json.RawMessage `json:"inputs,omitempty"`
	Locked   map[string]json.RawMessage `json:"locked,omitempty"`
	Original map[string]json.RawMessage `json:"original,omitempty"`
	Parent   *[]string                  `json:"parent,omitempty"`
}

// ParseLock reads a lock file; name is what errors call it.
func ParseLock(text []byte, name string) (*Lock, error) {
	var file lockJSON
	if err := json.Unmarshal(text, &file); err != nil {
		why := "repair it, or delete it to lock all inputs anew"
		if bytes.HasPrefix(text, []byte("<<<<<<<")) || bytes.Contains(text, []byte("\n<<<<<<<")) {
			why = "it has conflicts of a merge: resolve them, or take one side and lock what differs anew"
		}
		return nil, fmt.Errorf("reading the lock file '%s': %w; %s", name, err, why)
	}
	switch {
	case file.Version > 7:
		return nil, fmt.Errorf("lock file '%s' has unsupported version %d: it was written by a newer Nix; use a newer nixops4, or delete it to lock all inputs anew", name, file.Version)
	case file.Version < 5:
		return nil, fmt.Errorf("lock file '%s' has unsupported version %d: it was written by a very old Nix; delete it to lock all inputs anew", name, file.Version)
	}
	r := &lockReader{file: file, nodes: map[string]*Node{}}
	root, ok := file.Nodes[file.Root]
	if !ok {
		return nil, fmt.Errorf("reading the lock file '%s': it has no root", name)
	}
	lock := NewLock()
	r.nodes[file.Root] = lock.Root
	if err := r.inputs(lock.Root, root); err != nil {
		return nil, fmt.Errorf("reading the lock file '%s': %w", name, err)
	}
	return lock, nil
}

type lockReader struct {
	file  lockJSON
	nodes map[string]*Node
}

func (r *lockReader) inputs(n *Node, in nodeJSON) error {
	for _, name := range slices.Sorted(maps.Keys(in.Inputs)) {
		var edge Edge
		var key string
		if json.Unmarshal(in.Inputs[name], &key) == nil {
			node, err := r.node(key)
			if err != nil {
				return err
			}
			edge.Node = node
		} else if err := json.Unmarshal(in.Inputs[name], &edge.Follows); err != nil || edge.Follows == nil {
			return fmt.Errorf("the input '%s' is neither a name nor a list of names", name)
		}
		n.Inputs[name] = edge
	}
	return nil
}

func (r *lockReader) node(key string) (*Node, error) {
	if n := r.nodes[key]; n != nil {
		if n.Locked == nil {
			return nil, fmt.Errorf("it contains a cycle to the root node")
		}
		return n, nil
	}
	in, ok := r.file.Nodes[key]
	if !ok {
		return nil, fmt.Errorf("it references the missing node '%s'", key)
	}
	n := &Node{Inputs: map[string]Edge{}, Source: in.Flake != nil && !*in.Flake}
	if in.Parent != nil {
		n.Parent = append([]string{}, *in.Parent...)
	}
	var err error
	if in.Locked == nil || in.Original == nil {
		return nil, fmt.Errorf("the node '%s' lacks the attribute 'locked' or 'original'", key)
	}
	maps.Copy(in.Locked, in.Info)
	if n.Locked, err = RefFromJSON(in.Locked); err != nil {
		return nil, fmt.Errorf("the node '%s': %w", key, err)
	}
	if n.Original, err = RefFromJSON(in.Original); err != nil {
		return nil, fmt.Errorf("the node '%s': %w", key, err)
	}
	if !IsLocked(n.Locked.Input) && !n.Locked.IsRelative() && n.Locked.Input["narHash"] == nil {
		return nil, fmt.Errorf("it contains the unlocked input '%s'", n.Locked)
	}
	r.nodes[key] = n
	return n, r.inputs(n, in)
}

// RefFromJSON reads a reference from its attributes in JSON.
func RefFromJSON(raw map[string]json.RawMessage) (*Ref, error) {
	a := Attrs{}
	for name, text := range raw {
		var s string
		var b bool
		if json.Unmarshal(text, &s) == nil {
			a[name] = s
		} else if json.Unmarshal(text, &b) == nil {
			a[name] = b
		} else if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
			a[name] = n
		} else {
			return nil, fmt.Errorf("the attribute '%s' is neither a string, a boolean nor an integer: %s", name, text)
		}
	}
	return RefFromAttrs(a)
}

// JSON writes the lock file, byte by byte as Nix does, and returns the names that it gives to nodes.
func (l *Lock) JSON() ([]byte, map[*Node]string) {
	w := &lockWriter{nodes: map[string]nodeJSON{}, names: map[*Node]string{}}
	root := w.node("root", l.Root)
	text := indented(lockJSON{w.nodes, root, 7})
	return text, w.names
}

type lockWriter struct {
	nodes map[string]nodeJSON // by name; an empty one while the node is being written
	names map[*Node]string
}

func (w *lockWriter) node(name string, n *Node) string {
	if name, ok := w.names[n]; ok {
		return name
	}
	base := name
	for i := 2; ; i++ {
		if _, taken := w.nodes[name]; !taken {
			break
		}
		name = base + "_" + strconv.Itoa(i)
	}
	w.nodes[name], w.names[n] = nodeJSON{}, name
	out := nodeJSON{}
	for _, input := range slices.Sorted(maps.Keys(n.Inputs)) {
		if out.Inputs == nil {
			out.Inputs = map[string]json.RawMessage{}
		}
		var to any = n.Inputs[input].Follows
		if child := n.Inputs[input].Node; child != nil {
			to = w.node(input, child)
		}
		out.Inputs[input] = plainJSON(to)
	}
	if n.Locked != nil {
		out.Locked, out.Original = refJSON(n.Locked), refJSON(n.Original)
		if n.Source {
			out.Flake = new(bool)
		}
		if n.Parent != nil {
			out.Parent = &n.Parent
		}
	}
	w.nodes[name] = out
	return name
}

func refJSON(r *Ref) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for name, v := range r.Attrs() {
		if name != "__final" {
			out[name] = plainJSON(v)
		}
	}
	return out
}

// plainJSON writes what cannot fail to be written.
func plainJSON(v any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func indented(v any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return []byte(b.String())
}
