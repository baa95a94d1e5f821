package eval

// This file puts the global scope and the set builtins together.

import (
	"slices"
)

// wellKnown are symbols that the evaluator itself looks for.
type wellKnown struct {
	functor, toString, outPath, typ, drvPath, name, value, right, wrong, success, operator, startSet, key Sym
}

func (m *Evaluator) newWellKnown() wellKnown {
	return wellKnown{
		functor: m.Sym("__functor"), toString: m.Sym("__toString"), outPath: m.Sym("outPath"), typ: m.Sym("type"),
		drvPath: m.Sym("drvPath"), name: m.Sym("name"), value: m.Sym("value"), right: m.Sym("right"),
		wrong: m.Sym("wrong"), success: m.Sym("success"), operator: m.Sym("operator"), startSet: m.Sym("startSet"),
		key: m.Sym("key"),
	}
}

// coreBuiltins are the tables of this package, one per topic.
var coreBuiltins = [][]*Builtin{
	typeBuiltins, numberBuiltins, listBuiltins, attrsBuiltins, stringBuiltins, regexBuiltins, versionBuiltins, hashBuiltins, errorBuiltins, controlBuiltins,
	importBuiltins, fileBuiltins, pathBuiltins, storeBuiltins, contextBuiltins, derivationBuiltins, jsonBuiltins, xmlBuiltins,
}

// Registered lists all builtins of an evaluator in order of their names, for documentation.
func (m *Evaluator) Registered() []*Builtin {
	var all []*Builtin
	for _, at := range m.Sorted(m.builtins.Attrs()) {
		if at.Slot.kind() == kindBuiltin {
			all = append(all, at.Slot.builtin())
		}
	}
	return all
}

// installBuiltins fills the global scope.
func (m *Evaluator) installBuiltins() {
	fields := map[string]Value{}
	add := func(b *Builtin) {
		if b.Feature != "" && !m.Feature(b.Feature) {
			return
		}
		v := builtinValue(b)
		if !b.Hidden {
			fields[b.Name] = v
		}
		if b.Global {
			m.global(b.Name, v)
		} else {
			m.global("__"+b.Name, v)
		}
	}
	for _, table := range coreBuiltins {
		for _, b := range table {
			add(b)
		}
	}
	for _, b := range m.opts.Builtins {
		add(b)
	}
	for name, make := range m.constants() {
		v := make(m)
		fields[name] = v
		if slices.Contains([]string{"true", "false", "null", "derivation"}, name) {
			m.global(name, v)
		} else {
			m.global("__"+name, v)
		}
	}
	// builtins contains itself.
	self := m.newThunkOf(nativeID, nil)
	fields["builtins"] = thunkValue(self)
	m.builtins = m.AttrsOf(fields)
	self.value = m.builtins
	m.global("builtins", m.builtins)
}

func (m *Evaluator) global(name string, v Value) {
	m.globals[name] = len(m.globalValues)
	m.globalValues = append(m.globalValues, v)
}

func (m *Evaluator) constants() map[string]func(m *Evaluator) Value {
	all := map[string]func(m *Evaluator) Value{
		"true":        func(*Evaluator) Value { return True },
		"false":       func(*Evaluator) Value { return False },
		"null":        func(*Evaluator) Value { return Null },
		"nixVersion":  func(*Evaluator) Value { return String(NixVersion) },
		"langVersion": func(*Evaluator) Value { return Int(6) },
		"storeDir":    func(m *Evaluator) Value { return String(string(m.store)) },
		"nixPath":     searchPathValue,
		"derivation":  derivationValue,
	}
	if !m.opts.Pure {
		all["currentTime"] = func(m *Evaluator) Value { return Int(m.io.Now().Unix()) }
		all["currentSystem"] = func(m *Evaluator) Value { return String(m.io.System()) }
	}
	for name, make := range m.opts.Constants {
		all[name] = make
	}
	return all
}

// NixVersion is the version of Nix whose language this is.
const NixVersion = "2.34.8"

func searchPathValue(m *Evaluator) Value {
	if m.opts.Pure {
		return emptyList
	}
	list := make([]Value, len(m.opts.SearchPath))
	for i, e := range m.opts.SearchPath {
		list[i] = m.AttrsOf(map[string]Value{"prefix": String(e.Prefix), "path": String(e.Path)})
	}
	return List(list)
}
