package script

// This file finds the descendants of a command, and ends them.

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// markName is the variable of the environment that descendants are known by.
const markName = "NIXOPS4_EXEC"

// family is a command and its descendants: what is in its session, what has the mark in its environment, and the children of those. A process that leaves
// the session, as daemons do, has the mark; one that has cleared its environment as well was a child when it was seen first.
type family struct {
	session int // the command's own process
	mark    string
	known   map[process]bool // that were looked at; true: it belongs to the family
}

// process is one process. A number is used again, but not at the same time.
type process struct {
	pid   int
	start string // in the system's own unit
}

func newFamily(session int, mark string) *family {
	return &family{session: session, mark: mark, known: map[process]bool{}}
}

// supervise ends the family when ctx is done, and cancels when it has too many members. It returns when the command has ended, and with it
// all of the family if it was ended by us.
func (f *family) supervise(ctx context.Context, c Command, cancel context.CancelCauseFunc, waited <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-waited:
			if ctx.Err() == nil {
				return
			}
		case <-tick.C:
			if n := len(f.members()); n > c.Limits.Processes {
				cancel(limitf("%s has started %d processes, more than the limit of %d", c.Args[0], n, c.Limits.Processes))
				f.end(0)
				return
			}
			continue
		case <-ctx.Done():
		}
		f.end(grace)
		return
	}
}

// end asks all to end, and after patience ends them.
func (f *family) end(patience time.Duration) {
	if patience > 0 {
		f.signal(syscall.SIGTERM)
		for end := time.Now().Add(patience); time.Now().Before(end) && len(f.members()) > 0; {
			time.Sleep(5 * time.Millisecond)
		}
	}
	// One that forks all the time can escape a round, so several are needed.
	for range 200 {
		if len(f.members()) == 0 {
			return
		}
		f.signal(syscall.SIGKILL)
		time.Sleep(5 * time.Millisecond)
	}
}

func (f *family) signal(signal syscall.Signal) {
	_ = syscall.Kill(-f.session, signal) // it may be gone
	for _, pid := range f.members() {
		_ = syscall.Kill(pid, signal)
	}
}

// members returns the processes that have not ended.
func (f *family) members() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		if syscall.Kill(-f.session, 0) == nil { // no /proc: the group is all that can be seen
			return []int{f.session}
		}
		return nil
	}
	var pids []int
	belongs := map[int]bool{}
	for _, e := range entries { // numbers grow, so most parents come before their children
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, ok := statOf(pid)
		if ok && f.has(pid, stat, belongs) {
			belongs[pid] = true
			pids = append(pids, pid)
		}
	}
	return pids
}

// has reports whether a process belongs to the family. belongs has those that are known to.
func (f *family) has(pid int, stat processStat, belongs map[int]bool) bool {
	p := process{pid, stat.start}
	if stat.session == f.session || belongs[stat.parent] {
		f.known[p] = true
	}
	if member, looked := f.known[p]; looked {
		return member
	}
	// Each environment is read once: a process that has no mark does not get one.
	environ, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ") // that of other users cannot be read
	f.known[p] = bytes.Contains(environ, []byte(f.mark))
	return f.known[p]
}

// processStat is what the system tells about a process.
type processStat struct {
	parent, session int
	start           string
}

// statOf returns what a process is, if it has not ended.
func statOf(pid int) (processStat, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return processStat{}, false
	}
	// The name in parentheses may hold anything; after it come state, parent, group, session and, as the 22nd of all, the start.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return processStat{}, false
	}
	parent, _ := strconv.Atoi(fields[1]) // the system writes numbers
	session, _ := strconv.Atoi(fields[3])
	return processStat{parent, session, fields[19]}, true
}
