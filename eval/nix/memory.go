package nix

// This file sets how much memory a process that evaluates may take, and its garbage collector.

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// firstCollection is the heap size below which nothing is collected, and firstShare the part of the machine's
	// memory that it is on smaller machines. Nearly all that an evaluation makes up to there stays reachable, so that
	// collecting it takes time and gives nothing back.
	firstCollection = 2 << 30
	firstShare      = 10
	// growth is by how many percent the heap may grow between later collections.
	growth = 300
)

// TuneMemory makes garbage collection rare: evaluation makes much garbage, lives short and runs alone in its
// process. It is called once, by the commands that evaluate, unless the user has set GOGC. max is what an evaluation
// may take, in bytes, 0 for no bound.
func TuneMemory(max uint64) {
	if os.Getenv("GOGC") != "" {
		return
	}
	first := uint64(firstCollection)
	if max > 0 {
		first = min(first, max/3*4/firstShare)
		// Near the bound of an evaluation, rather collect than fail.
		debug.SetMemoryLimit(int64(max / 10 * 9))
	}
	// The smallest heap that is collected is 4 MiB at 100 percent.
	debug.SetGCPercent(int(first / (4 << 20) * 100))
	afterCollection(func() { debug.SetGCPercent(growth) })
}

// MaxMemoryVariable is the environment variable that says how much memory an evaluation may take.
const MaxMemoryVariable = "NIXOPS4_MAX_MEMORY"

var memorySize = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(?:([KMGT])i?B?)?$`)

// MaxMemory is how much memory an evaluation may take, in bytes: what the environment says, a number with a unit such as
// 6G, or three quarters of what the machine has. 0 means that there is no bound.
func MaxMemory(getenv func(string) string) (uint64, error) {
	text := getenv(MaxMemoryVariable)
	if text == "" {
		return physicalMemory() / 4 * 3, nil
	}
	if parts := memorySize.FindStringSubmatch(text); parts != nil {
		n, err := strconv.ParseFloat(parts[1], 64)
		unit := uint64(1)
		if parts[2] != "" {
			unit <<= 10 * (strings.Index("KMGT", parts[2]) + 1)
		}
		if bytes := n * float64(unit); err == nil && bytes < 1<<60 {
			return uint64(bytes), nil
		}
	}
	return 0, fmt.Errorf("%s is %q, but has to be a size such as 6G, or 0 for no bound", MaxMemoryVariable, text)
}

// MemoryHint is [eval.Options.MemoryHint] where the bound is that of [MaxMemory].
func MemoryHint(max uint64) string {
	return fmt.Sprintf("; set %s to allow more, such as %[1]s=%dG", MaxMemoryVariable, max>>29+1)
}

// WallMemory is the size of the data of a process beyond which the system gives an evaluator nothing any more: what an
// evaluation may take, a quarter for what lies between its objects, and the Go stack at its largest while it grows. An
// evaluation that keeps its bound does not come near it; it is for a mistake in keeping it.
func WallMemory(max uint64) uint64 {
	if max == 0 {
		return 0
	}
	return max + max/4 + 4<<30
}

// afterCollection calls fn once after the next collection.
func afterCollection(fn func()) {
	marker := new([16]byte)
	runtime.AddCleanup(marker, func(struct{}) { fn() }, struct{}{})
}
