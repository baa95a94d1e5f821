package providers_test

// This file checks that no process and no goroutine outlives its use.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"nixops4/providers"
)

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so after 20 s: %s", what)
		}
	}
}

// gone reports whether a process has ended; one that nobody has collected yet counts.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := bytes.Cut(stat, []byte(") "))
	return err == nil && bytes.HasPrefix(after, []byte("Z"))
}

// lastPID returns the number in the last log line.
func lastPID(t *testing.T, lines []string) int {
	t.Helper()
	if len(lines) == 0 {
		t.Fatal("no log line")
	}
	pid, err := strconv.Atoi(lines[len(lines)-1])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// TestNothingIsLeftBehind must not run in parallel with other tests, whose goroutines and processes it would count.
func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	c, _ := newClient(t, providers.Options{Parallelism: 3, Timeout: 300 * time.Millisecond})
	session := c.Provider(fakeSpec("ok"), "x").Session()
	for _, program := range []string{"ok", "exit=1", "hang", "twice", "close-stdout", "exit-after=0", "child=60s;exit=1", "noise=1000;ok", "error=x", "ignore-term;hang"} {
		for range 2 {
			_, _ = c.Provider(fakeSpec(program), "x").Create(context.Background(), createRequest(`{}`))
		}
	}
	if _, err := session.Create(context.Background(), createRequest(`{}`)); err != nil {
		t.Error(err)
	}
	c.Close()
	var status syscall.WaitStatus
	if pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("a process is left: %d, %v", pid, err)
	}
	eventually(t, "goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// TestProcessGroupIsKilled checks that what a provider started ends with it, when it ends badly, and lives on when it ends well.
func TestProcessGroupIsKilled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		program string
		killed  bool
	}{
		{"child=60s;hang", true},
		{"child=60s;ignore-term;hang", true},
		{"child=60s;exit=1", true},
		{"child=60s;text=garbage", true},
		{"child=60s;exit-after=0", false},
	} {
		t.Run(tt.program, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			c, l := newClient(t, providers.Options{})
			done := make(chan error, 1)
			go func() {
				_, err := c.Provider(fakeSpec(tt.program), "x").Create(ctx, createRequest(`{}`))
				done <- err
			}()
			eventually(t, "the program is started", func() bool { return len(l.texts("x")) > 0 })
			child := lastPID(t, l.texts("x")[:1])
			if tt.killed {
				cancel()
				if err := <-done; err == nil {
					t.Error("no error")
				}
				eventually(t, "the program has ended", func() bool { return gone(child) })
				return
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			c.Close()
			cancel()
			time.Sleep(100 * time.Millisecond)
			if gone(child) {
				t.Error("the program was killed")
			}
			_ = syscall.Kill(child, syscall.SIGKILL)
		})
	}
}

// asEngine makes the test binary start a provider that hangs, and print its process ID.
const asEngine = "NIXOPS4_TEST_AS_ENGINE"

func engine() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := providers.New(providers.Options{
		Env: append(os.Environ(), asFake+"=1"),
		Log: func(l providers.LogLine) { fmt.Println(l.Text) },
	})
	_, err = c.Provider(providers.Spec{Executable: self, Args: []string{"pid;hang"}}, "x").Create(context.Background(), createRequest(`{}`))
	panic(err)
}

// TestDeathOfTheEngine kills the process that has started a provider.
func TestDeathOfTheEngine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a process that its parent has died")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out lockedBuffer
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asEngine+"=1")
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the provider is started", func() bool { return strings.Contains(out.String(), "\n") })
	pid := lastPID(t, strings.Split(strings.TrimSpace(out.String()), "\n"))
	if gone(pid) {
		t.Fatal("the provider has ended early")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the provider has ended", func() bool { return gone(pid) })
	_ = cmd.Wait()
}

// TestNoTerminal checks that a provider has no terminal to hang on, and is not in the group that gets Ctrl-C.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	c, l := newClient(t, providers.Options{})
	if _, err := c.Provider(fakeSpec("pid;ok"), "x").Create(context.Background(), createRequest(`{}`)); err != nil {
		t.Fatal(err)
	}
	pid := lastPID(t, l.texts("x"))
	group, err := syscall.Getpgid(pid)
	if err != nil || group != pid {
		t.Errorf("process group of %d = %d, %v", pid, group, err)
	}
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
		if session, tty := fields[3], fields[4]; session != strconv.Itoa(pid) || tty != "0" {
			t.Errorf("session of %d = %s, terminal %s", pid, session, tty)
		}
	}
}
