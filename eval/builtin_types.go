package eval

// This file defines the builtins that tell types, and those on numbers.

import (
	"math"

	"nixops4/eval/syntax"
)

func isKind(k Kind) func(m *Evaluator, a Value) (Value, *Error) {
	return func(m *Evaluator, a Value) (Value, *Error) {
		v, err := m.Force(a)
		if err != nil {
			return Value{}, err
		}
		return Bool(v.Kind() == k), nil
	}
}

var typeBuiltins = []*Builtin{
	{Name: "isNull", Global: true, Args: []string{"e"}, Strict: 1, F1: isKind(KindNull), Doc: "Whether *e* is `null`."},
	{Name: "isFunction", Args: []string{"e"}, Strict: 1, F1: isKind(KindFunction), Doc: "Whether *e* is a function. A set with `__functor` is not."},
	{Name: "isInt", Args: []string{"e"}, Strict: 1, F1: isKind(KindInt), Doc: "Whether *e* is an integer."},
	{Name: "isFloat", Args: []string{"e"}, Strict: 1, F1: isKind(KindFloat), Doc: "Whether *e* is a float."},
	{Name: "isString", Args: []string{"e"}, Strict: 1, F1: isKind(KindString), Doc: "Whether *e* is a string."},
	{Name: "isBool", Args: []string{"e"}, Strict: 1, F1: isKind(KindBool), Doc: "Whether *e* is `true` or `false`."},
	{Name: "isPath", Args: []string{"e"}, Strict: 1, F1: isKind(KindPath), Doc: "Whether *e* is a path."},
	{Name: "isList", Args: []string{"e"}, Strict: 1, F1: isKind(KindList), Doc: "Whether *e* is a list."},
	{Name: "isAttrs", Args: []string{"e"}, Strict: 1, F1: isKind(KindAttrs), Doc: "Whether *e* is a set."},
	{Name: "typeOf", Args: []string{"e"}, Strict: 1, F1: typeOf,
		Doc: "The type of *e* as a string: `\"int\"`, `\"bool\"`, `\"string\"`, `\"path\"`, `\"null\"`, `\"set\"`, `\"list\"`, `\"lambda\"` or `\"float\"`."},
}

func typeOf(m *Evaluator, a Value) (Value, *Error) {
	v, err := m.Force(a)
	if err != nil {
		return Value{}, err
	}
	return String(v.Kind().String()), nil
}

var numberBuiltins = []*Builtin{
	{Name: "add", Args: []string{"e1", "e2"}, Strict: 3, F2: arith("addition", "adding", "+", addInt, func(a, b float64) float64 { return a + b }), Doc: "The sum of two numbers."},
	{Name: "sub", Args: []string{"e1", "e2"}, Strict: 3, F2: arith("subtraction", "subtracting", "-", subInt, func(a, b float64) float64 { return a - b }), Doc: "The difference of two numbers."},
	{Name: "mul", Args: []string{"e1", "e2"}, Strict: 3, F2: arith("multiplication", "multiplying", "*", mulInt, func(a, b float64) float64 { return a * b }), Doc: "The product of two numbers."},
	{Name: "div", Args: []string{"e1", "e2"}, Strict: 3, F2: divide, Doc: "The quotient of two numbers; of integers, rounded toward zero."},
	{Name: "lessThan", Args: []string{"e1", "e2"}, Strict: 3, F2: lessThan, Doc: "Whether *e1* comes before *e2*: numbers, strings, paths, and lists element by element."},
	{Name: "bitAnd", Args: []string{"e1", "e2"}, Strict: 1, F2: bitwise("bitAnd", func(a, b int64) int64 { return a & b }), Doc: "The bitwise AND of two integers."},
	{Name: "bitOr", Args: []string{"e1", "e2"}, Strict: 1, F2: bitwise("bitOr", func(a, b int64) int64 { return a | b }), Doc: "The bitwise OR of two integers."},
	{Name: "bitXor", Args: []string{"e1", "e2"}, Strict: 1, F2: bitwise("bitXor", func(a, b int64) int64 { return a ^ b }), Doc: "The bitwise exclusive OR of two integers."},
	{Name: "ceil", Args: []string{"number"}, Strict: 1, F1: rounding("ceil", math.Ceil), Doc: "The smallest integer that is not below *number*."},
	{Name: "floor", Args: []string{"number"}, Strict: 1, F1: rounding("floor", math.Floor), Doc: "The largest integer that is not above *number*."},
}

func arith(noun, verb, sign string, onInts func(a, b int64) (int64, bool), onFloats func(a, b float64) float64) func(m *Evaluator, a, b Value) (Value, *Error) {
	first := "while evaluating the first argument of the " + noun
	second := "while evaluating the second argument of the " + noun
	firstFloat := first
	if sign == "*" {
		firstFloat = "while evaluating the first of the " + noun // a slip of Nix that its users know
	}
	return func(m *Evaluator, a, b Value) (Value, *Error) {
		x, err := m.forced(a, 0, "")
		if err != nil {
			return Value{}, err
		}
		y, err := m.forced(b, 0, "")
		if err != nil {
			return Value{}, err
		}
		if x.isFloat() || y.isFloat() {
			p, err := m.forceFloat(x, 0, firstFloat)
			if err != nil {
				return Value{}, err
			}
			q, err := m.forceFloat(y, 0, second)
			if err != nil {
				return Value{}, err
			}
			return Float(onFloats(p, q)), nil
		}
		i, err := m.forceInt(x, 0, first)
		if err != nil {
			return Value{}, err
		}
		j, err := m.forceInt(y, 0, second)
		if err != nil {
			return Value{}, err
		}
		n, ok := onInts(i, j)
		if !ok {
			return Value{}, Errorf(Other, "integer overflow in %s %d %s %d", verb, i, sign, j)
		}
		return Int(n), nil
	}
}

func divide(m *Evaluator, a, b Value) (Value, *Error) {
	x, err := m.forced(a, 0, "")
	if err != nil {
		return Value{}, err
	}
	y, err := m.forced(b, 0, "")
	if err != nil {
		return Value{}, err
	}
	divisor, err := m.forceFloat(y, 0, "while evaluating the second operand of the division")
	if err != nil {
		return Value{}, err
	}
	if divisor == 0 {
		return Value{}, Errorf(Other, "division by zero")
	}
	if x.isFloat() || y.isFloat() {
		n, err := m.forceFloat(x, 0, "while evaluating the first operand of the division")
		if err != nil {
			return Value{}, err
		}
		return Float(n / divisor), nil
	}
	i, err := m.forceInt(x, 0, "while evaluating the first operand of the division")
	if err != nil {
		return Value{}, err
	}
	n, ok := divInt(i, y.IntVal())
	if !ok {
		return Value{}, Errorf(Other, "integer overflow in dividing %d / %d", i, y.IntVal())
	}
	return Int(n), nil
}

func lessThan(m *Evaluator, a, b Value) (Value, *Error) {
	x, err := m.Force(a)
	if err != nil {
		return Value{}, err
	}
	y, err := m.Force(b)
	if err != nil {
		return Value{}, err
	}
	less, err := m.less(x, y, syntax.Pos(0), "")
	return Bool(less), err
}

func bitwise(name string, op func(a, b int64) int64) func(m *Evaluator, a, b Value) (Value, *Error) {
	first := "while evaluating the first argument passed to builtins." + name
	second := "while evaluating the second argument passed to builtins." + name
	return func(m *Evaluator, a, b Value) (Value, *Error) {
		x, err := m.forceInt(a, 0, first)
		if err != nil {
			return Value{}, err
		}
		y, err := m.forceInt(b, 0, second)
		if err != nil {
			return Value{}, err
		}
		return Int(op(x, y)), nil
	}
}

func rounding(name string, round func(float64) float64) func(m *Evaluator, a Value) (Value, *Error) {
	context := "while evaluating the first argument passed to builtins." + name
	const bug = "Due to a bug (see https://github.com/NixOS/nix/issues/12899) "
	return func(m *Evaluator, a Value) (Value, *Error) {
		v, err := m.Force(a)
		if err != nil {
			return Value{}, err.trace(0, context)
		}
		x, err := m.forceFloat(v, 0, context)
		if err != nil {
			return Value{}, err
		}
		r := round(x)
		if !(r >= math.MinInt64 && r < -math.MinInt64) {
			if v.isInt() {
				return Value{}, Errorf(Other, bug+"the NixInt argument %d caused undefined behavior in previous Nix versions.\n\tFuture Nix versions might implement the correct behavior.", v.IntVal())
			}
			return Value{}, Errorf(Other, "NixFloat argument %s is not in the range of NixInt", formatFloat(v.FloatVal()))
		}
		n := int64(r)
		if v.isInt() && v.IntVal() != n {
			return Value{}, Errorf(Other, bug+"a loss of precision occurred in previous Nix versions because the NixInt argument %d was rounded to %d.\n\tFuture Nix versions might implement the correct behavior.", v.IntVal(), n)
		}
		return Int(n), nil
	}
}
