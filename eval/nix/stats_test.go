package nix_test

// This file compares what the benchmarks make and call with counts that were recorded, so that a regression shows
// without a clock.

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

func TestStats(t *testing.T) {
	t.Parallel()
	for _, file := range benchFiles(t) {
		t.Run(benchName(file), func(t *testing.T) {
			t.Parallel()
			m := nix.New(nix.Options{})
			err := m.Run(context.Background(), func() *eval.Error {
				v, err := m.EvalFile(file)
				if err != nil {
					return err
				}
				return m.ForceDeep(v)
			})
			if err != nil {
				t.Fatal(err)
			}
			s := m.Stats()
			got := fmt.Sprintf("thunks %d\nsuspensions %d\ncalls %d\nbuiltin calls %d\nsets %d\nupdates %d\nattributes copied %d\n",
				s.Thunks, s.Suspensions, s.Calls, s.BuiltinCalls, s.Sets, s.Updates, s.AttrsCopied)
			golden := strings.TrimSuffix(file, ".nix") + ".stats"
			if update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, rerr := os.ReadFile(golden)
			if rerr != nil || got != string(want) {
				t.Errorf("got\n%swant\n%s%v", got, want, rerr)
			}
		})
	}
}
