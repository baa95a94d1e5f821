package providers

// This file keeps the processes of one provider.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"nixops4/providers/protocol"
)

// pool holds the processes of one provider. A request acquires a slot, works with a process, puts the process back if it is
// still good, and releases the slot.
type pool struct {
	client *Client
	spec   Spec
	slots  chan struct{} // one element per request in progress

	mu      sync.Mutex // guards the fields below; never held while waiting for a process
	idle    []*process // the most recently used last
	all     map[*process]bool
	closed  bool
	support *support // nil until asked

	asking sync.Mutex // held while support is being asked for
}

// support is the provider's answer to describeRequest.
type support struct {
	known    bool // false: the provider does not describe itself
	response protocol.DescribeResponse
}

func newPool(c *Client, spec Spec) *pool {
	return &pool{client: c, spec: spec, slots: make(chan struct{}, c.options.Parallelism), all: map[*process]bool{}}
}

func (p *pool) acquire(ctx context.Context) *failure {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return p.ended(ctx, "was not asked: all its processes were busy")
	}
}

func (p *pool) release() { <-p.slots }

// takeIdle returns a process that waits for a request, or nil.
func (p *pool) takeIdle() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		last := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if last.ready() {
			return last
		}
		go p.retire(last)
	}
	return nil
}

// putIdle takes back a process; nil is ignored.
func (p *pool) putIdle(process *process) {
	if process == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		go p.retire(process)
		return
	}
	p.idle = append(p.idle, process)
}

// exchange sends one request in process, or in a new one when process is nil or has ended while it was idle. It returns the process if it can go on.
func (p *pool) exchange(ctx context.Context, process *process, label string, op protocol.Operation, line []byte) (protocol.Response, *process, *failure) {
	if timeout := p.client.options.Timeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
		defer cancel()
	}
	for {
		if process == nil {
			var f *failure
			if process, f = p.start(ctx); f != nil {
				return nil, nil, f
			}
		}
		response, f := process.exchange(ctx, label, op, line)
		if f == nil || f.answered() {
			return response, process, p.unsupported(op, f)
		}
		f = p.explain(ctx, f)
		again := process.neverReadRequest && f.reason == Crashed
		p.retire(process)
		if !again {
			return nil, nil, p.unsupported(op, f)
		}
		// The process had served before and ended without looking at this request, as one that exits after each answer does.
		process = nil
	}
}

// explain replaces the failure of a request that the context or Close ended, which looks like a crash.
func (p *pool) explain(ctx context.Context, f *failure) *failure {
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if ctx.Err() == nil && !closed {
		return f
	}
	e := p.ended(ctx, "")
	if ctx.Err() == nil {
		e = &failure{reason: Canceled, msg: "was stopped: " + ErrClosed.Error(), err: ErrClosed}
	}
	e.stderr = f.stderr
	return e
}

// unsupported recognises how a provider that cannot describe itself says that it does not know an extension: it answers errorResponse, or
// ends without an error.
func (p *pool) unsupported(op protocol.Operation, f *failure) *failure {
	s := p.known()
	if f == nil || !op.Extension || s == nil || s.known {
		return f
	}
	switch {
	case f.reason == Refused:
		f.msg = "does not seem to support this operation; it answered: " + f.msg
	case f.reason == Crashed && f.err == nil:
		f.msg = "does not seem to support this operation: it " + f.msg
	default:
		return f
	}
	f.reason = Unsupported
	return f
}

// ended describes why ctx ended. When msg is given it says what was not done.
func (p *pool) ended(ctx context.Context, msg string) *failure {
	cause := context.Cause(ctx)
	if errors.Is(cause, errTimeout) || errors.Is(cause, context.DeadlineExceeded) {
		if msg == "" {
			msg = "did not answer"
		}
		if timeout := p.client.options.Timeout; errors.Is(cause, errTimeout) {
			return &failure{reason: TimedOut, msg: fmt.Sprintf("%s within %s", msg, timeout), err: context.DeadlineExceeded}
		}
		return &failure{reason: TimedOut, msg: msg + " in time", err: cause}
	}
	if msg == "" {
		msg = "was stopped: the operation was canceled"
	}
	return &failure{reason: Canceled, msg: msg, err: cause}
}

// start starts a process.
func (p *pool) start(ctx context.Context) (*process, *failure) {
	if ctx.Err() != nil {
		return nil, p.ended(ctx, "was not asked")
	}
	process, err := startProcess(p.client, p.spec)
	if err != nil {
		return nil, &failure{reason: NotStarted, msg: "could not be started: " + err.Error(), err: err}
	}
	p.mu.Lock()
	closed := p.closed
	p.all[process] = true
	p.mu.Unlock()
	if closed {
		p.retire(process)
		return nil, &failure{reason: Canceled, msg: "was not asked: " + ErrClosed.Error(), err: ErrClosed}
	}
	return process, nil
}

// retire ends process, politely at first, and waits for it.
func (p *pool) retire(process *process) {
	process.shutdown(p.client.options.Grace)
	p.mu.Lock()
	delete(p.all, process)
	p.mu.Unlock()
}

// close ends all processes. Requests in progress are interrupted.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	var all []*process
	for process := range p.all {
		all = append(all, process)
		if process.isBusy() {
			process.terminate()
		}
	}
	p.mu.Unlock()
	var wg sync.WaitGroup
	for _, process := range all {
		wg.Go(func() { p.retire(process) })
	}
	wg.Wait()
}

// checkSupport returns a failure if the provider is known not to support op for resources of a type.
func (p *pool) checkSupport(ctx context.Context, provider *Provider, op protocol.Operation, resourceType string) *failure {
	s, f := p.describe(ctx, provider)
	if f != nil {
		return f
	}
	if !s.known || s.supports(op.Name, resourceType) {
		return nil
	}
	msg := "does not support this operation"
	if s.supports(op.Name, "") {
		msg += " for resources of this type"
	}
	return &failure{reason: Unsupported, msg: msg}
}

func (s *support) supports(op, resourceType string) bool {
	if t, ok := s.response.ResourceTypes[resourceType]; ok && t.Operations != nil {
		return slices.Contains(t.Operations, op)
	}
	return slices.Contains(s.response.Operations, op)
}

// describe asks the provider once what it supports. Failing to answer in whatever way counts as "does not say", unless it could not even be started.
func (p *pool) describe(ctx context.Context, provider *Provider) (*support, *failure) {
	p.asking.Lock()
	defer p.asking.Unlock()
	if s := p.known(); s != nil {
		return s, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, describeTimeout, errTimeout)
	defer cancel()
	op := protocol.OperationOf(protocol.DescribeRequest{})
	line, err := protocol.Encode(protocol.DescribeRequest{})
	if err != nil {
		return nil, &failure{reason: NotStarted, msg: err.Error(), err: err}
	}
	response, f := provider.roundTrip(ctx, p, op, line)
	s := &support{}
	switch {
	case f == nil:
		s.response = response.(protocol.DescribeResponse)
		s.known = true
	case f.reason == NotStarted || f.reason == Canceled:
		return nil, f
	}
	p.mu.Lock()
	p.support = s
	p.mu.Unlock()
	return s, nil
}

// describeTimeout bounds describeRequest, so that a provider that ignores what it does not know cannot hang an operation.
const describeTimeout = 10 * time.Second

func (p *pool) known() *support {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.support
}

// oneLine makes text fit into a message.
func oneLine(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}
