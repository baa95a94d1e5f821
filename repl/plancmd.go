package repl

// This file has the commands that plan, and go through a plan.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/engine/view"
)

var planCommands = []*command{
	{name: "plan", args: "[PATH…]", takes: takesPaths, group: groupPlan, short: "find out what there is to do; it is the value plan then", example: ":plan web", run: planCommand},
	{name: "diff", args: "PATH", takes: takesPaths, group: groupPlan, short: "compare what is declared with what is recorded", example: ":diff report", run: diffCommand},
	{name: "steps", takes: takesNothing, group: groupPlan, short: "number the steps of the plan, and tell how far it is", example: ":steps", run: stepsCommand},
	{name: "next", takes: takesNothing, group: groupPlan, acts: true, short: "do the next step, or decide what to do with it", example: ":next", run: nextCommand},
	{name: "step", args: "N", takes: takesStep, group: groupPlan, acts: true, short: "do the step with that number, when nothing holds it back", example: ":step 3", run: stepCommand},
	{name: "skip", args: "[N]", takes: takesStep, group: groupPlan, acts: true, short: "leave out a step, and with it what needs it", example: ":skip 2", run: skipCommand},
	{name: "until", args: "PATH", takes: takesPaths, group: groupPlan, acts: true, short: "do steps until the one for PATH is done", example: ":until web", run: untilCommand},
	{name: "break", args: "[PATH]", takes: takesPaths, group: groupPlan, short: "let :continue stop before the step for PATH, or not any more", example: ":break web", run: breakCommand},
	{name: "continue", takes: takesNothing, group: groupPlan, acts: true, short: "do all steps that are left", example: ":continue", run: continueCommand},
	{name: "abort", takes: takesNothing, group: groupPlan, short: "do none of the steps that are left", example: ":abort", run: abortCommand},
}

func planCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.pathsOrHere(arg)
	if err != nil {
		return answer{}, err
	}
	made, err := sh.planFor(ctx, paths)
	if err != nil {
		return answer{}, err
	}
	sh.plan = made
	text, err := json.Marshal(made)
	if err != nil {
		return answer{}, fmt.Errorf("keeping the plan: %w", err)
	}
	if err := sh.evaluator.give(ctx, "plan", text); err != nil {
		return answer{}, err
	}
	var b strings.Builder
	if err := view.Plan(&b, made, view.PlanOptions{Color: sh.options.Color, Width: sh.options.Width()}); err != nil {
		return answer{}, err
	}
	return answer{text: b.String(), value: made}, planProblems(made)
}

// planFor plans without opening anything for changes.
func (sh *shell) planFor(ctx context.Context, paths []addr.Path) (*plan.Plan, error) {
	if sh.step != nil {
		return nil, errBusy
	}
	r, err := sh.open(ctx, engine.Options{Paths: paths})
	if err != nil {
		return nil, err
	}
	made, err := r.Plan(ctx)
	if err == nil && len(paths) == 0 {
		sh.graphs, sh.needs = nil, append([]engine.Need{}, r.Needs()...)
	}
	err = errors.Join(err, r.Close(), sh.changed(context.WithoutCancel(ctx)))
	if err != nil {
		return nil, err
	}
	made.Root = sh.project.File
	return made, nil
}

func planProblems(p *plan.Plan) error {
	var errs []error
	for _, problem := range p.Problems {
		if problem.Err != nil {
			errs = append(errs, problem.Err)
		}
	}
	return errors.Join(errs...)
}

func diffCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err == nil {
		err = sh.existing(ctx, path)
	}
	if err != nil {
		return answer{}, err
	}
	made, err := sh.planFor(ctx, []addr.Path{path})
	if err != nil {
		return answer{}, err
	}
	made.Items = slices.DeleteFunc(made.Items, func(i *plan.Item) bool { return !i.Path.HasPrefix(path) })
	made.Problems = slices.DeleteFunc(made.Problems, func(p plan.Problem) bool { return !p.Path.HasPrefix(path) })
	made.Count()
	var b strings.Builder
	if err := view.Plan(&b, made, view.PlanOptions{Color: sh.options.Color, Verbose: true, Width: sh.options.Width()}); err != nil {
		return answer{}, err
	}
	return answer{text: b.String(), value: made.Items}, planProblems(made)
}

var errNoPlan = &hinted{errors.New("there is no plan"), "make one: :plan"}

// stepRow is a step in a list.
type stepRow struct {
	N      int         `json:"n"`
	State  stepState   `json:"state"`
	Action plan.Action `json:"action"`
	Path   addr.Path   `json:"path"`
	Waits  []addr.Path `json:"waits,omitempty"`
	Break  bool        `json:"break,omitempty"`
}

func stepsCommand(sh *shell, _ context.Context, _ string) (answer, error) {
	if sh.plan == nil && sh.step == nil {
		return answer{}, errNoPlan
	}
	rows := sh.stepRows()
	if len(rows) == 0 {
		return answer{text: "the plan has no steps", value: []stepRow{}}, nil
	}
	var cells [][]string
	for _, r := range rows {
		mark := ""
		if r.Break {
			mark = "break"
		}
		var waits []string
		for _, path := range r.Waits {
			waits = append(waits, path.String())
		}
		if len(waits) > 0 {
			mark = strings.TrimSpace(mark + " waits for " + strings.Join(waits, ", "))
		}
		cells = append(cells, []string{fmt.Sprintf("%3d", r.N), string(r.State), string(r.Action), r.Path.String(), mark})
	}
	return answer{text: table(cells, sh.options.Width()), value: rows}, nil
}

func (sh *shell) stepRows() []stepRow {
	var items []*plan.Item
	if sh.step != nil {
		items = sh.step.numbered()
	} else {
		items = steps(sh.plan.Items)
	}
	var rows []stepRow
	for i, item := range items {
		row := stepRow{N: i + 1, State: stepPending, Action: item.Action, Path: item.Path, Break: sh.breaks[item.Path]}
		if sh.step != nil {
			row.State = sh.step.state(item)
			if row.State == stepPending {
				sh.step.mu.Lock()
				for _, on := range sh.step.waits[placeOf(item)] {
					if _, over := sh.step.pathOver(on); !over && !slices.Contains(row.Waits, on) {
						row.Waits = append(row.Waits, on)
					}
				}
				sh.step.mu.Unlock()
			}
		} else {
			row.State = "planned"
			for _, output := range item.Waits {
				if !slices.Contains(row.Waits, output.Resource) {
					row.Waits = append(row.Waits, output.Resource)
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// begin makes sure that the plan is being carried out, and waits until it is known what can be done.
func (sh *shell) begin(ctx context.Context) error {
	if sh.step == nil {
		if sh.plan == nil {
			return errNoPlan
		}
		if problem := sh.plan.Incomplete(); problem != nil {
			first, _, _ := strings.Cut(problem.Error, "\n")
			return &hinted{fmt.Errorf("the plan is not complete: %s cannot be planned: %s", displayPath(problem.Path), first), "repair that and make a new plan; or plan others only: :plan PATH"}
		}
		if sh.options.Terminal == nil && !sh.options.Yes {
			_, err := sh.confirm("")
			return err
		}
		if err := sh.startStepping(ctx, sh.plan, false); err != nil {
			return err
		}
	}
	return sh.step.settle(ctx)
}

// wrapUp ends the run when nothing is left, and tells what became of it.
func (sh *shell) wrapUp(ctx context.Context) error {
	if sh.step == nil || !sh.step.over() {
		return nil
	}
	s := sh.step
	s.cancel()
	closeErr := s.run.Close()
	sh.step, sh.plan = nil, nil
	err := errors.Join(closeErr, sh.evaluator.give(ctx, "plan", nil), sh.acted(context.WithoutCancel(ctx)))
	if s.result != nil {
		what := "is carried out"
		if s.stopped { // nobody changes that any more
			what = "was given up"
		}
		sh.note("the plan %s: %s", what, view.Count(s.result))
	}
	var failed *engine.ApplyError
	if errors.As(s.err, &failed) {
		if sh.options.Terminal != nil {
			return err // each failure was told when it happened
		}
	}
	return errors.Join(s.err, err)
}

// finishStepping complains about steps that are left when the input ends.
func (sh *shell) finishStepping(ctx context.Context) error {
	if sh.step == nil {
		return nil
	}
	left := 0
	for _, row := range sh.stepRows() {
		if !row.State.over() {
			left++
		}
	}
	sh.endStepping()
	text := "the input ended with one step left, which was not done"
	if left != 1 {
		text = fmt.Sprintf("the input ended with %d steps left, which were not done", left)
	}
	return &hinted{errors.New(text), "end with :continue or :abort"}
}

func nextCommand(sh *shell, ctx context.Context, _ string) (answer, error) {
	if err := sh.begin(ctx); err != nil {
		return answer{}, err
	}
	ready := sh.step.ready()
	if len(ready) == 0 {
		return answer{}, sh.wrapUp(ctx)
	}
	return answer{}, sh.oneStep(ctx, ready[0])
}

// number finds the step with a number or path that a user gave.
func (sh *shell) number(arg string) (*plan.Item, error) {
	items := sh.step.numbered()
	n, err := strconv.Atoi(arg)
	if err != nil {
		path, pathErr := sh.path(arg)
		var found *plan.Item
		for _, item := range items {
			if pathErr == nil && item.Path == path && (found == nil || sh.step.state(found).over()) {
				found = item
			}
		}
		if found != nil {
			return found, nil
		}
		return nil, &hinted{fmt.Errorf("%s is no step", arg), ":steps lists them"}
	}
	if n < 1 || n > len(items) {
		return nil, &hinted{fmt.Errorf("there is no step %d, only %d steps", n, len(items)), ":steps lists them"}
	}
	return items[n-1], nil
}

// readyStep is a step that can be done now.
func (sh *shell) readyStep(arg string) (*plan.Item, error) {
	item, err := sh.number(arg)
	if err != nil {
		return nil, err
	}
	switch state := sh.step.state(item); state {
	case stepReady:
		return item, nil
	case stepPending:
		var on []string
		for _, row := range sh.stepRows() {
			if row.Path == item.Path && row.Action == item.Action {
				for _, path := range row.Waits {
					on = append(on, path.String())
				}
			}
		}
		if len(on) == 0 {
			on = []string{"all other steps"}
		}
		return nil, fmt.Errorf("%s cannot be done yet: it waits for %s", item.Path, strings.Join(on, ", "))
	default:
		return nil, fmt.Errorf("%s is %s already", item.Path, state)
	}
}

func stepCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		return answer{}, usage(mustLookUp("step"))
	}
	if err := sh.begin(ctx); err != nil {
		return answer{}, err
	}
	item, err := sh.readyStep(arg)
	if err != nil {
		return answer{}, err
	}
	return answer{}, sh.oneStep(ctx, item)
}

func skipCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	if err := sh.begin(ctx); err != nil {
		return answer{}, err
	}
	var item *plan.Item
	var err error
	if arg != "" {
		item, err = sh.readyStep(arg)
	} else if ready := sh.step.ready(); len(ready) > 0 {
		item = ready[0]
	} else {
		return answer{}, sh.wrapUp(ctx)
	}
	if err != nil {
		return answer{}, err
	}
	return answer{}, sh.decided(ctx, item, false)
}

// offers is the question what to do with a step; on a narrow screen, whose editor cannot wrap it, the words come before.
func (sh *shell) offers() string {
	const whole = "[a]pply [s]kip [i]nspect [d]iff [w]hy [c]ontinue [q]uit? "
	if width(whole)+10 <= sh.columns() {
		return whole
	}
	sh.message(wrap("[a]pply [s]kip [i]nspect [d]iff [w]hy [c]ontinue [q]uit", sh.columns()-1, 0))
	return "a/s/i/d/w/c/q? "
}

// oneStep shows a step, asks what to do with it, and does that.
func (sh *shell) oneStep(ctx context.Context, item *plan.Item) error {
	if err := sh.showStep(item); err != nil {
		return err
	}
	for !sh.options.Yes && sh.options.Terminal != nil {
		text, err := sh.options.Terminal.ask(sh.offers())
		if err != nil {
			return err
		}
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "a", "apply", "y", "yes":
			return sh.decided(ctx, item, true)
		case "s", "skip":
			return sh.decided(ctx, item, false)
		case "i", "inspect":
			err = sh.look(ctx, show, item.Path)
		case "d", "diff":
			err = sh.showStep(item)
		case "w", "why":
			for _, reason := range item.Reasons {
				sh.note("  %s", reason)
			}
			if len(item.Reasons) == 0 {
				sh.note("  %s", map[plan.Action]string{plan.Create: "it is not recorded", plan.Ensure: "it is stateless, so it is done by every apply"}[item.Action])
			}
		case "c", "continue":
			_, err := continueCommand(sh, ctx, "")
			return err
		case "q", "quit", "":
			sh.note("nothing was done; :next comes back to it, :abort ends it")
			return nil
		default:
			sh.note("%q is none of these; type one of the letters, or the word", strings.TrimSpace(text))
		}
		if err != nil {
			sh.fail(err)
		}
	}
	return sh.decided(ctx, item, true)
}

func (sh *shell) look(ctx context.Context, f func(*shell, context.Context, string) (answer, error), path addr.Path) error {
	a, err := f(sh, ctx, "/"+path.String())
	if err != nil {
		return err
	}
	return sh.show("", a)
}

// showStep shows what a step will do.
func (sh *shell) showStep(item *plan.Item) error {
	if sh.options.JSON {
		return nil
	}
	one := &plan.Plan{Items: []*plan.Item{item}}
	var b strings.Builder
	if err := view.Plan(&b, one, view.PlanOptions{Color: sh.options.Color, Verbose: true, Width: sh.options.Width()}); err != nil {
		return err
	}
	text, _, _ := strings.Cut(b.String(), "\nplan: ")
	sh.message(strings.TrimRight(text, "\n") + "\n")
	return nil
}

// decided does or skips a step, and tells what came of it.
func (sh *shell) decided(ctx context.Context, item *plan.Item, yes bool) error {
	s := sh.step
	before := s.ready()
	sh.decidedStep(item.Path, yes)
	if err := s.decide(ctx, item, yes); err != nil {
		return err
	}
	s.mu.Lock()
	outputs := s.outputs[placeOf(item)]
	s.mu.Unlock()
	if yes && len(outputs) > 0 && !sh.options.JSON {
		sh.message(sh.valueLines(plan.Values{Known: outputs}, nil))
	}
	if unblocked := s.unblockedBy(before); len(unblocked) > 0 {
		sh.note("ready now: %s", strings.Join(unblocked, ", "))
	}
	return sh.wrapUp(ctx)
}

// stepsWhile does steps in the order of the plan while more says so.
func (sh *shell) stepsWhile(ctx context.Context, more func(next []*plan.Item) bool) error {
	for {
		ready := sh.step.ready()
		if sh.step.over() || len(ready) == 0 {
			return sh.wrapUp(ctx)
		}
		if !more(ready) {
			return nil
		}
		if err := sh.step.decide(ctx, ready[0], true); err != nil {
			return err
		}
	}
}

func untilCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	if err := sh.begin(ctx); err != nil {
		return answer{}, err
	}
	item, err := sh.number(arg)
	if err != nil {
		return answer{}, err
	}
	if agreed, err := sh.confirm(fmt.Sprintf("do all steps until %s is done?", path)); err != nil || !agreed {
		return answer{}, err
	}
	return answer{}, sh.stepsWhile(ctx, func([]*plan.Item) bool { return !sh.step.state(item).over() })
}

func breakCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		names := []string{}
		for path := range sh.breaks {
			names = append(names, path.String())
		}
		slices.Sort(names)
		return answer{text: strings.Join(names, "\n"), value: names}, nil
	}
	path, err := sh.onePath(arg)
	if err == nil {
		err = sh.existing(ctx, path)
	}
	if err != nil {
		return answer{}, err
	}
	if sh.breaks[path] {
		delete(sh.breaks, path)
		sh.note("%s does not stop :continue any more", path)
		return answer{}, nil
	}
	sh.breaks[path] = true
	sh.note(":continue will stop before %s", path)
	return answer{}, nil
}

func continueCommand(sh *shell, ctx context.Context, _ string) (answer, error) {
	if err := sh.begin(ctx); err != nil {
		return answer{}, err
	}
	if sh.step == nil {
		return answer{}, nil
	}
	left := len(sh.step.ready())
	if left == 0 {
		return answer{}, sh.wrapUp(ctx)
	}
	if agreed, err := sh.confirm("do all steps that are left?"); err != nil || !agreed {
		return answer{}, err
	}
	first := true
	for {
		ready := sh.step.ready()
		if sh.step.over() || len(ready) == 0 {
			return answer{}, sh.wrapUp(ctx)
		}
		chosen := slices.DeleteFunc(slices.Clone(ready), func(i *plan.Item) bool { return sh.breaks[i.Path] })
		if len(chosen) == 0 && !first {
			sh.note("stopped before %s", ready[0].Path)
			return answer{}, nil
		}
		if len(chosen) == 0 {
			chosen = ready[:1] // it was stopped before this one, and shall go on
		}
		first = false
		for _, item := range chosen {
			sh.step.let(item, true)
		}
		if err := sh.step.settle(ctx); err != nil {
			return answer{}, err
		}
	}
}

func abortCommand(sh *shell, ctx context.Context, _ string) (answer, error) {
	if sh.step == nil {
		if sh.plan == nil {
			return answer{}, errNoPlan
		}
		sh.plan = nil
		return answer{}, sh.evaluator.give(ctx, "plan", nil)
	}
	sh.step.end()
	err := sh.wrapUp(ctx)
	if errors.Is(err, engine.ErrStopped) {
		err = nil // that is what was asked for
	}
	return answer{}, err
}
