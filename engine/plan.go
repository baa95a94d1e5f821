package engine

// This file plans: it decides an item for each resource, and carries out nothing.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// Plan finds out what applying would do. What depends on outputs that are not known is planned as far as it is known: see
// [plan.Item].Conditional and [plan.Blocked]. Nothing is changed, and nothing is emitted.
//
// Components for which nothing can be planned are the plan's problems. A plain error means that there is no plan: a selected path does not exist or cannot
// be evaluated, or the run was stopped ([ErrStopped]).
func (r *Run) Plan(ctx context.Context) (*plan.Plan, error) {
	for {
		p, again, err := r.planOnce(ctx)
		if !again {
			return p, err
		}
	}
}

// planOnce plans, or finds that a resource which would be created is recorded in another state: then it has to be planned again.
func (r *Run) planOnce(ctx context.Context) (p *plan.Plan, again bool, err error) {
	w, end := r.newWalk(ctx)
	defer end()
	w.lenient = true
	r.survey(ctx)
	making := &planner{walk: w}
	w.act, w.block = making.act, making.blocked
	start, err := w.start()
	if err != nil {
		return nil, false, err
	}
	outcomes := w.run(ctx, start, nil)
	w.openKeepers(ctx, outcomes)
	if len(w.missing) > 0 || len(w.opts.Paths) > 0 && len(w.keepers()) == 0 {
		r.discover(ctx)
	}
	if err := w.checkMissing(); err != nil {
		return nil, false, err
	}
	if err := w.checkExcluded(); err != nil {
		return nil, false, err
	}
	if err := w.checkReplaced(outcomes); err != nil {
		return nil, false, err
	}
	if err := r.onlyNamed(); err != nil {
		making.problem(err.Path, err)
	}
	if w.findElsewhere() {
		return nil, true, nil
	}
	unreached, err := w.unreached(ctx, making.items)
	if err != nil {
		return nil, false, err
	}
	making.refuse(unreached)
	result := newApplyError(outcomes)
	if len(result.Stopped) > 0 || w.halted() {
		return nil, false, ErrStopped
	}
	making.problems(result)
	if err := making.removals(outcomes); err != nil {
		return nil, false, err
	}
	return making.assemble(), false, nil
}

// planner gathers the items of one plan.
type planner struct {
	*walk
	mu       sync.Mutex // guards items
	items    []*plan.Item
	removed  []*plan.Item
	failures []plan.Problem
}

// start checks the selected paths before anything is done. A path that is not declared is noted: it may be recorded.
func (w *walk) start() ([]key, error) {
	paths := w.opts.Paths
	if len(paths) == 0 {
		paths = []addr.Path{addr.Root}
	}
	var start []key
	w.missing = map[addr.Path]error{}
	for _, path := range slices.Concat(paths, w.opts.Replace) {
		_, err := w.config.Component(w.evalCtx, path, WantContents)
		var needs *NeedsError
		var missing *NoMemberError
		switch {
		case err == nil, errors.As(err, &needs):
		case w.halted():
			return nil, ErrStopped
		case errors.As(err, &missing) && !slices.Contains(w.opts.Replace, path):
			w.missing[path] = err
		default:
			return nil, err
		}
	}
	for _, path := range paths {
		if w.missing[path] == nil && !w.excluded(path) {
			start = append(start, key{path: path})
		}
	}
	return start, nil
}

// checkExcluded reports an excluded path that is neither declared nor recorded.
func (w *walk) checkExcluded() error {
	for _, path := range w.opts.Exclude {
		_, err := w.config.Component(w.evalCtx, path, WantKind)
		var missing *NoMemberError
		if !errors.As(err, &missing) {
			continue // it is declared, or that is not known
		}
		if recorded, err := w.recordedBelow(path); err != nil || !recorded {
			return cmp.Or(err, error(missing))
		}
	}
	return nil
}

// checkReplaced reports a path of which nothing can be replaced. Of what failed or is not known there are other errors.
func (w *walk) checkReplaced(outcomes map[key]error) error {
	for _, path := range w.opts.Replace {
		switch s := w.lookUp(path); {
		case w.excluded(path):
			return &NotReplacedError{path, "it is excluded", "do not give it to --exclude and --replace"}
		case s == nil && outcomes[key{path: path}] == nil:
			return &NotReplacedError{path, "it is not selected", "select it, too: nixops4 apply " + path.String() + " --replace " + path.String()}
		case s == nil || s.blocked:
		case s.decl == nil:
			return &NotReplacedError{path, "it is a composite", "name the resources that are in it"}
		case !s.decl.Stateful():
			return &NotReplacedError{path, "it is stateless", "it is run every time as it is"}
		}
	}
	return nil
}

// NotReplacedError says why something that was to be replaced is not.
type NotReplacedError struct {
	Path      addr.Path
	Why, Then string
}

// Error returns one line.
func (e *NotReplacedError) Error() string {
	return fmt.Sprintf("%s cannot be replaced: %s", describe(e.Path), e.Why)
}

// Hint says what can be done.
func (e *NotReplacedError) Hint() string { return e.Then }

// checkMissing reports a selected path that is neither declared nor recorded.
func (w *walk) checkMissing() error {
	for _, path := range w.opts.Paths {
		if missing := w.missing[path]; missing != nil {
			if recorded, err := w.recordedBelow(path); err != nil || !recorded {
				return cmp.Or(err, missing)
			}
		}
	}
	return nil
}

// recordedBelow reports whether an opened state has something at path or below, be it an interrupted operation.
func (r *Run) recordedBelow(path addr.Path) (bool, error) {
	for _, keeper := range r.keepers() {
		entries, err := recordsOf(keeper, r.state(keeper))
		if err != nil {
			return false, err
		}
		for other := range entries {
			if other.HasPrefix(path) {
				return true, nil
			}
		}
		for _, intent := range r.state(keeper).Unfinished() {
			if addr.Of(intent.Path...).HasPrefix(path) {
				return true, nil
			}
		}
	}
	return false, nil
}

// discover opens the states that any resource is kept in, as far as that is known without outputs, for what is selected may be recorded and not be declared
// any more. What cannot be evaluated is passed over: it was not asked for.
func (r *Run) discover(ctx context.Context) {
	w, end := r.newWalk(ctx)
	defer end()
	w.lenient, w.everything = true, true
	w.act = func(_ context.Context, decl *Resource, _ addr.Path) (*settled, error) {
		return &settled{decl: decl}, nil
	}
	w.openKeepers(ctx, w.run(ctx, []key{{}}, nil))
}

func (p *planner) act(ctx context.Context, r *Resource, path addr.Path) (*settled, error) {
	s, err := p.decide(ctx, r, path)
	if err != nil {
		return nil, Failure{Path: path, Err: err}
	}
	p.add(s.item)
	return s, p.tell(ctx, path, s)
}

func (p *planner) add(item *plan.Item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items = append(p.items, item)
}

// blocked adds an item for a component of which it is not known what it is.
func (p *planner) blocked(path addr.Path, waits []why) {
	item := &plan.Item{Action: plan.Blocked, Path: path}
	for _, wait := range waits {
		if wait.output.Name == "" || slices.Contains(item.Waits, wait.output) {
			continue
		}
		item.Waits = append(item.Waits, wait.output)
		item.Reasons = append(item.Reasons, plan.Reason{Kind: plan.ReasonStructure, Text: wait.what + " cannot be known before " + wait.output.String()})
	}
	p.add(item)
}

func (p *planner) problem(path addr.Path, err error) {
	err = redactFailure(p.opts.Secrets, err)
	p.failures = append(p.failures, plan.Problem{Path: path, Error: err.Error(), Err: err})
}

func (p *planner) problems(result *ApplyError) {
	for _, failure := range result.Failures {
		p.problem(failure.Path, failure)
	}
	for _, skip := range result.Skipped {
		p.failures = append(p.failures, plan.Problem{Path: skip.Path, Error: skip.String(), Skipped: true})
	}
}

// refuse takes back the items of resources that states have which were not reached.
func (p *planner) refuse(unreached map[addr.Path]addr.Path) {
	p.items = slices.DeleteFunc(p.items, func(item *plan.Item) bool {
		keeper, found := unreached[item.Path]
		if found {
			p.problem(item.Path, Failure{Path: item.Path, Err: &OtherStateError{Recorded: keeper, Declared: item.State, Unselected: true}})
		}
		return found
	})
}

// removals adds items for what is recorded and not declared any more.
func (p *planner) removals(outcomes map[key]error) error {
	all, err := p.undeclared(outcomes, nil)
	if err != nil {
		return err
	}
	p.addRemovals(all)
	return nil
}

// addRemovals adds what goes to the items, and what stays for some reason to the problems, with what has to wait for it.
func (p *planner) addRemovals(all []*removal) {
	stays := map[*removal]addr.Path{} // with the path that it goes back to
	for _, r := range order(all) {
		for _, before := range r.before {
			if cause, ok := stays[before]; ok && r.err == nil && r.skip == nil {
				r.skip = &Skip{Path: r.item.Path, Needs: before.item.Path.String(), Cause: cause}
			}
		}
		switch {
		case r.err != nil:
			stays[r] = r.item.Path
			var elsewhere *OtherStateError
			if errors.As(r.err, &elsewhere) {
				p.items = slices.DeleteFunc(p.items, func(item *plan.Item) bool { return item.Path == r.item.Path })
			}
			p.problem(r.item.Path, Failure{Path: r.item.Path, Err: r.err})
		case r.skip != nil:
			stays[r] = r.skip.Cause
			p.failures = append(p.failures, plan.Problem{Path: r.item.Path, Error: r.skip.String(), Skipped: true})
		default:
			p.removed = append(p.removed, r.item)
		}
	}
}

func (p *planner) assemble() *plan.Plan {
	slices.SortFunc(p.items, func(x, y *plan.Item) int { return x.Path.Compare(y.Path) })
	slices.SortStableFunc(p.failures, func(x, y plan.Problem) int {
		return cmp.Or(x.Path.Compare(y.Path), cmp.Compare(x.Error, y.Error))
	})
	made := &plan.Plan{
		Tag: plan.TypeName, Format: plan.FormatVersion, Version: p.opts.Version, Options: p.opts.planned(),
		Items: slices.Concat(p.items, p.removed), Problems: p.failures,
	}
	if made.Items == nil {
		made.Items = []*plan.Item{}
	}
	made.Count()
	return made
}

// OnlyNamedError says that a composite is not applied, or destroyed, as part of everything.
type OnlyNamedError struct {
	Path    addr.Path
	Destroy bool
}

// Error returns one line.
func (e *OnlyNamedError) Error() string {
	what := "applied"
	if e.Destroy {
		what = "destroyed"
	}
	return fmt.Sprintf("%s has allowApplyAll = false, so it is %s only when it is named", describe(e.Path), what)
}

// Hint says how.
func (e *OnlyNamedError) Hint() string {
	verb := "apply"
	if e.Destroy {
		verb = "destroy"
	}
	if e.Path.IsRoot() {
		return fmt.Sprintf("name what is meant: nixops4 %s PATH", verb)
	}
	return fmt.Sprintf("name it: nixops4 %s %s; or leave it out: nixops4 %[1]s --exclude %[2]s", verb, e.Path)
}

// onlyNamed returns the first composite that was visited although it has to be named.
func (r *Run) onlyNamed() *OnlyNamedError {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []addr.Path
	for path, c := range r.known {
		named := slices.ContainsFunc(r.opts.Paths, func(p addr.Path) bool { return p.HasPrefix(path) })
		needed := len(r.opts.Paths) > 0 && !slices.ContainsFunc(r.opts.Paths, path.HasPrefix)
		excluded := slices.ContainsFunc(r.opts.Exclude, path.HasPrefix)
		if c.OnlyNamed && !named && !needed && !excluded {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		return nil
	}
	addr.Sort(found)
	return &OnlyNamedError{Path: found[0]}
}
