package fetch

// This file makes the value of a flake whose inputs are locked, and defines getFlake.

import (
	_ "embed"
	"maps"
	"slices"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
)

//go:embed call-flake.nix
var callFlakeText string

func (f *Fetcher) getFlake(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	text, err := m.ForceStringNoContext(v, "while evaluating the argument passed to builtins.getFlake")
	if err != nil {
		return eval.Value{}, err
	}
	ref, err2 := flake.ParseRef(text, flake.ParseOptions{Warn: m.Log})
	if err2 != nil {
		return eval.Value{}, failed(err2)
	}
	if f.Pure && !flake.IsLocked(ref.Input) {
		return eval.Value{}, eval.Errorf(eval.Other, "cannot call 'getFlake' on unlocked flake reference '%s' (use --impure to override)", text)
	}
	return f.OpenFlake(m, ref, LockOptions{locked: f.Pure})
}

// callFlake is the value of a flake with the inputs of its lock file. dirty says that the lock file is not the one in the flake.
func (f *Fetcher) callFlake(m *eval.Evaluator, lock *flake.Lock, places map[*flake.Node]place, dirty bool) (eval.Value, *eval.Error) {
	text, names := lock.JSON()
	lockValue, err := m.FromJSON(string(text))
	if err != nil {
		return eval.Value{}, err
	}
	known := map[string]eval.Value{}
	for node, at := range places {
		in := at.in
		if dirty && node == lock.Root {
			in = in.withoutRevision()
		}
		info, err := f.describe(m, in, false)
		if err != nil {
			return eval.Value{}, err
		}
		known[names[node]] = m.AttrsOf(map[string]eval.Value{"sourceInfo": info, "dir": eval.String(at.dir)})
	}
	fn, err := m.EvalString(callFlakeText, "«nix-internal»/call-flake.nix", "/")
	if err != nil {
		return eval.Value{}, err
	}
	direct := &lockedInputs{f: f, nodes: map[string]*flake.Node{}}
	for input := range lock.Root.Inputs {
		node, err := lock.Find([]string{input})
		if err != nil {
			return eval.Value{}, failed(err)
		}
		if _, ok := places[node]; !ok && node != nil {
			direct.nodes[names[node]] = node
		}
	}
	return m.Call(fn, m.AttrsOf(map[string]eval.Value{
		"lock":  lockValue,
		"known": m.AttrsOf(known),
		"fetch": eval.BuiltinValue(&eval.Builtin{Name: "fetchFinalTree", Args: []string{"name", "input"}, F2: direct.fetch}),
	}))
}

// withoutRevision is the input of a flake whose lock file differs from what was committed.
func (in *lockedInput) withoutRevision() *lockedInput {
	attrs := in.attrs.Clone()
	delete(attrs, "rev")
	delete(attrs, "revCount")
	return &lockedInput{tree: in.tree, attrs: attrs}
}

// lockedInputs are those nodes of a lock file, by name, that are inputs of the flake itself and were not fetched to compute the lock file.
type lockedInputs struct {
	f       *Fetcher
	nodes   map[string]*flake.Node
	started bool
}

// fetch fetches what the lock file says of a node, when the first of its files is needed. Once one of the flake's own inputs must be brought from
// elsewhere, the others are brought along: who declares an input wants it. Inputs of inputs may be many that nobody looks at, and wait.
func (l *lockedInputs) fetch(m *eval.Evaluator, nameValue, v eval.Value) (eval.Value, *eval.Error) {
	name, err := m.ForceStringNoContext(nameValue, "while reading a lock file")
	if err != nil {
		return eval.Value{}, err
	}
	set, err := m.ForceAttrs(v, "while reading a lock file")
	if err != nil {
		return eval.Value{}, err
	}
	a, err := l.f.treeAttrs(m, set, "fetchTree", "")
	if err != nil {
		return eval.Value{}, err
	}
	in, err2 := flake.InputFromAttrs(a)
	if err2 != nil {
		return eval.Value{}, failed(err2)
	}
	if l.nodes[name] != nil && l.f.needsNetwork(in) {
		l.fetchTogether(m)
	}
	tree, err := l.f.tree(m, in, "fetchTree", false)
	if err != nil && err.Kind == eval.IOFailure {
		err.Msg = "cannot fetch the flake input '" + name + "' (" + flake.InputString(in) + "): " + err.Msg
	}
	return tree, err
}

func (l *lockedInputs) fetchTogether(m *eval.Evaluator) {
	if l.started {
		return
	}
	l.started = true
	var wanted []wantedInput
	for _, name := range slices.Sorted(maps.Keys(l.nodes)) {
		if n := l.nodes[name]; n.Locked != nil {
			wanted = append(wanted, wantedInput{name, n.Locked.Input})
		}
	}
	l.f.fetchAhead(m, wanted)
}
