package main

// This file applies on a terminal: the question, Ctrl-C, the live view while the terminal changes its size.

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// terminalRoot has a resource that waits until a file "go" is there, one that needs it, and a secret in what it logs.
const terminalRoot = `
let nixops4 = import <nixops4> { }; in
nixops4.lib.mkRoot {
  modules = [
    ({ members, providers, ... }: {
      providers.local = nixops4.modules.nixops4Provider.local;
      members = {
        store = { type = providers.local.state_file; inputs.name = "state.json"; };
        pw = { type = providers.local.memo; state = members.store; inputs.initialize_with = "hunter2-canary"; sensitiveOutputs = [ "value" ]; };
        slow = {
          type = providers.local.exec;
          state = members.store;
          inputs.executable = "sh";
          inputs.args = [ "-c" ''echo "begun with $1" >&2; while ! test -e go; do sleep 0.02; done; echo ended >&2'' "sh" members.pw.outputs.value ];
        };
        after = { type = providers.local.memo; state = members.store; inputs.initialize_with = members.slow.outputs.stdout; };
      };
    })
  ];
}
`

func terminalProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nixops4.nix"), []byte(terminalRoot), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ends waits until the command has ended and all is on the screen, and returns the exit code.
func (s *screen) ends() int {
	s.t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case err := <-done:
		select {
		case <-s.ended:
		case <-time.After(patience):
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(patience):
		s.t.Fatalf("it does not end:\n%s", s.plain())
		return -1
	}
}

// Ctrl-C at the question changes nothing.
func TestCtrlCAtTheQuestion(t *testing.T) {
	t.Parallel()
	dir := terminalProject(t)
	s := startScreen(t, dir, 100, 30, nil, "apply")
	s.expect("carry this out? [y/N] ")
	s.keys("\x03")
	if code := s.ends(); code != 130 {
		t.Errorf("exit code %d\n%s", code, s.plain())
	}
	if _, err := os.Stat(filepath.Join(dir, "state.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a state: %v", err)
	}
	locks, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	if err != nil || len(locks) > 0 {
		t.Errorf("locks %v, %v", locks, err)
	}
}

// The first Ctrl-C lets what runs finish, and starts nothing new.
func TestCtrlCOnce(t *testing.T) {
	t.Parallel()
	dir := terminalProject(t)
	s := startScreen(t, dir, 100, 30, nil, "apply", "--yes")
	s.expect("creating slow")
	s.expect("begun with (sensitive)")
	s.resize(40, 10) // and back, with something running
	time.Sleep(200 * time.Millisecond)
	s.resize(120, 40)
	s.keys("\x03")
	s.expect("interrupted: letting running resources finish")
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code := s.ends(); code != 130 {
		t.Errorf("exit code %d\n%s", code, s.plain())
	}
	text := s.plain()
	if !regexp.MustCompile(`slow: .*created`).MatchString(text) || !strings.Contains(text, "1 not started") || strings.Contains(text, "hunter2") {
		t.Errorf("the screen:\n%s", text)
	}
	if got := stateList(t, dir); got != "pw\nslow\n" {
		t.Errorf("recorded: %q", got)
	}
	// Nothing is left of the live region: the last thing on the screen is the summary, after the cursor is shown again.
	if raw := s.raw(); strings.Count(raw, "\x1b[?25l") != strings.Count(raw, "\x1b[?25h") {
		t.Errorf("the cursor is not shown again: %q", raw)
	}
}

// The second Ctrl-C ends the providers; nothing is recorded of what they did not finish, and the locks are given back.
func TestCtrlCTwice(t *testing.T) {
	t.Parallel()
	dir := terminalProject(t)
	s := startScreen(t, dir, 100, 30, nil, "apply", "--yes")
	s.expect("begun with (sensitive)")
	s.keys("\x03")
	s.expect("interrupted: letting running resources finish")
	s.keys("\x03")
	s.expect("interrupted again: stopping running resources")
	if code := s.ends(); code != 130 {
		t.Errorf("exit code %d\n%s", code, s.plain())
	}
	if got := stateList(t, dir); got != "pw\n" {
		t.Errorf("recorded: %q", got)
	}
	if strings.Contains(s.plain(), "hunter2") {
		t.Errorf("the secret is on the screen:\n%s", s.plain())
	}
	if err := syscall.Kill(s.cmd.Process.Pid, 0); err == nil {
		t.Error("it lives on")
	}
	// The provider says that its command was stopped, and commands can be run again; so the next apply goes on.
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again := exec.Command("nixops4", "apply", "--yes")
	again.Dir = dir
	if out, err := again.CombinedOutput(); err != nil || !strings.Contains(string(out), "2 created") {
		t.Errorf("the next apply: %v\n%s", err, out)
	}
}

func stateList(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command("nixops4", "state", "list")
	cmd.Dir = dir
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
