package repl

// This file tests what control characters become, and that colours are only added.

import "testing"

func TestTame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, tame, visible string }{
		{"plain\n\t日本 ", "plain\n\t日本 ", "plain\n\t日本 "},
		{"\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m", "^[[1;31mred^[[0m"},
		{"\x1b]0;title\a\x1b[2J\r\x7f", "^[]0;title^G^[[2J^M^?", "^[]0;title^G^[[2J^M^?"},
		{"\x1b[2\x1b[0mJ\u009b2J", "^[[2\x1b[0mJ^[[2J", "^[[2^[[0mJ^[[2J"},
	} {
		if got := tame(tt.text); got != tt.tame {
			t.Errorf("tame(%q) = %q, want %q", tt.text, got, tt.tame)
		}
		if got := visible(tt.text); got != tt.visible {
			t.Errorf("visible(%q) = %q, want %q", tt.text, got, tt.visible)
		}
	}
}

func TestColourLines(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\"open", "\"open\n", "''\n", "''\n  a\n''", "/* open\n", "# comment\n", "1 + \"a\"\n", "x"} {
		if got := colourSequence.ReplaceAllString(colourNix(text), ""); got != text {
			t.Errorf("without colours, colourNix(%q) is %q", text, got)
		}
	}
}
