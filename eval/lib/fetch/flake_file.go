package fetch

// This file reads flake.nix: what a flake says about its inputs.

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
	"nixops4/eval/syntax"
)

// A place is a folder in a tree that was fetched.
type place struct {
	in  *lockedInput
	out eval.Value // the tree's path in the store
	dir string     // below it; empty for the tree itself
}

func (p place) folder() string { return path.Join(p.out.Text(), p.dir) }

// A flakeFile is what flake.nix says.
type flakeFile struct {
	at     place
	locked *flake.Ref // what was fetched
	inputs map[string]*flakeInput
	self   flake.Attrs // of inputs.self
	config []Setting   // of nixConfig, by name
}

// A flakeInput is an input as flake.nix declares it.
type flakeInput struct {
	ref       *flake.Ref // nil when nothing says where it is
	follows   []string   // not nil when it is another input, by its path from the root
	source    bool       // not a flake
	overrides map[string]*flakeInput
}

// readFlake reads the flake at a place. above is the path of inputs to it from the root.
func readFlake(m *eval.Evaluator, name string, at place, above []string) (*flakeFile, *eval.Error) {
	if err := checkLiteral(m, at.folder()); err != nil {
		return nil, err
	}
	definition, err := m.EvalFile(at.folder() + "/flake.nix")
	if err != nil {
		return nil, err
	}
	r := &flakeReader{m: m, at: at, above: above}
	file := &flakeFile{at: at, inputs: map[string]*flakeInput{}}
	for _, attr := range m.Sorted(definition.Attrs()) {
		switch attr.Name {
		case "description":
			_, err = m.ForceStringNoContext(*attr.Slot, "while evaluating the description of a flake")
		case "nixConfig":
			file.config, err = r.settings(*attr.Slot)
		case "inputs":
			file.inputs, file.self, err = r.inputs(*attr.Slot, true)
		case "outputs":
		default:
			err = eval.Errorf(eval.Other, "flake '%s' has an unsupported attribute '%s'", name, attr.Name)
			err.Pos, err.Suggestions = attr.Pos, eval.BestMatches(flakeAttrs, attr.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	outputs, ok := m.Get(definition.Attrs(), "outputs")
	if !ok {
		return nil, eval.Errorf(eval.Other, "flake '%s' lacks attribute 'outputs'", name)
	}
	return file, r.arguments(file, outputs)
}

// flakeAttrs and inputAttrs are what flake.nix and an input without a type can say.
var (
	flakeAttrs = []string{"description", "inputs", "nixConfig", "outputs"}
	inputAttrs = []string{"flake", "follows", "inputs", "type", "url"}
)

type flakeReader struct {
	m     *eval.Evaluator
	at    place
	above []string
}

// arguments adds the arguments of outputs, which are inputs too.
func (r *flakeReader) arguments(file *flakeFile, outputs eval.Value) *eval.Error {
	functionArgs, _ := r.m.Get(r.m.Builtins().Attrs(), "functionArgs")
	args, err := r.m.Call(functionArgs, outputs)
	if err != nil {
		return err
	}
	for _, name := range r.m.AttrNames(args.Attrs()) {
		if name == "self" || file.inputs[name] != nil {
			continue
		}
		ref, err := flake.ParseRef(name, flake.ParseOptions{})
		if err != nil {
			return failed(err)
		}
		file.inputs[name] = &flakeInput{ref: ref}
	}
	return nil
}

func (r *flakeReader) inputs(v eval.Value, allowSelf bool) (map[string]*flakeInput, flake.Attrs, *eval.Error) {
	set, err := r.m.ForceAttrs(v, "while evaluating the inputs of a flake")
	if err != nil {
		return nil, nil, err
	}
	inputs := map[string]*flakeInput{}
	var self flake.Attrs
	for _, attr := range r.m.Sorted(set) {
		if attr.Name == "self" && !allowSelf {
			return nil, nil, eval.Errorf(eval.Other, "'self' input attribute not allowed here")
		}
		input, err := r.m.ForceAttrs(*attr.Slot, "while evaluating the flake input '"+attr.Name+"'")
		if err != nil {
			return nil, nil, err
		}
		if attr.Name == "self" {
			if self, err = flake.FromValue(r.m, input); err != nil {
				return nil, nil, err
			}
			continue
		}
		if inputs[attr.Name], err = r.input(input); err != nil {
			if err.Pos == 0 {
				err.Pos = attr.Pos
			}
			err.Trace = append(err.Trace, eval.TraceLine{Msg: "while evaluating the flake input '" + attr.Name + "'", Custom: true})
			return nil, nil, err
		}
	}
	return inputs, self, nil
}

func (r *flakeReader) input(set *eval.Attrs) (*flakeInput, *eval.Error) {
	in := &flakeInput{}
	rest, where := map[string]eval.Value{}, map[string]syntax.Pos{}
	url := ""
	for _, attr := range r.m.Sorted(set) {
		v, err := r.m.ForceSlot(attr.Slot)
		if err != nil {
			return nil, err
		}
		switch attr.Name {
		case "url":
			url, err = r.url(v)
			rest["url"] = eval.String(url)
		case "flake":
			var is bool
			is, err = r.m.ForceBool(v, "while evaluating the attribute 'flake' of a flake input")
			in.source = !is
		case "inputs":
			in.overrides, _, err = r.inputs(v, false)
		case "follows":
			var text string
			if text, err = r.m.ForceStringNoContext(v, "while evaluating the attribute 'follows' of a flake input"); err == nil {
				path, err2 := flake.ParseInputPath(text)
				in.follows, err = append(append([]string{}, r.above...), path...), failed(err2)
			}
		default:
			rest[attr.Name], where[attr.Name] = v, attr.Pos
		}
		if err != nil {
			return nil, err
		}
	}
	return in, r.reference(in, url, rest, where)
}

// reference reads where an input is, from its attributes or its URL.
func (r *flakeReader) reference(in *flakeInput, url string, rest map[string]eval.Value, where map[string]syntax.Pos) *eval.Error {
	var err error
	if _, typed := rest["type"]; typed {
		a, err2 := flake.FromValue(r.m, r.m.AttrsOf(rest).Attrs())
		if err2 != nil {
			return err2
		}
		in.ref, err = flake.RefFromAttrs(a)
	} else {
		for _, name := range slices.Sorted(maps.Keys(rest)) {
			if name != "url" {
				err := eval.Errorf(eval.Other, "unexpected flake input attribute '%s'", name)
				err.Pos = where[name]
				err.Suggestions = eval.BestMatches(inputAttrs, name)
				return err
			}
		}
		if url != "" {
			in.ref, err = flake.ParseRef(url, flake.ParseOptions{RelativePaths: true, File: in.source, Warn: r.m.Log})
		}
	}
	if err == nil && in.ref != nil && in.follows != nil {
		return eval.Errorf(eval.Other, "flake input has both a flake reference and a follows attribute")
	}
	return failed(err)
}

// url is the attribute url, which may be a path in the same tree.
func (r *flakeReader) url(v eval.Value) (string, *eval.Error) {
	switch v.Kind() {
	case eval.KindString:
		return r.m.ForceStringNoContext(v, "while evaluating the URL of a flake input")
	case eval.KindPath:
		tree := r.at.out.Text()
		if v.Text() != tree && !strings.HasPrefix(v.Text(), tree+"/") {
			return "", eval.Errorf(eval.Other, "input attribute path '%s' must be in the same source tree as %s", v.Text(), r.m.ShowPath(r.at.folder()))
		}
		relative, err := filepath.Rel(r.at.folder(), v.Text())
		return "path:" + relative, failed(err)
	}
	return "", eval.Errorf(eval.Type, "expected a string or a path but got %s", eval.ShowType(v))
}
