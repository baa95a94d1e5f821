package script

// This file guards the operators and built-in functions of Starlark that can make a huge value, or recurse very deep, in one step.
// Whatever takes many steps is bounded by the counting of steps and by the watch over memory; these do not give them a chance.
//
// A script's syntax tree is rewritten before it is compiled: x * y becomes *(x, y), where * is the name of a function that no script can
// call by itself. Augmented assignments keep their left side, which must be evaluated once only; their right side is wrapped.

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// guarded lists the operators and the method names that are replaced.
var guardedOperators = map[syntax.Token]string{syntax.STAR: "*", syntax.PLUS: "+", syntax.PERCENT: "%"}
var guardedAssignments = map[syntax.Token]string{syntax.STAR_EQ: "*=", syntax.PLUS_EQ: "+=", syntax.PERCENT_EQ: "%="}
var guardedMethods = map[string]bool{"join": true, "replace": true, "format": true, "split": true, "rsplit": true, "splitlines": true}

// maxIntBits bounds integers: the time of a multiplication grows faster than its size.
const maxIntBits = 1 << 20

// guard makes the functions that replace operators for a run's limits.
type guard struct{ limits Limits }

// predeclared returns the functions by the names that [rewrite] uses, and the safe versions of built-in functions.
func (g guard) predeclared() starlark.StringDict {
	d := starlark.StringDict{}
	for token, name := range guardedOperators {
		d[name] = starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if err := g.operands(token, args[0], args[1]); err != nil {
				return nil, err
			}
			return starlark.Binary(token, args[0], args[1])
		})
	}
	for token, name := range guardedAssignments {
		operator := map[syntax.Token]syntax.Token{syntax.STAR_EQ: syntax.STAR, syntax.PLUS_EQ: syntax.PLUS, syntax.PERCENT_EQ: syntax.PERCENT}[token]
		d[name] = starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if _, ok := args[0].(starlark.Iterable); ok && token == syntax.PLUS_EQ {
				if size := length(args[0]); size > g.maxLength(args[0]) {
					return nil, g.tooLarge(args[0], size)
				}
				return args[0], nil // a list is extended in place, by no more than that
			}
			return operand{g, operator, args[0]}, nil
		})
	}
	d["."] = starlark.NewBuiltin(".", func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return g.method(args[0], string(args[1].(starlark.String)))
	})
	d["()"] = starlark.NewBuiltin("()", func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return args, light(args)
	})
	for name, fn := range map[string]func(starlark.Value) error{
		"str": g.printable, "repr": g.printable, "int": g.digits, "hash": shallow, "list": g.countable, "set": g.countable, "sorted": g.countable,
		"reversed": g.countable, "enumerate": g.countable,
		"tuple": func(v starlark.Value) error { return errors.Join(g.countable(v), lightAll(v)) },
	} {
		d[name] = checked(name, fn)
	}
	d["zip"] = starlark.NewBuiltin("zip", g.zip)
	d["struct"] = starlark.NewBuiltin("struct", safeStruct)
	d["range"] = starlark.NewBuiltin("range", g.rangeOf)
	return d
}

// checked is a built-in function whose arguments are looked at first.
func checked(name string, check func(starlark.Value) error) *starlark.Builtin {
	original := starlark.Universe[name].(*starlark.Builtin)
	return starlark.NewBuiltin(name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		for _, arg := range args {
			if err := check(arg); err != nil {
				return nil, err
			}
		}
		return original.CallInternal(thread, args, kwargs)
	})
}

// operands refuses what would become too large.
func (g guard) operands(token syntax.Token, x, y starlark.Value) error {
	switch token {
	case syntax.STAR:
		return errors.Join(g.repeat(x, y), g.repeat(y, x), intSize(x, y), light(x, y))
	case syntax.PLUS:
		if size := length(x) + length(y); size > g.maxLength(x) {
			return g.tooLarge(x, size)
		}
		return light(x, y)
	case syntax.PERCENT:
		if text, ok := x.(starlark.String); ok {
			return g.fits(int64(len(text)), y)
		}
	}
	return nil
}

func (g guard) repeat(x, times starlark.Value) error {
	n, ok := times.(starlark.Int)
	if !ok || length(x) == 0 {
		return nil
	}
	count, ok := n.Int64()
	if !ok || count > 0 && length(x) > g.maxLength(x)/count {
		if n.Sign() < 0 {
			return nil
		}
		return limitf("%s repeated %s times is too large: the limit is %d", article(x), n, g.maxLength(x))
	}
	return nil
}

func intSize(x, y starlark.Value) error {
	a, ok := x.(starlark.Int)
	b, ok2 := y.(starlark.Int)
	if !ok || !ok2 {
		return nil
	}
	if _, small := a.Int64(); small {
		if _, small := b.Int64(); small {
			return nil
		}
	}
	if bits := a.BigInt().BitLen() + b.BigInt().BitLen(); bits > maxIntBits {
		return limitf("the product of these numbers is too large: it has %d bits, the limit is %d", bits, maxIntBits)
	}
	return nil
}

func length(v starlark.Value) int64 {
	switch v := v.(type) {
	case starlark.String:
		return int64(len(v))
	case starlark.Bytes:
		return int64(len(v))
	case *starlark.List:
		return int64(v.Len())
	case starlark.Tuple:
		return int64(len(v))
	}
	return 0
}

func (g guard) maxLength(v starlark.Value) int64 {
	switch v.(type) {
	case *starlark.List, starlark.Tuple:
		return int64(g.limits.Elements)
	}
	return int64(g.limits.Text)
}

func (g guard) tooLarge(v starlark.Value, size int64) error {
	return limitf("%s of size %d is too large: the limit is %d", article(v), size, g.maxLength(v))
}

func article(v starlark.Value) string { return "a " + v.Type() }

// operand is the right side of an augmented assignment.
type operand struct {
	guard guard
	token syntax.Token
	value starlark.Value
}

func (o operand) String() string        { return o.value.String() }
func (o operand) Type() string          { return o.value.Type() }
func (o operand) Freeze()               { o.value.Freeze() }
func (o operand) Truth() starlark.Bool  { return o.value.Truth() }
func (o operand) Hash() (uint32, error) { return o.value.Hash() }

// Binary does what the interpreter would have done, after looking at the sizes.
func (o operand) Binary(_ syntax.Token, x starlark.Value, _ starlark.Side) (starlark.Value, error) {
	if err := o.guard.operands(o.token, x, o.value); err != nil {
		return nil, err
	}
	return starlark.Binary(o.token, x, o.value)
}

// method returns a method of a value; those of strings that multiply look at their arguments.
func (g guard) method(x starlark.Value, name string) (starlark.Value, error) {
	withAttrs, ok := x.(starlark.HasAttrs)
	var found starlark.Value
	var err error
	if ok {
		found, err = withAttrs.Attr(name)
	}
	if err != nil || found == nil {
		if err == nil {
			err = fmt.Errorf("%s has no .%s field or method", x.Type(), name)
		}
		return nil, err
	}
	text, isString := x.(starlark.String)
	original, isBuiltin := found.(*starlark.Builtin)
	if !isString || !isBuiltin {
		return found, nil
	}
	return starlark.NewBuiltin(name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if err := g.arguments(string(text), name, args, kwargs); err != nil {
			return nil, err
		}
		return original.CallInternal(thread, args, kwargs)
	}), nil
}

func (g guard) arguments(text, name string, args starlark.Tuple, kwargs []starlark.Tuple) error {
	switch name {
	case "join":
		if len(args) == 1 {
			if list, ok := args[0].(starlark.Sequence); ok {
				return g.fits(int64(len(text))*int64(list.Len()), args[0])
			}
		}
	case "split", "rsplit", "splitlines":
		separator := "\n"
		if len(args) > 0 {
			separator, _ = starlark.AsString(args[0])
		}
		parts := strings.Count(text, separator)
		if name != "splitlines" && separator == "" {
			parts = len(text) / 2 // at blanks
		}
		if parts > g.limits.Elements {
			return limitf("a list of %d strings is too large: the limit is %d", parts, g.limits.Elements)
		}
	case "replace":
		if len(args) >= 2 {
			old, _ := starlark.AsString(args[0])
			with, _ := starlark.AsString(args[1])
			if size := int64(strings.Count(text, old)) * int64(len(with)); size > int64(g.limits.Text) {
				return limitf("a string of size %d is too large: the limit is %d", size, g.limits.Text)
			}
		}
	case "format":
		places := int64(strings.Count(text, "{") + 1)
		all := append(starlark.Tuple{}, args...)
		for _, kv := range kwargs {
			all = append(all, kv[1])
		}
		size, err := measure(all, int64(g.limits.Text))
		if err != nil {
			return err
		}
		if size*places > int64(g.limits.Text) {
			return limitf("a string of size %d is too large: the limit is %d", size*places, g.limits.Text)
		}
	}
	return nil
}

// printable refuses values whose text is too long, or which are nested so deep that printing would not end well.
func (g guard) printable(v starlark.Value) error { return g.fits(0, v) }

func (g guard) fits(more int64, v starlark.Value) error {
	size, err := measure(v, int64(g.limits.Text))
	if err != nil {
		return err
	}
	if size+more > int64(g.limits.Text) {
		return limitf("a string of size %d or more is too large: the limit is %d", size+more, g.limits.Text)
	}
	return nil
}

// digits refuses numbers in texts that take long to read.
func (g guard) digits(v starlark.Value) error {
	if n := length(v); n > maxIntBits/4 {
		return limitf("a number of %d digits is too large", n)
	}
	return nil
}

// shallow refuses values that are nested very deep.
func shallow(v starlark.Value) error {
	_, err := measure(v, 10_000_000) // a value that shares parts is not walked for ever
	return err
}

// measure estimates the length of a value's text, and stops once it is above max.
func measure(v starlark.Value, max int64) (int64, error) {
	m := measurer{max: max}
	err := m.visit(v, 0)
	return m.size, err
}

type measurer struct{ size, max int64 }

func (m *measurer) visit(v starlark.Value, depth int) error {
	if depth > maxNesting {
		return limitf("the value is nested more than %d deep", maxNesting)
	}
	m.size += 2
	switch v := v.(type) {
	case starlark.String, starlark.Bytes:
		m.size += length(v)
	case starlark.Int:
		m.size += intDigits(v)
	case *starlark.Dict:
		for key, value := range v.Entries() {
			if m.size > m.max {
				break
			}
			if err := errors.Join(m.visit(key, depth+1), m.visit(value, depth+1)); err != nil {
				return err
			}
		}
	case starlark.Iterable:
		for element := range starlark.Elements(v) {
			if m.size > m.max {
				break
			}
			if err := m.visit(element, depth+1); err != nil {
				return err
			}
		}
	case startime.Time, startime.Duration:
		m.size += 40
	default:
		m.size += 10
	}
	return nil
}

func intDigits(i starlark.Int) int64 {
	if _, ok := i.Int64(); ok {
		return 20
	}
	var b *big.Int = i.BigInt()
	return int64(b.BitLen())/3 + 1
}

// rangeOf bounds the length of ranges, since several built-in functions walk along one in a single step.
func (g guard) rangeOf(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	r, err := starlark.Universe["range"].(*starlark.Builtin).CallInternal(thread, args, kwargs)
	if err != nil {
		return nil, err
	}
	if n := r.(starlark.Sequence).Len(); n > g.limits.Elements || n < 0 {
		return nil, limitf("a range of %d elements is too large: the limit is %d", n, g.limits.Elements)
	}
	return r, nil
}
