package eval

// This file sorts values with a comparator written in Nix.

import "slices"

// A sorter sorts with PeekSort (Munro and Wild, 2018), as Nix does: a stable merge sort that splits where a run of
// sorted elements ends, with insertion sort for short pieces. It asks for the same comparisons in the same order as
// Nix, so what a comparator traces or throws is the same. A comparator that contradicts itself gives some order of
// the same elements.
type sorter struct {
	m         *Evaluator
	v, buffer []Value
	less      func(a, b Value) (bool, *Error)
	err       *Error // the first error; all comparisons after it are false
}

// insertionMax is the length up to which a piece is sorted by insertion.
const insertionMax = 16

func (m *Evaluator) sort(v []Value, comparator Value) *Error {
	s := &sorter{m: m, v: v, less: m.comparator(comparator)}
	if len(v) <= insertionMax {
		s.insertion(0, len(v))
	} else {
		s.buffer = make([]Value, len(v))
		s.sort(0, len(v), 0, len(v))
	}
	return s.err
}

// comparator turns the function given to builtins.sort into one on values.
func (m *Evaluator) comparator(f Value) func(a, b Value) (bool, *Error) {
	if f.kind() == kindBuiltin && f.builtin().Name == "lessThan" {
		return func(a, b Value) (bool, *Error) {
			return m.less(a, b, 0, "while evaluating the ordering function passed to builtins.sort")
		}
	}
	return func(a, b Value) (bool, *Error) {
		r, err := m.call2(f, a, b, 0)
		if err != nil {
			return false, err
		}
		return m.forceBool(r, 0, "while evaluating the return value of the sorting function passed to builtins.sort")
	}
}

// before says that element i comes before element j.
func (s *sorter) before(i, j int) bool { return s.compare(s.v[i], s.v[j]) }

func (s *sorter) compare(a, b Value) bool {
	if s.err != nil {
		return false
	}
	if s.err = s.m.tick(); s.err != nil {
		return false
	}
	less, err := s.less(a, b)
	s.err = err
	return less && err == nil
}

func (s *sorter) insertion(lo, hi int) {
	for i := lo + 1; i < hi && s.err == nil; i++ {
		for j := i; j > lo && s.before(j, j-1); j-- {
			s.v[j], s.v[j-1] = s.v[j-1], s.v[j]
		}
	}
}

// sort sorts lo to hi, of which lo to leftEnd and rightStart to hi are known to be runs.
func (s *sorter) sort(lo, hi, leftEnd, rightStart int) {
	if leftEnd == hi || rightStart == lo || s.err != nil {
		return
	}
	if hi-lo <= insertionMax {
		s.insertion(lo, hi)
		return
	}
	mid := lo + (hi-lo)/2
	switch {
	case mid <= leftEnd:
		s.sort(leftEnd, hi, leftEnd+1, rightStart)
		s.merge(lo, leftEnd, hi)
		return
	case mid >= rightStart:
		s.sort(lo, rightStart, leftEnd, rightStart-1)
		s.merge(lo, rightStart, hi)
		return
	}
	from, to := s.runAround(mid, leftEnd, rightStart)
	switch {
	case from == lo && to == hi:
	case mid-from < to-mid:
		s.sort(lo, from, leftEnd, from-1)
		s.sort(from, hi, to, rightStart)
		s.merge(lo, from, hi)
	default:
		s.sort(lo, to, leftEnd, from)
		s.sort(to, hi, to+1, rightStart)
		s.merge(lo, to, hi)
	}
}

// runAround finds the run that holds the elements before and at mid, within lo to hi; a falling one it turns round.
func (s *sorter) runAround(mid, lo, hi int) (from, to int) {
	falling := s.before(mid, mid-1)
	from = mid - 1
	for from > lo && s.before(from, from-1) == falling && s.err == nil {
		from--
	}
	to = mid
	for to < hi && s.before(to, to-1) == falling && s.err == nil {
		to++
	}
	if falling {
		slices.Reverse(s.v[from:to])
	}
	return from, to
}

// merge merges two runs that follow each other.
func (s *sorter) merge(lo, mid, hi int) {
	if s.err != nil {
		return
	}
	left, right := s.buffer[lo:mid], s.buffer[mid:hi]
	copy(s.buffer[lo:hi], s.v[lo:hi])
	out := lo
	for len(left) > 0 && len(right) > 0 {
		if s.compare(right[0], left[0]) {
			s.v[out], right = right[0], right[1:]
		} else {
			s.v[out], left = left[0], left[1:]
		}
		out++
	}
	out += copy(s.v[out:], left)
	copy(s.v[out:], right)
}
