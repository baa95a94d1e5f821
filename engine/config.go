package engine

// This file defines the source of components and the errors it answers with.

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/internal/spell"
)

// Config is a source of components. All methods may be called from several goroutines at once, and stop with the
// context's error soon after it is cancelled.
//
// Any answer may be an error of type *[NeedsError]: the outputs it names must be told before, then the same question is
// asked again. A path that does not exist is a *[NoMemberError].
type Config interface {
	// Component returns what is at path, evaluating no more than want says.
	Component(ctx context.Context, path addr.Path, want Want) (*Component, error)
	// Tell makes the outputs of a resource known. Those that sensitive names are secrets: what is made from them comes back
	// as [plan.Values].Sensitive. It is called at most once for a resource.
	Tell(ctx context.Context, path addr.Path, outputs plan.Object, sensitive []string) error
}

// Want says how much of a component to evaluate; each includes the ones before.
type Want int

const (
	WantKind     Want = iota // is it a resource or a composite
	WantContents             // its members; or its type, provider, outputs and state
	WantInputs               // the inputs of a resource
)

// Component is a resource or a composite, evaluated as far as it was wanted.
type Component struct {
	Resource  *Resource // nil for a composite
	Members   []string  // of a composite, sorted
	MovedFrom []Former  // other paths it had
	OnlyNamed bool      // of a composite: allowApplyAll = false, so it is applied only when it is selected by its own path
}

// Former is a path that a component had.
type Former struct {
	Path     addr.Path
	Absolute bool // from the root on; else from the composite that the component is a member of
}

// Resource is the declaration of a resource.
type Resource struct {
	Type     string
	Provider plan.Provider
	Outputs  []string // names of its outputs, sorted
	// Sensitive are the names of those outputs that are secrets, as far as the declaration says; see [SensitiveOutputs].
	Sensitive []string
	State     addr.Path // the resource that keeps its state; the root when it is stateless
	// Asked are outputs that evaluation asked for and that are not told yet, besides those of Inputs.Unknown.
	Asked    []addr.Output
	Inputs   plan.Values // with unknown leaves for outputs that are not told yet
	Store    StoreRefs
	Settings Settings
}

// Settings are what a declaration says about how a resource is handled. The zero value is what most say: nothing.
type Settings struct {
	DependsOn           []addr.Path // resources that are done first
	PreventDestroy      bool
	CreateBeforeDestroy bool
	// IgnoreChanges are inputs, or parts of them, that stay as they are recorded; "*" is all of them.
	IgnoreChanges [][]string
	// IgnoreDrift are inputs and outputs, or parts of them, that a drift report leaves out.
	IgnoreDrift        [][]string
	ReplaceTriggeredBy []addr.Path              // resources whose change means a replacement of this one
	ReplaceOnChange    []string                 // inputs whose change means a replacement
	Timeouts           map[string]time.Duration // by operation: create, update, destroy, read
	Attempts           int                      // how often an operation that is refused is tried; 0 means once
	RetryDelay         time.Duration            // before the second attempt; doubled for each one after it
}

// Stateful reports whether the resource is remembered.
func (r *Resource) Stateful() bool { return !r.State.IsRoot() }

// NeedsError says that a question about the structure of the configuration cannot be answered before some outputs
// are known. It is not a failure.
type NeedsError struct {
	What    string // what depends on them, such as "the members of web"
	Outputs []addr.Output
}

// Error returns one line.
func (e *NeedsError) Error() string {
	names := make([]string, len(e.Outputs))
	for i, output := range e.Outputs {
		names[i] = output.String()
	}
	return fmt.Sprintf("%s cannot be known before %s", e.What, strings.Join(names, ", "))
}

// NoMemberError says that a path leads nowhere.
type NoMemberError struct {
	Parent   addr.Path // how far the path leads
	Name     string    // the member it does not have
	Names    []string  // the members it has
	Resource bool      // Parent is a resource, so it has none
}

// Error returns one line, with the nearest name when there is one.
func (e *NoMemberError) Error() string {
	path := e.Parent.Child(e.Name)
	switch {
	case e.Resource:
		return fmt.Sprintf("%s does not exist, because %s is a resource and has no members", path, e.Parent)
	case e.Parent.IsRoot():
		return fmt.Sprintf("%s does not exist: the root has no member %q%s", path, e.Name, e.suggestion())
	}
	return fmt.Sprintf("%s does not exist: %s has no member %q%s", path, e.Parent, e.Name, e.suggestion())
}

func (e *NoMemberError) suggestion() string {
	if hint := spell.Hint(e.Name, e.Names); hint != "" {
		return ", " + hint
	}
	if len(e.Names) == 0 {
		return ", it has none"
	}
	return ""
}
