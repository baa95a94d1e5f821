package providers

// This file keeps one process for a series of calls.

import (
	"context"
	"sync"

	"nixops4/providers/protocol"
)

// Session makes calls in one process, one after the other, so that they profit from what it remembers, such as a state file it has read. A process
// that ends is replaced for the next call; a session promises speed, not identity.
type Session struct {
	*Provider

	turn    chan struct{} // holds an element while a call is in progress
	pool    *pool
	mu      sync.Mutex // guards process and closed
	process *process   // nil when there is none, or while a call is in progress
	closed  bool
}

// Session returns a session of the provider. Calls through it do not count against the parallelism. The caller closes it, or the client.
func (p *Provider) Session() *Session {
	s := &Session{turn: make(chan struct{}, 1)}
	s.Provider = &Provider{client: p.client, spec: p.spec, label: p.label, session: s}
	return s
}

// Close ends the session's process. It waits for a call in progress.
func (s *Session) Close() {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.mu.Lock()
	process, pool := s.process, s.pool
	s.process, s.closed = nil, true
	s.mu.Unlock()
	if process != nil {
		pool.retire(process)
	}
}

func (s *Session) roundTrip(ctx context.Context, pool *pool, label string, op protocol.Operation, line []byte) (protocol.Response, *failure) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, pool.ended(ctx, "was not asked: it was busy")
	}
	process, f := s.take(pool)
	if f != nil {
		return nil, f
	}
	if process != nil && !process.ready() {
		pool.retire(process)
		process = nil
	}
	response, process, f := pool.exchange(ctx, process, label, op, line)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = process
	return response, f
}

func (s *Session) take(pool *pool) (*process, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &failure{reason: Canceled, msg: "was not asked: " + ErrClosed.Error(), err: ErrClosed}
	}
	process := s.process
	s.process, s.pool = nil, pool
	return process, nil
}
