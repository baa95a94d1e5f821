package state

// This file defines JSON patches (RFC 6902) and JSON pointers (RFC 6901).

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Patch is an RFC 6902 patch. It applies as a whole or not at all. A nil patch is written as [].
type Patch []Op

// Op is one operation of a patch.
type Op struct {
	Op    string          // "add", "remove", "replace", "move", "copy" or "test"
	Path  string          // JSON pointer
	From  string          // JSON pointer, for move and copy
	Value json.RawMessage // for add, replace and test
}

// hasValue and hasFrom list the operations with those members.
var (
	hasValue = []string{"add", "replace", "test"}
	hasFrom  = []string{"move", "copy"}
)

// ParsePatch decodes a patch and checks its form: operations, members and pointers.
func ParsePatch(data []byte) (Patch, error) {
	if !validJSON(data) {
		return nil, fmt.Errorf("patch: it is not valid JSON")
	}
	return parsePatch(data)
}

// parsePatch is ParsePatch for what is known to be valid JSON. The patch does not share it.
func parsePatch(data []byte) (Patch, error) {
	items, ok := splitArray(data)
	if !ok {
		return nil, fmt.Errorf("patch: want an array of operations")
	}
	p := make(Patch, len(items))
	for i, item := range items {
		members := splitObject(item)
		if members == nil {
			return nil, fmt.Errorf("patch: operation %d: want an object", i)
		}
		op, err := parseOp(members)
		if err != nil {
			return nil, fmt.Errorf("patch: operation %d: %w", i, err)
		}
		p[i] = op
	}
	return p, nil
}

func parseOp(members map[string]json.RawMessage) (Op, error) {
	var op Op
	var err error
	if op.Op, err = stringMember(members, "op"); err != nil {
		return op, err
	}
	known := slices.Contains(hasValue, op.Op) || slices.Contains(hasFrom, op.Op) || op.Op == "remove"
	if !known {
		return op, fmt.Errorf("unknown op %q", op.Op)
	}
	if op.Path, err = pointerMember(members, "path"); err != nil {
		return op, err
	}
	if slices.Contains(hasFrom, op.Op) {
		if op.From, err = pointerMember(members, "from"); err != nil {
			return op, err
		}
	}
	if slices.Contains(hasValue, op.Op) {
		value, ok := members["value"]
		if !ok {
			return op, fmt.Errorf(`%s %q has no "value"`, op.Op, op.Path)
		}
		op.Value = bytes.Clone(compact(value))
	}
	return op, nil
}

func stringMember(members map[string]json.RawMessage, name string) (s string, err error) {
	raw, ok := members[name]
	if !ok {
		return "", fmt.Errorf("no %q", name)
	}
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", fmt.Errorf("%q is not a string", name)
	}
	return s, nil
}

func pointerMember(members map[string]json.RawMessage, name string) (string, error) {
	s, err := stringMember(members, name)
	if err != nil {
		return "", err
	}
	_, err = parsePointer(s)
	return s, err
}

// MarshalJSON writes only the members the operation has.
func (op Op) MarshalJSON() ([]byte, error) {
	b := append([]byte(`{"op":`), quote(op.Op)...)
	if slices.Contains(hasFrom, op.Op) {
		b = append(append(b, `,"from":`...), quote(op.From)...)
	}
	b = append(append(b, `,"path":`...), quote(op.Path)...)
	if slices.Contains(hasValue, op.Op) {
		b = append(append(b, `,"value":`...), compact(op.Value)...)
	}
	return append(b, '}'), nil
}

// check reports whether the patch can be written and read again: whether values are valid JSON, and all is UTF-8.
func (p Patch) check() error {
	for i, op := range p {
		if slices.Contains(hasValue, op.Op) && !validJSON(op.Value) {
			return fmt.Errorf("patch: operation %d: the value for %q is not valid JSON", i, op.Path)
		}
		if !utf8.ValidString(op.Path) || !utf8.ValidString(op.From) {
			return fmt.Errorf("patch: operation %d: the path %q is not UTF-8", i, op.Path)
		}
	}
	return nil
}

// validJSON is json.Valid that does not accept strings that are not UTF-8.
func validJSON(text []byte) bool { return json.Valid(text) && utf8.Valid(text) }

// MarshalJSON writes an array, also for a nil patch.
func (p Patch) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, op := range p {
		if i > 0 {
			b = append(b, ',')
		}
		item, err := op.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b = append(b, item...)
	}
	return append(b, ']'), nil
}

// UnmarshalJSON is [ParsePatch].
func (p *Patch) UnmarshalJSON(data []byte) error {
	parsed, err := ParsePatch(data)
	*p = parsed
	return err
}

// Pointer returns the JSON pointer with these reference tokens.
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(t, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

func parsePointer(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	if s[0] != '/' {
		return nil, fmt.Errorf("%q is not a JSON pointer: it does not start with /", s)
	}
	tokens := strings.Split(s[1:], "/")
	for i, t := range tokens {
		if !strings.Contains(t, "~") {
			continue
		}
		for j := 0; j < len(t); j++ {
			if t[j] == '~' && (j+1 == len(t) || t[j+1] != '0' && t[j+1] != '1') {
				return nil, fmt.Errorf("%q is not a JSON pointer: ~ must be followed by 0 or 1", s)
			}
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens, nil
}

// quote returns s as a JSON string, without escaping for HTML.
func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string can always be encoded
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
