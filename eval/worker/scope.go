package worker

// This file keeps the names that lines of a shell can use.

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"nixops4/eval"
)

// shellScope is what lines have bound so far. Lines are kept as text, so that a new generation evaluates them anew.
type shellScope struct {
	lines   []*LineRequest         // that bound something, in order
	given   map[string]eval.Value  // by name; survives generations
	bound   map[string]eval.Value  // by the lines; nil when they were not looked at in this generation
	results []eval.Value           // newest first, at most keptResults
	flake   eval.Value             // that the root is in; not valid when it is in none
	bases   map[string]*eval.Attrs // what a composite brings into scope, by path
}

// keptResults is how many results have a name.
const keptResults = 9

// forget lets go of all values of a generation.
func (s *shellScope) forget() { s.bound, s.results, s.bases = nil, nil, nil }

// scope is everything that can be named in the composite at a path.
func (e *evaluation) scope(at []string, dir string) (*eval.Attrs, *eval.Error) {
	s := &e.shell
	if s.bound == nil {
		s.bound, s.results = map[string]eval.Value{}, nil
		for _, line := range s.lines {
			if _, err := e.bind(line); err != nil && err.Kind != eval.Static && err.Kind != eval.Undefined {
				return nil, err
			}
		}
	}
	base, err := e.base(at)
	if err != nil {
		return nil, err
	}
	names := map[string]eval.Value{}
	for _, attr := range e.m.Sorted(base) {
		names[attr.Name] = *attr.Slot
	}
	maps.Copy(names, s.bound)
	for i, result := range s.results {
		names[fmt.Sprintf("_%d", i+1)] = result
		if i == 0 {
			names["_"] = result
		}
	}
	return e.m.AttrsOf(names).Attrs(), nil
}

// bind adds what a line binds to the scope, and returns the names.
func (e *evaluation) bind(r *LineRequest) ([]string, *eval.Error) {
	scope, err := e.scope(r.At, r.Dir)
	if err != nil {
		return nil, err
	}
	if r.Bindings == "" {
		e.keep(e.m.Lazy(func() (eval.Value, *eval.Error) { return e.m.EvalStringWith(scope, r.Expr, "«line»", r.Dir) }))
		return nil, nil
	}
	// Evaluating the set evaluates none of its attributes, but finds misspelled names.
	set, err := e.m.EvalStringWith(scope, "{ "+terminated(r.Bindings)+"\n}", "«line»", r.Dir)
	if err != nil {
		return nil, err
	}
	for _, attr := range e.m.Sorted(set.Attrs()) {
		e.shell.bound[attr.Name] = *attr.Slot
	}
	return e.m.AttrNames(set.Attrs()), nil
}

// terminated adds the semicolon that people leave out.
func terminated(bindings string) string {
	if text := strings.TrimRight(bindings, " \t\r\n"); !strings.HasSuffix(text, ";") {
		return bindings + "\n;"
	}
	return bindings
}

// keep makes a value the last result.
func (e *evaluation) keep(v eval.Value) {
	s := &e.shell
	s.results = slices.Insert(s.results, 0, v)
	s.results = s.results[:min(len(s.results), keptResults)]
}

// base is what the composite at a path brings into scope. Nothing of it is evaluated before it is used.
func (e *evaluation) base(at []string) (*eval.Attrs, *eval.Error) {
	key := pathKey(at, "")
	if base := e.shell.bases[key]; base != nil {
		return base, nil
	}
	m := e.m
	names := map[string]eval.Value{"root": e.root, "export": e.export}
	lazy := func(name string, fn func() (eval.Value, *eval.Error)) { names[name] = m.Lazy(fn) }
	lazy("outputs", func() (eval.Value, *eval.Error) { return e.outputsAt(at) })
	for _, name := range []string{"state", "plan"} {
		lazy(name, func() (eval.Value, *eval.Error) { return e.givenValue(name) })
	}
	if e.shell.flake.Valid() {
		lazy("inputs", func() (eval.Value, *eval.Error) { return m.Select(e.shell.flake, "inputs") })
	}
	whole := e.whole
	if !whole.Valid() {
		lazy("members", func() (eval.Value, *eval.Error) { return e.foreignMembers(at) })
		lazy("lib", func() (eval.Value, *eval.Error) {
			return m.EvalString("(import <nixops4> { }).lib.std", "«line»", "/")
		})
	} else {
		config := m.Lazy(func() (eval.Value, *eval.Error) {
			v, err := m.Select(whole, "config")
			for _, name := range at {
				if err == nil {
					v, err = m.Select(v, "members")
				}
				if err == nil {
					v, err = m.Select(v, name)
				}
			}
			return v, err
		})
		names["config"] = config
		lazy("members", func() (eval.Value, *eval.Error) { return m.Select(config, "members") })
		lazy("options", func() (eval.Value, *eval.Error) { return m.Select(whole, "options") })
		lazy("lib", func() (eval.Value, *eval.Error) { return m.Select(whole, "lib") })
		lazy("providers", func() (eval.Value, *eval.Error) {
			providers, err := m.Select(whole, "providersOf")
			if err != nil {
				return providers, err
			}
			return m.Call(providers, config)
		})
	}
	base := m.AttrsOf(names).Attrs()
	if e.shell.bases == nil {
		e.shell.bases = map[string]*eval.Attrs{}
	}
	e.shell.bases[key] = base
	return base, nil
}

// givenValue is the state or the plan. When nobody has given it, that is what is needed.
func (e *evaluation) givenValue(name string) (eval.Value, *eval.Error) {
	if v, ok := e.shell.given[name]; ok {
		return e.m.Force(v)
	}
	return eval.Value{}, &eval.Error{Kind: eval.Needs, Msg: "the " + name + " is not known", Output: name}
}

// Give sets a name that is made outside.
func (e *evaluation) Give(r *GiveRequest) error {
	if e.m == nil {
		return errNotOpen
	}
	if e.shell.given == nil {
		e.shell.given = map[string]eval.Value{}
	}
	delete(e.shell.given, r.Name)
	if text := string(r.Value); text != "" && text != "null" {
		e.shell.given[r.Name] = e.m.Lazy(func() (eval.Value, *eval.Error) { return e.m.FromJSON(text) })
	}
	e.shell.forget() // what was made from the former one
	return nil
}

// exportAt is what the component at a path exports.
func (e *evaluation) exportAt(path []string) (eval.Value, *eval.Error) {
	v := e.export
	for i, name := range path {
		members, err := e.m.Select(v, "members")
		if err != nil {
			return v, err
		}
		set, err := e.m.ForceAttrs(members, "while evaluating the members of "+display(path[:i]))
		if err != nil {
			return v, err
		}
		member, ok := e.m.Get(set, name)
		if !ok {
			return v, eval.Errorf(eval.Undefined, "%s has no member %s", display(path[:i]), eval.Quote(name))
		}
		v = member
	}
	return v, nil
}

func (e *evaluation) outputsAt(path []string) (eval.Value, *eval.Error) {
	export, err := e.exportAt(path)
	if err != nil {
		return export, err
	}
	return e.memberOutputs(export, path)
}

// foreignMembers stands in for config.members in roots that were not made by our library: inputs, outputs, type, provider and state of
// resources, and members of composites.
func (e *evaluation) foreignMembers(path []string) (eval.Value, *eval.Error) {
	export, err := e.exportAt(path)
	if err != nil {
		return export, err
	}
	members, err := e.m.Select(export, "members")
	if err != nil {
		return members, err
	}
	set, err := e.m.ForceAttrs(members, "while evaluating the members of "+display(path))
	if err != nil {
		return members, err
	}
	return e.mapNames(set, func(name string, member eval.Value) (eval.Value, *eval.Error) {
		at := extend(path, name)
		component, err := e.m.ForceAttrs(member, "while evaluating what "+display(at)+" exports")
		if err != nil {
			return member, err
		}
		resource, ok := e.m.Get(component, "resource")
		if !ok {
			return e.m.AttrsOf(map[string]eval.Value{
				"members": e.m.Lazy(func() (eval.Value, *eval.Error) { return e.foreignMembers(at) }),
			}), nil
		}
		fields, err := e.m.ForceAttrs(resource, "while evaluating the resource "+display(at))
		if err != nil {
			return resource, err
		}
		shown := map[string]eval.Value{}
		for _, attr := range e.m.Sorted(fields) {
			if attr.Name != "outputsSkeleton" {
				shown[attr.Name] = *attr.Slot
			}
		}
		shown["outputs"] = e.m.Lazy(func() (eval.Value, *eval.Error) { return e.memberOutputs(member, at) })
		return e.m.AttrsOf(shown), nil
	}), nil
}
