package engine

// This file leads a deployment through a random life: resources come, change, get other names, places and states, and go, while operations are refused,
// parts are broken, not selected or left out, and runs are stopped. What must hold for each step is checked by the fake world.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// lifeResource is a resource as it is declared now.
type lifeResource struct {
	key         string
	group, name string // group is "" at the top
	former      []string
	history     []string // all paths it had
	deps        []string // keys
	v, zone     int
	state       string
	first       bool
	protected   bool
	when        string // key of a resource on whose output it depends whether this one is there
	broken      string
}

func (r *lifeResource) path() string {
	if r.group == "" {
		return r.name
	}
	return r.group + "." + r.name
}

// life is a deployment that changes.
type life struct {
	*rand.Rand
	t         *testing.T
	w         *lifeWorld
	resources map[string]*lifeResource
	groups    map[string][]string // former names
	fresh     int
}

func (l *life) name(prefix string) string {
	l.fresh++
	return fmt.Sprintf("%s%d", prefix, l.fresh)
}

func (l *life) keys() []string { return slices.Sorted(maps.Keys(l.resources)) }

func (l *life) group() string {
	names := append(slices.Sorted(maps.Keys(l.groups)), "")
	return names[l.IntN(len(names))]
}

func (l *life) state() string { return []string{"s", "t"}[l.IntN(2)] }

// change makes one change of the declarations.
func (l *life) change() {
	keys := l.keys()
	if len(keys) == 0 || len(keys) < 8 && l.IntN(4) == 0 {
		l.add(keys)
		return
	}
	r := l.resources[keys[l.IntN(len(keys))]]
	switch l.IntN(10) {
	case 0:
		l.remove(r)
	case 1: // another name
		r.former = append(r.former, r.name)
		r.name = l.name("n")
	case 2: // another place
		r.former = nil
		for _, path := range r.history {
			r.former = append(r.former, "/"+path)
		}
		r.group, r.name = l.group(), l.name("n")
	case 3:
		l.renameGroup()
	case 4:
		r.state = l.state()
	case 5:
		r.zone++
	case 6:
		r.first = !r.first
	case 7:
		r.protected = !r.protected && l.IntN(2) == 0
	default:
		r.v++
	}
	for _, r := range l.resources {
		if !slices.Contains(r.history, r.path()) {
			r.history = append(r.history, r.path())
		}
	}
}

func (l *life) add(keys []string) {
	r := &lifeResource{key: l.name("k"), name: l.name("n"), group: l.group(), state: l.state(), first: l.IntN(3) == 0}
	if l.IntN(3) == 0 {
		r.group = l.name("g")
		l.groups[r.group] = nil
	}
	for range l.IntN(3) {
		if len(keys) > 0 {
			if dep := keys[l.IntN(len(keys))]; !slices.Contains(r.deps, dep) {
				r.deps = append(r.deps, dep)
			}
		}
	}
	if len(keys) > 0 && l.IntN(3) == 0 {
		r.when = keys[l.IntN(len(keys))]
	}
	r.history = []string{r.path()}
	l.resources[r.key] = r
}

func (l *life) remove(r *lifeResource) {
	delete(l.resources, r.key)
	for _, other := range l.resources {
		other.deps = slices.DeleteFunc(other.deps, func(key string) bool { return key == r.key })
	}
}

func (l *life) renameGroup() {
	names := slices.Sorted(maps.Keys(l.groups))
	if len(names) == 0 {
		return
	}
	old := names[l.IntN(len(names))]
	group := l.name("g")
	l.groups[group] = append(l.groups[old], old)
	delete(l.groups, old)
	for _, r := range l.resources {
		if r.group == old {
			r.group = group
		}
	}
}

// config writes the declarations.
func (l *life) config() string {
	var b strings.Builder
	for _, group := range slices.Sorted(maps.Keys(l.groups)) {
		fmt.Fprintf(&b, "%s: composite", group)
		if formers := l.groups[group]; len(formers) > 0 {
			b.WriteString(" movedFrom=" + strings.Join(formers, ","))
		}
		b.WriteString("\n")
	}
	for _, key := range l.keys() {
		r := l.resources[key]
		fmt.Fprintf(&b, "%s: memo k=%s v=%d zone=%d state=%s", r.path(), key, r.v, r.zone, r.state)
		var on []string
		for _, dep := range r.deps {
			on = append(on, "$"+l.resources[dep].path()+".id")
		}
		if len(on) > 0 {
			b.WriteString(" on=" + strings.Join(on, "-"))
		}
		if r.first {
			b.WriteString(" first=yes")
		}
		if r.protected {
			b.WriteString(" protect=yes")
		}
		// The members of a group must not decide about what they need themselves.
		if on := l.resources[r.when]; on != nil && r.group != "" && on.group == "" && len(on.deps) == 0 {
			b.WriteString(" if=$" + on.path() + ".flag")
		}
		if len(r.former) > 0 {
			b.WriteString(" movedFrom=" + strings.Join(r.former, ","))
		}
		if r.broken != "" {
			b.WriteString(" broken=" + r.broken)
		}
		b.WriteString("\n")
	}
	return b.String() + "s: state name=x\nt: state name=y\n"
}

// somePaths are paths that are declared, or were.
func (l *life) somePaths() []addr.Path {
	all := append(slices.Sorted(maps.Keys(l.groups)), "s", "t")
	for _, key := range l.keys() {
		all = append(all, l.resources[key].history...)
	}
	var paths []addr.Path
	for range 1 + l.IntN(3) {
		paths = append(paths, mustParse(l.t, all[l.IntN(len(all))]))
	}
	return paths
}

// step changes something and applies it, not always all of it and not always with success.
func (l *life) step() {
	for range 1 + l.IntN(3) {
		l.change()
	}
	var opts Options
	switch l.IntN(5) {
	case 0:
		opts.Paths = l.somePaths()
	case 1:
		opts.Exclude = l.somePaths()
	}
	if l.IntN(6) == 0 && len(l.resources) > 0 {
		keys := l.keys()
		opts.Replace = []addr.Path{mustParse(l.t, l.resources[keys[l.IntN(len(keys))]].path())}
	}
	opts.Refresh = l.IntN(5) == 0
	opts.Parallelism = 1 + 3*l.IntN(2)
	l.w.refuse, l.w.stopAt = map[string]bool{}, 0
	for _, key := range l.keys() {
		l.resources[key].broken = ""
		switch l.IntN(16) {
		case 0:
			l.w.refuse[key] = true
		case 1:
			l.resources[key].broken = "inputs"
		case 2:
			l.resources[key].broken = "all"
		}
	}
	if l.IntN(5) == 0 {
		l.w.stopAt = l.w.calls + 1 + l.IntN(4)
	}
	destroy := l.IntN(12) == 0
	_ = l.run(opts, destroy) // most of what was done to it is an error
	l.w.consistent()
}

// run applies the declarations, or destroys.
func (l *life) run(opts Options, destroy bool) error {
	text := l.config()
	l.w.log = append(l.w.log, fmt.Sprintf("\napply paths=%v exclude=%v replace=%v refresh=%v destroy=%v refuse=%v\n%s", opts.Paths, opts.Exclude, opts.Replace, opts.Refresh, destroy,
		slices.Sorted(maps.Keys(l.w.refuse)), text))
	l.w.stop, l.w.destroys = make(chan struct{}), destroy
	l.w.doing, l.w.declared = map[addr.Path]*plan.Item{}, map[string]bool{}
	l.w.named, l.w.lost, l.w.guarded = opts.Paths, map[string]bool{}, map[string]bool{}
	for key, r := range l.resources {
		l.w.declared[key], l.w.lost[key], l.w.guarded[key] = true, r.broken == "all" || l.undecided(r.group), r.protected && !l.undecided(r.group)
	}
	opts.Provider, opts.OpenState, opts.Events, opts.Stop = l.w.lifeProvider, l.w.openState, l.w.event, l.w.stop
	opts.Approve = func(*plan.Item) bool { return true }
	run := Open(newFakeConfig(l.t, text), opts)
	makePlan := run.Plan
	if destroy {
		makePlan = run.PlanDestroy
	}
	p, err := makePlan(context.Background())
	if err == nil && destroy && len(p.Problems) > 0 {
		err = errors.New("not destroyed") // as the command does
	}
	if err == nil {
		_, err = run.Apply(context.Background(), p)
	}
	if err != nil {
		l.w.log = append(l.w.log, fmt.Sprintf("    error: %v", err))
	}
	if closeErr := run.Close(); closeErr != nil {
		l.t.Error(closeErr)
	}
	return err
}

// undecided reports whether the members of a group depend on an output.
func (l *life) undecided(group string) bool {
	for _, r := range l.resources {
		if r.group == group && r.when != "" {
			return true
		}
	}
	return false
}

// converge applies everything without hindrance. Then what exists is what is declared.
func (l *life) converge() {
	l.w.refuse, l.w.stopAt = map[string]bool{}, 0
	for _, r := range l.resources {
		r.broken, r.protected = "", false
	}
	l.w.unprotect()
	if err := l.run(Options{}, false); err != nil {
		l.t.Errorf("at the end: %v", err)
	}
	l.w.consistent()
	live := map[string]int{}
	for _, object := range l.w.live {
		live[object.key]++
	}
	for _, key := range l.keys() {
		if live[key] != 1 {
			l.t.Errorf("at the end there are %d of %s", live[key], key)
		}
	}
	if len(l.w.live) != len(l.resources) {
		l.t.Errorf("at the end there are %d objects for %d resources", len(l.w.live), len(l.resources))
	}
	before := l.w.calls
	if err := l.run(Options{}, false); err != nil || l.w.calls != before {
		l.t.Errorf("after the end there were %d more calls, %v", l.w.calls-before, err)
	}
}

func liveThrough(t *testing.T, seed uint64) {
	w := newFakeWorld(t)
	w.supports["read"] = true
	w.fixed = []string{"zone"}
	l := &life{
		Rand: rand.New(rand.NewPCG(seed, 2)), t: t, resources: map[string]*lifeResource{}, groups: map[string][]string{},
		w: &lifeWorld{fakeWorld: w, live: map[string]*lifeObject{}},
	}
	if _, _, err := w.apply(newFakeConfig(t, "s: state name=x\nt: state name=y\n"), Options{}); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if l.step(); t.Failed() {
			break
		}
	}
	if !t.Failed() {
		l.converge()
	}
	if t.Failed() {
		t.Log(strings.Join(l.w.log, "\n"))
	}
}

// NIXOPS4_TEST_LIVES is how many lives there are in a plain test; 200 without it.
func FuzzLife(f *testing.F) {
	lives, err := strconv.ParseUint(os.Getenv("NIXOPS4_TEST_LIVES"), 10, 32)
	if err != nil {
		lives = 200
	}
	for seed := range lives {
		f.Add(seed)
	}
	f.Fuzz(liveThrough)
}
