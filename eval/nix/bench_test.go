package nix_test

// This file measures the evaluator. BenchmarkEval evaluates each file of eval/testdata/bench in this
// process. BenchmarkAgainstNix runs whole processes, ours and the nix-instantiate that NIXOPS4_NIX names, in
// turn, and reports the ratio of the medians of their time of day, processor time and memory; below 1 ours is better:
//
//	NIXOPS4_NIX=/path/to/nix-instantiate go test ./eval/nix -run '^$' -bench AgainstNix -benchtime 1x
//
// The modules rows evaluate the root of examples/bench, of 2,001 or 10,001 resources, on our own lib and, with
// NIXOPS4_NIXPKGS_LIB, a folder with nixpkgs' lib/default.nix, on that.

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"nixops4/eval"
	"nixops4/eval/nix"
)

func benchFiles(b testing.TB) []string {
	files, err := filepath.Glob("../testdata/bench/*.nix")
	if err != nil || len(files) == 0 {
		b.Fatalf("finding benchmarks: %v", err)
	}
	for i, f := range files {
		if files[i], err = filepath.Abs(f); err != nil {
			b.Fatal(err)
		}
	}
	return files
}

func benchName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".nix") }

func BenchmarkEval(b *testing.B) {
	for _, file := range benchFiles(b) {
		b.Run(benchName(file), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m := nix.New(nix.Options{})
				err := m.Run(context.Background(), func() *eval.Error {
					v, err := m.EvalFile(file)
					if err != nil {
						return err
					}
					return m.ForceDeep(v)
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A run is one finished process.
type run struct {
	wall   time.Duration
	cpu    time.Duration // of user and system; other work on the machine disturbs it less than the time of day
	maxRSS int64         // kilobytes
}

func runOnce(b *testing.B, argv []string) run {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("running %q: %v", argv, err)
	}
	wall := time.Since(start)
	state := cmd.ProcessState
	return run{wall, state.UserTime() + state.SystemTime(), state.SysUsage().(*syscall.Rusage).Maxrss}
}

func BenchmarkAgainstNix(b *testing.B) {
	reference := os.Getenv("NIXOPS4_NIX")
	if reference == "" {
		b.Skip("set NIXOPS4_NIX to the path of nix-instantiate")
	}
	ours := filepath.Join(b.TempDir(), "nixops4")
	if out, err := exec.Command("go", "build", "-o", ours, "nixops4/cmd/nixops4").CombinedOutput(); err != nil {
		b.Fatalf("building nixops4: %v\n%s", err, out)
	}
	for _, file := range benchFiles(b) {
		b.Run(benchName(file), func(b *testing.B) {
			compare(b, []string{ours, "eval", "--strict", "--file", file}, []string{reference, "--eval", "--strict", file})
		})
	}
	compareModules(b, "modules-own-1000", ours, reference, "--arg", "n", "1000")
	if lib := os.Getenv("NIXOPS4_NIXPKGS_LIB"); lib != "" {
		for _, n := range []string{"1000", "5000"} {
			compareModules(b, "modules-"+n, ours, reference, "--arg", "lib", "import "+lib, "--arg", "n", n)
		}
	}
}

// compareModules evaluates the root of examples/bench.
func compareModules(b *testing.B, name, ours, reference string, args ...string) {
	root, err := filepath.Abs("../testdata/bench-modules.nix")
	if err != nil {
		b.Fatal(err)
	}
	nixops4 := filepath.Join(filepath.Dir(root), "../../nix")
	b.Run(name, func(b *testing.B) {
		compare(b,
			append([]string{ours, "eval", "--file", root}, args...),
			append([]string{reference, "--eval", root, "-I", "nixops4=" + nixops4}, args...))
	})
}

// compare runs two commands in turn and reports the ratios of their medians.
func compare(b *testing.B, ours, theirs []string) {
	const rounds = 5
	runOnce(b, ours)
	runOnce(b, theirs)
	var x, y []run
	for range rounds {
		x = append(x, runOnce(b, ours))
		y = append(y, runOnce(b, theirs))
	}
	wall := func(r run) float64 { return r.wall.Seconds() }
	memory := func(r run) float64 { return float64(r.maxRSS) }
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(x, wall), "s")
	b.ReportMetric(median(y, wall), "s-nix")
	b.ReportMetric(median(x, wall)/median(y, wall), "time-ratio")
	cpu := func(r run) float64 { return r.cpu.Seconds() }
	b.ReportMetric(median(x, cpu)/median(y, cpu), "cpu-ratio")
	b.ReportMetric(median(x, memory)/median(y, memory), "memory-ratio")
}

func median(runs []run, of func(run) float64) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
