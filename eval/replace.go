package eval

// This file defines the search for many strings at once of replaceStrings.

import "strings"

// A replacer knows the strings to replace. The one that was added first wins where several fit.
type replacer struct {
	with     []Value
	patterns []string
	first    [256]bool // bytes that a pattern starts with
	empty    int       // 1 + the index of the empty pattern, which hides all that come after it

	// With many patterns, index finds the first one with a text, and lengths are the ones to try.
	index   map[string]int
	lengths []int
}

// fewPatterns are tried one by one.
const fewPatterns = 12

func (r *replacer) add(i int, pattern string) {
	if r.empty > 0 {
		return
	}
	if pattern == "" {
		r.empty = i + 1
		return
	}
	r.patterns = append(r.patterns, pattern)
	r.first[pattern[0]] = true
	if len(r.patterns) <= fewPatterns {
		return
	}
	if r.index == nil {
		r.index = map[string]int{}
		for k, p := range r.patterns {
			r.note(p, k)
		}
	}
	r.note(pattern, i)
}

func (r *replacer) note(pattern string, i int) {
	if _, ok := r.index[pattern]; ok {
		return
	}
	r.index[pattern] = i
	for _, n := range r.lengths {
		if n == len(pattern) {
			return
		}
	}
	r.lengths = append(r.lengths, len(pattern))
}

// find returns the pattern that the text starts with, or -1.
func (r *replacer) find(text string) (i, length int) {
	if text != "" && r.first[text[0]] {
		if r.index == nil {
			for i, p := range r.patterns {
				if strings.HasPrefix(text, p) {
					return i, len(p)
				}
			}
		} else if i := r.lookUp(text); i >= 0 {
			return i, len(r.patterns[i])
		}
	}
	return r.empty - 1, 0
}

func (r *replacer) lookUp(text string) int {
	best := -1
	for _, n := range r.lengths {
		if n <= len(text) {
			if i, ok := r.index[text[:n]]; ok && (best < 0 || i < best) {
				best = i
			}
		}
	}
	return best
}

// next skips to where a pattern may start.
func (r *replacer) next(text string, pos int) int {
	if r.empty > 0 {
		return pos
	}
	for pos < len(text) && !r.first[text[pos]] {
		pos++
	}
	return pos
}

func (r *replacer) replace(m *Evaluator, s Value) (Value, *Error) {
	text, c := s.Text(), s.Context()
	var out strings.Builder
	copied := -1
	for pos := r.next(text, 0); pos <= len(text); pos = r.next(text, pos) {
		i, n := r.find(text[pos:])
		if i < 0 {
			pos++
			continue
		}
		if err := m.tick(); err != nil {
			return Value{}, err
		}
		w, err := m.forceString(r.with[i], 0, "while evaluating one of the replacement strings passed to builtins.replaceStrings")
		if err != nil {
			return Value{}, err
		}
		c = c.Union(w.Context())
		if copied < 0 {
			out.Grow(len(text) + len(text)/4 + len(w.Text()))
			copied = 0
		}
		out.WriteString(text[copied:pos])
		out.WriteString(w.Text())
		copied = pos + n
		pos = max(copied, pos+1)
	}
	if copied < 0 {
		return s, nil
	}
	out.WriteString(text[copied:])
	return StringWithContext(out.String(), c), nil
}
