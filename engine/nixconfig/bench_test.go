package nixconfig

// This file measures what asking the evaluator process costs.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"nixops4/engine"
	"nixops4/eval/worker"
)

// BenchmarkApply applies pairs of resources, of which one needs the other, with an evaluator process and providers that cost nothing.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			root := rootOf(fmt.Sprintf(`} // builtins.listToAttrs (builtins.concatLists (builtins.genList (i: [
				{ name = "a${toString i}"; value = r { x = "value ${toString i}"; }; }
				{ name = "b${toString i}"; value = r { x = "has ${out."a${toString i}".x}"; }; }
			]) %d)) // {`, n))
			file := filepath.Join(b.TempDir(), "nixops4.nix")
			if err := os.WriteFile(file, []byte(root), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				applyFile(b, file)
			}
		})
	}
}

func applyFile(b *testing.B, file string) {
	client, err := worker.Start(worker.Options{Command: []string{os.Args[0]}, Env: append(os.Environ(), modeVariable+"=1")})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()
	config, err := Open(ctx, client, worker.OpenRequest{File: file, Dir: filepath.Dir(file)})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := engine.Apply(ctx, config, engine.Options{Provider: (&echo{}).provider}); err != nil {
		b.Fatal(err)
	}
}
