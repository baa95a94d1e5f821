package eval

// This file defines the ways to demand a value of a certain type, with the errors that Nix gives.

import (
	"fmt"

	"nixops4/eval/syntax"
)

// showType names the type of a forced value in an error.
func showType(v Value) string {
	switch v.kind() {
	case KindNull:
		return "null"
	case KindBool:
		return "a Boolean"
	case KindInt:
		return "an integer"
	case KindFloat:
		return "a float"
	case KindString:
		return "a string"
	case kindTaggedString:
		return "a string with context"
	case KindPath:
		return "a path"
	case KindList:
		return "a list"
	case KindAttrs:
		return "a set"
	case KindFunction:
		return "a function"
	case kindBuiltin:
		return fmt.Sprintf("the built-in function '%s'", v.builtin().Name)
	case kindPartial:
		if fn := v.partial().fn; fn.kind() == kindBuiltin {
			return fmt.Sprintf("the partially applied built-in function '%s'", fn.builtin().Name)
		}
		return "a function"
	case KindThunk:
		return "a thunk"
	}
	return "no value"
}

// ShowType names the type of a forced value as errors do, such as "a set".
func ShowType(v Value) string { return showType(v) }

// describe is the type and the printed value, for errors.
func (m *Evaluator) describe(v Value) string {
	return showType(v) + ": " + m.Print(v, errorPrint)
}

// expected is the error of a forced value that has the wrong type; want is such as "a set".
func (m *Evaluator) expected(want string, v Value) *Error {
	return Errorf(Type, "expected %s but found %s", want, m.describe(v))
}

func (m *Evaluator) forced(v Value, pos syntax.Pos, context string) (Value, *Error) {
	v, err := m.Force(v)
	if err != nil {
		return Value{}, placeRecursion(err, pos).trace(pos, context)
	}
	return v, nil
}

func (m *Evaluator) forceAttrs(v Value, pos syntax.Pos, context string) (*Attrs, *Error) {
	if v.isAttrs() {
		return v.Attrs(), nil
	}
	v, err := m.Force(v)
	if err != nil {
		return nil, placeRecursion(err, pos)
	}
	if !v.isAttrs() {
		return nil, m.expected("a set", v).trace(pos, context)
	}
	return v.Attrs(), nil
}

func (m *Evaluator) forceList(v Value, pos syntax.Pos, context string) (Value, *Error) {
	v, err := m.Force(v)
	if err != nil {
		return Value{}, placeRecursion(err, pos)
	}
	if !v.isList() {
		return Value{}, m.expected("a list", v).trace(pos, context)
	}
	return v, nil
}

func (m *Evaluator) forceElems(v Value, pos syntax.Pos, context string) ([]Value, *Error) {
	v, err := m.forceList(v, pos, context)
	if err != nil {
		return nil, err
	}
	return v.Elems(), nil
}

func (m *Evaluator) forceInt(v Value, pos syntax.Pos, context string) (int64, *Error) {
	v, err := m.forced(v, pos, context)
	if err != nil {
		return 0, err
	}
	if !v.isInt() {
		return 0, m.expected("an integer", v).at(pos).trace(pos, context)
	}
	return v.IntVal(), nil
}

// forceFloat accepts integers too.
func (m *Evaluator) forceFloat(v Value, pos syntax.Pos, context string) (float64, *Error) {
	v, err := m.forced(v, pos, context)
	if err != nil {
		return 0, err
	}
	switch {
	case v.isInt():
		return float64(v.IntVal()), nil
	case v.isFloat():
		return v.FloatVal(), nil
	}
	return 0, m.expected("a float", v).at(pos).trace(pos, context)
}

func (m *Evaluator) forceBool(v Value, pos syntax.Pos, context string) (bool, *Error) {
	v, err := m.forced(v, pos, context)
	if err != nil {
		return false, err
	}
	if !v.isBool() {
		return false, m.expected("a Boolean", v).at(pos).trace(pos, context)
	}
	return v.BoolVal(), nil
}

// forceString demands a string; its context comes with the value.
func (m *Evaluator) forceString(v Value, pos syntax.Pos, context string) (Value, *Error) {
	v, err := m.forced(v, pos, context)
	if err != nil {
		return Value{}, err
	}
	if !v.isString() {
		return Value{}, m.expected("a string", v).at(pos).trace(pos, context)
	}
	return v, nil
}

// forceStringNoContext demands a string that refers to nothing.
func (m *Evaluator) forceStringNoContext(v Value, pos syntax.Pos, context string) (string, *Error) {
	v, err := m.forceString(v, pos, context)
	if err != nil {
		return "", err
	}
	if c := v.Context(); c.Secret() {
		return "", Errorf(Other, "a string made from %s is not allowed here", c.secrets().references()[0]).trace(pos, context)
	} else if !c.Empty() {
		err := Errorf(Other, "the string '%s' is not allowed to refer to a store path (such as '%s')", v.Text(), c.references()[0])
		return "", err.trace(pos, context)
	}
	return v.Text(), nil
}

func (m *Evaluator) forceFunction(v Value, pos syntax.Pos, context string) (Value, *Error) {
	v, err := m.forced(v, pos, context)
	if err != nil {
		return Value{}, err
	}
	if v.Kind() != KindFunction && !m.isFunctor(v) {
		return Value{}, m.expected("a function", v).at(pos).trace(pos, context)
	}
	return v, nil
}

func (m *Evaluator) isFunctor(v Value) bool {
	return v.isAttrs() && v.Attrs().slot(m.names.functor) != nil
}

// ForceAttrs, ForceList, … are the same for other packages; context is a sentence such as "while evaluating
// the first argument passed to builtins.foo".

// ForceAttrs demands a set.
func (m *Evaluator) ForceAttrs(v Value, context string) (*Attrs, *Error) {
	return m.forceAttrs(v, 0, context)
}

// ForceElems demands a list and returns its elements.
func (m *Evaluator) ForceElems(v Value, context string) ([]Value, *Error) {
	return m.forceElems(v, 0, context)
}

// ForceInt demands an integer.
func (m *Evaluator) ForceInt(v Value, context string) (int64, *Error) {
	return m.forceInt(v, 0, context)
}

// ForceBool demands a boolean.
func (m *Evaluator) ForceBool(v Value, context string) (bool, *Error) {
	return m.forceBool(v, 0, context)
}

// ForceString demands a string.
func (m *Evaluator) ForceString(v Value, context string) (Value, *Error) {
	return m.forceString(v, 0, context)
}

// ForceStringNoContext demands a string that refers to nothing.
func (m *Evaluator) ForceStringNoContext(v Value, context string) (string, *Error) {
	return m.forceStringNoContext(v, 0, context)
}

// Select takes an attribute of a set, with the error of x.name.
func (m *Evaluator) Select(v Value, name string) (Value, *Error) {
	a, err := m.forceAttrs(v, 0, "while selecting an attribute")
	if err != nil {
		return Value{}, err
	}
	s := &selector{name: m.Sym(name), text: attrName(name)}
	p, at := s.find(a)
	if p == nil {
		return Value{}, m.missingAttr(a, s.name)
	}
	return m.forceAttr(p, at, s)
}

// AttrNames lists the names of a set in order.
func (m *Evaluator) AttrNames(a *Attrs) []string {
	sorted := m.Sorted(a)
	names := make([]string, len(sorted))
	for i, at := range sorted {
		names[i] = at.Name
	}
	return names
}

// Evaluated returns the value of a thunk that was evaluated before, or of what is no thunk. It evaluates nothing; ok is false when there is none yet.
func (m *Evaluator) Evaluated(v Value) (known Value, ok bool) {
	v = settled(&v)
	return v, v.Kind() != KindThunk
}
