package state

// This file makes locks and finds out whether their holder still exists.

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"syscall"
	"time"
)

// NewLock returns a lock for this process with a fresh ID. command is what it is taken for.
func NewLock(command string, now time.Time) Lock {
	holder := "unknown"
	if u, err := user.Current(); err == nil {
		holder = u.Username
	}
	host, _ := os.Hostname() // without a name the lock can still be told by its ID
	return Lock{
		ID: rand.Text(), Holder: holder, Host: host, PID: os.Getpid(), Time: now.UTC(), Command: command,
		BootID: bootID(), Started: processStart(os.Getpid()), Machine: machine(),
	}
}

// Ours reports whether this process took the lock.
func (l Lock) Ours() bool {
	now := NewLock("", time.Time{})
	return l.Host == now.Host && l.PID == now.PID && l.BootID == now.BootID && l.Started == now.Started && l.Machine == now.Machine
}

// Dead reports whether the holder was a process of this host that certainly does not exist any more. Without certainty it is false.
func (l Lock) Dead() bool {
	host, err := os.Hostname()
	if err != nil || host != l.Host || l.PID <= 0 {
		return false
	}
	boot, namespace, _ := strings.Cut(l.BootID, "/")
	nowBoot, nowNamespace, _ := strings.Cut(bootID(), "/")
	switch {
	case boot == "" || nowBoot == "":
		return false
	case boot != nowBoot:
		return l.Machine != "" && l.Machine == machine() // this machine was started anew; else it is another one with the same name
	case namespace != nowNamespace:
		return false // another container of this host, whose processes cannot be seen from here
	case errors.Is(syscall.Kill(l.PID, 0), syscall.ESRCH):
		return true
	}
	started := processStart(l.PID)
	return l.Started != "" && started != "" && l.Started != started
}

// bootID names this boot of this host and the process namespace, or is "" where the system does not tell.
func bootID() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, _ := os.Readlink("/proc/self/ns/pid") // without it all processes count as visible
	return strings.TrimSpace(string(boot)) + "/" + namespace
}

// processStart returns when a process started, in ticks since the boot, or "" when that is not known.
func processStart(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name in parentheses may hold anything; after it come the fields from the third on.
	_, rest, _ := strings.Cut(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " ")
	if fields := strings.Fields(rest); len(fields) > 19 {
		return fields[19]
	}
	return ""
}

// machine identifies this installation of an operating system without giving away its ID, or is "".
func machine() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil || len(bytes.TrimSpace(id)) == 0 {
		return ""
	}
	sum := sha256.Sum256(append([]byte("nixops4 lock "), bytes.TrimSpace(id)...))
	return hex.EncodeToString(sum[:8])
}
