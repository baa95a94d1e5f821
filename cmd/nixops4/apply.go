package main

// This file is the verb apply.

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/view"
)

const applyLong = `Make the resources what the expression says they are: create what is missing, update what changed.

A PATH selects a component with all that is below it, and all that it needs; without one, everything is selected.

Independent resources are worked on in parallel. When one fails, those that need it are left alone and the others go on.
What was done is recorded in the states at once.

The first Ctrl-C starts nothing new and lets running resources finish; the second stops them.`

type applyOptions struct {
	root            rootFlags
	parallelism     int
	providerTimeout time.Duration
}

func newApplyCommand(a *app) *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:               "apply [PATH…]",
		Short:             "Create and update resources",
		Long:              applyLong,
		GroupID:           groupDeploy,
		ValidArgsFunction: a.completePaths(&o.root),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.parallelism < 1 {
				return usagef(cmd, "--parallelism does not take %d: want at least 1", o.parallelism)
			}
			if o.providerTimeout < 0 {
				return usagef(cmd, "--provider-timeout does not take %s: want a duration above zero, or 0 for none", o.providerTimeout)
			}
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return runApply(a, o, paths)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().IntVar(&o.parallelism, "parallelism", engine.DefaultParallelism, "how many resources to work on at a time (`N`)")
	cmd.Flags().DurationVar(&o.providerTimeout, "provider-timeout", time.Hour, "give up on a provider that does not answer within `DURATION`; 0 waits for ever")
	o.root.addTo(cmd.Flags())
	return cmd
}

func runApply(a *app, o applyOptions, paths []addr.Path) error {
	lines := view.NewLines(a.ui.messages(), view.Options{Color: a.ui.color(a.ui.errTerminal), Verbose: a.options.verbose})
	a.interrupt.onSignal(func(nth int) {
		switch nth {
		case 1:
			a.ui.note("interrupted: letting running resources finish; interrupt again to stop them")
		case 2:
			a.ui.note("interrupted again: stopping running resources")
		}
	})
	s, err := a.openSession(a.interrupt.asked, sessionOptions{
		root:        o.root,
		parallelism: o.parallelism,
		timeout:     o.providerTimeout,
		log:         func(path addr.Path, line string) { lines.Event(engine.Log{Path: path, Text: line}) },
	})
	if err != nil {
		return err
	}
	defer s.close()
	options := s.engineOptions(a)
	options.Paths, options.Parallelism, options.Events = paths, o.parallelism, lines.Event
	_, err = engine.Apply(a.interrupt.forced, s.config, options)
	switch {
	case a.interrupt.asked.Err() == nil:
		return err
	case err == nil || errors.Is(err, engine.ErrStopped):
		return errInterrupted
	default:
		return errors.Join(err, errInterrupted)
	}
}
