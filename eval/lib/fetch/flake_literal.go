package fetch

// This file reads what flake.nix says without being evaluated: what it must write out, and its settings.

import (
	"strconv"
	"strings"

	"nixops4/eval"
	"nixops4/eval/syntax"
)

// checkLiteral makes sure that flake.nix in a folder is a set whose inputs, settings and description are written out, not computed, and whose
// outputs are a function, so that what a flake needs can be known without running it.
func checkLiteral(m *eval.Evaluator, folder string) *eval.Error {
	name := folder + "/flake.nix"
	text, err := m.IO().ReadFile(name)
	if err != nil {
		return nil // evaluation says what is wrong with the file
	}
	tree, failure := m.Parse(string(text), name, folder)
	if failure != nil {
		return failure
	}
	set, ok := tree.(*syntax.Attrs)
	if !ok {
		return computed(tree.Pos(), "file '%s' must be an attribute set, written out: { inputs = …; outputs = …; }", m.ShowPath(name))
	}
	for _, attr := range set.Attrs {
		switch attr.Name {
		case "outputs":
			if _, ok := attr.Value.(*syntax.Lambda); !ok {
				return computed(attr.At, "expected a function but got a thunk: the outputs in flake.nix must be a function, such as inputs: import ./outputs.nix inputs")
			}
		case "description", "inputs", "nixConfig":
			if err := writtenOut(attr, attr.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// writtenOut is the error of an attribute that has something to compute in it. path is its name.
func writtenOut(attr syntax.Attr, path string) *eval.Error {
	switch v := attr.Value.(type) {
	case *syntax.Attrs:
		if len(v.Dynamic) > 0 {
			return notWrittenOut(v.Dynamic[0].At, path)
		}
		for _, in := range v.Attrs {
			if err := writtenOut(in, path+"."+in.Name); err != nil {
				return err
			}
		}
		return nil
	case *syntax.List:
		for _, e := range v.Elems {
			if _, ok := e.(*syntax.Str); !ok {
				return notWrittenOut(e.Pos(), path)
			}
		}
		return nil
	case *syntax.Str, *syntax.Int, *syntax.Float, *syntax.Path, *syntax.Lambda, *syntax.Var:
		return nil
	}
	return notWrittenOut(attr.At, path)
}

func notWrittenOut(pos syntax.Pos, path string) *eval.Error {
	return computed(pos, "expected a value but got a thunk: '%s' in flake.nix must be written out, it is not evaluated", path)
}

func computed(pos syntax.Pos, format string, args ...any) *eval.Error {
	err := eval.Errorf(eval.Type, format, args...)
	err.Pos = pos
	return err
}

// A Setting is one of a flake's nixConfig, with its value as nix.conf writes it.
type Setting struct{ Name, Value string }

// settings reads nixConfig.
func (r *flakeReader) settings(v eval.Value) ([]Setting, *eval.Error) {
	set, err := r.m.ForceAttrs(v, "while evaluating the settings of a flake")
	if err != nil {
		return nil, err
	}
	var out []Setting
	for _, attr := range r.m.Sorted(set) {
		v, err := r.m.ForceSlot(attr.Slot)
		if err != nil {
			return nil, err
		}
		s := Setting{Name: attr.Name}
		switch v.Kind() {
		case eval.KindString, eval.KindPath:
			s.Value, err = treeText(r.m, v, "")
		case eval.KindInt:
			s.Value = strconv.FormatInt(v.IntVal(), 10)
		case eval.KindBool:
			s.Value = strconv.FormatBool(v.BoolVal())
		case eval.KindList:
			s.Value, err = r.words(attr.Name, v)
		default:
			err = eval.Errorf(eval.Type, "flake configuration setting '%s' is %s", attr.Name, eval.ShowType(v))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (r *flakeReader) words(name string, list eval.Value) (string, *eval.Error) {
	var words []string
	for i := range list.Elems() {
		v, err := r.m.ForceSlot(&list.Elems()[i])
		if err != nil {
			return "", err
		}
		if v.Kind() != eval.KindString {
			return "", eval.Errorf(eval.Type, "list element in flake configuration setting '%s' is %s while a string is expected", name, eval.ShowType(v))
		}
		words = append(words, v.Text())
	}
	return strings.Join(words, " "), nil
}
