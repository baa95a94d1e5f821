package repl

import (
	"errors"
	"slices"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want statement
	}{
		{"", statement{}},
		{"  # only a comment", statement{}},
		{"1 + 1", statement{expr: "1 + 1"}},
		{"{ a = 1; }", statement{expr: "{ a = 1; }"}},
		{"let\n  a = 1;\nin a", statement{expr: "let\n  a = 1;\nin a"}},
		{"x = 1", statement{bindings: []string{"x = 1"}}},
		{"x = 1;", statement{bindings: []string{"x = 1;"}}},
		{"x = 1; y = { a = 2; }.a; inherit (x) b", statement{bindings: []string{"x = 1;", " y = { a = 2; }.a;", " inherit (x) b"}}},
		{"a.b = 1", statement{bindings: []string{"a.b = 1"}}},
		{"x = 1 # one", statement{bindings: []string{"x = 1 # one"}}},
		{"x == 1", statement{expr: "x == 1"}},
		{":ls web", statement{command: "ls web"}},
		{":p {\n  a = 1;\n}", statement{command: "p {\n  a = 1;\n}"}},
		{":!echo {", statement{command: "!echo {"}},
	} {
		got, err := read(tt.text, false)
		if err != nil || got.expr != tt.want.expr || got.command != tt.want.command || !slices.Equal(got.bindings, tt.want.bindings) {
			t.Errorf("read(%q) = %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
}

func TestInputErrorPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1 + }":           "1 + }\n    ^",
		"let x = 1; in\n": "let x = 1; in\n             ^",
		"{\n  a = 1 b":    "  a = 1 b\n         ^",
	} {
		_, err := read(text, true)
		var e *inputError
		if !errors.As(err, &e) || e.excerpt() != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", text, err, e.excerpt(), want)
		}
	}
}

func TestReadIncomplete(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{", "[ 1", "(1 +", `"text`, "''\n text", "let a = 1;", "let a = 1; in", "if true then", "x =", "x = {", "inherit (a", "x = ''", "/* comment", `"${`, ":p {", "a:", "with x;"} {
		if _, err := read(text, false); !errors.Is(err, errIncomplete) {
			t.Errorf("read(%q): %v", text, err)
		}
		var wrong *inputError
		if _, err := read(text, true); !errors.As(err, &wrong) {
			t.Errorf("read(%q) as the last one: %v", text, err)
		}
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text         string
		line, column int
		excerpt      string
	}{
		{"1 + }", 1, 5, "1 + }\n    ^"},
		{"{ a = 1;\n  b = ]; }", 2, 7, "  b = ]; }\n      ^"},
		{"x = 1 + ;", 1, 9, "x = 1 + ;\n        ^"},
		{`"日本" + ]`, 1, 8, "\"日本\" + ]\n         ^"},
		{":p 1 + )", 1, 8, ":p 1 + )\n       ^"},
	} {
		_, err := read(tt.text, false)
		var wrong *inputError
		if !errors.As(err, &wrong) {
			t.Errorf("read(%q): %v", tt.text, err)
			continue
		}
		if wrong.line != tt.line || wrong.column != tt.column || wrong.excerpt() != tt.excerpt {
			t.Errorf("read(%q): %d:%d\n%s\nwant %d:%d\n%s", tt.text, wrong.line, wrong.column, wrong.excerpt(), tt.line, tt.column, tt.excerpt)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	got := words(`web  "a b".c x`)
	if want := []string{"web", `"a b".c`, "x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLookUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, want string }{
		{"ls", "ls"}, {"tr", "tree"}, {"t", "t"}, {"?", "help"}, {"!ls", "!"}, {"conti", "continue"}, {"rd", "rdeps"},
	} {
		if c, err := lookUp(tt.name); err != nil || c.name != tt.want {
			t.Errorf("lookUp(%q) = %v, %v; want %s", tt.name, c, err, tt.want)
		}
	}
	for name, want := range map[string]string{"re": ":re may be :reveal, :replace or :read", "nosuch": "there is no command :nosuch"} {
		if _, err := lookUp(name); err == nil || err.Error() != want {
			t.Errorf("lookUp(%q): %v, want %s", name, err, want)
		}
	}
}

// Every command can be found by its name, says what it is for, and has an example that starts with it.
func TestCommands(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range commands {
		found, err := lookUp(c.name)
		if err != nil || found != c || seen[c.name] {
			t.Errorf(":%s is not found, or twice: %v", c.name, err)
		}
		seen[c.name] = true
		example, err := read(c.example, true)
		if err != nil {
			t.Errorf("the example of :%s: %v", c.name, err)
		}
		if c.short == "" || c.run == nil || !slices.Contains(groups, c.group) || len(example.command) < len(c.name) || example.command[:len(c.name)] != c.name {
			t.Errorf(":%s is not complete", c.name)
		}
	}
}
