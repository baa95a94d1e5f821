package main

// This file holds errors that know what to do about them.

import "errors"

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

// hints collects the hints of err and of what it wraps, outermost first, each once. Any error with a method Hint() string
// takes part, wherever it was made.
func hints(err error) []string {
	var found []string
	seen := map[string]bool{}
	for err != nil {
		var h interface{ Hint() string }
		if !errors.As(err, &h) {
			break
		}
		if text := h.Hint(); text != "" && !seen[text] {
			seen[text] = true
			found = append(found, text)
		}
		err = errors.Unwrap(h.(error))
	}
	return found
}

// silentError ends the command with a code but prints nothing, because everything has been said.
type silentError struct{ err error }

func (e *silentError) Error() string { return e.err.Error() }
func (e *silentError) Unwrap() error { return e.err }
