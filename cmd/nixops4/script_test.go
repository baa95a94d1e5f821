package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"nixops4/providers/providertest"
)

// TestMain lets the scripts run this test binary as the commands they name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"nixops4":                func() { os.Exit(run()) },
		"nixops4-fake-provider":  func() { os.Exit(providertest.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"nixops4-crash-provider": func() { os.Exit(runCrashProvider()) },
	})
}

// TestScripts runs testdata/script/VERB_TOPIC.txtar. They are the specification of the command: what a user types, and what
// is on stdout, on stderr, in files and in the exit code then.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       updating(),
		Cmds:                scriptCommands,
		Setup:               setUpScript,
		Condition: func(name string) (bool, error) {
			switch name {
			case "nix":
				return nixDir() != "", nil
			case "store":
				_, err := os.Stat("/opt/nix-reference/bin/nix-daemon") // a Nix that builds without installation
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// updating reports whether goldens shall be written instead of compared.
func updating() bool { return os.Getenv("NIXOPS4_UPDATE") == "1" }

// setUpScript gives a script the project's examples and no terminal.
func setUpScript(env *testscript.Env) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	env.Values[envKey{}] = env
	env.Setenv("EXAMPLES", filepath.Join(dir, "../../examples"))
	env.Setenv("TERM", "dumb")
	return nil
}
