package worker

// This file checks a component: it evaluates all of it that needs no outputs, and goes on past mistakes.

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"nixops4/eval"
)

// checking is one request to check a component.
type checking struct {
	question
	ctx    context.Context
	result *Checked
	failed error // the context was cancelled
	budget int   // how many more values of options are looked at
}

// maxChecked bounds how many values inside the options of one component are looked at, so that an option that holds the whole world takes
// no forever.
const maxChecked = 100_000

// Check evaluates what is at a path and returns all mistakes.
func (e *evaluation) Check(ctx context.Context, r *CheckRequest) (*Checked, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	e.requests++
	c := &checking{question: question{evaluation: e}, ctx: ctx, result: &Checked{}, budget: maxChecked}
	c.component(r.Path)
	c.options(r.Path)
	for _, message := range e.reports.take() {
		c.result.Problems = append(c.result.Problems, Problem{What: "options", Error: Error{
			Kind: "option", Message: message, Brief: "error: " + message, Trace: "error: " + message,
		}})
	}
	return c.result, c.failed
}

// step evaluates one thing. What goes wrong becomes a problem or a wait of the result; then false is returned.
func (c *checking) step(what string, path []string, do func() *eval.Error) bool {
	if c.failed != nil {
		return false
	}
	c.about(what, path)
	err := c.m.Run(c.ctx, do)
	if err == nil {
		return true
	}
	c.wrong(nil, err)
	return false
}

// wrong takes in an error about what is at `at` in what is being evaluated.
func (c *checking) wrong(at []string, err *eval.Error) {
	e := failure(c.ctx, c.m.Located(err), &c.question)
	var needs *NeedsError
	var failed *Error
	switch {
	case errors.As(e, &needs):
		c.result.Waits = append(c.result.Waits, Wait{What: c.what, Outputs: needs.Outputs})
	case errors.As(e, &failed):
		c.result.Problems = append(c.result.Problems, Problem{What: c.what, At: slices.Clone(at), Error: *failed})
	default:
		c.failed = e
	}
}

func (c *checking) component(path []string) {
	var export *eval.Attrs
	var missing *Missing
	if !c.step("kind", path, func() (err *eval.Error) {
		export, missing, err = c.find(path)
		return err
	}) {
		return
	}
	c.result.Missing = missing
	if missing != nil {
		return
	}
	c.operations(export, path)
	if resource, ok := c.m.Get(export, "resource"); ok {
		c.resource(resource, path)
		return
	}
	c.step("members", path, func() *eval.Error {
		members, err := c.members(export, path)
		if err == nil {
			c.result.Members = c.m.AttrNames(members)
		}
		return err
	})
	c.step("settings", path, func() *eval.Error {
		_, err := c.settings(export, compositeSettings)
		return err
	})
}

// operations converts the operations that a component declares.
func (c *checking) operations(export *eval.Attrs, path []string) {
	declared, ok := c.m.Get(export, "operations")
	if !ok {
		return
	}
	c.step("operations", path, func() *eval.Error {
		set, err := c.m.ForceAttrs(declared, "while evaluating the operations of "+display(path))
		if err != nil {
			return err
		}
		c.result.Operations = map[string]json.RawMessage{}
		for _, attr := range c.m.Sorted(set) {
			text, err := (&converter{m: c.m}).convert(*attr.Slot)
			if err != nil {
				c.wrong([]string{attr.Name}, err)
				continue
			}
			c.result.Operations[attr.Name] = text
		}
		return nil
	})
}

func (c *checking) resource(v eval.Value, path []string) {
	r := &Resource{}
	c.result.Resource = r
	c.step("type", path, func() *eval.Error { return c.resourceType(r, v) })
	c.step("provider", path, func() *eval.Error {
		provider, err := c.m.Select(v, "provider")
		if err != nil {
			return err
		}
		converter := &converter{m: c.m} // nothing is built
		r.Provider, err = converter.convert(provider)
		c.result.InStore = len(converter.context) > 0
		return err
	})
	c.step("outputs", path, func() *eval.Error {
		skeleton, err := skeletonOf(c.m, v, path)
		if err == nil {
			r.Outputs = c.m.AttrNames(skeleton)
		}
		return err
	})
	c.step("state", path, func() *eval.Error { return c.state(r, v) })
	c.step("settings", path, func() *eval.Error { return c.resourceSettings(r, v) })
	c.step("inputs", path, func() *eval.Error { return c.inputs(r, v) })
}

// inputs converts the inputs and goes on past what is wrong in them.
func (c *checking) inputs(r *Resource, v eval.Value) *eval.Error {
	inputs, err := c.m.Select(v, "inputs")
	if err != nil {
		return err
	}
	var failures []leafFailure
	converter := &converter{m: c.m, unknown: &r.Unknown, failures: &failures}
	text, err := converter.convert(inputs)
	if err != nil {
		return err
	}
	for _, f := range failures {
		c.wrong(f.at, f.err)
	}
	if len(failures) == 0 && !strings.HasPrefix(string(text), "{") && len(r.Unknown) == 0 {
		return eval.Errorf(eval.Type, "the inputs are not a set")
	}
	return nil
}

// options evaluates the values of the options that the modules of a component declare themselves.
func (c *checking) options(path []string) {
	if !c.showsOptions() || c.result.Missing != nil {
		return
	}
	before := *c.result
	var options *eval.Attrs
	c.step("options", path, func() *eval.Error {
		value, err := c.optionsOf(path)
		if err == nil && value.Kind() != eval.KindNull {
			options, err = c.m.ForceAttrs(value, "while evaluating the options of "+display(path))
		}
		return err
	})
	if options == nil && len(before.Problems)+len(before.Waits) > 0 {
		*c.result = before // that the component cannot be evaluated has been told
	}
	if options != nil {
		c.optionSet(options, nil)
	}
}
