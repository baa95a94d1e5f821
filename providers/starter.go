package providers

// This file starts processes from one thread.

import (
	"os/exec"
	"runtime"
)

// starter starts processes on a thread that lives as long as the client. The kernel sends a process its parent-death signal when the thread
// that started it ends, and the Go runtime may end any other thread at any time (https://go.dev/issue/27505).
type starter struct {
	requests chan startRequest
	quit     chan struct{}
}

type startRequest struct {
	cmd    *exec.Cmd
	result chan error
}

func newStarter() *starter {
	s := &starter{requests: make(chan startRequest), quit: make(chan struct{})}
	go s.run()
	return s
}

func (s *starter) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for {
		select {
		case r := <-s.requests:
			r.result <- r.cmd.Start()
		case <-s.quit:
			return
		}
	}
}

// start is cmd.Start. After close it returns [ErrClosed].
func (s *starter) start(cmd *exec.Cmd) error {
	r := startRequest{cmd, make(chan error, 1)}
	select {
	case s.requests <- r:
		return <-r.result
	case <-s.quit:
		return ErrClosed
	}
}

func (s *starter) close() { close(s.quit) }
