package worker

// This file starts the evaluator process, watches it, and finds out why it died.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"nixops4/eval/nix"
)

// DiedError says that the evaluator process is gone.
type DiedError struct {
	Root   string   // what it evaluated, such as the file; "" before a root was opened
	Reason string   // how it ended
	Stderr []string // the last lines it wrote to standard error, without Go's own
}

// Error returns one line.
func (e *DiedError) Error() string {
	if e.Root != "" {
		return "the evaluator process of " + e.Root + " died: " + e.Reason
	}
	return "the evaluator process died: " + e.Reason
}

var errClosed = errors.New("the evaluator is closed")

// closeGrace is how long the process may take to end by itself.
const closeGrace = 2 * time.Second

type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
	stderr *stderrReader
	exited chan struct{} // closed when cmd.Wait has returned
	err    error         // what it returned
	once   sync.Once
	// maxMemory is how much memory an evaluation may take there, in bytes; 0 when there is no bound.
	maxMemory uint64
}

func startProcess(options Options, log func(string)) (*process, error) {
	if len(options.Command) == 0 {
		return nil, errors.New("there is no command for it")
	}
	cmd := exec.Command(options.Command[0], options.Command[1:]...)
	cmd.Dir = options.Dir
	cmd.Env = options.Env
	// An interrupt typed at the terminal is for the engine, which may still need the evaluator.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	max, err := nix.MaxMemory(environment(options.Env))
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, exited: make(chan struct{}), stderr: newStderrReader(log), maxMemory: max}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go p.stderr.read(stderr)
	return p, nil
}

// environment looks up variables of a process; nil stands for those of this one.
func environment(env []string) func(string) string {
	if env == nil {
		return os.Getenv
	}
	return func(name string) string {
		for _, entry := range slices.Backward(env) { // of several the last one counts
			if value, ok := strings.CutPrefix(entry, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// wait is called once, when the output has ended. It waits for the end of the process, at most for the grace period, and
// says why it came.
func (p *process) wait() *DiedError {
	select {
	case <-p.stderr.done:
	case <-time.After(closeGrace): // it closed its output but goes on, or left a child with its stderr
		p.kill()
	}
	p.err = p.cmd.Wait()
	close(p.exited)
	reason := p.stderr.reason(p.err)
	if reason == outOfMemory && p.maxMemory > 0 {
		reason += fmt.Sprintf(", which is bounded to %d MiB", p.maxMemory>>20) + nix.MemoryHint(p.maxMemory)
	}
	return &DiedError{Reason: reason, Stderr: p.stderr.lines()}
}

const outOfMemory = "it ran out of memory"

func (p *process) kill() { _ = p.cmd.Process.Kill() } // fails only when it has ended

func (p *process) close() {
	p.once.Do(func() {
		_ = p.stdin.Close()
		select {
		case <-p.exited:
		case <-time.After(closeGrace):
			p.kill()
			<-p.exited
		}
	})
}

// stderrReader passes on what the process writes to standard error, until the Go runtime begins to report a crash: that report is
// not for users, but holds the reason.
type stderrReader struct {
	log  func(string)
	done chan struct{} // closed at the end

	mu    sync.Mutex // guards the rest
	last  []string
	crash []string // the first lines of the runtime's report
}

const (
	stderrLines = 20
	crashLines  = 10
)

func newStderrReader(log func(string)) *stderrReader {
	return &stderrReader{log: log, done: make(chan struct{})}
}

func (r *stderrReader) read(in io.Reader) {
	defer close(r.done)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			r.take(strings.ToValidUTF8(line, "�"))
		}
		if err != nil {
			return
		}
	}
}

func (r *stderrReader) take(line string) {
	r.mu.Lock()
	if len(r.crash) > 0 || isCrash(line) {
		if len(r.crash) < crashLines {
			r.crash = append(r.crash, line)
		}
		r.mu.Unlock()
		return
	}
	if r.last = append(r.last, line); len(r.last) > stderrLines {
		r.last = r.last[1:]
	}
	r.mu.Unlock()
	r.log(line)
}

// isCrash recognises the first line of the Go runtime's report.
func isCrash(line string) bool {
	for _, prefix := range []string{"panic: ", "fatal error: ", "runtime: goroutine stack exceeds ", "runtime: out of memory", "SIGSEGV: ", "SIGABRT: ", "SIGQUIT: ", "unexpected fault address "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

func (r *stderrReader) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.last)
}

// reason puts into words why the process ended, err being what waiting for it returned.
func (r *stderrReader) reason(err error) string {
	r.mu.Lock()
	crash := strings.Join(r.crash, "\n")
	r.mu.Unlock()
	var exit *exec.ExitError
	errors.As(err, &exit)
	switch {
	case strings.Contains(crash, "stack exceeds") || strings.Contains(crash, "stack overflow"):
		return "it ran out of stack; something recurses too deeply"
	case strings.Contains(crash, "out of memory") || strings.Contains(crash, "cannot allocate"):
		return outOfMemory
	case crash != "":
		first, _, _ := strings.Cut(crash, "\n")
		return "internal error: " + strings.TrimPrefix(strings.TrimPrefix(first, "panic: "), "fatal error: ")
	case err == nil:
		return "it ended by itself"
	case exit != nil:
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return fmt.Sprintf("it was ended by signal %d (%v)%s", status.Signal(), status.Signal(), memoryHint(status.Signal()))
		}
		return fmt.Sprintf("it ended with status %d", exit.ExitCode())
	}
	return err.Error()
}

func memoryHint(signal syscall.Signal) string {
	if signal == syscall.SIGKILL {
		return ", as the system does when memory runs out"
	}
	return ""
}
