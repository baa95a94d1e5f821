package ere

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// outcome is everything a matcher says about a text.
func outcome(r *Regex, text string, patience int) string {
	var b strings.Builder
	m := r.matcher(text, nil)
	m.patience = patience
	ok, err := m.whole()
	fmt.Fprintln(&b, ok, err)
	if ok {
		b.WriteString(show(text, m.best))
	}
	m = r.matcher(text, nil)
	m.patience = patience
	err = m.each(func(start, end int, groups []int) {
		fmt.Fprintln(&b, start, end, show(text, groups))
	})
	fmt.Fprintln(&b, err)
	return b.String()
}

func randomExpr(r *rand.Rand, depth int) string {
	if depth <= 0 {
		atoms := []string{"a", "b", "c", ".", "[ab]", "[^a]", "", "()", "^", "$", "a*", "[ab]+", "b?", "ab"}
		return atoms[r.Intn(len(atoms))]
	}
	switch r.Intn(5) {
	case 0:
		return randomExpr(r, depth-1) + "|" + randomExpr(r, depth-1)
	case 1, 2:
		counts := []string{"", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}"}
		return "(" + randomExpr(r, depth-1) + ")" + counts[r.Intn(len(counts))]
	}
	return randomExpr(r, depth-1) + randomExpr(r, depth-1)
}

// Remembering places tried changes how long a match takes, never what it is.
func TestMemory(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	for range 20_000 {
		expr := randomExpr(r, r.Intn(5))
		text := make([]byte, r.Intn(8))
		for i := range text {
			text[i] = "aab"[r.Intn(3)]
		}
		re := compile(t, expr)
		if got, want := outcome(re, string(text), 1), outcome(re, string(text), freeSteps); got != want {
			t.Fatalf("%q on %q: remembering gives\n%s\nwithout it\n%s", expr, text, got, want)
		}
	}
}
