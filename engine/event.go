package engine

// This file defines what the engine tells while it works.

import (
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// Event is one thing that happened. Its types are those of this file. Events are told one at a time, in the
// order in which they happened; whoever takes them in must be quick and must not call the engine.
type Event interface{ event() }

// Waiting says that work on a component cannot go on before others.
type Waiting struct {
	Path addr.Path
	On   []addr.Output // may be empty when it waits only for its state
	// State is the state resource it waits for; the root when it does not.
	State addr.Path
	After []addr.Path // components that must be done, whatever their outputs
}

// Planned says what will be done with a resource; the item is not carried out before the event was taken in.
type Planned struct {
	Item *plan.Item
	// Continued says that the item was not in the plan, because it depends on what was not known then.
	Continued bool
}

// Started says that the item's action has begun. Items with action none are not started.
type Started struct {
	Item *plan.Item
	Time time.Time
}

// Retrying says that an operation was refused and is tried again.
type Retrying struct {
	Item    *plan.Item
	Attempt int // that was refused, from 1 on
	Of      int // attempts at most
	Err     error
	Pause   time.Duration // before the next
}

// Log is a line that a provider wrote about a resource.
type Log struct {
	Path addr.Path
	Text string // without newline
}

// Finished says that an item is done. For action none it comes right after [Planned].
type Finished struct {
	Item     *plan.Item
	Outputs  plan.Object
	Duration time.Duration
}

// Failed says that a component could not be evaluated or its action failed.
type Failed struct {
	Path     addr.Path
	Item     *plan.Item // nil when it was not decided yet
	Err      error
	Duration time.Duration // of the action; 0 when it did not start
}

// Skipped says that a component is left alone because another failed.
type Skipped struct{ Skip Skip }

// Summary is the last event.
type Summary struct{ Result *Result }

func (Waiting) event()  {}
func (Planned) event()  {}
func (Started) event()  {}
func (Retrying) event() {}
func (Log) event()      {}
func (Finished) event() {}
func (Failed) event()   {}
func (Skipped) event()  {}
func (Summary) event()  {}

// Result counts what became of the resources of one run.
type Result struct {
	Done     map[plan.Action]int // carried out, by action; none counts those that were as declared
	Failed   []Failure
	Skipped  []Skip
	Stopped  []addr.Path // not done, because the run was stopped
	Duration time.Duration
}
