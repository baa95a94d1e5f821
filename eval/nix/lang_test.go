package nix_test

// This file runs the language goldens in eval/testdata/lang, and Nix's own language suite from a checkout.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A langSuite is a folder with a subfolder lang of cases, named as in Nix:
//
//	parse-okay-*.nix   --parse with the file as standard input: stdout is X.exp, stderr X.err.exp
//	parse-fail-*.nix   the same, which fails: stderr is X.err.exp
//	eval-okay-*.nix    --eval --strict and the flags in X.flags: stdout is X.exp (or with --xml X.exp.xml)
//	eval-fail-*.nix    the flags in X.flags, or --eval --strict --show-trace: stderr is X.err.exp
//
// A file of expectations that is missing stands for empty output. The folder's own path is written as /pwd.
type langSuite struct {
	dir string
}

// suiteFeatures are the experimental features that Nix's own suite runs with.
const suiteFeatures = "nix-command flakes"

// update rewrites expectations from our output.
var update = os.Getenv("NIXOPS4_UPDATE") != ""

func TestLang(t *testing.T) {
	dir, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	s := langSuite{dir}
	bin := nixBin(t)
	for _, name := range s.cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := s.command(t, name)
			got := s.run(t, in, "")
			if bin != "" {
				real := s.run(t, in, bin)
				if update {
					s.accept(t, name, real)
				}
				s.compare(t, name, real, got, true)
				return
			}
			if update {
				s.accept(t, name, got)
			}
			s.compare(t, name, s.expectation(t, name), got, true)
		})
	}
}

// knownTraces are the cases of Nix's suite whose trace differs from ours, with the reason. Their message must
// be right all the same.
var knownTraces = map[string]string{
	"eval-fail-derivation-name":                           "the text of the function derivation is our own",
	"eval-fail-derivation-structuredAttrs-stack-overflow": "the text of the function derivation is our own",
}

// TestNixSuite runs the suite of the folder tests/functional of a Nix checkout, which NIXOPS4_NIX_SUITE names.
func TestNixSuite(t *testing.T) {
	dir := os.Getenv("NIXOPS4_NIX_SUITE")
	if dir == "" {
		t.Skip("NIXOPS4_NIX_SUITE is not set")
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := langSuite{dir}
	passed, exact, total := map[string]int{}, map[string]int{}, map[string]int{}
	for _, name := range s.cases(t) {
		parts := strings.SplitN(name, "-", 3)
		kind := parts[0] + "-" + parts[1]
		total[kind]++
		in := s.command(t, name)
		in.args = append([]string{"--extra-experimental-features", "nix-command flakes"}, in.args...) // as its configuration says
		want, got := s.expectation(t, name), s.run(t, in, "")
		same := want == s.postprocessed(t, name, got)
		if same {
			exact[kind]++
		}
		if t.Run(name, func(t *testing.T) { s.compare(t, name, want, s.postprocessed(t, name, got), knownTraces[name] == "") }) {
			passed[kind]++
		}
		if reason := knownTraces[name]; same && reason != "" {
			t.Errorf("%s is listed as different (%s) and is not", name, reason)
		}
	}
	for kind, n := range total {
		t.Logf("%s: %d of %d passed, %d byte for byte", kind, passed[kind], n, exact[kind])
	}
}

func (s langSuite) cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "lang", "*.nix"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".nix")
		if _, err := os.Stat(s.file(name, ".exp-disabled")); err == nil {
			continue
		}
		for _, p := range []string{"parse-okay-", "parse-fail-", "eval-okay-", "eval-fail-"} {
			if strings.HasPrefix(name, p) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		t.Fatalf("no cases in %s", filepath.Join(s.dir, "lang"))
	}
	return names
}

func (s langSuite) file(name, ext string) string { return filepath.Join(s.dir, "lang", name+ext) }

func (s langSuite) read(name, ext string) string {
	text, err := os.ReadFile(s.file(name, ext))
	if err != nil {
		return ""
	}
	return string(text)
}

func (s langSuite) xml(name string) bool {
	_, err := os.Stat(s.file(name, ".exp.xml"))
	return err == nil
}

// command is how a case is run.
func (s langSuite) command(t *testing.T, name string) instantiation {
	t.Helper()
	in := instantiation{dir: s.dir, env: map[string]string{
		"TEST_VAR": "foo", "NIX_REMOTE": "dummy://", "NIX_STORE_DIR": "/nix/store", "IMPURE_VAR1": "foo", "IMPURE_VAR2": "bar",
		"HOME": "/homeless-shelter",
	}}
	source := "lang/" + name + ".nix"
	flags := strings.Fields(uncomment(s.read(name, ".flags")))
	switch {
	case strings.HasPrefix(name, "parse-"):
		in.stdin = s.read(name, ".nix")
		in.args = []string{"--parse", "-"}
	case s.xml(name):
		in.args = []string{"--eval", "--xml", "--no-location", "--strict", source}
	case strings.HasPrefix(name, "eval-okay-"):
		in.env["NIX_PATH"] = "lang/dir3:lang/dir4"
		in.env["HOME"] = "/fake-home"
		in.args = append(flags, "--eval", "--strict", source)
	case len(flags) > 0:
		in.args = append([]string{"--show-trace"}, append(flags, source)...)
	default:
		in.args = []string{"--eval", "--strict", "--show-trace", source}
	}
	return in
}

func uncomment(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// run runs a case with our evaluator, or with the real Nix in the folder bin.
func (s langSuite) run(t *testing.T, in instantiation, bin string) outcome {
	t.Helper()
	var o outcome
	if bin == "" {
		in.features = suiteFeatures
		o = in.run()
	} else {
		o = in.runReal(t, bin, suiteFeatures)
	}
	o.stdout = strings.ReplaceAll(o.stdout, s.dir, "/pwd")
	o.stderr = strings.ReplaceAll(o.stderr, s.dir, "/pwd")
	return o
}

// runReal runs the real nix-instantiate with some experimental features.
func (in instantiation) runReal(t testing.TB, bin, features string) outcome {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "nix-instantiate"), in.args...)
	cmd.Dir = in.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "NIX_CONFIG=show-trace = false\nexperimental-features = " + features}
	for k, v := range in.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stdin = strings.NewReader(in.stdin)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	code := 0
	if err := cmd.Run(); err != nil {
		code = cmd.ProcessState.ExitCode()
	}
	return outcome{stdout.String(), stderr.String(), code}
}

func (s langSuite) expectation(t *testing.T, name string) outcome {
	t.Helper()
	o := outcome{stdout: s.read(name, ".exp"), stderr: s.read(name, ".err.exp")}
	if s.xml(name) {
		o.stdout = s.read(name, ".exp.xml")
	}
	if strings.Contains(name, "-fail-") {
		o.code = 1
	}
	return o
}

// postprocessed applies the case's own script to standard error, which hides line numbers of the text that
// derivations are defined by.
func (s langSuite) postprocessed(t *testing.T, name string, o outcome) outcome {
	t.Helper()
	script := s.file(name, ".postprocess")
	if _, err := os.Stat(script); err != nil {
		return o
	}
	base := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(base+".err", []byte(o.stderr), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("bash", script, base).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(base + ".err")
	if err != nil {
		t.Fatal(err)
	}
	o.stderr = string(text)
	return o
}

// compare tells how a case went; trace says that standard error must be right to the byte, not only the message.
func (s langSuite) compare(t *testing.T, name string, want, got outcome, trace bool) {
	t.Helper()
	if got.code != want.code {
		t.Errorf("exit code %d, want %d\n%s", got.code, want.code, got.stderr)
		return
	}
	if !strings.HasPrefix(name, "eval-fail-") && got.stdout != want.stdout {
		t.Errorf("stdout %s", difference(want.stdout, got.stdout))
	}
	if s.xml(name) || got.stderr == want.stderr {
		return
	}
	if trace || finalMessage(got.stderr) != finalMessage(want.stderr) {
		t.Errorf("stderr %s", difference(want.stderr, got.stderr))
	}
}

// finalMessage is the message of a rendered error, without trace and places.
func finalMessage(stderr string) string {
	i := strings.LastIndex(stderr, "error: ")
	if i < 0 {
		return stderr
	}
	msg := stderr[i:]
	if j := strings.Index(msg, "\n       at "); j >= 0 {
		msg = msg[:j]
	}
	msg, _, _ = strings.Cut(msg, "\nTry 'nix-instantiate --help'")
	return strings.TrimSpace(msg)
}

func (s langSuite) accept(t *testing.T, name string, o outcome) {
	t.Helper()
	out := ".exp"
	if s.xml(name) {
		out = ".exp.xml"
	}
	if strings.Contains(name, "-fail-") {
		o.stdout = ""
	}
	for ext, text := range map[string]string{out: o.stdout, ".err.exp": o.stderr} {
		file := s.file(name, ext)
		if text == "" {
			if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// difference shows two texts from the first line on that differs.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	show := func(lines []string) string {
		lines = lines[i:]
		if len(lines) > 24 {
			lines = append(lines[:24:24], "…")
		}
		return strings.Join(lines, "\n")
	}
	return fmt.Sprintf("differs from line %d on\n--- got\n%s\n--- want\n%s", i+1, show(g), show(w))
}
