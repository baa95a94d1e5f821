package repl

// This file reads statements one after the other, carries them out, and shows what came of them.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/eval/worker"
	"nixops4/script"
)

// Options of a shell.
type Options struct {
	In  io.Reader // statements, when Terminal is nil
	Out io.Writer // results
	Err io.Writer // everything else
	// Terminal is where the user types; nil when the shell is a filter.
	Terminal *Terminal
	Color    bool
	// Width returns the number of columns of the screen, 0 when there is none; Height that of lines.
	Width, Height func() int
	At            addr.Path // where to be at first
	JSON          bool      // one object for each statement
	KeepGoing     bool      // go on after an error, as on a terminal
	Yes           bool      // do not ask before acting
	ReadOnly      bool      // refuse to act
	// Interrupts receives a value each time the user wants to interrupt.
	Interrupts <-chan os.Signal
	Getenv     func(string) string
}

// ErrFailed is returned by [Run] when a statement failed. It was shown already.
var ErrFailed = errors.New("a statement failed")

// shell is a session.
type shell struct {
	project   *Project
	options   Options
	evaluator *evaluator
	settings  settings

	outMu sync.Mutex // makes messages whole; they come from several goroutines

	cwd     addr.Path
	before  addr.Path // cwd before the last :cd
	states  map[addr.Path]map[addr.Path]*plan.Recorded
	plan    *plan.Plan
	step    *stepping
	breaks  map[addr.Path]bool
	history []string // statements of this session
	logged  []string // lines of evaluation and of providers
	prompt  int      // columns of the prompt before the statement; 0 in a filter
	lastErr error
	quit    bool

	star   *script.Prompt // nil until somebody needs it
	inStar bool           // statements are Starlark

	graphs  map[addr.Path][]dependency // what depends on what, as far as a component leads; of all, the root
	needs   []engine.Need              // what the last plan of everything has seen of it; nil: there was none
	done    []act                      // for :save
	lines   []string                   // the same as statements
	instead []string                   // what stands for the statement that is being carried out, when it asked; nil: the statement

	madeMu sync.Mutex                // guards made
	made   map[addr.Path]plan.Object // outputs of stateless resources that this session has applied
}

// Run is a session. It returns when the input ends or the user quits; then nothing is left running.
func Run(ctx context.Context, project *Project, options Options) error {
	sh := &shell{project: project, options: options, cwd: options.At, states: map[addr.Path]map[addr.Path]*plan.Recorded{}, breaks: map[addr.Path]bool{}, made: map[addr.Path]plan.Object{}}
	sh.settings = defaultSettings(options)
	sh.evaluator = newEvaluator(project, sh.logLine)
	defer func() { sh.evaluator.close() }()
	defer sh.endStepping()
	defer func() {
		if err := sh.closeStar(context.WithoutCancel(ctx)); err != nil {
			sh.fail(err)
		}
	}()
	if err := sh.startFile(ctx); err != nil {
		return err
	}
	if options.Terminal != nil {
		return sh.interact(ctx)
	}
	return sh.filter(ctx)
}

// startFileName is read before anything else, when it is in the folder of the root.
const startFileName = ".nixops4-repl.nix"

// startFile binds the attributes of the start file.
func (sh *shell) startFile(ctx context.Context) error {
	file := filepath.Join(filepath.Dir(sh.project.File), startFileName)
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	names, err := sh.load(ctx, file)
	if err != nil {
		sh.fail(fmt.Errorf("reading %s: %w", startFileName, err))
		if sh.options.Terminal == nil && !sh.options.KeepGoing {
			return ErrFailed
		}
		return nil
	}
	if sh.options.Terminal != nil {
		sh.note("from %s: %s", startFileName, strings.Join(names, ", "))
	}
	return nil
}

// filter carries out what comes from a file or a pipe.
func (sh *shell) filter(ctx context.Context) error {
	lines := bufio.NewReader(sh.options.In)
	var text strings.Builder
	failed, number, first := false, 0, 0
	for !sh.quit {
		line, readErr := lines.ReadString('\n')
		number++
		if text.Len() == 0 {
			first = number
		}
		text.WriteString(line)
		statement, err := sh.read(text.String(), readErr != nil)
		if errors.Is(err, errIncomplete) || readErr == nil && statement.star != "" && goesOn(text.String(), lines) {
			continue
		}
		input := strings.TrimSpace(text.String())
		text.Reset()
		if err := sh.carryOut(ctx, input, statement, err); err != nil {
			failed = true
			sh.failAt(err, input, first)
			if !sh.options.KeepGoing || ctx.Err() != nil {
				return ErrFailed
			}
		}
		if readErr != nil {
			break
		}
	}
	if err := sh.finishStepping(ctx); err != nil {
		sh.failAt(err, "", number)
		failed = true
	}
	if failed {
		return ErrFailed
	}
	return ctx.Err()
}

// carryOut does what a statement says. An interrupt ends it, not the session.
func (sh *shell) carryOut(ctx context.Context, input string, s statement, readErr error) error {
	if input != "" {
		sh.history = append(sh.history, input)
	}
	if readErr != nil {
		return readErr
	}
	ctx, stop := sh.interruptible(ctx)
	defer stop()
	began := time.Now()
	sh.instead = nil
	a, err := sh.do(ctx, s)
	if err == nil && input != "" {
		sh.keepLine(input)
	}
	var died *worker.DiedError
	if errors.As(err, &died) {
		sh.evaluator.restart()
		err = &restartedError{died}
		sh.states = map[addr.Path]map[addr.Path]*plan.Recorded{}
	}
	if err == nil || a.text != "" || a.value != nil {
		if showErr := sh.show(input, a); showErr != nil {
			return showErr
		}
	}
	if sh.settings.timing && input != "" {
		sh.note("%s", time.Since(began).Round(time.Millisecond))
	}
	sh.lastErr = err
	return err
}

// restartedError says that the evaluator's process is gone, and that there is a new one.
type restartedError struct{ died *worker.DiedError }

func (e *restartedError) Error() string { return e.died.Error() }
func (e *restartedError) Unwrap() error { return e.died }

// Hint says what became of the session.
func (*restartedError) Hint() string {
	return "it was started again; bindings are kept, and evaluated anew when they are used"
}

// interruptible returns a context that an interrupt ends.
func (sh *shell) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	for drained := false; !drained; { // what was typed before counts no more
		select {
		case <-sh.options.Interrupts:
		default:
			drained = true
		}
	}
	go func() {
		select {
		case <-sh.options.Interrupts:
			cancel(errInterrupted)
		case <-over:
		}
	}()
	if t := sh.options.Terminal; t != nil {
		t.over = ctx.Done()
	}
	return ctx, func() {
		close(over)
		cancel(nil)
		if t := sh.options.Terminal; t != nil {
			t.over = nil
		}
	}
}

var errInterrupted = errors.New("interrupted")

// answer is what a statement gives: a text for people and a value for programs.
type answer struct {
	text  string
	value any
	// unknown are the outputs that are shown as unknown.
	unknown []string
	// revealed lets secrets be seen.
	revealed bool
}

func (sh *shell) do(ctx context.Context, s statement) (answer, error) {
	switch {
	case s.star != "":
		return sh.starlark(ctx, s.star)
	case s.command != "":
		return sh.command(ctx, s.command)
	case s.bindings != nil:
		return sh.bind(ctx, s.bindings)
	case s.expr != "":
		return sh.evaluate(ctx, s.expr, sh.settings.layout(sh), true)
	}
	return answer{}, nil
}

func (sh *shell) bind(ctx context.Context, parts []string) (answer, error) {
	for _, part := range parts {
		result, err := sh.line(ctx, worker.LineRequest{Bindings: part})
		if err != nil {
			return answer{}, err
		}
		if len(result.Unknown) > 0 {
			return answer{}, fmt.Errorf("the names depend on %s, which is not known yet", outputNames(result.Unknown)[0])
		}
	}
	return answer{}, nil
}

// evaluate evaluates an expression. With keep, its value becomes the last result.
func (sh *shell) evaluate(ctx context.Context, expr string, layout worker.Layout, keep bool) (answer, error) {
	r := worker.LineRequest{Expr: expr, Keep: keep, Layout: layout}
	if sh.options.JSON {
		r.As = worker.FormJSON
	}
	result, err := sh.line(ctx, r)
	if err == nil && sh.options.Terminal != nil && layout.Depth > 0 {
		result, err = sh.fit(ctx, r, result)
	}
	var failed *worker.Error
	if sh.options.JSON && errors.As(err, &failed) && strings.Contains(failed.Message, "cannot convert a function to JSON") {
		r.As = worker.FormPrinted
		if result, err = sh.line(ctx, r); err == nil {
			return answer{value: result.Text, text: result.Text}, nil
		}
	}
	if err != nil {
		return answer{}, err
	}
	a := answer{text: sh.onTerminal(result.Text), unknown: outputNames(result.Unknown)}
	if len(result.Members) > 0 && !sh.options.JSON {
		a.text, err = sh.memberTable(ctx, result.Members, layout)
		return a, err
	}
	if sh.options.JSON {
		a.value = json.RawMessage(result.Text)
		if len(result.Unknown) > 0 && strings.HasPrefix(result.Text, "«") {
			a.value = json.RawMessage("null")
		}
		return a, nil
	}
	if result.Folded && sh.options.Terminal != nil {
		of := "_"
		if !keep {
			of = shorten(expr, 30)
		}
		a.text += "\n" + sh.paint(dim, "folded; :p "+of+" shows all of it")
	}
	for _, output := range result.Unknown {
		if len(output.Path) == 0 && output.Name == "plan" {
			return answer{}, &hinted{errors.New("there is no plan"), "make one: :plan"}
		}
	}
	return a, nil
}

// fit folds a value, which may have been kept, until it is not longer than the screen.
func (sh *shell) fit(ctx context.Context, r worker.LineRequest, result *worker.LineResult) (*worker.LineResult, error) {
	const others = 3 // lines: the prompts before and after, and the note that it is folded
	height := max(sh.options.Height()-others, 5)
	if r.Keep {
		r.Expr, r.Keep = "_", false // which is evaluated already
	}
	for height < strings.Count(result.Text, "\n")+1 && (r.Layout.Depth > 1 || r.Layout.Items > height-2) {
		if r.Layout.Depth > 1 {
			r.Layout.Depth--
		} else {
			r.Layout.Items = max(height-3, 1)
			r.Layout.Bytes = sh.columns()
		}
		folded, err := sh.line(ctx, r)
		if err != nil {
			return nil, err
		}
		result = folded
		if r.Layout.Items <= height-3 && r.Layout.Depth <= 1 {
			break
		}
	}
	return result, nil
}

func outputNames(outputs []worker.Output) []string {
	var names []string
	seen := map[string]bool{}
	for _, o := range outputs {
		name := addr.Of(append(append([]string{}, o.Path...), o.Name)...).String()
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// hinted is an error with something to do about it.
type hinted struct {
	error
	hint string
}

func (h *hinted) Hint() string  { return h.hint }
func (h *hinted) Unwrap() error { return h.error }

// show puts out an answer.
func (sh *shell) show(input string, a answer) error {
	sh.outMu.Lock()
	defer sh.outMu.Unlock()
	if sh.options.JSON {
		if input == "" || a.text == "" && a.value == nil {
			return nil
		}
		if a.value == nil {
			a.value = a.text
		}
		return sh.object(struct {
			Input   string   `json:"input"`
			Value   any      `json:"value"`
			Unknown []string `json:"unknown,omitempty"`
		}{input, a.value, a.unknown}, a.revealed)
	}
	if a.text == "" {
		return nil
	}
	text := strings.TrimSuffix(a.text, "\n") + "\n"
	return sh.page(sh.hide(sh.highlight(text), a.revealed))
}

func (sh *shell) object(v any, revealed bool) error {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(sh.options.Out, sh.hide(b.String(), revealed))
	return err
}

// hide takes out what is known to be secret.
func (sh *shell) hide(text string, revealed bool) string {
	if revealed || sh.settings.reveal {
		return text
	}
	return sh.project.Secrets.Hide(text)
}

// failAt shows the error of a statement that began on a line of the input.
func (sh *shell) failAt(err error, input string, line int) {
	if sh.options.JSON {
		text, hints := sh.explain(err)
		_ = sh.object(struct { // when it cannot be written, nobody reads
			Input string   `json:"input"`
			Line  int      `json:"line"`
			Error string   `json:"error"`
			Hints []string `json:"hints,omitempty"`
		}{input, line, text, hints}, false)
		return
	}
	sh.failInput(err, fmt.Sprintf("line %d: ", line))
}

// fail shows an error.
func (sh *shell) fail(err error) { sh.failInput(err, "") }

func (sh *shell) failInput(err error, where string) {
	text, hints := sh.explain(err)
	var wrong *inputError
	var b strings.Builder
	if sh.options.Terminal != nil && text == interruptedText {
		b.WriteByte('\n') // after the ^C of the terminal
	}
	if errors.As(err, &wrong) {
		single := !strings.Contains(wrong.text, "\n") && sh.prompt > 0
		if single {
			b.WriteString(strings.Repeat(" ", sh.prompt) + caret(wrong.text, wrong.column) + "\n")
		} else {
			b.WriteString(wrong.excerpt() + "\n")
		}
	}
	b.WriteString(sh.paint(red, "error:") + " " + where + text + "\n")
	for _, hint := range hints {
		b.WriteString(sh.paint(cyan, "hint:") + " " + hint + "\n")
	}
	sh.message(b.String())
}

const interruptedText = "interrupted"

func (sh *shell) explain(err error) (string, []string) {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errInterrupted):
		return interruptedText, nil
	}
	text, hints := sh.project.Explain(err)
	if _, name, ok := strings.Cut(text, "undefined variable '"); ok {
		name, _, _ = strings.Cut(name, "'")
		if c := otherwise(name); c != "" {
			hints = append(hints, "commands start with a colon: :"+c)
		}
	}
	return text, hints
}

// otherwise is the command for a word that was meant as one.
func otherwise(word string) string {
	switch word {
	case "exit", "quit":
		return "q"
	}
	if c, err := lookUp(word); err == nil && (c.name == word || len(word) > 3) {
		return c.name
	}
	return ""
}

// note tells something besides results.
func (sh *shell) note(format string, args ...any) { sh.message(fmt.Sprintf(format, args...) + "\n") }

func (sh *shell) message(text string) {
	sh.outMu.Lock()
	defer sh.outMu.Unlock()
	_, _ = io.WriteString(sh.options.Err, sh.hide(text, false)) // there is nowhere else to tell
}

// logLine shows a line of the log, and keeps it for :log.
func (sh *shell) logLine(line string) {
	const most = 10_000
	sh.outMu.Lock()
	if len(sh.logged) == most {
		sh.logged = sh.logged[1:]
	}
	sh.logged = append(sh.logged, time.Now().Format(time.TimeOnly)+" "+line)
	sh.outMu.Unlock()
	sh.message(line + "\n")
}
