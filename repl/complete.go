package repl

// This file completes what is being typed.

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/eval/worker"
)

// completion is something that may be typed, in place of the text from start on.
type completion struct {
	text    string // as it is typed
	preview string
}

// completeLine completes at a position of a line. It returns the new line, nil when it stays as it is, and a list of what there is to choose from,
// or the value of what is typed already. It takes no longer than patience.
func (sh *shell) completeLine(ctx context.Context, line []rune, pos int) ([]rune, int, string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before := string(line[:pos])
	if sh.options.Terminal.goingOn && strings.TrimSpace(before) == "" { // indentation, maybe of what is pasted
		blanks := "  "
		if sh.inStar {
			blanks += blanks
		}
		return append([]rune(before+blanks), line[pos:]...), pos + len(blanks), ""
	}
	type found struct {
		start    int
		matching []completion
		preview  string
	}
	done := make(chan found, 1)
	go func() { // a slow file system does not listen to contexts
		start, all := sh.completions(ctx, before)
		f := found{start: start, matching: rank(before[start:], all)}
		if len(f.matching) == 1 && f.matching[0].text == before[start:] {
			f.preview = sh.previewOf(ctx, before, f.matching[0])
		}
		done <- f
	}()
	var f found
	select {
	case f = <-done:
	case <-ctx.Done():
		return nil, 0, ""
	}
	if len(f.matching) == 0 {
		return nil, 0, ""
	}
	start, matching := f.start, f.matching
	partial := before[start:]
	insert := common(partial, matching)
	list := f.preview
	if len(matching) > 1 && insert == partial {
		list = sh.choices(matching)
	}
	newBefore := []rune(before[:start] + insert)
	return append(newBefore, line[pos:]...), len(newBefore), list
}

// rank keeps what matches: what starts with the partial text or, when nothing does, what has its letters in this order, best first.
func rank(partial string, all []completion) []completion {
	if partial == "" {
		return all
	}
	var matching []completion
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.text
		if strings.HasPrefix(c.text, partial) {
			matching = append(matching, c)
		}
	}
	if len(matching) > 0 {
		return matching
	}
	for _, match := range fuzzy.Find(partial, names) {
		matching = append(matching, all[match.Index])
	}
	return matching
}

// common is what can be typed for the user: what all choices start with, unless that is less than what was typed.
func common(partial string, matching []completion) string {
	prefix := []rune(matching[0].text)
	for _, c := range matching[1:] {
		text := []rune(c.text)
		n := 0
		for n < len(prefix) && n < len(text) && prefix[n] == text[n] {
			n++
		}
		prefix = prefix[:n]
	}
	if len(matching) > 1 && !strings.HasPrefix(string(prefix), partial) {
		return partial
	}
	return string(prefix)
}

// choices lists completions: in columns, or one a line with a preview when they are few.
func (sh *shell) choices(matching []completion) string {
	const most = 60
	rest := ""
	if len(matching) > most {
		rest = sh.paint(dim, "… and more") + "\n"
		matching = matching[:most]
	}
	previews := 0
	widest := 0
	for _, c := range matching {
		widest = max(widest, width(c.text))
		if c.preview != "" {
			previews++
		}
	}
	columns := sh.columns()
	if previews > 0 && len(matching) <= 12 {
		var rows [][]string
		for _, c := range matching {
			rows = append(rows, []string{shorten(c.text, max(columns/2, 8)), c.preview})
		}
		return table(rows, columns-1) + rest
	}
	per := max((columns-1)/(widest+2), 1)
	var b strings.Builder
	for i, c := range matching {
		if i > 0 && i%per == 0 {
			b.WriteByte('\n')
		}
		text := shorten(c.text, columns-1)
		b.WriteString(text)
		if (i+1)%per != 0 && i < len(matching)-1 {
			b.WriteString(strings.Repeat(" ", max(widest-width(text), 0)+2))
		}
	}
	return b.String() + "\n" + rest
}

// completions returns what can follow, and where it starts.
func (sh *shell) completions(ctx context.Context, before string) (start int, all []completion) {
	rest, isCommand := strings.CutPrefix(before, ":")
	switch {
	case !isCommand && sh.inStar:
		return sh.completeStarlark(ctx, before)
	case !isCommand:
		return sh.completeExpr(ctx, before)
	}
	name, _, hasArg := strings.Cut(rest, " ")
	if !hasArg {
		return 1, commandCompletions()
	}
	c, err := lookUp(name)
	if err != nil {
		return len(before), nil
	}
	word := lastWord(before)
	switch c.takes {
	case takesPaths:
		return word, sh.completePath(ctx, before[word:])
	case takesExpr:
		if c.name == "src" || c.name == "edit" {
			if paths := sh.completePath(ctx, before[word:]); len(rank(before[word:], paths)) > 0 {
				return word, paths
			}
		}
		return sh.completeExpr(ctx, before)
	case takesStep:
		return word, sh.completeStep()
	case takesStatement:
		_, statement, ok := strings.Cut(strings.TrimLeft(before[len(name)+2:], " "), " ")
		if !ok {
			return len(before), nil
		}
		start, all := sh.completions(ctx, statement)
		return len(before) - len(statement) + start, all
	case takesNix:
		return sh.completeExpr(ctx, before)
	case takesStarlark:
		return sh.completeStarlark(ctx, before)
	case takesOperation:
		return word, sh.completeOperation(ctx, before[:word], before[word:])
	case takesFile:
		return word, sh.completeFile(before[word:])
	case takesCommand:
		return word, commandCompletions()
	case takesSetting:
		return word, settingCompletions(strings.Fields(rest), before[word:])
	}
	return len(before), nil
}

// completeStep lists the steps that are left.
func (sh *shell) completeStep() []completion {
	if sh.plan == nil && sh.step == nil {
		return nil
	}
	var all []completion
	for _, row := range sh.stepRows() {
		if !row.State.over() {
			all = append(all, completion{row.Path.String(), string(row.State) + ", " + string(row.Action)})
		}
	}
	return all
}

func commandCompletions() []completion {
	var all []completion
	for _, c := range commands {
		all = append(all, completion{c.name, c.short})
	}
	slices.SortFunc(all, func(a, b completion) int { return strings.Compare(a.text, b.text) })
	return all
}

func settingCompletions(fields []string, partial string) []completion {
	if len(fields) > 2 || len(fields) == 2 && partial == "" {
		var all []completion
		for _, value := range map[string][]string{"editing": {"emacs", "vi"}, "all": {"off", "on"}, "pager": {"off", "on"}, "reveal": {"off", "on"}, "timing": {"off", "on"}}[fields[1]] {
			all = append(all, completion{text: value})
		}
		return all
	}
	var all []completion
	for _, s := range settingsTable {
		all = append(all, completion{s.name, s.about})
	}
	return all
}

// lastWord is where the last word outside of quotes starts.
func lastWord(text string) int {
	start, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			start = i + 1
		}
	}
	return start
}

// completePath lists the members of the component that a path is typed in.
func (sh *shell) completePath(ctx context.Context, partial string) []completion {
	prefix := ""
	for i := len(partial) - 1; i >= 0; i-- {
		// A dot inside of a quoted name leaves the quote open, and is no path.
		if partial[i] == '.' || partial[i] == '/' {
			if _, err := sh.path(partial[:i]); err == nil || partial[i] == '/' {
				prefix = partial[:i+1]
				break
			}
		}
	}
	parent, err := sh.path(strings.TrimSuffix(prefix, "."))
	if err != nil {
		return nil
	}
	_, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil
	}
	c, err := config.Component(ctx, parent, engine.WantContents)
	if err != nil {
		return nil
	}
	var all []completion
	for _, name := range c.Members {
		all = append(all, completion{text: prefix + addr.Quote(name)})
	}
	return all
}

var attrChain = regexp.MustCompile(`((?:[A-Za-z_][A-Za-z0-9_'-]*|"(?:[^"\\]|\\.)*")\.)*("(?:[^"\\]|\\.)*|[A-Za-z_][A-Za-z0-9_'-]*)?$`)

// chainAtEnd is the attribute path that a text ends with, and its last name, which may be typed in part.
func chainAtEnd(before string) (chain, partial string) {
	found := attrChain.FindStringSubmatch(before)
	chain, partial = found[0], found[2]
	at := len(before) - len(partial)
	if strings.HasPrefix(partial, `"`) && strings.Count(before[:at], `"`)%2 == 1 { // it closes a string
		return chainAtEnd(before[at+1:])
	}
	return chain, partial
}

// completeExpr completes the name, or the attribute, that an expression ends with.
func (sh *shell) completeExpr(ctx context.Context, before string) (int, []completion) {
	chain, partial := chainAtEnd(before)
	from := len(before) - len(chain)
	if from > 0 && (before[from-1] == '.' || before[from-1] == '/' || before[from-1] == '"') {
		return len(before), nil // the attribute of something in brackets, a path, a string
	}
	set, start := "", from
	if len(partial) < len(chain) {
		start = len(before) - len(partial)
		set = strings.TrimSuffix(chain[:len(chain)-len(partial)], ".")
	} else if chain == "" && strings.TrimSpace(before) != "" && before[len(before)-1] != ' ' && before[len(before)-1] != '(' {
		return len(before), nil
	}
	if options := sh.completeInputs(ctx, before[:from], set); options != nil {
		return start, options
	}
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return start, nil
	}
	names, err := client.Complete(ctx, worker.CompleteRequest{Expr: set, Dir: sh.project.Dir, At: sh.cwd.Names()})
	var all []completion
	for _, name := range names {
		if strings.HasPrefix(name.Name, "_") && !strings.HasPrefix(before[start:], "_") {
			continue // internal, or a result
		}
		all = append(all, completion{addr.Quote(name.Name), name.Preview})
	}
	if of, ok := strings.CutSuffix(set, ".inputs"); ok && (err != nil || lacksPreviews(all)) {
		// What an input can be says more than nothing.
		return start, mergeOptions(all, sh.optionsOf(ctx, client, "("+of+").type"))
	}
	return start, all
}

// completeFile lists files.
func (sh *shell) completeFile(partial string) []completion {
	dir, _ := filepath.Split(partial)
	entries, err := os.ReadDir(sh.file(dir))
	if err != nil {
		return nil
	}
	var all []completion
	for _, e := range entries {
		text := dir + e.Name()
		if e.IsDir() {
			text += "/"
		}
		if !strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(filepath.Base(partial), ".") {
			all = append(all, completion{text: text})
		}
	}
	return all
}
