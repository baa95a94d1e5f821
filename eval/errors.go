package eval

// This file defines errors of evaluation and their traces.

import (
	"fmt"
	"strings"

	"nixops4/eval/syntax"
)

// ErrorKind is the class of an error. It alone may steer control flow.
type ErrorKind uint8

const (
	Throw     ErrorKind = iota + 1 // builtins.throw; tryEval sees it
	Assertion                      // a failed assert; tryEval sees it
	NotFound                       // a search path look-up that found nothing; tryEval sees it
	Type                           // a value of the wrong type
	Undefined                      // a missing attribute, variable or argument
	Recursion                      // a value that needs itself
	Abort                          // builtins.abort
	Limit                          // a bound on depth, steps, memory or time was hit
	IOFailure                      // a file, store or network access failed
	Static                         // syntax or name error in a file that was to be imported
	Other                          // everything else: division by zero, bad index, …
	Canceled                       // the context of the evaluation was cancelled
	Needs                          // a resource output that is not known yet
)

var errorKindNames = [...]string{
	Throw: "throw", Assertion: "assertion", NotFound: "not-found", Type: "type", Undefined: "undefined", Recursion: "recursion",
	Abort: "abort", Limit: "limit", IOFailure: "io", Static: "static", Other: "other", Canceled: "canceled", Needs: "needs",
}

// String names the kind.
func (k ErrorKind) String() string {
	if int(k) < len(errorKindNames) {
		return errorKindNames[k]
	}
	return "unknown"
}

// transient errors may go away, so a thunk they pass through is suspended again.
func (k ErrorKind) transient() bool { return k == Needs || k == Canceled || k == Limit }

// catchable errors are those that builtins.tryEval turns into a value.
func (k ErrorKind) catchable() bool { return k == Throw || k == Assertion || k == NotFound }

// An Error says what went wrong and how evaluation got there.
type Error struct {
	Kind ErrorKind
	Msg  string
	Pos  syntax.Pos
	// Trace lists the callers, innermost first.
	Trace []TraceLine
	// Suggestions are names that may have been meant.
	Suggestions []string
	// Path and Output say which output is needed, when Kind is Needs.
	Path   []string
	Output string

	files *syntax.Files
	cause error
	// site is len(Trace)+1 while the next one to force the value is to give the error a place.
	site int
	// argument is len(Trace)+1 while the error is about the argument of a call whose place is not known yet.
	argument int
	// failed is the thunk that fails with this error again and again.
	failed *Thunk
}

// A TraceLine is one line of the trace: "while …" at a place.
type TraceLine struct {
	Pos syntax.Pos
	Msg string
	// Custom marks lines of builtins.addErrorContext, which are shown without --show-trace.
	Custom bool
	// Call marks lines that are only shown with --show-trace.
	Call bool
	// Builtin marks the line of a builtin that was called.
	Builtin bool
}

// Error is the message in one line.
func (e *Error) Error() string {
	msg := strings.TrimSpace(e.Msg)
	if e.files != nil {
		if loc, ok := e.files.Locate(e.Pos); ok {
			return fmt.Sprintf("%s: %s", loc, msg)
		}
	}
	return msg
}

// Unwrap is the error of the file or store that caused this one, if any.
func (e *Error) Unwrap() error { return e.cause }

// copy makes an error that can get a trace of its own.
func (e *Error) copy() *Error {
	c := *e
	c.Trace = c.Trace[:len(c.Trace):len(c.Trace)]
	return &c
}

// placeSite gives a place to the call that failed, or to the error when it is not in a call yet.
func (e *Error) placeSite(pos syntax.Pos) {
	argument := e.argument == len(e.Trace)+1
	e.site, e.argument = 0, 0
	if pos == 0 {
		return
	}
	if argument {
		e.trace(pos, "from call site")
		return
	}
	if len(e.Trace) == 0 {
		e.at(pos)
		return
	}
	switch last := &e.Trace[len(e.Trace)-1]; {
	case last.Call:
		e.traceCall(pos, "from call site")
	case last.Pos == 0 && (last.Msg == "from call site" || last.Builtin):
		last.Pos = pos
	}
}

// at gives the error a place if it has none.
func (e *Error) at(p syntax.Pos) *Error {
	if e.Pos == 0 {
		e.Pos = p
	}
	return e
}

// trace adds a line for a caller.
func (e *Error) trace(p syntax.Pos, msg string) *Error {
	if e.Kind != Needs && len(e.Trace) < maxTrace {
		e.Trace = append(e.Trace, TraceLine{Pos: p, Msg: msg})
	}
	return e
}

// tracef adds a line for a caller.
func (e *Error) tracef(p syntax.Pos, format string, args ...any) *Error {
	if e.Kind == Needs || len(e.Trace) >= maxTrace {
		return e
	}
	return e.trace(p, fmt.Sprintf(format, args...))
}

// maxTrace bounds the trace of an error from a deep recursion.
const maxTrace = 200_000

// Errorf makes an error.
func Errorf(kind ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Wrap makes an error of a file, store or network access.
func Wrap(err error, format string, args ...any) *Error {
	return &Error{Kind: IOFailure, Msg: fmt.Sprintf(format, args...), cause: err}
}

func (m *Evaluator) tooDeep() *Error {
	return &Error{Kind: Limit, Msg: "stack overflow; max-call-depth exceeded"}
}
