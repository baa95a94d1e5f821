package engine

// This file fakes a world of objects that refer to each other, and checks each thing that is done to it.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

// lifeObject really exists. What it stands for, its key, is the same under whatever path it is declared.
type lifeObject struct {
	key   string
	on    string // IDs of other objects, separated by hyphens
	props protocol.Properties
}

// lifeWorld has the objects. Its states are those of a fakeWorld.
type lifeWorld struct {
	*fakeWorld

	mu       sync.Mutex // guards the rest
	live     map[string]*lifeObject
	next     int
	doing    map[addr.Path]*plan.Item // what was started last
	declared map[string]bool          // keys
	guarded  map[string]bool          // keys of what must not be destroyed
	refuse   map[string]bool          // keys of which nothing can be done
	lost     map[string]bool          // keys of what cannot be evaluated, so that nobody knows what it was called
	named    []addr.Path              // what may be deleted all the same
	destroys bool                     // what is declared is destroyed because it was asked for
	calls    int
	stopAt   int // the number of the call at which stop is closed; 0: never
	stop     chan struct{}
	log      []string
}

func (w *lifeWorld) violation(format string, args ...any) {
	w.log = append(w.log, "VIOLATION "+fmt.Sprintf(format, args...))
	w.t.Errorf(format, args...)
}

func (w *lifeWorld) event(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := e.(type) {
	case Started:
		w.doing[e.Item.Path] = e.Item
	case Failed:
		w.log = append(w.log, fmt.Sprintf("    %s failed: %v", e.Path, e.Err))
	case Skipped:
		w.log = append(w.log, fmt.Sprintf("    %s skipped: %v", e.Skip.Path, e.Skip))
	}
}

// begin is the start of each call. It returns an error when nothing can be done.
func (w *lifeWorld) begin(op string, path addr.Path, key string) error {
	w.calls++
	if w.calls == w.stopAt {
		close(w.stop)
	}
	w.log = append(w.log, fmt.Sprintf("    %s %s (%s)", op, path, key))
	if w.refuse[key] {
		return errors.New("refused")
	}
	return nil
}

func (w *lifeWorld) lifeProvider(_ providers.Spec, path addr.Path) Provider {
	return &lifeProvider{fakeProvider{w.fakeWorld, path}, w}
}

type lifeProvider struct {
	fakeProvider
	w *lifeWorld
}

func text(p protocol.Properties, name string) string {
	var s string
	_ = json.Unmarshal(p[name], &s) // what is not there is ""
	return s
}

func (p *lifeProvider) Create(ctx context.Context, r protocol.CreateResourceRequest) (protocol.CreateResourceResponse, error) {
	if r.Type != "memo" {
		return p.fakeProvider.Create(ctx, r)
	}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	key := text(r.InputProperties, "k")
	if err := p.w.begin("create", p.path, key); err != nil {
		return protocol.CreateResourceResponse{}, err
	}
	for id, object := range p.w.live {
		if object.key == key && !p.w.replaced(id) && (p.w.doing[p.path] == nil || p.w.doing[p.path].Action != plan.Replace) {
			p.w.violation("%s is made a second time for %s, there is %s", key, p.path, id)
		}
	}
	p.w.next++
	id := fmt.Sprintf("object%04d", p.w.next) // long enough to be recognised in inputs
	p.w.live[id] = &lifeObject{key: key, on: text(r.InputProperties, "on"), props: r.InputProperties}
	p.w.refers(id)
	return protocol.CreateResourceResponse{OutputProperties: protocol.Properties{"id": quoteJSON(id), "flag": quoteJSON("yes")}}, nil
}

// replaced reports whether an object waits to be destroyed because another has taken its place.
func (w *lifeWorld) replaced(id string) bool {
	for _, st := range w.states {
		for _, intent := range st.Unfinished() {
			var outputs protocol.Properties
			if intent.Outputs != nil && json.Unmarshal(intent.Outputs, &outputs) == nil && text(outputs, "id") == id {
				return true
			}
		}
	}
	return false
}

// refers checks that what an object refers to exists.
func (w *lifeWorld) refers(id string) {
	for other := range strings.SplitSeq(w.live[id].on, "-") {
		if other != "" && w.live[other] == nil {
			w.violation("%s is made from %s, which does not exist", id, other)
		}
	}
}

func (p *lifeProvider) Update(_ context.Context, r protocol.UpdateResourceRequest) (protocol.UpdateResourceResponse, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	id, key := text(r.Resource.OutputProperties, "id"), text(r.InputProperties, "k")
	if err := p.w.begin("update", p.path, key); err != nil {
		return protocol.UpdateResourceResponse{}, err
	}
	object := p.w.live[id]
	if object == nil || object.key != key {
		p.w.violation("%s: update of %s, which is %+v", p.path, id, object)
		return protocol.UpdateResourceResponse{}, errors.New("no such object")
	}
	object.on, object.props = text(r.InputProperties, "on"), r.InputProperties
	p.w.refers(id)
	return protocol.UpdateResourceResponse{OutputProperties: r.Resource.OutputProperties}, nil
}

func (p *lifeProvider) Destroy(_ context.Context, r protocol.Resource) error {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	id := text(r.OutputProperties, "id")
	object := p.w.live[id]
	if object == nil {
		p.w.violation("%s: %s is destroyed and does not exist", p.path, id)
		return nil
	}
	if err := p.w.begin("destroy", p.path, object.key); err != nil {
		return err
	}
	item := p.w.doing[p.path]
	unseen := p.w.lost[object.key] && slices.Contains(p.w.named, p.path)
	if (item == nil || !item.Deposed) && (p.w.guarded[object.key] && !unseen || p.w.recordedGuarded(id)) {
		p.w.violation("%s: %s (%s) is destroyed, and protected", p.path, id, object.key)
	}
	replaced := item != nil && (item.Action == plan.Replace || item.Deposed)
	if p.w.declared[object.key] && !replaced && !p.w.destroys && !unseen {
		p.w.violation("%s: %s is destroyed, and %s is declared", p.path, id, object.key)
	}
	for other, its := range p.w.live {
		inPlace := item != nil && item.Action == plan.Replace && !item.CreateFirst
		if slices.Contains(strings.Split(its.on, "-"), id) && !inPlace {
			p.w.violation("%s: %s (%s) is destroyed, and %s (%s) was made from it", p.path, id, object.key, other, its.key)
		}
	}
	delete(p.w.live, id)
	return nil
}

// recordedGuarded reports whether a state says that an object must not be destroyed.
func (w *lifeWorld) recordedGuarded(id string) bool {
	for _, st := range w.states {
		entries, _ := st.All()
		for _, entry := range entries {
			if entry.Protected && text(protocol.Properties(entry.Outputs), "id") == id {
				return true
			}
		}
	}
	return false
}

// unprotect takes all protection out of the states, as a person would do.
func (w *lifeWorld) unprotect() {
	for _, st := range w.states {
		for path, entry := range st.resources {
			free := *entry
			free.Protected = false
			st.resources[path] = &free
		}
	}
}

func (p *lifeProvider) Read(_ context.Context, r protocol.Resource) (protocol.ReadResourceResponse, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	object := p.w.live[text(r.OutputProperties, "id")]
	if object == nil {
		return protocol.ReadResourceResponse{Gone: true}, nil
	}
	return protocol.ReadResourceResponse{InputProperties: object.props, OutputProperties: r.OutputProperties}, nil
}

// consistent checks that each object is recorded once, and nothing else is.
func (w *lifeWorld) consistent() {
	w.mu.Lock()
	defer w.mu.Unlock()
	recorded := map[string]int{}
	for name, st := range w.states {
		for path, entry := range st.resources {
			id := text(protocol.Properties(entry.Outputs), "id")
			if recorded[id]++; w.live[id] == nil {
				w.violation("%s is recorded in %s as %s, which does not exist", path, name, id)
			}
		}
		for _, intent := range st.intents {
			var outputs protocol.Properties
			if intent.Outputs == nil || json.Unmarshal(intent.Outputs, &outputs) != nil {
				w.violation("an intent is left open: %s %v", intent.Op, intent.Path)
				continue
			}
			recorded[text(outputs, "id")]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.live)) {
		if recorded[id] != 1 {
			w.violation("%s (%s) exists and is recorded %d times", id, w.live[id].key, recorded[id])
		}
	}
}
