package eval

// This file tests sorting with comparators of all kinds.

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSorter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		v := make([]Value, n)
		for i := range v {
			v[i] = Int(int64(r.IntN(n/3+1))<<32 | int64(i)) // the key, then the place
		}
		if n%3 == 0 { // with long runs
			slices.SortFunc(v[n/3:], func(a, b Value) int { return int(a.IntVal()>>32 - b.IntVal()>>32) })
		}
		want := slices.Clone(v)
		slices.SortStableFunc(want, func(a, b Value) int { return int(a.IntVal()>>32 - b.IntVal()>>32) })
		s := &sorter{m: &Evaluator{}, v: v, buffer: make([]Value, n), less: func(a, b Value) (bool, *Error) { return a.IntVal()>>32 < b.IntVal()>>32, nil }}
		s.sort(0, n, 0, n)
		if !slices.Equal(v, want) {
			t.Fatalf("sorting %d elements gives another order", n)
		}
	}
}

// TestSorterKeepsElements sorts with a comparator that contradicts itself.
func TestSorterKeepsElements(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 200 {
		v := make([]Value, n)
		for i := range v {
			v[i] = Int(int64(i))
		}
		s := &sorter{m: &Evaluator{}, v: v, buffer: make([]Value, n), less: func(a, b Value) (bool, *Error) { return r.IntN(2) == 0, nil }}
		s.sort(0, n, 0, n)
		slices.SortFunc(v, func(a, b Value) int { return int(a.IntVal() - b.IntVal()) })
		for i := range v {
			if v[i] != Int(int64(i)) {
				t.Fatalf("element %d of %d got lost", i, n)
			}
		}
	}
}

func TestSorterStopsAtError(t *testing.T) {
	for n := 4; n < 100; n++ {
		calls := 0
		s := &sorter{m: &Evaluator{}, v: make([]Value, n), buffer: make([]Value, n), less: func(a, b Value) (bool, *Error) {
			calls++
			if calls == n/2+1 {
				return true, Errorf(Other, "stop")
			}
			return false, nil
		}}
		s.sort(0, n, 0, n)
		if s.err == nil || calls != n/2+1 {
			t.Errorf("sorting %d elements: %d calls, error %v", n, calls, s.err)
		}
	}
}
