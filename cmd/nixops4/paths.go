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
func (a *app) completePaths(_ *cobra.Command, given []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	ctx, cancel := context.WithTimeout(a.interrupt.asked, completionPatience)
	defer cancel()
	parent, ok := completedParent(prefix)
	if !ok {
		return nil, directive
	}
	a.ui.silence()
	s, err := a.openSession(ctx, sessionOptions{})
	if err != nil {
		return nil, directive
	}
	defer s.close()
	component, err := s.config.Component(ctx, parent, engine.WantContents)
	if err != nil || component.Resource != nil {
		return nil, directive
	}
	var found []cobra.Completion
	for _, name := range component.Members {
		path := parent.Child(name).String()
		if strings.HasPrefix(path, prefix) && !slices.Contains(given, path) {
			found = append(found, path)
		}
	}
	return found, directive
}

// completedParent returns the path up to the last dot of what was typed so far.
func completedParent(prefix string) (addr.Path, bool) {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != '.' {
			continue
		}
		// A dot inside a quoted name leaves its quote open, and does not parse.
		if parent, err := addr.Parse(prefix[:i]); err == nil {
			return parent, true
		}
	}
	return addr.Root, true
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
