package main

// This file tests with the existing NixOps4: that roots made by its library work here, and that its library's tests pass with ours.

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestUpstream runs the scripts of testdata/upstream. NIXOPS4_UPSTREAM names a checkout of the existing NixOps4, and NIXOPS4_NIXPKGS_LIB the
// folder lib of nixpkgs, which its library needs.
func TestUpstream(t *testing.T) {
	t.Parallel()
	runWithCheckouts(t, "testdata/upstream", "NIXOPS4_UPSTREAM", "NIXOPS4_NIXPKGS_LIB")
}

// TestFlakeParts runs the scripts of testdata/flakeparts: flakes whose inputs are checkouts of other projects. NIXOPS4_FLAKE_PARTS names a
// checkout of flake-parts; the others are those of TestUpstream.
func TestFlakeParts(t *testing.T) {
	t.Parallel()
	runWithCheckouts(t, "testdata/flakeparts", "NIXOPS4_UPSTREAM", "NIXOPS4_NIXPKGS_LIB", "NIXOPS4_FLAKE_PARTS")
}

// runWithCheckouts runs scripts that need what environment variables name, and hands these on to them.
func runWithCheckouts(t *testing.T, dir string, variables ...string) {
	for _, name := range variables {
		if os.Getenv(name) == "" {
			t.Skip(name + " is not set")
		}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands,
		Setup: func(env *testscript.Env) error {
			for _, name := range variables {
				env.Setenv(name, os.Getenv(name))
			}
			return setUpScript(env)
		},
	})
}
