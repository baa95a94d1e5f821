package nixconfig

// This file answers the questions of a check.

import (
	"context"
	"strings"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/check"
	"nixops4/eval/worker"
)

var _ check.Source = (*Config)(nil)

// Check returns what is at path and what is wrong with it. The root has to be opened with Check set.
func (c *Config) Check(ctx context.Context, path addr.Path) (*check.Component, error) {
	answer, err := c.client.Check(ctx, path.Names())
	switch {
	case err != nil:
		return nil, err
	case answer.Missing != nil:
		return nil, missing(path, answer.Missing)
	}
	component := &check.Component{Members: answer.Members, InStore: answer.InStore, Operations: answer.Operations}
	for _, p := range answer.Problems {
		component.Mistakes = append(component.Mistakes, mistake(p))
	}
	for _, w := range answer.Waits {
		needs := &worker.NeedsError{What: w.What, Path: path.Names(), Outputs: w.Outputs}
		component.Waits = append(component.Waits, engine.NeedsError{What: subject(needs), Outputs: outputs(w.Outputs)})
	}
	if answer.Resource == nil {
		return component, nil
	}
	r := *answer.Resource
	if len(r.Provider) == 0 || string(r.Provider) == "null" { // why has been told
		component.Resource = &engine.Resource{Type: r.Type, State: addr.Of(r.State...)}
		return component, nil
	}
	component.Resource, err = resource(&r)
	if err == nil {
		_, err = formers(r.Settings["movedFrom"])
	} else if r.Settings != nil {
		r.Settings = nil // the rest may be good
		component.Resource, _ = resource(&r)
	}
	if err != nil {
		what := "settings"
		if component.Resource == nil {
			what = "provider"
			component.Resource = &engine.Resource{Type: r.Type, State: addr.Of(r.State...)}
		}
		component.Mistakes = append(component.Mistakes, check.Mistake{Kind: "evaluation", What: what, Err: err})
	}
	return component, nil
}

// Flow returns which outputs the inputs of the resource at path are made of. Nothing else can be asked after it.
func (c *Config) Flow(ctx context.Context, path addr.Path) ([]check.Flow, error) {
	answer, err := c.client.Flow(ctx, path.Names())
	if err != nil {
		return nil, err
	}
	var flows []check.Flow
	for _, f := range answer.Flows {
		flows = append(flows, check.Flow{At: f.At, Outputs: outputs(f.Outputs)})
	}
	return flows, nil
}

func mistake(p worker.Problem) check.Mistake {
	kind := "evaluation"
	switch {
	case p.Error.Kind == "option", strings.Contains(p.Error.Message, "was accessed but has no value defined"):
		kind = "option"
	case strings.Contains(p.Error.Message, "is not of type"):
		kind = "type"
	}
	return check.Mistake{Kind: kind, What: strings.Join(append([]string{p.What}, p.At...), "."), Err: &p.Error}
}
