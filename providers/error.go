package providers

// This file defines the error every failed request returns.

import (
	"errors"
	"fmt"
)

// Reason says in which way a request failed.
type Reason int

// The reasons. Only [Refused] means that the provider itself looked at the request and said no. After [Crashed], [Garbled], [TimedOut],
// [Canceled] and [HalfDone] it is not known how far the operation came.
const (
	NotStarted  Reason = iota + 1 // the process could not be started; nothing was done
	Refused                       // the provider answered errorResponse
	Unsupported                   // the provider does not know the operation; nothing was done
	Crashed                       // the process ended, or closed its output, without answering
	Garbled                       // the answer was not the one response that was asked for
	TimedOut                      // no answer within the timeout
	Canceled                      // the caller's context ended
	HalfDone                      // the provider answered errorResponse and said that something was done before
)

// Error is a failed request. Error() is one line and leaves out the stderr lines.
type Error struct {
	Executable string // as the expression names it
	Args       []string
	Type       string // resource type, "" for requests about the provider
	Op         string // name of the operation, such as "create"
	Gerund     string // the operation for sentences, such as "creating"
	Reason     Reason
	Msg        string   // what happened: lower case, no final period (a provider's own message is unchanged)
	Stderr     []string // the process's last lines on standard error during the request
	Err        error    // cause, may be nil
}

// Error returns `creating file: provider "builtin:local" exited with status 3 without answering`.
func (e *Error) Error() string {
	what := e.Gerund
	if e.Type != "" {
		what += " " + e.Type
	}
	if e.Reason == Refused || e.Reason == HalfDone {
		return what + ": " + e.Msg
	}
	return fmt.Sprintf("%s: provider %q %s", what, e.Executable, e.Msg)
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes an error with the reason [Unsupported] match [errors.ErrUnsupported].
func (e *Error) Is(target error) bool {
	return target == errors.ErrUnsupported && e.Reason == Unsupported
}
