package eval

// This file makes sure that what a string refers to is there when evaluation looks into it.

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"nixops4/eval/store"
)

// realise builds what a path refers to, and returns where it is: a path may hold placeholders for outputs whose
// path is not known before they are built.
func (m *Evaluator) realise(file string, c *Context) (string, *Error) {
	paths, outputs, err := m.wanted(c.Elems())
	if err != nil || len(outputs) == 0 {
		return file, err
	}
	built, err := m.build(paths, outputs)
	if err != nil {
		return "", err
	}
	pairs := make([]string, 0, 2*len(built))
	for stands, p := range built {
		pairs = append(pairs, stands, p)
	}
	return path.Clean(strings.NewReplacer(pairs...).Replace(file)), nil
}

// Realise makes sure that what elements of a context name is in the store, and builds outputs of derivations. The
// result has the store path for every placeholder that stands for one of these outputs.
func (m *Evaluator) Realise(elems []string) (map[string]string, *Error) {
	paths, outputs, err := m.wanted(elems)
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	return m.build(paths, outputs)
}

// Wanted tells what has to be done for elements of a context to be in the store: objects of this evaluation to put there, each after
// what it refers to, and outputs to build then.
func (m *Evaluator) Wanted(elems []string) ([]StoreObject, []DerivationOutput, *Error) {
	paths, outputs, err := m.wanted(elems)
	if err != nil {
		return nil, nil, err
	}
	return m.Objects(paths), outputs, nil
}

// OutputOf returns the output of a derivation that an element of a context names, if it names one.
func OutputOf(elem string) (DerivationOutput, bool) {
	ref := parseElem(elem)
	return DerivationOutput{ref.path, ref.output}, ref.kind == refOutput
}

// wanted lists the store paths and outputs that elements of a context name. All of the paths are known.
func (m *Evaluator) wanted(elems []string) (paths []string, outputs []DerivationOutput, err *Error) {
	for _, e := range elems {
		ref := parseElem(e)
		switch ref.kind {
		case refSecret:
			continue
		case refOutput:
			outputs = append(outputs, DerivationOutput{ref.path, ref.output})
		}
		_, known, err := m.references(ref.path)
		if err != nil {
			return nil, nil, Wrap(err, "%v", err)
		}
		if !known {
			return nil, nil, Errorf(IOFailure, "path '%s' is not valid", path.Base(ref.path))
		}
		paths = append(paths, ref.path)
	}
	return paths, outputs, nil
}

func (m *Evaluator) build(paths []string, outputs []DerivationOutput) (map[string]string, *Error) {
	if m.opts.Store == nil {
		return nil, noStore(paths, outputs)
	}
	built, err := m.opts.Store.Realise(m.Objects(paths), outputs)
	if err != nil {
		return nil, Wrap(err, "%v", err)
	}
	placeholders := make(map[string]string, len(built))
	for out, p := range built {
		placeholders[store.OutputPlaceholder(out.Derivation, out.Output)] = p
	}
	return placeholders, nil
}

func noStore(paths []string, outputs []DerivationOutput) *Error {
	if len(outputs) == 0 {
		return Errorf(IOFailure, "cannot put '%s' into the Nix store because there is none; install Nix", paths[0])
	}
	return Errorf(IOFailure, "cannot build '%s' because there is no Nix store; install Nix", outputs[0])
}

// String is the output as Nix writes it: PATH^OUTPUT.
func (o DerivationOutput) String() string { return o.Derivation + "^" + o.Output }

func notFoundIsNil(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
