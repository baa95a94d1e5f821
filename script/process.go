package script

// This file runs processes: bounded in number and output, and ended with all their descendants when the context is.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// grace is how long a process has between the request to end and the end.
const grace = 2 * time.Second

// Exec runs a command in a session of its own, so that its descendants can be told.
func (s *System) Exec(ctx context.Context, c Command) (Outcome, error) {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := &capped{limit: c.Limits.Output, over: func() {
		cancel(limitf("%s writes more than %d bytes to its output, which is the limit; send it to a file with stdout = PATH", c.Args[0], c.Limits.Output))
	}}
	errs := &tail{limit: 64 << 10, lines: c.Lines}
	cmd, err := s.command(c)
	if err != nil {
		return Outcome{}, err
	}
	cmd.Stdout, cmd.Stderr = out, errs
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	if err := cmd.Start(); err != nil {
		return Outcome{}, startError(c, err)
	}
	session := cmd.Process.Pid
	waited := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		supervise(inner, session, c, cancel, waited)
	}()
	err = cmd.Wait()
	close(waited)
	<-gone
	outcome := Outcome{Stdout: out.buf.String(), Stderr: errs.end()}
	if reason := stopReason(inner); reason != nil {
		return outcome, reason
	}
	return finish(outcome, cmd, err)
}

func (s *System) command(c Command) (*exec.Cmd, error) {
	path, err := lookPath(c.Args[0], c.Env["PATH"], s.Path(c.Dir))
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: path, Args: c.Args, Dir: s.Path(c.Dir), Stdin: c.Stdin, Env: []string{}, SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	for _, name := range sortedKeys(c.Env) {
		cmd.Env = append(cmd.Env, name+"="+c.Env[name])
	}
	// A daemon that the command leaves behind may keep the output open for ever.
	cmd.WaitDelay = time.Second
	if info, err := os.Stat(cmd.Dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("cwd: there is no folder %s", cmd.Dir)
	}
	return cmd, nil
}

// lookPath finds a program as a shell would, in the PATH that it will have.
func lookPath(name, path, dir string) (string, error) {
	if strings.Contains(name, "/") {
		return absolute(name, dir), nil
	}
	for folder := range strings.SplitSeq(path, ":") {
		candidate := filepath.Join(folder, name)
		if info, err := os.Stat(candidate); err == nil && folder != "" && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("there is no program %q in PATH", name)
}

func startError(c Command, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("starting %s: %w", c.Args[0], err)
}

func finish(outcome Outcome, cmd *exec.Cmd, err error) (Outcome, error) {
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
	case errors.As(err, &exit):
		outcome.Code = exit.ExitCode()
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			outcome.Code = 128 + int(status.Signal())
		}
	case errors.Is(err, syscall.EPIPE): // it did not read all of its input, which is its own business
	default:
		return outcome, fmt.Errorf("running %s: %w", cmd.Args[0], err)
	}
	return outcome, nil
}

// supervise ends the session when ctx is done, and cancels when it has too many processes. It returns when the command has ended, and with it all
// its descendants if it was ended by us.
func supervise(ctx context.Context, session int, c Command, cancel context.CancelCauseFunc, waited <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-waited:
			if ctx.Err() == nil {
				return
			}
		case <-tick.C:
			if n := len(members(session)); n > c.Limits.Processes {
				cancel(limitf("%s has started %d processes, more than the limit of %d", c.Args[0], n, c.Limits.Processes))
				endSession(session, waited, 0)
				return
			}
			continue
		case <-ctx.Done():
		}
		endSession(session, waited, grace)
		return
	}
}

// endSession asks all processes of a session to end, and after patience ends them.
func endSession(session int, waited <-chan struct{}, patience time.Duration) {
	if patience > 0 {
		signalSession(session, syscall.SIGTERM)
		end := time.Now().Add(patience)
		for time.Now().Before(end) && len(members(session)) > 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	// One that forks all the time can escape a round, so several are needed.
	for range 200 {
		if len(members(session)) == 0 {
			return
		}
		signalSession(session, syscall.SIGKILL)
		time.Sleep(5 * time.Millisecond)
	}
}

func signalSession(session int, signal syscall.Signal) {
	_ = syscall.Kill(-session, signal) // it may be gone
	for _, pid := range members(session) {
		_ = syscall.Kill(pid, signal)
	}
}

// members returns the processes of a session that have not ended.
func members(session int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		if syscall.Kill(-session, 0) == nil { // no /proc: the group is all that can be seen
			return []int{session}
		}
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err == nil && sessionOf(pid) == session {
			pids = append(pids, pid)
		}
	}
	return pids
}

// sessionOf returns the session of a process, or 0 when it has ended.
func sessionOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name in parentheses may hold anything; after it come state, parent, group and session.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 4 || fields[0] == "Z" || fields[0] == "X" {
		return 0
	}
	n, _ := strconv.Atoi(fields[3]) // the system writes numbers
	return n
}
