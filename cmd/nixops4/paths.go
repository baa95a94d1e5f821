package main

// This file reads and completes paths of components.

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
)

func parsePaths(cmd *cobra.Command, args []string) ([]addr.Path, error) {
	paths := make([]addr.Path, len(args))
	for i, arg := range args {
		path, err := addr.Parse(arg)
		if err != nil {
			e := &usageError{cmd: cmd, msg: err.Error()}
			var syntax *addr.SyntaxError
			if errors.As(err, &syntax) {
				e.near = syntax.Hint
			}
			return nil, e
		}
		paths[i] = path
	}
	return paths, nil
}

// shellQuote writes a word so that a shell reads it as one.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// completionPatience is how long a user who pressed Tab is kept waiting at most.
const completionPatience = 3 * time.Second

// completePaths is a cobra completion function. It evaluates the root that the command line names, and stays silent when that fails: nobody
// wants to read errors while typing.
func (a *app) completePaths(root *rootFlags) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		a.ui.silence()
		var found []cobra.Completion
		for _, path := range a.membersFor(*root, prefix) {
			if strings.HasPrefix(path, prefix) && !slices.Contains(given, path) {
				found = append(found, path)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// membersFor returns the paths of the members of the composite that prefix is typed in; none when that takes too long.
func (a *app) membersFor(root rootFlags, prefix string) []string {
	ctx, cancel := context.WithTimeout(a.interrupt.asked, completionPatience)
	defer cancel()
	s, err := a.openSession(ctx, sessionOptions{root: root})
	if err != nil {
		return nil
	}
	defer s.close()
	parent := completedParent(prefix)
	component, err := s.config.Component(ctx, parent, engine.WantContents)
	if err != nil {
		return nil
	}
	var paths []string
	for _, name := range component.Members {
		paths = append(paths, parent.Child(name).String())
	}
	return paths
}

// completedParent returns the path up to the last dot of what was typed so far.
func completedParent(prefix string) addr.Path {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != '.' {
			continue
		}
		// A dot inside a quoted name leaves its quote open, and does not parse.
		if parent, err := addr.Parse(prefix[:i]); err == nil {
			return parent
		}
	}
	return addr.Root
}

// firstArg completes the first argument only.
func firstArg(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, prefix)
	}
}
