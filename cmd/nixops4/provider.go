package main

// This file is the verb provider, which serves the providers that are part of the binary, and finds them for package providers.

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/internal/spell"
	"nixops4/providers/local"
	"nixops4/providers/sdk"
)

// builtinProviders are the providers that "builtin:NAME" can name.
var builtinProviders = map[string]func() sdk.Provider{
	"local": func() sdk.Provider { return local.Provider(version) },
}

func builtinProviderNames() []string { return slices.Sorted(maps.Keys(builtinProviders)) }

// resolveBuiltin says how to start a built-in provider: this very program, as nixops4 provider NAME.
func resolveBuiltin(name string) (string, []string, error) {
	if builtinProviders[name] == nil {
		err := fmt.Errorf("there is no built-in provider %q; built in are %s", name, strings.Join(builtinProviderNames(), ", "))
		return "", nil, withHint(err, spell.Hint(name, builtinProviderNames()))
	}
	self, err := selfPath()
	return self, []string{"provider", name}, err
}

// selfPath is where this program can be started again. A binary that was removed or replaced while it runs, as by an upgrade, is still
// there under /proc on Linux.
func selfPath() (string, error) {
	self, err := os.Executable()
	if err == nil && isFile(self) {
		return self, nil
	}
	if proc := fmt.Sprintf("/proc/%d/exe", os.Getpid()); isFile(proc) {
		return proc, nil
	}
	if err == nil {
		err = fmt.Errorf("%s is gone", self)
	}
	return "", fmt.Errorf("finding the nixops4 program to start it again: %w", err)
}

const providerLong = `Serve a provider that is part of nixops4, speaking the provider protocol on standard input and output.

nixops4 runs this by itself for resources whose provider has executable = "builtin:NAME".`

func newProviderCommand(a *app) *cobra.Command {
	names := builtinProviderNames()
	cmd := &cobra.Command{
		Use:               "provider NAME",
		Short:             "Serve a built-in provider (" + strings.Join(names, ", ") + "), or document one",
		Long:              providerLong,
		Example:           "  nixops4 provider docs local\n  nixops4 provider local < requests.jsonl",
		GroupID:           groupOther,
		Args:              exactArgs(1, "NAME"),
		ValidArgsFunction: cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			provider := builtinProviders[args[0]]
			if provider == nil {
				return unknownName(cmd, "provider", args[0], names)
			}
			return serveProvider(a.interrupt.asked, provider())
		},
	}
	cmd.AddCommand(newProviderDocsCommand(a))
	return cmd
}

// serveProvider serves until standard input ends. A failure has been written to the provider's log.
func serveProvider(ctx context.Context, p sdk.Provider) error {
	if code := sdk.Main(ctx, p); code != 0 {
		return &silentError{fmt.Errorf("serving the provider %s ended with status %d", p.Name, code)}
	}
	return nil
}
