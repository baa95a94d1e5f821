package main

// This file tests what the interactive shell offers while somebody types: Starlark, operations, values, and what an evaluator that hangs or dies leaves.

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	left      = "\x1b[D"
	backspace = "\x7f"
)

const testOperations = `
def roll(ctx, to, fast):
    ctx.confirm("really to " + to + "?")
    name = ctx.prompt("who")
    return name + " rolled to " + to

operation("roll", roll, doc = "Roll out.", params = {
    "to": param.enum(["staging", "production"], doc = "where to"), "fast": param.bool(False, "quick")})
`

// complete types, and presses Tab until the screen shows what is wanted: on a machine that is busy, completion may give up before it knows.
func (s *screen) complete(keys, want string) {
	s.t.Helper()
	s.keys(keys)
	for range 20 {
		s.keys(tab)
		for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			plain := s.plain()
			if i := strings.Index(plain[min(s.seen, len(plain)):], want); i >= 0 {
				s.seen += i + len(want)
				return
			}
		}
	}
	s.t.Fatalf("Tab after %q does not show %q; there is:\n%s", keys, want, s.plain())
}

func writeOperations(t *testing.T, dir string) {
	t.Helper()
	err := os.Mkdir(filepath.Join(dir, "operations"), 0o777)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "operations/roll.star"), []byte(testOperations), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestReplOperations(t *testing.T) {
	t.Parallel()
	dir := exampleRoot(t, "stateful")
	writeOperations(t, dir)
	s := newScreen(t, dir, 80, 24, nil)
	s.enter("members", "codename  memo        not created\n")
	s.complete(":run ro", "roll")
	s.complete(" --fa", "--fast")
	s.complete(" --to st", "staging")
	s.enter("", "really to staging? [y/N] ")
	s.enter("y", "who: ")
	s.enter("me", "me rolled to staging\n")
	s.complete(":run codename.", "codename.reset")
	s.keys(ctrlC)
	s.enter(":run roll --to production", "really to production? [y/N] ")
	s.enter("n", `"really to production?" was not confirmed`)
	s.enter(":save again.star", "error: nothing was done")
	s.quit()
}

func TestReplStarlark(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "stateful"), 80, 24, nil)
	s.enter("x = 20", "> ")
	s.enter(":star", "Starlark, with ctx as operations have it; :nix returns")
	s.expect("nixops4 star> ")
	// A block ends with an empty line, and is one entry of the history.
	s.enter("def twice(n):", "...> ")
	s.enter("    return n * 2", "...> ")
	s.enter("", "star> ")
	s.enter(`twice(ctx.nix("x + 1"))`, "42\n")
	s.keys("def" + up)
	s.expect("def twice(n):⏎    return n * 2")
	s.keys(ctrlC)
	// Names, functions of ctx, and paths in strings are completed.
	s.complete("twi", "twice")
	s.keys("(4)\r")
	s.expect("\n8\n")
	s.complete("ctx.file.ex", "ctx.file.exists")
	s.keys(ctrlC)
	s.complete(`ctx.resource("cod`, "codename")
	s.keys("\").type\r")
	s.expect("\"memo\"\n")
	// What acts is shown and asked for.
	s.enter(`ctx.apply("codename")`, "carry this out? [y/N] ")
	s.enter("n", "it was not agreed to")
	s.enter(`ctx.apply("codename")`, "carry this out? [y/N] ")
	s.enter("y", "codename: created")
	s.expect("star> ")
	s.enter("while True:", "...> ")
	s.enter("    pass", "...> ")
	s.keys("\r")
	time.Sleep(200 * time.Millisecond)
	s.keys(ctrlC)
	s.expect("interrupted\n")
	s.enter("1 +", "error: «line»:1:4: got newline, want primary expression")
	s.enter(":nix", "nixops4> ")
	s.enter("members.codename.outputs.value", "\"first light\"\n")
	s.quit()
}

func TestReplCompletionValues(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "stateful"), 80, 24, nil)
	// What is typed whole shows its value.
	s.enter("members.codename.inputs", "first light")
	s.complete("members.codename.inputs.initialize_with", "\"first light\"\n")
	s.keys(ctrlC)
	// Inputs of a resource type, where a resource is being written.
	s.complete("x = { type = providers.local.file; inputs.na", "inputs.name")
	s.keys(ctrlC)
	s.complete("x = { type = providers.local.file; inputs = { con", "contents")
	s.keys(ctrlC)
	s.complete("x = { type = providers.local.file; inputs = { name = \"a\"; ", "contents  string, required")
	s.keys(ctrlC)
	// Internal attributes are there when they are asked for.
	s.complete("members.codename.", "allowApplyAll")
	if strings.Contains(s.plain(), "_export") {
		t.Error("internal attributes are offered")
	}
	s.complete("_exp", "_export")
	s.keys(ctrlC)
	// Files.
	s.complete(":l nixo", "nixops4.nix")
	s.keys(ctrlC)
	// A screen of 40 columns has room for previews.
	s.resize(40, 24)
	s.enter(`y = { a_rather_long_name_of_an_attribute = "with a value that is long"; a_rather_short_name = "value"; }`, "> ")
	s.enter("builtins.deepSeq y 1", "1\n")
	s.complete("y.a", "y.a_rather_")
	s.complete("", "a_rather_long_name_…  \"with a value th…\n")
	s.keys(ctrlC)
	s.quit()
}

// A user who presses Tab is not kept waiting by what takes long.
func TestReplCompletionPatience(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 80, 24, nil)
	s.enter("slow = { a = builtins.foldl' (a: b: a + b) 0 (builtins.genList (n: builtins.length (builtins.genList (i: i) 1000)) 10000000); }", "> ")
	s.enter("1", "1\n")
	began := time.Now()
	s.keys("(builtins.seq slow.a slow).b" + ctrlC)
	s.keys("slow.a." + tab + "b")
	s.expect("slow.a.b")
	s.keys(ctrlC)
	s.enter("1 + 2", "3\n")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("Tab and an expression took %s", took)
	}
	s.quit()
}

func TestReplEvaluatorKilledAtWork(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 80, 24, nil)
	s.enter("x = 6", "> ")
	s.enter("x", "6\n")
	s.keys("builtins.foldl' (a: b: a + b) 0 (builtins.genList (n: builtins.length (builtins.genList (i: i) 1000)) 10000000)\r")
	s.expect("\n")
	time.Sleep(200 * time.Millisecond)
	pid, _ := childNamed(s.cmd.Process.Pid, "eval-worker")
	p, err := os.FindProcess(pid)
	if err != nil || pid == 0 {
		t.Fatalf("no evaluator: %v", err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	s.expect("hint: it was started again; bindings are kept")
	s.enter("x * 7", "42\n")
	s.quit()
}

func TestReplKeys(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 80, 24, nil)
	// Wide characters: the cursor moves over two columns.
	s.keys(`"日本語x"` + left + backspace + "\r")
	s.expect("\"日本語\"\n")
	// An entry of several lines is found by searching, and is edited as a whole.
	s.enter("let", "...> ")
	s.enter("  answer = 40;", "...> ")
	s.enter("in answer + 2", "42\n")
	s.enter("1", "1\n")
	s.keys(ctrlR + "answer")
	s.expect("let⏎  answer = 40;⏎in answer + 2")
	s.keys(ctrlE + backspace + "3\r")
	s.expect("43\n")
	s.enter("help", "hint: commands start with a colon: :help")
	// vi: to the beginning, delete a word, at the end append.
	s.enter(":set editing vi", "> ")
	s.keys("assert false; 1\x1bA + 1\x1b0wcwtrue;\r")
	s.expect("2\n")
	s.enter(":set editing emacs", "> ")
	s.enter("2 + 2", "4\n")
	s.resize(20, 10)
	s.keys("builtins.stringLength \"a line that is longer than the screen\"\r")
	s.expect("37\n")
	s.quit()
}

func TestReplStepsHeldBack(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "stateful"), 80, 24, nil)
	s.enter(":plan", "plan: 1 to create, 2 to ensure")
	s.complete(":step st", "store")
	s.keys(ctrlC)
	s.complete(":watch 5 :ls co", "codename")
	s.keys(ctrlC)
	s.enter(":break codename", ":continue will stop before codename")
	s.enter(":continue", "do all steps that are left? [y/N] ")
	s.enter("y", "stopped before codename")
	// A narrow screen shows the offers above the question.
	s.resize(40, 24)
	s.enter(":next", "[d]iff [w]hy\n[c]ontinue [q]uit\n")
	s.expect("a/s/i/d/w/c/q? ")
	s.enter("q", "nothing was done")
	s.resize(80, 24)
	s.enter(":next", "[q]uit? ")
	s.enter("x", `"x" is none of these`)
	s.expect("[q]uit? ")
	s.enter("i", "kept by store")
	s.expect("[q]uit? ")
	s.enter("s", "codename: skipped: as asked for")
	s.expect("report: skipped: it needs codename.value, and codename was skipped")
	s.expect("1 ensured, 2 skipped")
	s.enter(":save steps.repl", "to do them again")
	s.enter(":!cat steps.repl", ":skip codename")
	s.quit()
}

// An interrupt ends the shell when it is a filter, with the code of an interrupt.
func TestReplFilterInterrupt(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("nixops4", "repl", "--keep-going")
	cmd.Dir = exampleRoot(t, "hello")
	cmd.Stdin = strings.NewReader("\"begun\"\nbuiltins.foldl' (a: b: a + b) 0 (builtins.genList (n: builtins.length (builtins.genList (i: i) 1000)) 10000000)\n\"never\"\n")
	var out safeBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); !strings.Contains(out.text(), "begun") && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code says more
	if code := cmd.ProcessState.ExitCode(); code != 130 || strings.Contains(out.text(), "never") || !strings.Contains(out.text(), "error: line 2: interrupted") {
		t.Errorf("code %d, output %s", code, out.text())
	}
}
