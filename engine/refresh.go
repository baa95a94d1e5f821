package engine

// This file looks at what is really there: before deciding, and after an earlier run was interrupted.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// reading is what a provider says is there.
type reading struct {
	response  protocol.ReadResourceResponse
	supported bool
}

// read asks a provider for the object behind a record, once in a run, within the time limit; 0 is none.
func (r *Run) read(ctx context.Context, path addr.Path, provider plan.Provider, entry *plan.Recorded, limit time.Duration) (*reading, error) {
	r.mu.Lock()
	found := r.reads[path]
	r.mu.Unlock()
	if found != nil {
		return found, nil
	}
	p, err := r.provider(ctx, provider, path)
	if err != nil {
		return nil, err
	}
	found = &reading{}
	if found.supported, err = p.Supports(ctx, "read", entry.Type); err != nil {
		return nil, err
	}
	if found.supported {
		found.response, err = within(ctx, limit, func(ctx context.Context) (protocol.ReadResourceResponse, error) {
			return p.Read(ctx, resourceOf(entry))
		})
		if err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads[path] = found
	return found, nil
}

// refresh puts what is really there in the place of what is recorded. It reports whether nothing is.
func (d *decision) refresh(ctx context.Context) (gone bool, err error) {
	item := d.item
	recordedPath := d.path
	if !item.From.IsRoot() {
		recordedPath = item.From
	}
	found, err := d.read(ctx, recordedPath, *item.Provider, item.Before, d.decl.Settings.Timeouts["read"])
	switch {
	case err != nil:
		return false, err
	case !found.supported:
		return false, nil
	case found.response.Gone:
		item.Action = plan.Create
		item.Changes = plan.Diff(nil, item.Inputs)
		d.because(plan.ReasonGone, "it does not exist any more")
		return true, nil
	}
	before := *item.Before
	item.Drift = driftOf(item.Before, found.response)
	before.Outputs = plan.Object(found.response.OutputProperties)
	learnOutputs(d.opts.Secrets, before.Outputs, d.item.SensitiveOutputs)
	if found.response.InputProperties != nil {
		before.Inputs = plan.Object(found.response.InputProperties)
	}
	for _, c := range item.Drift {
		d.drifted = d.drifted || c.At[0] == "inputs"
		d.because(plan.ReasonDrift, "%s drifted", placeOf(c.At))
	}
	item.Before = &before
	return false, nil
}

// driftOf returns how an object differs from its record; places start with "inputs" or "outputs".
func driftOf(entry *plan.Recorded, found protocol.ReadResourceResponse) []plan.Change {
	var drift []plan.Change
	add := func(what string, before plan.Object, now protocol.Properties) {
		for _, c := range plan.DiffObjects(before, plan.Object(now)) {
			c.At = slices.Concat([]string{what}, c.At)
			drift = append(drift, c)
		}
	}
	if found.InputProperties != nil {
		add("inputs", entry.Inputs, found.InputProperties)
	}
	add("outputs", entry.Outputs, found.OutputProperties)
	return drift
}

func placeOf(at []string) string { return addr.Of(at...).String() }

// InterruptedError says that an earlier run was interrupted and it is not known what it did, or that one is under way and not known yet what it does.
type InterruptedError struct {
	Path   addr.Path
	Intent state.Intent
	Err    error // why it could not be found out; nil when the provider cannot read
}

// Error returns one line.
func (e *InterruptedError) Error() string {
	if e.Intent.UnderWay != nil {
		return fmt.Sprintf("%s is under way, by %s", e.Intent.Op, e.Intent.UnderWay)
	}
	text := fmt.Sprintf("an earlier run was interrupted while it was to %s it, so it may exist without being recorded", e.Intent.Op)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Hint says what can be done.
func (e *InterruptedError) Hint() string {
	if e.Intent.UnderWay != nil {
		return "wait until that command is done"
	}
	return fmt.Sprintf("look whether it exists, then: nixops4 state resolve %s --adopt, --retry or --forget", e.Path)
}

// Unwrap returns the cause.
func (e *InterruptedError) Unwrap() error { return e.Err }

// resume looks at what earlier runs left unfinished. It returns the operation that has to be done again, or "". A creation is looked into:
// when the object exists, the item adopts it.
func (d *decision) resume(ctx context.Context, intents []state.Intent) (interrupted string, err error) {
	paths := []addr.Path{d.path}
	if !d.item.From.IsRoot() {
		paths = append(paths, d.item.From)
	}
	for _, path := range paths {
		for _, intent := range unfinished(intents, path) {
			switch {
			case d.startedHere(intent.ID): // of this run
			case intent.UnderWay != nil:
				return "", &InterruptedError{Path: d.path, Intent: intent}
			case isDeposed(intent): // of an object that was replaced; see deposed
			case intent.Op == "create":
				if err := d.resumeCreate(ctx, intent); err != nil {
					return "", err
				}
			default:
				d.item.Intents = append(d.item.Intents, intent.ID)
				interrupted = intent.Op
			}
		}
	}
	return interrupted, nil
}

// resumeCreate adopts the object that was to be created if it exists. When another one is recorded, that would have been replaced by it; which of them
// the provider finds is not known then, so a person has to look.
func (d *decision) resumeCreate(ctx context.Context, intent state.Intent) error {
	provider := *d.item.Provider
	entry := &plan.Recorded{Type: intent.Type}
	if err := decodeIntent(intent, &provider, &entry.Inputs); err != nil {
		return err
	}
	d.markIntended(entry, intent)
	p, err := d.Run.provider(ctx, provider, d.path)
	if err != nil {
		return err
	}
	supported, err := p.Supports(ctx, "read", intent.Type)
	if err != nil || !supported {
		return &InterruptedError{d.path, intent, err}
	}
	// Its outputs were never seen. A provider that cannot find it without them says so.
	found, err := within(ctx, d.decl.Settings.Timeouts["read"], func(ctx context.Context) (protocol.ReadResourceResponse, error) {
		return p.Read(ctx, protocol.Resource{Type: intent.Type, InputProperties: protocol.Properties(entry.Inputs)})
	})
	switch {
	case err != nil:
		return &InterruptedError{d.path, intent, err}
	case found.Gone:
		d.item.Intents = append(d.item.Intents, intent.ID)
		d.because(plan.ReasonInterrupted, "an earlier run was interrupted before it was created")
		return nil
	}
	if d.item.Before != nil {
		return &InterruptedError{d.path, intent, nil}
	}
	d.item.Intents = append(d.item.Intents, intent.ID)
	d.item.Action, d.item.NoCall = plan.Adopt, true
	d.because(plan.ReasonInterrupted, "an earlier run was interrupted after it was created")
	entry.Provider = &provider
	entry.Outputs = plan.Object(found.OutputProperties)
	if found.InputProperties != nil {
		entry.Inputs = plan.Object(found.InputProperties)
	}
	if entry.Outputs == nil {
		entry.Outputs = plan.Object{}
	}
	entry.SensitiveOutputs = SensitiveOutputs(d.decl, entry)
	Learn(d.opts.Secrets, entry, nil)
	d.item.Before = entry
	d.outputs, d.known = entry.Outputs, true
	return nil
}
