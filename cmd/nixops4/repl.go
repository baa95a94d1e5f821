package main

// This file is the verb repl: it gives the interactive shell what it works with.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/eval/worker"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/repl"
	"nixops4/state"
)

const replLong = `Look at a deployment, evaluate Nix beside it, step through its plan, and apply single resources.

On a terminal, lines are edited and completed, and what changes something is asked for. Type :help to see what there is; PATH is the
composite to be in at first.

With anything else as standard input, statements are carried out one after the other, and each result is printed; the first error ends it
with code 1. What changes something needs --yes.`

type replOptions struct {
	root      rootFlags
	json      bool
	keepGoing bool
	yes       bool
	readOnly  bool
	noHistory bool
}

func newReplCommand(a *app) *cobra.Command {
	var o replOptions
	cmd := &cobra.Command{
		Use:   "repl [PATH]",
		Short: "Look at a deployment and work on it interactively",
		Long:  replLong,
		Example: `  nixops4 repl
  echo members.greeting.inputs | nixops4 repl --json`,
		GroupID:           groupDeploy,
		Args:              atMostArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completePaths(&o.root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return runRepl(a, o, append(paths, addr.Root)[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&o.json, "json", false, "print one JSON object for each statement")
	flags.BoolVar(&o.keepGoing, "keep-going", false, "go on after an error when standard input is no terminal; it still ends with code 1")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask before something is changed")
	flags.BoolVar(&o.readOnly, "read-only", false, "refuse everything that changes something")
	flags.BoolVar(&o.noHistory, "no-history", false, "do not keep what is typed")
	o.root.addTo(flags)
	return cmd
}

func runRepl(a *app, o replOptions, at addr.Path) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the current directory: %w", err)
	}
	file, err := findRoot(a.options.file, dir)
	if err != nil {
		return err
	}
	if err := o.root.check(file); err != nil {
		return err
	}
	interrupts := make(chan os.Signal, 1)
	options := repl.Options{
		In: a.stdin, Out: a.ui.unbuffered, Err: a.ui.messages(), At: at, JSON: o.json, KeepGoing: o.keepGoing, Yes: o.yes, ReadOnly: o.readOnly,
		Width: func() int { return 0 }, Getenv: a.ui.getenv,
	}
	if isTerminal(os.Stdin) && a.ui.outTerminal {
		terminal, err := a.useTerminal(&options, o, file)
		if err != nil {
			return err
		}
		defer terminal.Close()
		a.interrupt.lend(interrupts)
		options.Interrupts = interrupts
	}
	all := a.newProviders(sessionOptions{log: a.logLine})
	defer all.Close()
	err = repl.Run(a.interrupt.asked, a.replProject(o, file, dir, all), options)
	if errors.Is(err, repl.ErrFailed) && a.interrupt.asked.Err() != nil {
		return &silentError{errInterrupted}
	}
	if errors.Is(err, repl.ErrFailed) {
		return &silentError{err}
	}
	return err
}

// useTerminal lets the shell edit lines.
func (a *app) useTerminal(options *repl.Options, o replOptions, file string) (*repl.Terminal, error) {
	history := ""
	if !o.noHistory {
		history = historyFile(file, a.ui.getenv)
	}
	options.Color = a.ui.color(true)
	terminal, err := repl.NewTerminal(repl.TerminalOptions{
		In: os.Stdin, Out: a.ui.outFile, History: history, Dumb: a.ui.getenv("TERM") == "dumb" || a.ui.getenv("TERM") == "", Color: options.Color,
	})
	if err != nil {
		return nil, err
	}
	options.Terminal, options.Out, options.Err = terminal, terminal, terminal
	options.Width = func() int { columns, _ := terminal.Size(); return columns }
	options.Height = func() int { _, lines := terminal.Size(); return lines }
	return terminal, nil
}

// historyFile is where the history of a project is kept: a file of its own below $XDG_STATE_HOME.
func historyFile(root string, getenv func(string) string) string {
	base := getenv("XDG_STATE_HOME")
	if base == "" {
		home := getenv("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".local", "state")
	}
	sum := sha256.Sum256([]byte(root))
	return filepath.Join(base, "nixops4", "repl", hex.EncodeToString(sum[:8])+".history")
}

func (a *app) replProject(o replOptions, file, dir string, all *providers.Client) *repl.Project {
	reader := &session{providers: all}
	writer := &session{providers: all, changes: a.newChanging("repl", 0)}
	return &repl.Project{
		File: file, Dir: dir, Root: o.root.request(file, dir), Version: version,
		Start: func(log func(string)) (*worker.Client, error) {
			self, err := selfPath()
			if err != nil {
				return nil, err
			}
			return worker.Start(worker.Options{Command: []string{self, evalWorkerName}, Log: log})
		},
		Provider: reader.provider,
		OpenState: func(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource, changes bool) (engine.State, error) {
			if changes {
				return writer.openState(ctx, path, spec, resource)
			}
			return reader.openState(ctx, path, spec, resource)
		},
		Move: func(_ context.Context, from, to addr.Path) error {
			return o.stateCommand(newStateMoveCommand(a), from.String(), to.String())
		},
		Forget: func(_ context.Context, paths []addr.Path) error {
			var args []string
			for _, path := range paths {
				args = append(args, path.String())
			}
			return o.stateCommand(newStateForgetCommand(a), args...)
		},
		Scripts: &replScripts{app: a, root: o.root, file: file, providers: all},
		Secrets: a.ui.secrets,
		Explain: a.explainAll,
	}
}

// stateCommand runs a verb of nixops4 state over the same root.
func (o replOptions) stateCommand(cmd *cobra.Command, args ...string) error {
	parent := &cobra.Command{Use: "nixops4 repl"}
	parent.AddCommand(cmd)
	flags := cmd.Flags()
	for _, p := range o.root.args {
		if err := flags.Set("arg", p.name+"="+p.value); err != nil {
			return err
		}
	}
	for _, p := range o.root.strArgs {
		if err := flags.Set("argstr", p.name+"="+p.value); err != nil {
			return err
		}
	}
	if err := o.root.flake.passOn(flags); err != nil {
		return err
	}
	for _, path := range o.root.include {
		if err := flags.Set("include", path); err != nil {
			return err
		}
	}
	return cmd.RunE(cmd, args)
}

// explainAll returns the texts of all errors that err joins, and hints.
func (a *app) explainAll(err error) (string, []string) {
	var texts, all []string
	for _, e := range split(err) {
		texts = append(texts, strings.TrimRight(explain(e, a.options.showTrace), "\n"))
		all = append(all, hints(withHint(e, quotingHint(e)))...)
	}
	return strings.Join(texts, "\n"), all
}

// Events implements repl.Eventful.
func (l *stateLog) Events(ctx context.Context, from uint64) ([]state.Event, error) {
	return l.store.Events(ctx, from)
}
