package script

// This file turns errors of the Starlark interpreter into ours: with an excerpt of the source and the callers.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Error is a failed script. Its text holds no secrets.
type Error struct {
	Msg    string
	Frames []Frame // where it happened, and then the callers
	Line   string  // the source line of the first frame; "" when it is not known
	Code   int     // the exit code that fail asked for; 0: none

	cause error
	notes []string
}

// Frame is a place in a script.
type Frame struct {
	File      string
	Line, Col int    // from 1 on; a column counts characters
	In        string // the function; "" at top level
}

// String returns file:line:column.
func (f Frame) String() string { return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Col) }

// Error returns the place, the message, an excerpt with a caret and the callers, on several lines.
func (e *Error) Error() string {
	var b strings.Builder
	if len(e.Frames) > 0 {
		b.WriteString(e.Frames[0].String() + ": ")
	}
	b.WriteString(e.Msg)
	if len(e.Frames) > 0 && e.Line != "" {
		number := fmt.Sprint(e.Frames[0].Line)
		margin := strings.Repeat(" ", len(number))
		fmt.Fprintf(&b, "\n  %s | %s\n  %s | %s^", number, e.Line, margin, indentTo(e.Line, e.Frames[0].Col))
	}
	for i, f := range e.Frames {
		switch {
		case i > 0 && f.In != "":
			fmt.Fprintf(&b, "\n  called from %s in %s", f, f.In)
		case i > 0:
			fmt.Fprintf(&b, "\n  called from %s", f)
		}
	}
	for _, note := range e.notes {
		b.WriteString("\n  " + note)
	}
	return b.String()
}

// indentTo returns blanks up to a column, with the tabs that line has.
func indentTo(line string, col int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i+1 >= col {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteRune(' ')
		}
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// ExitCode is the code that fail asked for, or 0.
func (e *Error) ExitCode() int { return e.Code }

// failure is what the function fail of scripts makes.
type failure struct {
	msg  string
	code int
}

func (f *failure) Error() string { return f.msg }

// ErrInterrupted says that the context of a run was cancelled.
var ErrInterrupted = errors.New("interrupted")

// LimitError says that a script was stopped because it used too much of something.
type LimitError struct{ Msg string }

// Error returns one line.
func (e *LimitError) Error() string { return e.Msg }

func limitf(format string, args ...any) error { return &LimitError{fmt.Sprintf(format, args...)} }

// TimeoutError says that time ran out.
type TimeoutError struct{ What string }

// Error returns one line.
func (e *TimeoutError) Error() string { return e.What }

// Timeout marks the error as one about time.
func (e *TimeoutError) Timeout() bool { return true }

// sources knows the text of scripts, for excerpts.
type sources interface {
	line(file string, n int) string
}

// explain makes an *Error of whatever evaluation returned. mask may be nil.
func explain(err error, from sources, mask *Mask) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return done
	}
	e := &Error{cause: err}
	e.describe(err)
	if len(e.Frames) > 0 {
		e.Line = from.line(e.Frames[0].File, e.Frames[0].Line)
	}
	if mask != nil {
		e.Msg, e.Line = mask.Hide(e.Msg), mask.Hide(e.Line)
	}
	return e
}

func (e *Error) describe(err error) {
	var eval *starlark.EvalError
	var static resolve.ErrorList
	var syn syntax.Error
	var fail *failure
	switch {
	case errors.As(err, &eval):
		e.evaluation(eval)
	case errors.As(err, &static):
		e.Msg, e.Frames = static[0].Msg, []Frame{place(static[0].Pos)}
		for _, more := range static[1:] {
			e.notes = append(e.notes, place(more.Pos).String()+": "+more.Msg)
		}
	case errors.As(err, &syn):
		e.Msg, e.Frames = syn.Msg, []Frame{place(syn.Pos)}
	default:
		e.Msg = err.Error()
	}
	if errors.As(err, &fail) {
		e.Code = fail.code
	}
}

// evaluation gathers the stacks of an error that may have come through several threads, the innermost first.
func (e *Error) evaluation(eval *starlark.EvalError) {
	for at := eval; at != nil; {
		var frames []Frame
		name := ""
		for i := range at.CallStack {
			f := at.CallStack.At(i)
			if f.Pos.Filename() == "<builtin>" {
				if i == 0 {
					name = f.Name
				}
				continue
			}
			in := f.Name
			if in == "<toplevel>" {
				in = ""
			}
			frame := place(f.Pos)
			frame.In = in
			frames = append(frames, frame)
		}
		e.Frames = append(frames, e.Frames...)
		cause := at.Unwrap()
		var next *starlark.EvalError
		if !errors.As(cause, &next) {
			e.Msg = message(name, at.Msg)
		}
		at = next
	}
}

// message words what went wrong in a built-in function.
func message(name, msg string) string {
	msg = strings.TrimPrefix(msg, "Starlark computation cancelled: ")
	if strings.HasPrefix(name, "ctx.") && !strings.HasPrefix(msg, name) {
		return name + ": " + msg
	}
	return msg
}

func place(pos syntax.Position) Frame {
	return Frame{File: pos.Filename(), Line: int(pos.Line), Col: int(pos.Col)}
}

// stopReason returns the error with which a context was cancelled, if it was.
func stopReason(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, context.DeadlineExceeded):
		return &TimeoutError{"time is up"}
	case cause == context.Canceled:
		return ErrInterrupted
	}
	return cause
}

// inOwnWords says that a script was stopped as we do, rather than in the words of who was cancelled with it.
func inOwnWords(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) {
		if reason := stopReason(ctx); reason != nil {
			return reason
		}
	}
	return err
}
