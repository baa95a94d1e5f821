package state

// This file applies patches to a document.
//
// A pointer is followed through objects, taking apart only those on its way, so that a change costs what it touches. Only inside an array,
// where every index after a change moves, the array as a whole is handed to a library. Changes are noted as they are made, to take
// them back if a later operation of the same patch does not apply.

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// Apply applies p, or returns an error and leaves the document as it was.
func (d *Document) Apply(p Patch) error {
	if err := p.check(); err != nil {
		return err
	}
	_, err := d.apply(p)
	return err
}

// apply applies p, whose values are valid JSON, and returns how to take it back. After an error it has been taken back.
func (d *Document) apply(p Patch) (undo func(), err error) {
	var changes []func()
	back := func() {
		for _, f := range slices.Backward(changes) {
			f()
		}
	}
	for i, op := range p {
		more, err := d.applyOp(op)
		changes = append(changes, more...)
		if err != nil {
			back()
			return nil, fmt.Errorf("patch: operation %d: %s %q: %w", i, op.Op, op.Path, err)
		}
	}
	return back, nil
}

var errNoSuchMember = errors.New("there is nothing at this path")

// applyOp applies op and returns how to take it back.
func (d *Document) applyOp(op Op) (undo []func(), err error) {
	path, err := parsePointer(op.Path)
	if err != nil {
		return nil, err
	}
	switch op.Op {
	case "add", "replace", "remove":
		back, err := d.change(op.Op, path, op.Value)
		return []func(){back}, err
	case "test":
		value, err := d.get(path)
		if err == nil && !jsonpatch.Equal(value, op.Value) {
			err = errors.New("the value there is another one")
		}
		return nil, err
	case "move", "copy":
		return d.transfer(op, path)
	}
	return nil, errors.New("unknown operation")
}

// transfer applies move and copy.
func (d *Document) transfer(op Op, path []string) (undo []func(), err error) {
	from, err := parsePointer(op.From)
	if err != nil {
		return nil, err
	}
	value, err := d.get(from)
	if err != nil {
		return nil, fmt.Errorf("from %q: %w", op.From, err)
	}
	if op.Op == "move" {
		if len(from) < len(path) && slices.Equal(from, path[:len(from)]) {
			return nil, fmt.Errorf("from %q: a value cannot be moved into itself", op.From)
		}
		back, err := d.change("remove", from, nil)
		undo = append(undo, back)
		if err != nil {
			return undo, err
		}
	}
	back, err := d.change("add", path, value)
	return append(undo, back), err
}

func nothing() {}

// change adds, replaces or removes the value at path. The function it returns takes the change back.
func (d *Document) change(op string, path []string, value json.RawMessage) (undo func(), err error) {
	if len(path) == 0 {
		if op == "remove" {
			return nothing, errors.New("the whole document cannot be removed")
		}
		old := d.root
		d.root = newNode(compact(value))
		d.root.expand(deployment)
		return func() { d.root = old }, nil
	}
	parent, at := d.root, deployment
	for i, name := range path[:len(path)-1] {
		if !parent.open() {
			return changeInArray(parent, op, path[i:], value)
		}
		next := parent.members[name]
		if next == nil {
			return nothing, fmt.Errorf("%w: %q is missing", errNoSuchMember, Pointer(path[:i+1]...))
		}
		parent, at = next, at.child(name)
	}
	if !parent.open() {
		return changeInArray(parent, op, path[len(path)-1:], value)
	}
	return changeMember(parent, at, op, path[len(path)-1], value)
}

func changeMember(parent *node, at level, op, name string, value json.RawMessage) (undo func(), err error) {
	old, exists := parent.members[name]
	if op != "add" && !exists {
		return nothing, errNoSuchMember
	}
	if op == "remove" {
		delete(parent.members, name)
		return func() { parent.members[name] = old }, nil
	}
	n := newNode(compact(value))
	n.expand(at.child(name))
	parent.members[name] = n
	if !exists {
		return func() { delete(parent.members, name) }, nil
	}
	return func() { parent.members[name] = old }, nil
}

// changeInArray applies a change to the array n; path is relative to it.
func changeInArray(n *node, op string, path []string, value json.RawMessage) (undo func(), err error) {
	if len(n.text) == 0 || n.text[0] != '[' {
		return nothing, errors.New("its parent is neither an object nor an array")
	}
	text, err := Patch{{Op: op, Path: Pointer(path...), Value: value}}.MarshalJSON()
	if err != nil {
		return nothing, err
	}
	decoded, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nothing, err
	}
	options := jsonpatch.NewApplyOptions()
	options.SupportNegativeIndices = false
	options.EscapeHTML = false
	changed, err := decoded.ApplyWithOptions(n.text, options)
	if err != nil {
		return nothing, err
	}
	old := n.text
	n.text = compact(changed)
	return func() { n.text = old }, nil
}

// get returns the value at path.
func (d *Document) get(path []string) (json.RawMessage, error) {
	n := d.root
	for i, name := range path {
		if !n.open() {
			return getInArray(n.text, path[i:])
		}
		if n = n.members[name]; n == nil {
			return nil, fmt.Errorf("%w: %q is missing", errNoSuchMember, Pointer(path[:i+1]...))
		}
	}
	return n.json(), nil
}

func getInArray(text json.RawMessage, path []string) (json.RawMessage, error) {
	for _, token := range path {
		items, isArray := splitArray(text)
		members := splitObject(text)
		switch {
		case isArray:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(items) || strconv.Itoa(i) != token {
				return nil, fmt.Errorf("%w: %q is not an index of the array", errNoSuchMember, token)
			}
			text = items[i]
		case members[token] != nil:
			text = members[token]
		default:
			return nil, errNoSuchMember
		}
	}
	return text, nil
}
