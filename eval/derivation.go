package eval

// This file defines derivations: the function derivation, and what is known about every derivation made.

import (
	_ "embed"
	"path"
	"slices"

	"nixops4/eval/store"
)

// derivationFile is the name under which positions in the definition of derivation are known.
const derivationFile = "«nix-internal»/derivation-internal.nix"

//go:embed derivation.nix
var derivationText string

var derivationBuiltins = []*Builtin{
	{Name: "derivationStrict", Global: true, Args: []string{"args"}, Strict: 1, F1: derivationStrict, Doc: "The paths of the outputs and of the .drv file of a derivation, which the function `derivation` adds to the set it is given."},
}

//go:embed derivation_import.nix
var derivationImportText string

// derivationValue is the function derivation, which is written in the language itself.
func derivationValue(m *Evaluator) Value { return m.lazySource(derivationFile, derivationText) }

// lazySource is the value of a text that is part of the evaluator.
func (m *Evaluator) lazySource(name, text string) Value {
	return m.Lazy(func() (Value, *Error) {
		p, err := m.compileSource(name, true, text, "/", m.scope())
		if err != nil {
			return Value{}, err
		}
		return m.runProgram(p, nil)
	})
}

func derivationStrict(m *Evaluator, args Value) (Value, *Error) {
	a, err := m.forceAttrs(args, 0, "while evaluating the argument passed to builtins.derivationStrict")
	if err != nil {
		return Value{}, err
	}
	p, err := m.required(a, m.names.name, "in the attrset passed as argument to builtins.derivationStrict")
	if err != nil {
		return Value{}, err
	}
	pos := a.posOf(m.names.name)
	name, err := m.forceStringNoContext(*p, 0, "while evaluating the `name` attribute passed to builtins.derivationStrict")
	if err != nil {
		return Value{}, err.trace(pos, "while evaluating the derivation attribute 'name'")
	}
	v, err := m.makeDerivation(name, a)
	if err != nil {
		at := "«none»"
		if loc, ok := m.files.Locate(pos); ok {
			at = loc.String()
		}
		return Value{}, err.tracef(0, "while evaluating derivation '%s'\n  whose name attribute is located at %s", name, at)
	}
	return v, nil
}

// addDerivation gives a derivation its path and returns what derivationStrict does.
func (m *Evaluator) addDerivation(d *store.Derivation) (Value, *Error) {
	h, err := d.Hash(m.findDerivation)
	if err != nil {
		return Value{}, asError(err)
	}
	text, refs, drvPath, err := d.Write(m.store)
	if err != nil {
		return Value{}, asError(err)
	}
	m.io.add(&object{path: drvPath, references: refs, text: &text})
	m.derivations[drvPath] = remembered(d, h)
	fields := map[string]Value{"drvPath": StringWithContext(drvPath, NewContext(deepElem(drvPath)))}
	for _, output := range h.Outputs {
		if fields[output], err = m.outputValue(drvPath, output); err != nil {
			return Value{}, asError(err)
		}
	}
	return m.AttrsOf(fields), nil
}

// A knownDerivation is what is remembered of a derivation that this evaluation made, or has read from the store.
type knownDerivation struct {
	name  string       // the variable of this name
	hash  store.Modulo // with the names of the outputs
	paths []string     // of the outputs, parallel to their names; empty where it is not known
}

func remembered(d *store.Derivation, h store.Modulo) *knownDerivation {
	k := &knownDerivation{hash: h, paths: make([]string, len(d.Outputs))}
	k.name, _ = d.Env.Get("name")
	for i, o := range d.Outputs {
		k.paths[i] = o.Value.Path
	}
	return k
}

// known finds a derivation by its path.
func (m *Evaluator) known(drv string) (*knownDerivation, error) {
	if k := m.derivations[drv]; k != nil {
		return k, nil
	}
	if !store.IsDerivation(drv) {
		return nil, Errorf(Other, "error parsing derivation '%s': store path '%s' is not a valid derivation path", drv, path.Base(drv))
	}
	text, err := m.io.ReadFile(drv)
	if err != nil {
		if notFoundIsNil(err) == nil {
			return nil, Errorf(IOFailure, "derivation '%s' is not valid", drv)
		}
		return nil, m.ioError(err, drv)
	}
	d, err := store.ReadDerivation(string(text), store.DerivationName(drv))
	if err != nil {
		return nil, err
	}
	h, err := d.Hash(m.findDerivation)
	if err != nil {
		return nil, err
	}
	k := remembered(d, h)
	m.derivations[drv] = k
	return k, nil
}

func (m *Evaluator) findDerivation(drv string) (store.Modulo, error) {
	k, err := m.known(drv)
	if err != nil {
		return store.Modulo{}, err
	}
	return k.hash, nil
}

// outputValue is the path of an output, or what stands for it while the path is not known.
func (m *Evaluator) outputValue(drv, output string) (Value, error) {
	k, err := m.known(drv)
	if err != nil {
		return Value{}, err
	}
	i := slices.Index(k.hash.Outputs, output)
	if i < 0 {
		return Value{}, Errorf(Other, "derivation '%s' does not have output '%s'", drv, output)
	}
	p := k.paths[i]
	if p == "" {
		p = store.OutputPlaceholder(drv, output)
	}
	return StringWithContext(p, NewContext(outputElem(drv, output))), nil
}

// outputString is the same for an element of a context, which may be an output of an output.
func (m *Evaluator) outputString(elem string) (Value, *Error) {
	ref := parseElem(elem)
	if ref.inner == "" {
		v, err := m.outputValue(ref.path, ref.output)
		return v, asError(err)
	}
	return StringWithContext(dynamicPlaceholder(ref), NewContext(elem)), nil
}

func dynamicPlaceholder(ref reference) string {
	if ref.inner == "" {
		return store.OutputPlaceholder(ref.path, ref.output)
	}
	return store.DynamicPlaceholder(dynamicPlaceholder(parseElem(ref.inner)), ref.output)
}

// importDerivation is the value of a .drv file in the store, and no value for any other file: a derivation as the
// function derivation makes it, with name, paths and outputs only.
func (m *Evaluator) importDerivation(file string) (Value, *Error) {
	if !store.IsDerivation(file) || m.store.Parse(file) != nil {
		return Value{}, nil
	}
	if _, known, err := m.references(file); err != nil || !known {
		return Value{}, asError(err)
	}
	k, err := m.known(file)
	if err != nil {
		return Value{}, asError(err)
	}
	fields := map[string]Value{
		"drvPath": StringWithContext(file, NewContext(deepElem(file))),
		"name":    String(k.name),
	}
	names := k.hash.Outputs
	outputs := make([]Value, len(names))
	for i, name := range names {
		outputs[i] = String(name)
		if fields[name], err = m.outputValue(file, name); err != nil {
			return Value{}, asError(err)
		}
	}
	fields["outputs"] = List(outputs)
	if !m.importedDerivation.Valid() {
		m.importedDerivation = m.lazySource("«nix-internal»/derivation-import.nix", derivationImportText)
	}
	return m.Call(m.importedDerivation, m.AttrsOf(fields))
}

// closure lists everything that a store path refers to, itself included.
func (m *Evaluator) closure(root string) ([]string, *Error) {
	seen := map[string]bool{}
	var all []string
	todo := []string{root}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[p] {
			continue
		}
		seen[p] = true
		all = append(all, p)
		refs, known, err := m.references(p)
		if err != nil {
			return nil, asError(err)
		}
		if !known {
			return nil, Errorf(IOFailure, "path '%s' is not valid", p)
		}
		todo = append(todo, refs...)
	}
	return all, nil
}
