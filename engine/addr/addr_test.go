package addr

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		in    string
		names []string
		str   string // when it differs from in
	}{
		{"a", []string{"a"}, ""},
		{"a.b.c", []string{"a", "b", "c"}, ""},
		{`a."file.txt".b`, []string{"a", "file.txt", "b"}, ""},
		{`"a".b`, []string{"a", "b"}, "a.b"},
		{`""`, []string{""}, ""},
		{`a.""`, []string{"a", ""}, ""},
		{`web-1.x'`, []string{"web-1", "x'"}, ""},
		{`a.10`, []string{"a", "10"}, `a."10"`},
		{`if.or`, []string{"if", "or"}, `"if"."or"`},
		{`user@host`, []string{"user@host"}, `"user@host"`},
		{`"say \"hi\"\n\t\r\\ \${x} $5"`, []string{"say \"hi\"\n\t\r\\ ${x} $5"}, ""},
		{`"häß".ü`, []string{"häß", "ü"}, `"häß"."ü"`},
	} {
		p, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
			continue
		}
		if got := p.Names(); !slices.Equal(got, tt.names) {
			t.Errorf("Parse(%q).Names() = %q, want %q", tt.in, got, tt.names)
		}
		want := tt.str
		if want == "" {
			want = tt.in
		}
		if got := p.String(); got != want {
			t.Errorf("Parse(%q).String() = %q, want %q", tt.in, got, want)
		}
		if p != Of(tt.names...) {
			t.Errorf("Parse(%q) differs from Of(%q)", tt.in, tt.names)
		}
		if got := p.Depth(); got != len(tt.names) {
			t.Errorf("Parse(%q).Depth() = %d, want %d", tt.in, got, len(tt.names))
		}
		if got, want := p.Name(), tt.names[len(tt.names)-1]; got != want {
			t.Errorf("Parse(%q).Name() = %q, want %q", tt.in, got, want)
		}
		if got, want := p.Parent(), Of(tt.names[:len(tt.names)-1]...); got != want {
			t.Errorf("Parse(%q).Parent() = %q, want %q", tt.in, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", `invalid path "": expected a name at column 1`},
		{".", `invalid path ".": expected a name at column 1`},
		{"a..b", `invalid path "a..b": expected a name at column 3`},
		{"a.", `invalid path "a.": expected a name at column 3`},
		{"ü b", `invalid path "ü b": unexpected ' ' at column 2`},
		{`a"b"`, `invalid path "a\"b\"": unexpected '"' at column 2`},
		{`"a"b`, `invalid path "\"a\"b": expected "." after the closing quote at column 4`},
		{`x."ab`, `invalid path "x.\"ab": this quote is not closed at column 3`},
		{`x."ab\`, `invalid path "x.\"ab\\": this quote is not closed at column 3`},
		{`"a${b}"`, `invalid path "\"a${b}\"": a path cannot have interpolation at column 3`},
		{`a.${b}`, `invalid path "a.${b}": unexpected '$' at column 3`},
	} {
		_, err := Parse(tt.in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%q) = %v, want a *SyntaxError", tt.in, err)
			continue
		}
		if got := err.Error(); got != tt.want {
			t.Errorf("Parse(%q):\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestRoot(t *testing.T) {
	if Root.Parent() != Root || Root.Name() != "" || Root.Depth() != 0 || len(Root.Names()) != 0 || !Of().IsRoot() {
		t.Errorf("root: parent %v, name %q, depth %d, names %q", Root.Parent(), Root.Name(), Root.Depth(), Root.Names())
	}
}

func TestHasPrefix(t *testing.T) {
	for _, tt := range []struct {
		path, prefix Path
		want         bool
	}{
		{Of("a", "b"), Root, true},
		{Of("a", "b"), Of("a"), true},
		{Of("a", "b"), Of("a", "b"), true},
		{Of("a"), Of("a", "b"), false},
		{Of("ab"), Of("a"), false},
		{Of("a.b"), Of("a"), false},
		{Of("a.b", "c"), Of("a.b"), true},
		{Root, Of("a"), false},
	} {
		if got := tt.path.HasPrefix(tt.prefix); got != tt.want {
			t.Errorf("%q.HasPrefix(%q) = %v, want %v", tt.path, tt.prefix, got, tt.want)
		}
	}
}

func TestSort(t *testing.T) {
	want := []Path{Root, Of(""), Of("a"), Of("a", "b"), Of("a", "b", "c"), Of("a-b"), Of("a.b"), Of("b"), Of("or")}
	got := slices.Clone(want)
	slices.Reverse(got)
	Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("Sort: got %q, want %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	in := map[Path][]Path{Of("a", "b.c"): {Root, Of("x")}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), `{"a.\"b.c\"":["","x"]}`; got != want {
		t.Errorf("Marshal: got %s, want %s", got, want)
	}
	out := map[Path][]Path{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(out[Of("a", "b.c")], in[Of("a", "b.c")]) {
		t.Errorf("Unmarshal(%s) = %v", text, out)
	}
	if err := json.Unmarshal([]byte(`["a..b"]`), &[]Path{}); err == nil {
		t.Errorf("Unmarshal of a..b: no error")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a.b", `a."x.y"`, `"\n\\\"".c`, "a..", `"${"`, "ü.\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			if err.Error() == "" {
				t.Errorf("Parse(%q): empty error", text)
			}
			return
		}
		q, err := Parse(p.String())
		if err != nil || q != p {
			t.Fatalf("Parse(%q) = %q, read back: %q, %v", text, p, q, err)
		}
		if Of(p.Names()...) != p || p.Parent().Child(p.Name()) != p || p.Compare(q) != 0 || !p.HasPrefix(p.Parent()) {
			t.Errorf("%q: names %q, parent %q, name %q do not fit", p, p.Names(), p.Parent(), p.Name())
		}
	})
}

func TestParseOutput(t *testing.T) {
	got, err := ParseOutput(`web."a.b".ip`)
	if want := (Output{Of("web", "a.b"), "ip"}); err != nil || got != want || got.String() != `web."a.b".ip` {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := ParseOutput("web"); err == nil || err.Error() != `invalid path "web": expected a dot and the name of an output at column 4` {
		t.Errorf("ParseOutput(web): %v", err)
	}
	if Of("a").Compare(Of("b")) >= 0 || (Output{Of("a"), "x"}).Compare(Output{Of("a"), "y"}) >= 0 {
		t.Error("outputs are out of order")
	}
}
