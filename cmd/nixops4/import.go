package main

// This file is the verb import.

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

const importLong = `Record an object that exists already as the resource at PATH, and show the plan that results.

The resource has to be declared, with state, and not be recorded yet. ID names the object; what it looks like is the resource type's matter, such as
the path of a file. The object itself is not changed: where it is otherwise than declared, the plan says what apply would do.`

type importOptions struct {
	root        rootFlags
	work        workFlags
	lockTimeout time.Duration
	json        bool
}

func newImportCommand(a *app) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:               "import PATH ID",
		Short:             "Adopt an object that exists already",
		Long:              importLong,
		GroupID:           groupDeploy,
		Args:              exactArgs(2, "arguments, PATH and ID"),
		ValidArgsFunction: firstArg(a.completePaths(&o.root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.work.check(cmd); err != nil {
				return err
			}
			paths, err := parsePaths(cmd, args[:1])
			if err != nil {
				return err
			}
			return runImport(a, o, paths[0], args[1])
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&o.json, "json", false, "print the plan that results as JSON")
	addWaitFlag(cmd.Flags(), &o.lockTimeout)
	o.work.addTo(cmd.Flags())
	o.root.addTo(cmd.Flags())
	return cmd
}

func runImport(a *app, o importOptions, path addr.Path, id string) error {
	changes := a.newChanging("import", o.lockTimeout)
	s, err := a.openSession(a.interrupt.asked, sessionOptions{
		root: o.root, parallelism: o.work.parallelism, timeout: o.work.providerTimeout, log: a.logLine, changes: changes,
	})
	if err != nil {
		return err
	}
	defer s.close()
	defer changes.report()
	options := s.engineOptions(a)
	options.Parallelism, options.Paths = o.work.parallelism, []addr.Path{path}
	run := engine.Open(s.config, options)
	p, err := importAndPlan(a, run, path, id)
	if closeErr := run.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	p.Root = s.root
	return a.givePlan(p, planOptions{json: o.json})
}

func importAndPlan(a *app, run *engine.Run, path addr.Path, id string) (*plan.Plan, error) {
	_, same, err := run.Import(a.interrupt.forced, path, id)
	if err != nil {
		return nil, err
	}
	a.ui.note("%s is recorded", path)
	for _, other := range same {
		a.ui.message("warning", fmt.Sprintf("%s is recorded with the same type and inputs; if both are one object, it is destroyed when one of them is deleted", other))
		a.ui.hint("then keep one record: nixops4 state forget " + shellQuote(other.String()))
	}
	return run.Plan(a.interrupt.forced)
}
