package state

// This file makes locks and finds out whether their holder still exists.

import (
	"crypto/rand"
	"errors"
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
	return Lock{ID: rand.Text(), Holder: holder, Host: host, PID: os.Getpid(), Time: now.UTC(), Command: command, BootID: bootID()}
}

// Dead reports whether the holder was a process of this host that certainly does not exist any more. Without certainty it is false.
func (l Lock) Dead() bool {
	host, err := os.Hostname()
	if err != nil || host != l.Host || l.PID <= 0 {
		return false
	}
	boot, namespace, _ := strings.Cut(l.BootID, "/")
	nowBoot, nowNamespace, _ := strings.Cut(bootID(), "/")
	if boot == "" || nowBoot == "" || namespace != nowNamespace && boot == nowBoot {
		return false // another container of this host, whose processes cannot be seen from here
	}
	return boot != nowBoot || errors.Is(syscall.Kill(l.PID, 0), syscall.ESRCH)
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
