package script

// This file tests statements that are typed.

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.starlark.net/starlark"
)

func TestIncomplete(t *testing.T) {
	for text, want := range map[string]bool{
		"1 + 1\n":                        false,
		"f(\n":                           true,
		"f(\n1)\n":                       false,
		"def f():\n":                     true,
		"def f():\n    return 1\n":       true,
		"def f():\n    return 1\n\n":     false,
		"if x:\n  a()\nelse:\n":          true,
		"if x:\n  a()\nelse:\n  b()\n":   true,
		"x = \"\"\"a\n":                  true,
		"x = \"\"\"a\nb\"\"\"\n":         false,
		"1 + )\n":                        false,
		"# nothing\n":                    false,
		"x = {\n\n":                      true,
		"def f():\n\n  if x:\n    a()\n": true,
	} {
		if got := Incomplete(text); got != want {
			t.Errorf("Incomplete(%q) = %v", text, got)
		}
	}
}

func newTestPrompt(t *testing.T, o Options) *Prompt {
	t.Helper()
	p, err := NewProject(t.TempDir(), Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.World = &System{Dir: p.Dir}
	return NewPrompt(p, o)
}

func TestPromptEval(t *testing.T) {
	var told []string
	p := newTestPrompt(t, Options{Log: func(_, text string) { told = append(told, text) }})
	eval := func(text string) starlark.Value {
		t.Helper()
		typed, err := p.Eval(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return typed.Value
	}
	if v := eval("x = [1, 2]; x.append(3)"); v != nil {
		t.Errorf("an assignment gives %v", v)
	}
	eval("x.append(4)") // what is kept is not frozen
	if v := eval("x"); p.Text(v, 80) != "[1, 2, 3, 4]" {
		t.Errorf("x: %s", v)
	}
	if v := eval("len(_)"); v.String() != "4" {
		t.Errorf("_: %s", v)
	}
	eval("def twice(n):\n    return n * 2\n\n")
	if v := eval("twice(21)"); v.String() != "42" {
		t.Errorf("twice: %s", v)
	}
	eval(`ctx.file.write("a.txt", "text")`)
	if v := eval(`ctx.file.read("a.txt")`); v.String() != `"text"` {
		t.Errorf("file: %s", v)
	}
	eval(`s = ctx.secret("hunter2")`)
	if text := p.Text(eval(`{"password": "hunter2"}`), 80); strings.Contains(text, "hunter2") {
		t.Errorf("a secret is shown: %s", text)
	}
	eval("def late():\n    print(\"late\")\n\n")
	eval("ctx.defer(late)")
	if err := p.Close(t.Context()); err != nil || len(told) == 0 || told[len(told)-1] != "late" {
		t.Errorf("what was deferred was not done: %v %q", err, told)
	}
}

func TestPromptErrors(t *testing.T) {
	p := newTestPrompt(t, Options{})
	_, err := p.Eval(t.Context(), "y = 1\nz = y + nope\n")
	if err == nil || !strings.Contains(err.Error(), "«line»:2:9: undefined: nope") || !strings.Contains(err.Error(), "2 | z = y + nope") {
		t.Errorf("error: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Eval(ctx, "while True:\n    pass\n\n"); err == nil {
		t.Error("an endless loop ended by itself")
	}
	if typed, err := p.Eval(t.Context(), "1 + 1"); err != nil || typed.Value.String() != "2" {
		t.Errorf("after an interrupt: %v", err)
	}
}

func TestPromptDryRun(t *testing.T) {
	var told []string
	p := newTestPrompt(t, Options{Log: func(_, text string) { told = append(told, text) }})
	p.SetDeployment(nil, true)
	typed, err := p.Eval(t.Context(), `ctx.file.write("a.txt", "text")`)
	if err != nil || len(typed.Effects) != 1 || len(told) != 1 || !strings.HasPrefix(told[0], "would write") {
		t.Errorf("dry run: %v %v %q", err, typed.Effects, told)
	}
}

func TestPromptNames(t *testing.T) {
	p := newTestPrompt(t, Options{})
	if _, err := p.Eval(t.Context(), "mine = struct(first = 1, second = 2)"); err != nil {
		t.Fatal(err)
	}
	for of, want := range map[string]string{"": "mine", "ctx": "apply", "ctx.file": "read", "mine": "second"} {
		if names := strings.Join(p.Names(t.Context(), of), " ") + " "; !strings.Contains(names, want+" ") {
			t.Errorf("Names(%q) = %s, want %s in it", of, names, want)
		}
	}
	if names := p.Names(t.Context(), "nope.x"); names != nil {
		t.Errorf("names of nothing: %q", names)
	}
}

func TestPromptText(t *testing.T) {
	p := newTestPrompt(t, Options{})
	typed, err := p.Eval(t.Context(), `{"alpha": [1, 2, 3], "beta": "a text that is long enough"}`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "{\n    \"alpha\": [1, 2, 3],\n    \"beta\": \"a text that is long enough\",\n}"
	if got := p.Text(typed.Value, 40); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestIndent(t *testing.T) {
	const text = "if a:\n    b = \"\"\"x\n  y\"\"\"\n\nc()"
	const want = "    if a:\n        b = \"\"\"x\n  y\"\"\"\n\n    c()"
	if got := Indent(text, "    "); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
