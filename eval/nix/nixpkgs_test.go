package nix_test

// This file runs the tests of nixpkgs' library with a nix-instantiate that is this test program.

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test program stand in for nix-instantiate when it is called by that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "nix-instantiate" {
		os.Exit(standIn(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func standIn(args []string) int {
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	in := instantiation{dir: dir, env: map[string]string{}, args: args}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		in.env[k] = v
	}
	for _, a := range args {
		if a == "-" {
			text, err := io.ReadAll(os.Stdin)
			if err != nil {
				fmt.Fprintln(os.Stderr, "error:", err)
				return 1
			}
			in.stdin = string(text)
		}
	}
	o := in.run()
	fmt.Print(o.stdout)
	fmt.Fprint(os.Stderr, o.stderr)
	return o.code
}

// TestNixpkgsLib runs lib/tests and its like from the folder lib of a nixpkgs checkout, which NIXOPS4_NIXPKGS_LIB
// names.
func TestNixpkgsLib(t *testing.T) {
	lib := os.Getenv("NIXOPS4_NIXPKGS_LIB")
	if lib == "" {
		t.Skip("NIXOPS4_NIXPKGS_LIB is not set")
	}
	lib, err := filepath.EvalSymlinks(lib)
	if err != nil {
		t.Fatal(err)
	}
	shim := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(shim, "nix-instantiate")); err != nil {
		t.Fatal(err)
	}
	shell := func(t *testing.T, command string) string {
		t.Helper()
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir = lib
		cmd.Env = append(os.Environ(), "PATH="+shim+":"+os.Getenv("PATH"), "TEST_LIB="+lib, "NIX_PATH=nixpkgs="+filepath.Dir(lib),
			"NIX_STORE_DIR="+filepath.Join(t.TempDir(), "store"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v", err)
		}
		return string(out)
	}
	empty := func(t *testing.T, out string) {
		if !slices.Contains(strings.Split(out, "\n"), "[ ]") {
			t.Errorf("got %s", out)
		}
	}
	modules := regexp.MustCompile(`(?m)^0 Fail$`)
	for _, test := range []struct {
		name, command string
		check         func(t *testing.T, out string)
	}{
		{"misc", "nix-instantiate --eval --strict tests/misc.nix", empty},
		{"systems", "nix-instantiate --eval --strict tests/systems.nix", empty},
		{"fetchers", "nix-instantiate --eval --strict tests/fetchers.nix", empty},
		{"modules", "bash tests/modules.sh", func(t *testing.T, out string) {
			if !modules.MatchString(out) {
				t.Errorf("got %s", out)
			}
		}},
		{"network", "bash tests/network.sh", nil},
		{"sources", "bash tests/sources.sh", nil},
		{"filesystem", "bash tests/filesystem.sh", nil},
		{"debug", "bash tests/debug.sh", nil},
		{"path-unit", `nix-instantiate --eval --show-trace --argstr libpath "$TEST_LIB" path/tests/unit.nix`, nil},
		{"path-properties", "bash path/tests/prop.sh", nil},
		{"fileset", "bash fileset/tests.sh", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := shell(t, test.command)
			if test.check != nil {
				test.check(t, out)
			}
			lines := strings.Split(strings.TrimSpace(out), "\n")
			t.Logf("%s", strings.Join(lines[max(0, len(lines)-8):], "\n"))
		})
	}
}
