package repl

// This file keeps what a session has done, and writes it as a script or as a list of commands.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"nixops4/engine/addr"
	"nixops4/script"
)

// act is something that the session has done.
type act struct {
	script string // as statements of a script; or:
	byHand string // the command that does the same, for what scripts cannot do
}

// did remembers an act.
func (sh *shell) did(a act) { sh.done = append(sh.done, a) }

// didByHand remembers something that scripts cannot do, unless it failed.
func (sh *shell) didByHand(ctx context.Context, command string, err error) error {
	if err == nil {
		sh.did(act{byHand: command})
	}
	return errors.Join(err, sh.acted(ctx))
}

// keepLine remembers a statement that was carried out, or what it came to.
func (sh *shell) keepLine(input string) {
	switch {
	case sh.instead != nil:
		sh.lines = append(sh.lines, sh.instead...)
	default:
		sh.lines = append(sh.lines, input)
	}
}

// decidedStep remembers what became of a step.
func (sh *shell) decidedStep(path addr.Path, done bool) {
	if sh.instead == nil {
		sh.instead = []string{}
	}
	if done {
		sh.instead = append(sh.instead, ":step "+path.String())
	} else {
		sh.instead = append(sh.instead, ":skip "+path.String())
	}
}

// scriptCall writes a call of a function of ctx.
func scriptCall(function string, paths ...addr.Path) string {
	var quoted []string
	for _, path := range paths {
		quoted = append(quoted, starString(path.String()))
	}
	return "ctx." + function + "(" + strings.Join(quoted, ", ") + ")"
}

func starString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

func save(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		return answer{}, usage(mustLookUp("save"))
	}
	if filepath.Ext(arg) == ".star" {
		return answer{}, sh.saveScript(ctx, arg)
	}
	var b strings.Builder
	for _, text := range sh.lines {
		if text != ":q" && !strings.HasPrefix(text, ":save ") {
			b.WriteString(text + "\n")
			if strings.Contains(text, "\n") {
				b.WriteString("\n") // it may be a block, which this ends
			}
		}
	}
	if err := os.WriteFile(sh.file(arg), []byte(b.String()), 0o666); err != nil {
		return answer{}, err
	}
	sh.note("%s has all statements so far; to do them again: nixops4 repl --yes < %s", arg, arg)
	return answer{}, nil
}

var (
	operationName = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)
	variableRead  = regexp.MustCompile(`ctx\.env\(\s*"([^"\\]+)"`)
)

// saveScript writes what was done as an operation.
func (sh *shell) saveScript(ctx context.Context, arg string) error {
	if !slices.ContainsFunc(sh.done, func(a act) bool { return a.script != "" }) {
		return &hinted{errors.New("nothing was done in this session that an operation could do again"), "to keep what was typed, leave out .star: :save session.repl"}
	}
	name := strings.TrimSuffix(filepath.Base(arg), ".star")
	if !operationName.MatchString(name) {
		name = "session"
	}
	file := sh.file(arg)
	if err := os.WriteFile(file, []byte(operationText(name, sh.relative(sh.project.File), sh.done)), 0o666); err != nil {
		return err
	}
	if err := sh.checkScript(ctx, file); err != nil {
		return fmt.Errorf("%s was written, but is no operation yet: %w", arg, err)
	}
	for _, a := range sh.done {
		if a.byHand != "" {
			sh.note("%s says in a comment what scripts cannot do: %s", arg, a.byHand)
		}
	}
	again := "nixops4 run --script " + arg + " " + name
	if filepath.Dir(file) == filepath.Join(filepath.Dir(sh.project.File), script.OperationsDir) {
		again = "nixops4 run " + name
	}
	sh.note("%s has what was done so far; to do it again: %s", arg, again)
	return nil
}

func (sh *shell) checkScript(ctx context.Context, file string) error {
	p, err := sh.project.Scripts.Project()
	if err == nil {
		_, err = p.Load(ctx, file)
	}
	return err
}

// operationText is a script with one operation.
func operationText(name, root string, acts []act) string {
	var loads, body strings.Builder
	var variables []string
	statements := 0
	for _, a := range acts {
		switch {
		case a.byHand != "":
			body.WriteString("    # Scripts cannot do this: " + strings.ReplaceAll(a.byHand, "\n", " ") + "\n")
		case strings.HasPrefix(a.script, "load("):
			loads.WriteString(strings.TrimSpace(a.script) + "\n")
		default:
			body.WriteString(script.Indent(strings.TrimRight(a.script, "\n"), "    ") + "\n")
			statements++
		}
		for _, found := range variableRead.FindAllStringSubmatch(a.script, -1) {
			variables = append(variables, starString(found[1]))
		}
	}
	if statements == 0 {
		body.WriteString("    pass\n")
	}
	env := ""
	if len(variables) > 0 {
		slices.Sort(variables)
		env = ", env = [" + strings.Join(slices.Compact(variables), ", ") + "]"
	}
	if loads.Len() > 0 {
		loads.WriteString("\n")
	}
	function := strings.ReplaceAll(name, "-", "_")
	return fmt.Sprintf("# What was done in nixops4 repl on %s, with %s.\n\n%sdef %s(ctx):\n%s\noperation(%q, %s, doc = %q, writes = True%s)\n",
		time.Now().Format(time.DateOnly), root, loads.String(), function, body.String(), name, function, "What was done in a session of nixops4 repl.", env)
}
