package file_test

// This file has several users share a state file, which takes root to arrange.

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"nixops4/state"
	"nixops4/state/file"
)

// as calls f with the file system's user and group changed, and waits for it.
func as(t *testing.T, uid, gid int, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("this takes root")
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked, so that nobody else gets the thread
		if _, err := unix.SetfsgidRetGid(gid); err != nil {
			t.Error(err)
			return
		}
		if _, err := unix.SetfsuidRetUid(uid); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

const other = 65534

// TestLockOfAnother breaks, and takes over from the dead, a lock that another user has.
func TestLockOfAnother(t *testing.T) {
	t.Parallel()
	path := write(t, []byte(firstEvent))
	must(t, os.Chmod(path, 0o666))
	must(t, os.Chmod(filepath.Dir(path), 0o777))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(path)), 0o755))
	ours := state.NewLock("ours", time.Now())
	must(t, file.Open(path).Lock(t.Context(), ours))
	as(t, other, other, func() {
		s := file.Open(path)
		var locked *state.LockedError
		if err := s.Lock(t.Context(), state.NewLock("theirs", time.Now())); !errors.As(err, &locked) || locked.Lock.ID != ours.ID {
			t.Errorf("locking: %v", err)
		}
		if err := s.Unlock(t.Context(), ours.ID); err != nil {
			t.Errorf("breaking: %v", err)
		}
	})
	dead := state.NewLock("dead", time.Now())
	dead.Started = "0" // so the process with this ID is another one
	must(t, file.Open(path).Lock(t.Context(), dead))
	as(t, other, other, func() {
		if err := file.Open(path).Lock(t.Context(), state.NewLock("theirs", time.Now())); err != nil {
			t.Errorf("taking over from the dead: %v", err)
		}
	})
}

// TestCompactKeepsOwner compacts files of other owners and groups, which must be able to go on.
func TestCompactKeepsOwner(t *testing.T) {
	t.Parallel()
	check := func(path string, uid, gid int) {
		t.Helper()
		info, err := os.Stat(path)
		must(t, err)
		if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != uid || int(st.Gid) != gid {
			t.Errorf("the file is of %d:%d, want %d:%d", st.Uid, st.Gid, uid, gid)
		}
	}
	path := write(t, []byte(firstEvent))
	as(t, 0, 0, func() {
		must(t, os.Chown(path, other, other))
		if _, err := file.Open(path).Compact(t.Context()); err != nil {
			t.Error(err)
		}
		check(path, other, other)
	})
	if groups, err := os.Getgroups(); err != nil || !slices.Contains(groups, 0) {
		return // nobody is a member of a group that is not its own
	}
	path = write(t, []byte(firstEvent))
	must(t, os.Chmod(path, 0o660))
	must(t, os.Chmod(filepath.Dir(path), 0o777))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(path)), 0o755))
	as(t, other, other, func() {
		if _, err := file.Open(path).Compact(t.Context()); err != nil {
			t.Error(err)
		}
		check(path, other, 0)
	})
}
