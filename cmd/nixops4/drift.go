package main

// This file is the verb drift.

import (
	"fmt"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/view"
)

const driftLong = `Compare real objects with what is recorded about them, attribute by attribute. Nothing is changed, ever.

A PATH selects a component with all that is below it. The exit code is 2 when something drifted.

What is expected to change is left out: --ignore PATH for a resource, --ignore PATH.ATTRIBUTE for an input or output, or part of one; in the expression,
lifecycle.ignoreDrift. To repair what drifted: nixops4 apply --refresh.`

type driftOptions struct {
	root   rootFlags
	work   workFlags
	ignore []string
	json   bool
}

func newDriftCommand(a *app) *cobra.Command {
	var o driftOptions
	cmd := &cobra.Command{
		Use:               "drift [PATH…]",
		Short:             "Show what changed behind our back",
		Long:              driftLong,
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
			ignore, err := parsePaths(cmd, o.ignore)
			if err != nil {
				return err
			}
			return runDrift(a, o, paths, ignore)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringArrayVar(&o.ignore, "ignore", nil, "leave out the resource or attribute at `PATH`; may be given several times")
	cmd.Flags().BoolVar(&o.json, "json", false, "print as JSON")
	_ = cmd.RegisterFlagCompletionFunc("ignore", a.completePaths(&o.root))
	o.work.addTo(cmd.Flags())
	o.root.addTo(cmd.Flags())
	return cmd
}

func runDrift(a *app, o driftOptions, paths, ignore []addr.Path) error {
	s, err := a.openSession(a.interrupt.asked, sessionOptions{root: o.root, parallelism: o.work.parallelism, timeout: o.work.providerTimeout, log: a.logLine})
	if err != nil {
		return err
	}
	defer s.close()
	options := s.engineOptions(a)
	options.Paths, options.Parallelism = paths, o.work.parallelism
	run := engine.Open(s.config, options)
	found, err := run.Drift(a.interrupt.asked, ignore)
	if closeErr := run.Close(); err == nil {
		err = closeErr
	}
	if found == nil && err != nil {
		return err
	}
	if showErr := a.showDrift(found, o.json); showErr != nil {
		return showErr
	}
	if err != nil {
		return err
	}
	for _, d := range found {
		if d.Drifted() {
			return &silentError{errChanges}
		}
	}
	return nil
}

// driftReport is what drift --json prints.
type driftReport struct {
	Tag       string          `json:"_type"`
	Format    int             `json:"format"`
	Drifted   int             `json:"drifted"`
	Resources []*engine.Drift `json:"resources"`
}

func (a *app) showDrift(found []*engine.Drift, asJSON bool) error {
	if !asJSON {
		return view.Drift(a.ui.stdoutWriter(), found, view.PlanOptions{Color: a.ui.color(a.ui.outTerminal), Verbose: a.options.verbose, Width: a.ui.width(a.ui.outTerminal)})
	}
	report := driftReport{Tag: "nixopsDrift", Format: 1, Resources: found}
	if found == nil {
		report.Resources = []*engine.Drift{}
	}
	for _, d := range found {
		if d.Drifted() {
			report.Drifted++
		}
	}
	if err := a.ui.json(report); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
