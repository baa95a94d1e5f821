package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

const manDir = "../../docs/man"

// TestManPages keeps docs/man, one page per command, the same as the help texts. NIXOPS4_UPDATE=1 writes the pages.
func TestManPages(t *testing.T) {
	t.Parallel()
	pages := manPages(t)
	if updating() {
		writeManPages(t, pages)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(manDir, name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("docs/man/%s is stale: run NIXOPS4_UPDATE=1 go test ./cmd/nixops4", name)
		}
	}
	for _, path := range committedManPages(t) {
		if _, ok := pages[filepath.Base(path)]; !ok {
			t.Errorf("docs/man/%s is the page of no command", filepath.Base(path))
		}
	}
}

func writeManPages(t *testing.T, pages map[string][]byte) {
	for _, path := range committedManPages(t) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(manDir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(manDir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func committedManPages(t *testing.T) []string {
	paths, err := filepath.Glob(filepath.Join(manDir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func manPages(t *testing.T) map[string][]byte {
	released := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC) // of the version in version.go
	pages := map[string][]byte{}
	var add func(*cobra.Command)
	add = func(cmd *cobra.Command) {
		cmd.DisableAutoGenTag = true
		var page bytes.Buffer
		header := &doc.GenManHeader{Section: "1", Manual: "NixOps4", Source: "nixops4 " + version, Date: &released}
		if err := doc.GenMan(cmd, header, &page); err != nil {
			t.Fatal(err)
		}
		pages[strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"] = page.Bytes()
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				add(c)
			}
		}
	}
	root := newTestRoot()
	// The usage template, which shows the exit codes elsewhere, is not part of a man page.
	root.Long += "\n\n# EXIT CODES\n" + indent(strings.TrimPrefix(exitTable(), "Exit codes:\n"))
	add(root)
	return pages
}

// indent makes text a code block in Markdown.
func indent(text string) string {
	return "\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}
