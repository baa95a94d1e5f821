package nixlib

// This file compares the standalone lib with nixpkgs' own.

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCompare evaluates the files of tests/compare, functions of a lib, with our lib and with that of a nixpkgs checkout, whose folder lib
// NIXOPS4_NIXPKGS_LIB names. Values must be the same, and so must the texts of errors.
func TestCompare(t *testing.T) {
	theirs := os.Getenv("NIXOPS4_NIXPKGS_LIB")
	if theirs == "" {
		t.Skip("NIXOPS4_NIXPKGS_LIB is not set")
	}
	nix := nixInstantiate(t)
	ours, err := filepath.Abs("lib")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"names", "types", "modules", "gvariant", "files", "packages"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, _ := filepath.Abs("tests/compare/" + name + ".nix")
			var got, want any
			for lib, value := range map[string]*any{ours: &got, theirs: &want} {
				if log, err := evalJSON(t, nix, "import "+path+" (import "+lib+")", value); err != nil {
					t.Fatalf("%s: %v\n%s", lib, err, log)
				}
			}
			compareValues(t, name, got, want)
		})
	}
	t.Run("errors", func(t *testing.T) {
		t.Parallel()
		compareErrors(t, nix, ours, theirs)
	})
}

// compareValues reports the innermost attributes that differ.
func compareValues(t *testing.T, at string, got, want any) {
	t.Helper()
	a, aIsSet := got.(map[string]any)
	b, bIsSet := want.(map[string]any)
	if !aIsSet || !bIsSet {
		x, _ := json.Marshal(got)
		y, _ := json.Marshal(want)
		if string(x) != string(y) {
			t.Errorf("%s:\n got %s\nwant %s", at, x, y)
		}
		return
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			t.Errorf("%s.%s is missing", at, name)
		}
	}
	for name, value := range a {
		if other, ok := b[name]; ok { // what only we have is no concern
			compareValues(t, at+"."+name, value, other)
		}
	}
}

// otherWords are errors whose text differs on purpose, with the reason.
var otherWords = map[string]string{
	"an unsupported attribute": "ours names the file of a module that has no key; theirs says :anon-1",
	"generators.toPlist":       "ours names the value that has no form; theirs fails while making the message, and prints the set around it",
}

func compareErrors(t *testing.T, nix, ours, theirs string) {
	path, _ := filepath.Abs("tests/compare/errors.nix")
	var names []string
	if log, err := evalJSON(t, nix, "builtins.attrNames (import "+path+" (import "+ours+"))", &names); err != nil {
		t.Fatalf("listing errors: %v\n%s", err, log)
	}
	for _, name := range names {
		got, want := errorText(t, nix, path, ours, name), errorText(t, nix, path, theirs, name)
		_, differs := otherWords[name]
		switch {
		case got == "":
			t.Errorf("%s: no error", name)
		case got != want && !differs:
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		case got == want && differs:
			t.Errorf("%s: the texts are the same now", name)
		}
	}
}

// place is where an error is, and the lines of source that show it.
var place = regexp.MustCompile(`(?m)^ *at .*:\d+:\d+:\n(?: *\d*\|.*\n?)*`)

// errorText returns the message of the error, without places and what led to it; "" when there is none.
func errorText(t *testing.T, nix, path, lib, name string) string {
	t.Helper()
	quoted, _ := json.Marshal(name)
	cmd := exec.Command(nix, "--eval", "--strict", "--expr", "(import "+path+" (import "+lib+")).${"+string(quoted)+"}")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if cmd.Run() == nil {
		return ""
	}
	text := place.ReplaceAllString(stderr.String(), "")
	// Our lib finds out where a module was written that nobody named; theirs does not.
	text = strings.ReplaceAll(text, path, "<unknown-file>")
	parts := strings.Split(text, "error:")
	lines := strings.Split(parts[len(parts)-1], "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	return strings.Join(lines, "\n")
}
