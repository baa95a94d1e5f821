package ere

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// show writes the groups of a match, with - for one that took no part.
func show(text string, groups []int) string {
	parts := make([]string, len(groups)/2)
	for i := range parts {
		parts[i] = "-"
		if groups[2*i+1] >= 0 {
			parts[i] = fmt.Sprintf("%q", text[groups[2*i]:groups[2*i+1]])
		}
	}
	return strings.Join(parts, " ")
}

func compile(t testing.TB, expr string) *Regex {
	t.Helper()
	r, err := Compile(expr)
	if err != nil {
		t.Fatalf("Compile(%q): %v", expr, err)
	}
	return r
}

// The results are those of std::regex of GNU C++, in POSIX extended mode.
func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct{ expr, text, want string }{
		{"a(b)?c", "ac", `-`},
		{"a(b)?c", "abc", `"b"`},
		{"(a*)*", "aa", `""`},
		{"(a*)+", "", `""`},
		{"((a)|b)*", "ab", `"b" "a"`},
		{"(a|ab)(c|bcd)(d*)", "abcd", `"a" "bcd" ""`},
		{"(.*)(a*)", "baa", `"baa" ""`},
		{"(a?)(ab)?", "ab", `"" "ab"`},
		{"(a|b){0}", "", `-`},
		{"(a|b){2,3}", "aba", `"a"`},
		{"a{2}{3}", "aaaaaa", ``},
		{"[^]a]+", "bc", ``},
		{"[]a]+", "]a", ``},
		{"[a-]+", "a-", ``},
		{"[--0]+", "-./0", ``},
		{"[[:alpha:][:digit:]_]+", "aZ0_", ``},
		{"[[=a=]]+", "aA", ``},
		{"[[.hyphen.]]", "-", ``},
		{"[\\a]+", "\\a", ``},
		{".", "\xff", ``},
		{"[^a]", "\x80", ``},
		{"\\.\\[\\\\\\(\\)\\*\\+\\?\\{\\|\\^\\$", ".[\\()*+?{|^$", ``},
		{"a]}", "a]}", ``},
		{"(|a)*b", "aab", `""`},
	}
	for _, tt := range tests {
		r := compile(t, tt.expr)
		groups, ok, err := r.Match(tt.text, nil)
		if !ok || err != nil {
			t.Errorf("%q does not match %q: %v", tt.expr, tt.text, err)
			continue
		}
		if got := show(tt.text, groups); got != tt.want {
			t.Errorf("%q on %q = %s, want %s", tt.expr, tt.text, got, tt.want)
		}
	}
}

func TestNoMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range [][2]string{
		{"a", ""}, {"a", "ab"}, {".", "\x00"}, {"a$b", "ab"}, {"a^b", "ab"}, {"[a-c]", "d"}, {"(ab)+", "aba"}, {"a{2,3}", "aaaa"},
	} {
		if _, ok, err := compile(t, tt[0]).Match(tt[1], nil); ok || err != nil {
			t.Errorf("%q matches %q (%v)", tt[0], tt[1], err)
		}
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	tests := []struct{ expr, text, want string }{
		{"(a)b", "abc", `"" ["a"] "c"`},
		{"([ac])", "abc", `"" ["a"] "b" ["c"] ""`},
		{"(a)|(c)", "abc", `"" ["a" -] "b" [- "c"] ""`},
		{"x", "abc", `"abc"`},
		{"", "ab", `"" [] "a" [] "b" [] ""`},
		{"^", "ab", `"" [] "ab"`},
		{"^a", "aa", `"" [] "a"`},
		{"$", "ab", `"ab" [] ""`},
		{"a*", "baac", `"" [] "b" [] "" [] "c" [] ""`},
		{"(a?)(ab)?", "ab", `"" ["a" -] "" ["" -] "b" ["" -] ""`},
		{"a|ab|abc", "abcd", `"" [] "d"`},
		{"(a?|())(ab)?", "ab", `"" ["" "" "ab"] "" ["" - -] ""`},
		{"\n", "a\nb\n", `"a" [] "b" [] ""`},
		{"[ ,]+", "a , b", `"a" [] "b"`},
		{"\xff", "a\xffb", `"a" [] "b"`},
	}
	for _, tt := range tests {
		var parts []string
		last := 0
		err := compile(t, tt.expr).Each(tt.text, nil, func(start, end int, groups []int) {
			parts = append(parts, fmt.Sprintf("%q [%s]", tt.text[last:start], show(tt.text, groups)))
			last = end
		})
		got := strings.Join(append(parts, fmt.Sprintf("%q", tt.text[last:])), " ")
		if got != tt.want || err != nil {
			t.Errorf("%q on %q = %s (%v), want %s", tt.expr, tt.text, got, err, tt.want)
		}
	}
}

func TestCompileError(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		"(", ")", "a)", "*", "+a", "a|*", "(*a)", "^*", "{1}", "a{", "a{1", "a{1,", "a{1,2", "a{2,1}", "a{,2}", "a{x}", "a{1 }",
		"[", "[]", "[^]", "[a", "[z-a]", "[a-c-e]", "[[:foo:]]", "[[:alpha:]-z]", "[a-[:alpha:]]", "[[.foo.]]", "[[==]]", "[[:alpha]",
		"[[", "\\", "\\d", "\\]", "\\}", "\\a", "a\x00",
	} {
		if _, err := Compile(expr); !errors.Is(err, ErrSyntax) {
			t.Errorf("Compile(%q) = %v, want %v", expr, err, ErrSyntax)
		}
	}
	for _, expr := range []string{"a{100000}", "(a{1000}){1000}", "(((a{99}){99}){99}){99}", strings.Repeat("(", 100_000)} {
		if _, err := Compile(expr); !errors.Is(err, ErrTooLarge) {
			t.Errorf("Compile(%.20q) = %v, want %v", expr, err, ErrTooLarge)
		}
	}
}

// A hostile expression or a long text takes neither exponential time nor a deep stack.
func TestHostile(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 100_000)
	for _, tt := range []struct{ expr, text string }{
		{"(a|a)*b", long},
		{"(a*)*b", long[:2000]},
		{"((a*)*)*b", long[:500]},
		{"(a|aa)+$b", long},
		{"(.*)(.*)(.*)(.*)x", long[:5000]},
		{"a*a*a*a*b", long[:5000]},
		{"(a?){30}a{30}b", long[:100]},
		{"(a|b|ab)*(a|b)*c", long},
		{"a" + strings.Repeat("*", 90) + "b", long},
		{"a" + strings.Repeat("*+?", 30) + "b", long},
	} {
		r := compile(t, tt.expr)
		if _, ok, err := r.Match(tt.text, nil); ok || err != nil {
			t.Errorf("%q matches a text of %d: %v", tt.expr, len(tt.text), err)
		}
		if err := r.Each(tt.text, nil, func(_, _ int, _ []int) { t.Errorf("%q is found", tt.expr) }); err != nil {
			t.Errorf("%q on a text of %d: %v", tt.expr, len(tt.text), err)
		}
	}
}

func TestPoll(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	_, _, err := compile(t, "(a|b|ab)*(a|b)*c").Match(strings.Repeat("a", 1_000_000), func() error { return stop })
	if err != stop {
		t.Errorf("Match = %v, want %v", err, stop)
	}
	if err := compile(t, "x?").Each(strings.Repeat("a", 1_000_000), func() error { return stop }, func(_, _ int, _ []int) {}); err != stop {
		t.Errorf("Each = %v, want %v", err, stop)
	}
}

func FuzzRegex(f *testing.F) {
	for _, s := range [][2]string{{"(a|b)*c", "abc"}, {"[[:alpha:]]{2,3}", "ab"}, {"(a*)*|()", "aa"}, {"[]-a]^$", "]"}, {"\\.\\d", "."}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 100 || len(text) > 1000 {
			return
		}
		r, err := Compile(expr)
		if err != nil {
			return
		}
		groups, _, err := r.Match(text, nil)
		if err == nil && len(groups) != 2*r.Groups() {
			t.Errorf("%d positions for %d groups", len(groups), r.Groups())
		}
		last := 0
		_ = r.Each(text, nil, func(start, end int, groups []int) {
			if start < last || end < start || end > len(text) {
				t.Errorf("match %d-%d after %d", start, end, last)
			}
			last = end
			for i := 0; i < len(groups); i += 2 {
				if e := groups[i+1]; e >= 0 && (groups[i] < 0 || groups[i] > e || e > len(text)) {
					t.Errorf("group %d-%d", groups[i], e)
				}
			}
		})
	})
}

func BenchmarkSplit(b *testing.B) {
	text := strings.Repeat("hello world, this is a line of text\n", 30_000)
	for _, expr := range []string{"\n", "[ ,\n]+", "(,)|(\n)", "([a-z]+)[^a-z]+", "(hello|world)"} {
		r := compile(b, expr)
		b.Run(expr, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_ = r.Each(text, nil, func(_, _ int, _ []int) {})
			}
		})
	}
}
