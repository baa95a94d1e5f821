package file

// This file implements the lock that commands hold while they work: a file beside the state file that says who has it.
//
// The content is what counts. flock(2) on the lock file is only held while the content is looked at or changed; a file that was removed or
// replaced in the meantime is noticed, and opened anew.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"nixops4/state"
)

// lockPath is beside the file itself: who reaches it through a symbolic link takes the same lock as who names it.
func (s *Store) lockPath() string { return target(s.path) + ".lock" }

// Lock implements [state.Locker].
func (s *Store) Lock(ctx context.Context, l state.Lock) error {
	return s.withLockFile(ctx, os.O_RDWR|os.O_CREATE, true, func(f *os.File, held *state.Lock) error {
		if held != nil && !held.Dead() {
			return &state.LockedError{Lock: *held}
		}
		text, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if err := f.Truncate(0); err != nil {
			return err
		}
		_, err = f.WriteAt(append(text, '\n'), 0)
		return err
	})
}

// Unlock implements [state.Locker].
func (s *Store) Unlock(ctx context.Context, id string) error {
	notHeld := fmt.Errorf("lock %q of state file %s: %w", id, s.path, state.ErrNotFound)
	// Removing takes no right to write the file, which may be somebody else's.
	err := s.withLockFile(ctx, os.O_RDONLY, true, func(f *os.File, held *state.Lock) error {
		if held == nil || held.ID != id {
			return notHeld
		}
		return os.Remove(f.Name())
	})
	if errors.Is(err, fs.ErrNotExist) {
		return notHeld
	}
	return err
}

// Holder implements [state.Locker].
func (s *Store) Holder(ctx context.Context) (*state.Lock, error) {
	var holder *state.Lock
	err := s.withLockFile(ctx, os.O_RDONLY, false, func(_ *os.File, held *state.Lock) error {
		holder = held
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return holder, err
}

// checkLock reports whether the lock with that ID is held.
func (s *Store) checkLock(id string) error {
	text, err := os.ReadFile(s.lockPath())
	if errors.Is(err, fs.ErrNotExist) {
		return state.ErrLockLost
	}
	if err != nil {
		return fmt.Errorf("reading lock: %w", err)
	}
	if held := parseLock(text); held == nil || held.ID != id {
		return state.ErrLockLost
	}
	return nil
}

// withLockFile calls f with the lock file and what it says, while nobody else changes it, nor, with exclusive, looks at it.
func (s *Store) withLockFile(ctx context.Context, flag int, exclusive bool, f func(*os.File, *state.Lock) error) error {
	for {
		file, err := os.OpenFile(s.lockPath(), flag, 0o644)
		if errors.Is(err, fs.ErrPermission) && flag != os.O_RDONLY {
			if err = s.takeAway(ctx, err); err == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("opening lock: %w", err)
		}
		again, err := s.useLockFile(ctx, file, exclusive, f)
		file.Close()
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			var locked *state.LockedError
			if !errors.As(err, &locked) {
				err = fmt.Errorf("using lock %s: %w", s.lockPath(), err)
			}
		}
		if !again {
			return err
		}
	}
}

// takeAway removes a lock file of somebody else, which may not be written, when its holder is dead. Otherwise it returns a
// [*state.LockedError], or the error from before when the file does not say who has the lock.
func (s *Store) takeAway(ctx context.Context, before error) error {
	err := s.withLockFile(ctx, os.O_RDONLY, true, func(f *os.File, held *state.Lock) error {
		switch {
		case held != nil && !held.Dead():
			return &state.LockedError{Lock: *held}
		case os.Remove(f.Name()) != nil:
			return before
		}
		return nil
	})
	var locked *state.LockedError
	if err == nil || errors.As(err, &locked) {
		return err
	}
	return before
}

func (s *Store) useLockFile(ctx context.Context, file *os.File, exclusive bool, f func(*os.File, *state.Lock) error) (again bool, err error) {
	if err := flock(ctx, file, exclusive); err != nil {
		return false, err
	}
	same, err := stillThere(file, s.lockPath())
	if err != nil || !same {
		return err == nil, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return false, err
	}
	held := parseLock(text)
	if held == nil && len(text) > 0 {
		return false, fmt.Errorf("it does not contain a lock; remove it if no command is running")
	}
	return false, f(file, held)
}

// parseLock returns nil for an empty file, as a crash right after its creation leaves it, and for anything that is not a lock.
func parseLock(text []byte) *state.Lock {
	var l state.Lock
	if json.Unmarshal(text, &l) != nil || l.ID == "" {
		return nil
	}
	return &l
}
