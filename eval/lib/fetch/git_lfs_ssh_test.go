package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLFSOverSSH asks a repository over SSH for its LFS server. It sets the environment, so it does not run beside others.
func TestLFSOverSSH(t *testing.T) {
	script := filepath.Join(t.TempDir(), "ssh")
	text := "#!/bin/sh\necho \"$*\" > \"$0.called\"\necho '{ \"href\": \"https://lfs.example/x/\", \"header\": { \"Authorization\": \"once\" } }'\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"GIT_SSH": script, "GIT_SSH_COMMAND": script + " -v"} {
		t.Setenv("GIT_SSH", "")
		t.Setenv("GIT_SSH_COMMAND", "")
		t.Setenv(name, value)
		server, err := findLFS(t.Context(), "ssh://me@far.example:2222/it's/repo")
		if err != nil || server.url != "https://lfs.example/x" || server.header["Authorization"] != "once" {
			t.Errorf("%s: %+v %v", name, server, err)
		}
		called, err := os.ReadFile(script + ".called")
		want := `-p 2222 me@far.example git-lfs-authenticate '/it'\''s/repo' download` + "\n"
		if err != nil || !strings.HasSuffix(string(called), want) || strings.HasPrefix(string(called), "-v") != (name == "GIT_SSH_COMMAND") {
			t.Errorf("%s: called with %q, want %q, %v", name, called, want, err)
		}
	}
	for url, want := range map[string]string{"https://a/b": "https://a/b.git/info/lfs", "https://a/b.git/": "https://a/b.git/info/lfs"} {
		if server, err := findLFS(t.Context(), url); err != nil || server.url != want {
			t.Errorf("%s: %+v %v", url, server, err)
		}
	}
	if _, err := findLFS(t.Context(), "ssh://-oProxyCommand=x/repo"); err == nil {
		t.Error("a host that is a flag was let through")
	}
}
