package eval

// This file defines the bounds on what an evaluation may take.

import (
	"runtime"
	"runtime/metrics"

	"nixops4/eval/syntax"
)

const (
	stepsBetweenChecks = 256
	// checksBetweenMeasures is how many checks go by without a look at the memory, which costs microseconds.
	checksBetweenMeasures = 64
	// largeRequest is the number of bytes from which a single string or list is checked before it is made.
	largeRequest = 32 << 20
)

// check looks at the bounds; calls do it every few hundred times.
func (m *Evaluator) check() *Error {
	if m.interrupt.Load() {
		return &Error{Kind: Canceled, Msg: "evaluation was cancelled"}
	}
	if m.opts.MaxSteps > 0 && m.stats.Calls > m.opts.MaxSteps {
		return Errorf(Limit, "evaluation took more than %d steps", m.opts.MaxSteps)
	}
	m.steps = stepsBetweenChecks
	if m.checks--; m.checks < 0 {
		m.checks = checksBetweenMeasures
		return m.room(0)
	}
	return nil
}

// ticks counts many steps of a loop at once.
func (m *Evaluator) ticks(n int) *Error {
	if m.steps -= int64(n); m.steps >= 0 {
		return nil
	}
	return m.check()
}

// interrupted says that the evaluation was cancelled. Work that has no way to fail stops then, with a result that nobody uses.
func (m *Evaluator) interrupted() bool { return m.interrupt.Load() }

// manyElements is from how many on sorting takes so long that it has to notice when the evaluation is cancelled.
const manyElements = 1 << 16

// stoppable calls work, which sorts n elements and calls tick for every comparison. It says whether it was stopped halfway because
// the evaluation is cancelled.
func (m *Evaluator) stoppable(n int, work func(tick func())) (stopped bool) {
	if n < manyElements {
		work(func() {})
		return false
	}
	type interrupt struct{}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(interrupt); !ok {
				panic(r)
			}
			stopped = true
		}
	}()
	work(func() {
		if m.interrupted() {
			panic(interrupt{})
		}
	})
	return false
}

// tick counts a step of a loop in Go that may go over millions of elements.
func (m *Evaluator) tick() *Error {
	if m.steps--; m.steps >= 0 {
		return nil
	}
	return m.check()
}

// descend goes one level deeper into a value that is being written, as far as the bounds allow. Whoever calls it
// takes the level back from m.depth when it returned nil.
func (m *Evaluator) descend(pos syntax.Pos) *Error {
	if m.depth >= m.maxDepth {
		return m.tooDeep().at(pos)
	}
	if m.steps--; m.steps < 0 {
		if err := m.check(); err != nil {
			return err
		}
	}
	m.depth++
	return nil
}

// room makes sure that some bytes more fit into the memory that the evaluation may take.
func (m *Evaluator) room(bytes uint64) *Error {
	max := m.opts.MaxMemory
	if max == 0 || heapInUse()+bytes <= max {
		return nil
	}
	// Much of it may be garbage that nobody has collected yet.
	runtime.GC()
	// Collecting again and again because there is hardly any room left would take for ever.
	if heapInUse()+bytes <= max/10*9 {
		return nil
	}
	return Errorf(Limit, "evaluation needs more than the %d MiB of memory that it may take%s", max>>20, m.opts.MemoryHint)
}

// roomFor is room for a string or list, which is only looked at when it is large.
func (m *Evaluator) roomFor(bytes int) *Error {
	if bytes < largeRequest {
		return nil
	}
	return m.room(uint64(bytes))
}

func heapInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
