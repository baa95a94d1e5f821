package sdk

// This file defines resource types by Go functions.

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"nixops4/providers/protocol"
)

// Resource is a resource type with inputs In and outputs Out, which are structs with `json` tags. Create is required; an operation whose
// function is nil is not supported.
type Resource[In, Out any] struct {
	// RequireState makes creating without state an error.
	RequireState bool
	// Replace lists inputs whose change cannot be done by updating. It answers planning requests when Plan is nil.
	Replace []string
	// Sensitive lists outputs that are secrets.
	Sensitive []string

	// Create makes the object. stateful tells whether the outputs will be remembered.
	Create func(ctx context.Context, in In, stateful bool) (Out, error)
	// Update changes the object that old describes so that it has the inputs in.
	Update func(ctx context.Context, old Existing[In, Out], in In) (Out, error)
	// Destroy removes the object. It succeeds if there is none.
	Destroy func(ctx context.Context, old Existing[In, Out]) error
	// Read looks at the object. nil means that it does not exist any more.
	Read func(ctx context.Context, old Existing[In, Out]) (*Found[In, Out], error)
	// Plan says what create (old is nil) or update would do.
	Plan func(ctx context.Context, old *Existing[In, Out], in In) (protocol.PlanResourceResponse, error)
	// Import looks up an object by its ID. An error says that there is none.
	Import func(ctx context.Context, id string) (Found[In, Out], error)
	// Methods are further operations by name. The result must be encodable as JSON. One that changes the outputs returns a [WithOutputs].
	Methods map[string]func(ctx context.Context, old Existing[In, Out], arguments protocol.Properties) (result any, err error)
}

// Existing is a resource as it was recorded, perhaps by an older version of the provider: inputs and outputs that do not exist any more are ignored,
// missing ones are zero. Outputs is nil when none were recorded.
type Existing[In, Out any] struct {
	Inputs  In
	Outputs *Out
}

// WithOutputs is the result of a method that changes the outputs of the resource.
type WithOutputs[Out any] struct {
	Result  any
	Outputs Out
}

// Found is a resource as it is. Inputs is nil when they cannot be seen in the object.
type Found[In, Out any] struct {
	Inputs  *In
	Outputs Out
}

func (t Resource[In, Out]) describe() protocol.ResourceType {
	d := protocol.ResourceType{
		Operations:    []string{"create"},
		RequireState:  t.RequireState,
		Inputs:        fieldNames[In](),
		Outputs:       fieldNames[Out](),
		Methods:       slices.Sorted(maps.Keys(t.Methods)),
		ReplaceInputs: t.Replace,
	}
	for _, op := range []struct {
		name string
		has  bool
	}{
		{"update", t.Update != nil},
		{"destroy", t.Destroy != nil},
		{"read", t.Read != nil},
		{"plan", t.Plan != nil || t.Replace != nil},
		{"import", t.Import != nil},
		{"callMethod", len(t.Methods) > 0},
	} {
		if op.has {
			d.Operations = append(d.Operations, op.name)
		}
	}
	return d
}

func (t Resource[In, Out]) handle(ctx context.Context, r protocol.Request) (protocol.Response, error) {
	switch r := r.(type) {
	case protocol.CreateResourceRequest:
		return t.create(ctx, r)
	case protocol.UpdateResourceRequest:
		return t.update(ctx, r)
	case protocol.DestroyResourceRequest:
		return t.destroy(ctx, r)
	case protocol.ReadResourceRequest:
		return t.read(ctx, r)
	case protocol.PlanResourceRequest:
		return t.plan(ctx, r)
	case protocol.ImportResourceRequest:
		return t.imports(ctx, r)
	case protocol.CallMethodRequest:
		return t.callMethod(ctx, r)
	}
	return nil, errNotSupported
}

func (t Resource[In, Out]) create(ctx context.Context, r protocol.CreateResourceRequest) (protocol.Response, error) {
	if t.RequireState && !r.IsStateful {
		return nil, fmt.Errorf("%s resources require state (isStateful must be true): set the resource's `state`", r.Type)
	}
	in, err := decodeInputs[In](r.InputProperties)
	if err != nil {
		return nil, err
	}
	out, err := t.Create(ctx, in, r.IsStateful)
	if err != nil {
		return nil, err
	}
	properties, err := encodeProperties(out)
	return protocol.CreateResourceResponse{OutputProperties: properties, SensitiveOutputs: t.Sensitive}, HalfDone(err)
}

func (t Resource[In, Out]) update(ctx context.Context, r protocol.UpdateResourceRequest) (protocol.Response, error) {
	if t.Update == nil {
		return nil, errNotSupported
	}
	old, err := decodeExisting[In, Out](r.Resource)
	if err != nil {
		return nil, err
	}
	in, err := decodeInputs[In](r.InputProperties)
	if err != nil {
		return nil, err
	}
	out, err := t.Update(ctx, old, in)
	if err != nil {
		return nil, err
	}
	properties, err := encodeProperties(out)
	return protocol.UpdateResourceResponse{OutputProperties: properties, SensitiveOutputs: t.Sensitive}, HalfDone(err)
}

func (t Resource[In, Out]) destroy(ctx context.Context, r protocol.DestroyResourceRequest) (protocol.Response, error) {
	if t.Destroy == nil {
		return nil, errNotSupported
	}
	old, err := decodeExisting[In, Out](r.Resource)
	if err != nil {
		return nil, err
	}
	return protocol.DestroyResourceResponse{}, t.Destroy(ctx, old)
}

func (t Resource[In, Out]) read(ctx context.Context, r protocol.ReadResourceRequest) (protocol.Response, error) {
	if t.Read == nil {
		return nil, errNotSupported
	}
	old, err := decodeExisting[In, Out](r.Resource)
	if err != nil {
		return nil, err
	}
	found, err := t.Read(ctx, old)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return protocol.ReadResourceResponse{Gone: true}, nil
	}
	outputs, inputs, err := encodeFound(*found)
	return protocol.ReadResourceResponse{OutputProperties: outputs, InputProperties: inputs}, err
}

func (t Resource[In, Out]) plan(ctx context.Context, r protocol.PlanResourceRequest) (protocol.Response, error) {
	if t.Plan == nil && t.Replace == nil {
		return nil, errNotSupported
	}
	in, err := decodeInputs[In](r.InputProperties)
	if err != nil {
		return nil, err
	}
	if t.Plan == nil {
		return planByInputs(r, t.Replace), nil
	}
	var old *Existing[In, Out]
	if r.Resource != nil {
		o, err := decodeExisting[In, Out](*r.Resource)
		if err != nil {
			return nil, err
		}
		old = &o
	}
	return t.Plan(ctx, old, in)
}

// planByInputs compares inputs; a change of one in replace means a replacement.
func planByInputs(r protocol.PlanResourceRequest, replace []string) protocol.PlanResourceResponse {
	if r.Resource == nil {
		return protocol.PlanResourceResponse{Action: protocol.ActionCreate}
	}
	changed := changedInputs(r.Resource.InputProperties, r.InputProperties)
	p := protocol.PlanResourceResponse{Action: protocol.ActionNone, Reasons: changed}
	if len(changed) > 0 {
		p.Action = protocol.ActionUpdate
	}
	if slices.ContainsFunc(changed, func(name string) bool { return slices.Contains(replace, name) }) {
		p.Action = protocol.ActionReplace
	}
	return p
}

func (t Resource[In, Out]) imports(ctx context.Context, r protocol.ImportResourceRequest) (protocol.Response, error) {
	if t.Import == nil {
		return nil, errNotSupported
	}
	found, err := t.Import(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	outputs, inputs, err := encodeFound(found)
	return protocol.ImportResourceResponse{InputProperties: inputs, OutputProperties: outputs}, err
}

func (t Resource[In, Out]) callMethod(ctx context.Context, r protocol.CallMethodRequest) (protocol.Response, error) {
	method, ok := t.Methods[r.Method]
	if !ok {
		return nil, fmt.Errorf("there is no method %q; the methods are %q", r.Method, slices.Sorted(maps.Keys(t.Methods)))
	}
	old, err := decodeExisting[In, Out](r.Resource)
	if err != nil {
		return nil, err
	}
	result, err := method(ctx, old, r.Arguments)
	if err != nil {
		return nil, err
	}
	var response protocol.CallMethodResponse
	if changed, ok := result.(WithOutputs[Out]); ok {
		result = changed.Result
		if response.OutputProperties, err = encodeProperties(changed.Outputs); err != nil {
			return nil, err
		}
	}
	response.Result, err = marshal(result)
	return response, err
}
