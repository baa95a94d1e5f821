package nix_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkCollection reports the part of the processor time that collecting garbage takes, in percent, while the root of examples/bench
// is evaluated with 2,001 and 10,001 resources: on our own lib, and with NIXOPS4_NIXPKGS_LIB on nixpkgs'. The goal is 15 %.
func BenchmarkCollection(b *testing.B) {
	nixops4 := filepath.Join(b.TempDir(), "nixops4")
	if out, err := exec.Command("go", "build", "-o", nixops4, "nixops4/cmd/nixops4").CombinedOutput(); err != nil {
		b.Fatalf("building nixops4: %v\n%s", err, out)
	}
	for _, n := range []string{"1000", "5000"} {
		args := []string{"eval", "--stats", "--file", "../testdata/bench-modules.nix", "--arg", "n", n}
		b.Run("modules-own-"+n, func(b *testing.B) { collection(b, nixops4, args) })
		if lib := os.Getenv("NIXOPS4_NIXPKGS_LIB"); lib != "" {
			args := append(args[:len(args):len(args)], "--arg", "lib", "import "+lib)
			b.Run("modules-"+n, func(b *testing.B) { collection(b, nixops4, args) })
		}
	}
}

func collection(b *testing.B, nixops4 string, args []string) {
	var share, collections, allocated float64
	for b.Loop() {
		var stderr bytes.Buffer
		cmd := exec.Command(nixops4, args...)
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			b.Fatalf("%v\n%s", err, stderr.String())
		}
		var stats struct{ CollectionShare, Collections, AllocatedBytes float64 }
		if err := json.Unmarshal(stderr.Bytes(), &stats); err != nil {
			b.Fatal(err)
		}
		share = max(share, stats.CollectionShare)
		collections, allocated = stats.Collections, stats.AllocatedBytes
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(100*share, "%-collecting")
	b.ReportMetric(collections, "collections")
	b.ReportMetric(allocated/(1<<20), "MiB-allocated")
}
