package nix

// This file tells how much memory a Linux machine has.

import "golang.org/x/sys/unix"

// physicalMemory is in bytes, 0 when unknown.
func physicalMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}
