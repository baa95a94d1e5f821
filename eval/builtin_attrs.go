package eval

// This file defines the builtins on sets and on the arguments of functions.

import (
	"slices"
)

var attrsBuiltins = []*Builtin{
	{Name: "attrNames", Args: []string{"set"}, Strict: 1, F1: attrNames, Doc: "The names of the attributes of *set* in alphabetical order."},
	{Name: "attrValues", Args: []string{"set"}, Strict: 1, F1: attrValues, Doc: "The values of the attributes of *set* in the order of their names."},
	{Name: "getAttr", Args: []string{"s", "set"}, Strict: 1, F2: getAttr, Doc: "The attribute named *s* of *set*, as `set.${s}`."},
	{Name: "hasAttr", Args: []string{"s", "set"}, Strict: 1, F2: hasAttr, Doc: "Whether *set* has an attribute named *s*."},
	{Name: "unsafeGetAttrPos", Args: []string{"s", "set"}, Strict: 1, F2: unsafeGetAttrPos, Doc: "Where the attribute *s* of *set* was defined, as `{ file, line, column }`, or `null`."},
	{Name: "removeAttrs", Global: true, Args: []string{"set", "list"}, Strict: 1, F2: removeAttrs, Doc: "*set* without the attributes named in *list*."},
	{Name: "listToAttrs", Args: []string{"e"}, Strict: 1, F1: listToAttrs, Doc: "The set made from a list of `{ name, value }` pairs. Of two with one name the first wins."},
	{Name: "intersectAttrs", Args: []string{"e1", "e2"}, Strict: 1, F2: intersectAttrs, Doc: "The attributes of *e2* whose names *e1* has too."},
	{Name: "catAttrs", Args: []string{"attr", "list"}, Strict: 1, F2: catAttrs, Doc: "The values of the attribute *attr* of those sets in *list* that have it."},
	{Name: "functionArgs", Args: []string{"f"}, Strict: 1, F1: functionArgs, Doc: "The names in the pattern of the function *f*, each with whether it has a default."},
	{Name: "mapAttrs", Args: []string{"f", "attrset"}, Strict: 2, F2: mapAttrs, Doc: "*attrset* with each value replaced by `f name value`."},
	{Name: "zipAttrsWith", Args: []string{"f", "list"}, Strict: 1, F2: zipAttrsWith, Doc: "Merges a list of sets: for each name the result of `f name values`."},
}

func attrNames(m *Evaluator, set Value) (Value, *Error) {
	a, err := m.forceAttrs(set, 0, "while evaluating the argument passed to builtins.attrNames")
	if err != nil {
		return Value{}, err
	}
	a = m.flat(a)
	out := m.values(len(a.shape.syms))
	for i, k := range m.order(a.shape) {
		out[i] = String(m.Name(a.shape.syms[k]))
	}
	return List(out), nil
}

func attrValues(m *Evaluator, set Value) (Value, *Error) {
	a, err := m.forceAttrs(set, 0, "while evaluating the argument passed to builtins.attrValues")
	if err != nil {
		return Value{}, err
	}
	a = m.flat(a)
	out := m.values(len(a.shape.syms))
	for i, k := range m.order(a.shape) {
		out[i] = settled(a.slotAt(int(k)))
	}
	return List(out), nil
}

// nameAndSet forces the two arguments of the builtins that look at one attribute.
func (m *Evaluator) nameAndSet(s, set Value, fn string) (string, *Attrs, *Error) {
	name, err := m.forceStringNoContext(s, 0, "while evaluating the first argument passed to builtins."+fn)
	if err != nil {
		return "", nil, err
	}
	a, err := m.forceAttrs(set, 0, "while evaluating the second argument passed to builtins."+fn)
	return name, a, err
}

func getAttr(m *Evaluator, s, set Value) (Value, *Error) {
	name, a, err := m.nameAndSet(s, set, "getAttr")
	if err != nil {
		return Value{}, err
	}
	p, err := m.required(a, m.Sym(name), "in the attribute set under consideration")
	if err != nil {
		return Value{}, err
	}
	return m.ForceSlot(p)
}

// required finds an attribute that a builtin needs.
func (m *Evaluator) required(a *Attrs, name Sym, context string) (*Value, *Error) {
	if p := a.slot(name); p != nil {
		return p, nil
	}
	return nil, Errorf(Undefined, "attribute '%s' missing", attrName(m.Name(name))).trace(0, context)
}

func hasAttr(m *Evaluator, s, set Value) (Value, *Error) {
	name, a, err := m.nameAndSet(s, set, "hasAttr")
	if err != nil {
		return Value{}, err
	}
	return Bool(m.Slot(a, name) != nil), nil
}

func unsafeGetAttrPos(m *Evaluator, s, set Value) (Value, *Error) {
	name, a, err := m.nameAndSet(s, set, "unsafeGetAttrPos")
	if err != nil {
		return Value{}, err
	}
	sym, ok := m.lookupSym(name)
	if !ok {
		return Null, nil
	}
	return m.posValue(a.posOf(sym)), nil
}

func removeAttrs(m *Evaluator, set, list Value) (Value, *Error) {
	a, err := m.forceAttrs(set, 0, "while evaluating the first argument passed to builtins.removeAttrs")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.removeAttrs")
	if err != nil {
		return Value{}, err
	}
	var drop []Sym
	for _, e := range elems {
		name, err := m.forceStringNoContext(e, 0, "while evaluating the values of the second argument passed to builtins.removeAttrs")
		if err != nil {
			return Value{}, err
		}
		if s, ok := m.lookupSym(name); ok && a.slot(s) != nil {
			drop = append(drop, s)
		}
	}
	if len(drop) == 0 {
		return attrsValue(a), nil
	}
	slices.Sort(drop)
	a = m.flat(a)
	return m.chosen(m.removal(a.shape, slices.Compact(drop)), a), nil
}

func listToAttrs(m *Evaluator, list Value) (Value, *Error) {
	elems, err := m.forceElems(list, 0, "while evaluating the argument passed to builtins.listToAttrs")
	if err != nil {
		return Value{}, err
	}
	const pair = "in a {name=...; value=...;} pair"
	bindings := make([]Binding, len(elems))
	sets := make([]*Attrs, len(elems))
	for i := range elems {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		if _, err := m.ForceSlot(&elems[i]); err != nil {
			return Value{}, err.trace(0, "while evaluating an element of the list passed to builtins.listToAttrs")
		}
		a, err := m.forceAttrs(elems[i], 0, "while evaluating an element of the list passed to builtins.listToAttrs")
		if err != nil {
			return Value{}, err
		}
		p, err := m.required(a, m.names.name, pair)
		if err != nil {
			return Value{}, err
		}
		name, err := m.forceStringNoContext(*p, a.posOf(m.names.name), "while evaluating the `name` attribute of an element of the list passed to builtins.listToAttrs")
		if err != nil {
			return Value{}, err
		}
		sets[i] = a
		bindings[i].Sym = m.Sym(name)
	}
	for i, a := range sets {
		p := a.slot(m.names.value)
		if p == nil {
			if firstOf(bindings, i) {
				return Value{}, Errorf(Undefined, "attribute 'value' missing").trace(0, pair)
			}
			continue
		}
		bindings[i].Value = settled(p)
		bindings[i].Pos = a.posOf(m.names.value)
	}
	return m.MakeAttrs(bindings), nil
}

// firstOf says that no binding before i has its name; a pair that is shadowed needs no value.
func firstOf(bindings []Binding, i int) bool {
	for _, b := range bindings[:i] {
		if b.Sym == bindings[i].Sym {
			return false
		}
	}
	return true
}

func intersectAttrs(m *Evaluator, e1, e2 Value) (Value, *Error) {
	left, err := m.forceAttrs(e1, 0, "while evaluating the first argument passed to builtins.intersectAttrs")
	if err != nil {
		return Value{}, err
	}
	right, err := m.forceAttrs(e2, 0, "while evaluating the second argument passed to builtins.intersectAttrs")
	if err != nil {
		return Value{}, err
	}
	left, right = m.flat(left), m.flat(right)
	if len(left.shape.syms) >= len(right.shape.syms) || len(right.shape.syms) <= 64 {
		return m.chosen(m.intersection(right.shape, left.shape), right), nil
	}
	// The left set is the smaller one, as in callPackage: look each of its names up in the right set.
	var bindings []Binding
	for _, s := range left.shape.syms {
		if k := right.shape.find(s); k >= 0 {
			bindings = append(bindings, Binding{s, *right.slotAt(k), right.shape.at(k)})
		}
	}
	return m.MakeAttrs(bindings), nil
}

func catAttrs(m *Evaluator, attr, list Value) (Value, *Error) {
	name, err := m.forceStringNoContext(attr, 0, "while evaluating the first argument passed to builtins.catAttrs")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.catAttrs")
	if err != nil {
		return Value{}, err
	}
	s := m.Sym(name)
	var out []Value
	for i := range elems {
		a, err := m.forceAttrs(elems[i], 0, "while evaluating an element in the list passed as second argument to builtins.catAttrs")
		if err != nil {
			return Value{}, err
		}
		if p := a.slot(s); p != nil {
			out = append(out, settled(p))
		}
	}
	return List(out), nil
}

func functionArgs(m *Evaluator, fn Value) (Value, *Error) {
	v, err := m.Force(fn)
	if err != nil {
		return Value{}, err
	}
	taken := 0
	if v.kind() == kindPartial {
		taken, v = len(v.partial().args), v.partial().fn
	}
	switch v.kind() {
	case kindBuiltin:
		return attrsValue(emptyAttrs), nil
	case KindFunction:
	default:
		return Value{}, Errorf(Type, "'functionArgs' requires a function")
	}
	l := m.lambdaOf(v)
	if l.formals == nil || taken != l.arity-1 {
		return attrsValue(emptyAttrs), nil
	}
	bindings := make([]Binding, len(l.formals.list))
	for i, f := range l.formals.list {
		bindings[i] = Binding{Sym: f.name, Value: Bool(!f.required), Pos: f.pos}
	}
	return m.MakeAttrs(bindings), nil
}

func mapAttrs(m *Evaluator, fn, set Value) (Value, *Error) {
	a, err := m.forceAttrs(set, 0, "while evaluating the second argument passed to builtins.mapAttrs")
	if err != nil {
		return Value{}, err
	}
	a = m.flat(a)
	out, vals := m.newAttrs(m.withoutPos(a.shape))
	for i, s := range a.shape.syms {
		vals[i] = m.lazyApply2(fn, String(m.Name(s)), settled(a.slotAt(i)))
	}
	return attrsValue(out), nil
}

func zipAttrsWith(m *Evaluator, fn, list Value) (Value, *Error) {
	f, err := m.forceFunction(fn, 0, "while evaluating the first argument passed to builtins.zipAttrsWith")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.zipAttrsWith")
	if err != nil {
		return Value{}, err
	}
	sets := make([]*Attrs, len(elems))
	for i := range elems {
		a, err := m.forceAttrs(elems[i], 0, "while evaluating a value of the list passed as second argument to builtins.zipAttrsWith")
		if err != nil {
			return Value{}, err
		}
		sets[i] = m.flat(a)
	}
	out, vals := m.newAttrs(m.unionOf(sets))
	m.zip(vals, out.shape.syms, sets)
	for i, s := range out.shape.syms {
		vals[i] = m.lazyApply2(f, String(m.Name(s)), vals[i])
	}
	return attrsValue(out), nil
}

// unionOf is the shape with the names of all sets, without positions.
func (m *Evaluator) unionOf(sets []*Attrs) *shape {
	const few = 8 // so many unions of two shapes are planned once each; more of them would take quadratic time
	if len(sets) <= few {
		s := emptyShape
		for _, a := range sets {
			s = m.mergeOf(s, a.shape).result
		}
		return m.withoutPos(s)
	}
	var syms []Sym
	for _, a := range sets {
		syms = append(syms, a.shape.syms...)
	}
	slices.Sort(syms)
	return m.sharedShape(slices.Clip(slices.Compact(syms)))
}

// zip makes the list of the values that each name has in the sets. The names are sorted, and all that the sets have.
func (m *Evaluator) zip(lists []Value, names []Sym, sets []*Attrs) {
	var few [32]int
	ends := few[:] // where the values of a name end, so far
	if len(names) > len(few) {
		ends = make([]int, len(names))
	}
	each := func(visit func(k int, p *Value)) {
		for _, a := range sets {
			k := 0
			for i, s := range a.shape.syms {
				for names[k] != s {
					k++
				}
				visit(k, a.slotAt(i))
			}
		}
	}
	each(func(k int, _ *Value) { ends[k]++ })
	total := 0
	for k := range names {
		ends[k], total = total, total+ends[k]
	}
	values := m.values(total)
	each(func(k int, p *Value) {
		values[ends[k]] = settled(p)
		ends[k]++
	})
	start := 0
	for k := range names {
		lists[k] = List(values[start:ends[k]:ends[k]])
		start = ends[k]
	}
}
