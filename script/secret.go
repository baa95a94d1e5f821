package script

// This file holds secrets: values whose text is not shown, which the mask takes out of whatever is printed.

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"nixops4/internal/secret"
)

// Hidden is printed in place of a secret.
const Hidden = secret.Hidden

// Secret is a text that scripts can pass on, compare and hash, and that prints as [Hidden].
type Secret struct{ text string }

var (
	_ starlark.Comparable = Secret{}
	_ starlark.HasBinary  = Secret{}
	_ starlark.HasAttrs   = Secret{}
)

// Reveal returns the text.
func (s Secret) Reveal() string { return s.text }

// String returns [Hidden].
func (s Secret) String() string { return Hidden }

// GoString returns [Hidden], so that no way of formatting shows the text.
func (s Secret) GoString() string { return Hidden }

// Format writes [Hidden] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Hidden)) }

// MarshalJSON is an error, in json.encode too, because JSON is a text that shows.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("JSON would show a secret; give it to ctx.http with json = …, or join a secret text with +")
}

// Type returns "secret".
func (s Secret) Type() string { return "secret" }

// Freeze does nothing.
func (s Secret) Freeze() {}

// Truth reports whether the text is not empty.
func (s Secret) Truth() starlark.Bool { return s.text != "" }

// Hash lets secrets be keys.
func (s Secret) Hash() (uint32, error) { return starlark.String(s.text).Hash() }

// CompareSameType knows equality only: an order would tell something about the text.
func (s Secret) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	same := s.text == y.(Secret).text
	switch op {
	case syntax.EQL:
		return same, nil
	case syntax.NEQ:
		return !same, nil
	}
	return false, fmt.Errorf("secrets can be compared with == and != only, not %s", op)
}

// Binary joins a secret and a string to a secret.
func (s Secret) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	other, ok := textOf(y)
	if op != syntax.PLUS || !ok {
		return nil, nil
	}
	if side == starlark.Left {
		return Secret{s.text + other}, nil
	}
	return Secret{other + s.text}, nil
}

// Attr has sha256, the digest in hexadecimal, and matches(text), which compares with a string.
func (s Secret) Attr(name string) (starlark.Value, error) {
	switch name {
	case "sha256":
		sum := sha256.Sum256([]byte(s.text))
		return starlark.String(hex.EncodeToString(sum[:])), nil
	case "matches":
		return starlark.NewBuiltin("matches", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var with string
			err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &with)
			return starlark.Bool(with == s.text), err
		}), nil
	}
	return nil, nil
}

// AttrNames lists them.
func (s Secret) AttrNames() []string { return []string{"matches", "sha256"} }

// textOf returns the text of a string or a secret.
func textOf(v starlark.Value) (string, bool) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), true
	case starlark.Bytes:
		return string(v), true
	case Secret:
		return v.text, true
	}
	return "", false
}

// Mask takes secrets out of texts.
type Mask = secret.Redactor
