package script

// This file bounds what a script can use: steps, time, memory, sizes of values, output and processes.

import (
	"context"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"
)

// Limits bound a run. A zero field means the default.
type Limits struct {
	Steps     uint64        // of all threads together
	Time      time.Duration // of the whole; an operation's own timeout may be shorter
	Cleanup   time.Duration // for deferred functions once the run was stopped
	Memory    uint64        // bytes in use by the process while the script runs
	Text      int           // bytes of one string
	Elements  int           // of one list, tuple or range
	Output    int           // bytes that a process's output, a response or a file may have in a variable
	Processes int           // that one command may have at a time, its descendants included
	Threads   int           // of one parallel call at a time
}

// DefaultLimits are generous for operations and small for a machine.
var DefaultLimits = Limits{
	Steps: 200_000_000, Time: 24 * time.Hour, Cleanup: 30 * time.Second, Memory: 1 << 30, Text: 64 << 20, Elements: 10_000_000,
	Output: 16 << 20, Processes: 512, Threads: 256,
}

func (l Limits) complete() Limits {
	d := DefaultLimits
	fill(&l.Steps, d.Steps)
	fill(&l.Time, d.Time)
	fill(&l.Cleanup, d.Cleanup)
	fill(&l.Memory, d.Memory)
	fill(&l.Text, d.Text)
	fill(&l.Elements, d.Elements)
	fill(&l.Output, d.Output)
	fill(&l.Processes, d.Processes)
	fill(&l.Threads, d.Threads)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// maxNesting is how deep values and parallel calls may be nested.
const maxNesting = 200

// budget is the steps that are left to all threads of a run. Threads take them in portions, so that counting costs nothing.
type budget struct {
	left atomic.Int64
	used atomic.Uint64
}

const portion = 100_000

func newBudget(steps uint64) *budget {
	b := &budget{}
	b.left.Store(int64(steps))
	return b
}

// meter makes a thread take its steps from the budget. done must be called when the thread is not used any more.
func (b *budget) meter(thread *starlark.Thread, steps uint64) (done func()) {
	var taken uint64
	more := func(t *starlark.Thread) {
		left := b.left.Add(-portion)
		if left <= -portion {
			t.Cancel(limitf("stopped after %d steps, which is the limit; does it loop for ever?", steps).Error())
			t.SetMaxExecutionSteps(^uint64(0))
			return
		}
		grant := uint64(portion)
		if left < 0 {
			grant = uint64(portion + left)
		}
		taken += grant
		t.SetMaxExecutionSteps(taken)
	}
	thread.OnMaxSteps = more
	more(thread)
	return func() {
		b.used.Add(thread.ExecutionSteps())
		if taken > thread.ExecutionSteps() {
			b.left.Add(int64(taken - thread.ExecutionSteps()))
		}
	}
}

// watchMemory cancels the context when the process uses more memory than the script may. It returns when ctx is done.
func watchMemory(ctx context.Context, limit uint64, cancel context.CancelCauseFunc) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	inUse := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if inUse() < limit {
			continue
		}
		runtime.GC() // what is not used any more does not count
		if inUse() >= limit {
			cancel(limitf("stopped because it uses more than %d MB of memory, which is the limit", limit>>20))
			return
		}
	}
}
