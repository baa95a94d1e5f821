package repl

// This file has the commands that look at what is recorded.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

var recordCommands = []*command{
	{name: "state", args: "[PATH]", takes: takesPaths, group: groupLook, short: "list what is recorded, or show what is recorded of a resource", example: ":state codename", run: stateCommand},
	{name: "events", args: "[PATH]", takes: takesPaths, group: groupLook, short: "tell who changed what when", example: ":events codename", run: events},
}

// keepers are the resources that the root's resources are kept in. Components that cannot be evaluated yet are left out.
func (sh *shell) keepers(ctx context.Context) ([]addr.Path, error) {
	found := map[addr.Path]bool{}
	var visit func(path addr.Path) error
	visit = func(path addr.Path) error {
		c, err := sh.component(ctx, path, engine.WantContents)
		switch {
		case err != nil && (ctx.Err() != nil || path.IsRoot()):
			return err
		case err != nil:
			return nil
		case c.Resource != nil:
			if c.Resource.Stateful() {
				found[c.Resource.State] = true
			}
			return nil
		}
		for _, name := range c.Members {
			if err := visit(path.Child(name)); err != nil {
				return err
			}
		}
		return nil
	}
	err := visit(addr.Root)
	return slices.SortedFunc(maps.Keys(found), addr.Path.Compare), err
}

// recordedRow is a record in a list.
type recordedRow struct {
	Path     addr.Path      `json:"path"`
	Keeper   addr.Path      `json:"keptBy"`
	Recorded *plan.Recorded `json:"recorded"`
}

func stateCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	keepers, err := sh.keepers(ctx)
	if err != nil {
		return answer{}, err
	}
	rows := []recordedRow{}
	for _, keeper := range keepers {
		records, err := sh.records(ctx, keeper)
		if err != nil {
			return answer{}, err
		}
		for at, entry := range records {
			if at.HasPrefix(path) {
				rows = append(rows, recordedRow{at, keeper, entry})
			}
		}
	}
	slices.SortFunc(rows, func(a, b recordedRow) int { return a.Path.Compare(b.Path) })
	switch {
	case len(rows) == 0 && len(keepers) == 0:
		return answer{text: "no resource of this root keeps state", value: rows}, nil
	case len(rows) == 0:
		return answer{text: "nothing is recorded about " + displayPath(path), value: rows}, nil
	case len(rows) == 1 && rows[0].Path == path:
		return answer{text: sh.recordText(rows[0]), value: rows}, nil
	}
	var cells [][]string
	for _, row := range rows {
		cells = append(cells, []string{row.Path.String(), row.Recorded.Type, strings.TrimSpace("kept by " + row.Keeper.String() + age(row.Recorded))})
	}
	return answer{text: table(cells, sh.options.Width()), value: rows}, nil
}

func (sh *shell) recordText(row recordedRow) string {
	entry := row.Recorded
	head := [][]string{{"resource", row.Path.String()}, {"type", entry.Type}, {"kept by", row.Keeper.String()}}
	for _, t := range []struct {
		name string
		time time.Time
	}{{"created", entry.Created}, {"changed", entry.Updated}} {
		if !t.time.IsZero() {
			head = append(head, []string{t.name, t.time.Local().Format(time.DateTime)})
		}
	}
	if entry.Protected {
		head = append(head, []string{"protected", "yes"})
	}
	if len(entry.Dependencies) > 0 {
		var names []string
		for _, path := range entry.Dependencies {
			names = append(names, path.String())
		}
		head = append(head, []string{"made from", strings.Join(names, " ")})
	}
	return table(head, sh.options.Width()) + "inputs\n" + sh.valueLines(plan.Values{Known: entry.Inputs}, nil) +
		"outputs\n" + sh.valueLines(plan.Values{Known: entry.Outputs}, nil)
}

// recordedEvent is an entry of a state's log.
type recordedEvent struct {
	Keeper addr.Path   `json:"keptBy"`
	Index  uint64      `json:"index"`
	Time   time.Time   `json:"time,omitzero"`
	By     string      `json:"by,omitempty"`
	Event  string      `json:"event,omitempty"`
	Paths  []addr.Path `json:"paths"`
	Error  string      `json:"error,omitempty"`
	Intent string      `json:"intent,omitempty"`
}

// String says in short what happened.
func (e *recordedEvent) String() string {
	text := e.Event
	if e.Intent != "" {
		text += " (" + e.Intent + ")"
	}
	if !e.Time.IsZero() {
		text += " " + ago(time.Since(e.Time))
	}
	if e.By != "" {
		text += " by " + e.By
	}
	if e.Error != "" {
		first, _, _ := strings.Cut(e.Error, "\n")
		text += ": " + first
	}
	return text
}

// eventsOf reads the log of a state; those about a path, all for the root.
func (sh *shell) eventsOf(ctx context.Context, keeper, path addr.Path) ([]recordedEvent, error) {
	var found []recordedEvent
	err := sh.withState(ctx, keeper, func(s engine.State) error {
		log, ok := s.(Eventful)
		if !ok {
			return nil
		}
		all, err := log.Events(ctx, 0)
		if errors.Is(err, errors.ErrUnsupported) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the events kept by %s: %w", keeper, err)
		}
		for _, e := range all {
			if path.IsRoot() || e.Concerns(path.Names()) {
				found = append(found, newEvent(keeper, e))
			}
		}
		return nil
	})
	return found, err
}

func newEvent(keeper addr.Path, e state.Event) recordedEvent {
	r := recordedEvent{Keeper: keeper, Index: e.Index, Time: e.Meta.Time(), By: e.Meta.By(), Event: e.Meta.Event(), Error: e.Meta.Failure(), Paths: []addr.Path{}}
	for _, names := range e.Paths() {
		r.Paths = append(r.Paths, addr.Of(names...))
	}
	var intent state.Intent
	if text, ok := e.Meta["intent"]; ok && json.Unmarshal(text, &intent) == nil {
		r.Intent = intent.Op
	}
	return r
}

func (sh *shell) lastEvent(ctx context.Context, keeper, path addr.Path) (*recordedEvent, error) {
	all, err := sh.eventsOf(ctx, keeper, path)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[len(all)-1], nil
}

func events(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	keepers, err := sh.keepers(ctx)
	if err != nil {
		return answer{}, err
	}
	all := []recordedEvent{}
	for _, keeper := range keepers {
		found, err := sh.eventsOf(ctx, keeper, path)
		if err != nil {
			return answer{}, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b recordedEvent) int { return a.Time.Compare(b.Time) })
	if len(all) == 0 {
		return answer{text: "nothing happened to " + displayPath(path), value: all}, nil
	}
	var cells [][]string
	for _, e := range all {
		var paths []string
		for _, path := range e.Paths {
			paths = append(paths, path.String())
		}
		when, what := "-", e.Event
		if !e.Time.IsZero() {
			when = e.Time.Local().Format(time.DateTime)
		}
		if e.Intent != "" {
			what += " (" + e.Intent + ")"
		}
		last := strings.Join(paths, ", ")
		if e.Error != "" {
			last += ": " + strings.SplitN(e.Error, "\n", 2)[0]
		}
		cells = append(cells, []string{fmt.Sprint(e.Index), when, e.By, what, last})
	}
	return answer{text: table(cells, sh.options.Width()), value: all}, nil
}
