// Package graph runs work whose dependencies become known only while it runs.
//
// [Run] is given some start nodes and a work function. Working on a node may find further nodes (which then
// run too) and may turn out to need others first: then the node is parked, holding no place among the running
// ones, and its work function is called again when all it needs is done. So a node is queued, running, parked
// or done, and a work function must be able to start over, keeping between calls what it wants to keep.
//
// Up to Parallelism nodes run at a time. A node that fails takes its dependents with it ([*SkippedError]) and
// nobody else. A need that would close a circle of waiting nodes is found when it is stated, and fails all
// nodes on the circle with one shared [*CycleError].
//
// The package knows nothing of components; its user is package engine.
package graph

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrStopped is the outcome of a node that did not end because the run was stopped before.
var ErrStopped = errors.New("not done, because the run was stopped")

// Need says that a node must be done before work on another can go on.
type Need[K comparable] struct {
	Key K
	Why any // handed back in cycles and skips; such as the name of an input
}

// Step is what one call of the work function came to.
type Step[K comparable] struct {
	Found []K       // nodes that shall run too, but are not waited for
	Needs []Need[K] // nodes that must be done before the next call; none: the node is done
}

// Work does a part of the work on the node key. It is never called twice at the same time for one node.
// What it did happens before every call for a node that needs key.
type Work[K comparable] func(ctx context.Context, key K) (Step[K], error)

// Options of a run.
type Options[K comparable] struct {
	// Parallelism is how many calls of the work function may run at a time; values below 1 mean 1.
	Parallelism int
	// Stop, when closed, lets running calls end and starts no others. May be nil.
	// Cancelling the run's context does the same, and reaches the running calls through their context.
	Stop <-chan struct{}
	// Finished, when not nil, is called once for each node as its outcome is known, one call at a time, except
	// for those that a stop left undone.
	Finished func(key K, err error)
}

// SkippedError is the outcome of a node that needs one that did not succeed.
type SkippedError[K comparable] struct {
	Need  Need[K] // the direct need
	Cause K       // the node whose own failure it goes back to
	Err   error   // that failure
}

// Error returns one line.
func (e *SkippedError[K]) Error() string {
	return fmt.Sprintf("skipped, because it needs %v: %v", e.Need.Key, e.Err)
}

// Unwrap returns the failure it goes back to.
func (e *SkippedError[K]) Unwrap() error { return e.Err }

// CycleError is the outcome of nodes that wait for each other. Every node needs the one after it, for the
// reason in Why; the last needs the first.
type CycleError[K comparable] struct {
	Chain []Link[K]
}

// Link is one node of a cycle.
type Link[K comparable] struct {
	Key K
	Why any // why it needs the next
}

// Error returns one line with the whole chain.
func (e *CycleError[K]) Error() string {
	var b strings.Builder
	b.WriteString("cycle: ")
	for _, link := range e.Chain {
		fmt.Fprintf(&b, "%v -> ", link.Key)
	}
	fmt.Fprintf(&b, "%v", e.Chain[0].Key)
	return b.String()
}

// PanicError is what Run panics with after the work function did, in a goroutine of its own.
type PanicError struct {
	Value any    // what it panicked with; nil when it left the goroutine in another way
	Stack []byte // where
}

// Error returns one line without the stack.
func (e *PanicError) Error() string { return fmt.Sprint(e.Value) }

// Run works on the start nodes and all that they find and need, and returns the outcome of every node: nil,
// the work function's own error, *SkippedError, *CycleError or ErrStopped. It returns when nothing runs any more.
// A panic of the work function comes out of Run as a *[PanicError] once the running calls have ended.
func Run[K comparable](ctx context.Context, start []K, work Work[K], opts Options[K]) map[K]error {
	r := &run[K]{
		ctx:     ctx,
		work:    work,
		opts:    opts,
		nodes:   map[K]*node[K]{},
		results: make(chan result[K]),
	}
	for _, key := range start {
		r.find(key)
	}
	r.loop()
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.outcomes()
}
