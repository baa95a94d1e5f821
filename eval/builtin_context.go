package eval

// This file defines the builtins on string contexts.

import (
	"slices"

	"nixops4/eval/store"
)

var contextBuiltins = []*Builtin{
	{Name: "hasContext", Args: []string{"s"}, Strict: 1, F1: hasContext, Doc: "Whether the string *s* refers to something: a store path, a derivation, an output of one, or a secret."},
	{Name: "getContext", Args: []string{"s"}, Strict: 1, F1: getContext, Doc: "What the string *s* refers to: a set with an attribute for each store path, whose value says how it is referred to. `path = true` is the path as it is, `outputs` lists outputs of a derivation, `allOutputs = true` is a derivation with everything it refers to. A secret output of a resource is an attribute with `secret = true`."},
	{Name: "appendContext", Args: []string{"s", "context"}, Strict: 1, F2: appendContext, Doc: "The string *s*, which also refers to what *context* says, in the form that `getContext` returns."},
	{Name: "unsafeDiscardStringContext", Args: []string{"s"}, Strict: 1, F1: unsafeDiscardStringContext, Doc: "The string *s* without its references to store paths and derivations, so that nothing makes sure that they are there. That it is a secret is not forgotten."},
	{Name: "unsafeDiscardOutputDependency", Args: []string{"s"}, Strict: 1, F1: unsafeDiscardOutputDependency, Doc: "The string *s*, which refers to a derivation only as a file where it referred to it with everything behind it. The opposite of `addDrvOutputDependencies`."},
	{Name: "addDrvOutputDependencies", Args: []string{"s"}, Strict: 1, F1: addDrvOutputDependencies, Doc: "The string *s*, which refers to a derivation with everything behind it where it referred to it only as a file. It must refer to exactly one thing. The opposite of `unsafeDiscardOutputDependency`."},
	{Name: "outputOf", Feature: "dynamic-derivations", Args: []string{"derivation-reference", "output-name"}, Strict: 1, F2: outputOf, Doc: "The path of the output *output-name* of a derivation that may itself be made by a derivation; a placeholder while it is not known."},
}

func hasContext(m *Evaluator, s Value) (Value, *Error) {
	v, err := m.forceString(s, 0, "while evaluating the argument passed to builtins.hasContext")
	if err != nil {
		return Value{}, err
	}
	return Bool(!v.Context().Empty()), nil
}

func getContext(m *Evaluator, s Value) (Value, *Error) {
	v, err := m.forceString(s, 0, "while evaluating the argument passed to builtins.getContext")
	if err != nil {
		return Value{}, err
	}
	info := map[string]map[string]Value{}
	outputs := map[string][]Value{}
	for _, ref := range v.Context().references() {
		key := ref.path
		if ref.kind == refSecret {
			key = "?" + key
		}
		if info[key] == nil {
			info[key] = map[string]Value{}
		}
		switch ref.kind {
		case refPath:
			info[key]["path"] = True
		case refDeep:
			info[key]["allOutputs"] = True
		case refSecret:
			info[key]["secret"] = True
		case refOutput:
			if ref.inner != "" {
				in := parseElem(ref.inner)
				return Value{}, Errorf(IOFailure, "cannot operate on output '%s' of the unbuilt derivation '%s'", in.output, in.path)
			}
			outputs[key] = append(outputs[key], String(ref.output))
		}
	}
	sets := map[string]Value{}
	for key, fields := range info {
		if len(outputs[key]) > 0 {
			fields["outputs"] = List(outputs[key])
		}
		sets[key] = m.AttrsOf(fields)
	}
	return m.AttrsOf(sets), nil
}

func appendContext(m *Evaluator, s, context Value) (Value, *Error) {
	v, err := m.forceString(s, 0, "while evaluating the first argument passed to builtins.appendContext")
	if err != nil {
		return Value{}, err
	}
	a, err := m.forceAttrs(context, 0, "while evaluating the second argument passed to builtins.appendContext")
	if err != nil {
		return Value{}, err
	}
	elems := slices.Clone(v.Context().Elems())
	for _, at := range m.Sorted(a) {
		more, err := m.contextElems(at)
		if err != nil {
			return Value{}, err
		}
		elems = append(elems, more...)
	}
	return StringWithContext(v.Text(), NewContext(elems...)), nil
}

// contextElems reads one attribute of the form that getContext returns.
func (m *Evaluator) contextElems(at Attr) ([]string, *Error) {
	name := at.Name
	secret := parseElem(name).kind == refSecret
	if !secret && m.store.Parse(name) != nil {
		return nil, Errorf(Other, "context key '%s' is not a store path", attrName(name)).at(at.Pos)
	}
	info, err := m.forceAttrs(*at.Slot, at.Pos, "while evaluating the value of a string context")
	if err != nil {
		return nil, err
	}
	if secret {
		return []string{name}, nil
	}
	var elems []string
	if yes, err := m.contextFlag(info, "path"); err != nil {
		return nil, err
	} else if yes {
		elems = append(elems, name)
	}
	if yes, err := m.contextFlag(info, "allOutputs"); err != nil {
		return nil, err
	} else if yes {
		if !store.IsDerivation(name) {
			return nil, Errorf(Other, "tried to add all-outputs context of %s, which is not a derivation, to a string", attrName(name)).at(at.Pos)
		}
		elems = append(elems, deepElem(name))
	}
	outputs, err := m.contextOutputs(info, at)
	for _, o := range outputs {
		elems = append(elems, outputElem(name, o))
	}
	return elems, err
}

func (m *Evaluator) contextFlag(info *Attrs, name string) (bool, *Error) {
	p := m.Slot(info, name)
	if p == nil {
		return false, nil
	}
	return m.forceBool(*p, info.posOf(m.Sym(name)), "while evaluating the `"+name+"` attribute of a string context")
}

func (m *Evaluator) contextOutputs(info *Attrs, at Attr) ([]string, *Error) {
	p := m.Slot(info, "outputs")
	if p == nil {
		return nil, nil
	}
	pos := info.posOf(m.Sym("outputs"))
	list, err := m.forceElems(*p, pos, "while evaluating the `outputs` attribute of a string context")
	if err != nil {
		return nil, err
	}
	if len(list) > 0 && !store.IsDerivation(at.Name) {
		return nil, Errorf(Other, "tried to add derivation output context of %s, which is not a derivation, to a string", attrName(at.Name)).at(at.Pos)
	}
	names := make([]string, len(list))
	for i, e := range list {
		if names[i], err = m.forceStringNoContext(e, pos, "while evaluating an output name within a string context"); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func unsafeDiscardStringContext(m *Evaluator, s Value) (Value, *Error) {
	var c *Context
	text, err := m.coerce(s, 0, coerceInterpolation, "while evaluating the argument passed to builtins.unsafeDiscardStringContext", &c)
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(text, c.secrets()), nil
}

func unsafeDiscardOutputDependency(m *Evaluator, s Value) (Value, *Error) {
	var c *Context
	text, err := m.coerce(s, 0, coerceInterpolation, "while evaluating the argument passed to builtins.unsafeDiscardOutputDependency", &c)
	if err != nil {
		return Value{}, err
	}
	elems := slices.Clone(c.Elems())
	for i, e := range elems {
		if ref := parseElem(e); ref.kind == refDeep {
			elems[i] = ref.path
		}
	}
	return StringWithContext(text, NewContext(elems...)), nil
}

func addDrvOutputDependencies(m *Evaluator, s Value) (Value, *Error) {
	var c *Context
	text, err := m.coerce(s, 0, coerceInterpolation, "while evaluating the argument passed to builtins.addDrvOutputDependencies", &c)
	if err != nil {
		return Value{}, err
	}
	if n := len(c.Elems()); n != 1 {
		return Value{}, Errorf(Other, "context of string '%s' must have exactly one element, but has %d", text, n)
	}
	switch ref := parseElem(c.elems[0]); {
	case ref.kind == refOutput:
		return Value{}, Errorf(Other, "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '%s'", ref.output)
	case ref.kind == refPath && !store.IsDerivation(ref.path):
		return Value{}, Errorf(Other, "path '%s' is not a derivation", ref.path)
	case ref.kind == refPath:
		return StringWithContext(text, NewContext(deepElem(ref.path))), nil
	}
	return StringWithContext(text, c), nil
}

func outputOf(m *Evaluator, drv, output Value) (Value, *Error) {
	const in = "while evaluating the first argument to builtins.outputOf"
	s, err := m.forceString(drv, 0, in)
	if err != nil {
		return Value{}, err
	}
	c := s.Context()
	if n := len(c.Elems()); n != 1 {
		err := Errorf(Other, "string '%s' has %d entries in its context. It should only have exactly one entry", m.shown(s), n)
		return Value{}, err.trace(0, in)
	}
	ref := parseElem(c.elems[0])
	if err := m.checkDerivedPath(s.Text(), ref); err != nil {
		return Value{}, err.trace(0, in)
	}
	name, err := m.forceStringNoContext(output, 0, "while evaluating the second argument to builtins.outputOf")
	if err != nil {
		return Value{}, err
	}
	return m.outputString(outputElem(c.elems[0], name))
}

// checkDerivedPath makes sure that a string is the path, or the placeholder, of what it refers to.
func (m *Evaluator) checkDerivedPath(text string, ref reference) *Error {
	switch ref.kind {
	case refSecret, refInvalid:
		return Errorf(Other, "%s is not a derivation", ref)
	case refDeep:
		return Errorf(Other, "string '%s' has a context which refers to a complete source and binary closure. This is not supported at this time", text)
	case refPath:
		if text != ref.path {
			return Errorf(Other, "path string '%s' has context with the different path '%s'", text, ref.path)
		}
		return nil
	}
	drv := ref.path
	if ref.inner != "" {
		drv = ref.inner
	}
	want, err := m.outputString(outputElem(drv, ref.output))
	if err != nil {
		return err
	}
	if text != want.Text() {
		return Errorf(Other, "string '%s' has context with the output '%s' from derivation '%s', but the string is not the right placeholder for this derivation output. It should be '%s'",
			text, ref.output, drv, want.Text())
	}
	return nil
}
