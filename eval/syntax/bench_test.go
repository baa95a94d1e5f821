package syntax

// This file measures the parser.

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkParse parses all .nix files below the folder NIXOPS4_NIX_BENCH, such as nixpkgs' lib, and
// without it a text made of the golden tests.
func BenchmarkParse(b *testing.B) {
	folder := os.Getenv("NIXOPS4_NIX_BENCH")
	if folder == "" {
		folder = "testdata"
	}
	var texts []string
	size := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".nix") {
			return err
		}
		text, err := os.ReadFile(path)
		texts = append(texts, string(text))
		size += len(text)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		var files Files
		for _, text := range texts {
			src, err := files.Add("bench.nix", true, text)
			if err != nil {
				b.Fatal(err)
			}
			// Some of the texts are meant to fail.
			Parse(src, Options{BasePath: "/"})
		}
	}
}
