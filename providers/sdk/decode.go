package sdk

// This file turns properties into structs and back.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"nixops4/internal/spell"
	"nixops4/providers/protocol"
)

// decodeInputs decodes inputs strictly.
func decodeInputs[In any](p protocol.Properties) (In, error) {
	var in In
	d := decoder{what: "input", strict: true}
	err := d.object("", p, reflect.ValueOf(&in).Elem())
	return in, err
}

// decodeExisting decodes what was recorded, ignoring what is unknown or missing.
func decodeExisting[In, Out any](r protocol.Resource) (Existing[In, Out], error) {
	var e Existing[In, Out]
	d := decoder{what: "recorded input"}
	if err := d.object("", r.InputProperties, reflect.ValueOf(&e.Inputs).Elem()); err != nil {
		return e, err
	}
	if r.OutputProperties == nil {
		return e, nil
	}
	e.Outputs = new(Out)
	d.what = "recorded output"
	return e, d.object("", r.OutputProperties, reflect.ValueOf(e.Outputs).Elem())
}

// decoder decodes JSON into Go values. Its errors name the place and kinds, never values, which may be secret.
type decoder struct {
	what   string // what the outermost properties are, for errors
	strict bool   // unknown and missing names are errors
}

// field is one member of a struct.
type field struct {
	name     string
	optional bool
	index    int
}

func fields(t reflect.Type) []field {
	var fs []field
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		optional := strings.Contains(options, "omit") || t.Field(i).Type.Kind() == reflect.Pointer
		fs = append(fs, field{name, optional, i})
	}
	return fs
}

func fieldNames[T any]() []string {
	names := []string{}
	for _, f := range fields(reflect.TypeFor[T]()) {
		names = append(names, f.name)
	}
	return names
}

// place names the property at path for a message.
func (d decoder) place(path string) string { return fmt.Sprintf("%s %q", d.what, path) }

func (d decoder) object(path string, members map[string]json.RawMessage, dst reflect.Value) error {
	fs := fields(dst.Type())
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.name
	}
	// Unknown names come first: a mistyped one shows as both unknown and missing, and the suggestion explains more.
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if d.strict && !slices.Contains(names, name) {
			return d.unknown(join(path, name), name, names)
		}
	}
	for _, f := range fs {
		value, ok := members[f.name]
		if !ok || f.optional && string(value) == "null" {
			if d.strict && !f.optional {
				return fmt.Errorf("missing %s", d.place(join(path, f.name)))
			}
			continue
		}
		if err := d.value(join(path, f.name), value, dst.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d decoder) unknown(path, name string, known []string) error {
	if hint := spell.Hint(name, known); hint != "" {
		return fmt.Errorf("unknown %s; %s", d.place(path), hint)
	}
	return fmt.Errorf("unknown %s; known are: %s", d.place(path), strings.Join(known, ", "))
}

func (d decoder) value(path string, value json.RawMessage, dst reflect.Value) error {
	mismatch := func() error {
		return fmt.Errorf("%s: want %s, got %s", d.place(path), kindOf(dst.Type()), jsonKind(value))
	}
	switch t := dst.Type(); {
	case t == reflect.TypeFor[json.RawMessage]():
		dst.SetBytes(bytes.Clone(value))
		return nil
	case t.Kind() == reflect.Pointer:
		dst.Set(reflect.New(t.Elem()))
		return d.value(path, value, dst.Elem())
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		if err := json.Unmarshal(value, dst.Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", d.place(path), err)
		}
		return nil
	case t.Kind() == reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil || members == nil {
			return mismatch()
		}
		return d.object(path, members, dst)
	case t.Kind() == reflect.Map:
		return d.mapping(path, value, dst, mismatch)
	case t.Kind() == reflect.Slice:
		return d.list(path, value, dst, mismatch)
	}
	if string(value) == "null" || json.Unmarshal(value, dst.Addr().Interface()) != nil {
		return mismatch()
	}
	return nil
}

func (d decoder) list(path string, value json.RawMessage, dst reflect.Value, mismatch func() error) error {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || items == nil {
		return mismatch()
	}
	dst.Set(reflect.MakeSlice(dst.Type(), len(items), len(items)))
	for i, item := range items {
		if err := d.value(fmt.Sprintf("%s[%d]", path, i), item, dst.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d decoder) mapping(path string, value json.RawMessage, dst reflect.Value, mismatch func() error) error {
	var items map[string]json.RawMessage
	if json.Unmarshal(value, &items) != nil || items == nil {
		return mismatch()
	}
	dst.Set(reflect.MakeMapWithSize(dst.Type(), len(items)))
	for _, name := range slices.Sorted(maps.Keys(items)) {
		v := reflect.New(dst.Type().Elem()).Elem()
		if err := d.value(join(path, name), items[name], v); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(name), v)
	}
	return nil
}

// kindOf names what a Go type accepts, in the words of the expression language.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16:
		return "an integer in range"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Slice:
		return "a list"
	default:
		return "an attribute set"
	}
}

// jsonKind names the kind of a JSON value in the words of the expression language.
func jsonKind(value json.RawMessage) string {
	switch value[0] {
	case '{':
		return "an attribute set"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

// marshal is json.Marshal without escaping for HTML, so that values look like what the user wrote.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// encodeProperties encodes a struct, or a map, as properties.
func encodeProperties(v any) (protocol.Properties, error) {
	text, err := marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding outputs: %w", err)
	}
	var p protocol.Properties
	if json.Unmarshal(text, &p) != nil || p == nil {
		return nil, fmt.Errorf("encoding outputs: %T is not an attribute set", v)
	}
	return p, nil
}

func encodeFound[In, Out any](f Found[In, Out]) (outputs, inputs protocol.Properties, err error) {
	if outputs, err = encodeProperties(f.Outputs); err != nil || f.Inputs == nil {
		return outputs, nil, err
	}
	inputs, err = encodeProperties(*f.Inputs)
	return outputs, inputs, err
}

// changedInputs returns the names of inputs that differ, in order.
func changedInputs(before, after protocol.Properties) []string {
	var names []string
	for name, value := range after {
		if old, ok := before[name]; !ok || !sameJSON(old, value) {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// sameJSON compares two values without regard to white space and the order of names. Numbers are the same when they are written the same.
func sameJSON(a, b json.RawMessage) bool {
	decode := func(text json.RawMessage) (v any) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return text
		}
		return v
	}
	return reflect.DeepEqual(decode(a), decode(b))
}
