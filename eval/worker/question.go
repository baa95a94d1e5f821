package worker

// This file evaluates one component, as far as it is asked for.

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"nixops4/eval"
	"nixops4/eval/store"
)

// question is one request about a component. What and path say what is being evaluated, for when an output is needed.
type question struct {
	*evaluation
	what string
	path []string
	// objects and outputs are those without which the answer is not known.
	objects []eval.StoreObject
	outputs []eval.DerivationOutput
}

func (q *question) about(what string, path []string) { q.what, q.path = what, path }

// component finds what is at the path, one member at a time.
func (q *question) component(r *ComponentRequest) (*Component, *eval.Error) {
	q.asked = nil
	export, missing, err := q.find(r.Path)
	if err != nil {
		return nil, err
	}
	if missing != nil {
		return &Component{Missing: missing}, nil
	}
	if resource, ok := q.m.Get(export, "resource"); ok {
		c := &Component{Resource: &Resource{}}
		if r.Want == WantKind {
			return c, nil
		}
		err := q.resource(c.Resource, resource, r)
		c.Resource.Asked = besides(q.asked, c.Resource.Unknown)
		return c, err
	}
	if r.Want == WantKind {
		return &Component{}, nil
	}
	members, err := q.members(export, r.Path)
	if err != nil {
		return nil, err
	}
	q.about("settings", r.Path)
	settings, err := q.settings(export, compositeSettings)
	if err != nil {
		return nil, err
	}
	return &Component{Members: q.m.AttrNames(members), Settings: settings}, nil
}

// besides returns the outputs that are not those which unknown leaves name.
func besides(asked []Output, unknown []Unknown) []Output {
	return slices.DeleteFunc(asked, func(o Output) bool {
		return slices.ContainsFunc(unknown, func(u Unknown) bool { return u.Until.Name == o.Name && slices.Equal(u.Until.Path, o.Path) })
	})
}

// find returns what the component at path exports, or how far the path leads.
func (q *question) find(path []string) (*eval.Attrs, *Missing, *eval.Error) {
	value := q.export
	for i := 0; ; i++ {
		q.about("kind", path[:i])
		export, err := q.m.ForceAttrs(value, "while evaluating what "+display(path[:i])+" exports")
		if err != nil {
			return nil, nil, err
		}
		if i == len(path) {
			return export, nil, nil
		}
		if _, ok := q.m.Get(export, "resource"); ok {
			return nil, &Missing{Parent: path[:i], Resource: true}, nil
		}
		members, err := q.members(export, path[:i])
		if err != nil {
			return nil, nil, err
		}
		member, ok := q.m.Get(members, path[i])
		if !ok {
			return nil, &Missing{Parent: path[:i], Names: q.m.AttrNames(members)}, nil
		}
		value = member
	}
}

// members returns the members of a composite; there are none when it does not say.
func (q *question) members(export *eval.Attrs, path []string) (*eval.Attrs, *eval.Error) {
	q.about("members", path)
	members, ok := q.m.Get(export, "members")
	if !ok {
		return q.m.MakeAttrs(nil).Attrs(), nil
	}
	return q.m.ForceAttrs(members, "while evaluating the members of "+display(path))
}

// resource fills in r from the attribute resource of a component.
func (q *question) resource(r *Resource, v eval.Value, request *ComponentRequest) *eval.Error {
	path := request.Path
	steps := []struct {
		what string
		do   func() *eval.Error
	}{
		{"type", func() *eval.Error { return q.resourceType(r, v) }},
		{"provider", func() *eval.Error { return q.provider(r, v) }},
		{"outputs", func() *eval.Error {
			skeleton, err := skeletonOf(q.m, v, path)
			if err == nil {
				r.Outputs = q.m.AttrNames(skeleton)
			}
			return err
		}},
		{"state", func() *eval.Error { return q.state(r, v) }},
		{"settings", func() *eval.Error { return q.resourceSettings(r, v) }},
		{"inputs", func() *eval.Error {
			if request.Want != WantInputs {
				return nil
			}
			return q.inputs(r, v)
		}},
	}
	for _, step := range steps {
		q.about(step.what, path)
		if err := step.do(); err != nil {
			return note(err, "while evaluating the "+step.what+" of the resource "+display(path))
		}
	}
	return nil
}

// note adds a line to the trace that is always shown.
func note(err *eval.Error, text string) *eval.Error {
	if err.Kind == eval.Needs {
		return err
	}
	// A copy, since the thunk that failed remembers the error, and the question may be asked again.
	noted := *err
	noted.Trace = append(slices.Clone(err.Trace), eval.TraceLine{Msg: text, Custom: true})
	return &noted
}

func (q *question) resourceType(r *Resource, v eval.Value) *eval.Error {
	name, err := q.m.Select(v, "type")
	if err != nil {
		return err
	}
	if name, err = q.m.ForceString(name, "while evaluating its type"); err != nil {
		return err
	}
	r.Type = name.Text()
	return refuseSecret(name, "the type of a resource")
}

func (q *question) provider(r *Resource, v eval.Value) *eval.Error {
	provider, err := q.m.Select(v, "provider")
	if err != nil {
		return err
	}
	c := &converter{m: q.m, public: "the command of a provider, which everybody can see"}
	if r.Provider, err = c.convert(provider); err != nil {
		return err
	}
	return q.refer(c, func(needs *StoreNeeds, refs []string) { needs.Provider = refs }, r, r.Provider)
}

func (q *question) state(r *Resource, v eval.Value) *eval.Error {
	set, err := q.m.ForceAttrs(v, "while evaluating the resource")
	if err != nil {
		return err
	}
	state, ok := q.m.Get(set, "state")
	if !ok {
		return nil
	}
	if state, err = q.m.Force(state); err != nil || state.Kind() == eval.KindNull {
		return err
	}
	elems, err := q.m.ForceElems(state, "while evaluating the path of the state resource")
	if err != nil {
		return err
	}
	if len(elems) == 0 {
		return eval.Errorf(eval.Type, "the path of the state resource is empty")
	}
	for _, elem := range elems {
		name, err := q.m.ForceString(elem, "while evaluating the path of the state resource")
		if err != nil {
			return err
		}
		if err := refuseSecret(name, "the path of the state resource"); err != nil {
			return err
		}
		r.State = append(r.State, name.Text())
	}
	return nil
}

// inputs converts the inputs, and goes on past leaves that depend on outputs that are not known.
func (q *question) inputs(r *Resource, v eval.Value) *eval.Error {
	c := &converter{m: q.m, unknown: &r.Unknown, secret: &r.Sensitive}
	inputs, err := q.m.Select(v, "inputs")
	if err == nil {
		inputs, err = q.m.Force(inputs)
	}
	if err != nil {
		return c.leave(&bytes.Buffer{}, err)
	}
	if inputs.Kind() != eval.KindAttrs {
		return eval.Errorf(eval.Type, "the inputs are %s, not a set", kindNoun(inputs.Kind()))
	}
	r.Inputs = map[string]json.RawMessage{}
	for _, attr := range q.m.Sorted(inputs.Attrs()) {
		c.at = append(c.at[:0], attr.Name)
		text, err := c.convert(*attr.Slot)
		if err != nil {
			return note(err, "while evaluating the input "+strings.Join(c.at, "."))
		}
		r.Inputs[attr.Name] = text
	}
	return q.refer(c, func(needs *StoreNeeds, refs []string) { needs.Inputs = refs }, r, slices.Collect(maps.Values(r.Inputs))...)
}

// refer notes what the converted strings refer to: it must be in the store before a provider looks there. Outputs that a text names by
// what stands for their paths have to be built even before.
func (q *question) refer(c *converter, note func(*StoreNeeds, []string), r *Resource, texts ...json.RawMessage) *eval.Error {
	if len(c.context) == 0 {
		return nil
	}
	refs := eval.NewContext(c.context...).Elems()
	if r.Store == nil {
		r.Store = &StoreNeeds{}
	}
	note(r.Store, refs)
	var unknown []string
	for _, ref := range refs {
		output, ok := eval.OutputOf(ref)
		stands := []byte(store.OutputPlaceholder(output.Derivation, output.Output))
		if ok && slices.ContainsFunc(texts, func(text json.RawMessage) bool { return bytes.Contains(text, stands) }) {
			unknown = append(unknown, ref)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	objects, outputs, err := q.m.Wanted(unknown)
	q.objects = append(q.objects, objects...)
	q.outputs = append(q.outputs, outputs...)
	return err
}
