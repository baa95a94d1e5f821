package script

// This file converts between JSON and values of scripts.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"nixops4/engine/addr"
)

type (
	addrPath = addr.Path
	rawJSON  = json.RawMessage
)

// marks say which parts of a value are secret: those at the places, each a list of names and indexes; all of it when one is empty.
type marks struct {
	mask   *Mask // is told the secrets
	places [][]string
}

// all reports whether the value itself is secret.
func (m marks) all() bool {
	return slices.ContainsFunc(m.places, func(at []string) bool { return len(at) == 0 })
}

// below returns the marks of a part.
func (m marks) below(step string) marks {
	if len(m.places) == 0 || m.all() {
		return m
	}
	part := marks{mask: m.mask}
	for _, at := range m.places {
		if at[0] == step {
			part.places = append(part.places, at[1:])
		}
	}
	return part
}

// fromJSON makes a value. Texts and numbers that are marked become secrets.
func fromJSON(text json.RawMessage, secret marks) (starlark.Value, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	return fromPlain(v, secret)
}

func fromPlain(v any, secret marks) (starlark.Value, error) {
	switch v := v.(type) {
	case nil:
		return starlark.None, nil
	case bool:
		return starlark.Bool(v), nil
	case string:
		if secret.all() {
			secret.mask.Add(v)
			return Secret{v}, nil
		}
		return starlark.String(v), nil
	case json.Number:
		if secret.all() {
			secret.mask.Add(string(v))
			return Secret{string(v)}, nil
		}
		return number(string(v))
	case []any:
		list := make([]starlark.Value, len(v))
		for i, element := range v {
			converted, err := fromPlain(element, secret.below(strconv.Itoa(i)))
			if err != nil {
				return nil, err
			}
			list[i] = converted
		}
		return starlark.NewList(list), nil
	case map[string]any:
		dict := starlark.NewDict(len(v))
		for _, key := range sortedKeys(v) {
			converted, err := fromPlain(v[key], secret.below(key))
			if err != nil {
				return nil, err
			}
			if err := dict.SetKey(starlark.String(key), converted); err != nil {
				return nil, err
			}
		}
		return dict, nil
	}
	return nil, fmt.Errorf("a %T cannot be converted", v)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func number(text string) (starlark.Value, error) {
	if !strings.ContainsAny(text, ".eE") {
		i, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("%q is not a number", text)
		}
		return starlark.MakeBigInt(i), nil
	}
	f, err := json.Number(text).Float64()
	return starlark.Float(f), err
}

// toJSON encodes a value for a provider or a server. Secrets are written out.
func toJSON(v starlark.Value) (json.RawMessage, error) {
	if err := shallow(v); err != nil {
		return nil, err
	}
	e := encoder{reveal: true}
	plain := e.plain(v)
	if e.err != nil {
		return nil, e.err
	}
	return encode(plain, "")
}

// encode writes JSON in which characters such as < stay as they are.
func encode(plain any, indent string) (json.RawMessage, error) {
	var b bytes.Buffer
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false)
	j.SetIndent("", indent)
	err := j.Encode(plain)
	return bytes.TrimSpace(b.Bytes()), err
}

// plain makes a Go value of v for a record, secrets hidden.
func (r *run) plain(v starlark.Value) any { return plainValue(v, r.mask) }

// plainValue makes a Go value that can be encoded as JSON. What has no form in JSON is written as a string.
func plainValue(v starlark.Value, mask *Mask) any {
	e := encoder{mask: mask}
	return e.plain(v)
}

// encoder makes Go values.
type encoder struct {
	mask   *Mask
	reveal bool // write secrets out, and refuse what JSON does not have
	err    error
}

func (e *encoder) plain(v starlark.Value) any {
	switch v := v.(type) {
	case starlark.NoneType:
		return nil
	case starlark.Bool:
		return bool(v)
	case starlark.Int:
		return json.Number(v.String())
	case starlark.Float:
		return float(v)
	case starlark.String:
		return e.text(string(v))
	case Secret:
		if e.reveal {
			return v.text
		}
		return Hidden
	case startime.Duration:
		return time.Duration(v).String()
	case startime.Time:
		return time.Time(v).Format(time.RFC3339Nano)
	case *starlarkstruct.Struct:
		m := map[string]any{}
		for name, field := range v.Entries() {
			m[e.text(name)] = e.plain(field)
		}
		return m
	case *record:
		m := map[string]any{}
		for _, name := range v.names {
			m[name] = e.plain(v.fields[name])
		}
		return m
	case starlark.IterableMapping:
		return e.mapping(v)
	case starlark.Iterable:
		list := []any{}
		for element := range starlark.Elements(v) {
			list = append(list, e.plain(element))
		}
		return list
	}
	if e.reveal {
		e.err = errors.Join(e.err, fmt.Errorf("a %s cannot be written as JSON", v.Type()))
	}
	return e.text(v.String())
}

func (e *encoder) text(s string) string {
	if e.mask == nil {
		return s
	}
	return e.mask.Hide(s)
}

func (e *encoder) mapping(v starlark.IterableMapping) any {
	m := map[string]any{}
	for _, item := range v.Items() {
		key, ok := starlark.AsString(item[0])
		if !ok {
			if e.reveal {
				e.err = errors.Join(e.err, fmt.Errorf("a key in JSON is a string, not %s", item[0].Type()))
			}
			key = item[0].String()
		}
		m[e.text(key)] = e.plain(item[1])
	}
	return m
}

// float is a number that JSON may not have, such as an infinite one.
func float(f starlark.Float) any {
	text := f.String()
	if strings.Trim(text, "+-0123456789.eE") != "" {
		return text
	}
	return float64(f)
}

// record is a value with fields, such as the result of a command. Its truth is that of its field ok, if it has one.
type record struct {
	kind   string
	names  []string
	fields map[string]starlark.Value
	frozen bool
}

func newRecord(kind string, pairs ...any) *record {
	r := &record{kind: kind, fields: map[string]starlark.Value{}}
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		r.names = append(r.names, name)
		r.fields[name] = pairs[i+1].(starlark.Value)
	}
	return r
}

func (r *record) String() string {
	parts := make([]string, len(r.names))
	for i, name := range r.names {
		parts[i] = name + " = " + r.fields[name].String()
	}
	return r.kind + "(" + strings.Join(parts, ", ") + ")"
}

func (r *record) Type() string { return r.kind }

func (r *record) Freeze() {
	if r.frozen {
		return
	}
	r.frozen = true
	for _, v := range r.fields {
		v.Freeze()
	}
}

func (r *record) Truth() starlark.Bool {
	if ok, has := r.fields["ok"]; has {
		return ok.Truth()
	}
	return true
}

func (r *record) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", r.kind) }

// Attr returns a field.
func (r *record) Attr(name string) (starlark.Value, error) { return r.fields[name], nil }

// AttrNames lists the fields.
func (r *record) AttrNames() []string { return slices.Sorted(slices.Values(r.names)) }
