package syntax

// This file runs the parser's part of Nix's own language suite.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSuite runs lang/parse-*.nix of the folder tests/functional of a Nix checkout, which
// NIXOPS4_NIX_SUITE names. Like its own runner it passes the files as standard input.
func TestSuite(t *testing.T) {
	suite := os.Getenv("NIXOPS4_NIX_SUITE")
	if suite == "" {
		t.Skip("NIXOPS4_NIX_SUITE is not set")
	}
	files, err := filepath.Glob(filepath.Join(suite, "lang", "parse-*.nix"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", suite, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".nix")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, want := parseStdin(t, string(text), suite), expectation(t, file)
			if strings.HasPrefix(want, "error: undefined variable") {
				// Scopes are not the parser's business.
				if strings.HasPrefix(got, "error:") {
					t.Errorf("got %s", got)
				}
				return
			}
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// parseStdin returns the printed tree or the rendered error.
func parseStdin(t *testing.T, text, base string) string {
	t.Helper()
	var files Files
	src, err := files.Add("«stdin»", false, text)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Parse(src, Options{BasePath: base})
	if err != nil {
		return err.(*Error).Render()
	}
	return String(e)
}

func expectation(t *testing.T, file string) string {
	t.Helper()
	base := strings.TrimSuffix(file, ".nix")
	for _, ext := range []string{".exp", ".err.exp"} {
		if text, err := os.ReadFile(base + ext); err == nil && len(text) > 0 {
			return strings.TrimRight(string(text), "\n")
		}
	}
	t.Fatalf("%s has no expectation", file)
	return ""
}
