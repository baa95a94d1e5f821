package main

// This file answers a mistyped command line: what is wrong, the nearest name, and where to read more.

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"nixops4/internal/spell"
)

// usageError is a wrong command line. cmd is the command whose help applies.
type usageError struct {
	cmd  *cobra.Command
	msg  string
	near string // a hint with the nearest name, or ""
}

func (e *usageError) Error() string { return e.msg }

func (e *usageError) Hint() string {
	if e.near != "" {
		return e.near
	}
	return fmt.Sprintf("run %q to see how it is used", e.cmd.CommandPath()+" --help")
}

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd: cmd, msg: fmt.Sprintf(format, args...)}
}

// requireSubcommand makes a command that only groups others explain itself when none, or an unknown one, is given.
func requireSubcommand(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			cmd.SetOut(cmd.ErrOrStderr()) // help that was not asked for is no data
			return errors.Join(cmd.Help(), &silentError{usagef(cmd, "no command given")})
		}
		return unknownCommand(cmd, args[0])
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return &usageError{
		cmd:  cmd,
		msg:  fmt.Sprintf("unknown command %q for %q", name, cmd.CommandPath()),
		near: spell.Hint(name, names),
	}
}

// unknownName is for an argument that has to be one of a few names.
func unknownName(cmd *cobra.Command, what, name string, known []string) error {
	e := &usageError{cmd: cmd, msg: fmt.Sprintf("unknown %s %q: want %s", what, name, strings.Join(known, ", "))}
	e.near = spell.Hint(name, known)
	return e
}

// flagError rewrites what the flag parser says in our words.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	e := &usageError{cmd: cmd, msg: strings.TrimPrefix(err.Error(), "bad flag syntax: ")}
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		e.msg = fmt.Sprintf("unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		e.msg = fmt.Sprintf("unknown flag --%s", unknown.GetSpecifiedName())
		if near := spell.Nearest(unknown.GetSpecifiedName(), flagNames(cmd)); near != "" {
			e.near = fmt.Sprintf("did you mean --%s?", near)
		}
	case errors.As(err, &missing):
		what := "a value"
		if missing.GetFlag().Value.Type() == pairType {
			what = "a name and a value"
		}
		e.msg = fmt.Sprintf("--%s needs %s", missing.GetFlag().Name, what)
	case errors.As(err, &invalid):
		e.msg = fmt.Sprintf("--%s does not take %q: %s", invalid.GetFlag().Name, invalid.GetValue(), invalidReason(invalid))
	}
	return e
}

// invalidReason says what a flag wants instead of the value it got.
func invalidReason(err *pflag.InvalidValueError) string {
	switch err.GetFlag().Value.Type() {
	case "int", "uint", "int64", "uint64":
		return "want a whole number"
	case "duration":
		return "want a duration such as 90s, 5m or 1h30m"
	case "bool":
		return "want true or false"
	}
	cause := err.Unwrap()
	var num *strconv.NumError
	if errors.As(cause, &num) {
		cause = num.Err
	}
	return cause.Error()
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	}
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	slices.Sort(names)
	return names
}

// atMostArgs and exactArgs check the number of arguments; what names one of them, such as PATH.
func atMostArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef(cmd, "%s takes at most %s, got %d", name(cmd), count(n, what), len(args))
		}
		return nil
	}
}

func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef(cmd, "%s takes %s, got %d", name(cmd), count(n, what), len(args))
		}
		return nil
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef(cmd, "%s takes no arguments, got %q", name(cmd), args[0])
	}
	return nil
}

// name is the command's path without the program: "members list".
func name(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %s", n, what)
}

// newHelpCommand replaces cobra's help command, which exits with success for a topic that does not exist.
func newHelpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show how a command is used",
		GroupID: groupOther,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			at, _, err := root.Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, c := range at.Commands() {
				if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), prefix) {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			at := root
			for _, arg := range args {
				i := slices.IndexFunc(at.Commands(), func(c *cobra.Command) bool { return c.Name() == arg || c.HasAlias(arg) })
				if i < 0 {
					return unknownCommand(at, arg)
				}
				at = at.Commands()[i]
			}
			at.InitDefaultHelpFlag()
			return at.Help()
		},
	}
}
