package eval

// This file defines the builtins on package names and versions.

import (
	"strconv"
	"strings"
)

var versionBuiltins = []*Builtin{
	{Name: "parseDrvName", Args: []string{"s"}, Strict: 1, F1: parseDrvName, Doc: "The name of a package taken apart: `version` is what follows the first dash that no letter comes after, and `name` what is before it."},
	{Name: "compareVersions", Args: []string{"s1", "s2"}, Strict: 1, F2: compareVersions, Doc: "-1 if version *s1* is older than *s2*, 1 if it is newer, 0 if they are equal. Versions are compared component by component as `splitVersion` gives them: numbers by value, `\"pre\"` before everything else, and words before numbers."},
	{Name: "splitVersion", Args: []string{"s"}, Strict: 1, F1: splitVersion, Doc: "The components of a version: runs of digits and runs of other characters, apart from the dots and dashes between them."},
}

func parseDrvName(m *Evaluator, s Value) (Value, *Error) {
	text, err := m.forceStringNoContext(s, 0, "while evaluating the first argument passed to builtins.parseDrvName")
	if err != nil {
		return Value{}, err
	}
	name, version := text, ""
	for i := 0; i+1 < len(text); i++ {
		if c := text[i+1]; text[i] == '-' && !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			name, version = text[:i], text[i+1:]
			break
		}
	}
	return m.MakeAttrs([]Binding{{Sym: m.names.name, Value: String(name)}, {Sym: m.Sym("version"), Value: String(version)}}), nil
}

func compareVersions(m *Evaluator, a, b Value) (Value, *Error) {
	x, err := m.forceStringNoContext(a, 0, "while evaluating the first argument passed to builtins.compareVersions")
	if err != nil {
		return Value{}, err
	}
	y, err := m.forceStringNoContext(b, 0, "while evaluating the second argument passed to builtins.compareVersions")
	if err != nil {
		return Value{}, err
	}
	for x != "" || y != "" {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		var p, q string
		p, x = versionComponent(x)
		q, y = versionComponent(y)
		switch {
		case olderComponent(p, q):
			return Int(-1), nil
		case olderComponent(q, p):
			return Int(1), nil
		}
	}
	return Int(0), nil
}

func splitVersion(m *Evaluator, s Value) (Value, *Error) {
	text, err := m.forceStringNoContext(s, 0, "while evaluating the first argument passed to builtins.splitVersion")
	if err != nil {
		return Value{}, err
	}
	var parts []Value
	for {
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		var part string
		if part, text = versionComponent(text); part == "" {
			return List(parts), nil
		}
		parts = append(parts, String(part))
	}
}

// versionComponent splits off the first component of a version; it is empty at the end.
func versionComponent(s string) (component, rest string) {
	s = strings.TrimLeft(s, ".-")
	if s == "" {
		return "", ""
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	n := 1
	if digit(s[0]) {
		for n < len(s) && digit(s[n]) {
			n++
		}
	} else {
		for n < len(s) && !digit(s[n]) && s[n] != '.' && s[n] != '-' {
			n++
		}
	}
	return s[:n], s[n:]
}

// olderComponent orders components. A number too large for 32 bits is compared as a word.
func olderComponent(a, b string) bool {
	x, errX := strconv.ParseInt(a, 10, 32)
	y, errY := strconv.ParseInt(b, 10, 32)
	switch {
	case errX == nil && errY == nil:
		return x < y
	case a == "" && errY == nil:
		return true
	case a == "pre" && b != "pre":
		return true
	case b == "pre":
		return false
	case errY == nil:
		return true
	case errX == nil:
		return false
	}
	return a < b
}
