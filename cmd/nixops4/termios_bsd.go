//go:build darwin || freebsd || netbsd || openbsd

package main

// This file names the requests for terminal settings as the BSDs do.

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
