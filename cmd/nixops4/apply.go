package main

// This file is the verb apply.

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
)

const applyLong = `Make the resources what the expression says they are: create what is missing, update what changed, delete what is not declared any more.

A PATH selects a component with all that is below it, and all that it needs, or what only a state still has; without one, everything is selected. Instead of paths, a FILE
that nixops4 plan --out has saved is applied as it is, or not at all when state or expression moved on.

On a terminal the plan is shown and you are asked. Elsewhere it goes on at once, but deletes and replaces only with --yes.

Independent resources are worked on in parallel. When one fails, those that need it are left alone and the others go on.
What was done is recorded in the states at once.

The first Ctrl-C starts nothing new and lets running resources finish; the second stops them.`

type applyOptions struct {
	root     rootFlags
	selected selectFlags
	work     workFlags
	how      applyFlags
}

// applyFlags are those of all commands that carry out a plan.
type applyFlags struct {
	yes         bool
	failFast    bool
	timeout     time.Duration
	lockTimeout time.Duration
	logFormat   logFormat
}

func (f *applyFlags) addTo(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask; without a terminal, also delete and replace")
	flags.BoolVar(&f.failFast, "fail-fast", false, "start nothing new after the first failure")
	flags.DurationVar(&f.timeout, "timeout", 0, "start nothing new after `DURATION`")
	flags.Var(&f.logFormat, "log-format", "tell what happens as text or as json, one object a line; see docs/events.schema.json")
	addWaitFlag(flags, &f.lockTimeout)
	_ = cmd.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions(logFormats, cobra.ShellCompDirectiveNoFileComp))
}

func newApplyCommand(a *app) *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:               "apply [PATH… | FILE]",
		Short:             "Create, update and delete resources",
		Long:              applyLong,
		GroupID:           groupDeploy,
		ValidArgsFunction: a.completePaths(&o.root),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.work.check(cmd); err != nil {
				return err
			}
			if len(args) == 1 {
				if saved, err := readPlan(args[0]); saved != nil || err != nil {
					return a.applySaved(cmd, o, args[0], saved, err)
				}
			}
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return runApply(a, cmd, o, paths)
		},
	}
	cmd.Flags().SortFlags = false
	o.selected.addTo(a, cmd, &o.root)
	o.how.addTo(cmd)
	o.work.addTo(cmd.Flags())
	o.root.addTo(cmd.Flags())
	return cmd
}

func runApply(a *app, cmd *cobra.Command, o applyOptions, paths []addr.Path) error {
	var options engine.Options
	if err := o.selected.engineOptions(cmd, paths, &options); err != nil {
		return err
	}
	return a.change("apply", o, options, nil)
}

// applySaved applies the plan that was saved in a file, if it still holds.
func (a *app) applySaved(cmd *cobra.Command, o applyOptions, file string, saved *plan.Plan, err error) error {
	switch {
	case err != nil:
		return err
	case o.selected.refresh || len(o.selected.exclude) > 0 || len(o.selected.replace) > 0:
		return usagef(cmd, "a saved plan has its own selection; --exclude, --replace and --refresh are given to nixops4 plan")
	}
	if problem := saved.Incomplete(); problem != nil {
		return withHint(fmt.Errorf("the plan in %s is not complete: %s cannot be planned: %s", file, problem.Path, problem.Error), "make a new plan when that is repaired")
	}
	options := engine.Options{Paths: saved.Options.Paths, Exclude: saved.Options.Exclude, Replace: saved.Options.Replace, Refresh: saved.Options.Refresh}
	if a.options.file == "" {
		a.options.file = saved.Root
	}
	return a.change("apply", o, options, saved)
}

// change plans, lets the user agree, and carries out. saved is the plan that it must still be; nil: whatever it is.
func (a *app) change(verb string, o applyOptions, options engine.Options, saved *plan.Plan) error {
	out := a.newProgress(o.how.logFormat)
	defer out.close()
	changes := a.newChanging(verb, o.how.lockTimeout)
	s, err := a.openSession(a.interrupt.asked, sessionOptions{
		root: o.root, parallelism: o.work.parallelism, timeout: o.work.providerTimeout, changes: changes,
		log: func(path addr.Path, line string) { out.event(engine.Log{Path: path, Text: line}) },
	})
	if err != nil {
		return err
	}
	defer s.close()
	defer changes.report()
	stop := a.newStopper(o.how.timeout)
	defer stop.cancel()
	a.prepare(&options, s, o, out, stop.c)
	run := engine.Open(s.config, options)
	err = a.planAndApply(run, verb, s.root, o.how, out, stop, saved)
	if closeErr := run.Close(); err == nil {
		err = closeErr
	}
	return err
}

// prepare completes the options of a run that changes things.
func (a *app) prepare(options *engine.Options, s *session, o applyOptions, out *progress, stop <-chan struct{}) {
	common := s.engineOptions(a)
	options.Stop, options.Provider, options.Store, options.OpenState, options.ReadState, options.Secrets, options.Version = stop, common.Provider, common.Store, common.OpenState, common.ReadState, common.Secrets, common.Version
	options.Parallelism, options.FailFast, options.Events = o.work.parallelism, o.how.failFast, out.event
	if o.how.yes {
		options.Approve = func(*plan.Item) bool { return true }
	}
}

func (a *app) planAndApply(run *engine.Run, verb, root string, how applyFlags, out *progress, stop *stopper, saved *plan.Plan) error {
	makePlan := run.Plan
	if verb == "destroy" {
		makePlan = run.PlanDestroy
	}
	p, err := makePlan(a.interrupt.forced)
	var broken *engine.NotEvaluatedError
	switch {
	case errors.As(err, &broken):
		return errors.Join(append(broken.Unwrap()[1:], withHint(broken.Unwrap()[0], broken.Hint()))...)
	case err != nil:
		return a.interrupted(err)
	}
	p.Root = root
	if saved != nil {
		if err := stillHolds(saved, p); err != nil {
			return err
		}
	}
	if err := refusal(p, verb); err != nil {
		return err
	}
	agreed, err := a.agree(p, verb, how.yes || saved != nil)
	if err != nil || !agreed {
		return err
	}
	a.interrupt.onSignal(func(nth int) {
		switch nth {
		case 1:
			a.ui.note("interrupted: letting running resources finish; interrupt again to stop them")
		case 2:
			a.ui.note("interrupted again: stopping running resources")
		}
	})
	out.begin(p)
	stop.start()
	_, err = run.Apply(a.interrupt.forced, p)
	out.close()
	return a.interrupted(err)
}

// interrupted returns the error of a run that a Ctrl-C may have ended.
func (a *app) interrupted(err error) error {
	switch {
	case a.interrupt.asked.Err() == nil:
		return err
	case err == nil || errors.Is(err, engine.ErrStopped):
		return errInterrupted
	default:
		return errors.Join(err, errInterrupted)
	}
}

// refusal returns the problem of a plan that forbids to apply any of it. To destroy half of what is asked for would leave what the rest
// needs destroyed, perhaps.
func refusal(p *plan.Plan, verb string) error {
	if verb == "destroy" {
		return problems(p)
	}
	for _, problem := range p.Problems {
		var locked *state.LockedError
		var named *engine.OnlyNamedError
		if errors.As(problem.Err, &locked) || errors.As(problem.Err, &named) {
			return problem.Err
		}
	}
	return nil
}

// stillHolds compares a saved plan with the one that would be made now.
func stillHolds(saved, now *plan.Plan) error {
	differences := plan.Compare(saved, now)
	if len(differences) == 0 {
		return nil
	}
	const most = 10
	text := "the saved plan does not hold any more, so nothing was done"
	for i, d := range differences {
		if i == most {
			text += fmt.Sprintf("\n  … and %d more", len(differences)-most)
			break
		}
		text += "\n  " + d
	}
	return withHint(errors.New(text), "look at a new plan: nixops4 plan --out FILE")
}

// stopper tells a run to start nothing new: at the first Ctrl-C, or when the time that the user has given is over.
type stopper struct {
	ui     *ui
	c      chan struct{} // closed then
	limit  time.Duration // 0: none
	begun  chan struct{} // closed when the time begins
	over   chan struct{}
	cancel func()
}

func (a *app) newStopper(limit time.Duration) *stopper {
	s := &stopper{ui: a.ui, c: make(chan struct{}), limit: limit, begun: make(chan struct{}), over: make(chan struct{})}
	s.cancel = sync.OnceFunc(func() { close(s.over) })
	go s.wait(a.interrupt.asked.Done())
	return s
}

// start lets the time begin: work is about to start.
func (s *stopper) start() { close(s.begun) }

func (s *stopper) wait(interrupted <-chan struct{}) {
	var ring <-chan time.Time
	begun := s.begun
	for {
		select {
		case <-begun:
			begun = nil
			if s.limit > 0 {
				ring = time.After(s.limit)
			}
			continue
		case <-ring:
			s.ui.note("%s are over: letting running resources finish", s.limit)
			close(s.c)
		case <-interrupted:
			close(s.c)
		case <-s.over:
		}
		return
	}
}

// agree lets the user decide whether to go on. It reports whether to.
func (a *app) agree(p *plan.Plan, verb string, yes bool) (bool, error) {
	destructive := p.Destructive()
	switch {
	case yes:
		return true, nil
	case !a.asks() && len(destructive) == 0:
		return true, nil
	case !a.asks():
		hint := "to go on: nixops4 " + verb + " --yes"
		if verb == "apply" {
			hint = "to see everything: nixops4 plan; " + hint
		}
		return false, withHint(errors.New(describeDestructive(destructive)), hint)
	}
	if err := a.showPlan(p, true); err != nil {
		return false, err
	}
	if len(p.Items) == 0 || !p.Changes() && !runsSomething(p) {
		return true, nil
	}
	answer, err := a.ask(map[string]string{"apply": "carry this out?", "destroy": "destroy these?"}[verb])
	if err != nil {
		return false, err
	}
	if !answer {
		a.ui.note("nothing was changed")
		return false, &silentError{errDeclined}
	}
	return true, nil
}

var errDeclined = errors.New("declined")

func runsSomething(p *plan.Plan) bool { return p.Summary[plan.Ensure] > 0 }

// describeDestructive names what would be destroyed, each on a line.
func describeDestructive(items []*plan.Item) string {
	var b strings.Builder
	b.WriteString("this would destroy objects, which needs --yes when nobody can be asked:")
	for _, item := range items {
		fmt.Fprintf(&b, "\n  %s %s", item.Action, item.Path)
		for i, reason := range item.Reasons {
			b.WriteString(map[bool]string{true: ": ", false: ", "}[i == 0] + reason.Text)
		}
	}
	return b.String()
}
