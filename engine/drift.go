package engine

// This file finds out what changed behind our back. It asks providers to read, and nothing else.

import (
	"context"
	"slices"
	"sync"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
	"nixops4/engine/plan"
)

// Drift is how the object behind a record differs from it.
type Drift struct {
	Path addr.Path `json:"path"`
	Type string    `json:"type"`
	// Gone says that there is no such object any more.
	Gone bool `json:"gone,omitempty"`
	// Changes are from what is recorded to what is there; places start with "inputs" or "outputs". What is sensitive is not shown.
	Changes []plan.Change `json:"changes,omitempty"`
	// Ignored are those that somebody expects.
	Ignored []plan.Change `json:"ignored,omitempty"`
	// Unreadable says that the provider cannot tell what is there.
	Unreadable bool `json:"unreadable,omitempty"`
	// Recorded is when the record was last changed.
	Recorded time.Time `json:"recorded,omitzero"`
}

// Drifted reports whether there is a difference that nobody expects.
func (d *Drift) Drifted() bool { return d.Gone || len(d.Changes) > 0 }

// Drift compares what is recorded about the selected resources with what is really there, and returns an entry for each in order of path. What
// ignore names is left out: resources, or PATH.ATTRIBUTE, as deep as one likes. So is what the declarations say in ignoreDrift.
// The error is an *[ApplyError] when some could not be read; the others are returned all the same.
func (r *Run) Drift(ctx context.Context, ignore []addr.Path) ([]*Drift, error) {
	w, end := r.newWalk(ctx)
	defer end()
	w.lenient = true
	w.act = w.recall
	start, err := w.start()
	if err != nil {
		return nil, err
	}
	outcomes := w.run(ctx, start, nil)
	w.openKeepers(ctx, outcomes)
	if err := w.checkMissing(); err != nil {
		return nil, err
	}
	d := &drifting{walk: w, ignore: ignore, records: map[addr.Path]*plan.Recorded{}, attributes: map[addr.Path]map[string]bool{}}
	if err := d.gather(); err != nil {
		return nil, err
	}
	var nodes []key
	for path := range d.records {
		nodes = append(nodes, key{path: path, kind: deleteKey})
	}
	for k, err := range graph.Run(ctx, nodes, d.compare, graph.Options[key]{Parallelism: w.opts.parallelism(), Stop: w.stop}) {
		outcomes[k] = err
	}
	if err := d.checkIgnored(); err != nil {
		return nil, err
	}
	slices.SortFunc(d.found, func(x, y *Drift) int { return x.Path.Compare(y.Path) })
	failed := newApplyError(outcomes)
	switch {
	case w.halted():
		return nil, ErrStopped
	case len(failed.Failures) > 0:
		return d.found, failed
	}
	return d.found, nil
}

type drifting struct {
	*walk
	ignore  []addr.Path
	records map[addr.Path]*plan.Recorded

	foundMu    sync.Mutex // guards the fields below
	found      []*Drift
	attributes map[addr.Path]map[string]bool // names of inputs and outputs that there are
}

func (d *drifting) gather() error {
	for _, keeper := range d.keepers() {
		entries, err := recordsOf(keeper, d.state(keeper))
		if err != nil {
			return err
		}
		for path, entry := range entries {
			if d.selected(path) && !slices.ContainsFunc(d.ignore, path.HasPrefix) {
				d.records[path] = entry
			}
		}
	}
	return nil
}

func (d *drifting) compare(ctx context.Context, k key) (graph.Step[key], error) {
	entry := d.records[k.path]
	drift := &Drift{Path: k.path, Type: entry.Type, Recorded: entry.Updated}
	provider := entry.Provider
	var expected [][]string
	var limit time.Duration
	sensitive := entry.SensitiveOutputs
	if s := d.lookUp(k.path); s != nil && s.decl != nil {
		provider, expected, limit = &s.decl.Provider, s.decl.Settings.IgnoreDrift, s.decl.Settings.Timeouts["read"]
		sensitive = SensitiveOutputs(s.decl, entry)
		d.knowAttributes(k.path, s.decl.Inputs.Known)
	}
	Learn(d.opts.Secrets, entry, sensitive)
	d.knowAttributes(k.path, entry.Inputs, entry.Outputs)
	if provider == nil {
		return graph.Step[key]{}, Failure{Path: k.path, Err: &NoProviderError{}}
	}
	found, err := d.read(ctx, k.path, *provider, entry, limit)
	switch {
	case err != nil:
		return graph.Step[key]{}, Failure{Path: k.path, Err: d.redact(err)}
	case !found.supported:
		drift.Unreadable = true
	case found.response.Gone:
		drift.Gone = true
	default:
		d.knowAttributes(k.path, plan.Object(found.response.InputProperties), plan.Object(found.response.OutputProperties))
		if err := d.checkExpected(k.path, expected); err != nil {
			return graph.Step[key]{}, Failure{Path: k.path, Err: err}
		}
		learnOutputs(d.opts.Secrets, plan.Object(found.response.OutputProperties), sensitive)
		for _, c := range entry.MaskDrift(driftOf(entry, found.response), sensitive) {
			if d.expects(k.path, c.At, expected) {
				drift.Ignored = append(drift.Ignored, c)
			} else {
				drift.Changes = append(drift.Changes, c)
			}
		}
	}
	d.foundMu.Lock()
	defer d.foundMu.Unlock()
	d.found = append(d.found, drift)
	return graph.Step[key]{}, nil
}
