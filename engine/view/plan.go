package view

// This file shows a plan to people.

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/internal/secret"
)

// PlanOptions say how a plan is shown.
type PlanOptions struct {
	Color bool
	// Verbose shows also what is unchanged, and the inputs of what runs every time.
	Verbose bool
	// Width is how many columns there are; 0 means 100.
	Width int
}

// sign is how an action is marked.
var signs = map[plan.Action]struct{ sign, color string }{
	plan.Create: {"+", green}, plan.Ensure: {"»", ""}, plan.Update: {"~", yellow}, plan.Replace: {"±", red}, plan.Delete: {"-", red},
	plan.Move: {"→", yellow}, plan.Adopt: {"←", green}, plan.Release: {"!", yellow}, plan.Read: {"?", ""}, plan.None: {" ", dim}, plan.Blocked: {"?", yellow},
}

// Plan writes a plan: a line for each item and below it what changes, then what cannot be planned, then a summary line.
func Plan(out io.Writer, p *plan.Plan, options PlanOptions) error {
	if options.Width <= 0 {
		options.Width = 100
	}
	v := &planView{options: options}
	for _, item := range p.Items {
		if v.shown(item) {
			v.paths = max(v.paths, width(item.Path.String()))
			v.types = max(v.types, width(item.Type))
		}
	}
	v.paths = min(v.paths, 40)
	for _, item := range p.Items {
		if v.shown(item) {
			v.item(item)
		}
	}
	for _, problem := range p.Problems {
		v.problem(problem)
	}
	if v.text.Len() > 0 {
		v.text.WriteString("\n")
	}
	v.text.WriteString("plan: " + PlanCount(p) + "\n")
	_, err := io.WriteString(out, v.text.String())
	return err
}

// PlanCount returns one line such as "2 to create, 1 to delete; 5 unchanged; 1 not known yet".
func PlanCount(p *plan.Plan) string {
	counts := map[plan.Action]int{}
	conditional := 0
	for _, item := range p.Items {
		if item.Conditional {
			conditional++
			continue
		}
		counts[item.Action]++
	}
	var parts []string
	add := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	for _, action := range plan.Actions() {
		if action != plan.None && action != plan.Blocked {
			add(counts[action], "to "+string(action))
		}
	}
	add(conditional, "perhaps to change")
	add(counts[plan.None], "unchanged")
	add(counts[plan.Blocked], "not known yet")
	problems := 0
	for _, problem := range p.Problems {
		if !problem.Skipped {
			problems++
		}
	}
	add(problems, "that cannot be planned")
	if len(parts) == 0 {
		return "there is nothing"
	}
	return strings.Join(parts, ", ")
}

// planView is a plan being written.
type planView struct {
	options      PlanOptions
	paths, types int // widths of the columns
	text         strings.Builder
}

func (v *planView) shown(item *plan.Item) bool { return item.Action != plan.None || v.options.Verbose }

func (v *planView) item(item *plan.Item) {
	item = item.Masked()
	mark := signs[item.Action]
	word := string(item.Action)
	if item.Conditional {
		word += "?"
	}
	line := fmt.Sprintf("%s %s", mark.sign, pad(word, 9))
	rest := pad(name(item.Path), v.paths)
	if v.types > 0 {
		rest += "  " + pad(clean(item.Type), v.types)
	}
	notes := v.notes(item)
	if notes == "" {
		rest = strings.TrimRight(rest, " ")
	} else {
		rest += "  " + paint(v.options.Color, dim, notes)
	}
	v.text.WriteString("  " + paint(v.options.Color, mark.color, line) + rest + "\n")
	v.changes(item)
}

// notes are the reasons that the changes below do not say by themselves.
func (v *planView) notes(item *plan.Item) string {
	var notes []string
	for _, reason := range item.Reasons {
		if reason.Kind != plan.ReasonInput && reason.Kind != plan.ReasonUnknown {
			notes = append(notes, clean(reason.Text))
		}
	}
	switch {
	case item.Action == plan.Ensure && len(item.Waits) > 0:
		notes = append(notes, "when "+outputNames(item.Waits)+" is known")
	case item.Action == plan.Replace && item.CreateFirst:
		notes = append(notes, "the new one first")
	case item.NoCall && item.Action == plan.Update:
		notes = append(notes, "only the record changes")
	}
	return strings.Join(notes, "; ")
}

func outputNames(outputs []addr.Output) string {
	names := make([]string, len(outputs))
	for i, output := range outputs {
		names[i] = output.String()
	}
	return strings.Join(names, ", ")
}

// changes writes the differences of the inputs, and how many there are that stay.
func (v *planView) changes(item *plan.Item) {
	changes := item.Changes
	switch {
	case item.Action == plan.Delete || item.Action == plan.Ensure && !v.options.Verbose:
		return
	case item.Action == plan.Ensure:
		changes = plan.Diff(nil, item.Inputs) // the item is masked, so these are
	}
	names := make([]string, len(changes))
	column := 0
	for i, c := range changes {
		names[i] = clean(place(c.At))
		column = max(column, width(names[i]))
	}
	column = min(column, 30)
	for _, c := range item.Drift {
		v.indented(fmt.Sprintf("%s: %s, but it is %s", clean(place(c.At)), v.short(c.Before, v.options.Width/3), v.short(c.After, v.options.Width/3)))
	}
	for i, c := range changes {
		v.change(c, pad(names[i], column), item.Before == nil)
	}
	if same := unchanged(item); same > 0 && len(changes) > 0 {
		v.indented(paint(v.options.Color, dim, "("+count(same, "input")+" unchanged)"))
	}
}

// unchanged counts the inputs that stay.
func unchanged(item *plan.Item) int {
	if item.Before == nil {
		return 0
	}
	same := len(item.Inputs.Known)
	changed := map[string]bool{}
	for _, c := range item.Changes {
		if len(c.At) > 0 && item.Inputs.Known[c.At[0]] != nil {
			changed[c.At[0]] = true
		}
	}
	return same - len(changed)
}

func (v *planView) change(c plan.Change, label string, created bool) {
	room := max(v.options.Width-width(label)-8, 20)
	until := ""
	if c.Unknown() {
		until = paint(v.options.Color, yellow, "(known after "+c.Until.String()+")")
	}
	before, beforeText := stringOf(c.Before)
	after, afterText := stringOf(c.After)
	switch {
	case before == secret.Hidden && after == secret.Hidden:
		v.indented(label + "  (sensitive, changes)")
	case c.Unknown() && c.Before == nil:
		v.indented(label + "  " + until)
	case c.Unknown():
		v.indented(label + "  " + v.short(c.Before, room/2) + " → " + until)
	case created || c.Before == nil:
		v.indented(label + "  " + v.short(c.After, room))
	case c.After == nil:
		v.indented(label + "  " + v.short(c.Before, room-12) + " → (nothing)")
	case beforeText && afterText && (strings.Contains(before+after, "\n")):
		v.indented(strings.TrimRight(label, " "))
		v.lines(before, after)
	case beforeText && afterText && utf8.RuneCountInString(before)+utf8.RuneCountInString(after) > room-8:
		x, y := window(before, after, room)
		v.indented(label + "  " + paint(v.options.Color, red, x))
		v.indented(strings.Repeat(" ", width(label)) + "→ " + paint(v.options.Color, green, y))
	default:
		v.indented(label + "  " + v.short(c.Before, room/2) + " → " + v.short(c.After, room/2))
	}
}

// lines writes the difference of two texts line by line.
func (v *planView) lines(before, after string) {
	for _, l := range diffLines(before, after) {
		color := map[byte]string{'-': red, '+': green, ' ': dim, '~': dim}[l.kind]
		text := string(l.kind) + " " + clean(l.text)
		if l.kind == '~' {
			text = "  … " + count(l.folded, "unchanged line")
		}
		v.indented("  " + paint(v.options.Color, color, cut(text, v.options.Width-8)))
	}
}

func (v *planView) indented(text string) {
	v.text.WriteString("      " + strings.TrimRight(text, " ") + "\n")
}

func (v *planView) problem(p plan.Problem) {
	word, color := "failed", red
	text := p.Error
	if p.Skipped {
		word, color = "skipped", yellow
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(text, name(p.Path)+": "), "\n")
	v.text.WriteString("  " + paint(v.options.Color, color, "! "+pad(word, 9)) + pad(name(p.Path), v.paths) + "  " + clean(first) + "\n")
}

// short writes a value on one line that has no more than n columns.
func (v *planView) short(text []byte, n int) string {
	if text == nil {
		return "(nothing)"
	}
	s, isString := stringOf(text)
	if s == secret.Hidden {
		return s // without quotes: it is no value
	}
	if !isString {
		return cut(clean(string(text)), n)
	}
	if lines := strings.Count(strings.TrimSuffix(s, "\n"), "\n") + 1; lines > 1 {
		first, _, _ := strings.Cut(s, "\n")
		return cut(strconv.Quote(clean(first)), n-20) + fmt.Sprintf(" … (%d lines)", lines)
	}
	return cut(quote(s), n)
}

// place writes where a change is: tags.env, args.0.
func place(at []string) string {
	if len(at) == 0 {
		return "(all inputs)"
	}
	parts := make([]string, len(at))
	for i, step := range at {
		parts[i] = step
		if _, err := strconv.Atoi(step); err != nil {
			parts[i] = addr.Quote(step)
		}
	}
	return strings.Join(parts, ".")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func paint(allowed bool, color, text string) string {
	if !allowed || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func width(s string) int { return utf8.RuneCountInString(s) }

func pad(s string, n int) string { return s + strings.Repeat(" ", max(n-width(s), 0)) }

// cut shortens a text to n columns.
func cut(s string, n int) string {
	n = max(n, 8)
	if width(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
