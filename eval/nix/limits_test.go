package nix_test

// This file tests the bounds on what an evaluation may take.

import (
	"context"
	"strings"
	"testing"
	"time"

	"nixops4/eval"
	"nixops4/eval/nix"
)

func evaluateWithin(ctx context.Context, opts eval.Options, text string) *eval.Error {
	m := nix.New(nix.Options{Options: opts})
	return m.Run(ctx, func() *eval.Error {
		v, err := m.EvalString(text, "«string»", "/")
		if err != nil {
			return err
		}
		return m.ForceDeep(v)
	})
}

func TestMaxMemory(t *testing.T) {
	for _, text := range []string{
		// one request that is too large
		`builtins.genList (x: x) 2000000000`,
		// strings and lists that double
		`builtins.foldl' (s: _: s + s) "0123456789" (builtins.genList (x: x) 40)`,
		`builtins.foldl' (s: _: "${s}${s}") "0123456789" (builtins.genList (x: x) 40)`,
		`builtins.foldl' (l: _: l ++ l) [ 1 ] (builtins.genList (x: x) 40)`,
		`builtins.foldl' (s: _: builtins.concatStringsSep "," [ s s s s ]) "0123456789" (builtins.genList (x: x) 20)`,
		// many small things that stay
		`let f = n: acc: f (n + 1) [ n acc ]; in f 0 null`,
	} {
		start := time.Now()
		err := evaluateWithin(context.Background(), eval.Options{MaxMemory: 256 << 20, MaxCallDepth: 1 << 30}, text)
		if err == nil || err.Kind != eval.Limit {
			t.Errorf("%s: got %v, want an error of kind limit", text, err)
		} else if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %s", text, took)
		}
	}
}

func TestMaxSteps(t *testing.T) {
	err := evaluateWithin(context.Background(), eval.Options{MaxSteps: 10_000}, `let f = n: f (n + 1); in builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 1000000)`)
	if err == nil || err.Kind != eval.Limit || !strings.Contains(err.Msg, "10000 steps") {
		t.Errorf("got %v, want an error about 10000 steps", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := evaluateWithin(ctx, eval.Options{}, `builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: builtins.foldl' (a: b: a + b) 0 (builtins.genList (y: y) 1000)) 1000000)`)
	if err == nil || err.Kind != eval.Canceled {
		t.Errorf("got %v, want an error of kind canceled", err)
	}
	// The bound of the design is 100 ms; a machine that runs other tests gets more.
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %s to notice", took)
	}
}
