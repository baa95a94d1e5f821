package eval

import (
	"encoding/json"
	"math"
	"math/rand"
	"strconv"
	"strings"
	"testing"
)

// newBare makes an evaluator that cannot reach anything.
func newBare() *Evaluator { return New(Options{Pure: true}) }

func TestFromJSONError(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", "parse error at line 1, column 1: attempting to parse an empty input; check that your input string or stream contains the expected JSON"},
		{"[1,", "parse error at line 1, column 4: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal"},
		{"[1\n\n2]", "parse error at line 3, column 1: syntax error while parsing array - unexpected number literal; expected ']'"},
		{`{"a"}`, "parse error at line 1, column 5: syntax error while parsing object separator - unexpected '}'; expected ':'"},
		{`{a:1}`, "parse error at line 1, column 2: syntax error while parsing object key - invalid literal; last read: '{a'; expected string literal"},
		{`{"a":1]`, "parse error at line 1, column 7: syntax error while parsing object - unexpected ']'; expected '}'"},
		{`"a` + "\n" + `"`, `parse error at line 2, column 0: syntax error while parsing value - invalid string: control character U+000A (LF) must be escaped to \u000A or \n; last read: '"a<U+000A>'`},
		{`"\ud800"`, `parse error at line 1, column 8: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '"\ud800"'`},
		{"\"a\xffb\"", "parse error at line 1, column 3: syntax error while parsing value - invalid string: ill-formed UTF-8 byte; last read: '\"a\xff'"},
		{"\xef\xbb[1]", "parse error at line 1, column 3: syntax error while parsing value - invalid BOM; must be 0xEF 0xBB 0xBF if given; last read: '\xef\xbb['"},
		{"1-1", "parse error at line 1, column 3: syntax error while parsing value - unexpected number literal; expected end of input"},
		{"1e+", "parse error at line 1, column 4: syntax error while parsing value - invalid number; expected digit after exponent sign; last read: '1e+'"},
		{"1e400", "[json.exception.out_of_range.406] number overflow parsing '1e400'"},
		{"9223372036854775808", "unsigned json number 9223372036854775808 outside of Nix integer range"},
		{`{"\u0000":1}`, "input string '␀' cannot be represented as Nix string because it contains null bytes"},
	}
	for _, tt := range tests {
		_, err := newBare().FromJSON(tt.text)
		if err == nil {
			t.Errorf("FromJSON(%q) succeeds, want %s", tt.text, tt.want)
		} else if got := strings.TrimPrefix(err.Msg, "[json.exception.parse_error.101] "); got != tt.want {
			t.Errorf("FromJSON(%q)\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `true`, `-9223372036854775808`, `1.5`, `-0.0`, `"a\n\"\\\u0001é😀"`, `[]`, `{}`, `[[],{"a":{}},[null]]`,
		`{"":1,"a":[1,2.5,"x"],"b":{"a":1,"b":2}}`, `[{"a":1,"b":2},{"a":3,"b":4}]`,
	} {
		m := newBare()
		v, err := m.FromJSON(text)
		if err != nil {
			t.Errorf("FromJSON(%s): %v", text, err)
			continue
		}
		got, _, err := m.ToJSON(v)
		if err != nil || got != text {
			t.Errorf("ToJSON(FromJSON(%s)) = %s, %v", text, got, err)
		}
	}
}

// Of several members with one name the last one counts, whatever the order of the names.
func TestJSONRepeatedName(t *testing.T) {
	t.Parallel()
	m := newBare()
	v, err := m.FromJSON(`[{"b":1,"a":2,"b":3},{"a":1,"b":2},{"b":1,"a":2}]`)
	if err != nil {
		t.Fatal(err)
	}
	got, _, _ := m.ToJSON(v)
	if want := `[{"a":2,"b":3},{"a":1,"b":2},{"a":2,"b":1}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestToJSONInvalidUTF8(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"a\xff", "invalid UTF-8 byte at index 1: 0xFF"},
		{"é\xe4b", "invalid UTF-8 byte at index 3: 0x62"},
		{"a\xe4\xb8", "incomplete UTF-8 string; last byte: 0xB8"},
		{"\xed\xa0\x80", "invalid UTF-8 byte at index 1: 0xA0"},
		{"\xf4\x90\x80\x80", "invalid UTF-8 byte at index 1: 0x90"},
		{"\xc0\x80", "invalid UTF-8 byte at index 0: 0xC0"},
	}
	for _, tt := range tests {
		_, _, err := newBare().ToJSON(List([]Value{String(tt.text), Int(1)}))
		if want := "JSON serialization error: [json.exception.type_error.316] " + tt.want; err == nil || err.Msg != want {
			t.Errorf("ToJSON(%q) fails with %v, want %s", tt.text, err, want)
		}
	}
}

// The numbers are those that nlohmann::json writes, also where they are not the shortest ones.
func TestJSONFloat(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"1.0", "1.0"}, {"0.1", "0.1"}, {"1e14", "100000000000000.0"}, {"1e15", "1e+15"}, {"123456789012345.6", "123456789012345.6"},
		{"0.0001", "0.0001"}, {"0.00001", "1e-05"}, {"1.5e-10", "1.5e-10"}, {"1e22", "1e+22"}, {"5e-324", "5e-324"},
		{"1.7976931348623157e308", "1.7976931348623157e+308"}, {"2.2250738585072014e-308", "2.2250738585072014e-308"},
		{"2.9946634713496697e-224", "2.9946634713496696e-224"}, {"-9.62018291496861", "-9.620182914968611"},
		{"7.21469747208391e-04", "0.0007214697472083911"}, {"1.9407194639413562e+13", "19407194639413.563"},
	}
	for _, tt := range tests {
		f, _ := strconv.ParseFloat(tt.text, 64)
		if got := string(appendJSONFloat(nil, f)); got != tt.want {
			t.Errorf("%s is written as %s, want %s", tt.text, got, tt.want)
		}
	}
	for _, f := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		if got := string(appendJSONFloat(nil, f)); got != "null" {
			t.Errorf("%g is written as %s, want null", f, got)
		}
	}
	r := rand.New(rand.NewSource(1))
	for range 100_000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		s := string(appendJSONFloat(nil, f))
		if back, err := strconv.ParseFloat(s, 64); back != f || err != nil {
			t.Fatalf("%g is written as %s, which reads as %g", f, s, back)
		}
	}
}

// A nesting that toJSON refuses is no problem for fromJSON.
func TestJSONDepth(t *testing.T) {
	t.Parallel()
	const depth = 1_000_000
	m := newBare()
	v, err := m.FromJSON(strings.Repeat("[", depth) + strings.Repeat("]", depth))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.ToJSON(v); err == nil || err.Kind != Limit {
		t.Errorf("ToJSON of %d lists in each other: %v, want a limit", depth, err)
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e3,"\u00e9\ud83d\ude00"],"b":{}}`, `[1,`, "\"\xff\"", "\xef\xbb\xbf[]", `{"a":1,"a":2}`, `1e400`, "\n{,}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := newBare()
		v, err := m.FromJSON(text)
		if err != nil {
			if strings.Contains(err.Msg, "parse_error") && json.Valid([]byte(text)) && !strings.Contains(err.Msg, "UTF-8") && !strings.Contains(err.Msg, "surrogate") {
				t.Errorf("%q is JSON, but: %s", text, err.Msg)
			}
			return
		}
		if !json.Valid([]byte(strings.TrimPrefix(text, byteOrderMark))) {
			t.Errorf("%q is not JSON, but is read", text)
		}
		first, _, err := m.ToJSON(v)
		if err != nil {
			if err.Kind != Limit {
				t.Errorf("ToJSON: %v", err)
			}
			return
		}
		again, err := m.FromJSON(first)
		if err != nil {
			t.Fatalf("FromJSON(%s): %v", first, err)
		}
		if second, _, _ := m.ToJSON(again); second != first {
			t.Errorf("%s is written as %s when read again", first, second)
		}
	})
}

func benchJSON() string {
	var b strings.Builder
	b.WriteString("[")
	for i := range 50_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		n := strconv.Itoa(i)
		b.WriteString(`{"id": ` + n + `, "name": "item ` + n + `", "tags": ["a", "b\n", "c"], "size": ` + n + `.5, "nested": {"x": true, "y": null}}`)
	}
	b.WriteString("]")
	return b.String()
}

func BenchmarkFromJSON(b *testing.B) {
	text := benchJSON()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := newBare().FromJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkToJSON(b *testing.B) {
	m := newBare()
	v, err := m.FromJSON(benchJSON())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		text, _, _ := m.ToJSON(v)
		b.SetBytes(int64(len(text)))
	}
}
