// Package plan is what the engine intends to do, as plain data.
//
// A [Plan] is a list of [Item], each one action on one component with what it is based on: the inputs before
// and after, which of them are not known until which output, and why. Values are JSON ([Values]). The package
// decides nothing and does nothing: package engine makes items and carries them out, package view shows them.
package plan

import (
	"encoding/json"

	"nixops4/engine/addr"
)

// Action is what an item does. It is a word, also in JSON.
type Action string

const (
	Create  Action = "create"  // make a stateful resource that state does not have
	Ensure  Action = "ensure"  // run a stateless resource, as every time
	Update  Action = "update"  // change a resource in place
	Replace Action = "replace" // delete a resource and create it anew, in either order
	Delete  Action = "delete"  // remove a resource that is not declared any more
	Move    Action = "move"    // record a resource under another path
	Adopt   Action = "adopt"   // record an object that exists already
	Read    Action = "read"    // ask the provider what is really there
	None    Action = "none"    // nothing; state has it as declared
	Blocked Action = "blocked" // not known, because structure depends on an output
)

// Calls reports whether the action asks a provider to change something.
func (a Action) Calls() bool {
	switch a {
	case Create, Ensure, Update, Replace, Delete:
		return true
	}
	return false
}

// Provider says which program manages a resource. It is comparable only by its fields' values.
type Provider struct {
	Type       string   `json:"type"` // how to talk to it: "stdio"
	Executable string   `json:"executable"`
	Args       []string `json:"args"`
}

// Recorded is a resource as state has it.
type Recorded struct {
	Type    string `json:"type"`
	Inputs  Object `json:"inputs"`
	Outputs Object `json:"outputs"`
}

// Item is one action on one component.
type Item struct {
	Action   Action    `json:"action"`
	Path     addr.Path `json:"path"`
	Type     string    `json:"type,omitempty"`
	Provider *Provider `json:"provider,omitempty"`
	// State is the path of the state resource that remembers the resource; the root when it is stateless.
	State addr.Path `json:"state,omitzero"`
	// Before is what state has; nil when it has nothing.
	Before *Recorded `json:"before,omitempty"`
	// Inputs are those declared, as far as they are known.
	Inputs Values `json:"inputs,omitzero"`
	// Waits are the outputs that must be known before the action can be decided or done.
	Waits []addr.Output `json:"waits,omitempty"`
	// Reasons say why this action, for people: `input "contents" changed`.
	Reasons []string `json:"reasons,omitempty"`
}

// Plan is a list of items, each after those whose outputs it waits for.
type Plan struct {
	Items []*Item `json:"items"`
}

// Object is a JSON object with its values as they were written.
type Object map[string]json.RawMessage

// Values is a JSON object of which some leaves may be unknown.
type Values struct {
	// Known has null in place of each unknown leaf.
	Known Object `json:"known"`
	// Unknown are the unknown leaves, in order of evaluation.
	Unknown []Unknown `json:"unknown,omitempty"`
}

// Unknown is a leaf, or a whole subtree, that depends on an output that is not known.
type Unknown struct {
	// At is where: attribute names and list indices from the object down. Empty: the object as a whole.
	At []string `json:"at"`
	// Until is the output that evaluation asked for. More may be needed once it is known.
	Until addr.Output `json:"until"`
}
