package toml_test

import (
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/lib/toml"
)

func newEvaluator(features ...string) *eval.Evaluator {
	return eval.New(eval.Options{Pure: true, Features: features, Builtins: toml.Builtins})
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", "{ }"},
		{"\xef\xbb\xbfa=1", "{ a = 1; }"},
		{"a = 1\nb.c = 'x'\n[d]\ne = [1.5, inf]\n[[f]]\n[[f]]\ng = true", "{ a = 1; b = { c = \"x\"; }; d = { e = [ 1.5 inf ]; }; f = [ { } { g = true; } ]; }"},
		{"a = 0xff\nb = 0o17\nc = 0b11\nd = 1_000\ne = -0", "{ a = 255; b = 15; c = 3; d = 1000; e = 0; }"},
		{"a = -9223372036854775808\nb = 9223372036854775807", "{ a = -9223372036854775808; b = 9223372036854775807; }"},
		{`a = { b = { c = [ { d = 1 } ] } } # x`, "{ a = { b = { c = [ { d = 1; } ]; }; }; }"},
		{"a = '''x\ny: \\e'''\nb = \"\"\"\\\n  z\"\"\"", "{ a = \"x\\ny: \\\\e\"; b = \"z\"; }"},
		{"a = [\n1,\n2,\n]", "{ a = [ 1 2 ]; }"},
		{`"a.b" = "\u00e9"`, "{ \"a.b\" = \"é\"; }"},
	}
	for _, tt := range tests {
		m := newEvaluator()
		v, err := toml.Parse(m, tt.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
		} else if got := m.Print(v, eval.PrintOptions{}); got != tt.want {
			t.Errorf("Parse(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z"},
		{"1979-05-27 07:32:00+00:00", "1979-05-27T07:32:00Z"},
		{"1979-05-27t00:32:00.5-07:00", "1979-05-27T00:32:00.500-07:00"},
		{"1979-05-27T00:32:00.999999", "1979-05-27T00:32:00.999999"},
		{"1979-05-27", "1979-05-27"},
		{"07:32:00", "07:32:00"},
		{"00:32:00.1234567", "00:32:00.123456700"},
	}
	for _, tt := range tests {
		m := newEvaluator("parse-toml-timestamps")
		v, err := toml.Parse(m, "a = "+tt.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.text, err)
			continue
		}
		want := `{ a = { _type = "timestamp"; value = "` + tt.want + `"; }; }`
		if got := m.Print(v, eval.PrintOptions{}); got != want {
			t.Errorf("Parse(%q) = %s, want %s", tt.text, got, want)
		}
		if _, err := toml.Parse(newEvaluator(), "a = "+tt.text); err == nil || err.Msg != "while parsing TOML: Dates and times are not supported" {
			t.Errorf("Parse(%q) without the feature: %v", tt.text, err)
		}
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"attr = 9223372036854775808", `[error] toml::parse_dec_integer: too large integer: current max digits = 2^63
 --> fromTOML
   |
 1 | attr = 9223372036854775808
   |                           ^-- must be < 2^63
`},
		{"\n\n\n\n\n\n\n\n\na = -9223372036854775809", `[error] toml::parse_dec_integer: too large integer: current max digits = 2^63
 --> fromTOML
    |
 10 | a = -9223372036854775809
    |                         ^-- must be < 2^63
`},
		{"a = 1\nb = {c = 1,\nd = 2}", "[error] toml::parse_inline_table: missing closing bracket `}`\n --> fromTOML\n   |\n 2 | b = {c = 1,\n   |            ^-- expected `}`, reached line end\n"},
		{"b = {c = 1,}", "[error] toml::parse_inline_table: trailing comma is not allowed in TOML-v1.0.0)"},
		{`a = "\x33"`, "[error] toml::parse_basic_string: invalid string format"},
		{"a = 07:32", "[error] bad time: must be HH:MM:SS.subsec"},
		{"a = 1\na = 2", " 2 | a = 2"},
		{"a = [1, 2", " 1 | a = [1, 2"},
		{"a", " 1 | a\n   | ^-- here"},
		{`"a\u0000b" = 1`, "error: input string 'a␀b' cannot be represented as Nix string because it contains null bytes"},
		{`k = "a\u0000b"`, "error: input string 'a␀b' cannot be represented as Nix string because it contains null bytes"},
		{"a = " + strings.Repeat("[", 2000), "line 1 is nested more than 1000 levels deep"},
		{"x = 1\n" + strings.Repeat("a.", 2000) + "a = 1", "line 2 is nested more than 1000 levels deep"},
	}
	for _, tt := range tests {
		_, err := toml.Parse(newEvaluator(), tt.text)
		if err == nil {
			t.Errorf("Parse(%.40q) succeeds", tt.text)
			continue
		}
		if !strings.HasPrefix(err.Msg, "while parsing TOML: ") || !strings.Contains(err.Msg, tt.want) {
			t.Errorf("Parse(%.40q) fails with\n%s\nwant\n%s", tt.text, err.Msg, tt.want)
		}
	}
}

func FuzzTOML(f *testing.F) {
	for _, s := range []string{"a = 1\n[b.c]\nd = ['x', \"\\u00e9\"]", "[[a]]\nb = {c = 1.5}", "a = 1979-05-27T07:32:00Z", "a = '''\nx'''", "a = [[[", "\"\\", "a=9999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := newEvaluator("parse-toml-timestamps")
		v, err := toml.Parse(m, text)
		if err != nil {
			if !strings.HasPrefix(err.Msg, "while parsing TOML: ") {
				t.Errorf("error %q", err.Msg)
			}
			return
		}
		if v.Kind() != eval.KindAttrs {
			t.Errorf("value of kind %v", v.Kind())
		}
		m.Print(v, eval.PrintOptions{})
	})
}
