package plan

// This file compares JSON values.

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Equal reports whether two JSON values are equal: objects without regard to order, numbers by value.
// Text that is not JSON is equal only to itself.
func Equal(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decode(a)
	y, errY := decode(b)
	return errX == nil && errY == nil && equalValues(x, y)
}

// EqualObjects reports whether two objects have the same names with equal values.
func EqualObjects(a, b Object) bool { return maps.EqualFunc(a, b, Equal) }

// Changes returns the names whose values differ or that only one of the objects has, sorted.
func Changes(a, b Object) []string {
	var names []string
	for name, value := range a {
		if other, ok := b[name]; !ok || !Equal(value, other) {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// decode keeps numbers as they are written: large integers must not be rounded.
func decode(text json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func equalValues(x, y any) bool {
	switch x := x.(type) {
	case map[string]any:
		y, ok := y.(map[string]any)
		return ok && maps.EqualFunc(x, y, equalValues)
	case []any:
		y, ok := y.([]any)
		return ok && slices.EqualFunc(x, y, equalValues)
	case json.Number:
		y, ok := y.(json.Number)
		return ok && equalNumbers(string(x), string(y))
	}
	return x == y
}

func equalNumbers(x, y string) bool {
	if x == y {
		return true
	}
	if !strings.ContainsAny(x+y, ".eE") {
		return false // integers have one written form, except for -0
	}
	f, errF := strconv.ParseFloat(x, 64)
	g, errG := strconv.ParseFloat(y, 64)
	return errF == nil && errG == nil && f == g
}
