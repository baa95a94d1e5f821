package repl

import (
	"slices"
	"strings"
	"testing"
)

func TestChainAtEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ before, chain, partial string }{
		{"", "", ""},
		{"mem", "mem", "mem"},
		{"1 + members.we", "members.we", "we"},
		{"members.", "members.", ""},
		{`members."two wo`, `members."two wo`, `"two wo`},
		{`members."two words".in`, `members."two words".in`, "in"},
		{`{ a = "text"; `, "", ""},
		{`{ a = "text"; b`, "b", "b"},
		{`"text`, `"text`, `"text`},
	} {
		if chain, partial := chainAtEnd(tt.before); chain != tt.chain || partial != tt.partial {
			t.Errorf("chainAtEnd(%q) = %q, %q, want %q, %q", tt.before, chain, partial, tt.chain, tt.partial)
		}
	}
}

func TestInputsOpen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"{ type = t; inputs = { ":                  true,
		"{ type = t; inputs = { a = 1; ":           true,
		`{ type = t; inputs = { a = "x;"; b = 2; `: true,
		"{ type = t; inputs = { a = ":              false,
		"{ type = t; inputs = { }; ":               false,
		"{ type = t; ":                             false,
	} {
		if got := inputsOpen.MatchString(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	all := []completion{{text: "webserver"}, {text: "database"}, {text: "web"}, {text: "mail-web"}}
	for partial, want := range map[string][]string{
		"":     {"webserver", "database", "web", "mail-web"},
		"web":  {"webserver", "web"},
		"mweb": {"mail-web"},
		"dtbs": {"database"},
		"wsv":  {"webserver"},
		"xyz":  nil,
	} {
		var got []string
		for _, c := range rank(partial, all) {
			got = append(got, c.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("rank(%q) = %q, want %q", partial, got, want)
		}
	}
}

func TestShellWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                          nil,
		"roll --to here":            {"roll", "--to", "here"},
		`a "b c" 'd "e"' f\ g`:      {"a", "b c", `d "e"`, "f g"},
		`--x="two words" --y=`:      {"--x=two words", "--y="},
		`"" ''`:                     {"", ""},
		`'back\slash' "quo\"te"`:    {`back\slash`, `quo"te`},
		"  many   blanks \t there ": {"many", "blanks", "there"},
	} {
		if got, err := shellWords(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("shellWords(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	if _, err := shellWords(`a "b`); err == nil {
		t.Error("an open quote is no error")
	}
}

func TestOperationText(t *testing.T) {
	t.Parallel()
	got := operationText("roll-out", "nixops4.nix", []act{
		{script: `load("//lib.star", "x")`}, {script: `ctx.apply("web")`}, {byHand: "nixops4 state mv a b"}, {script: "for i in x:\n    ctx.read(ctx.env(\"WHO\"))\n"},
	})
	_, got, _ = strings.Cut(got, "\n") // the first line has the date
	const want = `
load("//lib.star", "x")

def roll_out(ctx):
    ctx.apply("web")
    # Scripts cannot do this: nixops4 state mv a b
    for i in x:
        ctx.read(ctx.env("WHO"))

operation("roll-out", roll_out, doc = "What was done in a session of nixops4 repl.", writes = True, env = ["WHO"])
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
