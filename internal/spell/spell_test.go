package spell

import "testing"

func TestNearest(t *testing.T) {
	verbs := []string{"apply", "eval", "members", "state", "version", "provider", "completion"}
	for _, tt := range []struct {
		name       string
		candidates []string
		want       string
	}{
		{"aply", verbs, "apply"},
		{"appyl", verbs, "apply"},
		{"APPLY", verbs, "apply"},
		{"member", verbs, "members"},
		{"completions", verbs, "completion"},
		{"destroy", verbs, ""},
		{"x", verbs, ""},
		{"", verbs, ""},
		{"contnets", []string{"name", "contents"}, "contents"},
		{"nmae", []string{"name", "contents"}, "name"},
		{"a", []string{"b", "c"}, ""},
		{"größe", []string{"grosses", "gröse"}, "gröse"},
		{"name", []string{"name"}, ""},
		{"ab", []string{"ba", "abc"}, "ba"},
		{"executabel", []string{"executable", "exec"}, "executable"},
		{"hello", nil, ""},
	} {
		if got := Nearest(tt.name, tt.candidates); got != tt.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", tt.name, tt.candidates, got, tt.want)
		}
	}
}

func TestHint(t *testing.T) {
	if got, want := Hint("aply", []string{"apply"}), `did you mean "apply"?`; got != want {
		t.Errorf("Hint = %q, want %q", got, want)
	}
	if got := Hint("zzzzzz", []string{"apply"}); got != "" {
		t.Errorf("Hint = %q, want nothing", got)
	}
}

func FuzzNearest(f *testing.F) {
	f.Add("apply", "aplpy")
	f.Add("", "x")
	f.Add("\xff", "ü")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := Nearest(a, []string{b}); got != "" && got != b {
			t.Errorf("Nearest(%q, [%q]) = %q, which is no candidate", a, b, got)
		}
		x, y := []rune(a), []rune(b)
		bound := max(len(x), len(y)) + 1
		if d, e := distance(x, y, bound), distance(y, x, bound); d != e {
			t.Errorf("distance is not symmetric for %q and %q: %d, %d", a, b, d, e)
		}
		if d := distance(x, x, bound); d != 0 {
			t.Errorf("distance of %q to itself is %d", a, d)
		}
	})
}
