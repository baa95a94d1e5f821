// Package plan is what the engine intends to do, as plain data.
//
// A [Plan] is a list of [Item], each one action on one component with what it is based on: the inputs before
// and after, which of them are not known until which output, and why. Values are JSON ([Values]). The package
// decides nothing and does nothing: package engine makes items and carries them out, package view shows them.
//
// The JSON form of a plan is described by docs/plan.schema.json.
package plan

import (
	"encoding/json"
	"time"

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
	Release Action = "release" // stop managing a resource, and leave the object where it is
	Read    Action = "read"    // ask the provider what is really there
	None    Action = "none"    // nothing; state has it as declared
	Blocked Action = "blocked" // not known, because structure depends on an output
)

// Actions lists all actions, in the order in which they are counted.
func Actions() []Action {
	return []Action{Create, Update, Replace, Delete, Move, Adopt, Release, Read, Ensure, None, Blocked}
}

// Calls reports whether the action asks a provider to change something.
func (a Action) Calls() bool {
	switch a {
	case Create, Ensure, Update, Replace, Delete:
		return true
	}
	return false
}

// Destroys reports whether an object ceases to exist by the action.
func (a Action) Destroys() bool { return a == Replace || a == Delete }

// Removes reports whether a record ceases to exist by the action.
func (a Action) Removes() bool { return a == Delete || a == Release }

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
	// Provider made it; nil when that is not recorded, as by the existing NixOps4.
	Provider *Provider `json:"provider,omitempty"`
	// Dependencies are the resources it was made from, sorted, as far as they are recorded.
	Dependencies []addr.Path `json:"dependencies,omitempty"`
	// Formerly are the paths that it had, under which others may still say that they depend on it.
	Formerly []addr.Path `json:"formerly,omitempty"`
	// Triggers says of each resource in its replaceTriggeredBy when that one last changed.
	Triggers map[string]string `json:"triggers,omitempty"`
	// Protected forbids to delete it.
	Protected bool `json:"protected,omitempty"`
	// SensitiveInputs are the places of inputs that are made from secrets, SensitiveOutputs the names of outputs that are secrets,
	// and SensitiveByProvider those of them that the provider says.
	SensitiveInputs     [][]string `json:"sensitiveInputs,omitempty"`
	SensitiveOutputs    []string   `json:"sensitiveOutputs,omitempty"`
	SensitiveByProvider []string   `json:"sensitiveByProvider,omitempty"`

	Created time.Time `json:"created,omitzero"`
	Updated time.Time `json:"updated,omitzero"`
	// Extra are all optional keys as they are recorded, those of other programs too, for moving the record to another state. Not to be changed.
	Extra map[string]json.RawMessage `json:"-"`
}

// Item is one action on one component. Its values are as they are; its JSON form does not show what is sensitive.
type Item struct {
	Action Action    `json:"action"`
	Path   addr.Path `json:"path"`
	// From is the path under which state has it, when that is another one: it is moved before anything else is done.
	From addr.Path `json:"from,omitzero"`
	// FromState is the path of the state resource that has it, when that is another one than State: the record is moved before anything else is done.
	FromState addr.Path `json:"fromState,omitzero"`

	Type     string    `json:"type,omitempty"`
	Provider *Provider `json:"provider,omitempty"`
	// State is the path of the state resource that remembers the resource; the root when it is stateless.
	State addr.Path `json:"state,omitzero"`
	// Before is what state has, or what the provider has read in its place; nil when there is nothing.
	Before *Recorded `json:"before,omitempty"`
	// Inputs are those declared, as far as they are known. What lifecycle.ignoreChanges names is as before.
	Inputs Values `json:"inputs,omitzero"`
	// SensitiveOutputs are the names of the outputs that are secrets.
	SensitiveOutputs []string `json:"sensitiveOutputs,omitempty"`
	// Changes are the differences of Inputs from those before, down to the leaf, in order.
	Changes []Change `json:"changes,omitempty"`
	// Conditional says that the item may turn out to be [None] when what it waits for is known.
	Conditional bool `json:"conditional,omitempty"`
	// NoCall says that only the record changes and no provider is asked.
	NoCall bool `json:"noCall,omitempty"`
	// CreateFirst is the order of a replacement: the new object is created before the old one is destroyed.
	CreateFirst bool `json:"createBeforeDestroy,omitempty"`
	// Deposed says that what is deleted was replaced by an earlier run that did not come so far as to destroy it.
	Deposed bool `json:"deposed,omitempty"`
	// Waits are the outputs that must be known before the action can be decided or done.
	Waits []addr.Output `json:"waits,omitempty"`
	// After are the components that must be done before, besides those whose outputs it waits for.
	After []addr.Path `json:"after,omitempty"`
	// Reasons say why this action.
	Reasons []Reason `json:"reasons,omitempty"`
	// Drift is how the object differed from what state had, when it was read.
	Drift []Change `json:"drift,omitempty"`
	// Intents are the IDs of unfinished intents in state that the item settles.
	Intents []string `json:"intents,omitempty"`
	// Digest stands for what is sensitive in a saved plan: see [Plan.Seal].
	Digest string `json:"digest,omitempty"`
}

// Reason says why something is done: a word for programs and a text for people.
type Reason struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// The kinds of reasons.
const (
	ReasonInput       = "input"       // an input changed
	ReasonUnknown     = "unknown"     // an input is not known yet
	ReasonType        = "type"        // the type changed
	ReasonReplace     = "replace"     // an input changed that cannot be changed in place
	ReasonProvider    = "provider"    // the provider says so
	ReasonAsked       = "asked"       // the user asked for it
	ReasonTrigger     = "trigger"     // a resource in replaceTriggeredBy changes
	ReasonUndeclared  = "undeclared"  // it is not in the expression
	ReasonDrift       = "drift"       // the object is not as recorded
	ReasonGone        = "gone"        // the object does not exist any more
	ReasonInterrupted = "interrupted" // an earlier run was interrupted
	ReasonProtection  = "protection"  // preventDestroy was set or taken away
	ReasonMoved       = "moved"       // it had another path
	ReasonStateless   = "stateless"   // it is not remembered
	ReasonStructure   = "structure"   // what there is depends on an output
)

// String returns the text.
func (r Reason) String() string { return r.Text }

// Plan is a list of items, in order of path; deletions come last, dependents first.
type Plan struct {
	// Tag is [TypeName], by which a saved plan is recognised.
	Tag string `json:"_type"`
	// Format is the version of this form: 1.
	Format int `json:"format"`
	// Version is the version of nixops4 that made the plan.
	Version string `json:"nixopsVersion,omitempty"`
	// Root is the file of the root; "" for a plan that was made from state alone.
	Root    string         `json:"root,omitempty"`
	Options Options        `json:"options,omitzero"`
	Items   []*Item        `json:"items"`
	Summary map[Action]int `json:"summary"` // how many items of each action; conditional ones are counted, too
	// Problems are components for which nothing can be planned, in order of path. The others are planned all the same.
	Problems []Problem `json:"problems,omitempty"`
	// Salt of the items' digests, in a saved plan that has any.
	Salt string `json:"salt,omitempty"`
}

// Options are those of the user that a plan was made with.
type Options struct {
	Destroy bool        `json:"destroy,omitempty"`
	Paths   []addr.Path `json:"paths,omitempty"`
	Exclude []addr.Path `json:"exclude,omitempty"`
	Replace []addr.Path `json:"replace,omitempty"`
	Refresh bool        `json:"refresh,omitempty"`
}

// Problem is a component for which nothing can be planned.
type Problem struct {
	Path  addr.Path `json:"path"`
	Error string    `json:"error"`
	// Skipped says that it is because of another one.
	Skipped bool `json:"skipped,omitempty"`
	// Err is the error itself; nil in a plan that was read from JSON.
	Err error `json:"-"`
}

// TypeName is the value of "_type" in the JSON form of a plan.
const TypeName = "nixopsPlan"

// FormatVersion is the version of the JSON form that this package reads and writes.
const FormatVersion = 1

// Count fills in the summary.
func (p *Plan) Count() {
	p.Summary = map[Action]int{}
	for _, item := range p.Items {
		p.Summary[item.Action]++
	}
}

// Changes reports whether carrying out the plan would change something, or may. Stateless resources, which run every time,
// do not count.
func (p *Plan) Changes() bool {
	for _, item := range p.Items {
		switch item.Action {
		case None, Ensure, Read:
		default:
			return true
		}
	}
	return false
}

// Destructive returns the items by which an object ceases to exist.
func (p *Plan) Destructive() []*Item {
	var items []*Item
	for _, item := range p.Items {
		if item.Action.Destroys() {
			items = append(items, item)
		}
	}
	return items
}

// Object is a JSON object with its values as they were written.
type Object map[string]json.RawMessage

// Values is a JSON object of which some leaves may be unknown.
type Values struct {
	// Known has null in place of each unknown leaf.
	Known Object `json:"known"`
	// Unknown are the unknown leaves, in order of evaluation.
	Unknown []Unknown `json:"unknown,omitempty"`
	// Sensitive are the places of strings that are made from secrets.
	Sensitive [][]string `json:"sensitive,omitempty"`
}

// Unknown is a leaf, or a whole subtree, that depends on an output that is not known.
type Unknown struct {
	// At is where: attribute names and list indices from the object down. Empty: the object as a whole.
	At []string `json:"at"`
	// Until is the output that evaluation asked for. More may be needed once it is known.
	Until addr.Output `json:"until"`
}
