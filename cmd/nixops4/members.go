package main

// This file is the verb members, which lists what a composite consists of.

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
)

func newMembersCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "members",
		Short:   "Look at the members of a component",
		GroupID: groupDeploy,
	}
	cmd.AddCommand(newMembersListCommand(a))
	requireSubcommand(cmd)
	return cmd
}

const membersListLong = `Print the names of the members of the composite at PATH, by default of the root, one per line.

Nothing is created or changed. When it depends on an output which members there are, that is an error that names the output.`

func newMembersListCommand(a *app) *cobra.Command {
	var asJSON bool
	var root rootFlags
	cmd := &cobra.Command{
		Use:               "list [PATH]",
		Short:             "List the members of a component",
		Long:              membersListLong,
		Args:              atMostArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completePaths(&root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			path := addr.Root
			if len(paths) > 0 {
				path = paths[0]
			}
			return listMembers(a, root, path, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as a JSON list")
	root.addTo(cmd.Flags())
	return cmd
}

func listMembers(a *app, root rootFlags, path addr.Path, asJSON bool) error {
	s, err := a.openSession(a.interrupt.asked, sessionOptions{root: root, log: a.logLine})
	if err != nil {
		return err
	}
	defer s.close()
	names, err := engine.Members(a.interrupt.asked, s.config, path, s.engineOptions(a))
	switch {
	case err != nil:
		return needsHint(err)
	case asJSON:
		if names == nil {
			names = []string{}
		}
		return a.ui.json(names)
	}
	for _, name := range names {
		fmt.Fprintln(a.ui.stdout, name)
	}
	return nil
}

// needsHint says what to do about an answer that depends on outputs.
func needsHint(err error) error {
	var needs *engine.NeedsError
	if errors.As(err, &needs) && len(needs.Outputs) > 0 {
		return withHint(needs, fmt.Sprintf("apply %s first: nixops4 apply %s", needs.Outputs[0].Resource, shellQuote(needs.Outputs[0].Resource.String())))
	}
	return err
}
