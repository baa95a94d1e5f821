package eval

// This file defines derivations.

// derivationFile is the name under which positions in the definition of derivation are known.
const derivationFile = "<nix/derivation-internal.nix>"

var derivationBuiltins = []*Builtin{}

func derivationValue(m *Evaluator) Value { return Null }

func (m *Evaluator) importDerivation(file string) (Value, *Error) { return Value{}, nil }

func (m *Evaluator) outputString(elem string) (Value, *Error) { return Value{}, nil }
