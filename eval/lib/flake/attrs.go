package flake

// This file defines the attributes that describe an input.

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Attrs describe where something is fetched from: "type" names the scheme, such as git, and the others are the
// scheme's own. A value is a string, a uint64 or a bool.
type Attrs map[string]any

// JSON writes the attributes in order of their names.
func (a Attrs) JSON() string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		panic(err) // strings, integers and booleans can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// text is a string among the attributes.
func (a Attrs) text(name string) (s string, ok bool, err error) {
	v, ok := a[name]
	if !ok {
		return "", false, nil
	}
	s, ok = v.(string)
	if !ok {
		return "", false, fmt.Errorf("input attribute '%s' is not a string %s", name, a.JSON())
	}
	return s, true, nil
}

// required is a string that must be there.
func (a Attrs) required(name string) (string, error) {
	s, ok, err := a.text(name)
	if err == nil && !ok {
		err = fmt.Errorf("input attribute '%s' is missing", name)
	}
	return s, err
}

func (a Attrs) integer(name string) (n uint64, ok bool, err error) {
	v, ok := a[name]
	if !ok {
		return 0, false, nil
	}
	n, ok = v.(uint64)
	if !ok {
		return 0, false, fmt.Errorf("input attribute '%s' is not an integer", name)
	}
	return n, true, nil
}

func (a Attrs) flag(name string) (bool, error) {
	v, ok := a[name]
	if !ok {
		return false, nil
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("input attribute '%s' is not a Boolean", name)
	}
	return b, nil
}

// Clone copies the attributes.
func (a Attrs) Clone() Attrs { return maps.Clone(a) }

// query writes the attributes as the query of a URL.
func (a Attrs) query() map[string]string {
	out := map[string]string{}
	for name, v := range a {
		switch v := v.(type) {
		case string:
			out[name] = v
		case uint64:
			out[name] = strconv.FormatUint(v, 10)
		case bool:
			out[name] = "0"
			if v {
				out[name] = "1"
			}
		}
	}
	return out
}
