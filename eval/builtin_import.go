package eval

// This file defines import and how files of the language are evaluated.

import (
	"path"

	"nixops4/eval/resolve"
)

var importBuiltins = []*Builtin{
	{Name: "import", Global: true, Args: []string{"path"}, Strict: 1, F1: importFile, Doc: "The value of the Nix file at *path*, or of `default.nix` when *path* is a folder. A file is evaluated once, however often it is imported. Relative paths in it start from the folder it is in."},
	{Name: "scopedImport", Global: true, Args: []string{"scope", "path"}, Strict: 2, F2: scopedImport, Doc: "As `import`, with the attributes of *scope* as further names in the file. The file is evaluated anew each time."},
}

func importFile(m *Evaluator, p Value) (Value, *Error) {
	file, v, err := m.importFrom(p)
	if err != nil || v.Valid() {
		return v, err
	}
	return m.EvalFile(file)
}

// importFrom is the file that an argument of import names. When it is a derivation in the store, that is its
// value, and file is empty.
func (m *Evaluator) importFrom(p Value) (file string, v Value, err *Error) {
	file, err = m.realisePath(p, linksNone)
	if err != nil {
		return "", Value{}, err
	}
	v, err = m.importDerivation(file)
	if err != nil || v.Valid() {
		return "", v, err
	}
	return file, Value{}, nil
}

// EvalFile evaluates a file, or default.nix in a folder. The value of a file is computed once.
func (m *Evaluator) EvalFile(file string) (Value, *Error) {
	file, err := m.resolveFile(file)
	if err != nil {
		return Value{}, err
	}
	if v, ok := m.imports[file]; ok {
		return m.Force(v)
	}
	v := m.Lazy(func() (Value, *Error) {
		p, err := m.parseFile(file)
		if err != nil {
			return Value{}, err
		}
		v, err := m.runProgram(p, nil)
		if err != nil {
			return Value{}, err.tracef(0, "while evaluating the file '%s':", m.ShowPath(file))
		}
		return v, nil
	})
	m.imports[file] = v
	return m.Force(v)
}

func (m *Evaluator) parseFile(file string) (*program, *Error) {
	if p, ok := m.parsed[file]; ok {
		return p, nil
	}
	text, err := m.readSource(file)
	if err != nil {
		return nil, err
	}
	p, err := m.compileSource(file, true, text, path.Dir(file), m.scope())
	if err != nil {
		return nil, err
	}
	m.parsed[file] = p
	return p, nil
}

func scopedImport(m *Evaluator, scope, p Value) (Value, *Error) {
	file, v, err := m.importFrom(p)
	if err != nil || v.Valid() {
		return v, err
	}
	a, err := m.forceAttrs(scope, 0, "while evaluating the first argument passed to builtins.scopedImport")
	if err != nil {
		return Value{}, err
	}
	if file, err = m.resolveFile(file); err != nil {
		return Value{}, err
	}
	text, err := m.readSource(file)
	if err != nil {
		return Value{}, err
	}
	return m.evalWith(a, file, true, text, path.Dir(file))
}

// evalWith evaluates a text in which the attributes of a set are names.
func (m *Evaluator) evalWith(a *Attrs, name string, isFile bool, text, base string) (Value, *Error) {
	a = m.flat(a)
	f := m.newFrame(nil, len(a.shape.syms))
	names := make([]string, len(a.shape.syms))
	for i, s := range a.shape.syms {
		names[i] = m.Name(s)
		*f.slot(i) = *a.slotAt(i)
	}
	prog, err := m.compileSource(name, isFile, text, base, resolve.Scope{Globals: m.globals, Outer: [][]string{names}})
	if err != nil {
		return Value{}, err
	}
	return m.runProgram(prog, f)
}

// EvalStringWith evaluates an expression in which the attributes of a set are names.
func (m *Evaluator) EvalStringWith(scope *Attrs, text, name, base string) (Value, *Error) {
	return m.evalWith(scope, name, false, text, base)
}
