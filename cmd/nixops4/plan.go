package main

// This file is the verb plan.

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/engine/view"
)

const planLong = `Show what apply would do, and change nothing.

A PATH selects a component with all that is below it, and all that it needs, or what only a state still has; without one, everything is selected.

What depends on outputs that only an apply makes known is shown as far as it is known: an input as "known after web.host.ip", an item
that may turn out to be unchanged with a question mark, and structure that depends on an output as blocked.

With --out the plan is saved; nixops4 apply FILE carries out exactly that plan. A saved plan holds all inputs and recorded outputs, but nothing that is marked as
sensitive.`

// selectFlags choose what a plan is about.
type selectFlags struct {
	exclude []string
	replace []string
	refresh bool
}

func (f *selectFlags) addTo(a *app, cmd *cobra.Command, root *rootFlags) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.exclude, "exclude", nil, "leave out the component at `PATH`; may be given several times")
	flags.StringArrayVar(&f.replace, "replace", nil, "replace the resource at `PATH`, whether it changed or not; may be given several times")
	flags.BoolVar(&f.refresh, "refresh", false, "read the real objects first, and repair what drifted")
	for _, name := range []string{"exclude", "replace"} {
		_ = cmd.RegisterFlagCompletionFunc(name, a.completePaths(root))
	}
}

// engineOptions puts the selection into the engine's options.
func (f *selectFlags) engineOptions(cmd *cobra.Command, paths []addr.Path, o *engine.Options) (err error) {
	o.Paths, o.Refresh = paths, f.refresh
	if o.Exclude, err = parsePaths(cmd, f.exclude); err != nil {
		return err
	}
	o.Replace, err = parsePaths(cmd, f.replace)
	return err
}

// workFlags say how much is done at a time and for how long.
type workFlags struct {
	parallelism     int
	providerTimeout time.Duration
}

func (f *workFlags) addTo(flags *pflag.FlagSet) {
	flags.IntVar(&f.parallelism, "parallelism", engine.DefaultParallelism, "how many resources to work on at a time (`N`)")
	flags.DurationVar(&f.providerTimeout, "provider-timeout", time.Hour, "give up on a provider that does not answer within `DURATION`; 0 waits for ever")
}

func (f *workFlags) check(cmd *cobra.Command) error {
	if f.parallelism < 1 {
		return usagef(cmd, "--parallelism does not take %d: want at least 1", f.parallelism)
	}
	if f.providerTimeout < 0 {
		return usagef(cmd, "--provider-timeout does not take %s: want a duration above zero, or 0 for none", f.providerTimeout)
	}
	return nil
}

type planOptions struct {
	root     rootFlags
	selected selectFlags
	work     workFlags
	json     bool
	out      string
	exitCode bool
}

func newPlanCommand(a *app) *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:               "plan [PATH…]",
		Short:             "Show what apply would do",
		Long:              planLong,
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
			return runPlan(a, cmd, o, paths)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	o.selected.addTo(a, cmd, &o.root)
	flags.BoolVar(&o.json, "json", false, "print the plan as JSON; see docs/plan.schema.json")
	flags.StringVar(&o.out, "out", "", "save the plan in `FILE`, for nixops4 apply FILE")
	flags.BoolVar(&o.exitCode, "detailed-exitcode", false, "exit with code 2 when there is something to change")
	o.work.addTo(flags)
	o.root.addTo(flags)
	return cmd
}

func runPlan(a *app, cmd *cobra.Command, o planOptions, paths []addr.Path) error {
	s, err := a.openSession(a.interrupt.asked, sessionOptions{root: o.root, parallelism: o.work.parallelism, timeout: o.work.providerTimeout, log: a.logLine})
	if err != nil {
		return err
	}
	defer s.close()
	options := s.engineOptions(a)
	options.Parallelism = o.work.parallelism
	if err := o.selected.engineOptions(cmd, paths, &options); err != nil {
		return err
	}
	run := engine.Open(s.config, options)
	p, err := run.Plan(a.interrupt.forced)
	if closeErr := run.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	p.Root = s.root
	return a.givePlan(p, o)
}

// givePlan prints and saves a plan, and returns what is wrong with it.
func (a *app) givePlan(p *plan.Plan, o planOptions) error {
	if o.out != "" {
		if err := a.savePlan(o.out, p); err != nil {
			return err
		}
		a.ui.note("the plan is saved in %s", o.out)
	}
	if o.json {
		if err := a.ui.json(p); err != nil {
			return err
		}
	} else if err := a.showPlan(p, false); err != nil {
		return err
	}
	if err := problems(p); err != nil {
		return err
	}
	if o.exitCode && p.Changes() {
		return &silentError{errChanges}
	}
	return nil
}

// showPlan writes a plan for people, to stdout or as a message.
func (a *app) showPlan(p *plan.Plan, message bool) error {
	out, terminal := a.ui.stdoutWriter(), a.ui.outTerminal
	if message {
		out, terminal = a.ui.messages(), a.ui.errTerminal
	}
	return view.Plan(out, p, view.PlanOptions{Color: a.ui.color(terminal), Verbose: a.options.verbose, Width: a.ui.width(terminal)})
}

// problems returns the errors of the components that cannot be planned.
func problems(p *plan.Plan) error {
	var errs []error
	for _, problem := range p.Problems {
		if problem.Err != nil {
			errs = append(errs, problem.Err)
		}
	}
	return errors.Join(errs...)
}

// savePlan writes a plan to a file that only its owner can read, since inputs and outputs may be secret without being marked so.
func (a *app) savePlan(path string, p *plan.Plan) error {
	sealed := *p
	sealed.Seal(rand.Text())
	text, err := json.MarshalIndent(&sealed, "", "  ")
	text = a.ui.secrets.HideJSON(text)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(path, append(text, '\n'), 0o600, renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

// readPlan returns the plan in a file; nil when the file is none, or there is no such file.
func readPlan(path string) (*plan.Plan, error) {
	if !isFile(path) {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var marked struct {
		Type   string `json:"_type"`
		Format int    `json:"format"`
	}
	if json.Unmarshal(text, &marked) != nil || marked.Type != plan.TypeName {
		return nil, nil
	}
	name := filepath.Base(path)
	if marked.Format != plan.FormatVersion {
		return nil, withHint(fmt.Errorf("%s is a plan in format %d, and this version of nixops4 knows %d", name, marked.Format, plan.FormatVersion), "make a new plan")
	}
	p := &plan.Plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("reading the plan %s: %w", name, err)
	}
	return p, nil
}
