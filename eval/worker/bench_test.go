package worker

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart measures from the start of the evaluator's process to the first value of an opened root, in milliseconds: median and the
// shortest. The goal is 20 ms.
func BenchmarkStart(b *testing.B) {
	nixops4 := filepath.Join(b.TempDir(), "nixops4")
	if out, err := exec.Command("go", "build", "-o", nixops4, "nixops4/cmd/nixops4").CombinedOutput(); err != nil {
		b.Fatalf("building nixops4: %v\n%s", err, out)
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		c, err := Start(Options{Command: []string{nixops4, "eval-worker"}})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Open(b.Context(), OpenRequest{Expr: `{ _type = "nixops4Component"; rootFunction = _: { }; }`, Dir: "/"}); err != nil {
			b.Fatal(err)
		}
		if got, err := c.Eval(b.Context(), EvalRequest{Expr: "1 + 1", Dir: "/"}); err != nil || got.Text != "2" {
			b.Fatalf("got %v and %v", got, err)
		}
		took = append(took, time.Since(began))
		c.Close()
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(took[len(took)/2]), "ms-median")
	b.ReportMetric(ms(took[0]), "ms-min")
}
