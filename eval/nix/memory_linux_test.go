package nix

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGroupMemory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	inner := filepath.Join(root, "a", "b", "c")
	if err := os.MkdirAll(inner, 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a/b/c/memory.max", "max\n")
	write("a/b/memory.max", "3000\n")
	write("a/memory.max", "5000\n")
	for lines, want := range map[string]uint64{
		"0::/a/b/c\n": 3000, "0::/a\n": 5000, "0::/\n": 9000, "0::/gone\n": 9000, "5:memory:/a\n": 9000, "": 9000,
		"1:name=x:/y\n0::/a/b/c\n": 3000,
	} {
		write("self", lines)
		if got := groupMemory(root, filepath.Join(root, "self"), 9000); got != want {
			t.Errorf("%q: got %d, want %d", lines, got, want)
		}
	}
	if got := groupMemory(root, filepath.Join(root, "none"), 9000); got != 9000 {
		t.Errorf("without the file: got %d", got)
	}
}
