// Package nixconfig is the engine's Config for roots written in Nix.
//
// [Config] asks a worker.Client, the other end of which evaluates, and turns its answers into the engine's types. It is the only
// place where the two meet: the evaluator knows no engine, the engine knows no Nix.
package nixconfig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/eval/worker"
)

// Config is a root that was opened by an evaluator process. It is an engine.Config.
//
// Besides what engine.Config says, its errors are *worker.Error for failed evaluations, which hold the trace, and
// *worker.DiedError when the process is gone.
type Config struct{ client *worker.Client }

var _ engine.Config = (*Config)(nil)

// Open lets the evaluator load a root. The client stays the caller's to close.
func Open(ctx context.Context, client *worker.Client, root worker.OpenRequest) (*Config, error) {
	if err := client.Open(ctx, root); err != nil {
		return nil, err
	}
	return &Config{client}, nil
}

// Component returns what is at path.
func (c *Config) Component(ctx context.Context, path addr.Path, want engine.Want) (*engine.Component, error) {
	answer, err := c.client.Component(ctx, path.Names(), wants[want])
	var needs *worker.NeedsError
	switch {
	case errors.As(err, &needs):
		return nil, &engine.NeedsError{What: subject(needs), Outputs: outputs(needs.Outputs)}
	case err != nil:
		return nil, err
	case answer.Missing != nil:
		return nil, missing(path, answer.Missing)
	case answer.Resource == nil:
		return composite(answer)
	case want == engine.WantKind:
		return &engine.Component{Resource: &engine.Resource{}}, nil
	}
	resource, err := resource(answer.Resource)
	if err != nil {
		return nil, err
	}
	moved, err := formers(answer.Resource.Settings["movedFrom"])
	return &engine.Component{Resource: resource, MovedFrom: moved}, err
}

func composite(answer *worker.Component) (*engine.Component, error) {
	moved, err := formers(answer.Settings["movedFrom"])
	return &engine.Component{Members: answer.Members, MovedFrom: moved, OnlyNamed: string(answer.Settings["allowApplyAll"]) == "false"}, err
}

// Tell makes outputs known.
func (c *Config) Tell(ctx context.Context, path addr.Path, outputs plan.Object, sensitive []string) error {
	return c.client.Tell(ctx, path.Names(), outputs, sensitive)
}

var wants = map[engine.Want]worker.Want{
	engine.WantKind:     worker.WantKind,
	engine.WantContents: worker.WantContents,
	engine.WantInputs:   worker.WantInputs,
}

// subject says what needs outputs, such as "the members of web".
func subject(needs *worker.NeedsError) string {
	path := addr.Of(needs.Path...)
	name := path.String()
	if path.IsRoot() {
		name = "the root"
	}
	if needs.What == "kind" {
		return "whether " + name + " is a resource"
	}
	return "the " + needs.What + " of " + name
}

func missing(path addr.Path, m *worker.Missing) error {
	names := path.Names()
	if len(m.Parent) >= len(names) {
		return fmt.Errorf("internal error: the evaluator says that %s leads to %q at most", path, m.Parent)
	}
	return &engine.NoMemberError{
		Parent:   addr.Of(m.Parent...),
		Name:     names[len(m.Parent)],
		Names:    m.Names,
		Resource: m.Resource,
	}
}

func resource(r *worker.Resource) (*engine.Resource, error) {
	var provider plan.Provider
	if err := json.Unmarshal(r.Provider, &provider); err != nil {
		return nil, fmt.Errorf("the provider is not a set with type, executable and args: %s", r.Provider)
	}
	switch {
	case provider.Type != "stdio":
		return nil, fmt.Errorf("the provider has type %q; the only one there is is %q", provider.Type, "stdio")
	case provider.Executable == "":
		return nil, errors.New("the provider has no executable")
	case provider.Args == nil:
		provider.Args = []string{}
	}
	handled, err := settings(r.Settings)
	if err != nil {
		return nil, err
	}
	resource := &engine.Resource{
		Settings: handled,
		Type:     r.Type,
		Provider: provider,
		Outputs:  r.Outputs,
		State:    addr.Of(r.State...),
		Inputs:   plan.Values{Known: r.Inputs, Sensitive: r.Sensitive},
	}
	if resource.Sensitive, err = sensitiveOutputs(r.Settings["sensitiveOutputs"], r.Outputs); err != nil {
		return nil, err
	}
	if r.Store != nil {
		resource.Store = engine.StoreRefs{Provider: r.Store.Provider, Inputs: r.Store.Inputs}
	}
	resource.Asked = outputs(r.Asked)
	for _, unknown := range r.Unknown {
		resource.Inputs.Unknown = append(resource.Inputs.Unknown, plan.Unknown{At: unknown.At, Until: output(unknown.Until)})
	}
	return resource, nil
}

func output(o worker.Output) addr.Output {
	return addr.Output{Resource: addr.Of(o.Path...), Name: o.Name}
}

func outputs(list []worker.Output) []addr.Output {
	converted := make([]addr.Output, len(list))
	for i, o := range list {
		converted[i] = output(o)
	}
	return converted
}
