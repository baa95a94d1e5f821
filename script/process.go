package script

// This file runs processes: bounded in number and output, and ended with all their descendants when the context is.

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// grace is how long a process has between the request to end and the end.
const grace = 2 * time.Second

// Exec runs a command in a session of its own, with a mark in its environment, so that its descendants can be told: see [family].
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
	mark := markName + "=" + rand.Text()
	cmd.Env = append(cmd.Env, mark)
	cmd.Stdout, cmd.Stderr = out, errs
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	if err := cmd.Start(); err != nil {
		return Outcome{}, startError(c, err)
	}
	f := newFamily(cmd.Process.Pid, mark)
	waited := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		f.supervise(inner, c, cancel, waited)
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
