package main

// This file is the verb destroy.

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/state/file"
)

const destroyLong = `Delete the objects that states have, those first that depend on others.

A PATH selects a component with all that is below it; without one, everything goes. What was made from it and stays would break, so that is
an error that names it. Stateless resources are released: the plan says what stays behind.

With --state FILE the state file alone says what there is, for when the expression does not evaluate any more.

On a terminal the plan is shown and you are asked. Elsewhere --yes is needed.`

type destroyOptions struct {
	applyOptions
	state string
}

func newDestroyCommand(a *app) *cobra.Command {
	var o destroyOptions
	cmd := &cobra.Command{
		Use:               "destroy [PATH…]",
		Short:             "Delete resources",
		Long:              destroyLong,
		GroupID:           groupDeploy,
		ValidArgsFunction: a.completePaths(&o.root),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.work.check(cmd); err != nil {
				return err
			}
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			options := engine.Options{Paths: paths}
			if options.Exclude, err = parsePaths(cmd, o.selected.exclude); err != nil {
				return err
			}
			if o.state != "" {
				return a.destroyState(o, options)
			}
			return a.change("destroy", o.applyOptions, options, nil)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringArrayVar(&o.selected.exclude, "exclude", nil, "leave out the component at `PATH`; may be given several times")
	cmd.Flags().StringVar(&o.state, "state", "", "destroy what the state `FILE` has, without looking at the expression")
	_ = cmd.RegisterFlagCompletionFunc("exclude", a.completePaths(&o.root))
	_ = cmd.MarkFlagFilename("state")
	o.how.addTo(cmd)
	o.work.addTo(cmd.Flags())
	o.root.addTo(cmd.Flags())
	return cmd
}

// destroyState destroys what a state file has.
func (a *app) destroyState(o destroyOptions, options engine.Options) error {
	out := a.newProgress(o.how.logFormat)
	defer out.close()
	s := &session{providers: a.newProviders(sessionOptions{
		parallelism: o.work.parallelism, timeout: o.work.providerTimeout,
		log: func(path addr.Path, line string) { out.event(engine.Log{Path: path, Text: line}) },
	})}
	defer s.providers.Close()
	changes := a.newChanging("destroy", o.how.lockTimeout)
	changes.file = o.state
	defer changes.report()
	path := addr.Of(filepath.Base(o.state))
	opened, err := changes.open(a.interrupt.asked, file.Open(o.state), path, false)
	if err != nil {
		return fmt.Errorf("opening the state file %s: %w", o.state, err)
	}
	stop := a.newStopper(o.how.timeout)
	defer stop.cancel()
	a.prepare(&options, s, o.applyOptions, out, stop.c)
	run := engine.OpenStates(map[addr.Path]engine.State{path: opened}, options)
	err = a.planAndApply(run, "destroy", "", o.how, out, stop, nil)
	if closeErr := run.Close(); err == nil {
		err = closeErr
	}
	return err
}
