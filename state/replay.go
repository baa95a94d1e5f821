package state

// This file appends kept events to a log that may have gone on in the meantime.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// OvertakenError says that what kept events change was changed by others since.
type OvertakenError struct {
	What  string // the resource, or an intent
	By    *Event // the newer event; nil when it is not known which
	Event Event  // the kept one
}

func (e *OvertakenError) Error() string {
	s := e.What + " was changed by somebody else since"
	if e.By != nil {
		s += fmt.Sprintf(": event %d (%s) of %s", e.By.Index, e.By.Meta.Event(), e.By.Meta.string("time"))
	}
	return fmt.Sprintf("%s; the kept event (%s) is of %s", s, e.Event.Meta.Event(), e.Event.Meta.string("time"))
}

// Replay appends events that could not be appended at index expected, and returns how many that were. Those that the log has already, because
// the append succeeded after all or was replayed before, are left out. The others are made to fit: what they did to a resource is done to
// it where it stands now. When others have changed the same resource since, it returns an [*OvertakenError]; then, as after any other
// error but one of [Store].Append that leaves it open, nothing is appended.
func Replay(ctx context.Context, store Store, lock string, expected uint64, kept []Event) (appended int, err error) {
	if len(kept) == 0 {
		return 0, nil
	}
	snapshot, err := store.Read(ctx)
	if err != nil {
		return 0, err
	}
	events, err := store.Events(ctx, 0)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) { // a store without events does not notice conflicts either
		return 0, err
	}
	base, newer, err := split(events, expected)
	if err != nil {
		return 0, err
	}
	if base.Document == nil {
		base.Document = snapshot.Document.Clone()
	}
	r := rebase{base: base.Document, now: snapshot.Document}
	ours, have := map[string]bool{}, map[string]bool{}
	for _, e := range kept {
		ours[e.identity()] = true
	}
	for _, e := range newer {
		if have[e.identity()] = true; !ours[e.identity()] {
			r.newer = append(r.newer, e)
		}
	}
	var left []Event
	for _, e := range kept {
		if have[e.identity()] {
			err = r.base.Apply(e.Patch)
		} else if e, err = r.event(e); err == nil {
			left = append(left, e)
		}
		if err != nil {
			return 0, err
		}
	}
	if len(left) == 0 {
		return 0, nil
	}
	if _, err := store.Append(ctx, Batch{Expected: snapshot.Next, Events: left, Lock: lock}); err != nil {
		return 0, err
	}
	return len(left), nil
}

// identity tells an event from all others: the time in its metadata is exact enough.
func (e Event) identity() string { return string(encodeObject(e.Meta)) }

// split returns what the events before index expected amount to, and the others.
func split(events []Event, expected uint64) (base Log, newer []Event, err error) {
	for i, e := range events {
		if base.Next >= expected && i > 0 {
			return base, events[i:], nil
		}
		if err := base.Add(e); err != nil {
			return base, nil, fmt.Errorf("event %d: %w", e.Index, err)
		}
		if base.Next > expected {
			return base, nil, fmt.Errorf("the state was compacted since, so it is not known what happened between event %d and %d", expected, base.Next)
		}
	}
	return base, nil, nil
}

// rebase brings events that followed one document to another.
type rebase struct {
	base  *Document // as the events found it
	now   *Document // to which they shall be applied
	newer []Event   // what led from one to the other
}

// event returns e as it is to be appended, and applies it to both documents.
func (r *rebase) event(e Event) (Event, error) {
	for i, n := range r.newer {
		for _, id := range n.Meta.ended() {
			if slices.Contains(e.Meta.ended(), id) {
				return e, &OvertakenError{"the unfinished operation " + id, &r.newer[i], e}
			}
		}
	}
	before := r.base.Clone()
	if err := r.base.Apply(e.Patch); err != nil {
		return e, err
	}
	patch := Patch{}
	for _, path := range touched(e.Patch, before, r.base) {
		after := r.base.find(path)
		switch now := r.now.find(path); {
		case now.equal(after):
			continue
		case !now.equal(before.find(path)):
			return e, &OvertakenError{display(path), r.last(path), e}
		}
		p := r.now.PatchRemove(path)
		if after != nil {
			resource, err := r.base.Resource(path)
			if err != nil {
				return e, err
			}
			p = r.now.PatchSet(path, resource)
		}
		if err := r.now.Apply(p); err != nil {
			return e, err
		}
		patch = append(patch, p...)
	}
	e.Patch = patch
	return e, nil
}

// last returns the last of the newer events that concerns path.
func (r *rebase) last(path []string) *Event {
	for i := range slices.Backward(r.newer) {
		if r.newer[i].Concerns(path) {
			return &r.newer[i]
		}
	}
	return nil
}

// equal reports whether both are nil or the same text.
func (n *node) equal(other *node) bool {
	if n == nil || other == nil {
		return n == other
	}
	return bytes.Equal(n.json(), other.json())
}

// ended returns the IDs of the intents that the event ends.
func (m Meta) ended() []string {
	var ids []string
	_ = json.Unmarshal(m["ended"], &ids) // absent: none
	return ids
}

// touched returns the paths of the resources that a patch, which led from before to after, is about.
func touched(p Patch, before, after *Document) [][]string {
	var paths [][]string
	add := func(path []string, _ Resource) error {
		if !slices.ContainsFunc(paths, func(p []string) bool { return slices.Equal(p, path) }) {
			paths = append(paths, path)
		}
		return nil
	}
	for _, op := range p {
		for _, pointer := range []string{op.Path, op.From} {
			tokens, err := resourcePart(pointer)
			switch {
			case err != nil || pointer == "":
			case len(tokens)%2 == 0 && tokens[len(tokens)-2] == "resources":
				_ = add(pathOf(tokens), Resource{})
			default: // a component with all that is in it
				for _, d := range []*Document{before, after} {
					if n := d.lookup(tokens); n != nil {
						_ = walk(n, pathOf(tokens), add) // what is no resource cannot be taken over
					}
				}
			}
		}
	}
	return paths
}

// resourcePart returns the reference tokens of the resource, or the deployment, that a pointer leads into.
func resourcePart(pointer string) ([]string, error) {
	tokens, err := parsePointer(pointer)
	for i := 0; i < len(tokens); i += 2 { // tokens alternate between a deployment's keys and names in the maps they hold
		if tokens[i] == "resources" {
			return tokens[:min(i+2, len(tokens))], err
		}
	}
	return tokens, err
}

// pathOf returns the path of the resource or deployment at these reference tokens.
func pathOf(tokens []string) []string {
	var names []string
	for i := 1; i < len(tokens); i += 2 {
		names = append(names, tokens[i])
	}
	return names
}
