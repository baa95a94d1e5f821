package main

// This file completes command lines of the verb run: operations, methods, and then their flags.

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// completeRun completes operations, and then their flags.
func (a *app) completeRun(o *runOptions) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		a.ui.silence()
		flags := runFlags(cmd, o)
		flags.SetInterspersed(false)
		_ = flags.Parse(args) // what is not finished may be wrong
		rest := flags.Args()
		_ = a.scanFlags(cmd, o, rest)
		p, err := a.openProject(o)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(a.interrupt.asked, completionPatience)
		defer cancel()
		d := a.newDeployment(p, o, "")
		defer d.close()
		if len(rest) == 0 {
			if slices.Contains([]string{"--file", "--script"}, last(args)) {
				return nil, cobra.ShellCompDirectiveDefault
			}
			if strings.HasPrefix(prefix, "-") {
				return completeFlags(flags, prefix), cobra.ShellCompDirectiveNoFileComp
			}
			found, directive := p.completeOperations(ctx, prefix), cobra.ShellCompDirectiveNoFileComp
			if p.only == "" && d != nil {
				more, partial := d.complete(ctx, prefix)
				found = append(found, more...)
				if partial && len(found) > 0 {
					directive |= cobra.ShellCompDirectiveNoSpace
				}
			}
			return found, directive
		}
		op, err := a.findOperation(ctx, cmd, p, d, o, rest)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeArgs(flags, op, last(args), prefix)
	}
}

func last(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[len(args)-1]
}

func (p *project) completeOperations(ctx context.Context, prefix string) []cobra.Completion {
	var found []cobra.Completion
	all, _ := p.operations(ctx) // scripts that are broken have nothing to complete
	for _, op := range all {
		if strings.HasPrefix(op.Name, prefix) {
			found = append(found, cobra.CompletionWithDesc(op.Name, op.Summary()))
		}
	}
	return found
}

// complete completes what can be run by path: operations and methods of the component that prefix leads to, and, when they are only a part of
// a path, its members. Nothing else is evaluated.
func (d *liveDeployment) complete(ctx context.Context, prefix string) (found []cobra.Completion, partial bool) {
	parent := completedParent(prefix)
	c, err := d.Component(ctx, parent)
	if err != nil {
		return nil, false
	}
	add := func(name, suffix, what string) bool {
		path := parent.Child(name).String() + suffix
		if strings.HasPrefix(path, prefix) {
			found = append(found, cobra.CompletionWithDesc(path, what))
			return true
		}
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(c.Operations)) {
		add(name, "", "operation of the component")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Methods)) {
		summary, _, _ := strings.Cut(strings.TrimSpace(c.Methods[name].Description), "\n")
		add(name, "", summary)
	}
	members, _ := d.Members(ctx, parent) // those that depend on something unknown have nothing to complete
	for _, name := range members {
		partial = add(name, ".", "") || partial
	}
	return found, partial
}
