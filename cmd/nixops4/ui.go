package main

// This file prints, by these rules:
//
//   - stdout carries what was asked for, and nothing else, so that it can be piped.
//   - Everything else goes to stderr, each message starting with "nixops4: ".
//   - No capitalized initials and no final period. One message is one thing to know.
//   - An error is "nixops4: error: …"; what to do about it follows as "nixops4: hint: …".
//   - Colour only helps to find things; no meaning depends on it. It needs a terminal, and NO_COLOR or TERM=dumb
//     forbid it unless --color=always asks.
//   - What is known to be secret is shown as "(sensitive)", unless it is asked for by name (--reveal).
//   - No stack of the implementation is shown unless NIXOPS4_DEBUG is set.

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/mattn/go-isatty"

	"nixops4/engine/graph"
	"nixops4/internal/secret"
)

// ui is where all output goes.
type ui struct {
	stdout     *bufio.Writer // data; flushed when the verb is done
	unbuffered io.Writer     // what stdout writes to

	mu     sync.Mutex // serialises messages; they come from several goroutines
	stderr io.Writer  // messages, unbuffered; guarded by mu
	// structured takes messages in the place of stderr; nil: nobody does. Guarded by mu.
	structured func(kind, text string)

	secrets *secret.Redactor // what must not be shown, as far as it is known by now

	outFile, errFile *os.File // for their size, when they are terminals
	outTerminal      bool     // stdout is a terminal
	errTerminal      bool     // stderr is a terminal
	getenv           func(string) string
	options          globalOptions
	debugging        bool // NIXOPS4_DEBUG is set
}

func newUI(stdout, stderr *os.File, getenv func(string) string) *ui {
	secrets := &secret.Redactor{}
	return &ui{
		secrets:     secrets,
		stdout:      bufio.NewWriter(stdout),
		unbuffered:  stdout,
		stderr:      secrets.Writer(stderr),
		outFile:     stdout,
		errFile:     stderr,
		outTerminal: isTerminal(stdout),
		errTerminal: isTerminal(stderr),
		getenv:      getenv,
		debugging:   getenv("NIXOPS4_DEBUG") != "",
	}
}

func isTerminal(f *os.File) bool {
	return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
}

// use takes over the options from the command line. Messages before it are printed with the defaults.
func (u *ui) use(o globalOptions) { u.options = o }

// color reports whether to colour a stream that is a terminal or not.
func (u *ui) color(terminal bool) bool {
	switch u.options.color {
	case colorAlways:
		return true
	case colorNever:
		return false
	default:
		return terminal && u.getenv("NO_COLOR") == "" && u.getenv("TERM") != "dumb"
	}
}

// message prints one message, of one or more lines, to stderr. kind is "" or a word such as "warning".
func (u *ui) message(kind, text string) {
	if u.tell(cmp.Or(kind, "note"), text) {
		return
	}
	prefix := "nixops4: "
	if kind != "" {
		prefix += u.paint(kind, kind+":") + " "
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	// A message that cannot be written has nowhere else to go.
	_, _ = io.WriteString(u.stderr, tidy(prefix+text))
}

// tell hands a message to whoever takes them in another form. It reports whether somebody does.
func (u *ui) tell(kind, text string) bool {
	u.mu.Lock()
	tell := u.structured
	u.mu.Unlock()
	if tell != nil {
		tell(kind, strings.TrimRight(text, "\n"))
	}
	return tell != nil
}

// redirect makes messages go through another writer, which writes to stderr in the end, or to structured; and returns how to undo that.
func (u *ui) redirect(through io.Writer, structured func(kind, text string)) (undo func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	stderr, before := u.stderr, u.structured
	if through != nil {
		u.stderr = through
	}
	u.structured = structured
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.stderr, u.structured = stderr, before
	}
}

// messages is stderr for others who print whole lines.
func (u *ui) messages() io.Writer { return messageWriter{u} }

type messageWriter struct{ ui *ui }

func (w messageWriter) Write(text []byte) (int, error) {
	w.ui.mu.Lock()
	defer w.ui.mu.Unlock()
	return w.ui.stderr.Write(text)
}

// silence drops all messages from now on.
func (u *ui) silence() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stderr = io.Discard
}

// line prints text to stderr as it is, for what others have worded: traces of Nix, lines of providers.
func (u *ui) line(text string) {
	if u.tell("note", text) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	_, _ = io.WriteString(u.stderr, strings.TrimSuffix(text, "\n")+"\n")
}

// prompt prints text to stderr without ending the line.
func (u *ui) prompt(text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, _ = io.WriteString(u.stderr, "nixops4: "+text)
}

// stdoutWriter is stdout for others who print data, in whole lines. Secrets are taken out.
func (u *ui) stdoutWriter() io.Writer { return u.secrets.Writer(u.stdout) }

// width is how many columns a stream has, 0 when it is no terminal or does not say.
func (u *ui) width(terminal bool) int {
	if !terminal {
		return 0
	}
	columns, _ := u.size()
	return columns
}

// tidy leaves out blanks at the end of the first line, which has nothing else when a trace of Nix follows, and ends text with one line feed.
func tidy(text string) string {
	first, rest, _ := strings.Cut(text, "\n")
	return strings.TrimRight(strings.TrimRight(first, " ")+"\n"+rest, "\n") + "\n"
}

func (u *ui) note(format string, args ...any) { u.message("", fmt.Sprintf(format, args...)) }
func (u *ui) hint(text string)                { u.message("hint", text) }

// detail prints a message that only -v shows.
func (u *ui) detail(format string, args ...any) {
	if u.options.verbose {
		u.note(format, args...)
	}
}

var kindColors = map[string]string{"error": "1;31", "warning": "1;33", "hint": "1;36"}

func (u *ui) paint(kind, text string) string {
	code, ok := kindColors[kind]
	if !ok || !u.color(u.errTerminal) {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// fail shows err with its hints. Errors joined by errors.Join are shown one by one.
func (u *ui) fail(err error) {
	if isBrokenPipe(err) {
		return // whoever read our output has seen enough
	}
	var silent *silentError
	if errors.As(err, &silent) {
		return
	}
	for _, e := range split(err) {
		u.message("error", explain(e, u.options.showTrace))
		for _, h := range hints(withHint(e, quotingHint(e))) {
			u.hint(h)
		}
	}
}

// internalError shows a panic, which is always a bug of ours, and returns the exit code. One that came from another goroutine
// brings its stack along.
func (u *ui) internalError(p any, stack []byte) int {
	if elsewhere, ok := p.(*graph.PanicError); ok {
		stack = elsewhere.Stack
	}
	u.message("error", fmt.Sprintf("internal error: %v", p))
	if u.debugging {
		u.note("stack:\n%s", stack)
	}
	u.hint("this is a bug in nixops4 " + version + "; please report it with the command that you ran")
	if !u.debugging {
		u.hint("running it again with NIXOPS4_DEBUG=1 shows where it happened")
	}
	return exitError
}

// json prints v as one indented JSON document. Secrets are taken out.
func (u *ui) json(v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := u.stdout.Write(u.secrets.HideJSON(text.Bytes()))
	return err
}

// flush writes out what is buffered for stdout.
func (u *ui) flush() error {
	if err := u.stdout.Flush(); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	return nil
}

func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// split returns the errors that err joins, or err alone.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	// fmt.Errorf with several %w also has this method, but its text is more than its parts.
	var texts []string
	for _, e := range joined.Unwrap() {
		texts = append(texts, e.Error())
	}
	if err.Error() != strings.Join(texts, "\n") {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, split(e)...)
	}
	return all
}
