package eval

// This file selects a value by an attribute path given as text (a.b.0."c d"), and calls functions with
// arguments from the command line on the way, as nix-instantiate -A does.

import (
	"strconv"
	"strings"
)

// SplitAttrPath splits a.b."c.d" into its names.
func SplitAttrPath(text string) ([]string, *Error) {
	var names []string
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '.':
			names = append(names, b.String())
			b.Reset()
		case '"':
			end := strings.IndexByte(text[i+1:], '"')
			if end < 0 {
				return nil, Errorf(Static, "missing closing quote in selection path '%s'", text)
			}
			b.WriteString(text[i+1 : i+1+end])
			i += end + 1
		default:
			b.WriteByte(text[i])
		}
	}
	if b.Len() > 0 {
		names = append(names, b.String())
	}
	return names, nil
}

// AttrPath selects along a path: a name of a set, or an index of a list. Functions on the way are called with
// args (see [Evaluator.AutoCall]). The value found is not called, and is forced.
func (m *Evaluator) AttrPath(v Value, text string, args *Attrs) (Value, *Error) {
	names, err := SplitAttrPath(text)
	if err != nil {
		return Value{}, err
	}
	for _, name := range names {
		if v, err = m.AutoCall(v, args); err != nil {
			return Value{}, err
		}
		if i, err2 := strconv.ParseUint(name, 10, 32); err2 == nil {
			if v, err = m.selectIndex(v, i, text); err != nil {
				return Value{}, err
			}
			continue
		}
		if v, err = m.selectName(v, name, text); err != nil {
			return Value{}, err
		}
	}
	return m.Force(v)
}

func (m *Evaluator) selectName(v Value, name, text string) (Value, *Error) {
	if !v.isAttrs() {
		return Value{}, Errorf(Type, "the expression selected by the selection path '%s' should be a set but is %s", text, showType(v))
	}
	if name == "" {
		return Value{}, Errorf(Static, "empty attribute name in selection path '%s'", text)
	}
	if p := m.Slot(v.Attrs(), name); p != nil {
		return *p, nil
	}
	err := Errorf(Undefined, "attribute '%s' in selection path '%s' not found", name, text)
	err.Suggestions = bestMatches(m.AttrNames(v.Attrs()), name)
	return Value{}, err
}

func (m *Evaluator) selectIndex(v Value, i uint64, text string) (Value, *Error) {
	if !v.isList() {
		return Value{}, Errorf(Type, "the expression selected by the selection path '%s' should be a list but is %s", text, showType(v))
	}
	if i >= uint64(v.Len()) {
		return Value{}, Errorf(Undefined, "list index %d in selection path '%s' is out of range", i, text)
	}
	return v.Elems()[i], nil
}

// AutoCall calls a function that takes a set with those attributes of args that it asks for; args may be nil.
// Any other value is returned as it is, forced.
func (m *Evaluator) AutoCall(v Value, args *Attrs) (Value, *Error) {
	if args == nil {
		args = emptyAttrs
	}
	v, err := m.Force(v)
	if err != nil {
		return Value{}, err
	}
	// A functor may return a functor, for ever.
	for depth := 0; v.isAttrs(); depth++ {
		p := v.Attrs().slot(m.names.functor)
		if p == nil {
			return v, nil
		}
		if depth >= m.maxDepth {
			return Value{}, m.tooDeep()
		}
		if v, err = m.callN(*p, []Value{v}, 0); err != nil {
			return Value{}, err
		}
	}
	fs := m.pattern(v)
	if fs == nil {
		return v, nil
	}
	if fs.ellipsis {
		return m.callN(v, []Value{attrsValue(args)}, 0)
	}
	var given []Binding
	for _, f := range fs.list {
		if p := args.slot(f.name); p != nil {
			given = append(given, Binding{Sym: f.name, Value: *p})
		} else if f.required {
			return Value{}, Errorf(Undefined, "cannot evaluate a function that has an argument without a value ('%s')\n"+
				"Nix attempted to evaluate a function as a top level expression; in\n"+
				"this case it must have its arguments supplied either by default\n"+
				"values, or passed explicitly with '--arg' or '--argstr'. See\n"+
				"https://nix.dev/manual/nix/stable/language/syntax.html#functions.", m.Name(f.name)).at(f.pos)
		}
	}
	return m.callN(v, []Value{m.MakeAttrs(given)}, 0)
}

// pattern is the pattern of the next argument of a function, nil when that is a plain name or v is something
// else.
func (m *Evaluator) pattern(v Value) *formals {
	taken := 0
	if v.kind() == kindPartial {
		taken, v = len(v.partial().args), v.partial().fn
	}
	if v.kind() != KindFunction || taken != m.lambdaOf(v).arity-1 {
		return nil
	}
	return m.lambdaOf(v).formals
}
