package main

// This file tests the interactive shell through a terminal: keys are typed, and what comes to the screen is read.

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// screen is a running shell on a terminal.
type screen struct {
	t     testing.TB
	tty   *os.File
	cmd   *exec.Cmd
	ended chan struct{}

	mu   sync.Mutex
	text bytes.Buffer // everything that was written; guarded by mu
	seen int          // what of it was waited for
}

// newScreen starts the shell on a terminal of a size.
func newScreen(t testing.TB, dir string, columns, rows uint16, env []string, args ...string) *screen {
	t.Helper()
	s := startScreen(t, dir, columns, rows, env, append([]string{"repl"}, args...)...)
	s.expect("> ")
	return s
}

// startScreen starts nixops4 on a terminal of a size.
func startScreen(t testing.TB, dir string, columns, rows uint16, env []string, args ...string) *screen {
	t.Helper()
	s := &screen{t: t, ended: make(chan struct{})}
	s.cmd = exec.Command("nixops4", args...)
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), append([]string{"TERM=xterm", "NO_COLOR=1", "XDG_STATE_HOME=" + filepath.Join(dir, "state"), "PAGER=cat"}, env...)...)
	tty, inside := openTerminal(t)
	s.tty = tty
	s.resize(columns, rows)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = inside, inside, inside
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err := s.cmd.Start()
	_ = inside.Close() // it is the shell's now
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		buffer := make([]byte, 4096)
		for {
			n, err := tty.Read(buffer)
			s.mu.Lock()
			s.text.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		_ = tty.Close()
	})
	return s
}

// openTerminal makes a pair of terminals: what is written to one is read from the other.
func openTerminal(t testing.TB) (outside, inside *os.File) {
	t.Helper()
	outside, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	number, err := unix.IoctlGetUint32(int(outside.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(outside.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		inside, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return outside, inside
}

// resize changes the size of the terminal.
func (s *screen) resize(columns, rows uint16) {
	s.t.Helper()
	if err := unix.IoctlSetWinsize(int(s.tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		s.t.Fatal(err)
	}
}

var escapeSequence = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]|\r|\x07")

// expect waits until the screen shows a text after what was waited for before.
func (s *screen) expect(text string) {
	s.t.Helper()
	s.wait(func(rest string) int {
		if i := strings.Index(rest, text); i >= 0 {
			return i + len(text)
		}
		return -1
	}, text)
}

// wait waits until found says where in the plain text from seen on it ends.
func (s *screen) wait(found func(rest string) int, what string) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		plain := s.plain()
		if i := found(plain[min(s.seen, len(plain)):]); i >= 0 {
			s.seen += i
			return
		}
	}
	plain := s.plain()
	s.t.Fatalf("waited in vain for %q on the screen; there is:\n%s", what, plain[min(s.seen, len(plain)):])
}

func (s *screen) raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *screen) plain() string { return escapeSequence.ReplaceAllString(s.raw(), "") }

// keys types.
func (s *screen) keys(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.tty, keys); err != nil {
		s.t.Fatal(err)
	}
}

// enter types a line and waits for a text that the answer has.
func (s *screen) enter(line, want string) {
	s.t.Helper()
	s.keys(line + "\r")
	s.expect("\n")
	s.expect(want)
}

// quit ends the shell, and waits for that.
func (s *screen) quit() {
	s.t.Helper()
	s.enter(":q", "")
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatal("the shell does not end")
	}
}

func exampleRoot(t testing.TB, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text, err := os.ReadFile(filepath.Join("../../examples", name, "nixops4.nix"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "nixops4.nix"), text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

const (
	tab   = "\t"
	up    = "\x1b[A"
	ctrlA = "\x01"
	ctrlC = "\x03"
	ctrlE = "\x05"
	ctrlR = "\x12"
)

func TestReplEditing(t *testing.T) {
	t.Parallel()
	dir := exampleRoot(t, "hello")
	s := newScreen(t, dir, 80, 24, nil)
	s.enter("1 + 1", "2\n")
	// In the middle of the line.
	s.keys("+ 2" + ctrlA + "40 " + ctrlE)
	s.enter("", "42\n")
	// Several lines, and the whole of them again.
	s.enter("let a = 5;", "...> ")
	s.enter("in a * 5", "25\n")
	s.keys("le" + up)
	s.expect("let a = 5;⏎in a * 5")
	s.enter("", "25\n")
	// What was typed is searched backwards.
	s.keys(ctrlR + "40")
	s.expect("40 + 2")
	s.enter("", "42\n")
	// A wrong statement is marked below its place.
	s.enter("1 + }", "             ^\nerror: syntax error")
	// A line that was begun can be dropped.
	s.keys("nonsense" + ctrlC)
	s.expect("^C")
	s.enter("3 * 3", "9\n")
	// Pasted text of several lines.
	s.keys("{\r  a = 1;\r  b = [ 1\r 2 ];\r}.b\r")
	s.expect("[ 1 2 ]")
	s.keys("{\r\ta = 21;\r\tb = 2;\r}.a\r")
	s.expect("21\n")
	s.keys("[\r\r\r  44\r\r\r\r  45 ]\r")
	s.expect("[ 44 45 ]\n")
	// What is typed ends with two empty lines, whatever it is.
	s.enter("[", "...> ")
	s.enter("", "...> ")
	s.enter("", "error: syntax error, unexpected end of file")
	s.enter(`"日本語"`, "\"日本語\"\n")
	s.quit()

	// The next session of the same project knows all that.
	s = newScreen(t, dir, 80, 24, nil)
	s.keys("let" + up)
	s.expect("let a = 5;⏎in a * 5")
	s.enter("", "25\n")
	s.enter(":set editing vi", "> ")
	s.keys("1 + 7\x1b0iassert true; \r") // escape, to the beginning, insert
	s.expect("8\n")
	s.quit()
	files, err := filepath.Glob(filepath.Join(dir, "state/nixops4/repl/*.history"))
	if err != nil || len(files) != 1 {
		t.Fatalf("history files: %v %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("history: %v %v", info.Mode(), err)
	}
}

func TestReplCompletion(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "stateful"), 80, 24, nil)
	s.enter("members.codename.inputs", "first light") // now it is loaded
	s.keys(":tr" + tab)
	s.expect(":tree")
	s.keys(" co" + tab)
	s.expect("codename")
	s.enter("", "memo")
	s.keys("members.cod" + tab + ".inp" + tab + ".in" + tab)
	s.expect("initialize_with")
	s.enter("", "\"first light\"")
	s.keys(":show " + tab)
	s.expect("codename  report    store")
	s.keys("cdnm" + tab) // fuzzy
	s.expect("codename")
	s.enter("", "memo")
	s.keys(":set ti" + tab + " " + tab)
	s.expect(":set timing o") // that is common to all choices
	s.keys(tab)
	s.expect("off  on")
	s.keys(ctrlC)
	s.keys("members.codename.inputs." + tab)
	s.enter("", "\"first light\"")
	s.quit()
}

func TestReplInterrupt(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 80, 24, nil)
	s.enter("x = 6", "> ")
	s.keys("builtins.foldl' (a: b: a + b) 0 (builtins.genList (n: builtins.length (builtins.genList (i: i) 1000)) 10000000)\r")
	s.expect("\n")
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	s.keys(ctrlC)
	s.expect("interrupted\n")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("an interrupt took %s", took)
	}
	s.enter("x * 7", "42\n")
	// The evaluator's death ends no session.
	pid, _ := childNamed(s.cmd.Process.Pid, "eval-worker")
	p, err := os.FindProcess(pid)
	if err != nil || pid == 0 {
		t.Fatalf("no evaluator: %v", err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	s.enter("x", "hint: it was started again; bindings are kept")
	s.enter("x * 7", "42\n")
	s.quit()
}

func TestReplColours(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 80, 24, []string{"NO_COLOR="})
	s.keys(`let x = "text"; in x`)
	s.expect("in x")
	for _, want := range []string{"\x1b[34mlet\x1b[0m", "\x1b[32m\"text\"\x1b[0m"} {
		if !strings.Contains(s.raw(), want) {
			t.Errorf("the input is not coloured: %q", s.raw())
		}
	}
	s.enter("", "\"text\"")
	s.quit()

	s = newScreen(t, exampleRoot(t, "hello"), 80, 24, nil)
	s.enter(`{ a = "text"; }`, "a = \"text\";")
	s.enter(`builtins.fromJSON "\"\\u001b[31m\\u001b]0;title\\u0007\""`, `"^[[31m^[]0;title^G"`)
	s.quit()
	if strings.Contains(s.raw(), "\x1b[3") {
		t.Errorf("there is colour with NO_COLOR: %q", s.raw())
	}
}

func TestReplDumb(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 40, 24, []string{"TERM=dumb"})
	s.enter("1 +", "...> ")
	s.enter("1", "2\n")
	s.enter(":ls", "greeting     exec  stateless\n")
	s.enter("let x = 5; in", "...> ")
	s.keys("\x03")
	s.expect("^C\nnixops4> ")
	s.enter("x", "undefined variable 'x'")
	s.enter(":apply", "[y/N] ")
	s.keys("\x03")
	s.expect("nothing was changed\nnixops4> ")
	s.keys("\x04")
	<-s.ended
	if strings.Contains(s.raw(), "\x1b") {
		t.Errorf("a dumb terminal gets escape sequences: %q", s.raw())
	}
}

func TestReplWidth(t *testing.T) {
	t.Parallel()
	s := newScreen(t, exampleRoot(t, "hello"), 40, 24, nil)
	const value = `{ alpha = "aaaaaaaaaaaa"; beta = "bbbbbbbbbbbb"; }`
	s.enter(value, "{\n  alpha = \"aaaaaaaaaaaa\";\n  beta = \"bbbbbbbbbbbb\";\n}\n")
	s.resize(100, 24)
	s.enter(value, value+"\n")
	// What is longer than the screen is folded.
	s.enter("builtins.genList (x: x) 1000", "more» ]")
	s.expect("folded; :p _ shows all of it")
	s.enter(":p builtins.length _", "1000\n")
	// However often it is laid out, it is evaluated once.
	s.enter(`builtins.trace "evaluated: ${"now"}" (lib.genList (x: "a line ${toString x}") 1000)`, "«982 more»\n]")
	s.expect("folded; :p _ shows all of it")
	s.quit()
	if n := strings.Count(s.raw(), "trace: evaluated: now"); n != 1 {
		t.Errorf("evaluated %d times", n)
	}
}

func TestReplStepping(t *testing.T) {
	t.Parallel()
	dir := exampleRoot(t, "stateful")
	s := newScreen(t, dir, 80, 24, nil)
	s.enter(":plan", "plan: 1 to create, 2 to ensure")
	s.enter(":next", "[a]pply [s]kip [i]nspect [d]iff [w]hy [c]ontinue [q]uit? ")
	s.enter("w", "it is stateless, so it is done by every apply")
	s.expect("[q]uit? ")
	s.enter("q", "nothing was done; :next comes back to it")
	s.expect("step 1/3> ")
	s.enter("members.codename.outputs", "«unknown: codename.value»")
	s.enter(":next", "[q]uit? ")
	s.enter("a", "store: ensured")
	s.expect("ready now: codename")
	s.expect("step 2/3> ")
	s.enter(":next", "initialize_with  \"first light\"")
	s.expect("[q]uit? ")
	s.enter("a", "value = \"first light\";")
	s.enter("members.report.inputs.contents", "codename: first light")
	s.enter(":next", "[q]uit? ")
	s.enter("s", "report: skipped: as asked for")
	s.expect("1 created, 1 ensured, 1 skipped")
	s.enter(":apply report", "carry this out? [y/N] ")
	s.enter("n", "nothing was changed")
	if _, err := os.Stat(filepath.Join(dir, "stateful.txt")); err == nil {
		t.Error("a step that was skipped was done")
	}
	s.enter(":apply report", "carry this out? [y/N] ")
	s.enter("y", "report: ensured")
	s.quit()
	if _, err := os.Stat(filepath.Join(dir, "stateful.txt")); err != nil {
		t.Error(err)
	}
}
