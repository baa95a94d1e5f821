package file

// This file implements the store.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"nixops4/state"
)

// Store is a state file. It holds no resources while it is not in use but memory; there is nothing to close.
type Store struct {
	path string

	mu    sync.Mutex // guards cache, and makes the users of one Store take turns
	cache *cache     // nil when nothing is known
}

// Open returns the store in the file at path, which need not exist. It does not touch the file.
func Open(path string) *Store { return &Store{path: path} }

// Path returns the file's path, as given.
func (s *Store) Path() string { return s.path }

// Create implements [state.Store]. The file appears with event 0 in it or not at all. Only its owner may read it, since outputs
// may be secret. A file that exists is checked to be a state file.
func (s *Store) Create(ctx context.Context) error {
	_, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = createFile(target(s.path), append(encode(state.FirstEvent(time.Now())), '\n'))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return s.notCreated(err)
	}
	return s.reading(ctx, func(*cache, *os.File) error { return nil })
}

// notCreated says of the file what was said of the one that was to become it.
func (s *Store) notCreated(err error) error {
	if at := new(fs.PathError); errors.As(err, &at) {
		err = at.Err
	}
	if _, dirErr := os.Stat(filepath.Dir(target(s.path))); errors.Is(dirErr, fs.ErrNotExist) {
		return fmt.Errorf("creating state file %q: its folder does not exist: %w", s.path, err)
	}
	return fmt.Errorf("creating state file %q: %w", s.path, err)
}

// Read implements [state.Store].
func (s *Store) Read(ctx context.Context) (*state.Snapshot, error) {
	var snapshot *state.Snapshot
	err := s.reading(ctx, func(c *cache, _ *os.File) error {
		snapshot = c.log.Snapshot()
		return nil
	})
	return snapshot, err
}

// Events implements [state.Store].
func (s *Store) Events(ctx context.Context, from uint64) ([]state.Event, error) {
	var events []state.Event
	err := s.reading(ctx, func(c *cache, file *os.File) error {
		if from >= c.log.Next {
			return nil
		}
		var err error
		events, err = c.events(file, from)
		return err
	})
	return events, err
}

// reading calls f with an up-to-date cache, while no other process can append.
func (s *Store) reading(ctx context.Context, f func(*cache, *os.File) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := s.open(ctx, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := s.update(file); err != nil {
		return err
	}
	return f(s.cache, file)
}

// open opens the file and locks it: shared for reading, exclusive for writing. Closing the file unlocks it.
func (s *Store) open(ctx context.Context, flag int) (*os.File, error) {
	for {
		file, err := os.OpenFile(s.path, flag, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("state file %s: %w", s.path, state.ErrNotFound)
		}
		if err != nil {
			return nil, fmt.Errorf("opening state file: %w", err)
		}
		if err := flock(ctx, file, flag != os.O_RDONLY); err != nil {
			file.Close()
			return nil, fmt.Errorf("waiting for state file %s: %w", s.path, err)
		}
		// While waiting, the file may have been replaced by a compacted one.
		if same, err := stillThere(file, s.path); err != nil {
			file.Close()
			return nil, fmt.Errorf("opening state file: %w", err)
		} else if same {
			return file, nil
		}
		file.Close()
	}
}

// update brings the cache up to date with the locked file.
func (s *Store) update(file *os.File) error {
	c := s.cache
	s.cache = nil // until it is known to be good
	c, err := readNew(s.path, file, c)
	if err != nil {
		return err
	}
	s.cache = c
	return nil
}

// Append implements [state.Store].
func (s *Store) Append(ctx context.Context, b state.Batch) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := s.open(ctx, os.O_RDWR)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if err := s.update(file); err != nil {
		return 0, err
	}
	if b.Lock != "" {
		if err := s.checkLock(b.Lock); err != nil {
			return 0, err
		}
	}
	c := s.cache
	if c.log.Next != b.Expected {
		return 0, &state.ConflictError{Expected: b.Expected, Actual: c.log.Next}
	}
	undo, err := c.log.AddAll(b.Events)
	if err != nil {
		return 0, fmt.Errorf("appending to state file %s: %w", s.path, err)
	}
	if err := c.write(file, b); err != nil {
		undo()
		s.cache = nil
		return 0, fmt.Errorf("writing state file %s: %w", s.path, err)
	}
	return c.log.Next, nil
}
