//go:build linux && !race

package worker

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"nixops4/eval/nix"
)

// serveAtWall is a worker whose evaluations keep no bound, so that the system's is what ends it.
func serveAtWall() {
	if err := nix.LimitMemory(512 << 20); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	nix.TuneMemory(0)
	err := Serve(os.Stdin, os.Stdout, func(log func(string)) Evaluation { return NewEvaluation(Settings{}, log) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// TestMemoryWall makes sure that a process which the system gives no more memory ends with an error that says what happened, what
// the bound is and how to raise it, and without Go's report.
func TestMemoryWall(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		`let f = n: acc: f (n + 1) [ n acc ]; in f 0 null`,
		`builtins.foldl' (s: _: s + s) "0123456789" (builtins.genList (x: x) 40)`,
		`builtins.genList (x: x) 2000000000`,
	} {
		l := &logs{more: make(chan struct{}, 1)}
		c, err := Start(Options{
			Command: []string{os.Args[0]},
			Env:     append(os.Environ(), modeVariable+"=wall", nix.MaxMemoryVariable+"=100M"),
			Log:     l.add,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		err = c.Open(t.Context(), OpenRequest{Expr: expr, Dir: "/", MaxCallDepth: 1 << 30})
		var died *DiedError
		if !errors.As(err, &died) {
			t.Errorf("%s: got %v, want a *DiedError", expr, err)
			continue
		}
		const want = "the evaluator process of the expression died: it ran out of memory, which is bounded to 100 MiB; " +
			"set NIXOPS4_MAX_MEMORY to allow more, such as NIXOPS4_MAX_MEMORY=1G"
		if got := err.Error(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", expr, got, want)
		}
		if lines := append(l.lines, died.Stderr...); len(lines) > 0 {
			t.Errorf("%s: the user sees %s", expr, strings.Join(lines, "\n"))
		}
	}
}
