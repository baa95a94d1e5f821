package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are the commands that scripts have beyond testscript's own.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"conforms":   conforms,
	"exit":       exitWith,
	"interrupt":  interrupt,
	"killworker": killWorker,
	"same":       sameAsNix,
}

// patience is how long a command waits for something to happen. It is only used up when a test fails.
const patience = 20 * time.Second

// exitWith runs a command and asserts its exit code: exit CODE COMMAND [ARG…]. stdout and stderr can be asserted after it.
func exitWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND [ARG…]")
	}
	checkExit(ts, args[0], ts.Exec(args[1], args[2:]...))
}

func checkExit(ts *testscript.TestScript, code string, err error) {
	want, convErr := strconv.Atoi(code)
	ts.Check(convErr)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// interrupt runs a command, interrupts it as Ctrl-C does, N times, as soon as FILE exists, and asserts its exit code: interrupt CODE N
// FILE COMMAND [ARG…].
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: interrupt CODE N FILE COMMAND [ARG…]")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	c := start(ts, args[3:])
	c.until(ts, args[2]+" exists", func() bool {
		_, err := os.Stat(ts.MkAbs(args[2]))
		return err == nil
	})
	for i := range n {
		said := []string{"interrupted: letting", "interrupted again: stopping"}[i]
		ts.Check(c.cmd.Process.Signal(os.Interrupt))
		c.until(ts, "the command says "+said, func() bool { return strings.Contains(c.stderr.text(), said) })
	}
	c.finish(ts, args[0])
}

// killWorker runs a command, kills its evaluator process in the middle of its work, and asserts the command's exit code: killworker CODE
// COMMAND [ARG…].
func killWorker(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: killworker CODE COMMAND [ARG…]")
	}
	c := start(ts, args[1:])
	c.until(ts, "there is an evaluator process that works", func() bool {
		pid, ticks := childNamed(c.cmd.Process.Pid, "eval-worker")
		// A tenth of a second of processor time is more than it needs to start.
		return pid != 0 && ticks >= 10 && syscall.Kill(pid, syscall.SIGKILL) == nil
	})
	c.finish(ts, args[0])
}

// nixDir is the folder of the real Nix to compare with: NIXOPS4_NIX, "" when no comparison is asked for.
func nixDir() string { return os.Getenv("NIXOPS4_NIX") }

// sameAsNix runs nix-instantiate --eval and nixops4 eval with the same arguments, and asserts the same output and exit code: same ARG….
func sameAsNix(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: same ARG…")
	}
	var outcomes [2]string
	for i, cmd := range [][]string{{filepath.Join(nixDir(), "nix-instantiate"), "--eval"}, {"nixops4", "eval"}} {
		c := start(ts, append(cmd, args...))
		<-c.ended
		outcomes[i] = fmt.Sprintf("exit code %d\n[stdout]\n%s\n[stderr]\n%s", c.cmd.ProcessState.ExitCode(), c.stdout.text(), c.stderr.text())
	}
	if outcomes[0] != outcomes[1] {
		ts.Fatalf("nix-instantiate: %s\nnixops4: %s", outcomes[0], outcomes[1])
	}
}

// command is a running command of a script.
type command struct {
	cmd            *exec.Cmd
	stdout, stderr safeBuffer
	ended          chan struct{} // closed at the end
	err            error         // of the end
}

func start(ts *testscript.TestScript, args []string) *command {
	c := &command{cmd: &exec.Cmd{Args: args, Dir: ts.MkAbs("."), Env: scriptEnv(ts)}, ended: make(chan struct{})}
	if filepath.IsAbs(args[0]) {
		c.cmd.Path = args[0]
	}
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if file := filepath.Join(dir, args[0]); isFile(file) {
			c.cmd.Path = file
			break
		}
	}
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	ts.Check(c.cmd.Start())
	go func() {
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return c
}

// finish waits for the end. stdout and stderr can be asserted after it.
func (c *command) finish(ts *testscript.TestScript, code string) {
	timer := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	<-c.ended
	timer.Stop()
	fmt.Fprint(ts.Stdout(), c.stdout.text())
	fmt.Fprint(ts.Stderr(), c.stderr.text())
	ts.Logf("[stdout]\n%s[stderr]\n%s", c.stdout.text(), c.stderr.text())
	checkExit(ts, code, c.err)
}

// until waits for something that the command does.
func (c *command) until(ts *testscript.TestScript, what string, happened func() bool) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if happened() {
			return
		}
		select {
		case <-c.ended:
			ts.Fatalf("the command ended before %s: %v\n%s", what, c.err, c.stderr.text())
		default:
		}
	}
	_ = c.cmd.Process.Kill()
	ts.Fatalf("waited in vain until %s", what)
}

// scriptEnv is the environment of a script as it is now.
func scriptEnv(ts *testscript.TestScript) []string {
	var env []string
	for _, v := range ts.Value(envKey{}).(*testscript.Env).Vars {
		name, _, _ := strings.Cut(v, "=")
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

type envKey struct{}

// childNamed finds the child process of pid that has word as an argument, and how much processor time it has used, in ticks of 10 ms.
func childNamed(pid int, word string) (child, ticks int) {
	// Each thread has a list of the children that it started.
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return 0, 0
	}
	var children []string
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		children = append(children, strings.Fields(string(text))...)
	}
	for _, field := range children {
		args, _ := os.ReadFile("/proc/" + field + "/cmdline")
		stat, _ := os.ReadFile("/proc/" + field + "/stat")
		// After the name in parentheses come the fields from the third on; user time is the 14th.
		_, rest, found := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if !found || len(fields) < 12 || !slices.Contains(strings.Split(string(args), "\x00"), word) {
			continue
		}
		child, _ = strconv.Atoi(field)
		ticks, _ = strconv.Atoi(fields[11])
		return child, ticks
	}
	return 0, 0
}

// safeBuffer can be read while it is written.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer // guarded by mu
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *safeBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
