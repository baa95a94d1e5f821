package providertest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"nixops4/providers/protocol"
	"nixops4/providers/providertest"

	"nixops4/providers"
)

// script writes the code block of docs/providers.md that starts with a line to a program, and returns its path.
func script(t *testing.T, start string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(text), "\n"+start+"\n")
	block, _, closed := strings.Cut(block, "\n```\n")
	if !ok || !closed {
		t.Fatalf("docs/providers.md has no code block that starts with %s", start)
	}
	path := filepath.Join(t.TempDir(), "provider")
	// A process that another test starts meanwhile would inherit the open file, and a program that is open for writing cannot be started.
	syscall.ForkLock.RLock()
	err = os.WriteFile(path, []byte(start+"\n"+block+"\n"), 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDocsShell(t *testing.T) {
	t.Parallel()
	c := providers.New(providers.Options{})
	defer c.Close()
	p := c.Provider(providers.Spec{Executable: script(t, "#!/bin/sh")}, "x")
	for range 3 {
		out, err := p.Create(t.Context(), protocol.CreateResourceRequest{Type: "kernel"})
		if err != nil || len(out.OutputProperties["name"]) < 3 {
			t.Errorf("outputs = %s, %v", out, err)
		}
	}
	if _, err := p.Update(t.Context(), protocol.UpdateResourceRequest{}); err == nil || !strings.HasSuffix(err.Error(), "this provider can only create") {
		t.Errorf("update: %v", err)
	}
}

func TestDocsPython(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	providertest.Run(t, providertest.Config{
		Command: []string{script(t, "#!/usr/bin/env python3")},
		Samples: func(t *testing.T) []providertest.Sample {
			path := filepath.Join(t.TempDir(), "note")
			return []providertest.Sample{
				{Type: "note", Inputs: `{"path":"` + path + `","text":"a"}`, Updated: `{"path":"` + path + `","text":"b"}`, Required: "text", Stateful: true, Real: true},
			}
		},
	})
}
