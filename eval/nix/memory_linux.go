package nix

// This file tells how much memory a Linux machine has, and bounds that of this process.

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// physicalMemory is in bytes, 0 when unknown. In a container it is what that may take.
func physicalMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return groupMemory("/sys/fs/cgroup", "/proc/self/cgroup", uint64(info.Totalram)*uint64(info.Unit))
}

// groupMemory is what the control groups that a process is in leave of some memory: file lists them, root is where they are.
func groupMemory(root, file string, have uint64) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return have
	}
	for line := range strings.Lines(string(text)) {
		group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !ok {
			continue
		}
		for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
			limit, err := os.ReadFile(root + path.Join(dir, "/memory.max"))
			if err == nil {
				if n, err := strconv.ParseUint(strings.TrimSpace(string(limit)), 10, 64); err == nil && n > 0 {
					have = min(have, n)
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return have
}

// LimitMemory lets the system refuse this process memory beyond some bytes of data: private memory that can be written, whether it
// was touched or not. Go reserves far more addresses than it uses, so that bounding these would bound nothing of interest. 0
// leaves things as they are, and so does a bound that is stricter already.
func LimitMemory(bytes uint64) error {
	var limit unix.Rlimit
	if bytes == 0 {
		return nil
	}
	if err := unix.Getrlimit(unix.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("asking for the limit on memory: %w", err)
	}
	if limit.Cur <= bytes {
		return nil
	}
	limit.Cur = bytes
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("setting the limit on memory: %w", err)
	}
	return nil
}
