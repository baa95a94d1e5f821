package eval

// This file defines the builtins on hashes of strings.

import "nixops4/eval/store"

var hashBuiltins = []*Builtin{
	{Name: "hashString", Args: []string{"type", "s"}, Strict: 1, F2: hashString, Doc: "The hash of *s* in base 16. *type* is one of `\"md5\"`, `\"sha1\"`, `\"sha256\"` and `\"sha512\"`."},
	{Name: "convertHash", Args: []string{"args"}, Strict: 1, F1: convertHash, Doc: "A hash in another notation. `hash` is in any of them; `hashAlgo` names its algorithm unless the hash does, as `sha256:…` or `sha256-…`; `toHashFormat` is one of `\"base16\"`, `\"nix32\"`, `\"base64\"` and `\"sri\"`."},
}

func hashString(m *Evaluator, typ, s Value) (Value, *Error) {
	name, err := m.forceStringNoContext(typ, 0, "while evaluating the first argument passed to builtins.hashString")
	if err != nil {
		return Value{}, err
	}
	algo, bad := store.ParseAlgo(name)
	if bad != nil {
		return Value{}, Errorf(Other, "%v", bad)
	}
	text, err := m.forceString(s, 0, "while evaluating the second argument passed to builtins.hashString")
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(store.HashString(algo, text.Text()).Format(store.Base16), text.Context().secrets()), nil
}

func convertHash(m *Evaluator, args Value) (Value, *Error) {
	a, err := m.forceAttrs(args, 0, "while evaluating the first argument passed to builtins.convertHash")
	if err != nil {
		return Value{}, err
	}
	hash, err := m.hashArgument(a, "hash", true)
	if err != nil {
		return Value{}, err
	}
	name, err := m.hashArgument(a, "hashAlgo", false)
	if err != nil {
		return Value{}, err
	}
	var algo store.Algo
	var bad error
	if a.slot(m.Sym("hashAlgo")) != nil {
		if algo, bad = store.ParseAlgo(name); bad != nil {
			return Value{}, Errorf(Other, "%v", bad)
		}
	}
	to, err := m.hashArgument(a, "toHashFormat", true)
	if err != nil {
		return Value{}, err
	}
	format, ok := store.ParseFormat(to)
	if !ok {
		return Value{}, Errorf(Other, "unknown hash format '%s', expect 'base16', 'base32', 'base64', or 'sri'", to)
	}
	if to == "base32" {
		m.Log(`warning: "base32" is a deprecated alias for hash format "nix32".`)
	}
	h, bad := store.ParseHash(hash, algo)
	if bad != nil {
		return Value{}, Errorf(Other, "%v", bad)
	}
	return String(h.Format(format)), nil
}

// hashArgument takes a string from the argument of convertHash.
func (m *Evaluator) hashArgument(a *Attrs, name string, required bool) (string, *Error) {
	p := a.slot(m.Sym(name))
	if p == nil {
		if !required {
			return "", nil
		}
		return "", Errorf(Undefined, "attribute '%s' missing", name).trace(0, "while locating the attribute '"+name+"'")
	}
	return m.forceStringNoContext(*p, 0, "while evaluating the attribute '"+name+"'")
}
