package repl

// This file has the commands that change something at once.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/engine/view"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

var actCommands = []*command{
	{name: "apply", args: "[PATH…]", takes: takesPaths, group: groupAct, acts: true, short: "create and update what is at PATH, and what it needs", example: ":apply web", run: applyCommand},
	{name: "replace", args: "PATH", takes: takesPaths, group: groupAct, acts: true, short: "destroy a resource and create it anew", example: ":replace codename", run: replaceCommand},
	{name: "destroy", args: "PATH…", takes: takesPaths, group: groupAct, acts: true, short: "destroy what is at PATH and below", example: ":destroy codename", run: destroyCommand},
	{name: "import", args: "PATH ID", takes: takesPaths, group: groupAct, acts: true, short: "record an object that exists already as the resource at PATH", example: ":import web i-0a1b2c", run: importCommand},
	{name: "mv", args: "PATH PATH", takes: takesPaths, group: groupAct, acts: true, short: "record a resource under another path", example: ":mv web www", run: moveCommand},
	{name: "forget", args: "PATH…", takes: takesPaths, group: groupAct, acts: true, short: "remove a resource from the state, and leave the object", example: ":forget codename", run: forgetCommand},
	{name: "read", args: "PATH", takes: takesPaths, group: groupAct, acts: true, short: "ask the provider what is really there, and record it", example: ":read codename", run: readResources},
	{name: "drift", args: "[PATH]", takes: takesPaths, group: groupAct, acts: true, short: "compare what is recorded with what is really there", example: ":drift", run: driftCommand},
}

var errBusy = errors.New("a plan is being carried out; finish it with :continue, or stop with :abort")

// confirm asks, unless that was answered beforehand.
func (sh *shell) confirm(question string) (bool, error) {
	switch {
	case sh.options.Yes:
		return true, nil
	case sh.options.Terminal == nil:
		return false, &hinted{errors.New("this changes something, and nobody can be asked"), "to allow it: nixops4 repl --yes"}
	}
	answer, err := sh.options.Terminal.ask(question + " [y/N] ")
	if err != nil {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	sh.note("nothing was changed")
	return false, nil
}

// pending is a plan that was shown, or is about to be.
type pending struct {
	options engine.Options
	destroy bool
}

// run is one run of the engine over the root, in a generation of its own.
type run struct {
	*engine.Run
	mu     sync.Mutex // guards states
	states []*briefState
}

// open begins a run that may change something. It takes locks only when it does.
func (sh *shell) open(ctx context.Context, options engine.Options) (*run, error) {
	if err := sh.changed(ctx); err != nil {
		return nil, err
	}
	_, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil, err
	}
	r := &run{}
	common := sh.engineOptions(config)
	options.Provider, options.Version, options.Store, options.Secrets = common.Provider, common.Version, common.Store, common.Secrets
	if options.Events == nil {
		options.Events = common.Events
	}
	options.OpenState = func(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
		s, err := openBrief(ctx, path, func(ctx context.Context, changes bool) (engine.State, error) {
			return sh.project.OpenState(ctx, path, spec, resource, changes)
		})
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.states = append(r.states, s)
		return s, nil
	}
	r.Run = engine.Open(config, options)
	return r, nil
}

// release gives back all locks.
func (r *run) release(ctx context.Context) error {
	r.mu.Lock()
	states := slices.Clone(r.states)
	r.mu.Unlock()
	var errs []error
	for _, s := range states {
		errs = append(errs, s.release(ctx))
	}
	return errors.Join(errs...)
}

// makePlan plans.
func (r *run) makePlan(ctx context.Context, destroy bool) (*plan.Plan, error) {
	if destroy {
		return r.PlanDestroy(ctx)
	}
	return r.Plan(ctx)
}

// carryOutNow plans, shows, asks, and carries out. What a script does for the same is kept for :save.
func (sh *shell) carryOutNow(ctx context.Context, p pending, question, script string) (answer, error) {
	made, err := sh.carryOutPlan(ctx, p, question)
	if err == nil && made != nil {
		sh.did(act{script: script})
	}
	return answer{}, err
}

// carryOutPlan returns what was carried out, nil when the user did not agree.
func (sh *shell) carryOutPlan(ctx context.Context, p pending, question string) (*plan.Plan, error) {
	if sh.step != nil {
		return nil, errBusy
	}
	stop, force, end := sh.stoppable(ctx)
	defer end()
	lines := view.NewLines(messages{sh}, view.Options{Color: sh.options.Color})
	p.options.Stop = stop
	p.options.Approve = func(*plan.Item) bool { return sh.options.Yes }
	p.options.Events = func(e engine.Event) {
		if finished, ok := e.(engine.Finished); ok {
			sh.keepOutputs(finished)
		}
		lines.Event(e)
	}
	r, err := sh.open(ctx, p.options)
	if err != nil {
		return nil, err
	}
	made, err := r.makePlan(ctx, p.destroy)
	agreed := false
	if err == nil {
		agreed, err = sh.agreeAndApply(ctx, force, r, made, question)
	}
	err = errors.Join(err, r.Close(), sh.acted(force))
	if !agreed {
		return nil, err
	}
	return made, err
}

func (sh *shell) agreeAndApply(ctx, force context.Context, r *run, made *plan.Plan, question string) (bool, error) {
	if !sh.options.JSON {
		if err := view.Plan(messages{sh}, made, view.PlanOptions{Color: sh.options.Color, Width: sh.options.Width()}); err != nil {
			return false, err
		}
	}
	for _, problem := range made.Problems {
		if problem.Err != nil && !problem.Skipped {
			return false, problem.Err
		}
	}
	agreed, err := sh.confirm(question)
	if err != nil || !agreed {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	_, err = r.Apply(force, made)
	return true, err
}

// stoppable returns a channel that the first interrupt closes, and a context that the second one ends.
func (sh *shell) stoppable(ctx context.Context) (stop <-chan struct{}, force context.Context, end func()) {
	force, cancel := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
		case <-over:
			return
		}
		sh.note("interrupted: letting running resources finish; interrupt again to stop them")
		select {
		case <-sh.options.Interrupts:
			cancel()
		case <-over:
		}
	}()
	return ctx.Done(), force, func() {
		close(over)
		cancel()
	}
}

// messages is where the shell's messages go.
type messages struct{ sh *shell }

func (m messages) Write(text []byte) (int, error) {
	m.sh.outMu.Lock()
	defer m.sh.outMu.Unlock()
	return m.sh.options.Err.Write(text)
}

// keepOutputs remembers the outputs of a stateless resource for as long as the session lasts.
func (sh *shell) keepOutputs(e engine.Finished) {
	if !e.Item.State.IsRoot() || len(e.Outputs) == 0 {
		return
	}
	sh.madeMu.Lock()
	defer sh.madeMu.Unlock()
	sh.made[e.Item.Path] = e.Outputs
}

func applyCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.pathsOrHere(arg)
	if err != nil {
		return answer{}, err
	}
	return sh.carryOutNow(ctx, pending{options: engine.Options{Paths: paths}}, "carry this out?", scriptCall("apply", paths...))
}

// pathsOrHere reads paths; none stands for where the shell is, and everything at the root.
func (sh *shell) pathsOrHere(arg string) ([]addr.Path, error) {
	paths, err := sh.paths(arg)
	if err == nil && len(paths) == 0 && !sh.cwd.IsRoot() {
		paths = []addr.Path{sh.cwd}
	}
	return paths, err
}

func replaceCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	r, err := sh.resource(ctx, path)
	switch {
	case err != nil:
		return answer{}, err
	case !r.Stateful():
		return answer{}, &hinted{fmt.Errorf("%s is stateless, so it is done anew by every apply", path), ":apply " + path.String()}
	}
	return sh.carryOutNow(ctx, pending{options: engine.Options{Paths: []addr.Path{path}, Replace: []addr.Path{path}}}, "replace it?", scriptCall("replace", path))
}

func destroyCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.paths(arg)
	if err != nil {
		return answer{}, err
	}
	return sh.carryOutNow(ctx, pending{options: engine.Options{Paths: paths}, destroy: true}, "destroy these?", scriptCall("destroy", paths...))
}

func importCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	all := words(arg)
	if len(all) != 2 {
		return answer{}, usage(mustLookUp("import"))
	}
	path, err := sh.path(all[0])
	if err != nil {
		return answer{}, err
	}
	if sh.step != nil {
		return answer{}, errBusy
	}
	sh.note("%s will be recorded as the object that its provider knows as %s", path, all[1])
	agreed, err := sh.confirm("import it?")
	if err != nil || !agreed {
		return answer{}, err
	}
	r, err := sh.open(ctx, engine.Options{})
	if err != nil {
		return answer{}, err
	}
	entry, same, err := r.Import(ctx, path, all[1])
	err = errors.Join(err, r.Close(), sh.acted(ctx))
	if err != nil {
		return answer{}, err
	}
	for _, other := range same {
		sh.note("%s is recorded with the same type and inputs; if both are one object, :forget one of them", other)
	}
	sh.did(act{byHand: "nixops4 import " + all[0] + " " + all[1]})
	return answer{text: sh.recordText(recordedRow{Path: path, Recorded: entry}), value: entry}, nil
}

func moveCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.paths(arg)
	switch {
	case err != nil:
		return answer{}, err
	case len(paths) != 2:
		return answer{}, usage(mustLookUp("mv"))
	case sh.step != nil:
		return answer{}, errBusy
	}
	agreed, err := sh.confirm(fmt.Sprintf("record %s as %s?", paths[0], paths[1]))
	if err != nil || !agreed {
		return answer{}, err
	}
	return answer{}, sh.didByHand(ctx, "nixops4 state mv "+paths[0].String()+" "+paths[1].String(), sh.project.Move(ctx, paths[0], paths[1]))
}

func forgetCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.paths(arg)
	switch {
	case err != nil:
		return answer{}, err
	case sh.step != nil:
		return answer{}, errBusy
	}
	agreed, err := sh.confirm("forget " + arg + "? the objects stay")
	if err != nil || !agreed {
		return answer{}, err
	}
	return answer{}, sh.didByHand(ctx, "nixops4 state forget "+arg, sh.project.Forget(ctx, paths))
}

// readResources shows drift and, when there is any, records it as a script's ctx.read does.
func readResources(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.paths(arg)
	if err != nil {
		return answer{}, err
	}
	found, err := sh.drift(ctx, paths)
	if err != nil {
		return answer{}, err
	}
	var drifted []addr.Path
	for _, d := range found {
		if !sh.options.JSON {
			sh.message(sh.driftText(d))
		}
		switch {
		case recordable(d):
			drifted = append(drifted, d.Path)
		case d.Drifted():
			sh.note("%s: only inputs differ; to repair it: nixops4 apply --refresh %s", d.Path, d.Path)
		}
	}
	a := answer{value: found}
	if len(found) == 0 {
		a.text = "nothing is recorded of it"
	}
	if len(drifted) == 0 {
		return a, nil
	}
	if agreed, err := sh.confirm("record that?"); err != nil || !agreed {
		return answer{}, err
	}
	client, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return answer{}, err
	}
	d := sh.project.Scripts.Deployment(Session{config, client}, "repl")
	_, err = d.Read(ctx, drifted)
	if err = errors.Join(err, d.Close(), sh.acted(context.WithoutCancel(ctx))); err != nil {
		return answer{}, err
	}
	sh.did(act{script: scriptCall("read", drifted...)})
	return a, nil
}

// recordable reports whether there is something that can be recorded: outputs, or that it is gone. Inputs are what was asked for.
func recordable(d *engine.Drift) bool {
	return d.Gone || slices.ContainsFunc(d.Changes, func(c plan.Change) bool { return len(c.At) > 0 && c.At[0] == "outputs" })
}

// drift asks providers what is really there. Without paths, about everything.
func (sh *shell) drift(ctx context.Context, paths []addr.Path) ([]*engine.Drift, error) {
	if sh.step != nil {
		return nil, errBusy
	}
	if err := sh.existing(ctx, paths...); err != nil {
		return nil, err
	}
	r, err := sh.open(ctx, engine.Options{Paths: paths})
	if err != nil {
		return nil, err
	}
	found, err := r.Drift(ctx, nil)
	err = errors.Join(err, r.Close(), sh.changed(ctx))
	if found == nil {
		found = []*engine.Drift{}
	}
	return found, err
}

func driftCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.pathsOrHere(arg)
	if err != nil {
		return answer{}, err
	}
	found, err := sh.drift(ctx, paths)
	if len(found) == 0 && err == nil {
		return answer{text: "nothing is recorded that could have drifted", value: found}, nil
	}
	var b strings.Builder
	for _, d := range found {
		b.WriteString(sh.driftText(d))
	}
	return answer{text: b.String(), value: found}, err
}

func (sh *shell) driftText(d *engine.Drift) string {
	switch {
	case d.Gone:
		return d.Path.String() + ": " + sh.paint(red, "gone") + "\n"
	case d.Unreadable:
		return d.Path.String() + ": its provider cannot read\n"
	case len(d.Changes) == 0:
		return d.Path.String() + ": as recorded\n"
	}
	text := d.Path.String() + ": " + sh.paint(yellow, "drifted") + "\n"
	for _, c := range d.Changes {
		text += fmt.Sprintf("  %s: %s → %s\n", addr.Of(c.At...), shorten(sh.jsonText(c.Before, nil), 40), shorten(sh.jsonText(c.After, nil), 40))
	}
	return text
}
