package worker

// This file tests lines of a shell.

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nixops4/eval"
)

// say evaluates a line and returns what is shown.
func (e *evaluation) say(t *testing.T, r LineRequest) string {
	t.Helper()
	r.Dir = "/"
	result, err := e.Line(t.Context(), &r)
	var failed *Error
	switch {
	case errors.As(err, &failed):
		return "error: " + failed.Message
	case err != nil:
		t.Fatal(err)
	case r.Bindings != "":
		return strings.Join(result.Names, " ")
	}
	return result.Text
}

func TestLines(t *testing.T) {
	t.Parallel()
	members := `a = r "t" { x = 1; }; c.members.b = r "t" { y = out.a.out; };`
	for _, tt := range []struct {
		name  string
		lines []LineRequest
		want  string // of the last one
	}{
		{"arithmetic", []LineRequest{{Expr: "1 + 1"}}, "2"},
		{"a binding", []LineRequest{{Bindings: "x = 2"}, {Expr: "x * 3"}}, "6"},
		{"the names of bindings", []LineRequest{{Bindings: "x = 2; y.z = 3; inherit (builtins) add;"}}, "add x y"},
		{"a binding that uses the former one", []LineRequest{{Bindings: "x = 2"}, {Bindings: "x = x + 1"}, {Expr: "x"}}, "3"},
		{"a comment after a binding", []LineRequest{{Bindings: "x = 2 # two"}, {Expr: "x"}}, "2"},
		{"a misspelled name in a binding", []LineRequest{{Bindings: "x = nope"}}, "error: «line»:1:7: undefined variable 'nope'"},
		{"results", []LineRequest{{Expr: "1", Keep: true}, {Expr: "2", Keep: true}, {Expr: "[ _ _1 _2 ]"}}, "[ 2 2 1 ]"},
		{"members of another root", []LineRequest{{Expr: "members.a.inputs.x"}}, "1"},
		{"members of a composite", []LineRequest{{Expr: "builtins.attrNames members", At: []string{"c"}}}, `[ "b" ]`},
		{"an unknown output", []LineRequest{{Expr: "members.a.outputs.out"}}, "«unknown: a.out»"},
		{"an unknown output inside", []LineRequest{{Expr: "{ x = members.c.members.b.inputs; }"}}, "{ x = { y = «unknown: a.out»; }; }"},
		{"outputs", []LineRequest{{Expr: "outputs.c"}}, "{ b = { out = «unknown: c.b.out»; }; }"},
		{"a plan that nobody has made", []LineRequest{{Expr: "plan.items"}}, "«unknown: plan»"},
		{"types", []LineRequest{{Expr: "x: x", As: FormType}}, "a function"},
		{"JSON", []LineRequest{{Expr: "{ a = [ 1 null ]; b = outputs.a.out; }", As: FormJSON}}, `{"a":[1,null],"b":null}`},
		{"an error inside", []LineRequest{{Expr: `{ a = throw "no"; b = 1; }`}}, "{ a = «error: no»; b = 1; }"},
		{"an error", []LineRequest{{Expr: `throw "no"`}}, "error: no"},
		{"an error inside, strictly", []LineRequest{{Expr: `{ a = throw "no"; }`, Strict: true}}, "error: no"},
		{"a set that contains itself", []LineRequest{{Expr: "let x = { inherit x; }; in x"}}, "{ x = «the set around»; }"},
		{"folded items", []LineRequest{{Expr: "[ 1 2 3 ]", Layout: Layout{Items: 2}}}, "[ 1 2 … «1 more» ]"},
		{"folded nesting", []LineRequest{{Expr: "{ a.b = 1; }", Layout: Layout{Depth: 1}}}, "{ a = { … }; }"},
		{"a long string", []LineRequest{{Expr: `"äöü"`, Layout: Layout{Bytes: 3}}}, `"ä… «4 bytes more»`},
		{"several lines", []LineRequest{{Expr: `{ a = [ 1 2 ]; "b c" = "text"; }`, Layout: Layout{Width: 20}}}, "{\n  a = [ 1 2 ];\n  \"b c\" = \"text\";\n}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := openRoot(t, OpenRequest{Expr: testRoot(members)})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, line := range tt.lines {
				got = e.say(t, line)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A new generation evaluates bindings and results anew.
func TestLinesGenerations(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`a = r "t" { };`)})
	if err != nil {
		t.Fatal(err)
	}
	e.say(t, LineRequest{Bindings: "x = outputs.a.out"})
	for _, value := range []string{`"one"`, `"two"`} {
		if err := e.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := e.say(t, LineRequest{Expr: "x"}); got != "«unknown: a.out»" {
			t.Errorf("before: %s", got)
		}
		if err := e.Tell(t.Context(), &TellRequest{[]string{"a"}, map[string]json.RawMessage{"out": json.RawMessage(value)}, nil}); err != nil {
			t.Fatal(err)
		}
		if got := e.say(t, LineRequest{Expr: "x"}); got != value {
			t.Errorf("got %s, want %s", got, value)
		}
	}
	if err := e.Give(&GiveRequest{"plan", json.RawMessage(`{"items":[1]}`)}); err != nil {
		t.Fatal(err)
	}
	if got := e.say(t, LineRequest{Expr: "plan.items"}); got != "[ 1 ]" {
		t.Errorf("plan: %s", got)
	}
}

func TestLinesMaskSecrets(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot("")})
	if err != nil {
		t.Fatal(err)
	}
	secret := eval.StringWithContext("hunter2", eval.NewContext(eval.SecretElem("db", "password")))
	e.shell.bound = map[string]eval.Value{"s": secret}
	for _, tt := range []struct {
		line LineRequest
		want string
	}{
		{LineRequest{Expr: `{ a = "pw: ${s}"; }`}, "{ a = (sensitive); }"},
		{LineRequest{Expr: `[ s ]`, As: FormJSON}, `["(sensitive)"]`},
		{LineRequest{Expr: "s", Layout: Layout{Reveal: true}}, `"hunter2"`},
	} {
		if got := e.say(t, tt.line); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.line.Expr, got, tt.want)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`a = r "t" { x = 1; y = throw "no"; };`)})
	if err != nil {
		t.Fatal(err)
	}
	e.say(t, LineRequest{Expr: "members.a.inputs.x"})
	result, err := e.Complete(t.Context(), &CompleteRequest{Expr: "members.a.inputs", Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(result.Names)
	if want := `[{"name":"x","preview":"1"},{"name":"y"}]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What has not changed is not read again, and bindings are kept.
func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("root.nix", testRoot(`a = r "t" { x = import ./x.nix; y = import ./y.nix; };`))
	write("x.nix", "1")
	write("y.nix", "2")
	e, err := openRoot(t, OpenRequest{File: filepath.Join(dir, "root.nix")})
	if err != nil {
		t.Fatal(err)
	}
	e.say(t, LineRequest{Bindings: "both = with members.a.inputs; [ x y ]"})
	check := func(want string, changed, kept int) {
		t.Helper()
		before := e.m.Stats().Files
		result, err := e.Reload(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Changed) != changed || result.Kept != kept {
			t.Errorf("reloaded: %+v, want %d changed and %d kept", result, changed, kept)
		}
		if got := e.say(t, LineRequest{Expr: "both"}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		const lines = 2 // the binding and the expression
		if read := e.m.Stats().Files - before; read != int64(changed+lines) {
			t.Errorf("%d files were read, want %d", read-lines, changed)
		}
	}
	if got := e.say(t, LineRequest{Expr: "both"}); got != "[ 1 2 ]" {
		t.Fatal(got)
	}
	check("[ 1 2 ]", 0, 3)
	write("y.nix", "3")
	check("[ 1 3 ]", 1, 2)
	// A root that is broken does not take the former one away.
	write("root.nix", "{")
	var failed *Error
	if _, err := e.Reload(t.Context()); !errors.As(err, &failed) {
		t.Errorf("a broken root: %v", err)
	}
	if got := e.say(t, LineRequest{Expr: "both"}); got != "[ 1 3 ]" {
		t.Errorf("after a broken root: %s", got)
	}
}
