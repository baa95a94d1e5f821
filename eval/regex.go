package eval

// This file defines match and split.

import (
	"errors"

	"nixops4/eval/ere"
)

var regexBuiltins = []*Builtin{
	{Name: "match", Args: []string{"regex", "str"}, Strict: 1, F2: match, Doc: "What the groups of *regex* match when it matches all of *str*: a list with a string for each group, `null` for one that took no part. `null` when it does not match. *regex* is a POSIX extended regular expression."},
	{Name: "split", Args: []string{"regex", "str"}, Strict: 1, F2: split, Doc: "*str* cut where *regex* matches: a list of the strings between the matches and, for each match, a list of what its groups matched, as in `match`."},
}

// A regex is a compiled expression, or why it is not valid.
type regex struct {
	*ere.Regex
	err error
}

// maxRegexes bounds the cache of compiled expressions.
const maxRegexes = 10_000

func (m *Evaluator) regex(expr string) (*regex, *Error) {
	r := m.regexes[expr]
	if r == nil {
		compiled, err := ere.Compile(expr)
		r = &regex{compiled, err}
		if len(m.regexes) >= maxRegexes {
			clear(m.regexes)
		}
		m.regexes[expr] = r
	}
	if r.err != nil {
		return nil, regexError(expr, r.err)
	}
	return r, nil
}

func regexError(expr string, err error) *Error {
	var stopped *Error
	switch {
	case errors.As(err, &stopped):
		return stopped
	case errors.Is(err, ere.ErrTooLarge):
		return Errorf(Other, "memory limit exceeded by regular expression '%s'", expr)
	}
	return Errorf(Other, "invalid regular expression '%s'", expr)
}

// pollRegex stops a long match when evaluation is to stop.
func (m *Evaluator) pollRegex() error {
	if m.interrupt.Load() {
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

func match(m *Evaluator, expr, str Value) (Value, *Error) {
	e, err := m.forceStringNoContext(expr, 0, "while evaluating the first argument passed to builtins.match")
	if err != nil {
		return Value{}, err
	}
	r, err := m.regex(e)
	if err != nil {
		return Value{}, err
	}
	text, err := m.forceString(str, 0, "while evaluating the second argument passed to builtins.match")
	if err != nil {
		return Value{}, err
	}
	groups, ok, bad := r.Match(text.Text(), m.pollRegex)
	if bad != nil {
		return Value{}, regexError(e, bad)
	}
	if !ok {
		return Null, nil
	}
	return m.groupList(text.Text(), groups, text.Context().secrets()), nil
}

// groupList is the list of what groups matched. Nix forgets what the string refers to here, but that it is a secret stays
// known.
func (m *Evaluator) groupList(text string, groups []int, secrets *Context) Value {
	list := m.values(len(groups) / 2)
	for i := range list {
		if start, end := groups[2*i], groups[2*i+1]; end < 0 {
			list[i] = Null
		} else {
			list[i] = StringWithContext(text[start:end], secrets)
		}
	}
	return List(list)
}

func split(m *Evaluator, expr, str Value) (Value, *Error) {
	e, err := m.forceStringNoContext(expr, 0, "while evaluating the first argument passed to builtins.split")
	if err != nil {
		return Value{}, err
	}
	r, err := m.regex(e)
	if err != nil {
		return Value{}, err
	}
	s, err := m.forceString(str, 0, "while evaluating the second argument passed to builtins.split")
	if err != nil {
		return Value{}, err
	}
	var list []Value
	text, secrets, last := s.Text(), s.Context().secrets(), 0
	bad := r.Each(text, m.pollRegex, func(start, end int, groups []int) {
		list = append(list, StringWithContext(text[last:start], secrets), m.groupList(text, groups, secrets))
		last = end
	})
	if bad != nil {
		return Value{}, regexError(e, bad)
	}
	if list == nil {
		return List([]Value{s}), nil
	}
	return List(append(list, StringWithContext(text[last:], secrets))), nil
}
