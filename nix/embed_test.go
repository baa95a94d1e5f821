package nixlib

// This file runs the Nix test files of tests/ with a real Nix, where there is one.
//
// A file evaluates to an attribute set: name -> { expr; expected; }, or in a file whose name ends in
// -errors.nix, name -> { expr; error; }, where error is a regular expression for what evaluation prints.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// nixInstantiate returns the path of a nix-instantiate, or skips the test.
func nixInstantiate(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"/opt/nix-reference/bin/nix-instantiate", "nix-instantiate"} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skip("no nix-instantiate on this machine")
	return ""
}

// evalJSON evaluates an expression strictly and decodes its JSON form into value.
// The returned text is what evaluation printed to stderr.
func evalJSON(t *testing.T, nix, expr string, value any) (string, error) {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	cmd := exec.Command(nix, "--eval", "--strict", "--json", "--show-trace", "-I", "nixops4="+root, "--expr", expr)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stderr.String(), err
	}
	if err := json.Unmarshal([]byte(stdout.String()), value); err != nil {
		return stderr.String(), fmt.Errorf("reading %q: %w", stdout.String(), err)
	}
	return stderr.String(), nil
}

func TestFiles(t *testing.T) {
	nix := nixInstantiate(t)
	files, err := filepath.Glob("tests/*.nix")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding test files: %v, %d found", err, len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".nix"), func(t *testing.T) {
			t.Parallel()
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "-errors.nix") {
				runErrorCases(t, nix, path)
			} else {
				runCases(t, nix, path)
			}
		})
	}
}

// runCases evaluates all cases of a file at once, and one by one when that fails.
func runCases(t *testing.T, nix, path string) {
	var cases map[string]testCase
	if _, err := evalJSON(t, nix, "import "+path, &cases); err == nil {
		for name, c := range cases {
			c.check(t, name)
		}
		return
	}
	for _, name := range caseNames(t, nix, path) {
		var c testCase
		if log, err := evalJSON(t, nix, selectCase(path, name, ""), &c); err != nil {
			t.Errorf("%s: %v\n%s", name, err, log)
		} else {
			c.check(t, name)
		}
	}
}

// testCase is one attribute of a test file; both fields are JSON.
type testCase struct{ Expr, Expected json.RawMessage }

func (c testCase) check(t *testing.T, name string) {
	t.Helper()
	if c.Expr == nil || c.Expected == nil {
		t.Errorf("%s: expr or expected is missing", name)
		return
	}
	// Both come from the same printer, which sorts attributes.
	if !bytes.Equal(c.Expr, c.Expected) {
		t.Errorf("%s:\n got %s\nwant %s", name, c.Expr, c.Expected)
	}
}

func runErrorCases(t *testing.T, nix, path string) {
	for _, name := range caseNames(t, nix, path) {
		var want string
		if log, err := evalJSON(t, nix, selectCase(path, name, ".error"), &want); err != nil {
			t.Errorf("%s: %v\n%s", name, err, log)
			continue
		}
		pattern, err := regexp.Compile(want)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got any
		log, err := evalJSON(t, nix, selectCase(path, name, ".expr"), &got)
		switch {
		case err == nil:
			t.Errorf("%s: got %v, want an error like %q", name, got, want)
		case !pattern.MatchString(log):
			t.Errorf("%s: got error\n%s\nwant one like %q", name, log, want)
		}
	}
}

func caseNames(t *testing.T, nix, path string) []string {
	t.Helper()
	var names []string
	if log, err := evalJSON(t, nix, "builtins.attrNames (import "+path+")", &names); err != nil {
		t.Fatalf("listing cases: %v\n%s", err, log)
	}
	return names
}

func selectCase(path, name, attr string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`).Replace(name)
	return fmt.Sprintf("(import %s).\"%s\"%s", path, quoted, attr)
}

// TestEmbedded checks that the embedded tree is the folder's, so that no file was forgotten.
func TestEmbedded(t *testing.T) {
	for _, dir := range []string{"components", "deployments", "docs", "flake", "lib", "providers"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			want, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			got, err := Files.ReadFile(filepath.ToSlash(path))
			if err != nil {
				return err
			}
			if string(got) != string(want) {
				t.Errorf("%s: embedded content differs", path)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := Files.ReadFile("default.nix"); err != nil {
		t.Error(err)
	}
}
