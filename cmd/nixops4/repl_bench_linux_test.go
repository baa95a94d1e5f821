package main

// This file measures the interactive shell as its users feel it: on a terminal, from the key to the screen.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// benchRoot has 2,001 resources.
func benchRoot(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	text, err := os.ReadFile("../../examples/bench/root.nix")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "nixops4.nix"), text, 0o666)
	}
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkReplPrompt measures from the start of the process to its prompt.
func BenchmarkReplPrompt(b *testing.B) {
	for name, dir := range map[string]string{"hello": exampleRoot(b, "hello"), "2001": benchRoot(b)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s := newScreen(b, dir, 80, 24, nil)
				b.StopTimer()
				_ = s.cmd.Process.Kill()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkReplComplete measures from the Tab key to the completed name, among 2,001 members.
func BenchmarkReplComplete(b *testing.B) {
	s := newScreen(b, benchRoot(b), 80, 24, nil)
	s.enter("builtins.length (builtins.attrNames members)", "2001\n")
	for _, bench := range []struct{ name, line, want string }{
		{"attribute", "members.sta", "members.state"},
		{"path", ":show sta", ":show state"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				s.keys(bench.line + tab)
				s.wait(func(rest string) int { return strings.Index(rest, bench.want) }, bench.want)
				s.keys(ctrlC)
				s.expect("^C")
				s.expect("> ")
			}
		})
	}
}

// BenchmarkReplShow measures looking at one of 2,001 resources.
func BenchmarkReplShow(b *testing.B) {
	s := newScreen(b, benchRoot(b), 80, 24, nil)
	s.enter("builtins.length (builtins.attrNames members)", "2001\n")
	for b.Loop() {
		s.enter(`:show "memo-7"`, "value = «unknown")
	}
}
