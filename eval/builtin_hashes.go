package eval

// This file defines the builtins on hashes of strings.

import "nixops4/eval/store"

var hashBuiltins = []*Builtin{
	{Name: "hashString", Args: []string{"type", "s"}, Strict: 1, F2: hashString, Doc: "The hash of *s* in base 16. *type* is one of `\"md5\"`, `\"sha1\"`, `\"sha256\"`, `\"sha512\"` and, with the feature `blake3-hashes`, `\"blake3\"`."},
	{Name: "convertHash", Args: []string{"args"}, Strict: 1, F1: convertHash, Doc: "A hash in another notation. `hash` is in any of them; `hashAlgo` names its algorithm unless the hash does, as `sha256:…` or `sha256-…`; `toHashFormat` is one of `\"base16\"`, `\"nix32\"`, `\"base64\"` and `\"sri\"`."},
}

// needAlgo is the error of naming an algorithm that is an experimental feature which is off.
func (m *Evaluator) needAlgo(name string) *Error {
	if name == string(store.BLAKE3) {
		return m.NeedFeature("blake3-hashes")
	}
	return nil
}

func (m *Evaluator) parseAlgo(name string) (store.Algo, *Error) {
	if err := m.needAlgo(name); err != nil {
		return "", err
	}
	a, err := store.ParseAlgo(name)
	if err != nil {
		return "", Errorf(Other, "%v", err)
	}
	return a, nil
}

func hashString(m *Evaluator, typ, s Value) (Value, *Error) {
	name, err := m.forceStringNoContext(typ, 0, "while evaluating the first argument passed to builtins.hashString")
	if err != nil {
		return Value{}, err
	}
	algo, err := m.parseAlgo(name)
	if err != nil {
		return Value{}, err
	}
	text, err := m.forceString(s, 0, "while evaluating the second argument passed to builtins.hashString")
	if err != nil {
		return Value{}, err
	}
	h, err := hash(m, algo, text.Text())
	if err != nil {
		return Value{}, err
	}
	return StringWithContext(h.Format(store.Base16), text.Context().secrets()), nil
}

// hashPiece is how much is hashed between two looks at the bounds.
const hashPiece = 4 << 20

func hash[T string | []byte](m *Evaluator, algo store.Algo, text T) (store.Hash, *Error) {
	if len(text) <= hashPiece {
		return store.HashString(algo, string(text)), nil
	}
	h := algo.New()
	for len(text) > 0 {
		if err := m.check(); err != nil {
			return store.Hash{}, err
		}
		n := min(len(text), hashPiece)
		h.Write([]byte(text[:n]))
		text = text[n:]
	}
	return store.Hash{Algo: algo, Sum: h.Sum(nil)}, nil
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
	if a.slot(m.Sym("hashAlgo")) != nil {
		if algo, err = m.parseAlgo(name); err != nil {
			return Value{}, err
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
	if err := m.needAlgo(store.NamedAlgo(hash)); err != nil {
		return Value{}, err
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
