package main

// This file moves records to another path, or to another state.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/state"
	"nixops4/state/file"
)

const stateMoveLong = `Record what is at OLD, and all below it, under the path NEW, after its name in the expression has changed.

With --to-store or --to-state it is moved into another state, when the resource has got another one in the expression; NEW may be the same as OLD then.

To do the same for everybody who has a state of this root, write movedFrom in the expression instead; a resource whose state option has changed is
moved by the next apply.`

type moveFlags struct {
	stateFlags
	toStore string
	toFile  string
}

func newStateMoveCommand(a *app) *cobra.Command {
	var f moveFlags
	cmd := &cobra.Command{
		Use:               "mv OLD NEW",
		Short:             "Record a resource under another path, or in another state",
		Long:              stateMoveLong,
		Args:              exactArgs(2, "PATHs"),
		ValidArgsFunction: firstArg(a.completeRecorded(&f.stateFlags)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			from, to := paths[0], paths[1]
			elsewhere := f.toStore != "" || f.toFile != ""
			switch {
			case from.IsRoot() || to.IsRoot() || from == to && !elsewhere:
				return usagef(cmd, "OLD and NEW must be two paths, and neither the root")
			case f.toStore != "" && f.toFile != "":
				return usagef(cmd, "--to-store and --to-state contradict each other")
			case f.toStore != "" && f.file != "":
				return usagef(cmd, "--to-store names a resource of the root, so --state does not go with it; there is --to-state")
			}
			return withPlaces(a, &f.stateFlags, func(cmd *cobra.Command, p *places, _ []string) error {
				if elsewhere {
					return p.moveElsewhere(a, cmd, &f, from, to)
				}
				return p.move(a, cmd, &f.stateFlags, from, to)
			})(cmd, args)
		},
	}
	f.addTo(a, cmd, true)
	cmd.Flags().StringVar(&f.toStore, "to-store", "", "move it into the state that the resource `PATH` keeps")
	cmd.Flags().StringVar(&f.toFile, "to-state", "", "move it into the state `FILE`, which is made when there is none")
	_ = cmd.MarkFlagFilename("to-state", "json")
	_ = cmd.RegisterFlagCompletionFunc("to-store", a.completePaths(&f.root))
	return cmd
}

// move moves within a state.
func (p *places) move(a *app, cmd *cobra.Command, f *stateFlags, from, to addr.Path) error {
	var moves []state.Change
	err := p.edit(a.interrupt.asked, a, cmd, f, from, func(at *recordedAt) (changes []state.Change, err error) {
		moves, changes, err = moveChanges(at, from, to)
		return changes, err
	})
	if err != nil {
		return err
	}
	for _, c := range moves {
		a.ui.note("%s is %s now", addr.Of(c.Path...), addr.Of(c.Move...))
	}
	return nil
}

// moveChanges returns the moves, and with them the changes of what other resources say they depend on.
func moveChanges(at *recordedAt, from, to addr.Path) (moves, all []state.Change, err error) {
	if err := movable(at, at.snapshot.Document, from, to); err != nil {
		return nil, nil, err
	}
	for _, path := range at.paths {
		r, err := at.snapshot.Document.Resource(path.Names())
		if err != nil {
			return nil, nil, err
		}
		r, _ = renamed(r, from, to)
		r = formerly(r, path, moved(path, from, to))
		moves = append(moves, state.Change{Event: "move", Path: path.Names(), Move: moved(path, from, to).Names(), Set: &r})
	}
	err = at.snapshot.Document.Walk(func(names []string, r state.Resource) error {
		if r, changed := renamed(r, from, to); changed && !addr.Of(names...).HasPrefix(from) {
			all = append(all, state.Change{Event: "annotate", Path: names, Set: &r})
		}
		return nil
	})
	return moves, slices.Concat(moves, all), err
}

// movable says why something cannot be recorded at its new place.
func movable(at *recordedAt, target *state.Document, from, to addr.Path) error {
	if len(at.intents) > 0 {
		return withHint(errors.New(describeIntent(at.intents[0])), resolveHint(addr.Of(at.intents[0].Path...)))
	}
	for _, path := range at.paths {
		path := moved(path, from, to)
		if _, err := target.Resource(path.Names()); !errors.Is(err, state.ErrNotFound) {
			return withHint(fmt.Errorf("%s is recorded already", path), "forget it first, if its object does not exist any more: nixops4 state forget "+shellQuote(path.String()))
		}
	}
	return nil
}

// renamed returns the resource with the dependencies that it has after a move, and whether these are others.
func renamed(r state.Resource, from, to addr.Path) (state.Resource, bool) {
	dependencies, changed := r.Dependencies(), false
	for i, names := range dependencies {
		if path := addr.Of(names...); from != to && path.HasPrefix(from) {
			dependencies[i], changed = moved(path, from, to).Names(), true
		}
	}
	if changed {
		r = r.With(state.KeyDependencies, dependencies)
	}
	return r, changed
}

// formerly returns the resource, which is now at another path, with the one that it had, under which what is kept by other states may still say that it
// depends on it.
func formerly(r state.Resource, had, now addr.Path) state.Resource {
	paths := slices.DeleteFunc(r.Formerly(), func(names []string) bool { return addr.Of(names...) == had || addr.Of(names...) == now })
	return r.With(state.KeyFormerly, append(paths, had.Names()))
}

// target returns the state to move to, and whether it may be made.
func (p *places) target(cmd *cobra.Command, f *moveFlags) (at *place, create bool, err error) {
	if f.toFile != "" {
		return &place{name: f.toFile, store: file.Open(f.toFile)}, true, nil
	}
	paths, err := parsePaths(cmd, []string{f.toStore})
	if err != nil {
		return nil, false, err
	}
	for _, at := range p.all {
		if at.keeper == paths[0] {
			return at, false, nil
		}
	}
	return nil, false, stateHint(fmt.Errorf("the state kept by %s: %w", paths[0], state.ErrNotFound), paths[0])
}

// moveElsewhere moves into another state. What is moved is recorded there before it is taken out here: when that ends half-way it is in both, and
// moving it again says so.
func (p *places) moveElsewhere(a *app, cmd *cobra.Command, f *moveFlags, from, to addr.Path) (err error) {
	ctx := a.interrupt.asked
	target, create, err := p.target(cmd, f)
	if err != nil {
		return err
	}
	rest := &places{all: slices.DeleteFunc(slices.Clone(p.all), func(at *place) bool { return at == target })}
	at, err := rest.at(from)
	if err != nil {
		return err
	}
	if at.keeper.IsRoot() && f.toFile != "" && sameFile(at.name, f.toFile) {
		return usagef(cmd, "--to-state names the state that it is in")
	}
	here, release, err := at.changing(ctx, a, cmd, &f.stateFlags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	at.snapshot.Document, at.snapshot.Intents = here.Document(), here.Unfinished()
	if at, err = (&places{all: []*place{at.place}}).at(from); err != nil {
		return err
	}
	there, releaseThere, err := target.open(ctx, a, cmd, &f.stateFlags, create)
	var locked *state.LockedError
	if errors.As(err, &locked) && locked.Lock.Ours() {
		return usagef(cmd, "--to-state names the state that it is in")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, releaseThere()) }()
	if err := movable(at, there.Document(), from, to); err != nil {
		return err
	}
	return moveRecords(ctx, a, at, here, there, from, to, target.name)
}

func moveRecords(ctx context.Context, a *app, at *recordedAt, here, there *state.Journal, from, to addr.Path, name string) error {
	var set, remove []state.Change
	for _, path := range at.paths {
		r, err := at.snapshot.Document.Resource(path.Names())
		if err != nil {
			return err
		}
		r, _ = renamed(r, from, to)
		if from != to {
			r = formerly(r, path, moved(path, from, to))
		}
		set = append(set, state.Change{Event: "move", Path: moved(path, from, to).Names(), Set: &r})
		remove = append(remove, state.Change{Event: "move", Path: path.Names(), Remove: true})
	}
	if err := there.Record(ctx, set...); err != nil {
		return err
	}
	if err := here.Record(ctx, remove...); err != nil {
		return withHint(err, "it is recorded in both states now; take it out of the old one when that can be written: nixops4 state forget "+shellQuote(from.String()))
	}
	for _, path := range at.paths {
		a.ui.note("%s is recorded in %s now, as %s", path, name, moved(path, from, to))
	}
	return nil
}

// sameFile reports whether two names are of one file.
func sameFile(x, y string) bool {
	a, errA := os.Stat(x)
	b, errB := os.Stat(y)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
