package eval

// This file defines the builtins that steer evaluation: errors, sequence, import.

import (
	"slices"
	"strings"
	"unsafe"

	"nixops4/eval/syntax"
)

var errorBuiltins = []*Builtin{
	{Name: "throw", Global: true, Args: []string{"s"}, F1: throw, Doc: "Fails with the message *s*. `tryEval` can catch it."},
	{Name: "abort", Global: true, Args: []string{"s"}, F1: abort, Doc: "Ends evaluation with the message *s*."},
	{Name: "tryEval", Args: []string{"e"}, F1: tryEval, Doc: "Evaluates *e*: `{ success = true; value = e; }`, or `{ success = false; value = false; }` when it throws or an assertion fails."},
	{Name: "addErrorContext", Args: []string{"context", "e"}, Quiet: true, F2: addErrorContext, Doc: "*e*; when it fails, the string *context* becomes part of the trace."},
	{Name: "trace", Args: []string{"e1", "e2"}, F2: trace, Doc: "Writes *e1* to standard error and returns *e2*."},
	{Name: "traceVerbose", Args: []string{"e1", "e2"}, F2: traceVerbose, Doc: "As `trace`, but only with `--trace-verbose`."},
	{Name: "warn", Args: []string{"e1", "e2"}, F2: warn, Doc: "Writes the string *e1* to standard error as a warning and returns *e2*."},
}

var controlBuiltins = []*Builtin{
	{Name: "seq", Args: []string{"e1", "e2"}, Strict: 1, F2: seq, Doc: "Evaluates *e1*, then returns *e2*."},
	{Name: "deepSeq", Args: []string{"e1", "e2"}, F2: deepSeq, Doc: "Evaluates *e1* and everything in it, then returns *e2*."},
	{Name: "break", Global: true, Quiet: true, Args: []string{"v"}, F1: func(m *Evaluator, v Value) (Value, *Error) { return m.Force(v) }, Doc: "Returns *v*; a place to stop for debuggers."},
	{Name: "genericClosure", Args: []string{"attrset"}, Strict: 1, F1: genericClosure, Doc: "All elements reachable from the list `startSet` by the function `operator`, which returns a list for an element. Elements are sets; those with an equal `key` count once."},
}

// message evaluates the text of an error.
func (m *Evaluator) message(s Value, why string, mode coercion) (string, *Error) {
	var c *Context
	text, err := m.coerce(s, 0, mode, why, &c)
	if err != nil {
		return "", err
	}
	if c.Secret() {
		return "(sensitive)", nil
	}
	return text, nil
}

func throw(m *Evaluator, s Value) (Value, *Error) {
	text, err := m.message(s, "while evaluating the error message passed to builtin.throw", coerceInterpolation)
	if err != nil {
		return Value{}, err
	}
	return Value{}, &Error{Kind: Throw, Msg: text}
}

func abort(m *Evaluator, s Value) (Value, *Error) {
	text, err := m.message(s, "while evaluating the error message passed to builtins.abort", coerceInterpolation)
	if err != nil {
		return Value{}, err
	}
	return Value{}, Errorf(Abort, "evaluation aborted with the following error message: '%s'", text)
}

func tryEval(m *Evaluator, e Value) (Value, *Error) {
	depth, nesting := m.depth, m.nesting
	v, err := m.Force(e)
	if err != nil {
		if !err.Kind.catchable() {
			return Value{}, err
		}
		m.depth, m.nesting = depth, nesting
		return m.tried(False, False), nil
	}
	return m.tried(True, v), nil
}

func (m *Evaluator) tried(success, value Value) Value {
	return m.MakeAttrs([]Binding{{Sym: m.names.success, Value: success}, {Sym: m.names.value, Value: value}})
}

func addErrorContext(m *Evaluator, context, e Value) (Value, *Error) {
	v, err := m.Force(e)
	if err == nil || err.Kind == Needs {
		return v, err
	}
	text, err2 := m.message(context, "while evaluating the error message passed to builtins.addErrorContext", coercePath)
	if err2 != nil {
		return Value{}, err2
	}
	err.Trace = append(err.Trace, TraceLine{Msg: text, Custom: true})
	return Value{}, err
}

func trace(m *Evaluator, e1, e2 Value) (Value, *Error) {
	v, err := m.Force(e1)
	if err != nil {
		return Value{}, err
	}
	text := m.shown(v)
	if m.interrupted() { // then the text is not all there
		return Value{}, m.check()
	}
	m.Log("trace: " + text)
	return m.Force(e2)
}

// shown is how trace writes a value: a string as it is, but never a secret.
func (m *Evaluator) shown(v Value) string {
	if v.isString() && !v.Context().Secret() {
		return v.Text()
	}
	return m.Print(v, PrintOptions{})
}

func traceVerbose(m *Evaluator, e1, e2 Value) (Value, *Error) {
	if !m.opts.TraceVerbose {
		return m.Force(e2)
	}
	return trace(m, e1, e2)
}

func warn(m *Evaluator, e1, e2 Value) (Value, *Error) {
	v, err := m.forceString(e1, 0, "while evaluating the first argument; the message passed to builtins.warn")
	if err != nil {
		return Value{}, err
	}
	const prefix = "evaluation warning: "
	m.Log(syntax.Indent(prefix, strings.Repeat(" ", len(prefix)), m.shown(v)))
	if m.opts.AbortOnWarn {
		return Value{}, Errorf(Abort, "aborting to reveal stack trace of warning, as abort-on-warn is set")
	}
	return m.Force(e2)
}

func seq(m *Evaluator, e1, e2 Value) (Value, *Error) {
	if _, err := m.Force(e1); err != nil {
		return Value{}, err
	}
	return m.Force(e2)
}

func deepSeq(m *Evaluator, e1, e2 Value) (Value, *Error) {
	if err := m.ForceDeep(e1); err != nil {
		return Value{}, err
	}
	return m.Force(e2)
}

// ForceDeep forces a value and everything in it.
func (m *Evaluator) ForceDeep(v Value) *Error {
	d := &deepForcer{m: m, seen: map[unsafe.Pointer]bool{}}
	return d.force(&v)
}

type deepForcer struct {
	m    *Evaluator
	seen map[unsafe.Pointer]bool
}

func (d *deepForcer) force(p *Value) *Error {
	m := d.m
	if m.depth >= m.maxDepth {
		return m.tooDeep().at(m.posOf(*p))
	}
	if err := m.tick(); err != nil {
		return err
	}
	m.depth++
	defer func() { m.depth-- }()
	pos := m.posOf(*p)
	v, err := m.ForceSlot(p)
	if err != nil {
		return placeRecursion(err, pos)
	}
	if !v.isAttrs() && !v.isList() || d.seen[v.ref] {
		return nil
	}
	d.seen[v.ref] = true
	if v.isList() {
		elems := v.Elems()
		for i := range elems {
			if err := d.force(&elems[i]); err != nil {
				return err.tracef(0, "while evaluating list element at index %d", i)
			}
		}
		return nil
	}
	a := m.flat(v.Attrs())
	for i, s := range a.shape.syms {
		if err := d.force(a.slotAt(i)); err != nil {
			return err.tracef(a.shape.at(i), "while evaluating the attribute '%s'", attrName(m.Name(s)))
		}
	}
	return nil
}

func genericClosure(m *Evaluator, arg Value) (Value, *Error) {
	const in = "in the attrset passed as argument to builtins.genericClosure"
	a, err := m.forceAttrs(arg, 0, "while evaluating the first argument passed to builtins.genericClosure")
	if err != nil {
		return Value{}, err
	}
	p, err := m.required(a, m.names.startSet, in)
	if err != nil {
		return Value{}, err
	}
	start, err := m.forceElems(*p, 0, "while evaluating the 'startSet' attribute passed as argument to builtins.genericClosure")
	if err != nil || len(start) == 0 {
		return List(start), err
	}
	if p, err = m.required(a, m.names.operator, in); err != nil {
		return Value{}, err
	}
	op, err := m.forceFunction(*p, 0, "while evaluating the 'operator' attribute passed as argument to builtins.genericClosure")
	if err != nil {
		return Value{}, err
	}
	c := &closureSet{m: m}
	work := slices.Clone(start)
	var result []Value
	for len(work) > 0 {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		a, err := m.forceAttrs(work[0], 0, "")
		if err != nil {
			return Value{}, err.tracef(0, "in genericClosure element %s", m.Print(work[0], errorPrint))
		}
		e := attrsValue(a)
		work = work[1:]
		added, err := c.add(e)
		if err != nil {
			return Value{}, err
		}
		if !added {
			continue
		}
		result = append(result, e)
		next, err := m.successors(op, e)
		if err != nil {
			return Value{}, err.tracef(0, "while calling operator on genericClosure element %s", m.Print(e, errorPrint))
		}
		work = append(work, next...)
	}
	return List(result), nil
}

func (m *Evaluator) successors(op, e Value) ([]Value, *Error) {
	r, err := m.call1(op, e, 0)
	if err != nil {
		return nil, err
	}
	next, err := m.forceElems(r, 0, "while evaluating the return value of the `operator` passed to builtins.genericClosure")
	if err != nil {
		return nil, err
	}
	for i := range next {
		if _, err := m.ForceSlot(&next[i]); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// A closureSet holds the elements found so far, in order of their keys. Keys that are strings or integers,
// as almost all are, are found by hashing as long as nothing else has been seen.
type closureSet struct {
	m       *Evaluator
	strings map[string]bool
	ints    map[int64]bool
	sorted  []Value // keys
	elems   []Value // parallel to sorted
}

// add takes an element, a forced set; false means that there was one with its key.
func (c *closureSet) add(e Value) (bool, *Error) {
	m := c.m
	a := e.Attrs()
	p, err := m.required(a, m.names.key, "")
	if err != nil {
		return false, err.tracef(0, "in genericClosure element %s", m.Print(e, errorPrint))
	}
	key, err := m.ForceSlot(p)
	if err != nil {
		return false, err
	}
	if key.isString() && (c.strings != nil || len(c.elems) == 0) && c.sorted == nil {
		return c.addString(key.Text(), e), nil
	}
	if key.isInt() && (c.ints != nil || len(c.elems) == 0) && c.sorted == nil {
		return c.addInt(key.IntVal(), e), nil
	}
	return c.insert(key, e)
}

func (c *closureSet) addString(key string, e Value) bool {
	if c.strings == nil {
		c.strings = map[string]bool{}
	}
	if c.strings[key] {
		return false
	}
	c.strings[key] = true
	c.elems = append(c.elems, e)
	return true
}

func (c *closureSet) addInt(key int64, e Value) bool {
	if c.ints == nil {
		c.ints = map[int64]bool{}
	}
	if c.ints[key] {
		return false
	}
	c.ints[key] = true
	c.elems = append(c.elems, e)
	return true
}

// unhash goes over to a sorted slice, which any kind of key can be looked up in.
func (c *closureSet) unhash() {
	if c.sorted != nil || len(c.elems) == 0 {
		return
	}
	elems := c.elems
	c.elems = nil
	for _, e := range elems {
		p := e.Attrs().slot(c.m.names.key)
		if _, err := c.insert(*p, e); err != nil {
			panic("eval: keys of one type cannot be compared")
		}
	}
	c.strings, c.ints = nil, nil
}

func (c *closureSet) insert(key, e Value) (bool, *Error) {
	if c.strings != nil || c.ints != nil {
		c.strings, c.ints = nil, nil
		c.unhash()
	}
	// As in a search tree, the new key is compared with the old ones, and at last the one before it with it.
	lo, hi := 0, len(c.sorted)
	for lo < hi {
		mid := (lo + hi - 1) / 2
		less, err := c.m.less(key, c.sorted[mid], 0, "")
		if err != nil {
			return false, c.explain(err, e, c.elems[0])
		}
		if less {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if lo > 0 {
		less, err := c.m.less(c.sorted[lo-1], key, 0, "")
		if err != nil {
			return false, c.explain(err, e, c.elems[0])
		}
		if !less {
			return false, nil
		}
	}
	c.sorted = slices.Insert(c.sorted, lo, key)
	c.elems = slices.Insert(c.elems, lo, e)
	return true, nil
}

func (c *closureSet) explain(err *Error, e, other Value) *Error {
	err.tracef(0, "with element %s", c.m.Print(other, errorPrint))
	return err.tracef(0, "while comparing element %s", c.m.Print(e, errorPrint))
}
