package state

// This file defines what a backend implements.

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Store keeps one log. Its methods may be called from any goroutine and from several processes at once.
type Store interface {
	// Create makes a log with event 0 only. When there is a log already it does nothing.
	Create(ctx context.Context) error

	// Read returns the state. The caller owns it. [ErrNotFound] when there is no log, [*CorruptError] when it cannot be understood.
	Read(ctx context.Context) (*Snapshot, error)

	// Events returns the events from index from on, with their indexes; none when from is the next index or later. A log
	// that was compacted starts with an event that stands for the older ones and has index 0.
	Events(ctx context.Context, from uint64) ([]Event, error)

	// Append appends the batch's events in order and returns the index of the next one. When it returns without an error they are durable. On
	// [*ConflictError], [ErrLockLost], [ErrNotFound] and [*CorruptError], and when a patch does not apply, nothing was appended. On any other error it is
	// not known whether all, some of the first, or none were; reading tells. Repeating the call with the same expected index is safe.
	Append(ctx context.Context, b Batch) (next uint64, err error)
}

// Batch is what is appended in one step.
type Batch struct {
	Expected uint64  // the index the first event will have
	Events   []Event // their indexes are set by the store
	Lock     string  // ID of the lock the writer holds, or "": when given, appending is refused once the lock is lost
}

// Snapshot is the state at one moment.
type Snapshot struct {
	Document *Document
	Next     uint64   // index of the next event, to be given as [Batch].Expected
	Intents  []Intent // those without an end, oldest first
}

// Locker is implemented by stores that can be locked. A lock does not keep others from reading, nor those from writing that do not ask for it.
type Locker interface {
	// Lock takes the lock, or returns a [*LockedError] with its holder. A lock whose holder is a process of this host that does not
	// exist any more is taken over.
	Lock(ctx context.Context, l Lock) error

	// Unlock releases the lock with that ID, whoever took it. [ErrNotFound] when the lock is not held, or held with another ID.
	Unlock(ctx context.Context, id string) error

	// Holder returns who holds the lock, or nil.
	Holder(ctx context.Context) (*Lock, error)
}

// Repairer is implemented by stores whose last event can be left unfinished by a crash.
type Repairer interface {
	// Repair cuts off an unfinished last event, after keeping a copy of the whole log. It returns the copy's name and the number of bytes cut off;
	// "" and 0 when the log is good. When it is damaged in another way it changes nothing and returns the [*CorruptError].
	Repair(ctx context.Context) (copied string, cut int64, err error)
}

// Compacter is implemented by stores that can replace the log by one event.
type Compacter interface {
	// Compact puts one event in the place of all, after keeping a copy of the log, and returns the copy's name. Indexes go on as before.
	Compact(ctx context.Context) (copied string, err error)
}

// Destroyer is implemented by stores whose log can be removed.
type Destroyer interface {
	// Destroy removes the log if nothing is recorded in it any more. Otherwise it returns a [*NotEmptyError]; when there is no log it does nothing.
	Destroy(ctx context.Context) error
}

// NotEmptyError says that a log is still needed.
type NotEmptyError struct {
	Resources, Intents int // how many are recorded
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("state is not removed while something is recorded in it (resources: %d, unfinished operations: %d)", e.Resources, e.Intents)
}

// Empty returns nil when nothing is recorded, else a [*NotEmptyError].
func (s *Snapshot) Empty() error {
	left := &NotEmptyError{Intents: len(s.Intents)}
	err := s.Document.Walk(func([]string, Resource) error {
		left.Resources++
		return nil
	})
	if err == nil && left.Resources+left.Intents > 0 {
		err = left
	}
	return err
}

// Lock says who holds a lock.
type Lock struct {
	ID      string    `json:"id"`               // unique
	Holder  string    `json:"holder"`           // the user
	Host    string    `json:"host"`             // where PID is valid
	PID     int       `json:"pid"`              //
	Time    time.Time `json:"time"`             // when it was taken
	Command string    `json:"command"`          // what it was taken for
	BootID  string    `json:"bootId,omitzero"`  // of the host and the process namespace in which PID is valid
	Started string    `json:"started,omitzero"` // when the process started, in the system's own unit: a PID is used again
	Machine string    `json:"machine,omitzero"` // which of several machines with the same name Host is
}

// String describes the holder: "alice on web1 (process 42) since 2026-01-02T03:04:05Z (5 min ago), running nixops4 apply".
func (l Lock) String() string {
	s := fmt.Sprintf("%s on %s (process %d) since %s%s", l.Holder, l.Host, l.PID, l.Time.UTC().Format(time.RFC3339), age(time.Since(l.Time)))
	if l.Command != "" {
		s += ", running " + l.Command
	}
	return s
}

// age says how long ago something was; nothing of what is to come, as other clocks tell.
func age(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < time.Minute:
		return fmt.Sprintf(" (%d s ago)", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf(" (%d min ago)", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf(" (%d h %d min ago)", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf(" (%d days ago)", int(d.Hours()/24))
}

// ErrNotFound says that a log, a resource or a lock does not exist.
var ErrNotFound = errors.New("not found")

// ErrLockLost says that the writer's lock was released or taken by somebody else in the meantime.
var ErrLockLost = errors.New("the state's lock is not held any more; somebody broke it")

// ConflictError says that somebody else has appended in the meantime.
type ConflictError struct {
	Expected uint64 // the index the writer expected to be next
	Actual   uint64 // the index that is
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("state was changed by somebody else: the next event would have index %d, not %d", e.Actual, e.Expected)
}

// LockedError says that somebody else holds the lock.
type LockedError struct{ Lock Lock }

func (e *LockedError) Error() string { return "state is locked by " + e.Lock.String() }

// CorruptError says that a log cannot be understood. Nothing was changed.
type CorruptError struct {
	Path   string // of the file, or whatever else the backend calls it
	Offset int64  // in bytes, of the event that cannot be read
	Torn   bool   // the log is good up to Offset and ends within an event, as after a crash while it was written
	Msg    string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("state %s is damaged at byte %d: %s", e.Path, e.Offset, e.Msg)
}
