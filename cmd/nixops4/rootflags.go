package main

// This file defines the flags that say how a root is evaluated and where a flake's inputs come from.

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"nixops4/eval/worker"
)

// rootFlags say how the root is evaluated. Every verb that opens a session has them.
type rootFlags struct {
	args    pairs // --arg
	strArgs pairs // --argstr
	include []string
	flake   flakeFlags
}

// flakeFlags say where the inputs of a flake come from and what happens to its lock file.
type flakeFlags struct {
	overrides    pairs    // --override-input
	updates      []string // --update-input
	recreate     bool
	noWriteLock  bool
	noUpdateLock bool
	commitLock   bool
	acceptConfig bool
	offline      bool
}

func (r *rootFlags) addTo(flags *pflag.FlagSet) {
	flags.Var(&r.args, "arg", "call the root, when it is a function, with the argument `NAME EXPR`")
	flags.Var(&r.strArgs, "argstr", "call the root, when it is a function, with the argument NAME, the string given: `NAME STRING`")
	flags.StringArrayVarP(&r.include, "include", "I", nil, "look up <name> in `PATH`, or NAME=PATH, before NIX_PATH")
	r.flake.addTo(flags)
}

func (f *flakeFlags) addTo(flags *pflag.FlagSet) {
	flags.Var(&f.overrides, "override-input", "take an input of the flake from somewhere else, for this run: `PATH REF`")
	flags.StringArrayVar(&f.updates, "update-input", nil, "lock the input at `PATH` of the flake anew")
	flags.BoolVar(&f.recreate, "recreate-lock-file", false, "lock all inputs of the flake anew")
	flags.BoolVar(&f.noWriteLock, "no-write-lock-file", false, "do not write the flake's lock file when it has to change")
	flags.BoolVar(&f.noUpdateLock, "no-update-lock-file", false, "fail when the flake's lock file has to change")
	flags.BoolVar(&f.commitLock, "commit-lock-file", false, "make a Git commit of the flake's lock file when it is written")
	flags.BoolVar(&f.acceptConfig, "accept-flake-config", false, "let Nix build with the settings in the flake's nixConfig")
	flags.BoolVar(&f.offline, "offline", false, "fetch no inputs of the flake that are not on this machine")
}

// passOn sets the same flags of another verb that looks at the same flake again, but for those that change the lock file.
func (f *flakeFlags) passOn(flags *pflag.FlagSet) error {
	for _, p := range f.overrides {
		if err := flags.Set("override-input", p.name+"="+p.value); err != nil {
			return err
		}
	}
	for name, on := range map[string]bool{"no-write-lock-file": f.noWriteLock, "accept-flake-config": f.acceptConfig, "offline": f.offline} {
		if !on {
			continue
		}
		if err := flags.Set(name, "true"); err != nil {
			return err
		}
	}
	return nil
}

// given says that some flag about flakes was given.
func (f *flakeFlags) given() bool {
	return len(f.overrides) > 0 || len(f.updates) > 0 || f.recreate || f.noWriteLock || f.noUpdateLock || f.commitLock || f.acceptConfig || f.offline
}

// onlyOffline says that no flag but --offline was given.
func (f *flakeFlags) onlyOffline() bool {
	other := *f
	other.offline = false
	return !other.given()
}

// request asks for a flake. ref is a reference, or a path.
func (f *flakeFlags) request(ref string) *worker.FlakeRequest {
	request := &worker.FlakeRequest{
		Ref: ref, Updates: f.updates, Recreate: f.recreate, KeepLock: f.noWriteLock, NoUpdate: f.noUpdateLock, Commit: f.commitLock,
		AcceptConfig: f.acceptConfig, Offline: f.offline,
	}
	for _, p := range f.overrides {
		request.Overrides = append(request.Overrides, worker.FlakeOverride{Input: p.name, Ref: p.value})
	}
	return request
}

// request asks the evaluator to load the root in file. Relative paths in the flags start from dir.
func (r *rootFlags) request(file, dir string) worker.OpenRequest {
	request := worker.OpenRequest{File: file, Dir: dir, SearchPath: append(r.include, defaultSearchPath(os.LookupEnv)...)}
	if isFlake(file) {
		request.File, request.Flake = "", r.flake.request(filepath.Dir(file))
		return request
	}
	for _, p := range r.args {
		request.Args = append(request.Args, worker.Arg{Name: p.name, Expr: p.value})
	}
	for _, p := range r.strArgs {
		request.Args = append(request.Args, worker.Arg{Name: p.name, String: &p.value})
	}
	return request
}

// check refuses flags that say nothing about the root in file.
func (r *rootFlags) check(file string) error {
	forFiles := len(r.args) > 0 || len(r.strArgs) > 0
	switch {
	case r.flake.given() && !isFlake(file):
		return withHint(fmt.Errorf("the flags about inputs and lock files are for roots in flakes, but the root is %s", file),
			"leave out --override-input, --update-input, --recreate-lock-file, --no-write-lock-file, --no-update-lock-file, --commit-lock-file, --accept-flake-config and --offline")
	case forFiles && isFlake(file):
		return withHint(fmt.Errorf("the root in the flake %s takes no arguments", filepath.Dir(file)), "leave out --arg and --argstr")
	}
	return nil
}
