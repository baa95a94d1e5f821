package graph

// This file is the scheduler: one goroutine owns all nodes, the calls of the work function report to it.

import (
	"context"
	"fmt"
	"runtime/debug"
)

type status uint8

const (
	queued status = iota
	running
	parked
	done
)

type node[K comparable] struct {
	key     K
	status  status
	err     error      // outcome, when done
	needs   []edge[K]  // what it waits for, done or not, while parked
	open    int        // how many of needs are not done
	waiters []*node[K] // who is parked on it
	cause   *node[K]   // the node whose failure made it fail; itself when it failed by its own
}

type edge[K comparable] struct {
	to  *node[K]
	why any
}

type result[K comparable] struct {
	node     *node[K]
	step     Step[K]
	err      error
	panicked *PanicError
}

type run[K comparable] struct {
	ctx      context.Context
	work     Work[K]
	opts     Options[K]
	nodes    map[K]*node[K]
	queue    []*node[K] // in the order in which they became ready
	active   int
	results  chan result[K]
	stopped  bool
	panicked *PanicError
}

// find returns the node with this key, and queues it when it is new.
func (r *run[K]) find(key K) *node[K] {
	n := r.nodes[key]
	if n == nil {
		n = &node[K]{key: key}
		r.nodes[key] = n
		r.queue = append(r.queue, n)
	}
	return n
}

func (r *run[K]) loop() {
	for {
		r.start()
		if r.active == 0 {
			return
		}
		r.receive(<-r.results)
	}
}

// start begins work on ready nodes while there is room.
func (r *run[K]) start() {
	for len(r.queue) > 0 && r.active < max(r.opts.Parallelism, 1) && !r.stopRequested() {
		n := r.queue[0]
		r.queue = r.queue[1:]
		if n.status != queued { // it failed as part of a cycle or with a need since it was queued
			continue
		}
		n.status = running
		r.active++
		go r.call(n)
	}
}

func (r *run[K]) stopRequested() bool {
	if r.stopped || r.panicked != nil {
		return true
	}
	select {
	case <-r.opts.Stop:
		r.stopped = true
	case <-r.ctx.Done():
		r.stopped = true
	default:
	}
	return r.stopped
}

func (r *run[K]) call(n *node[K]) {
	res := result[K]{node: n}
	finished := false
	defer func() {
		if !finished {
			res.panicked = &PanicError{Value: recover(), Stack: debug.Stack()}
		}
		r.results <- res
	}()
	res.step, res.err = r.work(r.ctx, n.key)
	finished = true
}

// receive takes in what one call came to.
func (r *run[K]) receive(res result[K]) {
	n := res.node
	r.active--
	if res.panicked != nil {
		r.panicked = res.panicked
		return
	}
	for _, key := range res.step.Found {
		r.find(key)
	}
	switch {
	case res.err != nil:
		r.fail(n, res.err, n)
	case len(res.step.Needs) > 0:
		r.park(n, res.step.Needs)
	default:
		r.succeed(n)
	}
}

// park makes n wait for needs, unless one has failed or would close a cycle.
func (r *run[K]) park(n *node[K], needs []Need[K]) {
	n.status = parked
	for _, need := range needs {
		to := r.find(need.Key)
		if to.status == done && to.err != nil {
			r.fail(n, skipped(to, need.Why), to.cause)
			return
		}
		if to.status == done {
			continue
		}
		if chain := findCycle(n, edge[K]{to, need.Why}); chain != nil {
			r.failCycle(chain)
			return
		}
		n.needs = append(n.needs, edge[K]{to, need.Why})
		to.waiters = append(to.waiters, n)
		n.open++
	}
	if n.open == 0 {
		r.ready(n)
	}
}

func (r *run[K]) ready(n *node[K]) {
	n.status = queued
	n.needs = nil
	r.queue = append(r.queue, n)
}

func (r *run[K]) succeed(n *node[K]) {
	r.finish(n, nil, nil)
	for _, waiter := range n.waiters {
		if waiter.status != parked {
			continue
		}
		if waiter.open--; waiter.open == 0 {
			r.ready(waiter)
		}
	}
	n.waiters = nil
}

// fail ends n with err and skips all that wait for it, level by level, so that a long chain costs no stack.
func (r *run[K]) fail(n *node[K], err error, cause *node[K]) {
	r.finish(n, err, cause)
	for failed := []*node[K]{n}; len(failed) > 0; failed = failed[1:] {
		from := failed[0]
		for _, waiter := range from.waiters {
			if waiter.status != parked {
				continue
			}
			r.finish(waiter, skipped(from, waiter.whyNeeds(from)), from.cause)
			failed = append(failed, waiter)
		}
		from.waiters = nil
	}
}

func (r *run[K]) failCycle(chain []edge[K]) {
	err := &CycleError[K]{}
	for i, e := range chain {
		// An edge tells why its target is needed; a link why it needs the next one.
		err.Chain = append(err.Chain, Link[K]{e.to.key, chain[(i+1)%len(chain)].why})
	}
	for _, e := range chain {
		r.finish(e.to, err, e.to)
	}
	for _, e := range chain {
		r.fail(e.to, err, e.to)
	}
}

func (r *run[K]) finish(n *node[K], err error, cause *node[K]) {
	if n.status == done {
		return
	}
	n.status, n.err, n.cause, n.needs = done, err, cause, nil
	if r.opts.Finished != nil {
		r.opts.Finished(n.key, err)
	}
}

func (n *node[K]) whyNeeds(to *node[K]) any {
	for _, e := range n.needs {
		if e.to == to {
			return e.why
		}
	}
	panic(fmt.Sprintf("graph: %v is parked on %v without needing it", n.key, to.key))
}

func skipped[K comparable](need *node[K], why any) error {
	return &SkippedError[K]{Need: Need[K]{need.key, why}, Cause: need.cause.key, Err: need.cause.err}
}

func (r *run[K]) outcomes() map[K]error {
	outcomes := make(map[K]error, len(r.nodes))
	for key, n := range r.nodes {
		switch {
		case n.status == done:
			outcomes[key] = n.err
		case r.stopped:
			outcomes[key] = ErrStopped
		default:
			panic(fmt.Sprintf("graph: %v was forgotten", key))
		}
	}
	return outcomes
}
