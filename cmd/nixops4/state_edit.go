package main

// This file changes records without touching the objects: forget and unprotect, and what mv needs as well.

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/state"
)

// edit locks the state that has something recorded at path, and records the changes that make returns for what is there then.
func (p *places) edit(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags, path addr.Path, make func(*recordedAt) ([]state.Change, error)) error {
	at, err := p.at(path)
	if err != nil {
		return err
	}
	j, release, err := at.changing(ctx, a, cmd, f)
	if err != nil {
		return err
	}
	// It may have changed before the lock was ours.
	at.snapshot.Document, at.snapshot.Intents = j.Document(), j.Unfinished()
	var changes []state.Change
	if at, err = (&places{all: []*place{at.place}}).at(path); err == nil {
		changes, err = make(at)
	}
	if err == nil {
		err = j.Record(ctx, changes...)
	}
	return errors.Join(err, release())
}

// editEach makes a command that edits the states at each of its arguments, which are paths.
func editEach(a *app, f *stateFlags, edit func(*places, *app, *cobra.Command, *stateFlags, addr.Path) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		paths, err := parsePaths(cmd, args)
		if err != nil {
			return err
		}
		return withPlaces(a, f, func(cmd *cobra.Command, p *places, _ []string) error {
			for _, path := range paths {
				if err := edit(p, a, cmd, f, path); err != nil {
					return err
				}
			}
			return nil
		})(cmd, args)
	}
}

// moved returns where path is after from has become to.
func moved(path, from, to addr.Path) addr.Path {
	if !path.HasPrefix(from) {
		return path
	}
	return addr.Of(append(to.Names(), path.Names()[from.Depth():]...)...)
}

const stateForgetLong = `Remove what is recorded at each PATH, and all below it. The objects themselves stay where they are, and nixops4 does not know them any more:
when they are still declared, the next apply creates them anew.`

func newStateForgetCommand(a *app) *cobra.Command {
	var f stateFlags
	cmd := &cobra.Command{
		Use:               "forget PATH…",
		Short:             "Remove resources from the state, but leave the objects",
		Long:              stateForgetLong,
		Args:              atLeastOneArg("PATH"),
		ValidArgsFunction: a.completeRecorded(&f),
		RunE:              editEach(a, &f, (*places).forget),
	}
	f.addTo(a, cmd, true)
	return cmd
}

func (p *places) forget(a *app, cmd *cobra.Command, f *stateFlags, path addr.Path) error {
	var forgotten []addr.Path
	err := p.edit(a.interrupt.asked, a, cmd, f, path, func(at *recordedAt) (changes []state.Change, err error) {
		if len(at.paths) == 0 {
			return nil, withHint(fmt.Errorf("%s is not recorded, but an operation on it was interrupted", path), resolveHint(path))
		}
		for _, path := range at.paths {
			r, err := at.snapshot.Document.Resource(path.Names())
			if err != nil {
				a.ui.message("warning", err.Error()) // to forget it is all that can be done
			}
			if r.Protected() {
				return nil, withHint(fmt.Errorf("%s is protected (preventDestroy)", path), "if it shall go, take the protection away first: nixops4 state unprotect "+shellQuote(path.String()))
			}
			changes = append(changes, state.Change{Event: "forget", Path: path.Names(), Remove: true})
		}
		forgotten = at.paths
		return changes, nil
	})
	if err != nil {
		return err
	}
	for _, path := range forgotten {
		a.ui.note("%s is not recorded any more; its object was left as it is", path)
	}
	return nil
}

const stateUnprotectLong = `Take away the protection that lifecycle.preventDestroy gave the resource at PATH, so that it can be destroyed.

As long as it is declared with preventDestroy, the next apply protects it again.`

func newStateUnprotectCommand(a *app) *cobra.Command {
	var f stateFlags
	cmd := &cobra.Command{
		Use:               "unprotect PATH…",
		Short:             "Let protected resources be destroyed",
		Long:              stateUnprotectLong,
		Args:              atLeastOneArg("PATH"),
		ValidArgsFunction: a.completeRecorded(&f),
		RunE:              editEach(a, &f, (*places).unprotect),
	}
	f.addTo(a, cmd, true)
	return cmd
}

func (p *places) unprotect(a *app, cmd *cobra.Command, f *stateFlags, path addr.Path) error {
	protected := false
	err := p.edit(a.interrupt.asked, a, cmd, f, path, func(at *recordedAt) ([]state.Change, error) {
		r, err := at.snapshot.Document.Resource(path.Names())
		if errors.Is(err, state.ErrNotFound) {
			return nil, withHint(fmt.Errorf("%s is not a resource", path), "the resources below it: nixops4 state list "+shellQuote(path.String()))
		}
		if protected = r.Protected(); err != nil || !protected {
			return nil, err
		}
		r = r.With(state.KeyProtected, nil)
		return []state.Change{{Event: "unprotect", Path: path.Names(), Set: &r}}, nil
	})
	switch {
	case err != nil:
		return err
	case protected:
		a.ui.note("%s is not protected any more", path)
	default:
		a.ui.note("%s was not protected", path)
	}
	return nil
}

// atLeastOneArg checks that there is an argument.
func atLeastOneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef(cmd, "%s takes at least one %s", name(cmd), what)
		}
		return nil
	}
}
