package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestManual compares docs/cli.md with the command: each exit code and each verb is in it, and no other.
func TestManual(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	for _, e := range exitMeanings {
		if row := fmt.Sprintf("| %d | %s |\n", e.code, e.meaning); !strings.Contains(manual, row) {
			t.Errorf("docs/cli.md lacks the row %q", row)
		}
	}
	_, commands, _ := strings.Cut(manual, "\n## Commands\n")
	described := map[string]bool{}
	for line := range strings.Lines(commands) {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			described[strings.TrimSpace(heading)] = true
		}
	}
	for _, use := range verbs(newTestRoot()) {
		if !described[use] {
			t.Errorf("docs/cli.md has no section %q", "### "+use)
		}
		delete(described, use)
	}
	for heading := range described {
		t.Errorf("docs/cli.md describes %q, which is no command", heading)
	}
}

// verbs returns how each command that does something is used: "members list [PATH]".
func verbs(cmd *cobra.Command) []string {
	var all []string
	for _, c := range cmd.Commands() {
		switch {
		case !c.IsAvailableCommand():
		case c.HasSubCommands() && c.Use == c.Name():
			all = append(all, verbs(c)...)
		default: // also one that does something by itself and has commands
			all = append(all, verbs(c)...)
			all = append(all, strings.TrimPrefix(strings.TrimSuffix(c.UseLine(), " [flags]"), "nixops4 "))
		}
	}
	return all
}

func newTestRoot() *cobra.Command {
	return newRootCommand(newApp(newUI(os.Stdout, os.Stderr, os.Getenv), strings.NewReader("")))
}
