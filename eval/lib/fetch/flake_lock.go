package fetch

// This file computes lock files: which inputs of the old one are kept, and what the others stand for now.

import (
	"maps"
	"path"
	"slices"
	"strings"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
)

// LockOptions say how the inputs of a flake are found.
type LockOptions struct {
	// Write puts a changed lock file beside flake.nix; otherwise there is only a warning.
	Write bool
	// NoUpdate makes it an error when a lock file has to be written.
	NoUpdate bool
	// Commit makes a commit of a lock file that was written.
	Commit bool
	// Settings gets what the flake says in nixConfig, when it says something.
	Settings func([]Setting)
	// Overrides replace inputs.
	Overrides []InputOverride
	// Updates are paths of inputs that are locked anew; Recreate locks all of them anew.
	Updates  [][]string
	Recreate bool
	// locked refuses inputs that have no lock and whose reference does not determine them.
	locked bool
}

// An InputOverride says where an input is instead.
type InputOverride struct {
	Path []string
	Ref  *flake.Ref
}

// A locker computes the lock file of one flake.
type locker struct {
	f    *Fetcher
	m    *eval.Evaluator
	opts LockOptions

	overrides map[string]override // by the path of the input
	given     map[string]bool     // overrides that came with the options
	used      map[string]bool     // overrides of inputs that exist
	seen      map[string]bool     // inputs that exist
	places    map[*flake.Node]place
	parents   []*flake.Ref // flakes that are being locked, from the outside in
}

// An override is what a flake further out, or the user, says about an input.
type override struct {
	input *flakeInput
	at    place    // where relative paths start
	above []string // the path of the flake that says it; nil when the user does
}

// A level is a flake whose inputs are locked.
type level struct {
	inputs  map[string]*flakeInput
	node    *flake.Node // gets the locks
	path    []string    // of inputs to it
	old     *flake.Node // from which locks are kept; may be nil
	follows []string    // what paths in old start from
	at      place       // where relative paths start
	trusted bool        // the inputs are from a lock file
}

func key(path []string) string { return strings.Join(path, "/") }

func below(path []string, name string) []string {
	return append(path[:len(path):len(path)], name)
}

// lock computes the lock file of a flake from its old one.
func (l *locker) lock(file *flakeFile, old *flake.Lock) (*flake.Lock, *eval.Error) {
	for _, o := range l.opts.Overrides {
		l.overrides[key(o.Path)] = override{input: &flakeInput{ref: o.Ref}, at: file.at}
		l.given[key(o.Path)] = true
	}
	lock := flake.NewLock()
	root := level{inputs: file.inputs, node: lock.Root, old: old.Root, at: file.at, path: []string{}}
	if l.opts.Recreate {
		root.old = nil
	}
	l.places[lock.Root] = file.at
	if err := l.level(root); err != nil {
		return nil, err
	}
	for _, o := range l.opts.Overrides {
		if !l.used[key(o.Path)] {
			l.m.Log("warning: the flag '--override-input " + key(o.Path) + " " + o.Ref.String() + "' does not match any input")
		}
	}
	for _, p := range l.opts.Updates {
		if !l.seen[key(p)] {
			l.m.Log("warning: '" + key(p) + "' does not match any input of this flake")
		}
	}
	return lock, failed(lock.Check())
}

// level locks the inputs of one flake.
func (l *locker) level(lv level) *eval.Error {
	for _, name := range slices.Sorted(maps.Keys(lv.inputs)) {
		l.declare(lv.inputs[name], below(lv.path, name), lv)
	}
	for _, k := range slices.Sorted(maps.Keys(l.overrides)) {
		dir, name := path.Split(k)
		if strings.TrimSuffix(dir, "/") == key(lv.path) && lv.inputs[name] == nil {
			l.m.Log("warning: input '" + key(lv.path) + "' has an override for a non-existent input '" + name + "'")
		}
	}
	var steps []*step
	for _, name := range slices.Sorted(maps.Keys(lv.inputs)) {
		steps = append(steps, l.step(lv, name))
	}
	l.fetchTogether(steps)
	for _, s := range steps {
		if err := l.take(s); err != nil {
			err.Trace = append(err.Trace, eval.TraceLine{Msg: "while updating the flake input '" + key(s.path) + "'", Custom: true})
			return err
		}
	}
	return nil
}

// declare notes what an input says about its own inputs. Who is further out comes first, and counts.
func (l *locker) declare(in *flakeInput, at []string, lv level) {
	for _, name := range slices.Sorted(maps.Keys(in.overrides)) {
		o := in.overrides[name]
		p := below(at, name)
		if _, taken := l.overrides[key(p)]; !taken && (o.ref != nil || o.follows != nil) {
			l.overrides[key(p)] = override{input: o, at: lv.at, above: lv.path}
		}
		l.declare(o, p, lv)
	}
}

// A step is what to do about one input.
type step struct {
	level
	name     string
	path     []string // to the input
	declared *flakeInput
	ref      *flake.Ref // where it is, unless it follows
	followed []string
	source   bool
	given    bool        // the user overrides it
	start    place       // where a relative path starts
	parent   []string    // of a relative path; nil for others
	kept     *flake.Node // the old lock, when it still counts
	limited  bool        // only the registries that are the same everywhere
}

func (l *locker) step(lv level, name string) *step {
	declared := lv.inputs[name]
	s := &step{level: lv, name: name, path: below(lv.path, name), declared: declared, source: declared.source, start: lv.at}
	k := key(s.path)
	l.seen[k] = true
	in, above := declared, lv.path
	if o, ok := l.overrides[k]; ok {
		l.used[k] = true
		in, s.start, above = o.input, o.at, o.above
	}
	s.given = l.given[k]
	s.limited = !s.given
	if s.followed = in.follows; s.followed != nil {
		return s
	}
	if s.ref = in.ref; s.ref == nil {
		s.ref = &flake.Ref{Input: flake.Attrs{"type": "indirect", "id": name}}
	}
	if s.ref.IsRelative() {
		s.parent = above
	}
	if lv.old == nil || s.given || l.updates(s.path) {
		return s
	}
	old := lv.old.Inputs[name].Node
	if old != nil && old.Original.Same(s.ref) && lv.sameParent(old, s.parent) {
		s.kept = old
	}
	return s
}

// sameParent says that a relative path in the old lock starts from the flake that it starts from now.
func (lv *level) sameParent(old *flake.Node, parent []string) bool {
	if old.Parent == nil || parent == nil {
		return old.Parent == nil && parent == nil
	}
	return slices.Equal(slices.Concat(lv.follows, old.Parent), parent)
}

func (l *locker) updates(path []string) bool {
	return slices.ContainsFunc(l.opts.Updates, func(p []string) bool { return slices.Equal(p, path) })
}

// updatesBelow says that an input further in is to be locked anew.
func (l *locker) updatesBelow(path []string) bool {
	return slices.ContainsFunc(l.opts.Updates, func(p []string) bool {
		return len(p) > len(path) && slices.Equal(p[:len(path)], path)
	})
}

func (l *locker) take(s *step) *eval.Error {
	switch {
	case s.followed != nil:
		s.node.Inputs[s.name] = flake.Edge{Follows: s.followed}
		return nil
	case s.kept != nil:
		return l.keep(s)
	}
	return l.renew(s)
}

// keep takes over an old lock.
func (l *locker) keep(s *step) *eval.Error {
	old := s.kept
	node := &flake.Node{Inputs: map[string]flake.Edge{}, Locked: old.Locked, Original: old.Original, Source: old.Source, Parent: s.parent}
	s.node.Inputs[s.name] = flake.Edge{Node: node}
	inputs, ok := l.lockedInputs(s)
	next := level{inputs: inputs, node: node, path: s.path, old: old, follows: s.follows, at: s.level.at, trusted: true}
	if ok {
		return l.level(next)
	}
	file, err := l.flakeOf(s, old.Locked)
	if err != nil {
		return err
	}
	l.note(node, file.at, s)
	next.inputs, next.at, next.trusted = file.inputs, file.at, false
	return l.level(next)
}

// lockedInputs are the inputs of a flake as its old lock has them, so that it need not be fetched. It is false when they may be others now.
func (l *locker) lockedInputs(s *step) (map[string]*flakeInput, bool) {
	if l.updatesBelow(s.path) {
		return nil, false
	}
	inputs := map[string]*flakeInput{}
	for name, edge := range s.kept.Inputs {
		if edge.Node != nil {
			inputs[name] = &flakeInput{ref: edge.Node.Original, source: edge.Node.Source}
			continue
		}
		// What made it follow another may be gone from the flake further out.
		if _, ok := l.overrides[key(below(s.path, name))]; !ok && !s.trusted {
			return nil, false
		}
		inputs[name] = &flakeInput{follows: slices.Concat(s.follows, edge.Follows)}
	}
	return inputs, true
}

// renew finds out what an input stands for now.
func (l *locker) renew(s *step) *eval.Error {
	if l.opts.locked && !s.ref.IsRelative() && !flake.IsLocked(s.ref.Input) {
		return eval.Errorf(eval.Other, "cannot update unlocked flake input '%s' in pure mode", key(s.path))
	}
	// An override by the user lasts as long as flake.nix says the same.
	original := s.ref
	if s.given && s.declared.ref != nil {
		original = s.declared.ref
	}
	node := &flake.Node{Inputs: map[string]flake.Edge{}, Original: original, Source: s.source, Parent: s.parent}
	s.node.Inputs[s.name] = flake.Edge{Node: node}
	if s.source {
		return l.sourceOf(s, node)
	}
	file, err := l.flakeOf(s, s.ref)
	if err != nil {
		return err
	}
	node.Locked = file.locked
	for _, parent := range l.parents {
		if parent.Equal(s.ref) {
			return eval.Errorf(eval.Other, "found circular import of flake '%s'", s.ref)
		}
	}
	l.parents = append(l.parents, s.ref)
	defer func() { l.parents = l.parents[:len(l.parents)-1] }()
	l.note(node, file.at, s)
	old, err := readLock(l.m, file.at)
	if err != nil {
		return err
	}
	return l.level(level{inputs: file.inputs, node: node, path: s.path, old: old.Root, follows: s.path, at: file.at})
}

// note remembers where a node is. Relative ones are found through the flake around them.
func (l *locker) note(node *flake.Node, at place, s *step) {
	if s.parent == nil {
		l.places[node] = at
	}
}

func (l *locker) sourceOf(s *step, node *flake.Node) *eval.Error {
	if s.ref.IsRelative() {
		node.Locked = s.ref
		return nil
	}
	at, locked, err := l.f.fetchRef(l.m, s.ref, s.limited)
	if err != nil {
		return s.failed(err)
	}
	at.dir = ""
	l.places[node], node.Locked = at, &flake.Ref{Input: locked.Input, Dir: s.ref.Dir}
	return nil
}

// flakeOf reads the flake behind a reference of an input.
func (l *locker) flakeOf(s *step, ref *flake.Ref) (*flakeFile, *eval.Error) {
	if !ref.IsRelative() {
		file, err := l.f.flakeAt(l.m, ref, s.path, s.limited)
		return file, s.failed(err)
	}
	at, err := l.startOf(s)
	if err != nil {
		return nil, err
	}
	file, _ := ref.Input["path"].(string)
	at.dir = strings.TrimPrefix(path.Join("/", at.dir, file), "/")
	at.dir = path.Join(at.dir, ref.Dir)
	read, err := readFlake(l.m, ref.String(), at, s.path)
	if err != nil {
		return nil, err
	}
	read.locked = ref
	return read, nil
}

// startOf is the flake that a relative path starts from, which is not fetched yet when its inputs are known from a lock file.
func (l *locker) startOf(s *step) (place, *eval.Error) {
	if !s.trusted || !slices.Equal(s.parent, s.level.path) || s.level.old.Locked.IsRelative() {
		return s.start, nil
	}
	at, _, err := l.f.fetchRef(l.m, s.level.old.Locked, true)
	return at, err
}

// failed makes an error of fetching name the input.
func (s *step) failed(err *eval.Error) *eval.Error {
	if err != nil && err.Kind == eval.IOFailure {
		err.Msg = "cannot fetch the flake input '" + key(s.path) + "' (" + s.ref.String() + "): " + err.Msg
	}
	return err
}
