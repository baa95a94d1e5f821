package providers

// This file defines one method per operation.

import (
	"context"
	"slices"

	"nixops4/providers/protocol"
)

// do is [Provider.Do] with the response's type, which the process has already been checked for.
func do[R protocol.Response](ctx context.Context, p *Provider, r protocol.Request) (R, error) {
	response, err := p.Do(ctx, r)
	if err != nil {
		var zero R
		return zero, err
	}
	return response.(R), nil
}

// Create creates a resource and returns its outputs.
func (p *Provider) Create(ctx context.Context, r protocol.CreateResourceRequest) (protocol.CreateResourceResponse, error) {
	return do[protocol.CreateResourceResponse](ctx, p, r)
}

// Update changes a resource and returns its outputs.
func (p *Provider) Update(ctx context.Context, r protocol.UpdateResourceRequest) (protocol.UpdateResourceResponse, error) {
	return do[protocol.UpdateResourceResponse](ctx, p, r)
}

// Destroy removes a resource. It is an extension: see [Unsupported].
func (p *Provider) Destroy(ctx context.Context, resource protocol.Resource) error {
	_, err := do[protocol.DestroyResourceResponse](ctx, p, protocol.DestroyResourceRequest{Resource: resource})
	return err
}

// Read returns a resource as it is now. It is an extension: see [Unsupported].
func (p *Provider) Read(ctx context.Context, resource protocol.Resource) (protocol.ReadResourceResponse, error) {
	return do[protocol.ReadResourceResponse](ctx, p, protocol.ReadResourceRequest{Resource: resource})
}

// Plan asks what an operation would do. It is an extension: see [Unsupported].
func (p *Provider) Plan(ctx context.Context, r protocol.PlanResourceRequest) (protocol.PlanResourceResponse, error) {
	return do[protocol.PlanResourceResponse](ctx, p, r)
}

// Import looks up an existing object. It is an extension: see [Unsupported].
func (p *Provider) Import(ctx context.Context, resourceType, id string) (protocol.ImportResourceResponse, error) {
	return do[protocol.ImportResourceResponse](ctx, p, protocol.ImportResourceRequest{Type: resourceType, ID: id})
}

// CallMethod runs a method of a resource. It is an extension: see [Unsupported].
func (p *Provider) CallMethod(ctx context.Context, r protocol.CallMethodRequest) (protocol.CallMethodResponse, error) {
	return do[protocol.CallMethodResponse](ctx, p, r)
}

// Describe returns what the provider says it supports. ok is false when it does not answer that question. The answer is asked for once.
func (p *Provider) Describe(ctx context.Context) (response protocol.DescribeResponse, ok bool, err error) {
	r := protocol.DescribeRequest{}
	pool, err := p.client.pool(p.spec)
	if err != nil {
		return response, false, p.newError(r, &failure{reason: Canceled, msg: "was not asked: " + err.Error(), err: err})
	}
	s, f := pool.describe(ctx, p)
	if f != nil {
		return response, false, p.newError(r, f)
	}
	return s.response, s.known, nil
}

// Supports reports whether the provider knows an operation, by its name in [protocol.Operations], for resources of a type. For a provider that
// does not describe itself it reports whether protocol v0 has the operation.
func (p *Provider) Supports(ctx context.Context, operation, resourceType string) (bool, error) {
	response, ok, err := p.Describe(ctx)
	if err != nil {
		return false, err
	}
	if ok {
		s := support{response: response}
		return s.supports(operation, resourceType), nil
	}
	return slices.ContainsFunc(protocol.Operations(), func(op protocol.Operation) bool {
		return op.Name == operation && !op.Extension
	}), nil
}

// StateRead returns the state document a resource stores.
func (p *Provider) StateRead(ctx context.Context, resource protocol.Resource) (protocol.StateResourceReadResponse, error) {
	return do[protocol.StateResourceReadResponse](ctx, p, protocol.StateResourceReadRequest{Resource: resource})
}

// StateEvent records a change in a resource that stores state.
func (p *Provider) StateEvent(ctx context.Context, r protocol.StateResourceEvent) error {
	_, err := do[protocol.StateResourceEventResponse](ctx, p, r)
	return err
}

// StateSnapshot returns the state document and its index. It is an extension: see [Unsupported].
func (p *Provider) StateSnapshot(ctx context.Context, resource protocol.Resource) (protocol.StateSnapshotResponse, error) {
	return do[protocol.StateSnapshotResponse](ctx, p, protocol.StateSnapshotRequest{Resource: resource})
}

// StateEvents returns recorded events. It is an extension: see [Unsupported].
func (p *Provider) StateEvents(ctx context.Context, resource protocol.Resource, from uint64) (protocol.StateEventsResponse, error) {
	return do[protocol.StateEventsResponse](ctx, p, protocol.StateEventsRequest{Resource: resource, From: from})
}

// StateAppend appends events. It is an extension: see [Unsupported].
func (p *Provider) StateAppend(ctx context.Context, r protocol.StateAppendRequest) (protocol.StateAppendResponse, error) {
	return do[protocol.StateAppendResponse](ctx, p, r)
}

// StateLock takes the lock of a state. It is an extension: see [Unsupported].
func (p *Provider) StateLock(ctx context.Context, r protocol.StateLockRequest) (protocol.StateLockResponse, error) {
	return do[protocol.StateLockResponse](ctx, p, r)
}

// StateUnlock releases the lock of a state. It is an extension: see [Unsupported].
func (p *Provider) StateUnlock(ctx context.Context, r protocol.StateUnlockRequest) (protocol.StateUnlockResponse, error) {
	return do[protocol.StateUnlockResponse](ctx, p, r)
}

// StateHolder returns who holds the lock of a state. It is an extension: see [Unsupported].
func (p *Provider) StateHolder(ctx context.Context, resource protocol.Resource) (protocol.StateHolderResponse, error) {
	return do[protocol.StateHolderResponse](ctx, p, protocol.StateHolderRequest{Resource: resource})
}

// StateRepair cuts an unfinished last event off. It is an extension: see [Unsupported].
func (p *Provider) StateRepair(ctx context.Context, resource protocol.Resource) (protocol.StateRepairResponse, error) {
	return do[protocol.StateRepairResponse](ctx, p, protocol.StateRepairRequest{Resource: resource})
}

// StateCompact replaces the log by one event. It is an extension: see [Unsupported].
func (p *Provider) StateCompact(ctx context.Context, resource protocol.Resource) (protocol.StateCompactResponse, error) {
	return do[protocol.StateCompactResponse](ctx, p, protocol.StateCompactRequest{Resource: resource})
}
