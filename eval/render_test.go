package eval

// This file tests how errors are rendered.

import (
	"errors"
	"strings"
	"testing"

	"nixops4/eval/syntax"
)

// exampleError is an error in a text of two lines, with callers.
func exampleError(t *testing.T, callers int) *Error {
	t.Helper()
	files := &syntax.Files{}
	src, err := files.Add("/f.nix", true, "first\nsecond")
	if err != nil {
		t.Fatal(err)
	}
	e := &Error{Kind: Other, Msg: "wrong\nin two lines", Pos: src.Pos(6), Suggestions: []string{"a", "b", "c"}, files: files}
	for range callers {
		e.trace(src.Pos(0), "while calling")
	}
	return e
}

func TestRenderPlain(t *testing.T) {
	got := Render(exampleError(t, 0), RenderOptions{})
	want := `error: wrong
       in two lines
       at /f.nix:2:1:
            1| first
            2| second
             | ^
       Did you mean one of a, b or c?`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRenderOther(t *testing.T) {
	if got, want := Render(errors.New("not of the language"), RenderOptions{}), "error: not of the language"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenderRepeated(t *testing.T) {
	few := Render(exampleError(t, 6), RenderOptions{ShowTrace: true})
	if n := strings.Count(few, "while calling"); n != 6 {
		t.Errorf("of 6 lines that repeat %d are shown:\n%s", n, few)
	}
	many := Render(exampleError(t, 7), RenderOptions{ShowTrace: true})
	if !strings.Contains(many, "(6 duplicate frames omitted)") || strings.Count(many, "while calling") != 1 {
		t.Errorf("lines that repeat are shown:\n%s", many)
	}
}

func TestRenderBrief(t *testing.T) {
	e := exampleError(t, 0)
	e.tracef(0, "custom")
	e.Trace[0].Custom = true
	for i := range 10 {
		e.tracef(0, "caller %d", i)
	}
	got := Render(e, RenderOptions{})
	for text, want := range map[string]bool{"caller 9": true, "caller 6": true, "caller 5": false, "custom": true, "stack trace truncated": true} {
		if strings.Contains(got, text) != want {
			t.Errorf("%q in it: want %v\n%s", text, want, got)
		}
	}
}

func TestRenderColors(t *testing.T) {
	got := Render(exampleError(t, 1), RenderOptions{Color: true})
	for _, want := range []string{"\x1b[31;1merror:\x1b[0m", "\x1b[34;1mat \x1b[0m", "\x1b[35;1m/f.nix:2:1\x1b[0m:", " | \x1b[31;1m^\x1b[0m", "Did you mean one of \x1b[35;1ma\x1b[0m,"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if plain := clean(got, false); plain != Render(exampleError(t, 1), RenderOptions{}) {
		t.Errorf("without colours it is another text:\n%s", plain)
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct {
		text, plain, colored string
	}{
		{"plain", "plain", "plain"},
		{"a\tb", "a       b", "a       b"},
		{"\ta\n\tb", "        a\n        b", "        a\n        b"},
		{"é\tb", "é       b", "é       b"},
		{"a\r\nb\a", "a\nb", "a\nb"},
		{"\x1b[31mred\x1b[0m", "red", "\x1b[31mred\x1b[0m"},
		{"\x1b[2Jgone", "gone", "gone"},
		{"\x1b]8;;http://x\x1b\\link", "link", "link"},
		{"\x1b]0;title\alink", "link", "link"},
		{"\x1b", "", ""},
		{"\x1b[", "", ""},
		{"\x1b[31", "", ""},
		{"\x1b(x", "(x", "(x"},
	} {
		if got := clean(test.text, false); got != test.plain {
			t.Errorf("clean(%q, false) = %q, want %q", test.text, got, test.plain)
		}
		if got := clean(test.text, true); got != test.colored {
			t.Errorf("clean(%q, true) = %q, want %q", test.text, got, test.colored)
		}
	}
}
