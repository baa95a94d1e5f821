package repl

// This file reads lines from a terminal, with editing where the terminal can do that.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chzyer/readline"
	"golang.org/x/sys/unix"
)

// Terminal is where a user types.
type Terminal struct {
	in   *os.File
	out  *os.File
	dumb *bufio.Reader // nil when lines can be edited
	// interrupts and over say that a line of a dumb terminal is given up: an interrupt or, while a statement is carried out, its end.
	interrupts <-chan os.Signal
	over       <-chan struct{}

	rl       *readline.Instance
	gate     *gatedInput
	complete func(line []rune, pos int) ([]rune, int, string) // new line, new position, and what to print above
	colour   bool
	star     bool     // Starlark is typed
	goingOn  bool     // a statement that began on a line before
	entries  []string // of the history, oldest first
	search   prefixSearch
	line     []rune // as it was after the last key
	pos      int
}

// TerminalOptions say how to use a terminal.
type TerminalOptions struct {
	In, Out *os.File
	History string // file that keeps what was typed; "" for none
	Dumb    bool   // it cannot move its cursor
	Color   bool
}

// lineFeed stands for a line feed where an entry of several lines is edited as one.
const lineFeed = '⏎'

// NewTerminal prepares a terminal. [Terminal.Close] gives it back.
func NewTerminal(o TerminalOptions) (*Terminal, error) {
	t := &Terminal{in: o.In, out: o.Out, colour: o.Color}
	if o.Dumb {
		t.dumb = bufio.NewReader(o.In)
		return t, nil
	}
	if o.History != "" {
		// What is typed may be secret.
		if err := os.MkdirAll(filepath.Dir(o.History), 0o700); err == nil {
			if f, err := os.OpenFile(o.History, os.O_CREATE|os.O_RDONLY, 0o600); err == nil {
				_ = f.Close()
			}
		}
		if content, err := os.ReadFile(o.History); err == nil {
			for line := range strings.Lines(string(content)) {
				t.entries = append(t.entries, strings.TrimSuffix(line, "\n"))
			}
		}
	}
	t.gate = newGatedInput(o.In)
	rl, err := readline.NewEx(&readline.Config{
		Stdin: t.gate, Stdout: o.Out, Stderr: o.Out,
		HistoryFile: o.History, HistoryLimit: 5000, DisableAutoSaveHistory: true, HistorySearchFold: true,
		InterruptPrompt: "^C", EOFPrompt: "\n",
		AutoComplete: noCompleter{}, Listener: t, Painter: t, FuncFilterInputRune: t.filter,
		FuncGetWidth: func() int { return terminalSize(o.Out, true) },
	})
	if err != nil {
		return nil, fmt.Errorf("using the terminal: %w", err)
	}
	t.rl = rl
	return t, nil
}

// terminalSize is the number of columns, or of lines, of a terminal.
func terminalSize(f *os.File, columns bool) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	switch {
	case err != nil, size.Col == 0:
		return map[bool]int{true: 80, false: 24}[columns]
	case columns:
		return int(size.Col)
	}
	return int(size.Row)
}

// Size returns the numbers of columns and lines.
func (t *Terminal) Size() (columns, lines int) {
	return terminalSize(t.out, true), terminalSize(t.out, false)
}

// Close gives the terminal back.
func (t *Terminal) Close() {
	if t.rl != nil {
		t.gate.close()
		_ = t.rl.Close() // nothing is left to write
	}
}

// Write writes text, above the line that is being edited if there is one. Nothing but colours takes effect on the terminal.
func (t *Terminal) Write(text []byte) (int, error) {
	var out io.Writer = t.out
	if t.rl != nil && t.gate.isOpen() {
		out = t.rl.Stdout()
	}
	if _, err := io.WriteString(out, tame(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

var errLineInterrupted = errors.New("the line was interrupted")

// readLine lets the user type a line. It is io.EOF when there will be no more, and errLineInterrupted after Ctrl-C.
func (t *Terminal) readLine(prompt string) (string, error) {
	if t.dumb != nil {
		if _, err := io.WriteString(t.out, prompt); err != nil {
			return "", err
		}
		if t.givenUp() {
			_, _ = io.WriteString(t.out, "\n") // after the ^C of the terminal
			return "", errLineInterrupted
		}
		line, err := t.dumb.ReadString('\n')
		if err != nil && line == "" {
			return "", err
		}
		return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
	}
	t.rl.SetPrompt(prompt)
	t.search = prefixSearch{}
	t.gate.open()
	line, err := t.rl.Readline()
	t.gate.shut()
	t.gate.tookLine()
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errLineInterrupted
	}
	return strings.ReplaceAll(line, string(lineFeed), "\n"), err
}

// hasMore reports whether a line is there already, as it is when several are pasted.
func (t *Terminal) hasMore() bool {
	if t.dumb != nil && t.dumb.Buffered() > 0 || t.dumb == nil && t.gate.hasLine() {
		return true
	}
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(t.in.Fd()), Events: unix.POLLIN}}, 0)
	return n > 0 && err == nil
}

// givenUp waits for a line. It reports true when an interrupt comes first; what was typed of the line the terminal has dropped then.
func (t *Terminal) givenUp() bool {
	for t.dumb.Buffered() == 0 {
		interrupts := t.interrupts
		if t.over != nil {
			interrupts = nil // the statement takes them
		}
		select {
		case <-interrupts:
			return true
		case <-t.over:
			return true
		default:
		}
		fds := []unix.PollFd{{Fd: int32(t.in.Fd()), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 50); n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return false
}

// ask lets the user answer a question, with a line that is not part of the history. Ctrl-C is an empty answer.
func (t *Terminal) ask(prompt string) (string, error) {
	complete := t.complete
	t.complete = nil
	defer func() { t.complete = complete }()
	line, err := t.readLine(prompt)
	if errors.Is(err, errLineInterrupted) || errors.Is(err, io.EOF) {
		return "", nil
	}
	return line, err
}

// remember adds a statement to the history.
func (t *Terminal) remember(text string) {
	text = strings.TrimSpace(text)
	if t.rl == nil || text == "" {
		return
	}
	entry := strings.ReplaceAll(text, "\n", string(lineFeed))
	if n := len(t.entries); n > 0 && t.entries[n-1] == entry {
		return
	}
	t.entries = append(t.entries, entry)
	_ = t.rl.SaveHistory(entry) // a history that cannot be written is only shorter
}

// askSecret lets the user answer without showing what is typed.
func (t *Terminal) askSecret(prompt string) (string, error) {
	if t.dumb != nil {
		return t.ask(prompt) // nothing can be hidden there
	}
	t.gate.open()
	defer t.gate.shut()
	text, err := t.rl.ReadPassword(prompt)
	if errors.Is(err, readline.ErrInterrupt) || errors.Is(err, io.EOF) {
		return "", nil
	}
	return string(text), err
}

func (t *Terminal) setVi(on bool) {
	if t.rl != nil {
		t.rl.SetVimMode(on)
	}
}

// Paint implements readline.Painter.
func (t *Terminal) Paint(line []rune, _ int) []rune {
	if !t.colour || len(line) == 0 {
		return line
	}
	return []rune(colourInput(string(line), t.star))
}

// colourInput colours what is being typed.
func colourInput(text string, star bool) string {
	code := colourNix
	if star {
		code = colourStarlark
	}
	if !strings.HasPrefix(text, ":") {
		return code(text)
	}
	name, rest, more := strings.Cut(text, " ")
	color := yellow
	if _, err := lookUp(strings.TrimPrefix(name, ":")); err != nil {
		color = ""
	}
	text = paint(true, color, name)
	if more {
		text += " " + code(rest)
	}
	return text
}

// noCompleter lets the listener see the Tab key.
type noCompleter struct{}

func (noCompleter) Do([]rune, int) ([][]rune, int) { return nil, 0 }

// prefixSearch goes through the entries that start with what was typed.
type prefixSearch struct {
	active  bool
	prefix  string
	at      int // index of the entry shown
	pending []rune
}

// filter sees each key before it is acted on. Up and Down search when something was typed.
func (t *Terminal) filter(r rune) (rune, bool) {
	if r != readline.CharPrev && r != readline.CharNext {
		t.search.active = false
		return r, true
	}
	if !t.search.active && (len(t.line) == 0 || t.pos != len(t.line)) {
		return r, true
	}
	s := &t.search
	if !s.active {
		*s = prefixSearch{active: true, prefix: string(t.line), at: len(t.entries)}
	}
	step := -1
	if r == readline.CharNext {
		step = 1
	}
	shown := ""
	if s.at < len(t.entries) {
		shown = t.entries[s.at]
	}
	for s.at += step; s.at >= 0 && s.at < len(t.entries); s.at += step {
		if e := t.entries[s.at]; strings.HasPrefix(e, s.prefix) && e != shown {
			s.pending = []rune(e)
			return readline.CharForward, true // does nothing at the end of the line; the listener puts the entry there
		}
	}
	s.at = min(max(s.at, 0), len(t.entries))
	if step > 0 {
		s.pending = []rune(s.prefix)
	}
	return readline.CharForward, true
}

// OnChange implements readline.Listener: it is called after each key.
func (t *Terminal) OnChange(line []rune, pos int, key rune) ([]rune, int, bool) {
	t.line, t.pos = slices.Clone(line), pos
	if t.search.pending != nil {
		line, t.search.pending = t.search.pending, nil
		t.line, t.pos = line, len(line)
		return line, len(line), true
	}
	if key != readline.CharTab || t.complete == nil {
		return nil, 0, false
	}
	newLine, newPos, list := t.complete(slices.Clone(line), pos)
	if list != "" {
		_, _ = io.WriteString(t.rl.Stdout(), tame(list))
	}
	if newLine == nil {
		return nil, 0, false
	}
	t.line, t.pos = newLine, newPos
	return newLine, newPos, true
}

// gatedInput reads from a terminal only while a line is edited, so that programs that are started in between get what is typed for them.
type gatedInput struct {
	file *os.File
	mu   sync.Mutex
	cond *sync.Cond
	on   bool
	done bool
	// lines is how many lines of what was read are not taken yet; readers take all before they read more.
	lines int
}

func newGatedInput(f *os.File) *gatedInput {
	g := &gatedInput{file: f}
	g.cond = sync.NewCond(&g.mu)
	return g
}

func (g *gatedInput) set(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.on = on
	g.cond.Broadcast()
}

func (g *gatedInput) open() { g.set(true) }
func (g *gatedInput) shut() { g.set(false) }

func (g *gatedInput) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.on
}

func (g *gatedInput) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done = true
	g.cond.Broadcast()
}

// Close implements io.Closer.
func (g *gatedInput) Close() error {
	g.close()
	return nil
}

// Read waits until the gate is open and something was typed.
func (g *gatedInput) Read(p []byte) (int, error) {
	for {
		g.mu.Lock()
		for !g.on && !g.done {
			g.cond.Wait()
		}
		done := g.done
		g.mu.Unlock()
		if done {
			return 0, io.EOF
		}
		fds := []unix.PollFd{{Fd: int32(g.file.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 50)
		if n <= 0 || err != nil {
			continue // nothing was typed, or a signal came
		}
		if g.isOpen() {
			n, err := g.file.Read(p)
			g.mu.Lock()
			g.lines = strings.Count(strings.ReplaceAll(string(p[:max(n, 0)]), "\n", "\r"), "\r")
			g.mu.Unlock()
			return n, err
		}
	}
}

// tookLine notes that a line ended.
func (g *gatedInput) tookLine() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines = max(g.lines-1, 0)
}

// hasLine reports whether the end of another line was read already.
func (g *gatedInput) hasLine() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lines > 0
}

// interact carries out what a user types.
func (sh *shell) interact(ctx context.Context) error {
	t := sh.options.Terminal
	t.complete = func(line []rune, pos int) ([]rune, int, string) { return sh.completeLine(ctx, line, pos) }
	t.interrupts = sh.options.Interrupts
	t.setVi(sh.settings.vi)
	sh.note("%s", shorten("nixops4 "+sh.project.Version+", "+sh.relative(sh.project.File), sh.columns()-1))
	sh.note(":help lists the commands, Ctrl-D quits")
	for !sh.quit && ctx.Err() == nil {
		t.star = sh.inStar
		prompt := sh.promptText()
		sh.prompt = width(prompt)
		input, statement, err := sh.typed(prompt)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLineInterrupted):
			continue
		}
		var wrong *inputError
		if err != nil && !errors.As(err, &wrong) {
			return fmt.Errorf("reading from the terminal: %w", err)
		}
		t.remember(input)
		if err := sh.carryOut(ctx, strings.TrimSpace(input), statement, err); err != nil {
			sh.fail(err)
		}
	}
	return ctx.Err()
}

// typed reads lines until they make a statement.
func (sh *shell) typed(prompt string) (string, statement, error) {
	text := ""
	continued := strings.Repeat(" ", max(width(prompt)-5, 0)) + "...> "
	for {
		shown := sh.paint(cyan, prompt)
		if text != "" {
			shown = sh.paint(dim, continued)
		}
		sh.options.Terminal.goingOn = text != ""
		line, err := sh.options.Terminal.readLine(shown)
		if err != nil {
			return "", statement{}, err
		}
		text += line
		typed := text
		if sh.inStar || strings.HasPrefix(strings.TrimSpace(text), ":st") {
			typed += "\n" // an empty line ends a block
		}
		s, err := sh.read(typed, false)
		if !errors.Is(err, errIncomplete) {
			return text, s, err
		}
		if strings.TrimSpace(line) == "" && strings.HasSuffix(text, "\n\n") && !sh.options.Terminal.hasMore() { // two empty lines show that nothing more will come
			s, err := sh.read(text, true)
			return text, s, err
		}
		text += "\n"
	}
}

func (sh *shell) promptText() string {
	name := "nixops4"
	if sh.inStar {
		name += " star"
	}
	if !sh.cwd.IsRoot() {
		name += " " + shorten(sh.cwd.String(), max(sh.columns()/3, 8))
	}
	if sh.step != nil {
		done, all := 0, 0
		for _, row := range sh.stepRows() {
			all++
			if row.State.over() {
				done++
			}
		}
		name += fmt.Sprintf(" step %d/%d", min(done+1, all), all)
	}
	return name + "> "
}

// patience is how long a user who pressed Tab is kept waiting at most.
const patience = 200 * time.Millisecond
