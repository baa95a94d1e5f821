package providers

// This file holds what Linux offers for the supervision of processes.

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes puts a provider into a session of its own, without a terminal: a program that asks for a password gets an error at
// once, where a background process group would be stopped by the kernel and hang.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
}

// bytesInPipe returns how many bytes written to f were not read by the other side.
func bytesInPipe(f *os.File) (n int, ok bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, false
	}
	var ioctlErr error
	err = conn.Control(func(fd uintptr) { n, ioctlErr = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n, err == nil && ioctlErr == nil
}

func signalName(s syscall.Signal) string { return unix.SignalName(s) }
