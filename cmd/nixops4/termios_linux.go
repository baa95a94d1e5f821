package main

// This file names the requests for terminal settings as Linux does.

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
