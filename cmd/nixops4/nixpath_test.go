package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDefaultSearchPath(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	channels := filepath.Join(home, ".nix-defexpr", "channels")
	if err := os.MkdirAll(channels, 0o777); err != nil {
		t.Fatal(err)
	}
	lookup := func(env map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			v, ok := env[name]
			return v, ok
		}
	}
	if got := defaultSearchPath(lookup(map[string]string{"HOME": home, "NIX_PATH": ""})); len(got) != 0 {
		t.Errorf("with NIX_PATH set to nothing: %q, want none", got)
	}
	// Root's channels may be there, too, on the machine of the test.
	if got := defaultSearchPath(lookup(map[string]string{"HOME": home})); len(got) == 0 || got[0] != channels {
		t.Errorf("without NIX_PATH: %q, want %q first", got, channels)
	}
}
