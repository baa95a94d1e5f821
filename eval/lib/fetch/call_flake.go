package fetch

// This file defines getFlake, for flakes whose lock file names all their inputs.

import (
	_ "embed"
	"errors"
	"io/fs"
	"path"
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
	if f.Pure && !locked(ref.Input) {
		return eval.Value{}, eval.Errorf(eval.Other, "cannot call 'getFlake' on unlocked flake reference '%s' (use --impure to override)", text)
	}
	source, err := f.tree(m, ref.Input, "getFlake", false)
	if err != nil {
		return eval.Value{}, err
	}
	return f.callFlake(m, text, source, ref.Dir)
}

// callFlake is the value of the flake in the folder dir of a tree, which source describes as fetchTree does.
func (f *Fetcher) callFlake(m *eval.Evaluator, name string, source eval.Value, dir string) (eval.Value, *eval.Error) {
	out, err := m.Select(source, "outPath")
	if err != nil {
		return eval.Value{}, err
	}
	folder := path.Join(out.Text(), dir)
	lock, err := readLock(m, folder)
	if err != nil {
		return eval.Value{}, err
	}
	if err := checkLock(m, name, folder, lock); err != nil {
		return eval.Value{}, err
	}
	root, err := m.Select(lock, "root")
	if err != nil {
		return eval.Value{}, err
	}
	if root, err = m.ForceString(root, "while reading the lock file of the flake '"+name+"'"); err != nil {
		return eval.Value{}, err
	}
	known := m.AttrsOf(map[string]eval.Value{"sourceInfo": source, "dir": eval.String(dir)})
	fn, err := m.EvalString(callFlakeText, "«nix-internal»/call-flake.nix", "/")
	if err != nil {
		return eval.Value{}, err
	}
	return m.Call(fn, m.AttrsOf(map[string]eval.Value{
		"lock":  lock,
		"known": m.AttrsOf(map[string]eval.Value{root.Text(): known}),
		"fetch": eval.BuiltinValue(&eval.Builtin{Name: "fetchFinalTree", Args: []string{"input"}, F1: f.fetchFinalTree}),
	}))
}

// readLock reads the lock file of a flake; a flake without one has no inputs.
func readLock(m *eval.Evaluator, folder string) (eval.Value, *eval.Error) {
	text, err := m.IO().ReadFile(folder + "/flake.lock")
	if errors.Is(err, fs.ErrNotExist) {
		return m.FromJSON(`{"nodes":{"root":{}},"root":"root","version":7}`)
	}
	if err != nil {
		return eval.Value{}, failed(err)
	}
	lock, err2 := m.FromJSON(string(text))
	if err2 != nil {
		return eval.Value{}, eval.Errorf(eval.Other, "reading '%s/flake.lock': %s", folder, err2.Msg)
	}
	version, err2 := m.Select(lock, "version")
	if err2 != nil {
		return eval.Value{}, err2
	}
	if version.Kind() != eval.KindInt || version.IntVal() < 5 || version.IntVal() > 7 {
		return eval.Value{}, eval.Errorf(eval.Other, "lock file '%s/flake.lock' has unsupported version '%s'", folder, m.Print(version, eval.PrintOptions{}))
	}
	return lock, nil
}

// checkLock makes sure that the lock file has every input that the flake declares.
func checkLock(m *eval.Evaluator, name, folder string, lock eval.Value) *eval.Error {
	definition, err := m.EvalFile(folder + "/flake.nix")
	if err != nil {
		return err
	}
	set, err := m.ForceAttrs(definition, "while evaluating the flake '"+name+"'")
	if err != nil {
		return err
	}
	if _, ok := m.Get(set, "outputs"); !ok {
		return eval.Errorf(eval.Other, "flake '%s' lacks attribute 'outputs'", name)
	}
	declared, err := declaredInputs(m, set)
	if err != nil {
		return err
	}
	have, err := rootInputs(m, lock)
	if err != nil {
		return err
	}
	for _, input := range declared {
		if !slices.Contains(have, input) {
			return eval.Errorf(eval.Other, "the input '%s' of the flake '%s' is not in its flake.lock; run `nix flake lock` in it", input, name)
		}
	}
	return nil
}

// declaredInputs are the names in inputs, and the arguments of outputs.
func declaredInputs(m *eval.Evaluator, set *eval.Attrs) ([]string, *eval.Error) {
	var names []string
	if v, ok := m.Get(set, "inputs"); ok {
		inputs, err := m.ForceAttrs(v, "while evaluating the inputs of a flake")
		if err != nil {
			return nil, err
		}
		names = m.AttrNames(inputs)
	}
	fn, _ := m.Get(set, "outputs")
	functionArgs, ok := m.Get(m.Builtins().Attrs(), "functionArgs")
	if !ok {
		return names, nil
	}
	v, err := m.Call(functionArgs, fn)
	if err != nil {
		return nil, err
	}
	for _, at := range m.Sorted(v.Attrs()) {
		optional, err := m.ForceSlot(at.Slot)
		if err != nil {
			return nil, err
		}
		if at.Name != "self" && !optional.BoolVal() && !slices.Contains(names, at.Name) {
			names = append(names, at.Name)
		}
	}
	return names, nil
}

// rootInputs are the names of the inputs that a lock file has for its flake.
func rootInputs(m *eval.Evaluator, lock eval.Value) ([]string, *eval.Error) {
	root, err := m.Select(lock, "root")
	if err != nil {
		return nil, err
	}
	nodes, err := m.Select(lock, "nodes")
	if err != nil {
		return nil, err
	}
	node, err := m.Select(nodes, root.Text())
	if err != nil {
		return nil, err
	}
	set, err := m.ForceAttrs(node, "while reading a lock file")
	if err != nil {
		return nil, err
	}
	v, ok := m.Get(set, "inputs")
	if !ok {
		return nil, nil
	}
	inputs, err := m.ForceAttrs(v, "while reading a lock file")
	if err != nil {
		return nil, err
	}
	return m.AttrNames(inputs), nil
}

// fetchFinalTree fetches what a lock file names: everything about it is in the lock file already.
func (f *Fetcher) fetchFinalTree(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	set, err := m.ForceAttrs(v, "while reading a lock file")
	if err != nil {
		return eval.Value{}, err
	}
	a, err := f.treeAttrs(m, set, "fetchTree", "")
	if err != nil {
		return eval.Value{}, err
	}
	in, err2 := flake.InputFromAttrs(a)
	if err2 != nil {
		return eval.Value{}, failed(err2)
	}
	return f.tree(m, in, "fetchTree", false)
}
