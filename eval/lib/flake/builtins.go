package flake

// This file defines the builtins on references to flakes.

import (
	"nixops4/eval"
)

// Builtins are parseFlakeRef and flakeRefToString.
var Builtins = []*eval.Builtin{
	{Name: "parseFlakeRef", Args: []string{"flake-ref"}, F1: parseFlakeRef, Doc: "The attributes of a reference to a flake that is given as a URL, such as `{ type = \"github\"; owner = \"NixOS\"; repo = \"nixpkgs\"; ref = \"23.05\"; dir = \"lib\"; }` for `\"github:NixOS/nixpkgs/23.05?dir=lib\"`."},
	{Name: "flakeRefToString", Args: []string{"attrs"}, F1: flakeRefToString, Doc: "The URL of a reference to a flake that is given as attributes. The opposite of `parseFlakeRef`."},
}

func parseFlakeRef(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	text, err := m.ForceStringNoContext(v, "while evaluating the argument passed to builtins.parseFlakeRef")
	if err != nil {
		return eval.Value{}, err
	}
	ref, err2 := ParseRef(text, ParseOptions{Warn: m.Log})
	if err2 != nil {
		return eval.Value{}, eval.Errorf(eval.Other, "%v", err2)
	}
	return ToValue(m, ref.Attrs()), nil
}

func flakeRefToString(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	set, err := m.ForceAttrs(v, "while evaluating the argument passed to builtins.flakeRefToString")
	if err != nil {
		return eval.Value{}, err
	}
	a, err := FromValue(m, set)
	if err != nil {
		return eval.Value{}, err
	}
	ref, err2 := RefFromAttrs(a)
	if err2 != nil {
		return eval.Value{}, eval.Errorf(eval.Other, "%v", err2)
	}
	text, err2 := ref.URL()
	if err2 != nil {
		return eval.Value{}, eval.Errorf(eval.Other, "%v", err2)
	}
	return eval.String(text), nil
}

// ToValue makes a set of attributes.
func ToValue(m *eval.Evaluator, a Attrs) eval.Value {
	fields := map[string]eval.Value{}
	for name, v := range a {
		switch v := v.(type) {
		case string:
			fields[name] = eval.String(v)
		case uint64:
			fields[name] = eval.Int(int64(v))
		case bool:
			fields[name] = eval.Bool(v)
		}
	}
	return m.AttrsOf(fields)
}

// FromValue reads attributes from a set.
func FromValue(m *eval.Evaluator, set *eval.Attrs) (Attrs, *eval.Error) {
	a := Attrs{}
	for _, at := range m.Sorted(set) {
		v, err := m.ForceSlot(at.Slot)
		if err != nil {
			return nil, err
		}
		switch v.Kind() {
		case eval.KindInt:
			if v.IntVal() < 0 {
				return nil, eval.Errorf(eval.Other, "negative value given for flake ref attr %s: %d", at.Name, v.IntVal())
			}
			a[at.Name] = uint64(v.IntVal())
		case eval.KindBool:
			a[at.Name] = v.BoolVal()
		case eval.KindString:
			if v.Context().Secret() {
				return nil, eval.Errorf(eval.Other, "the flake reference attribute '%s' must not be a secret", at.Name)
			}
			a[at.Name] = v.Text()
		default:
			return nil, eval.Errorf(eval.Type, "flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '%s' is %s", at.Name, eval.ShowType(v))
		}
	}
	return a, nil
}
