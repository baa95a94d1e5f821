package script

// This file is ctx.exec.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"

	"github.com/google/renameio/v2"
)

func execFunctions() []Function {
	return []Function{
		{"exec", `argv, env = {}, cwd = "", stdin = "", timeout = None, check = True, stdout = None, reads = False, secret = False, secret_argv = False, dry_stdout = ""`,
			`Run a program; no shell is involved. argv is the list of the program and its arguments, env adds variables, cwd and stdout are paths, stdin is a string, a secret or bytes.
With stdout, the output is written to that file, atomically, when the program succeeds. A program that fails is an error unless check = False.
reads = True says that it changes nothing: it runs in a dry run, too, and the result's changed is False; otherwise a dry run returns dry_stdout as its output.
secret = True makes the output a secret. Secrets in argv are refused unless secret_argv = True, because others can see arguments; pass them by stdin, env or
ctx.file.temp. The program gets PATH, HOME, USER, LANG, TZ, TMPDIR and SSH_AUTH_SOCK, and what the operation lists in env. Returns a result.
Errors: no such program, a code other than 0, timeout (a duration), output above the limit (16 MB), more than 512 processes.`, true, execFunction},
	}
}

// execOptions are what exec and ssh have in common.
type execOptions struct {
	stdin, timeout, stdout starlark.Value
	check, reads, secret   bool
	dryStdout              string
}

func (o *execOptions) pairs() []any {
	o.check = true
	return []any{"stdin?", &o.stdin, "timeout?", &o.timeout, "check?", &o.check, "stdout?", &o.stdout, "reads?", &o.reads, "secret?", &o.secret, "dry_stdout?", &o.dryStdout}
}

func execFunction(c *call) (starlark.Value, error) {
	var argv starlark.Value
	var env *starlark.Dict
	var cwd string
	var o execOptions
	secretArgv := false
	err := c.unpack(append([]any{"argv", &argv, "env?", &env, "cwd?", &cwd, "secret_argv?", &secretArgv}, o.pairs()...)...)
	if err != nil {
		return nil, err
	}
	words, err := arguments(argv, secretArgv)
	if err != nil {
		return nil, err
	}
	cmd := Command{Args: words, Dir: c.run.world.Path(cwd)}
	if cmd.Env, err = c.environment(env); err != nil {
		return nil, err
	}
	return c.execute(cmd, o, "run "+shellWords(words), starlark.Tuple{argv}, envDetail(env)...)
}

// envDetail is how env shows in effects: only its names.
func envDetail(env *starlark.Dict) []starlark.Value {
	if env == nil || env.Len() == 0 {
		return nil
	}
	names := env.Keys()
	return []starlark.Value{starlark.NewList(names)}
}

// arguments reads argv.
func arguments(v starlark.Value, secrets bool) ([]string, error) {
	list, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("argv: want a list such as [\"ls\", \"-l\"], got %s", v.Type())
	}
	var words []string
	for element := range starlark.Elements(list) {
		switch element := element.(type) {
		case starlark.String:
			words = append(words, string(element))
		case starlark.Int:
			words = append(words, element.String())
		case Secret:
			if !secrets {
				return nil, errors.New("argv: a secret in the arguments could be seen by others; pass it by stdin, env or ctx.file.temp(secret), or allow it with secret_argv = True")
			}
			words = append(words, element.text)
		default:
			return nil, fmt.Errorf("argv: element %d is %s, want strings", len(words), element.Type())
		}
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("argv: it is empty; want the program and its arguments")
	}
	for _, word := range words {
		if strings.ContainsRune(word, 0) {
			return nil, errors.New("argv: a string holds a NUL character")
		}
	}
	return words, nil
}

// baseEnvironment are the variables that every program gets.
var baseEnvironment = []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"}

func (c *call) environment(env *starlark.Dict) (map[string]string, error) {
	vars := map[string]string{}
	names := slices.Clone(baseEnvironment)
	if c.run.op != nil {
		names = append(names, c.run.op.Env...)
	}
	for _, name := range names {
		if value, ok := c.run.world.Getenv(name); ok {
			vars[name] = value
		}
	}
	if env == nil {
		return vars, nil
	}
	for key, value := range env.Entries() {
		name, ok := starlark.AsString(key)
		if !ok || name == "" || strings.ContainsAny(name, "=\x00") {
			return nil, fmt.Errorf("env: %s is not the name of a variable", key)
		}
		text, ok := textOf(value)
		if i, isInt := value.(starlark.Int); isInt {
			text, ok = i.String(), true
		}
		if !ok || strings.ContainsRune(text, 0) {
			return nil, fmt.Errorf("env: the value of %s is %s, want a string or a secret", name, value.Type())
		}
		vars[name] = text
	}
	return vars, nil
}

// execute runs a command or, in a dry run, says that it would.
func (c *call) execute(cmd Command, o execOptions, text string, detail starlark.Tuple, more ...starlark.Value) (starlark.Value, error) {
	text += inDir(cmd.Dir, c.run.world.Path(""))
	if o.reads {
		c.run.log("debug", text)
	} else if c.effect(c.name, text, append(detail, more...)...) {
		return execResult(Outcome{Stdout: o.dryStdout}, o, 0, true), nil
	}
	if o.stdin != nil && o.stdin != starlark.None {
		in, ok := textOf(o.stdin)
		if !ok {
			return nil, fmt.Errorf("stdin: want a string, a secret or bytes, got %s", o.stdin.Type())
		}
		cmd.Stdin = strings.NewReader(in)
	}
	target, err := c.target(&cmd, o.stdout)
	if err != nil {
		return nil, err
	}
	outcome, took, err := c.timed(cmd, o.timeout)
	if err != nil {
		target.drop()
		return nil, err
	}
	if o.secret {
		c.run.mask.Add(strings.TrimRight(outcome.Stdout, "\r\n"))
	}
	if outcome.Code != 0 {
		target.drop()
		if o.check {
			return nil, &CommandError{strings.TrimPrefix(text, "run "), outcome}
		}
	} else if err := target.keep(); err != nil {
		return nil, err
	}
	return execResult(outcome, o, took, false), nil
}

func inDir(dir, project string) string {
	if rel, err := filepath.Rel(project, dir); err == nil && rel != "." {
		return " in " + rel
	}
	return ""
}

// timed runs a command within a timeout.
func (c *call) timed(cmd Command, timeout starlark.Value) (Outcome, time.Duration, error) {
	ctx := c.ctx
	if timeout != nil && timeout != starlark.None {
		d, err := durationOf(timeout)
		if err != nil || d <= 0 {
			return Outcome{}, 0, errors.Join(errors.New("timeout: want a duration above zero"), err)
		}
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, d, &TimeoutError{fmt.Sprintf("%s did not end within %s", shellWords(cmd.Args[:1]), d)})
		defer stop()
	}
	cmd.Limits = c.run.limits
	cmd.Lines = func(line string) { c.run.log("stderr", line) }
	began := c.run.world.Now()
	outcome, err := c.run.world.Exec(ctx, cmd)
	if reason := stopReason(ctx); reason != nil {
		err = reason
	}
	return outcome, c.run.world.Now().Sub(began), err
}

// fileTarget is the file that a program's output goes to; nil: none.
type fileTarget struct{ pending *renameio.PendingFile }

func (c *call) target(cmd *Command, v starlark.Value) (*fileTarget, error) {
	if v == nil || v == starlark.None {
		return nil, nil
	}
	path, ok := starlark.AsString(v)
	if !ok || path == "" {
		return nil, fmt.Errorf("stdout: want a path, got %s", v)
	}
	pending, err := newFile(c.run.world.Path(path), 0o600)
	if err != nil {
		return nil, err
	}
	cmd.Stdout = pending
	return &fileTarget{pending}, nil
}

func (t *fileTarget) keep() error {
	if t == nil {
		return nil
	}
	return t.pending.CloseAtomicallyReplace()
}

func (t *fileTarget) drop() {
	if t != nil {
		_ = t.pending.Cleanup() // the error that led here says more
	}
}

func newFile(path string, mode os.FileMode) (*renameio.PendingFile, error) {
	return renameio.NewPendingFile(path, renameio.WithPermissions(mode), renameio.WithTempDir(filepath.Dir(path)))
}

func execResult(out Outcome, o execOptions, took time.Duration, dry bool) starlark.Value {
	var stdout starlark.Value = starlark.String(out.Stdout)
	if o.secret {
		stdout = Secret{out.Stdout}
	}
	return newRecord("result", "ok", starlark.Bool(out.Code == 0), "code", starlark.MakeInt(out.Code), "stdout", stdout, "stderr", starlark.String(out.Stderr),
		"duration", startime.Duration(took), "changed", starlark.Bool(!o.reads && !dry), "dry", starlark.Bool(dry))
}

// CommandError says that a command failed.
type CommandError struct {
	Command string
	Outcome Outcome
}

// Error returns the code and the last lines of stderr.
func (e *CommandError) Error() string {
	lines := strings.Split(strings.TrimSpace(e.Outcome.Stderr), "\n")
	msg := fmt.Sprintf("%s ended with code %d", e.Command, e.Outcome.Code)
	if e.Outcome.Code > 128 && e.Outcome.Code < 255 { // 255 is what ssh says
		msg = fmt.Sprintf("%s was ended by signal %d", e.Command, e.Outcome.Code-128)
	}
	if len(lines) > 5 {
		lines = lines[len(lines)-5:]
	}
	if text := strings.Join(lines, "\n"); text != "" {
		msg += ": " + text
	}
	return msg
}

// shellWords writes words as a shell reads them.
func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

func shellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// capped keeps what is written up to a limit, and calls over once when there is more.
type capped struct {
	buf   bytes.Buffer
	limit int
	over  func()
	cut   bool
}

func (w *capped) Write(p []byte) (int, error) {
	n := min(len(p), w.limit-w.buf.Len())
	w.buf.Write(p[:n])
	if n < len(p) && !w.cut {
		w.cut = true
		if w.over != nil {
			w.over()
		}
	}
	return len(p), nil
}

// tail keeps the end of what is written, and passes on whole lines.
type tail struct {
	kept  []byte
	limit int
	rest  []byte
	lines func(string)
}

func (w *tail) Write(p []byte) (int, error) {
	w.kept = append(w.kept, p...)
	if len(w.kept) > 2*w.limit {
		w.kept = append([]byte{}, w.kept[len(w.kept)-w.limit:]...)
	}
	if w.lines == nil {
		return len(p), nil
	}
	w.rest = append(w.rest, p...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 && len(w.rest) < 8192 {
			return len(p), nil
		}
		if i < 0 {
			i = len(w.rest) - 1
		}
		w.lines(strings.TrimRight(string(w.rest[:i+1]), "\r\n"))
		w.rest = w.rest[i+1:]
	}
}

func (w *tail) end() string {
	if w.lines != nil && len(w.rest) > 0 {
		w.lines(string(w.rest))
	}
	if len(w.kept) > w.limit {
		return string(w.kept[len(w.kept)-w.limit:])
	}
	return string(w.kept)
}

var _ io.Writer = &capped{}
