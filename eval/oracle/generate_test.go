package oracle

// This file tests that generated expressions are fit for use, and that evaluating them is repeatable.

import (
	"context"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
	"nixops4/eval/syntax"
)

func TestGenerate(t *testing.T) {
	g := New(1)
	const n = 2000
	parsed := 0
	for range n {
		text := g.Expr(4)
		src, err := new(syntax.Files).Add("«string»", false, text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := syntax.Parse(src, syntax.Options{BasePath: "/"}); err == nil {
			parsed++
		}
	}
	if parsed < n*9/10 {
		t.Errorf("only %d of %d expressions parse", parsed, n)
	}
}

func TestSameSeedSameExpressions(t *testing.T) {
	a, b := New(7), New(7)
	for range 100 {
		if x, y := a.Expr(4), b.Expr(4); x != y {
			t.Fatalf("got %s and %s", x, y)
		}
	}
}

// TestRepeatable evaluates in two evaluators: in the second, everything has been evaluated before.
func TestRepeatable(t *testing.T) {
	run := func(m *eval.Evaluator, text string) (out string) {
		err := m.Run(context.Background(), func() *eval.Error {
			v, err := m.EvalString(text, "«string»", "/")
			if err == nil {
				err = m.ForceDeep(v)
			}
			out = m.Print(v, eval.PrintOptions{Ambiguous: true})
			return err
		})
		if err != nil {
			return eval.Render(err, eval.RenderOptions{ShowTrace: true})
		}
		return out
	}
	g := New(2)
	first, second := nix.New(nix.Options{}), nix.New(nix.Options{})
	run(first, Prelude())
	run(second, Prelude())
	for range 1000 {
		text := g.Expr(4)
		a := run(first, text)
		run(second, text)
		if b := run(second, text); a != b {
			t.Errorf("%s\nfirst  %s\nsecond %s", text, a, b)
		}
	}
}
