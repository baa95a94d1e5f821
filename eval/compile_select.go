package eval

// This file compiles the selection of attributes: x.a.b, x.a or d, x ? a.

import (
	"strings"

	"nixops4/eval/syntax"
)

// A selector finds one attribute and remembers where it was in the shape seen last.
type selector struct {
	name Sym
	pos  syntax.Pos
	text string // the whole path, for traces

	shape *shape
	index int
}

// find finds the place of the attribute in a set, nil when it has none.
func (s *selector) find(a *Attrs) (*Value, syntax.Pos) {
	if a.shape == s.shape {
		return a.slotAt(s.index), a.shape.at(s.index)
	}
	if i := a.shape.find(s.name); i >= 0 {
		s.shape, s.index = a.shape, i
		return a.slotAt(i), a.shape.at(i)
	}
	if a.skip == 0 {
		return nil, 0
	}
	return a.base().slot(s.name), a.base().posOf(s.name)
}

// from takes the attribute from a value that must be a set having it.
func (s *selector) from(m *Evaluator, v Value) (Value, *Error) {
	if !v.isAttrs() {
		return Value{}, m.expected("a set", v).trace(s.pos, "while selecting an attribute")
	}
	p, at := s.find(v.Attrs())
	if p == nil {
		return Value{}, m.missingAttr(v.Attrs(), s.name).at(s.pos)
	}
	return m.forceAttr(p, at, s)
}

// forceAttr forces an attribute that was found.
func (m *Evaluator) forceAttr(p *Value, at syntax.Pos, s *selector) (Value, *Error) {
	if v := *p; !v.lazy() {
		return v, nil
	}
	v, err := m.ForceSlot(p)
	if err != nil {
		if at == 0 {
			return Value{}, placeRecursion(err, s.pos)
		}
		return Value{}, m.traceAttr(placeRecursion(err, at), at, s.text)
	}
	return v, nil
}

// forceStep forces an attribute that something is selected from.
func (m *Evaluator) forceStep(p *Value, at syntax.Pos, s *selector) (Value, *Error) {
	v, err := m.ForceSlot(p)
	if err != nil {
		return Value{}, m.traceSelected(placeRecursion(err, s.pos), at, s.text)
	}
	return v, nil
}

// traceAttr says which attribute was being evaluated, except for those of derivations, which Nix keeps quiet.
func (m *Evaluator) traceAttr(err *Error, at syntax.Pos, text string) *Error {
	if err.Kind == Needs {
		return err
	}
	if loc, ok := m.files.Locate(at); ok && loc.Source.Name == derivationFile {
		return err
	}
	return err.trace(at, "while evaluating the attribute '"+text+"'")
}

func (m *Evaluator) missingAttr(a *Attrs, name Sym) *Error {
	var names []string
	for _, at := range m.Sorted(a) {
		names = append(names, at.Name)
	}
	err := Errorf(Undefined, "attribute '%s' missing", attrName(m.Name(name)))
	err.Suggestions = bestMatches(names, m.Name(name))
	return err
}

func (c *compiler) selection(e *syntax.Select) code {
	if e.Default != nil {
		return c.selectPath(e)
	}
	x := c.code(e.X)
	for i := range e.Path {
		if e.Path[i].Dyn != nil {
			return c.selectPath(e)
		}
	}
	if len(e.Path) > 1 {
		return c.selectNames(x, e)
	}
	sel := &selector{name: c.m.Sym(e.Path[0].Name), pos: e.At, text: attrName(e.Path[0].Name)}
	if v, ok := e.X.(*syntax.Var); ok && v.Binding.Kind == syntax.Local {
		return c.selectVar(v, sel)
	}
	return func(m *Evaluator, f *frame) (Value, *Error) {
		v, err := x(m, f)
		if err != nil {
			return Value{}, err
		}
		return sel.known(m, v)
	}
}

// selectVar is x.a where x is a variable.
func (c *compiler) selectVar(v *syntax.Var, sel *selector) code {
	depth, slot, pos := v.Binding.Depth, v.Binding.Slot, v.At
	return func(m *Evaluator, f *frame) (Value, *Error) {
		p := f.up(depth).slot(slot)
		v := *p
		if v.lazy() {
			var err *Error
			if v, err = m.forceVar(p, pos); err != nil {
				return Value{}, err
			}
		}
		return sel.known(m, v)
	}
}

// known is from, with a short way for the shape seen last.
func (s *selector) known(m *Evaluator, v Value) (Value, *Error) {
	if v.isAttrs() {
		if a := v.Attrs(); a.shape == s.shape {
			p := a.slotAt(s.index)
			if v := *p; !v.lazy() {
				return v, nil
			}
			return m.forceAttr(p, a.shape.at(s.index), s)
		}
	}
	return s.from(m, v)
}

// selectNames is x.a.b.c with plain names.
func (c *compiler) selectNames(x code, e *syntax.Select) code {
	text := pathText(e.Path)
	sels := make([]selector, len(e.Path))
	for i := range sels {
		sels[i] = selector{name: c.m.Sym(e.Path[i].Name), pos: e.At, text: text}
	}
	return func(m *Evaluator, f *frame) (Value, *Error) {
		v, err := x(m, f)
		if err != nil {
			return Value{}, err
		}
		var at syntax.Pos
		for i := range sels {
			s := &sels[i]
			if !v.isAttrs() {
				err := m.expected("a set", v).trace(s.pos, "while selecting an attribute")
				return Value{}, m.traceSelected(err, at, text)
			}
			p, pos := s.find(v.Attrs())
			if p == nil {
				return Value{}, m.traceSelected(m.missingAttr(v.Attrs(), s.name).at(s.pos), at, text)
			}
			if i == len(sels)-1 {
				return m.forceAttr(p, pos, s)
			}
			at = pos
			if v, err = m.forceStep(p, at, s); err != nil {
				return Value{}, err
			}
		}
		return v, nil
	}
}

// traceSelected adds the attribute found last when the next one could not be.
func (m *Evaluator) traceSelected(err *Error, at syntax.Pos, text string) *Error {
	if at == 0 {
		return err
	}
	return m.traceAttr(err, at, text)
}

// step is one element of an attribute path with its name computed if need be.
type step struct {
	name Sym
	dyn  code
	pos  syntax.Pos // of dyn
}

func (c *compiler) steps(path []syntax.AttrName) []step {
	out := make([]step, len(path))
	for i, p := range path {
		if p.Dyn != nil {
			out[i].dyn, out[i].pos = c.code(p.Dyn), exprPos(p.Dyn)
		} else {
			out[i].name = c.m.Sym(p.Name)
		}
	}
	return out
}

func (s *step) sym(m *Evaluator, f *frame) (Sym, *Error) {
	if s.dyn == nil {
		return s.name, nil
	}
	v, err := s.dyn(m, f)
	if err != nil {
		return 0, err
	}
	name, err := m.forceStringNoContext(v, s.pos, "while evaluating an attribute name")
	if err != nil {
		return 0, err
	}
	return m.Sym(name), nil
}

// dynamicText shows a path with the names that its expressions have.
func (m *Evaluator) dynamicText(path []syntax.AttrName, steps []step, f *frame) string {
	names := make([]string, len(steps))
	for i := range steps {
		if s, err := steps[i].sym(m, f); err == nil {
			names[i] = attrName(m.Name(s))
		} else {
			names[i] = "\"${" + syntax.String(path[i].Dyn) + "}\""
		}
	}
	return strings.Join(names, ".")
}

// selectPath is x.a.${b}, or a selection with a default.
func (c *compiler) selectPath(e *syntax.Select) code {
	x, steps, pos := c.code(e.X), c.steps(e.Path), e.At
	var def code
	if e.Default != nil {
		def = c.code(e.Default)
	}
	return func(m *Evaluator, f *frame) (Value, *Error) {
		v, err := x(m, f)
		if err != nil {
			return Value{}, err
		}
		t := pathTrace{path: e.Path, steps: steps}
		for i := range steps {
			name, err := steps[i].sym(m, f)
			if err != nil {
				return Value{}, t.add(m, f, err)
			}
			var p *Value
			if v.isAttrs() {
				p = v.Attrs().slot(name)
			}
			if p == nil {
				if def == nil {
					return Value{}, t.add(m, f, m.cannotSelect(v, name, pos))
				}
				if v, err = def(m, f); err != nil {
					err = t.add(m, f, err)
				}
				return v, err
			}
			t.found, t.name = v.Attrs(), name
			if v, err = m.ForceSlot(p); err != nil {
				at := pos
				if found := t.found.posOf(name); i == len(steps)-1 && found != 0 {
					at = found
				}
				return Value{}, t.add(m, f, placeRecursion(err, at))
			}
		}
		return v, nil
	}
}

func (m *Evaluator) cannotSelect(v Value, name Sym, pos syntax.Pos) *Error {
	if !v.isAttrs() {
		return m.expected("a set", v).trace(pos, "while selecting an attribute")
	}
	return m.missingAttr(v.Attrs(), name).at(pos)
}

// A pathTrace remembers the attribute that was found last on a path.
type pathTrace struct {
	path  []syntax.AttrName
	steps []step
	found *Attrs
	name  Sym
}

func (t *pathTrace) add(m *Evaluator, f *frame, err *Error) *Error {
	if t.found == nil {
		return err
	}
	at := t.found.posOf(t.name)
	if at == 0 {
		return err
	}
	return m.traceAttr(err, at, m.dynamicText(t.path, t.steps, f))
}

func (c *compiler) hasAttr(e *syntax.HasAttr) code {
	return boolean(c.hasAttrCondition(e))
}

func (c *compiler) hasAttrCondition(e *syntax.HasAttr) condition {
	x, steps, pos := c.code(e.X), c.steps(e.Path), exprPos(e.X)
	return func(m *Evaluator, f *frame) (bool, *Error) {
		v, err := x(m, f)
		if err != nil {
			return false, err
		}
		for i := range steps {
			name, err := steps[i].sym(m, f)
			if err != nil {
				return false, err
			}
			if !v.isAttrs() {
				return false, nil
			}
			p := v.Attrs().slot(name)
			if p == nil {
				return false, nil
			}
			if i == len(steps)-1 {
				return true, nil
			}
			if v, err = m.ForceSlot(p); err != nil {
				return false, placeRecursion(err, pos)
			}
		}
		return true, nil
	}
}

// pathText shows an attribute path as Nix does in traces.
func pathText(path []syntax.AttrName) string {
	var b strings.Builder
	for i, p := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		if p.Dyn != nil {
			b.WriteString("\"${" + syntax.String(p.Dyn) + "}\"")
		} else {
			b.WriteString(attrName(p.Name))
		}
	}
	return b.String()
}
