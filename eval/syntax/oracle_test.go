package syntax

// This file compares the parser with a real Nix over folders of Nix files.

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const nixInstantiate = "/opt/nix-reference/bin/nix-instantiate"

// TestOracle parses every .nix file below the folders in NIXOPS4_NIX_FILES (separated by colons) and
// compares what is printed with what nix-instantiate prints.
func TestOracle(t *testing.T) {
	folders := os.Getenv("NIXOPS4_NIX_FILES")
	if folders == "" {
		t.Skip("NIXOPS4_NIX_FILES is not set")
	}
	if _, err := os.Stat(nixInstantiate); err != nil {
		t.Skip(err)
	}
	for _, folder := range filepath.SplitList(folders) {
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".nix") {
				compareFile(t, path)
			}
			return nil
		})
	}
}

func compareFile(t *testing.T, path string) {
	want, stderr := runNix(t, nil, "--parse", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var files Files
	src, err := files.Add(path, true, string(text))
	if err != nil {
		t.Fatal(err)
	}
	home, _ := os.UserHomeDir()
	e, err := Parse(src, Options{BasePath: filepath.Dir(path), Home: home})
	switch {
	case err != nil:
		if got := err.(*Error).Render(); got != strings.TrimSpace(stderr) {
			t.Errorf("%s:\ngot  %s\nwant %s", path, got, stderr)
		}
	case strings.Contains(stderr, "error: undefined variable"):
	case String(e) != strings.TrimSuffix(want, "\n"):
		t.Errorf("%s:\ngot  %s\nwant %s", path, String(e), want+stderr)
	}
}

func runNix(t *testing.T, stdin []byte, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(nixInstantiate, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Run()
	return out.String(), errs.String()
}
