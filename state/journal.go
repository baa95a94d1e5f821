package state

// This file is how a command changes a state: read once, then appended to in groups.

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Journal records what one command does to the resources of a state. Its methods may be called from any goroutine.
//
// Its document is ahead of the store by the events that are being appended. While one append is under way, further changes gather and are
// appended together by the next, so that many resources at a time share the cost of making events durable. Two changes of one resource
// must not be recorded at the same time.
//
// After an append has failed it is not known what the store has, and every later one fails too. The events that were to be appended are handed to
// [JournalOptions].Unsaved, because what they tell of exists.
type Journal struct {
	store   Store
	options JournalOptions

	mu        sync.Mutex // guards the rest
	document  *Document
	open      openIntents
	next      uint64
	gathering *group // events that no append has taken up yet; nil: none
	appending bool
	failed    error
}

// JournalOptions say how a command records. The zero value is usable.
type JournalOptions struct {
	// Create makes the log when there is none. Without it, that is an error wrapping [ErrNotFound].
	Create bool
	// Version is recorded in each event, if it is not empty; so is Command. By is who does it; "" means this user on this host.
	Version string
	Command string
	By      string
	// Lock is the ID of the state's lock, when the command holds it: see [Batch].
	Lock string
	// Unsaved takes in events that could not be appended, in order, and keeps them somewhere else. Its error is added to that of the
	// append. It is called by one goroutine at a time.
	Unsaved func(u Unsaved) error
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
}

// Unsaved is what could not be appended.
type Unsaved struct {
	Expected uint64 // index of the first event
	Events   []Event
	Err      error // why
}

// Change is one event to record. It may do several of these things at once, and they become durable together.
type Change struct {
	Event string   // the operation: "create", "update", "destroy", …
	Path  []string // of the resource; may be empty when the change is about intents only

	Set    *Resource // what the resource is now, with Move: at its new path. Its timestamps are set
	Remove bool      // the resource is not recorded any more
	Move   []string  // the path to which the resource at Path is moved

	Begin *Intent  // declared. An empty ID is filled in, and the digest is computed
	End   []string // IDs of intents that are settled
	Error string   // why the operation failed, if it did
}

// group is a number of events that are appended together.
type group struct {
	events []Event
	done   chan struct{} // closed when they are durable or err is set
	err    error
}

// OpenJournal reads a state and returns the journal to change it.
func OpenJournal(ctx context.Context, store Store, options JournalOptions) (*Journal, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.By == "" {
		me := NewLock("", options.Now())
		options.By = me.Holder + "@" + me.Host
	}
	read := store.Read
	if options.Lock == "" {
		read = func(ctx context.Context) (*Snapshot, error) { return ReadUnderWay(ctx, store) }
	}
	snapshot, err := read(ctx)
	if options.Create && errors.Is(err, ErrNotFound) {
		if err = store.Create(ctx); err == nil {
			snapshot, err = store.Read(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	j := &Journal{store: store, options: options, document: snapshot.Document, open: openIntents{}, next: snapshot.Next}
	for _, i := range snapshot.Intents {
		j.open[i.ID] = i
	}
	return j, nil
}

// Resource returns what is recorded about the resource at path, or an error wrapping [ErrNotFound].
func (j *Journal) Resource(path []string) (Resource, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.document.Resource(path)
}

// Document returns a copy of the document, with all changes whose append has begun.
func (j *Journal) Document() *Document {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.document.Clone()
}

// Unfinished returns the intents without an end, oldest first: those that an earlier command left, and those of this one that are under way.
func (j *Journal) Unfinished() []Intent {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.open.list()
}

// Begin declares an intent, and returns its ID when that is durable. Only then may the provider be asked. When the outcome is known,
// a [Change] has the ID in End. When it is not, as after a crash of the provider, the intent stays, for the next run to find.
func (j *Journal) Begin(ctx context.Context, i Intent) (id string, err error) {
	j.mu.Lock()
	err = j.failed
	j.mu.Unlock()
	if err != nil {
		return "", err
	}
	i = i.complete()
	return i.ID, j.Record(ctx, Change{Event: "intent", Path: i.Path, Begin: &i})
}

// Fail records that the operation of an intent has certainly changed nothing, with the reason.
func (j *Journal) Fail(ctx context.Context, id, reason string) error {
	return j.Record(ctx, Change{Event: "failed", End: []string{id}, Error: reason})
}

// Record appends the changes, all or none, and returns when they are durable. One that changes nothing is left out.
func (j *Journal) Record(ctx context.Context, changes ...Change) error {
	j.mu.Lock()
	g, err := j.gather(changes)
	j.mu.Unlock()
	if err != nil || g == nil {
		return err
	}
	return j.wait(ctx, g)
}

// event turns a change into an event. The caller holds mu.
func (j *Journal) event(c Change) (Event, error) {
	now := j.options.Now()
	e := Event{Meta: NewMeta(c.Event, now)}
	for key, value := range map[string]string{
		"nixopsVersion": j.options.Version, "command": j.options.Command, "by": j.options.By, "error": c.Error,
	} {
		if value != "" {
			e.Meta[key] = quote(value)
		}
	}
	if len(c.Path) > 0 {
		e.Meta = e.Meta.With("path", c.Path)
	}
	if c.Begin != nil {
		e.Meta = e.Meta.WithIntent(c.Begin.complete())
	}
	if len(c.End) > 0 {
		e.Meta = e.Meta.WithEnded(c.End...)
	}
	var err error
	switch {
	case len(c.Move) > 0:
		e.Meta = e.Meta.With("to", c.Move)
		e.Patch, err = j.document.PatchMove(c.Path, c.Move)
		if err == nil && c.Set != nil {
			e.Patch = append(e.Patch, patchResource(resourceTokens(c.Move), j.document.find(c.Path).json(), *c.Set)...)
		}
	case c.Set != nil:
		e.Patch = j.document.patchRecorded(c.Path, *c.Set, now)
	case c.Remove:
		e.Patch = j.document.PatchRemove(c.Path)
	}
	return e, err
}

// complete returns i with an ID and the digest.
func (i Intent) complete() Intent {
	if i.ID == "" {
		i.ID = rand.Text()
	}
	if i.Digest == "" && i.Inputs != nil {
		i.Digest = InputsDigest(i.Inputs)
	}
	return i
}

// InputsDigest returns a digest of a JSON text that does not depend on white space.
func InputsDigest(inputs json.RawMessage) string {
	sum := sha256.Sum256(compact(inputs))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// patchRecorded is [Document.PatchSet] with timestamps. A resource that is recorded as it was keeps its own.
func (d *Document) patchRecorded(path []string, r Resource, now time.Time) Patch {
	stamp := quote(now.UTC().Format(time.RFC3339))
	r.Extra = maps.Clone(r.Extra)
	if r.Extra == nil {
		r.Extra = map[string]json.RawMessage{}
	}
	before, err := d.Resource(path)
	if err != nil {
		r.Extra[KeyUpdated] = stamp
		if r.Extra[KeyCreated] == nil { // else it comes from another state
			r.Extra[KeyCreated] = stamp
		}
		return d.PatchSet(path, r)
	}
	for _, key := range []string{KeyCreated, KeyUpdated} {
		if delete(r.Extra, key); before.Extra[key] != nil {
			r.Extra[key] = before.Extra[key]
		}
	}
	if p := d.PatchSet(path, r); len(p) == 0 {
		return p
	}
	r.Extra[KeyUpdated] = stamp
	return d.PatchSet(path, r)
}

// gather applies changes to the document and adds them to the events to append next. It returns nil when they change nothing. The caller
// holds mu.
func (j *Journal) gather(changes []Change) (*group, error) {
	var events []Event
	var undo []func()
	for i, c := range changes {
		e, err := j.event(c)
		if err == nil {
			err = e.check()
		}
		back := nothing
		if err == nil {
			back, err = j.document.apply(e.Patch)
		}
		if err != nil {
			for _, f := range slices.Backward(undo) {
				f()
			}
			return nil, err
		}
		undo = append(undo, back)
		if len(e.Patch) > 0 || c.Begin != nil || len(c.End) > 0 {
			e.Index = j.next + uint64(i) // about; exact when read again
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		return nil, nil
	}
	for _, e := range events {
		j.open.add(e)
	}
	if j.gathering == nil {
		j.gathering = &group{done: make(chan struct{})}
	}
	j.gathering.events = append(j.gathering.events, events...)
	return j.gathering, nil
}

// wait returns when g is durable. Whoever waits and finds nobody appending does it for all.
func (j *Journal) wait(ctx context.Context, g *group) error {
	j.mu.Lock()
	if j.appending {
		j.mu.Unlock()
		<-g.done
		return g.err
	}
	j.appending = true
	for j.gathering != nil {
		next := j.gathering
		j.gathering = nil
		expected, failed := j.next, j.failed
		j.mu.Unlock()
		u := Unsaved{Expected: expected, Events: next.events, Err: failed}
		after, keepErr := j.append(ctx, &u)
		j.mu.Lock()
		j.next, j.failed = after, u.Err
		next.err = errors.Join(u.Err, keepErr)
		close(next.done)
	}
	j.appending = false
	j.mu.Unlock()
	<-g.done
	return g.err
}

// append makes events durable in the store or, once that has failed, which u.Err tells, wherever Unsaved keeps them.
func (j *Journal) append(ctx context.Context, u *Unsaved) (next uint64, keepErr error) {
	if u.Err == nil {
		// What the resources are now must be written down even when the command is being cancelled.
		next, err := j.insert(context.WithoutCancel(ctx), u)
		if err == nil {
			return next, nil
		}
		u.Err = fmt.Errorf("appending to the state: %w", err)
	}
	next = u.Expected + uint64(len(u.Events))
	u.Events = slices.DeleteFunc(u.Events, Event.onlyIntent) // what is not declared is not done
	if j.options.Unsaved != nil && len(u.Events) > 0 {
		keepErr = j.options.Unsaved(*u)
	}
	return next, keepErr
}

// insert appends to the store. Others may append notes at any time, such as that an operation has run; those are passed over.
func (j *Journal) insert(ctx context.Context, u *Unsaved) (next uint64, err error) {
	for {
		next, err = j.store.Append(ctx, Batch{Expected: u.Expected, Events: u.Events, Lock: j.options.Lock})
		var conflict *ConflictError
		if !errors.As(err, &conflict) {
			return next, err
		}
		newer, readErr := j.store.Events(ctx, u.Expected)
		if readErr != nil || len(newer) == 0 || slices.ContainsFunc(newer, func(e Event) bool { return !e.note() }) {
			return next, err
		}
		u.Expected += uint64(len(newer))
	}
}

// note reports whether the event changes nothing: neither the document nor what is unfinished.
func (e Event) note() bool {
	return len(e.Patch) == 0 && e.Meta["intent"] == nil && e.Meta["intents"] == nil && e.Meta["ended"] == nil
}

// onlyIntent reports whether the event says what will be done, and nothing that was.
func (e Event) onlyIntent() bool {
	return len(e.Patch) == 0 && e.Meta["intent"] != nil && e.Meta["ended"] == nil
}
