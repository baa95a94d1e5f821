package protocol

// This file turns messages into lines and back.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Encode returns r as one line with its newline.
func Encode(m interface{ Kind() string }) ([]byte, error) {
	line, err := marshal(map[string]any{m.Kind(): m})
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", m.Kind(), err)
	}
	return line, nil
}

// marshal is json.Marshal that does not escape "<", ">" and "&", and adds a newline.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// MarshalJSON writes a nil map as {}.
func (p Properties) MarshalJSON() ([]byte, error) {
	if p == nil {
		return []byte("{}"), nil
	}
	return marshal(map[string]json.RawMessage(p))
}

// UnknownKindError says that a message has a kind this package does not know.
type UnknownKindError struct{ Kind string }

func (e *UnknownKindError) Error() string { return fmt.Sprintf("unknown message kind %q", e.Kind) }

// DecodeRequest decodes one line, with or without its newline. Unknown and missing keys are errors.
func DecodeRequest(line []byte) (Request, error) {
	return decode(line, requestDecoders())
}

// DecodeResponse decodes one line, with or without its newline. Missing keys are errors, unknown ones are ignored.
func DecodeResponse(line []byte) (Response, error) {
	return decode(line, responseDecoders())
}

func decode[M any](line []byte, decoders map[string]func(json.RawMessage) (M, error)) (M, error) {
	var none M
	if !utf8.Valid(line) {
		return none, fmt.Errorf("message is not valid UTF-8 at byte %d", invalidUTF8(line))
	}
	var wrapper map[string]json.RawMessage
	if err := json.Unmarshal(line, &wrapper); err != nil {
		return none, syntaxError(line, err)
	}
	if len(wrapper) != 1 {
		return none, fmt.Errorf("message has %d keys, want exactly one", len(wrapper))
	}
	for kind, body := range wrapper {
		d, ok := decoders[kind]
		if !ok {
			return none, &UnknownKindError{kind}
		}
		return d(body)
	}
	panic("unreachable")
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

func syntaxError(line []byte, err error) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return fmt.Errorf("message is empty")
	}
	if se, ok := err.(*json.SyntaxError); ok {
		return fmt.Errorf("message is not JSON: %w at byte %d", err, se.Offset)
	}
	return fmt.Errorf("message is not a JSON object but %s", jsonKind(line))
}

func requestDecoders() map[string]func(json.RawMessage) (Request, error) {
	m := map[string]func(json.RawMessage) (Request, error){}
	addRequest[CreateResourceRequest](m)
	addRequest[UpdateResourceRequest](m)
	addRequest[StateResourceReadRequest](m)
	addRequest[StateResourceEvent](m)
	addRequest[DescribeRequest](m)
	addRequest[DestroyResourceRequest](m)
	addRequest[ReadResourceRequest](m)
	addRequest[PlanResourceRequest](m)
	addRequest[ImportResourceRequest](m)
	addRequest[CallMethodRequest](m)
	addRequest[StateSnapshotRequest](m)
	addRequest[StateEventsRequest](m)
	addRequest[StateAppendRequest](m)
	addRequest[StateLockRequest](m)
	addRequest[StateUnlockRequest](m)
	addRequest[StateHolderRequest](m)
	addRequest[StateRepairRequest](m)
	addRequest[StateCompactRequest](m)
	return m
}

func responseDecoders() map[string]func(json.RawMessage) (Response, error) {
	m := map[string]func(json.RawMessage) (Response, error){}
	addResponse[CreateResourceResponse](m)
	addResponse[UpdateResourceResponse](m)
	addResponse[StateResourceReadResponse](m)
	addResponse[StateResourceEventResponse](m)
	addResponse[ErrorResponse](m)
	addResponse[DescribeResponse](m)
	addResponse[DestroyResourceResponse](m)
	addResponse[ReadResourceResponse](m)
	addResponse[PlanResourceResponse](m)
	addResponse[ImportResourceResponse](m)
	addResponse[CallMethodResponse](m)
	addResponse[StateSnapshotResponse](m)
	addResponse[StateEventsResponse](m)
	addResponse[StateAppendResponse](m)
	addResponse[StateLockResponse](m)
	addResponse[StateUnlockResponse](m)
	addResponse[StateHolderResponse](m)
	addResponse[StateRepairResponse](m)
	addResponse[StateCompactResponse](m)
	return m
}

func addRequest[T Request](m map[string]func(json.RawMessage) (Request, error)) {
	var zero T
	m[zero.Kind()] = func(body json.RawMessage) (Request, error) {
		var v T
		err := decodeObject(zero.Kind(), body, reflect.ValueOf(&v).Elem(), true)
		return v, err
	}
}

func addResponse[T Response](m map[string]func(json.RawMessage) (Response, error)) {
	var zero T
	m[zero.Kind()] = func(body json.RawMessage) (Response, error) {
		var v T
		err := decodeObject(zero.Kind(), body, reflect.ValueOf(&v).Elem(), false)
		return v, err
	}
}

// decodeObject decodes the object body into the struct dst by the exact names of its keys (encoding/json alone would ignore case
// and accept a missing key). strict makes unknown keys errors. where is the path of the object, for errors.
func decodeObject(where string, body json.RawMessage, dst reflect.Value, strict bool) error {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object == nil {
		return fmt.Errorf("%s: want an object, got %s", where, jsonKind(body))
	}
	known := make([]string, 0, dst.NumField())
	for i := range dst.NumField() {
		name, options, _ := strings.Cut(dst.Type().Field(i).Tag.Get("json"), ",")
		known = append(known, name)
		value, ok := object[name]
		optional := options != ""
		if !ok || optional && string(value) == "null" {
			if !optional {
				return fmt.Errorf("%s: missing key %q", where, name)
			}
			continue
		}
		if err := decodeField(where+"."+name, value, dst.Field(i), strict); err != nil {
			return err
		}
	}
	if strict {
		return checkKeys(where, object, known)
	}
	return nil
}

func checkKeys(where string, object map[string]json.RawMessage, known []string) error {
	var unknown []string
	for name := range object {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown) // the first in order, so that the message is always the same
	if len(known) == 0 {
		return fmt.Errorf("%s: unknown key %q (it has no keys)", where, unknown[0])
	}
	return fmt.Errorf("%s: unknown key %q (known: %s)", where, unknown[0], strings.Join(known, ", "))
}

func decodeField(where string, value json.RawMessage, dst reflect.Value, strict bool) error {
	switch {
	case dst.Type() == reflect.TypeFor[json.RawMessage]():
		if dst.CanSet() {
			dst.SetBytes(slices.Clone(value))
		}
		return nil
	case dst.Kind() == reflect.Struct:
		return decodeObject(where, value, dst, strict)
	case dst.Kind() == reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return decodeField(where, value, dst.Elem(), strict)
	case dst.Kind() == reflect.Slice && dst.Type().Elem().Kind() != reflect.String:
		return decodeSlice(where, value, dst, strict)
	case dst.Kind() == reflect.Map && dst.Type().Elem().Kind() == reflect.Struct:
		return decodeMap(where, value, dst, strict)
	}
	if string(value) == "null" || json.Unmarshal(value, dst.Addr().Interface()) != nil {
		return fmt.Errorf("%s: want %s, got %s", where, goKind(dst.Type()), jsonKind(value))
	}
	return nil
}

func decodeSlice(where string, value json.RawMessage, dst reflect.Value, strict bool) error {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || items == nil {
		return fmt.Errorf("%s: want an array, got %s", where, jsonKind(value))
	}
	dst.Set(reflect.MakeSlice(dst.Type(), len(items), len(items)))
	for i, item := range items {
		if err := decodeField(where+"["+strconv.Itoa(i)+"]", item, dst.Index(i), strict); err != nil {
			return err
		}
	}
	return nil
}

func decodeMap(where string, value json.RawMessage, dst reflect.Value, strict bool) error {
	var items map[string]json.RawMessage
	if json.Unmarshal(value, &items) != nil || items == nil {
		return fmt.Errorf("%s: want an object, got %s", where, jsonKind(value))
	}
	dst.Set(reflect.MakeMapWithSize(dst.Type(), len(items)))
	for name, item := range items {
		v := reflect.New(dst.Type().Elem()).Elem()
		if err := decodeField(where+"."+name, item, v, strict); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(name), v)
	}
	return nil
}

// goKind names what a field of type t wants, with its article.
func goKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Int, reflect.Uint64:
		return "an integer"
	case reflect.Slice:
		return "an array of strings"
	default:
		return "an object"
	}
}

// jsonKind names the kind of a JSON value, with its article. It never repeats the value, which may be secret.
func jsonKind(value []byte) string {
	value = bytes.TrimSpace(value)
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
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
