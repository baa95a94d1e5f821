package view

// This file writes events as lines for people.

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// Options of a view.
type Options struct {
	// Color allows escape sequences for colours.
	Color bool
	// Verbose shows also what is unchanged, what starts and what waits.
	Verbose bool
	// Patience is how long an action may run before a line says that it does; 0 means one second.
	Patience time.Duration
}

// Lines writes events to a writer. Its methods may be called from several goroutines at once.
type Lines struct {
	options Options

	mu      sync.Mutex // guards the rest
	out     io.Writer
	running map[addr.Path]*time.Timer
}

// NewLines returns a view that writes to out. Errors of writing are dropped: there is nowhere else to tell them.
func NewLines(out io.Writer, options Options) *Lines {
	if options.Patience == 0 {
		options.Patience = time.Second
	}
	return &Lines{options: options, out: out, running: map[addr.Path]*time.Timer{}}
}

// Event writes what there is to say about an event.
func (l *Lines) Event(e engine.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := e.(type) {
	case engine.Waiting:
		if l.options.Verbose {
			l.write(e.Path, dim, "waits for "+waitsFor(e), "")
		}
	case engine.Started:
		l.started(e)
	case engine.Retrying:
		first, _, _ := strings.Cut(e.Err.Error(), "\n")
		l.write(e.Item.Path, yellow, "refused", fmt.Sprintf(", so it is tried again in %s (attempt %d of %d): %s", Duration(e.Pause), e.Attempt, e.Of, clean(first)))
	case engine.Log:
		for text := range strings.Lines(e.Text) {
			l.write(e.Path, dim, "|", " "+clean(strings.TrimSuffix(text, "\n")))
		}
	case engine.Building:
		l.building(e)
	case engine.Finished:
		l.ended(e.Item.Path)
		if e.Item.Action != plan.None || l.options.Verbose {
			l.write(e.Item.Path, actionColors[e.Item.Action], Past(e.Item.Action), because(e.Item)+took(e.Duration))
		}
	case engine.Failed:
		l.ended(e.Path)
		first, _, _ := strings.Cut(reason(e.Err, e.Path), "\n")
		l.write(e.Path, red, "failed", ": "+clean(first)+took(e.Duration))
	case engine.Skipped:
		l.write(e.Skip.Path, yellow, "skipped", ": "+e.Skip.String())
	case engine.Summary:
		_, _ = fmt.Fprintf(l.out, "nixops4: %s\n", Count(e.Result))
		unrecorded := slices.ContainsFunc(e.Result.Failed, func(f engine.Failure) bool { return f.Doing == "recording" }) // of that there is an error
		if len(e.Result.Failed) > 0 && !unrecorded {
			_, _ = fmt.Fprintln(l.out, "nixops4: what was done is recorded; once the cause is repaired, the same command goes on from there")
		}
	}
}

// building writes what Nix does for a resource.
func (l *Lines) building(e engine.Building) {
	switch e.Phase {
	case engine.BuildStarted:
		l.write(e.Path, dim, "building", " "+clean(e.Name))
	case engine.BuildFetch:
		l.write(e.Path, dim, "fetching", " "+clean(e.Name))
	case engine.BuildLog:
		from := "|"
		if e.Name != "" {
			from = clean(e.Name) + ">"
		}
		l.write(e.Path, dim, from, " "+clean(e.Text))
	case engine.BuildEnded:
		if l.options.Verbose {
			l.write(e.Path, dim, "done with", " "+clean(e.Name))
		}
	}
}

// started writes a line at once, or later if the action is still running then.
func (l *Lines) started(e engine.Started) {
	if l.options.Verbose {
		l.write(e.Item.Path, dim, Gerund(e.Item.Action), because(e.Item))
		return
	}
	l.running[e.Item.Path] = time.AfterFunc(l.options.Patience, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.running[e.Item.Path] != nil {
			l.write(e.Item.Path, dim, Gerund(e.Item.Action), because(e.Item)+" …")
		}
	})
}

func (l *Lines) ended(path addr.Path) {
	if timer := l.running[path]; timer != nil {
		timer.Stop()
		delete(l.running, path)
	}
}

func (l *Lines) write(path addr.Path, color, word, rest string) {
	_, _ = fmt.Fprintf(l.out, "%s: %s%s\n", name(path), l.paint(color, word), rest)
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

var actionColors = map[plan.Action]string{
	plan.Create: green, plan.Ensure: green, plan.Update: yellow, plan.Replace: yellow, plan.Delete: red,
}

func (l *Lines) paint(color, text string) string {
	if !l.options.Color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func name(path addr.Path) string {
	if path.IsRoot() {
		return "the root"
	}
	return path.String()
}

func waitsFor(e engine.Waiting) string {
	var parts []string
	for _, output := range e.On {
		parts = append(parts, output.String())
	}
	if !e.State.IsRoot() {
		parts = append(parts, "the state kept by "+e.State.String())
	}
	return strings.Join(parts, ", ")
}

// reason is the error without the path, which the line starts with.
func reason(err error, path addr.Path) string {
	return strings.TrimPrefix(err.Error(), name(path)+": ")
}

func because(item *plan.Item) string {
	if len(item.Reasons) == 0 {
		return ""
	}
	texts := make([]string, len(item.Reasons))
	for i, reason := range item.Reasons {
		texts[i] = reason.Text
	}
	return " (" + clean(strings.Join(texts, ", ")) + ")"
}

// took tells a duration that somebody may have noticed.
func took(d time.Duration) string {
	if d < 100*time.Millisecond {
		return ""
	}
	return " in " + Duration(d)
}

// Duration writes a duration with the precision that people care for: 0.2 s, 12 s, 3 min 20 s, 2 h 5 min.
func Duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

var escapes = regexp.MustCompile("\x1b(\\[[0-9;?]*[ -/]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\)|.)")

// Clean takes out of a foreign text, of several lines, what could do anything to the terminal.
func Clean(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}

// clean takes out of a foreign line what could do anything to the terminal.
func clean(text string) string {
	text = escapes.ReplaceAllString(text, "")
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}
