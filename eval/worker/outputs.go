package worker

// This file closes the loop from outputs to the root function's argument.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"nixops4/eval"
)

// toldOutput is an output that is known.
type toldOutput struct {
	text  json.RawMessage
	value eval.Value // a thunk until it is needed
}

// Tell makes outputs known.
func (e *evaluation) Tell(_ context.Context, r *TellRequest) error {
	if e.m == nil {
		return errNotOpen
	}
	for name, text := range r.Outputs {
		var canonical bytes.Buffer
		if err := json.Compact(&canonical, text); err != nil {
			return fmt.Errorf("output %s of %s is not JSON: %w", name, display(r.Path), err)
		}
		key := pathKey(r.Path, name)
		if before := e.told[key]; before != nil {
			if !bytes.Equal(before.text, canonical.Bytes()) {
				return fmt.Errorf("output %s of %s was told with another value; a new generation is needed", name, display(r.Path))
			}
			continue
		}
		var secret *eval.Context
		if slices.Contains(r.Sensitive, name) {
			secret = eval.NewContext(eval.SecretElem(display(r.Path), name))
		}
		value := e.m.Lazy(func() (eval.Value, *eval.Error) {
			v, err := e.m.FromJSON(canonical.String())
			if err != nil || secret == nil {
				return v, err
			}
			return e.conceal(v, secret)
		})
		e.told[key] = &toldOutput{canonical.Bytes(), value}
	}
	return nil
}

// conceal marks all strings in a value as made from a secret. Numbers and names of attributes cannot carry a mark.
func (e *evaluation) conceal(v eval.Value, secret *eval.Context) (eval.Value, *eval.Error) {
	v, err := e.m.Force(v)
	if err != nil {
		return v, err
	}
	switch v.Kind() {
	case eval.KindString:
		return eval.StringWithContext(v.Text(), secret), nil
	case eval.KindList:
		elems := make([]eval.Value, len(v.Elems()))
		for i, elem := range v.Elems() {
			if elems[i], err = e.conceal(elem, secret); err != nil {
				return v, err
			}
		}
		return eval.List(elems), nil
	case eval.KindAttrs:
		var bindings []eval.Binding
		for _, attr := range e.m.Sorted(v.Attrs()) {
			member, err := e.conceal(*attr.Slot, secret)
			if err != nil {
				return v, err
			}
			bindings = append(bindings, eval.Binding{Sym: e.m.Sym(attr.Name), Pos: attr.Pos, Value: member})
		}
		return e.m.MakeAttrs(bindings), nil
	}
	return v, nil
}

// outputValues mirrors the members of the composite at path, which exports what export is. Names come from the members
// themselves, so nothing is evaluated that is not asked for: the names of a set, the kind of a member, an output.
func (e *evaluation) outputValues(export eval.Value, path []string) (eval.Value, *eval.Error) {
	m := e.m
	composite, err := m.ForceAttrs(export, "while evaluating what "+display(path)+" exports")
	if err != nil {
		return eval.Value{}, err
	}
	members, ok := m.Get(composite, "members")
	if !ok {
		return m.MakeAttrs(nil), nil
	}
	set, err := m.ForceAttrs(members, "while evaluating the members of "+display(path))
	if err != nil {
		return eval.Value{}, err
	}
	return e.mapNames(set, func(name string, member eval.Value) (eval.Value, *eval.Error) {
		return e.memberOutputs(member, extend(path, name))
	}), nil
}

func (e *evaluation) memberOutputs(export eval.Value, path []string) (eval.Value, *eval.Error) {
	m := e.m
	component, err := m.ForceAttrs(export, "while evaluating what "+display(path)+" exports")
	if err != nil {
		return eval.Value{}, err
	}
	resource, ok := m.Get(component, "resource")
	if !ok {
		return e.outputValues(export, path)
	}
	skeleton, err := skeletonOf(m, resource, path)
	if err != nil {
		return eval.Value{}, err
	}
	return e.mapNames(skeleton, func(name string, _ eval.Value) (eval.Value, *eval.Error) {
		return e.output(path, name)
	}), nil
}

// output is the value of an output, or the error that it is needed.
func (e *evaluation) output(path []string, name string) (eval.Value, *eval.Error) {
	if told := e.told[pathKey(path, name)]; told != nil {
		return e.m.Force(told.value)
	}
	asked := Output{path, name}
	if e.standIns != nil {
		return e.stand(asked), nil
	}
	if !slices.ContainsFunc(e.asked, func(o Output) bool { return o.Name == name && slices.Equal(o.Path, path) }) {
		e.asked = append(e.asked, asked)
	}
	return eval.Value{}, &eval.Error{
		Kind:   eval.Needs,
		Msg:    fmt.Sprintf("output %s of %s is not known yet", name, display(path)),
		Path:   path,
		Output: name,
	}
}

// mapNames makes a set with the same names, whose values are computed when they are needed.
func (e *evaluation) mapNames(set *eval.Attrs, fn func(name string, v eval.Value) (eval.Value, *eval.Error)) eval.Value {
	m := e.m
	var bindings []eval.Binding
	for _, attr := range m.Sorted(set) {
		bindings = append(bindings, eval.Binding{
			Sym:   m.Sym(attr.Name),
			Pos:   attr.Pos,
			Value: m.Lazy(func() (eval.Value, *eval.Error) { return fn(attr.Name, *attr.Slot) }),
		})
	}
	return m.MakeAttrs(bindings)
}

// skeletonOf returns the set whose names are a resource's outputs.
func skeletonOf(m *eval.Evaluator, resource eval.Value, path []string) (*eval.Attrs, *eval.Error) {
	r, err := m.ForceAttrs(resource, "while evaluating the resource "+display(path))
	if err != nil {
		return nil, err
	}
	skeleton, ok := m.Get(r, "outputsSkeleton")
	if !ok {
		return nil, eval.Errorf(eval.Undefined, "the resource %s does not say which outputs it has: it has no outputsSkeleton", display(path))
	}
	return m.ForceAttrs(skeleton, "while evaluating which outputs "+display(path)+" has")
}

// extend returns path with one more name, without changing path.
func extend(path []string, name string) []string { return append(path[:len(path):len(path)], name) }
