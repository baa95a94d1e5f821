package worker

// This file converts values to JSON as builtins.toJSON does, and beyond it: leaf by leaf past what is not known.

import (
	"bytes"
	"encoding/json"
	"strconv"

	"nixops4/eval"
)

// converter makes JSON. A converter with unknown set puts null for values that need an output, and notes them there; else
// they are errors like others.
type converter struct {
	m       *eval.Evaluator
	unknown *[]Unknown
	secret  *[][]string // takes in where strings made from secrets are; may be nil
	at      []string    // where the value being converted is
	context []string    // what its strings refer to, secrets apart
	depth   int
	mask    bool // put words in place of secrets
	// public says that everybody can see the value, and what it is; secrets are errors then. "": it may have secrets in it.
	public string
	// failures, when not nil, takes in all other errors, so that conversion goes on past them too.
	failures *[]leafFailure
}

// leafFailure is an error and where in the value it is.
type leafFailure struct {
	at  []string
	err *eval.Error
}

// maxDepth bounds how deep a value may be nested. Deeper ones are infinite in practice, and no provider could read them.
const maxDepth = 10_000

func (c *converter) convert(v eval.Value) (json.RawMessage, *eval.Error) {
	var b bytes.Buffer
	if err := c.value(&b, v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (c *converter) value(b *bytes.Buffer, v eval.Value) *eval.Error {
	if c.depth >= maxDepth {
		return eval.Errorf(eval.Limit, "the value is nested more than %d levels deep, or contains itself", maxDepth)
	}
	c.depth++
	defer func() { c.depth-- }()
	start := b.Len()
	v, err := c.m.Force(v)
	if err != nil {
		return c.leave(b, err)
	}
	switch v.Kind() {
	case eval.KindNull:
		b.WriteString("null")
	case eval.KindBool:
		b.WriteString(strconv.FormatBool(v.BoolVal()))
	case eval.KindInt:
		b.WriteString(strconv.FormatInt(v.IntVal(), 10))
	case eval.KindString:
		if err := c.string(b, v); err != nil {
			return c.leave(b, err)
		}
	case eval.KindList:
		return c.list(b, v.Elems())
	case eval.KindAttrs:
		if err := c.attrs(b, v); err != nil {
			b.Truncate(start)
			return c.leave(b, err)
		}
	default:
		if err := c.scalar(b, v); err != nil {
			return c.leave(b, err)
		}
	}
	return nil
}

// leave writes null for a value that needs an output, if that is wanted, and for one that is wrong, if all such are. Any other error it
// returns.
func (c *converter) leave(b *bytes.Buffer, err *eval.Error) *eval.Error {
	if c.failures != nil && err.Kind != eval.Needs && err.Kind != eval.Canceled {
		*c.failures = append(*c.failures, leafFailure{append([]string{}, c.at...), err})
		b.WriteString("null")
		return nil
	}
	if err.Kind != eval.Needs || c.unknown == nil {
		return err
	}
	*c.unknown = append(*c.unknown, Unknown{append([]string{}, c.at...), Output{err.Path, err.Output}})
	b.WriteString("null")
	return nil
}

func (c *converter) string(b *bytes.Buffer, v eval.Value) *eval.Error {
	if c.public != "" {
		if err := refuseSecret(v, c.public); err != nil {
			return err
		}
	}
	if c.mask && v.Context().Secret() {
		b.WriteString(`"(sensitive)"`)
		return nil
	}
	if c.secret != nil && v.Context().Secret() {
		*c.secret = append(*c.secret, append([]string{}, c.at...))
	}
	for _, elem := range v.Context().Elems() {
		if elem[0] != '?' { // a secret, nothing that has to exist
			c.context = append(c.context, elem)
		}
	}
	text := v.Text()
	if plainASCII(text) {
		b.WriteByte('"')
		b.WriteString(text)
		b.WriteByte('"')
		return nil
	}
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // strings are JSON
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
	return nil
}

// refuseSecret is the error of a string that is made from a secret in a place where it would show.
func refuseSecret(v eval.Value, where string) *eval.Error {
	for _, elem := range v.Context().Elems() {
		if elem[0] == '?' {
			return eval.Errorf(eval.Other, "a string made from the secret %s cannot be put into %s", elem[1:], where)
		}
	}
	return nil
}

// plainASCII says that a string needs no escapes.
func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (c *converter) list(b *bytes.Buffer, elems []eval.Value) *eval.Error {
	b.WriteByte('[')
	for i, elem := range elems {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := c.inside(b, strconv.Itoa(i), elem); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

// inside converts a value one step further in. An error is returned with the step still on c.at.
func (c *converter) inside(b *bytes.Buffer, step string, v eval.Value) *eval.Error {
	c.at = append(c.at, step)
	if err := c.value(b, v); err != nil {
		return err
	}
	c.at = c.at[:len(c.at)-1]
	return nil
}

// attrs converts a set: what has __toString is a string, and a derivation its output's path.
func (c *converter) attrs(b *bytes.Buffer, v eval.Value) *eval.Error {
	set := v.Attrs()
	if _, ok := c.m.Get(set, "__toString"); ok {
		text, err := c.m.CoerceString(v, "while converting a set with __toString to JSON")
		if err != nil {
			return err
		}
		return c.string(b, text)
	}
	if path, ok := c.m.Get(set, "outPath"); ok {
		return c.value(b, path)
	}
	b.WriteByte('{')
	for i, attr := range c.m.Sorted(set) {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := c.string(b, eval.String(attr.Name)); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := c.inside(b, attr.Name, *attr.Slot); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// scalar leaves the rest, paths and floats and the error for functions, to the evaluator.
func (c *converter) scalar(b *bytes.Buffer, v eval.Value) *eval.Error {
	text, context, err := c.m.ToJSON(v)
	if err != nil {
		return err
	}
	b.WriteString(text)
	c.context = append(c.context, context.Elems()...)
	return nil
}
