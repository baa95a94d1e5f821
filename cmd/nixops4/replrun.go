package main

// This file runs operations for the shell, in its session.

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"nixops4/providers"
	"nixops4/repl"
	"nixops4/script"
	"nixops4/script/live"
)

// replScripts implements [repl.Scripts].
type replScripts struct {
	app       *app
	root      rootFlags
	file      string
	providers *providers.Client
}

// Project opens the scripts of the root, as they are now.
func (r *replScripts) Project() (*script.Project, error) {
	return script.NewProject(filepath.Dir(r.file), script.Limits{}, func(text string) { r.app.ui.note("%s", text) })
}

func (r *replScripts) project() (*project, error) {
	p, err := r.Project()
	return &project{Project: p, root: r.file}, err
}

// Deployment is what scripts work on.
func (r *replScripts) Deployment(in repl.Session, command string) *live.Deployment {
	return r.deployment(in, command).Deployment
}

func (r *replScripts) deployment(in repl.Session, command string) *liveDeployment {
	s := &session{config: in.Config, evaluator: in.Evaluator, providers: r.providers, root: r.file}
	dir := filepath.Dir(r.file)
	return &liveDeployment{dir: dir, command: "nixops4 " + command, Deployment: live.New(func(context.Context) (*live.Session, error) {
		return r.app.liveSession(s, dir, command, 0, func() {}), nil
	})}
}

// command stands for nixops4 run.
func (r *replScripts) command(o *runOptions) *cobra.Command {
	cmd := r.app.runCommand(o)
	(&cobra.Command{Use: "nixops4"}).AddCommand(cmd)
	o.root = r.root
	return cmd
}

// Run runs an operation, or tells which there are, and returns what that prints.
func (r *replScripts) Run(ctx context.Context, request repl.RunRequest) (string, error) {
	var printed bytes.Buffer
	out := r.app.ui.stdout
	r.app.ui.stdout = bufio.NewWriter(&printed)
	err := r.run(ctx, request)
	_ = r.app.ui.stdout.Flush() // the buffer takes everything
	r.app.ui.stdout = out
	return printed.String(), err
}

func (r *replScripts) run(ctx context.Context, request repl.RunRequest) error {
	o := &runOptions{}
	cmd := r.command(o)
	o.yes, o.json, o.ask = request.Yes, request.JSON, request.Ask
	flags := runFlags(cmd, o)
	flags.SetInterspersed(false)
	if err := flags.Parse(request.Words); err != nil {
		return flagError(cmd, err)
	}
	p, err := r.project()
	if err != nil {
		return err
	}
	rest := flags.Args()
	d := r.deployment(request.Session, "repl run "+strings.Join(rest[:min(len(rest), 1)], ""))
	if len(rest) == 0 {
		return r.app.printOperations(ctx, p, d, o)
	}
	op, err := r.app.findOperation(ctx, cmd, p, d, o, rest)
	if err != nil {
		return errors.Join(err, d.close())
	}
	given, err := r.app.operationArgs(cmd, o, op, rest[1:], p)
	if err == nil && !o.help {
		err = request.Agree(op, o.dryRun)
	}
	if err != nil || o.help {
		return errors.Join(err, d.close())
	}
	return r.app.runOperation(ctx, p, d, o, op, given)
}

// Complete lists what can follow on the words of a :run.
func (r *replScripts) Complete(ctx context.Context, in repl.Session, words []string, partial string) (found []repl.Choice, files bool) {
	o := &runOptions{}
	cmd := r.command(o)
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	flags.SortFlags = false
	for _, name := range []string{"dry-run", "json", "yes", "timeout", "help"} {
		flags.AddFlag(runFlags(cmd, o).Lookup(name))
	}
	p, err := r.project()
	if err != nil {
		return nil, false
	}
	d := r.deployment(in, "repl")
	defer func() { _ = d.close() }() // nothing was changed
	var list []cobra.Completion
	if len(words) == 0 {
		list = append(completeFlags(flags, partial), p.completeOperations(ctx, "")...)
		byPath, _ := d.complete(ctx, partial[:strings.LastIndexByte(partial, '.')+1]) // the shell ranks what is typed behind the dot
		list = append(list, byPath...)
	} else if op, err := r.app.findOperation(ctx, cmd, p, d, o, words); err == nil {
		prefix := ""
		if strings.HasPrefix(partial, "-") {
			prefix = "-"
		}
		var directive cobra.ShellCompDirective
		list, directive = completeArgs(flags, op, last(words), prefix)
		files = directive == cobra.ShellCompDirectiveDefault
	}
	for _, c := range list {
		name, about, _ := strings.Cut(c, "\t")
		found = append(found, repl.Choice{Name: name, About: about})
	}
	return found, files
}
