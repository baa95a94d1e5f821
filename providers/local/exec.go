package local

// This file defines the type exec.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"nixops4/providers/protocol"
	"nixops4/providers/sdk"
)

// execIn are the inputs of exec.
type execIn struct {
	Executable string   `json:"executable"`
	Args       []string `json:"args,omitempty"`
	Stdin      *string  `json:"stdin"`           // nil: standard input is empty
	Once       bool     `json:"once,omitempty"`  // run when created, not when updated
	Check      []string `json:"check,omitempty"` // a command that ends with status 0 while what was done is still there
}

// execOut are the outputs of exec.
type execOut struct {
	Stdout string `json:"stdout"`
}

type execMethod = func(context.Context, existingExec, protocol.Properties) (any, error)

type existingExec = sdk.Existing[execIn, execOut]

func execType() sdk.Type {
	return sdk.Resource[execIn, execOut]{
		Create: func(ctx context.Context, in execIn, stateful bool) (execOut, error) {
			if in.Once && !stateful {
				return execOut{}, errors.New("exec resource with once=true requires state (use isStateful): set the resource's `state`")
			}
			return run(ctx, in)
		},
		Update: func(ctx context.Context, old existingExec, in execIn) (execOut, error) {
			if in.Once {
				return recordedExec(old)
			}
			return run(ctx, in)
		},
		// What a program did cannot be undone from here.
		Destroy: func(ctx context.Context, old existingExec) error {
			sdk.Logf(ctx, "what %s did is not undone", old.Inputs.Executable)
			return nil
		},
		Read: readExec,
		Methods: map[string]execMethod{
			// rerun runs the program again, also one that runs once only, and returns what it printed.
			"rerun": func(ctx context.Context, old existingExec, _ protocol.Properties) (any, error) {
				out, err := run(ctx, old.Inputs)
				return sdk.WithOutputs[execOut]{Result: out.Stdout, Outputs: out}, err
			},
		},
	}
}

// readExec asks the command that checks, if there is one. What was printed is as recorded: to see it again, the program would have to run.
func readExec(ctx context.Context, old existingExec) (*sdk.Found[execIn, execOut], error) {
	if len(old.Inputs.Check) > 0 {
		there, err := runCheck(ctx, old.Inputs.Check)
		if err != nil || !there {
			return nil, err
		}
	}
	if old.Outputs == nil {
		return nil, errors.New("what the program printed is not recorded, and cannot be found out without running it again")
	}
	return &sdk.Found[execIn, execOut]{Outputs: *old.Outputs}, nil
}

// runCheck runs the command and reports whether it ended with status 0. An error is anything but an answer.
func runCheck(ctx context.Context, command []string) (bool, error) {
	_, err := output(ctx, execIn{Executable: command[0], Args: command[1:]})
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("check: %w", err)
	}
	return true, nil
}

func recordedExec(old existingExec) (execOut, error) {
	if old.Outputs == nil {
		return execOut{}, errors.New("the output of the first run is not recorded, and once=true forbids a second one")
	}
	return *old.Outputs, nil
}

// lastLines is how many lines of standard error an error repeats.
const lastLines = 10

// run runs the program and returns its output, which must be text.
func run(ctx context.Context, in execIn) (execOut, error) {
	stdout, err := output(ctx, in)
	if err == nil && !utf8.Valid(stdout) {
		err = fmt.Errorf("%s printed bytes that are not UTF-8, and an output must be text; encode it, for example with base64", commandLine(in))
	}
	if err != nil {
		return execOut{}, err
	}
	return execOut{string(stdout)}, nil
}

// output runs the program and returns what it wrote to standard output, up to the end, as `$(…)` in a shell does: also when programs it
// started still write after it has ended. Its standard error is logged as it comes.
func output(ctx context.Context, in execIn) ([]byte, error) {
	if in.Executable == "" {
		return nil, errors.New(`input "executable" is empty`)
	}
	cmd := exec.CommandContext(ctx, in.Executable, in.Args...)
	cmd.WaitDelay = time.Second // for standard input that nobody reads
	if in.Stdin != nil {
		cmd.Stdin = strings.NewReader(*in.Stdin)
	}
	var stdout bytes.Buffer
	var stderr tail
	out, err := newReader(&stdout)
	if err != nil {
		return nil, err
	}
	log, err := newReader(io.MultiWriter(sdk.LogWriter(ctx), &stderr))
	if err != nil {
		out.finish(0)
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out.writer, log.writer
	if err = cmd.Start(); err == nil {
		out.writer.Close()
		log.writer.Close()
		err = cmd.Wait()
		out.awaitEnd(ctx, commandLine(in))
	}
	out.finish(0)
	log.finish(logAfterEnd)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s was stopped", commandLine(in))
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, explainRun(in, err, stderr.lines())
	}
	return stdout.Bytes(), nil
}

// logAfterEnd is how long standard error is read after the end of the program. What the program wrote is there at once; a service it started
// may hold it open for ever.
const logAfterEnd = 100 * time.Millisecond

// reader copies what a program writes.
type reader struct {
	writer *os.File // the program's end
	reader *os.File
	done   chan struct{} // closed when everything is copied
}

func newReader(dst io.Writer) (*reader, error) {
	r := &reader{done: make(chan struct{})}
	var err error
	if r.reader, r.writer, err = os.Pipe(); err != nil {
		return nil, err
	}
	go func() {
		defer close(r.done)
		_, _ = io.Copy(dst, r.reader) // ends at the end of the pipe, or when finish does not want to wait any longer
	}()
	return r, nil
}

// awaitEnd waits until nobody has the program's end open any more, and says so when that takes long.
func (r *reader) awaitEnd(ctx context.Context, command string) {
	remind := time.NewTimer(3 * time.Second)
	defer remind.Stop()
	for {
		select {
		case <-r.done:
			return
		case <-ctx.Done():
			return
		case <-remind.C:
			sdk.Logf(ctx, "%s has ended, but something it started still has its standard output open; waiting for that", command)
		}
	}
}

// finish ends the copying, at the latest after a time.
func (r *reader) finish(after time.Duration) {
	r.writer.Close()
	_ = r.reader.SetReadDeadline(time.Now().Add(after))
	<-r.done
	r.reader.Close()
}

func explainRun(in execIn, err error, stderr []string) error {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		err = fmt.Errorf("%s failed: %w", commandLine(in), exit)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no program %q in PATH", in.Executable)
	default:
		return fmt.Errorf("starting %s: %w", commandLine(in), err)
	}
	if len(stderr) == 0 {
		return err
	}
	return fmt.Errorf("%w\n  its last lines:\n  | %s", err, strings.Join(stderr, "\n  | "))
}

// commandLine writes the command as one would type it, cut when it is long.
func commandLine(in execIn) string {
	words := []string{word(in.Executable)}
	for _, arg := range in.Args {
		words = append(words, word(arg))
	}
	line := strings.Join(words, " ")
	if runes := []rune(line); len(runes) > 200 {
		line = string(runes[:200]) + "…"
	}
	return line
}

func word(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"'`$\\&|;<>()*?[]{}#~!", r) }) {
		return strconv.Quote(s)
	}
	return s
}

// tail keeps the last bytes written to it.
type tail struct{ b []byte }

const tailSize = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 2*tailSize {
		t.b = append(t.b[:0], t.b[len(t.b)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) lines() []string {
	text := strings.TrimRight(strings.ToValidUTF8(string(t.b), "\uFFFD"), "\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-lastLines):]
}
