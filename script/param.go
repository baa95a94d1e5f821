package script

// This file defines the parameters of operations: their kinds, and how they are read from a command line.

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"

	"nixops4/internal/spell"
)

// Param is a parameter of an operation. It is also a Starlark value, made by param.string(…) and so on.
type Param struct {
	Name     string // in the script; [Param.Flag] on the command line
	Kind     string // string, int, float, bool, enum, list, duration, path, secret or value, which is any
	Doc      string
	Default  starlark.Value // nil: it has to be given
	Values   []string       // of an enum
	Of       *Param         // of a list: what its elements are
	Min, Max starlark.Value // of a number or a duration; nil: no bound
}

// Kinds lists the kinds of parameters.
var Kinds = []string{"string", "int", "float", "bool", "enum", "list", "duration", "path", "secret"}

// String returns the call that makes such a parameter.
func (p *Param) String() string { return "param." + p.Kind + "(…)" }

// Type returns "param".
func (p *Param) Type() string { return "param" }

// Freeze does nothing: parameters do not change.
func (p *Param) Freeze() {}

// Truth returns true.
func (p *Param) Truth() starlark.Bool { return true }

// Hash returns an error.
func (p *Param) Hash() (uint32, error) { return 0, errors.New("unhashable type: param") }

// Flag returns the name of the command line's flag.
func (p *Param) Flag() string { return strings.ReplaceAll(p.Name, "_", "-") }

// Placeholder is what stands for a value in a help text.
func (p *Param) Placeholder() string {
	switch p.Kind {
	case "enum":
		return strings.Join(p.Values, "|")
	case "list":
		return p.Of.Placeholder() + ",…"
	case "secret":
		return "SOURCE"
	case "value":
		return "JSON|TEXT"
	}
	return strings.ToUpper(p.Kind)
}

// DefaultText is the default as a command line would have it; "" when there is none, or it is None.
func (p *Param) DefaultText() string {
	switch v := p.Default.(type) {
	case nil, starlark.NoneType, Secret:
		return ""
	case starlark.String:
		return string(v)
	case starlark.Bool:
		return strconv.FormatBool(bool(v))
	case *starlark.List:
		var parts []string
		for element := range v.Elements() {
			parts = append(parts, (&Param{Kind: p.Of.Kind, Default: element}).DefaultText())
		}
		return strings.Join(parts, ",")
	}
	return p.Default.String()
}

// Source says where texts of a command line come from.
type Source struct {
	Dir   string                           // relative paths start here
	Env   func(name string) (string, bool) // for secrets
	Stdin func() (string, error)           // for secrets
}

// Parse reads a value from a command line.
func (p *Param) Parse(text string, from Source) (starlark.Value, error) {
	v, err := p.parse(text, from)
	if err != nil {
		return nil, err
	}
	return p.check(v)
}

func (p *Param) parse(text string, from Source) (starlark.Value, error) {
	switch p.Kind {
	case "int":
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errors.New("want a whole number")
		}
		return starlark.MakeInt64(i), nil
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, errors.New("want a number")
		}
		return starlark.Float(f), nil
	case "bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("want true or false")
		}
		return starlark.Bool(b), nil
	case "list":
		return p.parseList(text, from)
	case "path":
		if text == "" {
			return nil, errors.New("want a path")
		}
		return starlark.String(absolute(text, from.Dir)), nil
	case "secret":
		return readSecret(text, from)
	case "value":
		return parseValue(text)
	}
	return starlark.String(text), nil
}

func (p *Param) parseList(text string, from Source) (starlark.Value, error) {
	var elements []starlark.Value
	if text != "" {
		for part := range strings.SplitSeq(text, ",") {
			v, err := p.Of.Parse(part, from)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", part, err)
			}
			elements = append(elements, v)
		}
	}
	return starlark.NewList(elements), nil
}

// readSecret reads a secret from where text says. The text itself is never one: others see the command line.
func readSecret(text string, from Source) (starlark.Value, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch {
	case kind == "file" && rest != "":
		content, err := os.ReadFile(absolute(rest, from.Dir))
		if err != nil {
			return nil, err
		}
		return Secret{strings.TrimRight(string(content), "\r\n")}, nil
	case kind == "env" && rest != "" && from.Env != nil:
		value, ok := from.Env(rest)
		if !ok {
			return nil, fmt.Errorf("the environment has no variable %s", rest)
		}
		return Secret{value}, nil
	case text == "stdin" && from.Stdin != nil:
		content, err := from.Stdin()
		return Secret{strings.TrimRight(content, "\r\n")}, err
	}
	return nil, errors.New("want file:PATH, env:NAME or stdin, because others can see the command line")
}

func absolute(path, dir string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// Check converts what a script, a declaration or a test gives for the parameter.
func (p *Param) Check(v starlark.Value) (starlark.Value, error) {
	switch p.Kind {
	case "int", "string", "bool", "enum", "float", "path", "list", "secret", "duration", "value":
	default:
		return nil, fmt.Errorf("unknown kind %q", p.Kind)
	}
	if p.Kind == "float" {
		if i, ok := v.(starlark.Int); ok {
			v = i.Float()
		}
	}
	if text, ok := v.(starlark.String); ok && p.Kind == "secret" {
		v = Secret{string(text)}
	}
	return p.check(v)
}

// check says whether v is of the kind and within the bounds.
func (p *Param) check(v starlark.Value) (starlark.Value, error) {
	want := map[string]string{"string": "string", "int": "int", "float": "float", "bool": "bool", "enum": "string", "list": "list", "path": "string", "secret": "secret"}[p.Kind]
	switch {
	case p.Kind == "value":
	case p.Kind == "duration":
		d, err := durationOf(v)
		if err != nil {
			return nil, err
		}
		v = startime.Duration(d)
	case v.Type() != want:
		return nil, fmt.Errorf("want %s, got %s", want, v.Type())
	}
	switch p.Kind {
	case "enum":
		if text := string(v.(starlark.String)); !slices.Contains(p.Values, text) {
			return nil, errors.New(strings.TrimSuffix("want "+strings.Join(p.Values, " or ")+", "+spell.Hint(text, p.Values), ", "))
		}
	case "list":
		return p.checkList(v.(*starlark.List))
	}
	for _, bound := range []struct {
		limit starlark.Value
		less  bool
		words string
	}{{p.Min, true, "at least"}, {p.Max, false, "at most"}} {
		if bound.limit == nil {
			continue
		}
		out, err := starlark.Compare(lessOrGreater(bound.less), v, bound.limit)
		if err != nil {
			return nil, err
		}
		if out {
			return nil, fmt.Errorf("want %s %s", bound.words, bound.limit)
		}
	}
	return v, nil
}

func (p *Param) checkList(list *starlark.List) (starlark.Value, error) {
	elements := make([]starlark.Value, list.Len())
	for i := range elements {
		v, err := p.Of.Check(list.Index(i))
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		elements[i] = v
	}
	return starlark.NewList(elements), nil
}

// durationOf takes a duration, a text such as "90s" or "7d", or a number of seconds.
func durationOf(v starlark.Value) (time.Duration, error) {
	switch v := v.(type) {
	case startime.Duration:
		return time.Duration(v), nil
	case starlark.Int:
		if s, ok := v.Int64(); ok && s < int64(math.MaxInt64/time.Second) && s > int64(math.MinInt64/time.Second) {
			return time.Duration(s) * time.Second, nil
		}
	case starlark.Float:
		if s := float64(v) * float64(time.Second); s < math.MaxInt64 && s > math.MinInt64 {
			return time.Duration(s), nil
		}
	case starlark.String:
		return parseDuration(string(v))
	}
	return 0, fmt.Errorf("want a duration such as \"90s\", \"5m\", \"1h30m\" or \"7d\", got %s", v.Type())
}

func parseDuration(text string) (time.Duration, error) {
	days, rest := time.Duration(0), text
	if number, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseInt(number, 10, 32)
		if err == nil && n < 100_000 && n > -100_000 {
			days, rest = time.Duration(n)*24*time.Hour, after
		}
	}
	if rest == "" && rest != text {
		return days, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, fmt.Errorf("want a duration such as 90s, 5m, 1h30m or 7d, not %q", text)
	}
	return days + d, nil
}
