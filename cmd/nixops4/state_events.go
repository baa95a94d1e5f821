package main

// This file prints the history of states.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/state"
)

// recordedEvent is the JSON form of an event.
type recordedEvent struct {
	Store addr.Path   `json:"store,omitzero"`
	Index uint64      `json:"index"`
	Time  time.Time   `json:"time,omitzero"`
	Event string      `json:"event,omitzero"`
	Paths []addr.Path `json:"paths"`
	Meta  state.Meta  `json:"meta"`
	Patch state.Patch `json:"patch"`
	after time.Time   // the latest time of it and those before it in its state
}

const stateEventsLong = `Print who changed what when: the events of the states, oldest first; with PATH only those about what is there and below.

Each line has the event's index in its state, its time, who wrote it, what was done and to which resource. An operation on an object
has two events: "intent" when it began, and one with its outcome.`

func newStateEventsCommand(a *app) *cobra.Command {
	var f stateFlags
	var asJSON, operations, reveal bool
	cmd := &cobra.Command{
		Use:               "events [PATH]",
		Short:             "Show who changed what when",
		Long:              stateEventsLong,
		Args:              atMostArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completeRecorded(&f)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return withPlaces(a, &f, func(_ *cobra.Command, p *places, _ []string) error {
				events, err := p.events(a, paths, reveal)
				if operations {
					events = slices.DeleteFunc(events, func(e recordedEvent) bool { return e.Event != runEvent })
				}
				switch {
				case err != nil:
					return err
				case asJSON:
					return a.ui.json(events)
				}
				printEvents(a, events, len(p.all) > 1)
				return nil
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&operations, "operations", false, "only what nixops4 run has recorded")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON, with all that is recorded")
	addRevealFlag(cmd, &reveal)
	f.addTo(a, cmd, false)
	return cmd
}

// events returns the events about paths, all without any; those of several states in order of time, and each state's as they are recorded,
// whatever the clocks said.
func (p *places) events(a *app, paths []addr.Path, reveal bool) ([]recordedEvent, error) {
	all := []recordedEvent{}
	var mask *state.Mask
	if !reveal {
		mask = a.newMask(p)
	}
	for _, at := range p.all {
		events, err := at.store.Events(a.interrupt.asked, 0)
		if err != nil {
			return nil, fmt.Errorf("reading the events of %s: %w", at.name, err)
		}
		if mask != nil {
			events = mask.Events(events)
		}
		var latest time.Time
		for _, e := range events {
			if e.Meta.Time().After(latest) {
				latest = e.Meta.Time()
			}
			if len(paths) > 0 && !e.Concerns(paths[0].Names()) {
				continue
			}
			r := recordedEvent{Store: at.keeper, Index: e.Index, Time: e.Meta.Time(), Event: e.Meta.Event(), Paths: []addr.Path{}, Meta: e.Meta, Patch: e.Patch, after: latest}
			for _, names := range e.Paths() {
				r.Paths = append(r.Paths, addr.Of(names...))
			}
			if r.Patch == nil {
				r.Patch = state.Patch{}
			}
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b recordedEvent) int { return a.after.Compare(b.after) })
	return all, nil
}

func printEvents(a *app, events []recordedEvent, several bool) {
	table := tabwriter.NewWriter(a.ui.stdout, 0, 0, 2, ' ', 0)
	for _, e := range events {
		index := fmt.Sprint(e.Index)
		if several {
			index = e.Store.String() + " " + index
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", index, when(e.Time), orDash(e.Meta.By()), orDash(e.Event), a.ui.secrets.Hide(e.details()))
	}
	_ = table.Flush() // the buffer it writes to keeps errors until it is flushed itself
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// details says in short what an event is about.
func (e recordedEvent) details() string {
	var words []string
	for _, path := range e.Paths {
		words = append(words, path.String())
	}
	s := strings.Join(words, ", ")
	if e.Event == "move" && len(words) == 2 {
		s = words[0] + " -> " + words[1]
	}
	if e.Event == runEvent {
		s = runDetails(e.Meta)
	}
	var intent state.Intent
	if text, ok := e.Meta["intent"]; ok && json.Unmarshal(text, &intent) == nil {
		s += " (" + intent.Op + ")"
	}
	if e.Meta.Failure() != "" {
		s += ": " + strings.SplitN(e.Meta.Failure(), "\n", 2)[0]
	}
	return orDash(s)
}
