package main

// This file is the verb state, which looks into what state resources keep.

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/state"
)

func newStateCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "state",
		Short:   "Look at what is recorded about resources",
		GroupID: groupDeploy,
	}
	cmd.AddCommand(newStateDumpCommand(a))
	requireSubcommand(cmd)
	return cmd
}

const stateDumpLong = `Print the state that the state resource at PATH keeps, as JSON.

Nothing is created or changed. Inputs of the state resource that depend on outputs are taken from states, too.

The outputs of resources are printed as they are recorded, passwords and keys included: do not show them around.`

func newStateDumpCommand(a *app) *cobra.Command {
	var root rootFlags
	cmd := &cobra.Command{
		Use:               "dump PATH",
		Short:             "Print a state as JSON",
		Long:              stateDumpLong,
		Args:              exactArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completePaths(&root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return dumpState(a, root, paths[0])
		},
	}
	root.addTo(cmd.Flags())
	return cmd
}

func dumpState(a *app, root rootFlags, path addr.Path) error {
	s, err := a.openSession(a.interrupt.asked, sessionOptions{root: root, log: a.logLine})
	if err != nil {
		return err
	}
	defer s.close()
	opened, err := engine.ReadState(a.interrupt.asked, s.config, path, s.engineOptions(a))
	if err != nil {
		return stateHint(err, path)
	}
	defer opened.Close()
	return a.ui.json(opened.(*stateLog).Document())
}

// stateHint says what to do when there is no state.
func stateHint(err error, path addr.Path) error {
	if errors.Is(err, state.ErrNotFound) {
		return withHint(err, fmt.Sprintf("it is made when it is applied: nixops4 apply %s", shellQuote(path.String())))
	}
	return err
}
