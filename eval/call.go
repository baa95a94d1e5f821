package eval

// This file defines functions and calls.

import (
	"slices"

	"nixops4/eval/syntax"
)

// A lambda is the compiled form of a chain of functions that is called as one (see package resolve): plain
// arguments in the first slots, then the names of a pattern, then the name of the whole set.
type lambda struct {
	arity   int // arguments, the pattern included
	formals *formals
	size    int // slots of the frame
	body    code
	enterID codeID // the body as a call, for a thunk whose frame is filled already
	params  []param
	bits    uint64 // of its values, without the kind
}

// maxFunctions is how many functions of one frame can tell whether they have been forced. Further ones in lazy places
// are thunks.
const maxFunctions = 63

// lambdaOf is the lambda of a function.
func (m *Evaluator) lambdaOf(fn Value) *lambda { return m.lambdas[fn.bits>>16] }

// A param tells about one function of the chain.
type param struct {
	pos   syntax.Pos
	named bool   // it was defined as an attribute
	name  string // that attribute, which may be ""
	arg   string // the name of a plain argument, or of the whole set
}

// named names the functions of a chain after the attribute they are the value of.
func (l *lambda) named(name string) {
	for i := range l.params {
		l.params[i].name, l.params[i].named = name, true
	}
}

func (p *param) describe() string {
	if !p.named {
		return "anonymous lambda"
	}
	return "'" + p.name + "'"
}

func (p *param) nameOr() string {
	if !p.named {
		return "anonymous lambda"
	}
	return p.name
}

// formals is a compiled pattern.
type formals struct {
	first    int // slot of the first name
	list     []formal
	whole    int // slot of the whole set, or -1
	ellipsis bool

	// Where the names were in the shape seen last; an index of -1 means that the default is used.
	shape   *shape
	indexes []int32
}

type formal struct {
	name     Sym
	pos      syntax.Pos
	required bool
	def      operand
}

// A partial is a function that has got some but not all of its arguments.
type partial struct {
	fn    Value // a closure or builtin
	args  []Value
	first [1]Value // room for the usual case
}

func newPartial(fn, arg Value) Value {
	p := &partial{fn: fn}
	p.first[0] = arg
	p.args = p.first[:]
	return partialValue(p)
}

// A Builtin is a function written in Go. Exactly one of F1, F2, F3 is set; it gives the arity.
type Builtin struct {
	Name string
	// Args are the names of the arguments, for documentation.
	Args []string
	// Doc is its documentation in Markdown.
	Doc string
	// Strict has bit i set when argument i is forced before anything else happens, and the arguments of lower bits
	// before it, so that a caller may compute it at once instead of making a thunk.
	Strict uint8
	// Feature is the experimental feature that has to be on for the builtin to exist, or empty.
	Feature string
	// Hidden ones are reached by other means than a name in builtins.
	Hidden bool
	// Quiet ones do not appear in traces.
	Quiet bool
	// Global ones are also names of the outermost scope, without the __ that all others have there.
	Global bool

	F1 func(m *Evaluator, a Value) (Value, *Error)
	F2 func(m *Evaluator, a, b Value) (Value, *Error)
	F3 func(m *Evaluator, a, b, c Value) (Value, *Error)
}

// Arity is the number of arguments.
func (b *Builtin) Arity() int {
	switch {
	case b.F1 != nil:
		return 1
	case b.F2 != nil:
		return 2
	}
	return 3
}

// Call applies a function to arguments, which may be thunks.
func (m *Evaluator) Call(fn Value, args ...Value) (Value, *Error) {
	return m.callN(fn, args, 0)
}

func (m *Evaluator) call1(fn, a Value, pos syntax.Pos) (Value, *Error) {
	switch fn.kind() {
	case KindFunction:
		if l := m.lambdaOf(fn); l.arity == 1 {
			f := m.newFrame(fn.scope(), l.size)
			if l.formals == nil {
				*f.slot(0) = a
			} else if err := m.bindFormals(l, f, a, pos); err != nil {
				return Value{}, err
			}
			return m.run(l, f, pos)
		}
		return newPartial(fn, a), nil
	case kindBuiltin:
		if b := fn.builtin(); b.F1 != nil {
			return m.callBuiltin(b, a, Value{}, Value{}, pos)
		}
		return newPartial(fn, a), nil
	case kindPartial:
		if p := fn.partial(); m.missing(p) == 1 {
			return m.callFull(p.fn, p.args, []Value{a}, pos)
		}
	}
	return m.callN(fn, []Value{a}, pos)
}

// missing is the number of arguments that a partial still needs.
func (m *Evaluator) missing(p *partial) int {
	if p.fn.kind() == kindBuiltin {
		return p.fn.builtin().Arity() - len(p.args)
	}
	return m.lambdaOf(p.fn).arity - len(p.args)
}

func (m *Evaluator) call2(fn, a, b Value, pos syntax.Pos) (Value, *Error) {
	switch fn.kind() {
	case KindFunction:
		if l := m.lambdaOf(fn); l.arity == 2 {
			f := m.newFrame(fn.scope(), l.size)
			*f.slot(0) = a
			if l.formals == nil {
				*f.slot(1) = b
			} else if err := m.bindFormals(l, f, b, pos); err != nil {
				return Value{}, err
			}
			return m.run(l, f, pos)
		}
	case kindBuiltin:
		if p := fn.builtin(); p.F2 != nil {
			return m.callBuiltin(p, a, b, Value{}, pos)
		}
	}
	return m.callN(fn, []Value{a, b}, pos)
}

// run evaluates the body of a function whose frame is filled.
func (m *Evaluator) run(l *lambda, f *frame, pos syntax.Pos) (Value, *Error) {
	if m.depth >= m.maxDepth || m.nesting >= maxNesting {
		return Value{}, m.tooDeep().at(pos)
	}
	m.stats.Calls++
	if m.steps--; m.steps < 0 {
		if err := m.check(); err != nil {
			return Value{}, err.at(pos)
		}
	}
	m.depth++
	m.nesting++
	v, err := l.body(m, f)
	m.depth--
	m.nesting--
	if err == nil {
		m.release(f, l.size)
		return v, nil
	}
	p := &l.params[len(l.params)-1]
	err.traceCall(p.pos, "while calling "+p.describe())
	if pos != 0 {
		err.traceCall(pos, "from call site")
	}
	return Value{}, err
}

// traceCall adds a line that is only shown with --show-trace.
func (e *Error) traceCall(p syntax.Pos, msg string) {
	if e.Kind != Needs && len(e.Trace) < maxTrace {
		e.Trace = append(e.Trace, TraceLine{Pos: p, Msg: msg, Call: true})
	}
}

func (e *Error) traceBuiltin(p syntax.Pos, name string) {
	if e.Kind != Needs && len(e.Trace) < maxTrace {
		e.Trace = append(e.Trace, TraceLine{Pos: p, Msg: "while calling the '" + name + "' builtin", Builtin: true})
	}
}

// callBuiltin calls a builtin with as many arguments as it has.
func (m *Evaluator) callBuiltin(b *Builtin, x, y, z Value, pos syntax.Pos) (v Value, err *Error) {
	if m.depth >= m.maxDepth || m.nesting >= maxNesting {
		return Value{}, m.tooDeep().at(pos)
	}
	m.stats.BuiltinCalls++
	if m.interrupt.Load() {
		if err := m.check(); err != nil {
			return Value{}, err.at(pos)
		}
	}
	m.depth++
	m.nesting++
	switch {
	case b.F1 != nil:
		v, err = b.F1(m, x)
	case b.F2 != nil:
		v, err = b.F2(m, x, y)
	default:
		v, err = b.F3(m, x, y, z)
	}
	m.depth--
	m.nesting--
	if err != nil && !b.Hidden && !b.Quiet {
		err.traceBuiltin(pos, b.Name)
	}
	return v, err
}

// callN applies a function to any number of arguments, which it does not keep.
func (m *Evaluator) callN(fn Value, args []Value, pos syntax.Pos) (Value, *Error) {
	for len(args) > 0 {
		v, n, err := m.callSome(fn, args, pos)
		if err != nil {
			return Value{}, err
		}
		fn, args = v, args[n:]
	}
	return fn, nil
}

// callSome applies a function to as many arguments as it takes, and returns how many these were.
func (m *Evaluator) callSome(fn Value, args []Value, pos syntax.Pos) (Value, int, *Error) {
	fn, err := m.Force(fn)
	if err != nil {
		return Value{}, 0, err
	}
	target, have := fn, []Value(nil)
	if fn.kind() == kindPartial {
		p := fn.partial()
		target, have = p.fn, p.args
	}
	var arity int
	switch target.kind() {
	case KindFunction:
		arity = m.lambdaOf(target).arity
	case kindBuiltin:
		arity = target.builtin().Arity()
	case KindAttrs:
		v, err := m.callFunctor(target, args[0], pos)
		return v, 1, err
	default:
		return Value{}, 0, Errorf(Type, "attempt to call something which is not a function but %s", m.describe(fn)).at(pos)
	}
	missing := arity - len(have)
	if len(args) < missing {
		all := make([]Value, len(have)+len(args))
		copy(all[copy(all, have):], args)
		return partialValue(&partial{fn: target, args: all}), len(args), nil
	}
	v, err := m.callFull(target, have, args[:missing], pos)
	return v, missing, err
}

// callFull calls a closure or builtin with exactly its arguments: the ones it had and the others.
func (m *Evaluator) callFull(fn Value, have, args []Value, pos syntax.Pos) (Value, *Error) {
	if fn.kind() == kindBuiltin {
		var xs [3]Value
		copy(xs[copy(xs[:], have):], args)
		return m.callBuiltin(fn.builtin(), xs[0], xs[1], xs[2], pos)
	}
	l := m.lambdaOf(fn)
	f := m.newFrame(fn.scope(), l.size)
	for i, a := range have {
		*f.slot(i) = a
	}
	last := len(args) - 1
	for i, a := range args[:last] {
		*f.slot(len(have) + i) = a
	}
	if l.formals == nil {
		*f.slot(l.arity - 1) = args[last]
	} else if err := m.bindFormals(l, f, args[last], pos); err != nil {
		return Value{}, err
	}
	return m.run(l, f, pos)
}

func (m *Evaluator) callFunctor(fn, arg Value, pos syntax.Pos) (Value, *Error) {
	p := fn.Attrs().slot(m.names.functor)
	if p == nil {
		return Value{}, Errorf(Type, "attempt to call something which is not a function but %s", m.describe(fn)).at(pos)
	}
	// A set whose __functor is itself recurses here without any function being entered.
	if m.depth >= m.maxDepth {
		return Value{}, m.tooDeep().at(pos)
	}
	m.depth++
	v, err := m.callN(*p, []Value{fn, arg}, fn.Attrs().posOf(m.names.functor))
	m.depth--
	if err != nil {
		err.trace(pos, "while calling a functor (an attribute set with a '__functor' attribute)")
	}
	return v, err
}

// bindFormals fills the slots of a pattern from the set that was passed.
func (m *Evaluator) bindFormals(l *lambda, f *frame, arg Value, pos syntax.Pos) *Error {
	p := &l.params[len(l.params)-1]
	v, err := m.forceAttrs(arg, p.pos, "while evaluating the value passed for the lambda argument")
	if err != nil {
		if pos != 0 {
			return err.trace(pos, "from call site")
		}
		err.argument = len(err.Trace) + 1
		return err
	}
	fs := l.formals
	v = m.flat(v)
	if v.shape != fs.shape {
		if err := m.matchFormals(fs, p, v, pos); err != nil {
			return err
		}
	}
	if fs.whole >= 0 {
		*f.slot(fs.whole) = attrsValue(v)
	}
	for i, k := range fs.indexes {
		if k >= 0 {
			*f.slot(fs.first + i) = settled(v.slotAt(int(k)))
		} else {
			*f.slot(fs.first + i) = fs.list[i].def.place(m, f)
		}
	}
	return nil
}

// matchFormals finds the names of a pattern in the shape of a set and remembers where they are.
func (m *Evaluator) matchFormals(fs *formals, p *param, a *Attrs, pos syntax.Pos) *Error {
	indexes := make([]int32, len(fs.list))
	used := 0
	var missing *formal // the first one in the order of symbols
	for i := range fs.list {
		k := a.shape.find(fs.list[i].name)
		if k >= 0 {
			used++
		} else if fm := &fs.list[i]; fm.required && (missing == nil || fm.name < missing.name) {
			missing = fm
		}
		indexes[i] = int32(k)
	}
	if missing != nil {
		err := Errorf(Type, "function '%s' called without required argument '%s'", p.nameOr(), attrName(m.Name(missing.name))).at(p.pos)
		return err.trace(pos, "from call site")
	}
	if !fs.ellipsis && used != len(a.shape.syms) {
		return m.unexpectedArgument(fs, p, a, pos)
	}
	fs.shape, fs.indexes = a.shape, indexes
	return nil
}

func (m *Evaluator) unexpectedArgument(fs *formals, p *param, a *Attrs, pos syntax.Pos) *Error {
	names := make([]string, len(fs.list))
	for i := range fs.list {
		names[i] = m.Name(fs.list[i].name)
	}
	for _, s := range a.shape.syms {
		name := m.Name(s)
		if slices.Contains(names, name) {
			continue
		}
		err := Errorf(Type, "function '%s' called with unexpected argument '%s'", p.nameOr(), attrName(name)).at(p.pos)
		err.trace(pos, "from call site")
		err.Suggestions = bestMatches(names, name)
		return err
	}
	panic("eval: every argument is expected, yet the counts differ")
}
