package eval

// This file defines symbols: attribute names as small numbers.

// A Sym stands for an attribute name within one evaluator.
type Sym uint32

type symbols struct {
	index map[string]Sym
	names []string
}

// Sym returns the symbol of a name.
func (m *Evaluator) Sym(name string) Sym {
	if s, ok := m.symbols.index[name]; ok {
		return s
	}
	s := Sym(len(m.symbols.names))
	m.symbols.names = append(m.symbols.names, name)
	m.symbols.index[name] = s
	return s
}

// lookupSym finds the symbol of a name that may never have been seen.
func (m *Evaluator) lookupSym(name string) (Sym, bool) {
	s, ok := m.symbols.index[name]
	return s, ok
}

// Name is the name of a symbol.
func (m *Evaluator) Name(s Sym) string { return m.symbols.names[s] }
