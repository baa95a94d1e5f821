//go:build unix

package nix_test

// This file measures time such that other work on the machine does not count.

import (
	"syscall"
	"time"
)

// A stopwatch measures how long this process has been busy.
type stopwatch struct {
	wall      time.Time
	processor time.Duration
}

func startWatch() stopwatch { return stopwatch{time.Now(), processorTime()} }

// elapsed is the time of day or the time of the processor, whichever is shorter: one grows while the machine is busy
// with other things, the other while several threads run.
func (s stopwatch) elapsed() time.Duration {
	return min(time.Since(s.wall), processorTime()-s.processor)
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
