package repl

// This file is the table of commands, and finds the one that is meant.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nixops4/engine/addr"
	"nixops4/internal/spell"
)

// command is one of the words that start with a colon.
type command struct {
	name    string
	args    string // for people
	takes   argument
	group   string
	short   string
	long    string // more, besides short; may be empty
	example string
	acts    bool // it changes something
	run     func(sh *shell, ctx context.Context, arg string) (answer, error)
}

// argument is what a command takes, for completion.
type argument int

const (
	takesNothing argument = iota
	takesPaths
	takesExpr
	takesFile
	takesCommand
	takesSetting
	takesText
	takesOperation
	takesStep
	takesStatement // behind a number
	takesStarlark
	takesNix
)

// The groups, in the order of the help text.
const (
	groupLook    = "Look at the deployment"
	groupEval    = "Evaluate"
	groupPlan    = "Plan and step"
	groupAct     = "Change something"
	groupOperate = "Run operations"
	groupSession = "Session"
)

var groups = []string{groupLook, groupEval, groupPlan, groupAct, groupOperate, groupSession}

// commands are all of them; filled by init, because :help looks at them.
var commands []*command

func init() {
	commands = slices.Concat(lookCommands, relationCommands, recordCommands, evalCommands, planCommands, actCommands, scriptCommands, sessionCommands)
}

// lookUp finds a command by its name or a unique prefix.
func lookUp(name string) (*command, error) {
	if name == "?" {
		name = "help"
	}
	if strings.HasPrefix(name, "!") {
		name = "!"
	}
	var found []*command
	var names []string
	for _, c := range commands {
		if c.name == name {
			return c, nil
		}
		if name != "" && strings.HasPrefix(c.name, name) {
			found = append(found, c)
		}
		names = append(names, c.name)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := ":help lists all commands"
		if name == "" {
			return nil, &hinted{errors.New("a command is missing after the colon"), hint}
		}
		if near := spell.Nearest(name, names); near != "" {
			hint = "did you mean :" + near + "?"
		}
		return nil, &hinted{fmt.Errorf("there is no command :%s", name), hint}
	}
	var all []string
	for _, c := range found {
		all = append(all, ":"+c.name)
	}
	return nil, fmt.Errorf(":%s may be %s", name, orList(all))
}

func orList(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// command carries out a command.
func (sh *shell) command(ctx context.Context, text string) (answer, error) {
	name, arg, _ := strings.Cut(text, " ")
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		name, arg = "!", rest
	}
	c, err := lookUp(strings.TrimSpace(name))
	if err != nil {
		return answer{}, err
	}
	arg = strings.TrimSpace(arg)
	if arg == "" && strings.HasPrefix(c.args, "PATH") || arg == "" && c.takes == takesExpr {
		return answer{}, usage(c)
	}
	if arg != "" && c.takes == takesNothing {
		return answer{}, &hinted{fmt.Errorf(":%s takes no argument", c.name), "see :help " + c.name}
	}
	if c.acts && sh.options.ReadOnly {
		return answer{}, &hinted{fmt.Errorf(":%s would change something, and this session is read-only", c.name), "start it without --read-only"}
	}
	return c.run(sh, ctx, arg)
}

func usage(c *command) error {
	return &hinted{fmt.Errorf(":%s needs an argument: :%s %s", c.name, c.name, c.args), "for example: " + c.example}
}

// words splits an argument at blanks outside of quotes.
func words(arg string) []string {
	var all []string
	start, quoted := -1, false
	for i, r := range arg {
		switch {
		case r == '"' && (i == 0 || arg[i-1] != '\\'):
			quoted = !quoted
		case r == ' ' && !quoted:
			if start >= 0 {
				all = append(all, arg[start:i])
			}
			start = -1
			continue
		}
		if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		all = append(all, arg[start:])
	}
	return all
}

// path reads a path, which starts from where the shell is, or from the root when it starts with a slash. ".." is the component around.
func (sh *shell) path(text string) (addr.Path, error) {
	base := sh.cwd
	if rest, ok := strings.CutPrefix(text, "/"); ok {
		base, text = addr.Root, rest
	}
	for strings.HasPrefix(text, "..") {
		base = base.Parent()
		text = strings.TrimPrefix(strings.TrimPrefix(text[2:], "/"), ".")
	}
	if text == "" || text == "." {
		return base, nil
	}
	path, err := addr.Parse(text)
	if err != nil {
		return addr.Root, err
	}
	return addr.Of(append(base.Names(), path.Names()...)...), nil
}

// paths reads paths; none is an empty list.
func (sh *shell) paths(arg string) ([]addr.Path, error) {
	var paths []addr.Path
	for _, word := range words(arg) {
		path, err := sh.path(word)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// onePath reads the only argument, by default where the shell is.
func (sh *shell) onePath(arg string) (addr.Path, error) {
	paths, err := sh.paths(arg)
	switch {
	case err != nil:
		return addr.Root, err
	case len(paths) == 0:
		return sh.cwd, nil
	case len(paths) > 1:
		return addr.Root, fmt.Errorf("one path is enough: %s", arg)
	}
	return paths[0], nil
}

func help(sh *shell, _ context.Context, arg string) (answer, error) {
	if arg != "" {
		return helpFor(strings.TrimPrefix(arg, ":"), sh.columns())
	}
	var b strings.Builder
	for _, group := range groups {
		b.WriteString(group + "\n")
		var rows [][]string
		for _, c := range commands {
			if c.group == group {
				rows = append(rows, []string{"  :" + strings.TrimSpace(c.name+" "+c.args), c.short})
			}
		}
		b.WriteString(table(rows, sh.options.Width()) + "\n")
	}
	b.WriteString(`Anything else is a Nix expression, or definitions: x = 1; inherit (members) web
In scope: members, outputs, config, options, lib, providers, state, plan; _ is the last result.
A unique beginning of a command is enough. :help COMMAND tells more, with an example.
`)
	return answer{text: b.String()}, nil
}

func helpFor(name string, columns int) (answer, error) {
	c, err := lookUp(name)
	if err != nil {
		return answer{}, err
	}
	text := ":" + strings.TrimSpace(c.name+" "+c.args) + "\n\n" + wrap(strings.ToUpper(c.short[:1])+c.short[1:]+".", columns, 2)
	if c.long != "" {
		text += "\n" + wrap(c.long, columns, 2)
	}
	return answer{text: text + "\n  For example: " + c.example + "\n"}, nil
}

// displayPath names a component for people.
func displayPath(path addr.Path) string {
	if path.IsRoot() {
		return "the root"
	}
	return path.String()
}
