package engine

// This file defines the errors of a run.

import (
	"errors"
	"fmt"
	"strings"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
)

// ErrStopped is returned when a run was stopped before all was done, and nothing failed.
var ErrStopped = errors.New("stopped before everything was done")

// ApplyError says which components failed and which were left alone for it. State holds everything else.
type ApplyError struct {
	Failures []Failure // in order of path; those of a cycle are one
	Skipped  []Skip    // in order of path
	Stopped  []addr.Path
}

// Failure is one component that failed, or several that could not be evaluated for one and the same reason.
type Failure struct {
	Path addr.Path
	Also []addr.Path // the others, in order of path
	// Doing is what was being done, as a gerund: "evaluating", "recording"; "" when Err says it.
	Doing string
	Err   error
}

// Error returns one line that starts with what was being done.
func (f Failure) Error() string {
	var cycle *CycleError
	if errors.As(f.Err, &cycle) {
		return cycle.Error()
	}
	switch {
	case f.Doing != "":
		return fmt.Sprintf("%s %s: %v", f.Doing, f.subject(), f.Err)
	case f.Path.IsRoot():
		return f.Err.Error()
	}
	return fmt.Sprintf("%s: %v", f.Path, f.Err)
}

// subject names the components, not all when they are many.
func (f Failure) subject() string {
	switch n := len(f.Also); {
	case n == 0:
		return describe(f.Path)
	case n <= 2:
		names := describe(f.Path)
		for _, path := range f.Also[:n-1] {
			names += ", " + path.String()
		}
		return names + " and " + f.Also[n-1].String()
	default:
		return fmt.Sprintf("%s, %s and %d more", describe(f.Path), f.Also[0], n-1)
	}
}

// Unwrap returns the cause.
func (f Failure) Unwrap() error { return f.Err }

// Skip is one component that was left alone.
type Skip struct {
	Path  addr.Path
	Needs string    // what it needs, such as an output
	Cause addr.Path // the component whose failure it goes back to
	Asked bool      // the cause did not fail, but [Options].Gate said no
	// Why says it in other words; "" mostly.
	Why string
}

// String returns one line without the path.
func (s Skip) String() string {
	switch {
	case s.Asked && s.Path == s.Cause:
		return "as asked for"
	case s.Why != "":
		return s.Why
	case s.Asked:
		return fmt.Sprintf("it needs %s, and %s was skipped", s.Needs, describe(s.Cause))
	}
	return fmt.Sprintf("it needs %s, and %s failed", s.Needs, describe(s.Cause))
}

// Error returns a line for each failure.
func (e *ApplyError) Error() string {
	lines := make([]string, len(e.Failures))
	for i, failure := range e.Failures {
		lines[i] = failure.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the failures.
func (e *ApplyError) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, failure := range e.Failures {
		errs[i] = failure
	}
	return errs
}

// CycleError says that components wait for each other. It starts with the one that sorts first.
type CycleError struct{ Links []CycleLink }

// CycleLink is one component of a cycle.
type CycleLink struct {
	Path addr.Path
	What string // what of it cannot be known, such as "inputs.contents of web.page"
	// Needs is what it needs of the next component, or of the first for the last: an output, or its state.
	Needs string
}

// Error returns the chain of paths on one line, and then a line for each component.
func (e *CycleError) Error() string {
	var chain, lines strings.Builder
	for _, link := range e.Links {
		chain.WriteString(describe(link.Path) + " -> ")
		fmt.Fprintf(&lines, "\n  %s needs %s", link.What, link.Needs)
	}
	return "cycle: " + chain.String() + describe(e.Links[0].Path) + lines.String()
}

// describe returns a path for a sentence.
func describe(path addr.Path) string {
	if path.IsRoot() {
		return "the root"
	}
	return path.String()
}

// MissingOutputError says that a component asks for an output that the resource did not return.
type MissingOutputError struct {
	Output     addr.Output
	Suggestion string   // "", or what to say of the nearest name
	Returned   []string // the outputs it has, sorted
	Composite  bool     // it is a composite, which has no outputs
}

// Error returns one line.
func (e *MissingOutputError) Error() string {
	switch {
	case e.Composite:
		return fmt.Sprintf("%s is a composite and has no output %q", describe(e.Output.Resource), e.Output.Name)
	case e.Suggestion != "":
		return fmt.Sprintf("%s has no output %q, %s", e.Output.Resource, e.Output.Name, e.Suggestion)
	case len(e.Returned) == 0:
		return fmt.Sprintf("%s has no output %q; its provider returned none", e.Output.Resource, e.Output.Name)
	}
	return fmt.Sprintf("%s has no output %q; its provider returned %s", e.Output.Resource, e.Output.Name, strings.Join(e.Returned, ", "))
}

// ExcludedError says that a component needs an output of a resource that is left out, and state does not have it.
type ExcludedError struct{ Output addr.Output }

// Error returns one line.
func (e *ExcludedError) Error() string {
	return fmt.Sprintf("it needs %s, and %s is excluded and not recorded", e.Output, e.Output.Resource)
}

// stopped reports whether err only says that the run was stopped.
func stopped(err error) bool { return errors.Is(err, graph.ErrStopped) }
