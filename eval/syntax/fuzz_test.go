package syntax

// This file feeds the parser with arbitrary text.

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse checks that nothing panics and that Format writes text with the same tree: formatting and
// printing that again changes nothing.
func FuzzParse(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/*/*.nix")
	for _, file := range seeds {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for chunk := range strings.SplitSeq(string(text), divider) {
			f.Add(chunk)
		}
	}
	for _, text := range randomTemplates {
		f.Add(text)
	}
	f.Fuzz(checkRoundTrip)
}

// TestRoundTrip does the same with the texts of the golden tests.
func TestRoundTrip(t *testing.T) {
	files, _ := filepath.Glob("testdata/okay/*.nix")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, file := range files {
		for _, text := range readChunks(t, file) {
			checkRoundTrip(t, text)
		}
	}
}

func checkRoundTrip(t *testing.T, text string) {
	opts := Options{BasePath: "/base", Home: "/home", PipeOperators: true, Warn: func(Warning) {}}
	e, err := parseText(text, opts)
	if err != nil {
		var problem *Error
		if !errors.As(err, &problem) || problem.Msg == "" || problem.Render() == "" {
			t.Fatalf("not a proper error: %v", err)
		}
		return
	}
	if strings.ContainsAny(text, "~\x00") {
		// A path below home keeps its .. steps, and no literal has a zero byte.
		return
	}
	formatted := Format(e)
	again, err := parseText(formatted, opts)
	if err != nil {
		t.Fatalf("%q: formatted as %q: %v", text, formatted, err)
	}
	if got := Format(again); got != formatted {
		t.Fatalf("%q: formatted as %q, then as %q", text, formatted, got)
	}
	if got, want := String(again), String(e); got != want {
		t.Fatalf("%q: printed as %q, after formatting as %q", text, want, got)
	}
	// The escape of an indented string takes one byte, as in Nix, which may be part of a character.
	if utf8.ValidString(text) && !utf8.ValidString(formatted) && !strings.Contains(text, `''\`) {
		t.Fatalf("%q: formatted as %q", text, formatted)
	}
}

func parseText(text string, opts Options) (Expr, error) {
	var files Files
	src, err := files.Add("«string»", false, text)
	if err != nil {
		return nil, err
	}
	return Parse(src, opts)
}
