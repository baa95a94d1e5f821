package main

// This file lists and shows recorded resources.

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/internal/secret"
	"nixops4/state"
)

// recordedResource is the JSON form of a recorded resource. list leaves out its values.
type recordedResource struct {
	Path         addr.Path                  `json:"path"`
	Store        addr.Path                  `json:"store,omitzero"` // the resource that keeps its state
	Type         string                     `json:"type"`
	Provider     json.RawMessage            `json:"provider,omitzero"`
	Dependencies []addr.Path                `json:"dependencies,omitzero"`
	Protected    bool                       `json:"protected,omitzero"`
	Created      time.Time                  `json:"created,omitzero"`
	Updated      time.Time                  `json:"updated,omitzero"`
	Inputs       map[string]json.RawMessage `json:"inputs,omitzero"`
	Outputs      map[string]json.RawMessage `json:"outputs,omitzero"`
	Unfinished   []state.Intent             `json:"unfinished,omitzero"`
}

func describeRecorded(at *place, path addr.Path, r state.Resource, mask *state.Mask) recordedResource {
	d := recordedResource{
		Path: path, Store: at.keeper, Type: r.Type, Provider: r.Provider(), Protected: r.Protected(), Created: r.Created(), Updated: r.Updated(),
	}
	for _, names := range r.Dependencies() {
		d.Dependencies = append(d.Dependencies, addr.Of(names...))
	}
	for _, i := range at.snapshot.Intents {
		if addr.Of(i.Path...) == path {
			if mask != nil {
				i = mask.Intent(i)
			}
			d.Unfinished = append(d.Unfinished, i)
		}
	}
	return d
}

const stateListLong = `Print the paths of the recorded resources, one per line; with PATH only those at and below it.`

func newStateListCommand(a *app) *cobra.Command {
	var f stateFlags
	var asJSON, long bool
	cmd := &cobra.Command{
		Use:               "list [PATH…]",
		Short:             "List recorded resources",
		Long:              stateListLong,
		ValidArgsFunction: a.completeRecorded(&f),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return withPlaces(a, &f, func(_ *cobra.Command, p *places, _ []string) error {
				list, err := p.list(paths, a.newMask(p))
				switch {
				case err != nil:
					return err
				case asJSON:
					return a.ui.json(list)
				}
				printList(a.ui.stdout, list, long)
				p.noteUnfinished(a, paths)
				return nil
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVarP(&long, "long", "l", false, "also print type, state and time of the last change")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	f.addTo(a, cmd, false)
	return cmd
}

// list returns the resources at and below paths, all of them without paths, in order.
func (p *places) list(paths []addr.Path, mask *state.Mask) ([]recordedResource, error) {
	list := []recordedResource{}
	for _, path := range paths {
		if _, err := p.at(path); err != nil {
			return nil, err
		}
	}
	for _, at := range p.all {
		err := at.snapshot.Document.Walk(func(names []string, r state.Resource) error {
			path := addr.Of(names...)
			if len(paths) == 0 || slices.ContainsFunc(paths, path.HasPrefix) {
				list = append(list, describeRecorded(at, path, r, mask))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b recordedResource) int { return a.Path.Compare(b.Path) })
	return list, nil
}

func printList(w io.Writer, list []recordedResource, long bool) {
	if !long {
		for _, r := range list {
			fmt.Fprintln(w, r.Path)
		}
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.Path, r.Type, r.Store, when(r.Updated))
	}
	_ = table.Flush() // the buffer it writes to keeps errors until it is flushed itself
}

// when writes a time for people, "-" when it is not known.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// noteUnfinished tells of operations whose outcome is not known.
func (p *places) noteUnfinished(a *app, paths []addr.Path) {
	for _, at := range p.all {
		for _, i := range at.snapshot.Intents {
			path := addr.Of(i.Path...)
			if len(paths) == 0 || slices.ContainsFunc(paths, path.HasPrefix) {
				a.ui.tellIntent(i)
			}
		}
	}
}

// tellIntent says that an operation is under way, or that its outcome is not known and what can be done.
func (u *ui) tellIntent(i state.Intent) {
	if i.UnderWay != nil {
		u.note("%s: %s is under way, by %s", addr.Of(i.Path...), i.Op, i.UnderWay)
		return
	}
	u.message("warning", describeIntent(i))
	u.hint(resolveHint(addr.Of(i.Path...)))
}

func describeIntent(i state.Intent) string {
	return fmt.Sprintf("%s: it is not known what became of the operation %q that began on %s", addr.Of(i.Path...), i.Op, when(i.Time))
}

func resolveHint(path addr.Path) string {
	return fmt.Sprintf("see nixops4 state resolve --help, and look at the object: nixops4 state resolve %s --adopt|--retry|--forget", shellQuote(path.String()))
}

const stateShowLong = `Print what is recorded about the resource at PATH: its type, provider, inputs and outputs, and when it was changed.

What is marked as sensitive shows as "(sensitive)", unless --reveal asks for it.`

func newStateShowCommand(a *app) *cobra.Command {
	var f stateFlags
	var asJSON, reveal bool
	cmd := &cobra.Command{
		Use:               "show PATH",
		Short:             "Show one recorded resource",
		Long:              stateShowLong,
		Args:              exactArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completeRecorded(&f)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return withPlaces(a, &f, func(_ *cobra.Command, p *places, _ []string) error {
				var mask *state.Mask
				if !reveal {
					mask = a.newMask(p)
				}
				r, err := p.show(paths[0], mask)
				switch {
				case err != nil:
					return err
				case asJSON:
					return a.ui.json(r)
				}
				printRecorded(a.ui.stdoutWriter(), r)
				p.noteUnfinished(a, paths)
				return nil
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	addRevealFlag(cmd, &reveal)
	f.addTo(a, cmd, false)
	return cmd
}

// newMask returns a mask that knows what is sensitive in the states. What it hides is hidden elsewhere as well.
func (a *app) newMask(p *places) *state.Mask {
	mask := state.NewMask(a.ui.secrets.AddJSON)
	for _, at := range p.all {
		_ = mask.Add(at.snapshot.Document) // a record that cannot be read is told by who prints it
	}
	return mask
}

// show returns one resource with its values, without those that the mask hides; nil hides nothing.
func (p *places) show(path addr.Path, mask *state.Mask) (*recordedResource, error) {
	at, err := p.at(path)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(at.paths, path) {
		switch {
		case len(at.paths) > 0:
			return nil, withHint(fmt.Errorf("%s is not a resource", path), "the resources below it: nixops4 state list "+shellQuote(path.String()))
		default:
			return nil, withHint(fmt.Errorf("nothing is recorded about %s, but an operation on it was interrupted", path), resolveHint(path))
		}
	}
	r, err := at.snapshot.Document.Resource(path.Names())
	if err != nil {
		return nil, err
	}
	if mask != nil {
		r = mask.Resource(r)
	}
	d := describeRecorded(at.place, path, r, mask)
	d.Inputs, d.Outputs = r.InputProperties, r.OutputProperties
	return &d, nil
}

func printRecorded(w io.Writer, r *recordedResource) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-13s%s\n", name, value)
		}
	}
	line("path", r.Path.String())
	line("type", r.Type)
	line("provider", string(r.Provider))
	line("state", r.Store.String())
	var dependencies []string
	for _, path := range r.Dependencies {
		dependencies = append(dependencies, path.String())
	}
	line("depends on", strings.Join(dependencies, ", "))
	if r.Protected {
		line("protected", "yes")
	}
	line("created", when(r.Created))
	line("updated", when(r.Updated))
	for _, values := range []struct {
		name string
		all  map[string]json.RawMessage
	}{{"inputs", r.Inputs}, {"outputs", r.Outputs}} {
		fmt.Fprintf(w, "\n%s\n", values.name)
		for _, name := range slices.Sorted(maps.Keys(values.all)) {
			value := string(values.all[name])
			if value == secret.HiddenJSON {
				value = secret.Hidden // without quotes: it is no value
			}
			fmt.Fprintf(w, "  %s = %s\n", addr.Quote(name), value)
		}
	}
}
