// Package toml is the builtin fromTOML.
//
// The text is read by go-toml; this package turns what that finds into values and its errors into errors like Nix's,
// which reads TOML 1.0 with the library toml11. Dates and times are errors unless the experimental feature
// parse-toml-timestamps is on; then each is a set { _type = "timestamp"; value = "…"; }.
package toml

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	gotoml "github.com/pelletier/go-toml/v2"

	"nixops4/eval"
)

// Builtins is fromTOML.
var Builtins = []*eval.Builtin{
	{Name: "fromTOML", Global: true, Args: []string{"e"}, Strict: 1, F1: fromTOML, Doc: "The set that the TOML text *e* stands for. Dates and times are errors, since there are no values for them."},
}

// timestamps is the experimental feature that makes values of dates and times.
const timestamps = "parse-toml-timestamps"

func fromTOML(m *eval.Evaluator, e eval.Value) (eval.Value, *eval.Error) {
	v, err := m.ForceStringNoContext(e, "while evaluating the argument passed to builtins.fromTOML")
	if err != nil {
		return eval.Value{}, err
	}
	return Parse(m, v)
}

// Parse makes the set that a TOML text stands for.
func Parse(m *eval.Evaluator, text string) (eval.Value, *eval.Error) {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	bad, deep := check(text)
	if deep > 0 {
		return eval.Value{}, eval.Errorf(eval.Limit, "while parsing TOML: line %d is nested more than %d levels deep", deep, maxDepth)
	}
	if bad != nil {
		return eval.Value{}, failed("%s", bad.explain(text))
	}
	root, err2 := unmarshal(m, text)
	if err2 != nil {
		return eval.Value{}, failed("%s", explain(text, err2))
	}
	if m.Context().Err() != nil {
		return eval.Value{}, &eval.Error{Kind: eval.Canceled, Msg: "evaluation was cancelled"}
	}
	c := converter{m: m, timestamps: m.Feature(timestamps)}
	v, err := c.table(root)
	if err != nil {
		return eval.Value{}, failed("%v", err)
	}
	return v, nil
}

// largeText is from how many bytes on a text is read beside, so that nobody has to wait for the end when the evaluation is
// cancelled.
const largeText = 64 << 10

// unmarshal reads a text; when the evaluation is cancelled, the result is of no use.
func unmarshal(m *eval.Evaluator, text string) (map[string]any, error) {
	var root map[string]any
	if len(text) < largeText {
		err := gotoml.Unmarshal([]byte(text), &root)
		return root, err
	}
	done := make(chan error, 1)
	go func() { done <- gotoml.Unmarshal([]byte(text), &root) }()
	select {
	case err := <-done:
		return root, err
	case <-m.Context().Done():
		return nil, nil
	}
}

func failed(format string, args ...any) *eval.Error {
	return eval.Errorf(eval.Other, "while parsing TOML: "+format, args...)
}

type converter struct {
	m          *eval.Evaluator
	timestamps bool
}

func (c *converter) table(t map[string]any) (eval.Value, error) {
	bindings := make([]eval.Binding, 0, len(t))
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if err := forbidNUL(name); err != nil {
			return eval.Value{}, err
		}
		v, err := c.value(t[name])
		if err != nil {
			return eval.Value{}, err
		}
		bindings = append(bindings, eval.Binding{Sym: c.m.Sym(name), Value: v})
	}
	return c.m.MakeAttrs(bindings), nil
}

func (c *converter) value(v any) (eval.Value, error) {
	switch v := v.(type) {
	case map[string]any:
		return c.table(v)
	case []any:
		list := make([]eval.Value, len(v))
		for i := range v {
			var err error
			if list[i], err = c.value(v[i]); err != nil {
				return eval.Value{}, err
			}
		}
		return eval.List(list), nil
	case string:
		return eval.String(v), forbidNUL(v)
	case bool:
		return eval.Bool(v), nil
	case int64:
		return eval.Int(v), nil
	case float64:
		return eval.Float(v), nil
	}
	return c.timestamp(v)
}

// forbidNUL is the error of a text that a Nix string cannot hold.
func forbidNUL(s string) error {
	if strings.IndexByte(s, 0) < 0 {
		return nil
	}
	return fmt.Errorf("error: input string '%s' cannot be represented as Nix string because it contains null bytes", strings.ReplaceAll(s, "\x00", "␀"))
}

func (c *converter) timestamp(v any) (eval.Value, error) {
	text := ""
	switch v := v.(type) {
	case time.Time:
		text = v.Format("2006-01-02T15:04:05") + fraction(v.Nanosecond()) + v.Format("Z07:00")
	case gotoml.LocalDateTime:
		text = v.LocalDate.String() + "T" + clock(v.LocalTime)
	case gotoml.LocalDate:
		text = v.String()
	case gotoml.LocalTime:
		text = clock(v)
	default:
		return eval.Value{}, fmt.Errorf("a value of the unknown type %T", v)
	}
	if !c.timestamps {
		//lint:ignore ST1005 these are the words of Nix
		return eval.Value{}, errors.New("Dates and times are not supported")
	}
	return c.m.AttrsOf(map[string]eval.Value{"_type": eval.String("timestamp"), "value": eval.String(text)}), nil
}

func clock(t gotoml.LocalTime) string {
	return fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second) + fraction(t.Nanosecond)
}

// fraction writes the part of a second with three, six or nine digits, as few as hold it.
func fraction(nanoseconds int) string {
	s := fmt.Sprintf("%09d", nanoseconds)
	switch {
	case nanoseconds == 0:
		return ""
	case nanoseconds%1_000_000 == 0:
		s = s[:3]
	case nanoseconds%1000 == 0:
		s = s[:6]
	}
	return "." + s
}
