package worker

// This file tests what the evaluator answers about roots that are written out by hand.

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"nixops4/eval/nix"
)

// testRoot makes an expression for a root with these members. In it, r TYPE INPUTS makes a resource with the output out, out is
// what the outputs are known to be, and system the system of the providers.
func testRoot(members string) string {
	return `{
  _type = "nixops4Component";
  rootFunction = { resourceProviderSystem, outputValues }:
    let
      out = outputValues;
      system = resourceProviderSystem;
      r = type: inputs: { resource = {
        inherit type inputs;
        provider = { type = "stdio"; executable = "p"; args = [ "a" ]; };
        outputsSkeleton.out = { };
        state = null;
      }; };
    in { members = { ` + members + ` }; };
}`
}

func openRoot(t *testing.T, r OpenRequest) (*evaluation, error) {
	t.Helper()
	library := fstest.MapFS{"default.nix": {Data: []byte("{ }: { answer = import ./lib/answer.nix; }")}, "lib/answer.nix": {Data: []byte("42")}}
	e := NewEvaluation(Settings{Library: library}, func(line string) { t.Log(line) }).(*evaluation)
	r.Dir = t.TempDir()
	return e, e.Open(t.Context(), &r)
}

// ask returns the answer as JSON, or the error as text.
func (e *evaluation) ask(t *testing.T, path string, want Want) string {
	t.Helper()
	names := []string{}
	if path != "" {
		names = strings.Split(path, ".")
	}
	c, err := e.Component(t.Context(), &ComponentRequest{names, want})
	var needs *NeedsError
	if errors.As(err, &needs) {
		text, _ := json.Marshal(needs)
		return "needs " + string(text)
	}
	if err != nil {
		return err.Error()
	}
	text, err := encodeLine(c)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

func TestComponents(t *testing.T) {
	t.Parallel()
	const resource = `{"resource":{"type":"t","provider":{"args":["a"],"executable":"p","type":"stdio"},"outputs":["out"],"state":null,"inputs":`
	for _, tt := range []struct {
		name, members, path string
		want                Want
		answer              string
	}{
		{"the root", `b = r "t" { }; a.members = { };`, "", WantContents, `{"members":["a","b"]}`},
		{"a kind forces nothing else", `a.resource = throw "no";`, "a", WantKind,
			`{"resource":{"type":"","provider":null,"outputs":null,"state":null,"inputs":null}}`},
		{"contents do not force inputs", `a = r "t" (throw "no");`, "a", WantContents, resource + `null}}`},
		{"members do not force each other", `a = throw "no"; b = r "t" { };`, "b", WantInputs, resource + `{}}}`},
		{"an empty composite", `a = { };`, "a", WantContents, `{}`},
		{"every kind of value", `a = r "t" { s = "q\"\n\\<ü"; i = -1; f = 1.5; n = null; b = true; l = [ 1 [ ] { } ]; d = { outPath = "o"; x = throw "no"; };
			t = { __toString = _: "text"; }; };`, "a", WantInputs,
			resource + `{"b":true,"d":"o","f":1.5,"i":-1,"l":[1,[],{}],"n":null,"s":"q\"\n\\<ü","t":"text"}}}`},
		{"the system", `a = r system { };`, "a", WantContents,
			strings.Replace(resource, `"t"`, `"`+testSystem()+`"`, 1) + `null}}`},
		{"a state", `a.resource = (r "t" { }).resource // { state = [ "x" "y" ]; };`, "a", WantContents,
			strings.Replace(resource, `"state":null`, `"state":["x","y"]`, 1) + `null}}`},
		{"unknown leaves, and the rest", `a = r "t" { }; b = r "t" { x = "say ${out.a.out}"; l = [ 1 { deep = out.a.out; } ]; y = 1; };`, "b", WantInputs,
			resource + `{"l":[1,{"deep":null}],"x":null,"y":1},"unknown":[` +
				`{"at":["l","1","deep"],"until":{"path":["a"],"output":"out"}},{"at":["x"],"until":{"path":["a"],"output":"out"}}]}}`},
		{"unknown inputs as a whole", `a = r "t" { }; b = r "t" (if out.a.out then { } else { });`, "b", WantInputs,
			resource + `null,"unknown":[{"at":[],"until":{"path":["a"],"output":"out"}}]}}`},
		{"an unknown type", `a = r "t" { }; b = r out.a.out { };`, "b", WantContents,
			`needs {"what":"type","path":["b"],"outputs":[{"path":["a"],"output":"out"}]}`},
		{"an unknown kind", `a = r "t" { }; b = if out.a.out then { } else r "t" { };`, "b", WantKind,
			`needs {"what":"kind","path":["b"],"outputs":[{"path":["a"],"output":"out"}]}`},
		{"unknown members on the way", `a = r "t" { }; b.members = out.a.out;`, "b.x", WantKind,
			`needs {"what":"members","path":["b"],"outputs":[{"path":["a"],"output":"out"}]}`},
		{"an output of itself", `a = r "t" { x = out.a.out; };`, "a", WantInputs,
			resource + `{"x":null},"unknown":[{"at":["x"],"until":{"path":["a"],"output":"out"}}]}}`},
		{"outputs of a nested resource", `a.members.b = r "t" { }; c = r "t" { x = out.a.b.out; };`, "c", WantInputs,
			resource + `{"x":null},"unknown":[{"at":["x"],"until":{"path":["a","b"],"output":"out"}}]}}`},
		{"tryEval does not catch it", `a = r "t" { }; b = r "t" { x = builtins.tryEval out.a.out; };`, "b", WantInputs,
			resource + `{"x":null},"unknown":[{"at":["x"],"until":{"path":["a"],"output":"out"}}]}}`},
		{"a wrong name", `a = r "t" { }; b = { };`, "x.y", WantKind, `{"missing":{"parent":[],"names":["a","b"]}}`},
		{"below a resource", `a = r "t" { };`, "a.y", WantKind, `{"missing":{"parent":["a"],"names":null,"resource":true}}`},
		{"an error in an input", `a = r "t" { x.y = throw "no"; };`, "a", WantInputs, "no"},
		{"a function as input", `a = r "t" { x = z: z; };`, "a", WantInputs, "cannot convert a function to JSON"},
		{"a value without end", `a = r "t" (let x = { inherit x; }; in x);`, "a", WantInputs, "contains itself"},
		{"a state that is no path", `a.resource = (r "t" { }).resource // { state = 1; };`, "a", WantContents, "expected a list but found an integer"},
		{"a state that is empty", `a.resource = (r "t" { }).resource // { state = [ ]; };`, "a", WantContents, "the path of the state resource is empty"},
		{"no outputsSkeleton", `a.resource = removeAttrs (r "t" { }).resource [ "outputsSkeleton" ];`, "a", WantContents,
			"the resource a does not say which outputs it has"},
		{"an output that is not declared", `a = r "t" { }; b = r "t" { x = out.a.ouz; };`, "b", WantInputs, "attribute 'ouz' missing"},
		{"inputs that are no set", `a = r "t" 1;`, "a", WantInputs, "the inputs are an integer, not a set"},
		{"a member that is no set", `a = 1;`, "a", WantKind, "expected a set but found an integer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := openRoot(t, OpenRequest{Expr: testRoot(tt.members)})
			if err != nil {
				t.Fatal(err)
			}
			got := e.ask(t, tt.path, tt.want)
			if got != tt.answer && !(tt.answer[0] != '{' && strings.Contains(got, tt.answer)) {
				t.Errorf("got  %s\nwant %s", got, tt.answer)
			}
		})
	}
}

func testSystem() string { return nix.OS{}.System() }

// Outputs that are told make progress, also where evaluation got stuck before.
func TestTell(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`
		a = r "t" { };
		b = r "t" { x = "${out.a.out} and ${out.c.out}"; };
		c = r "t" { n = out.a.out; };
		d.members = if out.a.out == "one" then { e = r "t" { y = out.d.e.out; }; } else { };
	`)})
	if err != nil {
		t.Fatal(err)
	}
	tell := func(path, value string) error {
		return e.Tell(t.Context(), &TellRequest{[]string{path}, map[string]json.RawMessage{"out": json.RawMessage(value)}, nil})
	}
	expect := func(path string, want Want, parts ...string) {
		t.Helper()
		got := e.ask(t, path, want)
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("%s: got %s, want %s in it", path, got, part)
			}
		}
	}
	expect("b", WantInputs, `"until":{"path":["a"],"output":"out"}`)
	expect("d", WantContents, `needs {"what":"members","path":["d"]`)
	if err := tell("a", `"one"`); err != nil {
		t.Error(err)
	}
	expect("b", WantInputs, `"until":{"path":["c"],"output":"out"}`)
	expect("c", WantInputs, `"inputs":{"n":"one"}}`)
	expect("d", WantContents, `{"members":["e"]}`)
	expect("d.e", WantInputs, `"until":{"path":["d","e"],"output":"out"}`)
	if err := tell("c", ` "two" `); err != nil {
		t.Error(err)
	}
	expect("b", WantInputs, `{"x":"one and two"}`)
	if err := tell("c", `"two"`); err != nil {
		t.Errorf("telling the same again: %v", err)
	}
	if err := tell("c", `"three"`); err == nil || !strings.Contains(err.Error(), "another value") {
		t.Errorf("telling another value: %v", err)
	}
	if err := e.Restart(t.Context()); err != nil {
		t.Error(err)
	}
	expect("d", WantContents, `needs`)
	if err := tell("a", `"other"`); err != nil {
		t.Error(err)
	}
	expect("d", WantContents, `{}`)
}

// Outputs become the values that JSON says.
func TestTellValues(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`a = r "t" { }; b = r "t" { x = out.a.out; types = map builtins.typeOf out.a.out; };`)})
	if err != nil {
		t.Fatal(err)
	}
	const value = `[null,true,"s\u00e9\n",-7,9223372036854775807,[],{},{"k":[{}],"\"":1}]`
	if err := e.Tell(t.Context(), &TellRequest{[]string{"a"}, map[string]json.RawMessage{"out": json.RawMessage(value)}, nil}); err != nil {
		t.Fatal(err)
	}
	want := `{"types":["null","bool","string","int","int","list","set","set"],"x":[null,true,"sé\n",-7,9223372036854775807,[],{},{"\"":1,"k":[{}]}]}`
	if got := e.ask(t, "b", WantInputs); !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := e.Tell(t.Context(), &TellRequest{[]string{"c"}, map[string]json.RawMessage{"out": json.RawMessage(`{`)}, nil}); err == nil {
		t.Error("telling what is not JSON: no error")
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	text := "yes"
	for _, tt := range []struct {
		name    string
		request OpenRequest
		want    string // in the error; "" means that it opens
	}{
		{"a function with defaults", OpenRequest{Expr: "{ a ? 1 }: " + testRoot("")}, ""},
		{"a function with an ellipsis", OpenRequest{Expr: "{ ... }: " + testRoot("")}, ""},
		{"arguments", OpenRequest{Expr: "{ a, b }: assert a == 3 && b == \"yes\"; " + testRoot(""),
			Args: []Arg{{Name: "a", Expr: "1 + 2"}, {Name: "b", String: &text}, {Name: "c", Expr: "throw \"unused\""}}}, ""},
		{"an attribute", OpenRequest{Expr: "{ deep.root = " + testRoot("") + "; }", Attr: "deep.root"}, ""},
		{"the library", OpenRequest{Expr: "assert (import <nixops4> { }).answer == 42; " + testRoot("")}, ""},
		{"a search path", OpenRequest{Expr: "assert (import <nixops4> { }).answer == 42; " + testRoot(""), SearchPath: []string{"nixops4=/nonexistent"}},
			""},
		{"not a set", OpenRequest{Expr: "1"}, `the expression gives an integer, but a root is a set with _type = "nixops4Component"`},
		{"no type", OpenRequest{Expr: "{ }"}, "the expression gives a set without _type, but a root is"},
		{"another type", OpenRequest{Expr: `{ _type = "flake"; }`}, `a set with _type = "flake", but a root is`},
		{"no function", OpenRequest{Expr: `{ _type = "nixops4Component"; }`}, "without rootFunction"},
		{"a required argument", OpenRequest{Expr: "{ a }: " + testRoot("")}, "argument without a value ('a')"},
		{"a bad argument", OpenRequest{Expr: testRoot(""), Args: []Arg{{Name: "a", Expr: "1 +"}}}, "«argument a»:1:4: syntax error"},
		{"a syntax error", OpenRequest{Expr: "{"}, "syntax error"},
		{"a missing attribute", OpenRequest{Expr: "{ }", Attr: "x"}, "attribute 'x' in selection path 'x' not found"},
		{"no file", OpenRequest{File: "/nonexistent/root.nix"}, "/nonexistent/root.nix"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openRoot(t, tt.request)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// An error has its trace, which names the component.
func TestErrorTrace(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`a = r "t" { list = [ { "x.y" = throw "no luck"; } ]; };`)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Component(t.Context(), &ComponentRequest{[]string{"a"}, WantInputs})
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want an *Error", err)
	}
	for _, part := range []string{"while evaluating the input list.0.x.y", "while evaluating the inputs of the resource a", "error: no luck"} {
		if !strings.Contains(failed.Trace, part) {
			t.Errorf("the trace has no %q:\n%s", part, failed.Trace)
		}
	}
	if failed.Kind != "throw" {
		t.Errorf("kind %q, want throw", failed.Kind)
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`a = r "t" { x = 1; };`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		request EvalRequest
		want    string
	}{
		{EvalRequest{Expr: "export.members.a.resource.inputs", JSON: true}, `{"x":1}`},
		{EvalRequest{Expr: "[ root._type (1 + 1) ]", Strict: true}, `[ "nixops4Component" 2 ]`},
	} {
		if got, err := e.Eval(t.Context(), &tt.request); err != nil || got.Text != tt.want {
			t.Errorf("%s: %v, %v, want %s", tt.request.Expr, got, err, tt.want)
		}
	}
	var needs *NeedsError
	if _, err := e.Eval(t.Context(), &EvalRequest{Expr: "export.members.b"}); err == nil || errors.As(err, &needs) {
		t.Errorf("a missing member: %v", err)
	}
}

// Cancelling stops an evaluation that would go on for ever, and the next question is answered.
func TestCancelEvaluation(t *testing.T) {
	t.Parallel()
	e, err := openRoot(t, OpenRequest{Expr: testRoot(`a = r "t" { x = let sum = f: n: builtins.foldl' (a: b: a + b) 0 (builtins.genList f n); in sum (_: sum (i: i) 100000) 100000; }; b = r "t" { };`)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = e.Component(ctx, &ComponentRequest{[]string{"a"}, WantInputs})
	if took := time.Since(began); took > 5*time.Second || err == nil {
		t.Errorf("got %v after %v", err, took)
	}
	if got := e.ask(t, "b", WantInputs); !strings.Contains(got, `"inputs":{}`) {
		t.Errorf("the next question: %s", got)
	}
}
