package eval

// This file defines thunks and forcing. The states of a thunk are described in the package doc.

import (
	"unsafe"

	"nixops4/eval/syntax"
)

// A code computes the value of one node of the program in a frame. The value is in weak head normal form,
// never a thunk. Codes are made by the compile functions; they hold no state of a computation, other than
// caches.
type code func(m *Evaluator, f *frame) (Value, *Error)

// A codeID is the number of a code that thunks may run. A thunk holds the number, so that it is no larger than
// a value.
type codeID uint32

// Codes that every evaluator has.
const (
	nativeID   codeID = iota // calls a Go function
	applyOneID               // applies a function to a value
	applyTwoID
)

// register makes a code known to thunks.
func (m *Evaluator) register(c code) codeID {
	m.codes = append(m.codes, c)
	return codeID(len(m.codes) - 1)
}

// A Thunk is a value that is computed when it is first forced. The kind of its content says in which state it is:
//
//	kindSuspended   ref is the frame, bits hold the number of the code
//	kindRunning     the same; forcing it again is infinite recursion
//	kindFailed      ref is a *failure
//	anything else   the value
//
// A slot of a frame can be a thunk by itself: its content is in one of the same states, and nobody else knows it.
// As soon as its content would be copied to another place, it moves to a Thunk that both places share. So most
// arguments and bindings need no object of their own. Sets and lists hold only values and pointers to thunks,
// since their elements are copied freely.
type Thunk struct {
	value Value
}

// A failure is what a failed thunk gives again.
type failure struct {
	err *Error
}

// Force brings a value to weak head normal form: not a thunk.
func (m *Evaluator) Force(v Value) (Value, *Error) {
	if v.lazy() {
		return m.forceLazy(v)
	}
	return v, nil
}

func (m *Evaluator) forceLazy(v Value) (Value, *Error) {
	if v.isThunk() {
		return m.forceThunk(v.thunk())
	}
	return v.forceLambda(), nil
}

// ForceSlot forces a value where it is stored and leaves the result there.
func (m *Evaluator) ForceSlot(p *Value) (Value, *Error) {
	v := *p
	if !v.lazy() {
		return v, nil
	}
	if !v.isThunk() {
		return m.forceInPlace(p)
	}
	v, err := m.forceThunk(v.thunk())
	if err == nil {
		*p = v
	}
	return v, err
}

// forceInPlace forces a slot that is a thunk by itself.
func (m *Evaluator) forceInPlace(p *Value) (Value, *Error) {
	v := *p
	if Kind(v.bits) != kindSuspended {
		if v.isLambda() {
			*p = v.forceLambda()
			return *p, nil
		}
		return m.forceThunk(share(p))
	}
	if m.nesting >= maxNesting {
		return Value{}, m.tooDeep()
	}
	m.nesting++
	p.bits = v.bits ^ uint64(kindSuspended^kindRunning)
	v, err := m.codes[v.bits>>8](m, (*frame)(v.ref))
	m.nesting--
	if err != nil {
		share(p).fail(err)
		return Value{}, err
	}
	if p.isThunk() { // it was shared meanwhile
		p.thunk().value = v
	}
	*p = v
	return v, nil
}

// share is the thunk that a slot holds, after moving what is in it to one if need be.
func share(p *Value) *Thunk {
	if p.isThunk() {
		return p.thunk()
	}
	t := &Thunk{*p}
	*p = thunkValue(t)
	return t
}

func (m *Evaluator) forceThunk(t *Thunk) (Value, *Error) {
	v := t.value
	if !v.pending() {
		return v, nil
	}
	if Kind(v.bits) != kindSuspended {
		return Value{}, t.stuck()
	}
	if m.nesting >= maxNesting {
		return Value{}, m.tooDeep()
	}
	m.nesting++
	t.value.bits = v.bits ^ uint64(kindSuspended^kindRunning)
	v, err := m.codes[v.bits>>8](m, (*frame)(v.ref))
	m.nesting--
	if err != nil {
		t.fail(err)
		return Value{}, err
	}
	t.value = v
	return v, nil
}

// stuck is the error of forcing a thunk that is running or has failed.
func (t *Thunk) stuck() *Error {
	if t.running() {
		return &Error{Kind: Recursion, Msg: "infinite recursion encountered", site: 1}
	}
	// As in Nix, whoever forces the thunk again gets the trace that grew until somebody caught the error.
	again := (*failure)(t.value.ref).err.copy()
	again.site, again.failed = 0, t
	return again
}

// fail leaves a running thunk failed, or suspended again when the reason may go away.
func (t *Thunk) fail(err *Error) {
	if err.Kind.transient() || err.failed == t {
		t.value.bits = t.value.bits&^0xff | uint64(kindSuspended)
		return
	}
	t.value = Value{unsafe.Pointer(&failure{err}), uint64(kindFailed)}
}

// running says that the thunk is being forced right now.
func (t *Thunk) running() bool { return t.value.pending() && Kind(t.value.bits) == kindRunning }

// isCall says that the thunk is a call that has not been made yet.
func (t *Thunk) isCall() bool {
	id := codeID(t.value.bits >> 8)
	return t.suspended() && (id == applyOneID || id == applyTwoID)
}

// suspended says that the thunk has not been forced yet.
func (t *Thunk) suspended() bool { return t.value.pending() && Kind(t.value.bits) == kindSuspended }

// native is what a thunk of nativeID has for a frame, so it begins like one.
type native struct {
	frame
	fn func() (Value, *Error)
}

// Lazy makes a thunk from a Go function, which is called at most once unless it fails with a transient error.
func (m *Evaluator) Lazy(fn func() (Value, *Error)) Value {
	return thunkValue(m.newThunkOf(nativeID, unsafe.Pointer(&native{fn: fn})))
}

func runNative(m *Evaluator, f *frame) (Value, *Error) {
	v, err := (*native)(unsafe.Pointer(f)).fn()
	if err != nil {
		return Value{}, err
	}
	return m.Force(v)
}

// lazyApply makes a thunk that calls a function with one value. When the function takes exactly that, the
// thunk is its body in its frame. Otherwise the frame of the thunk is no frame of the program: it has the
// function where a frame has the outer frame.
func (m *Evaluator) lazyApply(fn, arg Value) Value {
	if fn.kind() == KindFunction {
		if l := m.lambdaOf(fn); l.arity == 1 && l.formals == nil {
			f := m.newFrame(fn.scope(), l.size)
			*f.slot(0) = arg
			return thunkValue(m.newThunk(l.enterID, f))
		}
	}
	f := m.newFrame(nil, 1)
	f.outer = fn
	*f.slot(0) = arg
	return thunkValue(m.newThunkOf(applyOneID, f.data()))
}

// lazyApply2 is lazyApply with two values.
func (m *Evaluator) lazyApply2(fn, a, b Value) Value {
	if fn.isLambda() {
		fn = fn.forceLambda()
	}
	if fn.kind() == KindFunction {
		if l := m.lambdaOf(fn); l.arity == 2 && l.formals == nil {
			f := m.newFrame(fn.scope(), l.size)
			*f.slot(0) = a
			*f.slot(1) = b
			return thunkValue(m.newThunk(l.enterID, f))
		}
	}
	f := m.newFrame(nil, 2)
	f.outer = fn
	*f.slot(0) = a
	*f.slot(1) = b
	return thunkValue(m.newThunkOf(applyTwoID, f.data()))
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
func (m *Evaluator) posOf(v Value) syntax.Pos {
	switch v.kind() {
	case KindAttrs:
		return v.Attrs().shape.made
	case KindFunction:
		return m.lambdaOf(v).params[0].pos
	case kindPartial:
		if p := v.partial(); p.fn.kind() == KindFunction {
			return m.lambdaOf(p.fn).params[len(p.args)].pos
		}
	case KindThunk:
		t := v.thunk()
		if t.isCall() {
			return m.posOf((*frame)(t.value.ref).outer)
		}
		if t.suspended() {
			if l := m.entered[codeID(t.value.bits>>8)]; l != nil {
				return l.params[0].pos
			}
		}
	}
	return 0
}

// maxNesting bounds how deep forcing and calling may nest in all. It is far beyond what programs do and
// well below what the Go stack holds (see [Evaluator.Run]).
const maxNesting = 400_000
