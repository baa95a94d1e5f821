package file

// This file repairs a torn file and compacts a long one. Both keep a copy first.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"nixops4/state"
)

// Repair cuts off an unfinished last event. It first copies the whole file beside it, and returns the copy's name and the number of bytes cut
// off. When the file is good it does nothing and returns "", 0. When it is damaged in another way it returns the [*state.CorruptError] and
// changes nothing.
func (s *Store) Repair(ctx context.Context) (copied string, cut int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := s.open(ctx, os.O_RDWR)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	err = s.update(file)
	var corrupt *state.CorruptError
	if !errors.As(err, &corrupt) || !corrupt.Torn {
		return "", 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return "", 0, fmt.Errorf("repairing state file %s: %w", s.path, err)
	}
	if copied, err = keepCopy(s.path, "damaged"); err != nil {
		return "", 0, err
	}
	if err := takeBack(file, corrupt.Offset); err != nil {
		return copied, 0, fmt.Errorf("repairing state file %s: %w", s.path, err)
	}
	return copied, info.Size() - corrupt.Offset, nil
}

// Compact replaces the events by one that stands for them. It first copies the file beside it, and returns the copy's name. Indexes go on
// as before, so that writers that started earlier are still told of conflicts.
func (s *Store) Compact(ctx context.Context) (copied string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := s.open(ctx, os.O_RDWR)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := s.update(file); err != nil {
		return "", err
	}
	path, err := filepath.EvalSymlinks(s.path) // a link stays one
	if err != nil {
		return "", fmt.Errorf("compacting state file: %w", err)
	}
	if copied, err = keepCopy(path, "full"); err != nil {
		return "", err
	}
	event := s.cache.log.Compacted(state.NewMeta("compact", time.Now()))
	s.cache = nil
	if err := replaceFile(path, append(encode(event), '\n'), file); err != nil {
		return copied, fmt.Errorf("compacting state file %s: %w", s.path, err)
	}
	return copied, nil
}

// Destroy implements [state.Destroyer]. A lock that a command holds stays, for that command to give back.
func (s *Store) Destroy(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := s.open(ctx, os.O_RDWR)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := s.update(file); err != nil {
		return err
	}
	if err := s.cache.log.Snapshot().Empty(); err != nil {
		return err
	}
	s.cache = nil
	if err := os.Remove(s.path); err != nil {
		return fmt.Errorf("removing state file: %w", err)
	}
	return syncDir(s.path)
}

// keepCopy copies the file at path to a new one beside it, whose name says why and when.
func keepCopy(path, why string) (copied string, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("copying state file: %w", err)
	}
	base := path + "." + why + "-" + time.Now().UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		copied = base
		if n > 1 {
			copied = fmt.Sprintf("%s-%d", base, n)
		}
		err := createFile(copied, content)
		if err == nil {
			return copied, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("copying state file: %w", err)
		}
	}
}

// replaceFile puts content in the place of path, whose owner, group and permissions are those of old, in one step and durably.
func replaceFile(path string, content []byte, old *os.File) error {
	info, err := old.Stat()
	if err != nil {
		return err
	}
	temporary, err := writeTemporary(path, content)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	if err := keepOwner(temporary, info); err != nil {
		return err
	}
	if err := os.Chmod(temporary, info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(path)
}

// keepOwner gives a new file the owner and group of another, or at least the group, when that may do something with it: who could use
// the file goes on to, and nobody else does.
func keepOwner(name string, as fs.FileInfo) error {
	st, ok := as.Sys().(*syscall.Stat_t)
	if !ok || os.Chown(name, int(st.Uid), int(st.Gid)) == nil {
		return nil
	}
	if err := os.Chown(name, -1, int(st.Gid)); err != nil && as.Mode().Perm()&0o070 != 0 {
		return fmt.Errorf("keeping the file's group, which only its owner or a member can: %w", err)
	}
	return nil
}
