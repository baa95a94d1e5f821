package main

// This file asks the terminal for its size.

import (
	"os"

	"golang.org/x/sys/unix"
)

// size returns the columns and lines of the terminal on stderr or stdout, 0 when there is none.
func (u *ui) size() (columns, lines int) {
	for _, f := range []*os.File{u.errFile, u.outFile} {
		if f == nil {
			continue
		}
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			return int(size.Col), int(size.Row)
		}
	}
	return 0, 0
}
