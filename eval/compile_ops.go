package eval

// This file compiles operators and calls.

import (
	"math"

	"nixops4/eval/syntax"
)

// A condition is a code whose value is a boolean.
type condition func(m *Evaluator, f *frame) (bool, *Error)

func boolean(c condition) code {
	return func(m *Evaluator, f *frame) (Value, *Error) {
		b, err := c(m, f)
		if err != nil {
			return Value{}, err
		}
		return Bool(b), nil
	}
}

// condition compiles an expression that must be a boolean; at is the place of the error when it is none.
// Whoever asks adds what the condition is for to the trace of an error.
func (c *compiler) condition(e syntax.Expr, at syntax.Pos) condition {
	var cond condition
	switch e := e.(type) {
	case *syntax.Not:
		cond = c.not(e)
	case *syntax.HasAttr:
		cond = c.hasAttrCondition(e)
	case *syntax.Binary:
		cond = c.comparison(e)
	}
	if cond != nil {
		return cond
	}
	x := c.code(e)
	return func(m *Evaluator, f *frame) (bool, *Error) {
		v, err := x(m, f)
		if err != nil {
			return false, err
		}
		if !v.isBool() {
			return false, m.expected("a Boolean", v).at(at)
		}
		return v.BoolVal(), nil
	}
}

func (c *compiler) not(e *syntax.Not) condition {
	at := exprPos(e.X)
	x := c.condition(e.X, at)
	return func(m *Evaluator, f *frame) (bool, *Error) {
		b, err := x(m, f)
		if err != nil {
			return false, err.trace(at, "in the argument of the not operator")
		}
		return !b, nil
	}
}

// comparison compiles the operators that give booleans; nil for the others.
func (c *compiler) comparison(e *syntax.Binary) condition {
	switch e.Op {
	case syntax.Eq, syntax.NotEq:
		return c.equality(e)
	case syntax.And, syntax.Or, syntax.Impl:
		return c.logic(e)
	case syntax.Less, syntax.LessEq, syntax.Greater, syntax.GreaterEq:
		if c.shadowed(e.Fn) {
			return nil
		}
		return c.order(e)
	}
	return nil
}

// logic compiles && || and ->. The right operand counts only when the left one is want; otherwise the result is
// known.
func (c *compiler) logic(e *syntax.Binary) condition {
	l, r, at := c.condition(e.L, e.At), c.condition(e.R, e.At), e.At
	want := e.Op != syntax.Or
	known := e.Op != syntax.And
	name := map[syntax.Op]string{syntax.And: "AND (&&)", syntax.Or: "OR (||)", syntax.Impl: "IMPL (->)"}[e.Op]
	left, right := "in the left operand of the "+name+" operator", "in the right operand of the "+name+" operator"
	return func(m *Evaluator, f *frame) (bool, *Error) {
		b, err := l(m, f)
		if err != nil {
			return false, err.trace(at, left)
		}
		if b != want {
			return known, nil
		}
		if b, err = r(m, f); err != nil {
			return false, err.trace(at, right)
		}
		return b, nil
	}
}

func (c *compiler) equality(e *syntax.Binary) condition {
	l, r, want := c.code(e.L), c.code(e.R), e.Op == syntax.Eq
	if k, ok := c.scalar(e.R); ok {
		return func(m *Evaluator, f *frame) (bool, *Error) {
			v, err := l(m, f)
			if err != nil {
				return false, err
			}
			return equalScalar(v, k) == want, nil
		}
	}
	return func(m *Evaluator, f *frame) (bool, *Error) {
		a, err := l(m, f)
		if err != nil {
			return false, err
		}
		b, err := r(m, f)
		if err != nil {
			return false, err
		}
		eq, err := m.equal(a, b, 0)
		return eq == want, err
	}
}

// scalar is the value of an expression that is a string, null or a boolean and known when compiling.
func (c *compiler) scalar(e syntax.Expr) (Value, bool) {
	switch e := e.(type) {
	case *syntax.Str:
		return String(e.Val), true
	case *syntax.Var:
		if e.Binding.Kind == syntax.Global {
			v := c.m.globalValues[e.Binding.Slot]
			return v, v.isNull() || v.isBool()
		}
	}
	return Value{}, false
}

// equalScalar compares a forced value with a string, null or a boolean.
func equalScalar(v, k Value) bool {
	if k.isString() {
		return v.isString() && v.Text() == k.Text()
	}
	return v == k
}

// shadowed says that the program defines the name that an operator stands for (__lessThan, __sub, …), so
// that the operator has to call what it means there.
func (c *compiler) shadowed(fn *syntax.Var) bool {
	return fn != nil && fn.Binding.Kind != syntax.Global
}

// order compiles < <= > >=, which are calls of __lessThan with the operands in one order or the other.
func (c *compiler) order(e *syntax.Binary) condition {
	first, second := e.L, e.R
	if e.Op == syntax.Greater || e.Op == syntax.LessEq {
		first, second = second, first
	}
	a, b, pos := c.suspended(c.code(first)), c.suspended(c.code(second)), e.At
	want := e.Op == syntax.Less || e.Op == syntax.Greater
	fn := c.m.globalValues[e.Fn.Binding.Slot].builtin()
	return func(m *Evaluator, f *frame) (bool, *Error) {
		x, err1 := a.code(m, f)
		if err1 == nil {
			y, err2 := b.code(m, f)
			if err2 == nil && x.isInt() && y.isInt() {
				return x.IntVal() < y.IntVal() == want, nil
			}
			v, err := m.callBuiltin(fn, x, m.evaluated(y, err2, &b, f), Value{}, pos)
			return v.BoolVal() == want, negated(err, want, pos)
		}
		v, err := m.callBuiltin(fn, m.evaluated(x, err1, &a, f), thunkValue(m.newThunk(b.id, f)), Value{}, pos)
		return v.BoolVal() == want, negated(err, want, pos)
	}
}

// negated is the error of a comparison, which for <= and >= is in the argument of a not operator.
func negated(err *Error, want bool, pos syntax.Pos) *Error {
	if err != nil && !want {
		err.trace(pos, "in the argument of the not operator")
	}
	return err
}

// evaluated is the argument of a builtin that was computed before the call: when that failed, a thunk that
// fails in the same way when the builtin forces it, so that the trace is the same as without this shortcut.
func (m *Evaluator) evaluated(v Value, err *Error, o *operand, f *frame) Value {
	if err == nil {
		return v
	}
	t := m.newThunk(o.id, f)
	t.fail(err)
	return thunkValue(t)
}

func (c *compiler) binary(e *syntax.Binary) code {
	if cond := c.comparison(e); cond != nil {
		return boolean(cond)
	}
	switch e.Op {
	case syntax.Update:
		return c.update(e)
	case syntax.Append:
		return c.append(e)
	case syntax.Less, syntax.LessEq, syntax.Greater, syntax.GreaterEq:
		return c.shadowedOrder(e)
	case syntax.Sub, syntax.Mul, syntax.Div, syntax.Negate:
		return c.arithmetic(e)
	case syntax.PipeTo:
		return c.callOperands(c.code(e.R), []syntax.Expr{e.L}, e.At)
	case syntax.PipeFrom:
		return c.callOperands(c.code(e.L), []syntax.Expr{e.R}, e.At)
	}
	panic("eval: unknown operator")
}

// shadowedOrder is a comparison where the program defines __lessThan itself.
func (c *compiler) shadowedOrder(e *syntax.Binary) code {
	args := []syntax.Expr{e.L, e.R}
	if e.Op == syntax.Greater || e.Op == syntax.LessEq {
		args[0], args[1] = args[1], args[0]
	}
	call := c.callOperands(c.code(e.Fn), args, e.At)
	if e.Op == syntax.Less || e.Op == syntax.Greater {
		return call
	}
	pos := e.At
	return func(m *Evaluator, f *frame) (Value, *Error) {
		v, err := call(m, f)
		if err != nil {
			return Value{}, err
		}
		if !v.isBool() {
			return Value{}, m.expected("a Boolean", v).at(pos).trace(pos, "in the argument of the not operator")
		}
		return Bool(!v.BoolVal()), nil
	}
}

// arithmetic compiles - * / and negation, with a short way for integers.
func (c *compiler) arithmetic(e *syntax.Binary) code {
	left := e.L
	if e.Op == syntax.Negate {
		left = &syntax.Int{At: e.At}
	}
	if c.shadowed(e.Fn) {
		return c.callOperands(c.code(e.Fn), []syntax.Expr{left, e.R}, e.At)
	}
	l, r, pos := c.suspended(c.code(left)), c.suspended(c.code(e.R)), e.At
	fn := c.m.globalValues[e.Fn.Binding.Slot].builtin()
	compute := intOps[e.Op]
	return func(m *Evaluator, f *frame) (Value, *Error) {
		x, err1 := l.code(m, f)
		if err1 != nil {
			return m.callBuiltin(fn, m.evaluated(x, err1, &l, f), thunkValue(m.newThunk(r.id, f)), Value{}, pos)
		}
		y, err2 := r.code(m, f)
		if err2 == nil && x.isInt() && y.isInt() {
			if n, ok := compute(x.IntVal(), y.IntVal()); ok {
				return Int(n), nil
			}
		}
		return m.callBuiltin(fn, x, m.evaluated(y, err2, &r, f), Value{}, pos)
	}
}

// intOps compute on integers; ok is false when the result does not fit.
var intOps = map[syntax.Op]func(a, b int64) (int64, bool){
	syntax.Sub:    subInt,
	syntax.Negate: subInt,
	syntax.Mul:    mulInt,
	syntax.Div:    divInt,
}

func addInt(a, b int64) (int64, bool) {
	n := a + b
	return n, (n > a) == (b > 0)
}

func subInt(a, b int64) (int64, bool) {
	n := a - b
	return n, (n < a) == (b > 0)
}

func mulInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	n := a * b
	return n, n/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
}

func divInt(a, b int64) (int64, bool) {
	if b == 0 || a == math.MinInt64 && b == -1 {
		return 0, false
	}
	return a / b, true
}

// update compiles //. Nix evaluates the right operand first.
func (c *compiler) update(e *syntax.Binary) code {
	l, r := c.code(e.L), c.code(e.R)
	lpos, rpos := exprPos(e.L), exprPos(e.R)
	lchain, rchain := isUpdate(e.L), isUpdate(e.R)
	return func(m *Evaluator, f *frame) (Value, *Error) {
		right, err := m.updateOperand(r, f, rchain, rpos, "in the right operand of the update (//) operator")
		if err != nil {
			return Value{}, err
		}
		left, err := m.updateOperand(l, f, lchain, lpos, "in the left operand of the update (//) operator")
		if err != nil {
			return Value{}, err
		}
		return attrsValue(m.update(left, right)), nil
	}
}

// updateOperand evaluates an operand. One that is an update itself (chain) adds nothing to a trace.
func (m *Evaluator) updateOperand(c code, f *frame, chain bool, at syntax.Pos, context string) (*Attrs, *Error) {
	v, err := c(m, f)
	if err != nil {
		if chain {
			return nil, err
		}
		return nil, err.trace(at, context)
	}
	if !v.isAttrs() {
		return nil, m.expected("a set", v).trace(at, context)
	}
	return v.Attrs(), nil
}

func isUpdate(e syntax.Expr) bool {
	b, ok := e.(*syntax.Binary)
	return ok && b.Op == syntax.Update
}

func (c *compiler) append(e *syntax.Binary) code {
	l, r, pos := c.code(e.L), c.code(e.R), e.At
	return func(m *Evaluator, f *frame) (Value, *Error) {
		a, err := l(m, f)
		if err != nil {
			return Value{}, err
		}
		b, err := r(m, f)
		if err != nil {
			return Value{}, err
		}
		for _, v := range [2]Value{a, b} {
			if !v.isList() {
				return Value{}, m.expected("a list", v).trace(pos, "while evaluating one of the elements to concatenate")
			}
		}
		if err := m.roomFor((a.Len() + b.Len()) * 16); err != nil {
			return Value{}, err.at(pos)
		}
		return m.appendLists(a, b), nil
	}
}

func (m *Evaluator) appendLists(a, b Value) Value {
	if a.Len() == 0 {
		return b
	}
	if b.Len() == 0 {
		return a
	}
	vals := m.values(a.Len() + b.Len())
	copy(vals, a.Elems())
	copy(vals[a.Len():], b.Elems())
	return List(vals)
}

// call compiles a call with one or more arguments.
func (c *compiler) call(e *syntax.Call) code {
	fn := e.Fn
	if v, ok := fn.(*syntax.Var); ok && v.Binding.Kind == syntax.Global {
		if b := c.m.globalValues[v.Binding.Slot]; b.kind() == kindBuiltin && b.builtin().Arity() == len(e.Args) {
			return c.builtinCall(b.builtin(), e.Args, callPos(e))
		}
	}
	return c.callOperands(c.code(fn), e.Args, callPos(e))
}

// callPos is the place of a call. A call of what an operator gives that is a call itself is one call for Nix, with the
// place of the operator.
func callPos(e *syntax.Call) syntax.Pos {
	if b, ok := e.Fn.(*syntax.Binary); ok && b.Fn != nil && b.Op != syntax.LessEq && b.Op != syntax.GreaterEq {
		return b.At
	}
	return e.At
}

// builtinCall is a call of a builtin that is known when compiling, with all its arguments. Those that it
// forces first of all are computed at once.
func (c *compiler) builtinCall(b *Builtin, args []syntax.Expr, pos syntax.Pos) code {
	var ops [3]operand
	var strict [3]bool
	for i, a := range args {
		ops[i] = c.operand(a)
		strict[i] = b.Strict&(1<<i) != 0 && ops[i].suspends()
	}
	n := len(args)
	return func(m *Evaluator, f *frame) (Value, *Error) {
		var xs [3]Value
		failed := false // then the builtin does not get to the other arguments
		for i := 0; i < n; i++ {
			if strict[i] && !failed {
				v, err := ops[i].code(m, f)
				xs[i] = m.evaluated(v, err, &ops[i], f)
				failed = err != nil
			} else {
				xs[i] = ops[i].make(m, f)
			}
		}
		return m.callBuiltin(b, xs[0], xs[1], xs[2], pos)
	}
}

// callOperands is a call of any function. Arguments of a function that takes just these go straight to the
// slots of its frame.
func (c *compiler) callOperands(fn code, exprs []syntax.Expr, pos syntax.Pos) code {
	args := c.operands(exprs)
	switch len(args) {
	case 1:
		return callOne(fn, args[0], pos)
	case 2:
		return callTwo(fn, args[0], args[1], pos)
	}
	return func(m *Evaluator, f *frame) (Value, *Error) {
		fv, err := fn(m, f)
		if err != nil {
			return Value{}, err
		}
		if l := m.takes(fv, len(args)); l != nil && l.formals == nil {
			inner := m.newFrame(fv.scope(), l.size)
			for i := range args {
				*inner.slot(i) = args[i].place(m, f)
			}
			return m.run(l, inner, pos)
		}
		var few [6]Value
		vals := few[:0]
		for i := range args {
			vals = append(vals, args[i].make(m, f))
		}
		return m.callN(fv, vals, pos)
	}
}

// takes is the lambda of a closure that takes exactly n arguments, else nil.
func (m *Evaluator) takes(fn Value, n int) *lambda {
	if fn.kind() == KindFunction {
		if l := m.lambdaOf(fn); l.arity == n {
			return l
		}
	}
	return nil
}

func callOne(fn code, a operand, pos syntax.Pos) code {
	return func(m *Evaluator, f *frame) (Value, *Error) {
		fv, err := fn(m, f)
		if err != nil {
			return Value{}, err
		}
		if l := m.takes(fv, 1); l != nil && l.formals == nil {
			x := a.place(m, f)
			inner := m.newFrame(fv.scope(), l.size)
			*inner.slot(0) = x
			return m.run(l, inner, pos)
		}
		return m.call1(fv, m.argument(fv, 1, &a, f), pos)
	}
}

func callTwo(fn code, a, b operand, pos syntax.Pos) code {
	return func(m *Evaluator, f *frame) (Value, *Error) {
		fv, err := fn(m, f)
		if err != nil {
			return Value{}, err
		}
		if l := m.takes(fv, 2); l != nil && l.formals == nil {
			x, y := a.place(m, f), b.place(m, f)
			inner := m.newFrame(fv.scope(), l.size)
			*inner.slot(0), *inner.slot(1) = x, y
			return m.run(l, inner, pos)
		}
		x := a.make(m, f)
		return m.call2(fv, x, m.argument(fv, 2, &b, f), pos)
	}
}

// argument makes the last of n arguments. A function with a pattern forces it at once, and so does a builtin
// that is strict in it, so it needs no thunk then.
func (m *Evaluator) argument(fn Value, n int, o *operand, f *frame) Value {
	if !o.suspends() {
		return o.make(m, f)
	}
	switch fn.kind() {
	case KindFunction:
		if l := m.lambdaOf(fn); l.arity != n || l.formals == nil {
			return o.make(m, f)
		}
	case kindBuiltin:
		if b := fn.builtin(); b.Arity() != n || b.Strict&(1<<(n-1)) == 0 || b.Strict&(1<<(n-1)-1) != 0 {
			return o.make(m, f)
		}
	default:
		return o.make(m, f)
	}
	v, err := o.code(m, f)
	return m.evaluated(v, err, o, f)
}
