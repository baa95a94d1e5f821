package nix

// This file sets the garbage collector for a process that evaluates.

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// firstCollection is the heap size below which nothing is collected, and firstShare the part of the machine's
	// memory that it is on smaller machines. Nearly all that an evaluation makes up to there stays reachable, so that
	// collecting it takes time and gives nothing back.
	firstCollection = 2 << 30
	firstShare      = 12
	// growth is by how many percent the heap may grow between later collections.
	growth = 300
)

// TuneMemory makes garbage collection rare: evaluation makes much garbage, lives short and runs alone in its
// process. It is called once, by the commands that evaluate, unless the user has set GOGC.
func TuneMemory() {
	if os.Getenv("GOGC") != "" {
		return
	}
	first := uint64(firstCollection)
	if have := physicalMemory(); have > 0 {
		first = min(first, have/firstShare)
		// Near the bound of an evaluation, rather collect than fail.
		debug.SetMemoryLimit(int64(DefaultMaxMemory() / 10 * 9))
	}
	// The smallest heap that is collected is 4 MiB at 100 percent.
	debug.SetGCPercent(int(first / (4 << 20) * 100))
	afterCollection(func() { debug.SetGCPercent(growth) })
}

// DefaultMaxMemory is how much an evaluation may take where nobody said otherwise: three quarters of the
// machine's memory, 0 (no bound) when that is not known.
func DefaultMaxMemory() uint64 { return physicalMemory() / 4 * 3 }

// afterCollection calls fn once after the next collection.
func afterCollection(fn func()) {
	marker := new([16]byte)
	runtime.AddCleanup(marker, func(struct{}) { fn() }, struct{}{})
}
