package worker

// This file finds the root in a flake.

import (
	"fmt"
	"strings"

	"nixops4/eval"
	"nixops4/eval/lib/fetch"
	"nixops4/eval/lib/flake"
)

// rootOutput is the output of a flake that is its root.
const rootOutput = "nixops4"

// loadFlake opens a flake and takes the root from its outputs.
func (e *evaluation) loadFlake(m *eval.Evaluator, f *fetch.Fetcher, r *OpenRequest) (eval.Value, *eval.Error) {
	ref, fragment, opts, err := r.Flake.Options(r.Dir, m.Log)
	opts.Settings = func(settings []fetch.Setting) {
		e.useSettings(settings, r.Flake.AcceptConfig || e.settings.Fetching.AcceptConfig)
	}
	if err != nil {
		return eval.Value{}, eval.Errorf(eval.Other, "%v", err)
	}
	value, err2 := f.OpenFlake(m, ref, opts)
	if err2 != nil {
		return value, err2
	}
	e.shell.flake = value
	outputs, err2 := m.Select(value, "outputs")
	if err2 != nil {
		return value, err2
	}
	set, err2 := m.ForceAttrs(outputs, "while evaluating the outputs of the flake '"+ref.String()+"'")
	if err2 != nil {
		return value, err2
	}
	if fragment != "" {
		v, err := m.AttrPath(outputs, fragment, nil)
		if err != nil {
			return v, err
		}
		return e.asRoot(m, v, r)
	}
	_, older := m.Get(set, "nixops4Deployments")
	output, ok := m.Get(set, rootOutput)
	switch {
	case !ok && !older:
		return value, noRoot(m, ref, set)
	case !ok:
		return e.asRoot(m, outputs, r)
	}
	if output, err2 = m.Force(output); err2 != nil || output.Kind() != eval.KindAttrs {
		return output, checkForced(m, output, r, err2)
	}
	_, deployments := m.Get(output.Attrs(), "deployments")
	if _, tagged := m.Get(output.Attrs(), "_type"); tagged || !older && !deployments {
		return e.asRoot(m, output, r)
	}
	return e.asRoot(m, outputs, r)
}

func checkForced(m *eval.Evaluator, v eval.Value, r *OpenRequest, err *eval.Error) *eval.Error {
	if err != nil {
		return err
	}
	return checkRoot(m, v, r)
}

// asRoot makes a root of older forms, and checks that it is one.
func (e *evaluation) asRoot(m *eval.Evaluator, v eval.Value, r *OpenRequest) (eval.Value, *eval.Error) {
	v, err := e.fromOlderForm(m, v)
	if err != nil {
		return v, err
	}
	return v, checkRoot(m, v, r)
}

func noRoot(m *eval.Evaluator, ref *flake.Ref, outputs *eval.Attrs) *eval.Error {
	names := strings.Join(m.AttrNames(outputs), ", ")
	if names == "" {
		names = "none"
	}
	return eval.Errorf(eval.Type, "the flake '%s' has neither the output %s nor nixops4Deployments; its outputs are: %s", ref, rootOutput, names)
}

// Options are what a request says about a flake: its reference, the output to take, and how it is locked. Relative paths start from dir.
func (r *FlakeRequest) Options(dir string, warn func(string)) (*flake.Ref, string, fetch.LockOptions, error) {
	opts := fetch.LockOptions{Write: !r.KeepLock, NoUpdate: r.NoUpdate, Commit: r.Commit, Recreate: r.Recreate}
	ref, fragment, err := fetch.LocalFlake(r.Ref, dir, warn)
	if err != nil {
		return nil, "", opts, err
	}
	for _, o := range r.Overrides {
		path, err := inputPath(o.Input)
		if err != nil {
			return nil, "", opts, err
		}
		to, extra, err := fetch.LocalRef(o.Ref, dir, warn)
		if err != nil {
			return nil, "", opts, err
		}
		if extra != "" {
			return nil, "", opts, fmt.Errorf("unexpected fragment '%s' in flake reference '%s'", extra, o.Ref)
		}
		opts.Overrides = append(opts.Overrides, fetch.InputOverride{Path: path, Ref: to})
	}
	for _, text := range r.Updates {
		path, err := inputPath(text)
		if err != nil {
			return nil, "", opts, err
		}
		opts.Updates = append(opts.Updates, path)
	}
	// An override is for this run; Nix does the same.
	opts.Write = opts.Write && len(opts.Overrides) == 0
	return ref, fragment, opts, nil
}

func inputPath(text string) ([]string, error) {
	path, err := flake.ParseInputPath(text)
	if err == nil && len(path) == 0 {
		err = fmt.Errorf("%q is not the path of a flake input, such as nixpkgs or nixops4/nixpkgs", text)
	}
	return path, err
}
