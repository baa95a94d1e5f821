package eval

// This file defines the builtins on lists.

import (
	"nixops4/eval/syntax"
)

var listBuiltins = []*Builtin{
	{Name: "map", Global: true, Args: []string{"f", "list"}, Strict: 2, F2: mapList, Doc: "The list of *f* applied to each element of *list*."},
	{Name: "filter", Args: []string{"f", "list"}, Strict: 2, F2: filter, Doc: "The elements of *list* for which *f* returns `true`."},
	{Name: "elem", Args: []string{"x", "xs"}, Strict: 2, F2: elem, Doc: "Whether the list *xs* has an element equal to *x*."},
	{Name: "elemAt", Args: []string{"xs", "n"}, Strict: 2, F2: elemAt, Doc: "Element *n* of *xs*, counting from 0."},
	{Name: "head", Args: []string{"list"}, Strict: 1, F1: head, Doc: "The first element of *list*."},
	{Name: "tail", Args: []string{"list"}, Strict: 1, F1: tail, Doc: "*list* without its first element."},
	{Name: "length", Args: []string{"e"}, Strict: 1, F1: length, Doc: "The number of elements of a list."},
	{Name: "concatLists", Args: []string{"lists"}, Strict: 1, F1: concatLists, Doc: "The concatenation of a list of lists."},
	{Name: "concatMap", Args: []string{"f", "list"}, Strict: 1, F2: concatMap, Doc: "The concatenation of the lists that *f* returns for each element."},
	{Name: "foldl'", Args: []string{"op", "nul", "list"}, Strict: 1, F3: foldl, Doc: "Combines the elements from left to right, starting with *nul*: `op (op nul x0) x1 …`. The result of each step is evaluated before the next."},
	{Name: "any", Args: []string{"pred", "list"}, Strict: 1, F2: anyOf("any", true), Doc: "Whether *pred* returns `true` for some element."},
	{Name: "all", Args: []string{"pred", "list"}, Strict: 1, F2: anyOf("all", false), Doc: "Whether *pred* returns `true` for every element."},
	{Name: "genList", Args: []string{"generator", "length"}, Strict: 2, F2: genList, Doc: "The list of *generator* applied to 0, 1, … up to *length* - 1."},
	{Name: "sort", Args: []string{"comparator", "list"}, Strict: 2, F2: sortList, Doc: "*list* in order; *comparator* says whether its first argument comes before its second. Equal elements keep their order."},
	{Name: "partition", Args: []string{"pred", "list"}, Strict: 1, F2: partition, Doc: "The set of the elements for which *pred* returns `true`, as `right`, and the others, as `wrong`."},
	{Name: "groupBy", Args: []string{"f", "list"}, Strict: 1, F2: groupBy, Doc: "A set of lists: each element under the name that *f* returns for it."},
}

func mapList(m *Evaluator, fn, list Value) (Value, *Error) {
	l, err := m.forceList(list, 0, "while evaluating the second argument passed to builtins.map")
	if err != nil || l.Len() == 0 {
		return l, err
	}
	f, err := m.forceFunction(fn, 0, "while evaluating the first argument passed to builtins.map")
	if err != nil {
		return Value{}, err
	}
	out := m.values(l.Len())
	elems := l.Elems()
	for i := range elems {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		out[i] = m.lazyApply(f, settled(&elems[i]))
	}
	return List(out), nil
}

func filter(m *Evaluator, fn, list Value) (Value, *Error) {
	l, err := m.forceList(list, 0, "while evaluating the second argument passed to builtins.filter")
	if err != nil || l.Len() == 0 {
		return l, err
	}
	f, err := m.forceFunction(fn, 0, "while evaluating the first argument passed to builtins.filter")
	if err != nil {
		return Value{}, err
	}
	var few [4]uint64
	kept := few[:] // a bit for each element
	if n := (l.Len() + 63) / 64; n > len(few) {
		kept = make([]uint64, n)
	}
	count := 0
	for i, e := range l.Elems() {
		r, err := m.call1(f, e, 0)
		if err != nil {
			return Value{}, err
		}
		keep, err := m.forceBool(r, 0, "while evaluating the return value of the filtering function passed to builtins.filter")
		if err != nil {
			return Value{}, err
		}
		if keep {
			kept[i/64] |= 1 << (i % 64)
			count++
		}
	}
	if count == l.Len() {
		return l, nil
	}
	out := m.values(count)[:0]
	for i, e := range l.Elems() {
		if kept[i/64]>>(i%64)&1 != 0 {
			out = append(out, e)
		}
	}
	return List(out), nil
}

func elem(m *Evaluator, x, list Value) (Value, *Error) {
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.elem")
	if err != nil {
		return Value{}, err
	}
	for i := range elems {
		eq, err := m.equalSlots(&x, &elems[i], 0)
		if err != nil {
			return Value{}, err
		}
		if eq {
			return True, nil
		}
	}
	return False, nil
}

func elemAt(m *Evaluator, list, index Value) (Value, *Error) {
	n, err := m.forceInt(index, 0, "while evaluating the second argument passed to 'builtins.elemAt'")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the first argument passed to 'builtins.elemAt'")
	if err != nil {
		return Value{}, err
	}
	if n < 0 || n >= int64(len(elems)) {
		return Value{}, Errorf(Other, "'builtins.elemAt' called with index %d on a list of size %d", n, len(elems))
	}
	return m.ForceSlot(&elems[n])
}

func head(m *Evaluator, list Value) (Value, *Error) {
	elems, err := m.forceElems(list, 0, "while evaluating the first argument passed to 'builtins.head'")
	if err != nil {
		return Value{}, err
	}
	if len(elems) == 0 {
		return Value{}, Errorf(Other, "'builtins.head' called on an empty list")
	}
	return m.ForceSlot(&elems[0])
}

func tail(m *Evaluator, list Value) (Value, *Error) {
	elems, err := m.forceElems(list, 0, "while evaluating the first argument passed to 'builtins.tail'")
	if err != nil {
		return Value{}, err
	}
	if len(elems) == 0 {
		return Value{}, Errorf(Other, "'builtins.tail' called on an empty list")
	}
	return List(elems[1:]), nil
}

func length(m *Evaluator, list Value) (Value, *Error) {
	l, err := m.forceList(list, 0, "while evaluating the first argument passed to builtins.length")
	if err != nil {
		return Value{}, err
	}
	return Int(int64(l.Len())), nil
}

func concatLists(m *Evaluator, lists Value) (Value, *Error) {
	elems, err := m.forceElems(lists, 0, "while evaluating the first argument passed to builtins.concatLists")
	if err != nil {
		return Value{}, err
	}
	return m.flatten(elems, "while evaluating a value of the list passed to builtins.concatLists")
}

// flatten concatenates lists, which it forces.
func (m *Evaluator) flatten(lists []Value, context string) (Value, *Error) {
	parts := make([]Value, len(lists))
	for i := range lists {
		l, err := m.forceList(lists[i], 0, context)
		if err != nil {
			return Value{}, err
		}
		parts[i] = l
	}
	return m.concatenate(parts)
}

// concatenate is flatten for lists that have been forced.
func (m *Evaluator) concatenate(parts []Value) (Value, *Error) {
	total := 0
	var only Value
	for _, l := range parts {
		if l.Len() > 0 {
			only = l
		}
		total += l.Len()
	}
	if total == 0 {
		return emptyList, nil
	}
	if only.Len() == total {
		return only, nil
	}
	if err := m.roomFor(total * 16); err != nil {
		return Value{}, err
	}
	out := m.values(total)
	at := 0
	for _, p := range parts {
		if err := m.ticks(p.Len() / 64); err != nil { // copying is fast
			return Value{}, err
		}
		at += copy(out[at:], p.Elems())
	}
	return List(out), nil
}

func concatMap(m *Evaluator, fn, list Value) (Value, *Error) {
	f, err := m.forceFunction(fn, 0, "while evaluating the first argument passed to builtins.concatMap")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.concatMap")
	if err != nil {
		return Value{}, err
	}
	const context = "while evaluating the return value of the function passed to builtins.concatMap"
	parts := make([]Value, len(elems))
	for i, e := range elems {
		r, err := m.call1(f, e, 0)
		if err != nil {
			return Value{}, err
		}
		if parts[i], err = m.forceList(r, m.resultPos(r, f), context); err != nil {
			return Value{}, err
		}
	}
	return m.concatenate(parts)
}

// resultPos is where what a function returned comes from: that of a set or function itself, else of the function.
func (m *Evaluator) resultPos(r, f Value) syntax.Pos {
	if r.isAttrs() {
		return m.posOf(r)
	}
	if pos := m.posOf(r); pos != 0 {
		return pos
	}
	return m.posOf(f)
}

func foldl(m *Evaluator, op, nul, list Value) (Value, *Error) {
	f, err := m.forceFunction(op, 0, "while evaluating the first argument passed to builtins.foldlStrict")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the third argument passed to builtins.foldlStrict")
	if err != nil {
		return Value{}, err
	}
	if len(elems) == 0 {
		return m.Force(nul)
	}
	acc := nul
	for _, e := range elems {
		if acc, err = m.call2(f, acc, e, 0); err != nil {
			return Value{}, err
		}
	}
	return acc, nil
}

func anyOf(name string, want bool) func(m *Evaluator, a, b Value) (Value, *Error) {
	first := "while evaluating the first argument passed to builtins." + name
	second := "while evaluating the second argument passed to builtins." + name
	result := "while evaluating the return value of the function passed to builtins." + name
	return func(m *Evaluator, fn, list Value) (Value, *Error) {
		f, err := m.forceFunction(fn, 0, first)
		if err != nil {
			return Value{}, err
		}
		elems, err := m.forceElems(list, 0, second)
		if err != nil {
			return Value{}, err
		}
		for _, e := range elems {
			r, err := m.call1(f, e, 0)
			if err != nil {
				return Value{}, err
			}
			b, err := m.forceBool(r, 0, result)
			if err != nil {
				return Value{}, err
			}
			if b == want {
				return Bool(want), nil
			}
		}
		return Bool(!want), nil
	}
}

func genList(m *Evaluator, fn, count Value) (Value, *Error) {
	n, err := m.forceInt(count, 0, "while evaluating the second argument passed to builtins.genList")
	if err != nil {
		return Value{}, err
	}
	if n < 0 || n > 1<<31 {
		return Value{}, Errorf(Other, "cannot create list of size %d", n)
	}
	f, err := m.forceFunction(fn, 0, "while evaluating the first argument passed to builtins.genList")
	if err != nil {
		return Value{}, err
	}
	const perElement = 4 * 16 // the element, its thunk, and the frame of the call
	if err := m.roomFor(int(n) * perElement); err != nil {
		return Value{}, err
	}
	out := m.values(int(n))
	for i := range out {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		out[i] = m.lazyApply(f, Int(int64(i)))
	}
	return List(out), nil
}

func sortList(m *Evaluator, comparator, list Value) (Value, *Error) {
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.sort")
	if err != nil || len(elems) == 0 {
		return List(elems), err
	}
	f, err := m.forceFunction(comparator, 0, "while evaluating the first argument passed to builtins.sort")
	if err != nil {
		return Value{}, err
	}
	sorted := m.values(len(elems))
	for i := range elems {
		if sorted[i], err = m.ForceSlot(&elems[i]); err != nil {
			return Value{}, err
		}
	}
	if err := m.sort(sorted, f); err != nil {
		return Value{}, err
	}
	return List(sorted), nil
}

func partition(m *Evaluator, pred, list Value) (Value, *Error) {
	f, err := m.forceFunction(pred, 0, "while evaluating the first argument passed to builtins.partition")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.partition")
	if err != nil {
		return Value{}, err
	}
	var right, wrong []Value
	for i := range elems {
		e, err := m.ForceSlot(&elems[i])
		if err != nil {
			return Value{}, err
		}
		r, err := m.call1(f, e, 0)
		if err != nil {
			return Value{}, err
		}
		b, err := m.forceBool(r, 0, "while evaluating the return value of the partition function passed to builtins.partition")
		if err != nil {
			return Value{}, err
		}
		if b {
			right = append(right, e)
		} else {
			wrong = append(wrong, e)
		}
	}
	return m.MakeAttrs([]Binding{{Sym: m.names.right, Value: List(right)}, {Sym: m.names.wrong, Value: List(wrong)}}), nil
}

func groupBy(m *Evaluator, fn, list Value) (Value, *Error) {
	f, err := m.forceFunction(fn, 0, "while evaluating the first argument passed to builtins.groupBy")
	if err != nil {
		return Value{}, err
	}
	elems, err := m.forceElems(list, 0, "while evaluating the second argument passed to builtins.groupBy")
	if err != nil {
		return Value{}, err
	}
	groups := map[Sym][]Value{}
	for _, e := range elems {
		r, err := m.call1(f, e, 0)
		if err != nil {
			return Value{}, err
		}
		name, err := m.forceStringNoContext(r, 0, "while evaluating the return value of the grouping function passed to builtins.groupBy")
		if err != nil {
			return Value{}, err
		}
		s := m.Sym(name)
		groups[s] = append(groups[s], e)
	}
	bindings := make([]Binding, 0, len(groups))
	for s, g := range groups {
		bindings = append(bindings, Binding{Sym: s, Value: List(g)})
	}
	return m.MakeAttrs(bindings), nil
}
