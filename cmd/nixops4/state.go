package main

// This file is the verb state, which looks into what state resources keep, and mends it.

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/internal/spell"
	"nixops4/state"
)

const stateLong = `Look at what is recorded about resources, and change it.

The states are those that the root's resources are kept in: with --store PATH only the one that this resource keeps, with --state FILE
a file directly, also when the root cannot be evaluated. Reading never waits for a lock. Changing takes the lock.

The objects themselves are never touched, except by "resolve --adopt", which looks at them, and "resolve --retry", which removes what
an interrupted replacement left.`

func newStateCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "state",
		Short:   "Look at what is recorded about resources, and change it",
		Long:    stateLong,
		GroupID: groupDeploy,
	}
	cmd.AddCommand(
		newStateListCommand(a), newStateShowCommand(a), newStateDumpCommand(a), newStateEventsCommand(a),
		newStateMoveCommand(a), newStateForgetCommand(a), newStateUnprotectCommand(a),
		newStateUnlockCommand(a), newStateResolveCommand(a),
		newStateCheckCommand(a), newStateCompactCommand(a), newStatePushCommand(a),
	)
	requireSubcommand(cmd)
	return cmd
}

// withPlaces makes the function of a verb that opens and reads states, and then works on them.
func withPlaces(a *app, f *stateFlags, work func(cmd *cobra.Command, p *places, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		p, err := a.openPlaces(a.interrupt.asked, cmd, f)
		if err != nil {
			return err
		}
		defer p.close()
		if err := p.read(a.interrupt.asked); err != nil {
			return err
		}
		return work(cmd, p, args)
	}
}

const stateDumpLong = `Print a whole state as JSON: that which the state resource at PATH keeps. PATH can be left out when there is only one.

Nothing is created or changed. Inputs of the state resource that depend on outputs are taken from states, too.

Inputs and outputs that are marked as sensitive show as "(sensitive)". With --reveal everything is printed as it is recorded, passwords and
keys included: do not show that around.`

func newStateDumpCommand(a *app) *cobra.Command {
	var f stateFlags
	var reveal bool
	cmd := &cobra.Command{
		Use:               "dump [PATH]",
		Short:             "Print a state as JSON",
		Long:              stateDumpLong,
		Args:              atMostArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completePaths(&f.root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if f.file != "" || f.store != "" {
					return usagef(cmd, "PATH already names the state, so neither --state nor --store goes with it")
				}
				f.store = args[0]
			}
			return withPlaces(a, &f, func(_ *cobra.Command, p *places, _ []string) error {
				at, err := p.only()
				if err != nil {
					return err
				}
				if reveal {
					return a.ui.json(at.snapshot.Document)
				}
				masked, err := state.NewMask(a.ui.secrets.AddJSON).Document(at.snapshot.Document)
				if err != nil {
					return err
				}
				return a.ui.json(masked)
			})(cmd, args)
		},
	}
	addRevealFlag(cmd, &reveal)
	f.addTo(a, cmd, false)
	return cmd
}

// addRevealFlag adds the flag that shows secrets.
func addRevealFlag(cmd *cobra.Command, reveal *bool) {
	cmd.Flags().BoolVar(reveal, "reveal", false, "print also what is marked as sensitive")
}

// only returns the one state there is.
func (p *places) only() (*place, error) {
	if len(p.all) == 1 {
		return p.all[0], nil
	}
	var names string
	for _, at := range p.all {
		names += " " + at.name
	}
	return nil, withHint(fmt.Errorf("there are several states:%s", names), "choose one with --store PATH")
}

// stateHint says what to do when there is no state.
func stateHint(err error, path addr.Path) error {
	if errors.Is(err, state.ErrNotFound) {
		return withHint(err, fmt.Sprintf("it is made when it is applied: nixops4 apply %s", shellQuote(path.String())))
	}
	return err
}

// nearestPath is a hint with a recorded path that is like the one given.
func nearestPath(path addr.Path, known []string) string {
	if hint := spell.Hint(path.String(), known); hint != "" {
		return hint
	}
	return "nixops4 state list shows what is recorded"
}
