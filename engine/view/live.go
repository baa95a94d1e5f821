package view

// This file shows on a terminal what is running now, below the lines that stay.
//
// The region at the bottom is drawn anew with each change, and taken away before anything else is written; so whoever writes to the terminal in the
// meantime has to write to the [Live]. The lines of the region are never wider than the terminal. When it was made narrower since they were drawn,
// the terminal has wrapped them, and they are taken away as the rows that they fill now.

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// LiveOptions of a live view.
type LiveOptions struct {
	Options
	// Size returns the columns and lines of the terminal; 0 means that it does not say.
	Size func() (columns, lines int)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Every is how often the region is drawn when nothing happens; 0 means a fifth of a second, below 0 never.
	Every time.Duration
}

// Live writes events to a terminal. Its methods may be called from several goroutines at once.
type Live struct {
	options LiveOptions
	lines   *Lines
	stop    chan struct{}
	stopped sync.Once
	ticking sync.WaitGroup

	mu      sync.Mutex // guards the rest
	out     io.Writer
	drawn   []int // widths of the region's lines, as they were drawn
	partial bool  // the last thing written did not end its line
	running []*running
	began   time.Time
	total   int // items of the plan that do something
	done    int
	failed  int
	frame   int
	closed  bool
}

// running is a row of the region.
type running struct {
	item  *plan.Item
	began time.Time
	log   string
	build builds
}

// builds are what Nix does for a row.
type builds struct {
	names          []string // what is being built or fetched, the latest last
	done, expected int
}

func (b *builds) note(e engine.Building) {
	switch e.Phase {
	case engine.BuildStarted, engine.BuildFetch:
		b.names = append(b.names, e.Name)
	case engine.BuildEnded:
		if i := slices.Index(b.names, e.Name); i >= 0 {
			b.names = slices.Delete(b.names, i, i+1)
		}
	case engine.BuildCount:
		b.done, b.expected = e.Done, e.Expected
	}
}

func (b *builds) describe() string {
	if len(b.names) == 0 {
		return ""
	}
	text := "building " + clean(b.names[len(b.names)-1])
	if more := len(b.names) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if b.expected > 1 {
		text += fmt.Sprintf(" (%d of %d done)", b.done, b.expected)
	}
	return text
}

// NewLive returns a view on the terminal out. [Live.Close] must be called before anybody else writes there.
func NewLive(out io.Writer, options LiveOptions) *Live {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Every == 0 {
		options.Every = time.Second / 5
	}
	l := &Live{options: options, out: out, stop: make(chan struct{}), began: options.Now()}
	plain := options.Options
	plain.Patience = 1000 * time.Hour // what runs is in the region
	l.lines = NewLines(l, plain)
	if options.Every > 0 {
		l.ticking.Go(l.tick)
	}
	return l
}

// Begin says what is about to be carried out.
func (l *Live) Begin(p *plan.Plan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began = l.options.Now()
	for _, item := range p.Items {
		if item.Action != plan.None && item.Action != plan.Blocked {
			l.total++
		}
	}
}

// Event takes in an event.
func (l *Live) Event(e engine.Event) {
	l.note(e)
	switch e := e.(type) {
	case engine.Log:
		if !l.options.Verbose && l.row(e.Path) {
			l.redraw() // its row shows it
			return
		}
	case engine.Building:
		if !l.options.Verbose && l.row(e.Path) {
			l.redraw()
			return
		}
	case engine.Summary:
		l.Close()
	}
	l.lines.Event(e)
	l.redraw()
}

// note keeps what the region shows.
func (l *Live) note(e engine.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := e.(type) {
	case engine.Planned:
		if e.Continued && e.Item.Action != plan.None {
			l.total++
		}
	case engine.Started:
		l.running = append(l.running, &running{item: e.Item, began: e.Time})
	case engine.Log:
		for _, r := range l.running {
			if r.item.Path == e.Path {
				text := strings.TrimRight(e.Text, "\n")
				r.log = strings.TrimSpace(clean(text[strings.LastIndexByte(text, '\n')+1:]))
			}
		}
	case engine.Building:
		for _, r := range l.running {
			if r.item.Path == e.Path {
				r.build.note(e)
				r.log = ""
				if e.Phase == engine.BuildLog {
					r.log = strings.TrimSpace(clean(e.Text))
				}
			}
		}
	case engine.Finished:
		l.end(e.Item.Path)
		if e.Item.Action != plan.None {
			l.done++
		}
	case engine.Failed:
		l.end(e.Path)
		l.failed++
	}
}

func (l *Live) end(path addr.Path) {
	l.running = slices.DeleteFunc(l.running, func(r *running) bool { return r.item.Path == path })
}

// row reports whether a resource has a row.
func (l *Live) row(path addr.Path) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.running, func(r *running) bool { return r.item.Path == path })
}

// Write writes text above the region.
func (l *Live) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	l.erase(&b)
	b.Write(text)
	if len(text) > 0 {
		l.partial = text[len(text)-1] != '\n'
	}
	if !l.partial {
		l.draw(&b)
	}
	if _, err := io.WriteString(l.out, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

func (l *Live) redraw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.partial || l.closed {
		return
	}
	var b strings.Builder
	l.erase(&b)
	l.draw(&b)
	_, _ = io.WriteString(l.out, b.String()) // there is nowhere else to tell an error
}

func (l *Live) tick() {
	ticker := time.NewTicker(l.options.Every)
	defer ticker.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-ticker.C:
			l.mu.Lock()
			l.frame++
			l.mu.Unlock()
			l.redraw()
		}
	}
}

// Close takes the region away. Events may still come, and are written as lines.
func (l *Live) Close() {
	l.stopped.Do(func() { close(l.stop) })
	l.ticking.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	var b strings.Builder
	l.erase(&b)
	_, _ = io.WriteString(l.out, b.String())
}

// size is what the terminal says, or the usual.
func (l *Live) size() (columns, lines int) {
	if l.options.Size != nil {
		columns, lines = l.options.Size()
	}
	if columns <= 0 {
		columns = 80
	}
	if lines <= 0 {
		lines = 24
	}
	return columns, lines
}

// erase takes the region off the screen; the cursor is where it began.
func (l *Live) erase(b *strings.Builder) {
	if len(l.drawn) == 0 {
		return
	}
	columns, lines := l.size()
	rows := 0
	for _, width := range l.drawn {
		rows += max(1, (width+columns-1)/columns)
	}
	fmt.Fprintf(b, "\r\x1b[%dA\x1b[J", min(rows, max(lines-1, 1)))
	l.drawn = nil
}

// draw writes the region. Each of its lines ends with a line feed, so that the cursor is below it.
func (l *Live) draw(b *strings.Builder) {
	if l.closed || len(l.running) == 0 {
		return
	}
	columns, lines := l.size()
	shown := min(len(l.running), max(lines-3, 1), 12)
	for _, r := range l.running[:shown] {
		l.line(b, columns, dim, l.describe(r))
	}
	l.line(b, columns, "", l.counts(shown))
}

func (l *Live) line(b *strings.Builder, columns int, color, text string) {
	text = cutColumns(text, columns-1)
	l.drawn = append(l.drawn, textWidth(text))
	b.WriteString(paint(l.options.Color, color, text) + "\n")
}

var frames = []string{"⠋", "⠙", "⠸", "⠴", "⠦", "⠇"}

func (l *Live) describe(r *running) string {
	text := fmt.Sprintf("%s %s %s  %s", frames[l.frame%len(frames)], Gerund(r.item.Action), name(r.item.Path), Duration(l.options.Now().Sub(r.began)))
	if build := r.build.describe(); build != "" {
		text += "  " + build
	}
	if r.log != "" {
		text += "  | " + r.log
	}
	return text
}

func (l *Live) counts(shown int) string {
	parts := []string{fmt.Sprintf("%d running", len(l.running))}
	if hidden := len(l.running) - shown; hidden > 0 {
		parts[0] += fmt.Sprintf(" (%d not shown)", hidden)
	}
	parts = append(parts, fmt.Sprintf("%d of %d done", l.done, max(l.total, l.done+l.failed+len(l.running))))
	if l.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", l.failed))
	}
	return "  " + strings.Join(parts, ", ") + ", " + Duration(l.options.Now().Sub(l.began))
}

// textWidth is how many columns a text takes on a terminal: wide characters take two.
func textWidth(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r == 0x200d, r >= 0x300 && r <= 0x36f, r >= 0xfe00 && r <= 0xfe0f:
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// cutColumns shortens a text to n columns. A tab counts as one blank.
func cutColumns(text string, n int) string {
	text = strings.ReplaceAll(text, "\t", " ")
	if textWidth(text) <= n {
		return text
	}
	used := 0
	for i, r := range text {
		if used+runeWidth(r) > n-1 {
			return text[:i] + "…"
		}
		used += runeWidth(r)
	}
	return text
}
