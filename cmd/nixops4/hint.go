package main

// This file holds errors that know what to do about them.

import "slices"

// hintError adds a hint to an error. The hint is a sentence without capital and period, shown on a line of its own.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }
func (e *hintError) Hint() string  { return e.hint }

// withHint returns err with a hint; an empty hint adds nothing.
func withHint(err error, hint string) error {
	if hint == "" {
		return err
	}
	return &hintError{err, hint}
}

// hints collects the hints of err and of all that it wraps, outermost first, each once. Any error with a method Hint() string
// takes part, wherever it was made.
func hints(err error) []string {
	var found []string
	var collect func(error)
	collect = func(err error) {
		if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" && !slices.Contains(found, h.Hint()) {
			found = append(found, h.Hint())
		}
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			collect(wrapper.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range wrapper.Unwrap() {
				collect(e)
			}
		}
	}
	collect(err)
	return found
}

// silentError ends the command with a code but prints nothing, because everything has been said.
type silentError struct{ err error }

func (e *silentError) Error() string { return e.err.Error() }
func (e *silentError) Unwrap() error { return e.err }
