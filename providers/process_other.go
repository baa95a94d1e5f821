//go:build !linux

package providers

// This file holds the supervision of processes on systems other than Linux.

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes puts a provider into a session of its own, without a terminal.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}

// bytesInPipe cannot be known here.
func bytesInPipe(*os.File) (n int, ok bool) { return 0, false }

func signalName(s syscall.Signal) string { return unix.SignalName(s) }
