package main

// This file records what could not be recorded when it was done.

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/state"
)

const statePushLong = `Record what an earlier command did but could not record: it kept that in FILE, errored-TIME.nixops4.json beside the project.

What is in the state after all is left out, so pushing twice does no harm. When somebody else has changed the same resources since, nothing is
recorded. FILE is removed when all of it is in the state.`

func newStatePushCommand(a *app) *cobra.Command {
	var f stateFlags
	cmd := &cobra.Command{
		Use:   "push FILE",
		Short: "Record what could not be recorded before",
		Long:  statePushLong,
		Args:  exactArgs(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kept, err := state.ReadErrored(args[0])
			if err != nil {
				return err
			}
			switch {
			case f.file != "" || f.store != "":
			case kept.File != "":
				f.file = kept.File
			default:
				f.store = addr.Of(kept.Resource...).String()
			}
			return withPlaces(a, &f, func(cmd *cobra.Command, p *places, _ []string) error {
				return p.push(a.interrupt.asked, a, cmd, &f, kept, args[0])
			})(cmd, args)
		},
	}
	f.addTo(a, cmd, true)
	return cmd
}

func (p *places) push(ctx context.Context, a *app, cmd *cobra.Command, f *stateFlags, kept *state.Errored, name string) error {
	at, err := p.only()
	if err != nil {
		return err
	}
	held, err := at.lock(ctx, a, cmd, f)
	if err != nil {
		return err
	}
	n, err := state.Replay(ctx, at.store, held.ID(), kept.Expected, kept.Events)
	var overtaken *state.OvertakenError
	if errors.As(err, &overtaken) {
		err = withHint(err, "compare both: nixops4 state events shows what is recorded, and the file what was done; when what is recorded is right, remove the file")
	}
	if err = errors.Join(err, held.Release(ctx)); err != nil {
		return err
	}
	a.ui.note("%s recorded in %s; %s there already", number(n, "event"), at.name, number(len(kept.Events)-n, "event"))
	if err := os.Remove(name); err != nil {
		return fmt.Errorf("all of %s is recorded, but it cannot be removed: %w", name, err)
	}
	return nil
}
