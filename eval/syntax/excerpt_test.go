package syntax

// This file tests how positions are rendered.

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	var files Files
	add := func(name, text string) *Source {
		s, err := files.Add(name, true, text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := add("/a.nix", "one\ntwo\n\nfour\n")
	empty := add("/empty.nix", "")
	mixed := add("/m.nix", "a\r\nb\rc\nd")
	long := add("/long.nix", strings.Repeat("\n", 123455)+"x")
	tests := []struct {
		pos  Pos
		want string
	}{
		{0, ""},
		{first.Pos(0), "at /a.nix:1:1:\n     1| one\n      | ^\n     2| two\n"},
		{first.Pos(5), "at /a.nix:2:2:\n     1| one\n     2| two\n      |  ^\n     3| \n"},
		{first.Pos(3), "at /a.nix:1:4:\n     1| one\n      |    ^\n     2| two\n"},
		{first.Pos(14), "at /a.nix:5:1:\n     4| four\n     5| \n      | ^\n"},
		{empty.Pos(0), "at /empty.nix:1:1:\n"},
		{mixed.Pos(3), "at /m.nix:2:1:\n     1| a\n     2| b\n      | ^\n     3| c\n"},
		{mixed.Pos(7), "at /m.nix:4:1:\n     3| c\n     4| d\n      | ^\n"},
		{long.Pos(123455), "at /long.nix:123456:1:\n 123455| \n 123456| x\n      | ^\n"},
		{long.Pos(123457), ""},
	}
	for _, test := range tests {
		if got := files.Excerpt(test.pos); got != test.want {
			t.Errorf("position %d:\ngot  %q\nwant %q", test.pos, got, test.want)
		}
	}
	var none *Files
	if got := none.Excerpt(1); got != "" {
		t.Errorf("without files: got %q", got)
	}
}

func TestIndent(t *testing.T) {
	got := Indent("error: ", "       ", "one \n\n  two\t\n\n")
	if want := "error: one\n\n         two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorInOneLine(t *testing.T) {
	_, err := parseText("{\n  a = ;\n}", Options{})
	if got, want := err.Error(), "«string»:2:7: syntax error, unexpected ';'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (&Error{Msg: "a"}).Error(), "a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
