package providers

// This file runs one provider process: start, one request at a time, end.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"nixops4/providers/protocol"
)

// afterlife is how long the pipes of an ended process are still read. What it wrote itself is there at once; the time is
// for programs it left behind that hold the pipes open, and it must not be long, because they may never close them.
const afterlife = 200 * time.Millisecond

// process is a running provider. One goroutine at a time calls ready and exchange.
type process struct {
	client *Client
	spec   Spec
	cmd    *exec.Cmd
	stdin  *os.File
	stderr *stderrLog

	lines  chan message  // from the reader; closed at the end of standard output
	unread chan struct{} // closed when nobody will receive from lines any more
	exited chan struct{} // closed when the process has ended
	done   chan struct{} // closed when it has ended and all goroutines but terminate's have
	status *os.ProcessState

	served           int  // requests answered
	spent            bool // must not be given another request
	neverReadRequest bool // the last exchange failed before the process looked at the request

	mu      sync.Mutex // guards the fields below
	busy    bool       // an exchange is in progress
	killing bool
	closing bool
}

// startProcess starts spec's program.
func startProcess(c *Client, spec Spec) (*process, error) {
	executable, args, err := c.command(spec)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(executable, args...)
	cmd.Env, cmd.Dir = c.options.Env, c.options.Dir
	cmd.SysProcAttr = processAttributes()
	pipes, err := newPipes(cmd)
	if err != nil {
		return nil, err
	}
	err = c.starter.start(cmd)
	pipes.closeChildEnds()
	if err != nil {
		pipes.closeOurEnds()
		return nil, explainStart(executable, err)
	}
	p := &process{
		client: c, spec: spec, cmd: cmd, stdin: pipes.stdin,
		lines: make(chan message), unread: make(chan struct{}), exited: make(chan struct{}), done: make(chan struct{}),
	}
	p.stderr = newStderrLog(pipes.stderr, c.options.StderrLines, spec.Executable, c.options.Log)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		readLines(pipes.stdout, c.options.MaxResponse, p.lines, p.unread)
	}()
	go p.wait(pipes, reading)
	return p, nil
}

// pipes are the three connections to a process.
type pipes struct {
	stdin, stdout, stderr *os.File // our ends
	child                 []*os.File
}

func newPipes(cmd *exec.Cmd) (*pipes, error) {
	p := &pipes{}
	var in, out, log *os.File
	var err error
	if in, p.stdin, err = os.Pipe(); err != nil {
		return nil, err
	}
	p.child = append(p.child, in)
	if p.stdout, out, err = os.Pipe(); err != nil {
		p.stdin.Close()
		p.closeChildEnds()
		return nil, err
	}
	p.child = append(p.child, out)
	if p.stderr, log, err = os.Pipe(); err != nil {
		p.stdin.Close()
		p.stdout.Close()
		p.closeChildEnds()
		return nil, err
	}
	p.child = append(p.child, log)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, log
	return p, nil
}

func (p *pipes) closeChildEnds() {
	for _, f := range p.child {
		f.Close()
	}
}

func (p *pipes) closeOurEnds() {
	p.stdin.Close()
	p.stdout.Close()
	p.stderr.Close()
}

// explainStart makes the operating system's error understandable.
func explainStart(executable string, err error) error {
	var execError *exec.Error
	if errors.As(err, &execError) && errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("there is no program %q in PATH", executable)
	}
	var pathError *os.PathError
	if !errors.As(err, &pathError) {
		return err
	}
	if info, statErr := os.Stat(pathError.Path); statErr == nil && pathError.Err == syscall.ENOENT {
		if info.Mode().IsRegular() {
			return fmt.Errorf("the interpreter of %s does not exist", pathError.Path)
		}
		return fmt.Errorf("the working directory does not exist")
	}
	return fmt.Errorf("%s: %w", pathError.Path, pathError.Err)
}

// wait collects the process when it ends and cleans up.
func (p *process) wait(pipes *pipes, reading <-chan struct{}) {
	_ = p.cmd.Wait() // its error only repeats the status
	p.status = p.cmd.ProcessState
	p.mu.Lock()
	if p.killing || !p.status.Success() {
		// The programs it started would otherwise go on without anybody to answer to. After a regular end they are left alone: it may have started a service.
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
	p.mu.Unlock()
	close(p.exited)
	_ = pipes.stdout.SetReadDeadline(time.Now().Add(afterlife))
	p.stderr.finish(time.Now().Add(afterlife))
	<-reading
	<-p.stderr.done
	pipes.stdout.Close()
	pipes.stderr.Close()
	close(p.done)
}

// terminate ends the process by force: SIGTERM to its group, and SIGKILL after the grace period. It does not wait.
func (p *process) terminate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killing || p.hasExited() {
		return
	}
	p.killing = true
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	kill := time.AfterFunc(p.client.options.Grace, func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	go func() {
		<-p.exited
		kill.Stop()
	}()
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// shutdown closes the process's standard input, waits for its end, and makes it end after the grace period. It may be called several
// times and at the same time; each call returns when the process is gone.
func (p *process) shutdown(grace time.Duration) {
	p.mu.Lock()
	first := !p.closing
	p.closing = true
	p.mu.Unlock()
	if first {
		close(p.unread)
		p.stdin.Close()
	}
	select {
	case <-p.exited:
	case <-time.After(grace):
		p.terminate()
	}
	<-p.done
}

func (p *process) setBusy(busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = busy
}

func (p *process) isBusy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy
}

// ready reports whether an idle process can take a request.
func (p *process) ready() bool {
	if p.spent {
		return false
	}
	select {
	case m, ok := <-p.lines:
		if ok {
			p.stderr.remark(fmt.Sprintf("provider wrote to standard output without being asked: %s", m.describe()))
			p.terminate()
		}
		return false
	case <-p.exited:
		return false
	default:
		return true
	}
}

// exchange sends one request line and waits for its response.
func (p *process) exchange(ctx context.Context, label string, op protocol.Operation, line []byte) (protocol.Response, *failure) {
	p.setBusy(true)
	defer p.setBusy(false)
	p.neverReadRequest = false
	p.stderr.begin(label, op.Name == "describe", p.served > 0)
	stop := context.AfterFunc(ctx, p.terminate)
	defer stop()
	written := make(chan int, 1)
	go func() {
		n, err := p.stdin.Write(line) // an error shows as a missing answer
		if p.served > 0 && errors.Is(err, syscall.EPIPE) {
			p.endUnlessExited() // it will never see the request, so it will never answer
		}
		written <- n
	}()
	m, ok := <-p.lines
	_ = p.stdin.SetWriteDeadline(time.Now()) // ends the write if the process answered without reading
	n := <-written
	_ = p.stdin.SetWriteDeadline(time.Time{})
	p.stderr.sync()
	if !ok {
		return nil, p.noAnswer(n)
	}
	p.served++
	p.spent = n < len(line)
	response, f := p.check(op, m)
	if f != nil {
		f.stderr = p.stderr.last()
		if !f.answered() {
			p.terminate()
		}
	}
	return response, f
}

// endUnlessExited ends a process that has closed its standard input and does not end by itself.
func (p *process) endUnlessExited() {
	select {
	case <-p.exited:
	case <-time.After(afterlife):
		p.terminate()
	}
}

// noAnswer describes a process that closed its standard output. sent is how much of the request went into the pipe.
func (p *process) noAnswer(sent int) *failure {
	how := ""
	select {
	case <-p.exited:
		how = describeStatus(p.status)
	case <-time.After(afterlife):
		how = "closed its standard output"
		p.terminate()
		<-p.exited
	}
	if p.served > 0 {
		left, ok := bytesInPipe(p.stdin)
		p.neverReadRequest = left == sent || !ok && p.status.Success()
	}
	p.stderr.sync()
	return &failure{reason: Crashed, msg: how + " without answering", stderr: p.stderr.last(), err: exitError(p.status)}
}

// exitError returns a status other than success as an error, so that callers can get at it.
func exitError(s *os.ProcessState) error {
	if s.Success() {
		return nil
	}
	return &exec.ExitError{ProcessState: s}
}

func describeStatus(s *os.ProcessState) string {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return "was killed by signal " + signalName(ws.Signal())
	}
	if s.Success() {
		return "ended"
	}
	return fmt.Sprintf("exited with status %d", s.ExitCode())
}

// check turns a line into the response to op.
func (p *process) check(op protocol.Operation, m message) (protocol.Response, *failure) {
	garbled := func(format string, args ...any) (protocol.Response, *failure) {
		return nil, &failure{reason: Garbled, msg: fmt.Sprintf(format, args...)}
	}
	switch {
	case m.tooLong:
		return garbled("answered with more than %d bytes", p.client.options.MaxResponse)
	}
	response, err := protocol.DecodeResponse(m.line)
	switch {
	case err != nil && m.more:
		return garbled("wrote more than one line to standard output, and the first is not a response: %s%s (an answer is one line, and everything else belongs on standard error)", err, m.quote())
	case m.more:
		return garbled("answered with more than one line (an answer is one line, and everything else belongs on standard error)")
	case err != nil && m.cut:
		return garbled("ended in the middle of its answer")
	case err != nil:
		return garbled("answered with something that is not a response: %s%s", err, m.quote())
	}
	if e, ok := response.(protocol.ErrorResponse); ok {
		if strings.TrimSpace(e.Message) == "" {
			e.Message = "the provider answered with an error that says nothing"
		}
		reason := Refused
		if e.HalfDone {
			reason = HalfDone
		}
		return nil, &failure{reason: reason, msg: e.Message}
	}
	if response.Kind() != op.Response {
		return garbled("answered %s, want %s", response.Kind(), op.Response)
	}
	return response, nil
}
