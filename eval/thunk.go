package eval

// This file defines thunks and forcing. The states of a thunk are described in the package doc.

import "nixops4/eval/syntax"

// A code computes the value of one node of the program in a frame. The value is in weak head normal form,
// never a thunk. Codes are made by the compile functions; they hold no state of a computation, other than
// caches.
type code func(m *Evaluator, f *frame) (Value, *Error)

// A Thunk is a value that is computed when it is first forced.
type Thunk struct {
	// value is the value when code is nil; before, its ref is the frame in which code runs.
	value Value
	code  code
}

// Force brings a value to weak head normal form: not a thunk.
func (m *Evaluator) Force(v Value) (Value, *Error) {
	if v.isThunk() {
		return m.forceThunk(v.thunk())
	}
	return v, nil
}

// ForceSlot forces a value where it is stored and leaves the result there.
func (m *Evaluator) ForceSlot(p *Value) (Value, *Error) {
	v := *p
	if !v.isThunk() {
		return v, nil
	}
	v, err := m.forceThunk(v.thunk())
	if err == nil {
		*p = v
	}
	return v, err
}

func (m *Evaluator) forceThunk(t *Thunk) (Value, *Error) {
	c := t.code
	if c == nil {
		return t.value, nil
	}
	if m.nesting >= maxNesting {
		return Value{}, m.tooDeep()
	}
	m.nesting++
	t.code = blackhole
	v, err := c(m, (*frame)(t.value.ref))
	m.nesting--
	if err != nil {
		t.fail(c, err)
		return Value{}, err
	}
	t.value = v
	t.code = nil
	return v, nil
}

// fail leaves the thunk failed, or suspended again when the reason may go away.
func (t *Thunk) fail(c code, err *Error) {
	if err.Kind.transient() || err.failed == t {
		t.code = c
		return
	}
	t.value = Value{}
	// As in Nix, whoever forces the thunk again gets the trace that grew until somebody caught the error.
	t.code = func(*Evaluator, *frame) (Value, *Error) {
		again := err.copy()
		again.site, again.failed = 0, t
		return Value{}, again
	}
}

func blackhole(m *Evaluator, _ *frame) (Value, *Error) {
	return Value{}, &Error{Kind: Recursion, Msg: "infinite recursion encountered", site: 1}
}

// Lazy makes a thunk from a Go function, which is called at most once unless it fails with a transient error.
func (m *Evaluator) Lazy(fn func() (Value, *Error)) Value {
	return thunkValue(m.newThunkOf(func(m *Evaluator, _ *frame) (Value, *Error) {
		v, err := fn()
		if err != nil {
			return Value{}, err
		}
		return m.Force(v)
	}, nil))
}

// lazyApply makes a thunk that calls a function with one value. Its frame is no frame of the program: it
// has the function where a frame has the outer frame.
func (m *Evaluator) lazyApply(fn, arg Value) Value {
	f := m.newFrame(nil, 1)
	f.outer = fn
	*f.slot(0) = arg
	return thunkValue(m.newThunkOf(applyOne, f.data()))
}

// lazyApply2 is lazyApply with two values.
func (m *Evaluator) lazyApply2(fn, a, b Value) Value {
	f := m.newFrame(nil, 2)
	f.outer = fn
	*f.slot(0) = a
	*f.slot(1) = b
	return thunkValue(m.newThunkOf(applyTwo, f.data()))
}

func applyOne(m *Evaluator, f *frame) (Value, *Error) {
	return atSite(m.call1(f.outer, *f.slot(0), syntax.Pos(0)))
}

// atSite marks the error of a suspended call, whose place is that of whoever forces it.
func atSite(v Value, err *Error) (Value, *Error) {
	if err != nil {
		err.site = len(err.Trace) + 1
	}
	return v, err
}

func applyTwo(m *Evaluator, f *frame) (Value, *Error) {
	return atSite(m.call2(f.outer, *f.slot(0), *f.slot(1), syntax.Pos(0)))
}

// posOf is where a value that may be suspended comes from: a function, or a call that has not been made yet.
func posOf(v Value) syntax.Pos {
	switch v.kind() {
	case KindFunction:
		return v.closure().lambda.params[0].pos
	case kindPartial:
		if p := v.partial(); p.fn.kind() == KindFunction {
			return p.fn.closure().lambda.params[len(p.args)].pos
		}
	case KindThunk:
		if t := v.thunk(); t.isCall() {
			return posOf((*frame)(t.value.ref).outer)
		}
	}
	return 0
}

// maxNesting bounds how deep forcing and calling may nest in all. It is far beyond what programs do and
// well below what the Go stack holds (see [Evaluator.Run]).
const maxNesting = 400_000

// running says that the thunk is being forced right now.
func (t *Thunk) running() bool { return t.code != nil && isBlackhole(t.code) }
