package repl

// This file has the commands about the session itself.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"nixops4/eval/worker"
	"nixops4/internal/spell"
)

var sessionCommands = []*command{
	{name: "help", args: "[COMMAND]", takes: takesCommand, group: groupSession, short: "list the commands, or tell about one; also :?", example: ":help step", run: help},
	{name: "r", takes: takesNothing, group: groupSession, short: "read the root and the states again; bindings are kept", example: ":r", run: reload},
	{name: "l", args: "FILE", takes: takesFile, group: groupSession, short: "bind the attributes of a file", example: ":l helpers.nix", run: loadCommand},
	{name: "lf", args: "FLAKE", takes: takesFile, group: groupSession, short: "bind the outputs of a flake, and the flake itself as flake", example: ":lf .", run: loadFlake},
	{name: "set", args: "[OPTION [VALUE]]", takes: takesSetting, group: groupSession, short: "show or change how the session behaves", example: ":set editing vi", run: set},
	{name: "watch", args: "SECONDS STATEMENT", takes: takesStatement, group: groupSession, short: "do something again and again, until it is interrupted", example: ":watch 30 :drift", run: watch},
	{name: "history", args: "[TEXT]", takes: takesText, group: groupSession, short: "list what was typed in this session, or what of it has TEXT", example: ":history members", run: historyCommand},
	{name: "save", args: "FILE", takes: takesFile, group: groupSession, short: "write what was done into a file: as an operation, or as commands",
		long: "When FILE ends with .star, it becomes an operation, which nixops4 run runs. Anything else is a list of statements, which nixops4 repl reads as its input.", example: ":save operations/rollout.star", run: save},
	{name: "log", takes: takesNothing, group: groupSession, short: "show what evaluation and providers have told so far", example: ":log", run: logCommand},
	{name: "!", args: "COMMAND", takes: takesText, group: groupSession, short: "run a command of the system", example: ":!ls -l", run: system},
	{name: "q", takes: takesNothing, group: groupSession, short: "quit, as Ctrl-D does", example: ":q", run: quit},
}

func quit(sh *shell, _ context.Context, _ string) (answer, error) {
	sh.quit = true
	if sh.step != nil && sh.options.Terminal != nil {
		sh.note("the steps that are left are not done")
	}
	return answer{}, nil
}

func reload(sh *shell, ctx context.Context, _ string) (answer, error) {
	if sh.step != nil {
		return answer{}, errBusy
	}
	clear(sh.states)
	sh.graphs, sh.needs = nil, nil
	client, _, err := sh.evaluator.ready(ctx)
	if ctx.Err() != nil {
		return answer{}, ctx.Err()
	}
	if err == nil { // else there is nothing to keep
		result, err := client.Reload(ctx)
		switch {
		case err != nil:
			return answer{}, errors.Join(&hinted{err, "the root is as it was before"}, sh.evaluator.give(ctx, "state", nil))
		case !result.Flake:
			return sh.reloaded(result), sh.evaluator.give(ctx, "state", nil)
		}
	}
	sh.evaluator.restart()
	if _, _, err = sh.evaluator.ready(ctx); err != nil {
		return answer{}, err
	}
	return answer{text: "the root was opened anew", value: &worker.ReloadResult{Changed: []string{}, Flake: true}}, nil
}

// reloaded says what was read again.
func (sh *shell) reloaded(result *worker.ReloadResult) answer {
	for i, file := range result.Changed {
		result.Changed[i] = sh.relative(file)
	}
	of := fmt.Sprintf("%d files", len(result.Changed)+result.Kept)
	if len(result.Changed)+result.Kept == 1 {
		of = "one file"
	}
	a := answer{text: "nothing has changed in " + of, value: result}
	if len(result.Changed)+result.Kept == 0 {
		a.text = "the root was read again" // after it could not be read
	}
	if n := len(result.Changed); n > 0 {
		a.text = fmt.Sprintf("%d of %s read again: %s", n, of, strings.Join(result.Changed[:min(n, 5)], ", "))
		if n > 5 {
			a.text += ", …"
		}
	}
	return a
}

// load binds the attributes of what is in a file, and returns their names.
func (sh *shell) load(ctx context.Context, file string) ([]string, error) {
	return sh.bindAll(ctx, "import "+nixPath(file), sh.relative(file))
}

// bindAll binds the attributes of what an expression gives.
func (sh *shell) bindAll(ctx context.Context, content, name string) ([]string, error) {
	const attributes = `let it = %s; made = if builtins.isFunction it then it (builtins.intersectAttrs (builtins.functionArgs it) { inherit members lib outputs; }) else it; in `
	prefix := fmt.Sprintf(attributes, content)
	var names []string
	known, err := sh.json(ctx, prefix+"builtins.attrNames made", &names)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, fmt.Errorf("which names %s has depends on outputs that are not known yet", name)
	case len(names) == 0:
		return nil, nil
	}
	_, err = sh.line(ctx, worker.LineRequest{Bindings: "inherit (" + prefix + "made) " + strings.Join(quoteAll(names), " ") + ";"})
	return names, err
}

// nixPath writes an absolute path as an expression.
func nixPath(file string) string { return "(/. + " + nixString(file) + ")" }

func loadCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		return answer{}, usage(mustLookUp("l"))
	}
	file := sh.file(arg)
	if _, err := os.Stat(file); err != nil {
		return answer{}, fmt.Errorf("%s: there is no such file", arg)
	}
	names, err := sh.load(ctx, file)
	if err != nil {
		return answer{}, err
	}
	return answer{text: "bound: " + strings.Join(names, ", "), value: names}, nil
}

// scopeNames are those of the shell, which a flake does not take over.
var scopeNames = []string{"members", "outputs", "config", "options", "lib", "providers", "state", "plan", "inputs", "root", "export", "flake"}

// loadFlake binds a flake as flake, and its outputs by their names.
func loadFlake(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		return answer{}, usage(mustLookUp("lf"))
	}
	ref := arg
	if strings.HasPrefix(arg, ".") || strings.HasPrefix(arg, "~/") {
		ref = sh.file(arg)
	}
	flake := "(builtins.getFlake " + nixString(ref) + ")"
	var names []string
	known, err := sh.json(ctx, "builtins.attrNames "+flake+".outputs", &names)
	switch {
	case err != nil && strings.Contains(err.Error(), "unlocked flake reference"):
		return answer{}, &hinted{err, "the root is in a flake, so its evaluation is pure; name a flake with its revision, or open this one by itself: nixops4 repl --file " + arg}
	case err != nil:
		return answer{}, err
	case !known:
		return answer{}, fmt.Errorf("the flake %s depends on outputs that are not known yet", arg)
	}
	var free, taken []string
	for _, name := range names {
		if slices.Contains(scopeNames, name) {
			taken = append(taken, name)
		} else {
			free = append(free, name)
		}
	}
	bindings := "flake = " + flake + "; "
	if len(free) > 0 {
		bindings += "inherit (" + flake + ".outputs) " + strings.Join(quoteAll(free), " ") + ";"
	}
	if _, err := sh.line(ctx, worker.LineRequest{Bindings: bindings}); err != nil {
		return answer{}, err
	}
	text := "bound: " + strings.Join(append([]string{"flake"}, free...), ", ")
	if len(taken) > 0 {
		text += "; only in flake.outputs: " + strings.Join(taken, ", ")
	}
	return answer{text: text, value: append([]string{"flake"}, free...)}, nil
}

func set(sh *shell, _ context.Context, arg string) (answer, error) {
	name, value, _ := strings.Cut(arg, " ")
	value = strings.TrimSpace(value)
	var names []string
	var rows [][]string
	values := map[string]string{}
	for _, s := range settingsTable {
		names = append(names, s.name)
		rows = append(rows, []string{s.name, s.get(&sh.settings), s.about})
		values[s.name] = s.get(&sh.settings)
		if s.name != name {
			continue
		}
		if value == "" {
			return answer{text: s.get(&sh.settings), value: s.get(&sh.settings)}, nil
		}
		if err := s.set(&sh.settings, value); err != nil {
			return answer{}, err
		}
		if sh.options.Terminal != nil {
			sh.options.Terminal.setVi(sh.settings.vi)
		}
		return answer{}, nil
	}
	if arg == "" {
		return answer{text: table(rows, sh.options.Width()), value: values}, nil
	}
	return answer{}, &hinted{fmt.Errorf("there is no option %q", name), spell.Hint(name, names)}
}

func watch(sh *shell, ctx context.Context, arg string) (answer, error) {
	number, text, _ := strings.Cut(arg, " ")
	seconds, err := strconv.ParseFloat(number, 64)
	if err != nil || seconds <= 0 || strings.TrimSpace(text) == "" {
		return answer{}, usage(mustLookUp("watch"))
	}
	statement, err := read(text, true)
	if err != nil {
		return answer{}, err
	}
	if c, err := lookUp(strings.SplitN(statement.command, " ", 2)[0]); statement.command != "" && err == nil && (c.acts || c.name == "watch") {
		return answer{}, fmt.Errorf(":watch is for looking, and :%s is not", c.name)
	}
	for {
		if sh.step == nil {
			if err := sh.changed(ctx); err != nil {
				return answer{}, err
			}
		}
		a, err := sh.do(ctx, statement)
		if err != nil {
			return answer{}, err
		}
		if !sh.options.JSON {
			sh.note("%s", sh.paint(dim, time.Now().Format(time.TimeOnly)))
		}
		if err := sh.show(text, a); err != nil {
			return answer{}, err
		}
		select {
		case <-time.After(time.Duration(seconds * float64(time.Second))):
		case <-ctx.Done():
			return answer{}, nil // that is how it ends
		}
	}
}

func historyCommand(sh *shell, _ context.Context, arg string) (answer, error) {
	found := []string{}
	var b strings.Builder
	for i, text := range sh.history[:max(len(sh.history)-1, 0)] {
		if strings.Contains(text, arg) {
			found = append(found, text)
			fmt.Fprintf(&b, "%4d  %s\n", i+1, strings.ReplaceAll(text, "\n", "\n      "))
		}
	}
	return answer{text: b.String(), value: found}, nil
}

func logCommand(sh *shell, _ context.Context, _ string) (answer, error) {
	sh.outMu.Lock()
	defer sh.outMu.Unlock()
	return answer{text: strings.Join(sh.logged, "\n"), value: append([]string{}, sh.logged...)}, nil
}

func system(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		return answer{}, usage(mustLookUp("!"))
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", arg)
	cmd.Dir = sh.project.Dir
	if sh.options.Terminal != nil {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		return answer{}, cmd.Run()
	}
	cmd.Stderr = sh.options.Err
	out, err := cmd.Output()
	return answer{text: string(out), value: string(out)}, err
}
