// Package check finds what is wrong with a configuration without touching anything.
//
// [Run] walks over all components of a [Source], the root first, and collects every mistake: what cannot be evaluated, references to
// state that is no state provider, components that wait for each other, providers that are not there. What depends on outputs cannot be known
// yet; it is counted, not guessed.
package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/internal/spell"
	"nixops4/providers/protocol"
)

// Source evaluates components for a check.
type Source interface {
	// Check returns what is at a path and what is wrong with it. A path that leads nowhere is an *engine.NoMemberError; other errors end the
	// check.
	Check(ctx context.Context, path addr.Path) (*Component, error)
	// Flow returns which outputs the inputs of the resource at path are made of, as far as that can be found out. It is asked last of all.
	Flow(ctx context.Context, path addr.Path) ([]Flow, error)
}

// Flow is a place in the inputs of a resource and the outputs that what is there is made of.
type Flow struct {
	At      []string
	Outputs []addr.Output
}

// Component is a component as far as it could be evaluated.
type Component struct {
	Resource *engine.Resource // nil for a composite, and when it is not known what it is
	Members  []string         // of a composite
	InStore  bool             // the provider is in the Nix store, and may have to be built first
	Mistakes []Mistake
	Waits    []engine.NeedsError // what of it cannot be known yet, unknown inputs apart
	// Operations are those that it declares, by name, as the configuration has them.
	Operations map[string]json.RawMessage
}

// Mistake is what is wrong with a part of a component.
type Mistake struct {
	Kind string // "evaluation", "option", "type", "provider", "reference", "state", "cycle" or "script"
	What string // such as "inputs.name", "members", "state"
	Err  error
}

// Problem is a mistake and where it is.
type Problem struct {
	Path addr.Path
	Also []addr.Path // other components with the very same mistake
	Mistake
}

// Result is what a check found.
type Result struct {
	Problems   []Problem // in the order in which they were found, parents before members
	Components int       // how many were checked
	// Unknown are parts of the configuration that cannot be known before something is applied, with the outputs they need.
	Unknown []Unknown
}

// Unknown is a part of a component that was not checked.
type Unknown struct {
	Path  addr.Path
	Needs engine.NeedsError
}

// Options say how to find out what is not in the configuration.
type Options struct {
	// Executable returns an error when the provider cannot be started. It does not start it.
	Executable func(provider plan.Provider) error
	// Describe asks a provider which types it has and what it can do with them; false when it does not say. It is asked of providers that are
	// part of the program, and of those that keep state for others.
	Describe func(ctx context.Context, provider plan.Provider) (protocol.DescribeResponse, bool)
	// Operation returns an error when an operation that the component at path declares cannot be found. It does not run it. May be nil.
	Operation func(ctx context.Context, path addr.Path, name string, declared json.RawMessage) error
}

// Run checks the component at path and everything below it.
func Run(ctx context.Context, source Source, path addr.Path, opts Options) (*Result, error) {
	c := &checker{source: source, opts: opts, result: &Result{}, components: map[addr.Path]*Component{}, seen: map[string]int{}, executable: map[string]error{}, flows: map[addr.Path][]Flow{}}
	if err := c.around(ctx, path); err != nil {
		return nil, err
	}
	if err := c.walk(ctx, path); err != nil {
		return nil, err
	}
	for _, p := range c.order {
		if err := c.references(ctx, p); err != nil {
			return nil, err
		}
	}
	if err := c.flow(ctx); err != nil {
		return nil, err
	}
	c.cycles()
	return c.result, nil
}

type checker struct {
	source     Source
	opts       Options
	result     *Result
	components map[addr.Path]*Component
	order      []addr.Path      // of those that are checked
	seen       map[string]int   // index in result.Problems, by kind and text
	executable map[string]error // why it cannot be started
	flows      map[addr.Path][]Flow
}

// around notes options that do not exist in the composites around path, because nothing in them can be applied with such.
func (c *checker) around(ctx context.Context, path addr.Path) error {
	if path.IsRoot() {
		return nil
	}
	parent := path.Parent()
	if err := c.around(ctx, parent); err != nil {
		return err
	}
	component, err := c.component(ctx, parent)
	if err != nil {
		return err
	}
	for _, m := range component.Mistakes {
		if m.Kind == "option" {
			c.add(parent, m)
		}
	}
	return nil
}

// walk evaluates the component at path and its members.
func (c *checker) walk(ctx context.Context, path addr.Path) error {
	component, err := c.component(ctx, path)
	if err != nil {
		return err
	}
	c.order = append(c.order, path)
	c.result.Components++
	for _, m := range component.Mistakes {
		c.add(path, m)
	}
	for _, needs := range component.Waits {
		c.result.Unknown = append(c.result.Unknown, Unknown{path, needs})
	}
	if c.opts.Operation != nil {
		for _, name := range slices.Sorted(maps.Keys(component.Operations)) {
			if err := c.opts.Operation(ctx, path, name, component.Operations[name]); err != nil {
				c.add(path, Mistake{"script", "operations." + name, err})
			}
		}
	}
	if r := component.Resource; r != nil {
		c.provider(ctx, path, component)
	}
	for _, name := range component.Members {
		if err := c.walk(ctx, path.Child(name)); err != nil {
			return err
		}
	}
	return nil
}

// component evaluates a component once.
func (c *checker) component(ctx context.Context, path addr.Path) (*Component, error) {
	if known := c.components[path]; known != nil {
		return known, nil
	}
	component, err := c.source.Check(ctx, path)
	if err == nil {
		c.components[path] = component
	}
	return component, err
}

// add notes a problem; one that many components share is noted once.
func (c *checker) add(path addr.Path, m Mistake) {
	key := m.Kind + "\x00" + m.Err.Error()
	i, again := c.seen[key]
	if !again {
		c.seen[key] = len(c.result.Problems)
		c.result.Problems = append(c.result.Problems, Problem{Path: path, Mistake: m})
		return
	}
	if p := &c.result.Problems[i]; p.Path != path && !slices.Contains(p.Also, path) {
		p.Also = append(p.Also, path)
	}
}

func (c *checker) addf(path addr.Path, kind, what, format string, args ...any) {
	c.add(path, Mistake{kind, what, fmt.Errorf(format, args...)})
}

// provider looks whether the provider of a resource can be started, and knows its type.
func (c *checker) provider(ctx context.Context, path addr.Path, component *Component) {
	r := component.Resource
	if c.opts.Executable == nil || component.InStore || r.Provider.Executable == "" {
		return
	}
	if err := c.startable(r.Provider); err != nil {
		c.add(path, Mistake{"provider", "provider", err})
		return
	}
	if r.Type == "" || c.opts.Describe == nil || !strings.HasPrefix(r.Provider.Executable, "builtin:") {
		return
	}
	response, known := c.opts.Describe(ctx, r.Provider)
	if _, has := response.ResourceTypes[r.Type]; known && !has {
		types := slices.Sorted(maps.Keys(response.ResourceTypes))
		text := fmt.Sprintf("the provider %q has no resource type %q", r.Provider.Executable, r.Type)
		if hint := spell.Hint(r.Type, types); hint != "" {
			text += ", " + hint
		} else {
			text += "; it has " + strings.Join(types, ", ")
		}
		c.add(path, Mistake{"provider", "type", errors.New(text)})
	}
}

// startable asks once for each executable.
func (c *checker) startable(p plan.Provider) error {
	err, known := c.executable[p.Executable]
	if !known {
		err = c.opts.Executable(p)
		c.executable[p.Executable] = err
	}
	return err
}

// references looks at what a resource refers to by path.
func (c *checker) references(ctx context.Context, path addr.Path) error {
	component := c.components[path]
	if component.Resource == nil {
		return nil
	}
	if state := component.Resource.State; !state.IsRoot() {
		if err := c.state(ctx, path, state); err != nil {
			return err
		}
	}
	for _, dep := range component.Resource.Settings.DependsOn {
		if _, err := c.existing(ctx, path, dep, "dependsOn"); err != nil {
			return err
		}
	}
	for _, trigger := range component.Resource.Settings.ReplaceTriggeredBy {
		if _, err := c.existing(ctx, path, trigger, "lifecycle.replaceTriggeredBy"); err != nil {
			return err
		}
	}
	return nil
}

// existing returns the component that path refers to as what, or nil after having noted that there is none.
func (c *checker) existing(ctx context.Context, path, to addr.Path, what string) (*Component, error) {
	component, err := c.component(ctx, to)
	var missing *engine.NoMemberError
	if errors.As(err, &missing) {
		c.addf(path, "reference", what, "%s: %v", what, missing)
		return nil, nil
	}
	return component, err
}

// state looks whether a resource that keeps state for another can.
func (c *checker) state(ctx context.Context, path, state addr.Path) error {
	if state == path {
		c.addf(path, "state", "state", "it keeps its own state, which cannot be")
		return nil
	}
	component, err := c.existing(ctx, path, state, "state")
	switch {
	case err != nil || component == nil || len(component.Waits) > 0 && component.Resource == nil:
		return err
	case component.Resource == nil && len(component.Mistakes) > 0: // told where it is declared
		return nil
	case component.Resource == nil:
		c.addf(path, "state", "state", "its state is to be kept by %s, which is a composite, not a resource", describe(state))
		return nil
	}
	r := component.Resource
	if r.Type == "" || r.Provider.Executable == "" || component.InStore || c.opts.Describe == nil || c.opts.Executable == nil {
		return nil
	}
	if c.startable(r.Provider) != nil {
		return nil // told already, if it is checked at all
	}
	response, known := c.opts.Describe(ctx, r.Provider)
	described, has := response.ResourceTypes[r.Type]
	if known && has && !slices.Contains(described.Operations, "stateRead") {
		c.addf(path, "state", "state", "its state is to be kept by %s, but a resource of type %s keeps no state for others", describe(state), r.Type)
	}
	return nil
}

func describe(path addr.Path) string {
	if path.IsRoot() {
		return "the root"
	}
	return path.String()
}

// dotted joins the steps to a leaf, such as inputs.args.0.
func dotted(what string, at []string) string { return strings.Join(append([]string{what}, at...), ".") }
