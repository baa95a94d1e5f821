package syntax

// This file compares printed trees and errors with recorded output of a real Nix.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGolden parses the chunks of testdata/okay/*.nix and testdata/errors/*.nix, which lines of --- divide,
// and compares them with the chunks of the .exp file of the same name. With NIXOPS4_UPDATE=1 it first
// records the output of nix-instantiate --parse, or our own when there is no Nix.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.nix")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".nix"), func(t *testing.T) {
			texts := readChunks(t, file)
			expFile := strings.TrimSuffix(file, ".nix") + ".exp"
			if os.Getenv("NIXOPS4_UPDATE") == "1" {
				record(t, expFile, texts)
			}
			wants := readChunks(t, expFile)
			if len(wants) != len(texts) {
				t.Fatalf("%d texts but %d expectations; run with NIXOPS4_UPDATE=1", len(texts), len(wants))
			}
			for i, text := range texts {
				if got := parseStdin(t, text, "/base"); got+"\n" != wants[i] {
					t.Errorf("%s\ngot  %s\nwant %s", text, got, wants[i])
				}
				isError := strings.HasPrefix(wants[i], "error:")
				if wantError := strings.Contains(file, "errors/"); isError != wantError {
					t.Errorf("%s\nis in the wrong folder: %s", text, wants[i])
				}
			}
		})
	}
}

const divider = "---\n"

// readChunks returns the chunks of a file, each with its last line feed.
func readChunks(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	chunks := strings.Split("\n"+string(text), "\n"+divider)
	for i := range chunks {
		chunks[i] += "\n"
	}
	chunks[0] = strings.TrimPrefix(chunks[0], "\n")
	last := len(chunks) - 1
	chunks[last] = strings.TrimSuffix(chunks[last], "\n")
	return chunks
}

func record(t *testing.T, expFile string, texts []string) {
	t.Helper()
	var outputs []string
	for _, text := range texts {
		output := parseStdin(t, text, "/base") + "\n"
		if _, err := os.Stat(nixInstantiate); err == nil {
			// Relative paths start from the working folder; /base itself need not exist.
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "base"), 0o777); err != nil {
				t.Fatal(err)
			}
			stdout, stderr := runNix(t, filepath.Join(root, "base"), text)
			output = strings.ReplaceAll(stdout+stderr, root, "")
		}
		outputs = append(outputs, output)
	}
	if err := os.WriteFile(expFile, []byte(strings.Join(outputs, divider)), 0o666); err != nil {
		t.Fatal(err)
	}
}
