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
	upstream, lib := os.Getenv("NIXOPS4_UPSTREAM"), os.Getenv("NIXOPS4_NIXPKGS_LIB")
	if upstream == "" || lib == "" {
		t.Skip("NIXOPS4_UPSTREAM and NIXOPS4_NIXPKGS_LIB are not set")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/upstream",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("NIXOPS4_UPSTREAM", upstream)
			env.Setenv("NIXOPS4_NIXPKGS_LIB", lib)
			return setUpScript(env)
		},
	})
}
