package main

// This file is the verb provider docs, which documents providers.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/engine/nixconfig"
	"nixops4/internal/spell"
)

const providerDocsLong = `Print the documentation of a provider as Markdown: its resource types with their inputs and outputs.

PROVIDER is the name of one that is part of nixops4, the name of one in the option providers of the root, or a file with a
provider module, such as ./provider.nix. With --file it is always one of the root. Without PROVIDER, all that are part of nixops4
are printed.`

func newProviderDocsCommand(a *app) *cobra.Command {
	var asJSON bool
	var root rootFlags
	cmd := &cobra.Command{
		Use:               "docs [PROVIDER]",
		Short:             "Document the resource types of a provider",
		Long:              providerDocsLong,
		Args:              atMostArgs(1, "PROVIDER"),
		ValidArgsFunction: cobra.FixedCompletions(builtinProviderNames(), cobra.ShellCompDirectiveDefault),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return showProvider(a, root, args[0], asJSON)
			}
			return showBuiltinProviders(a, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	root.addTo(cmd.Flags())
	return cmd
}

func showBuiltinProviders(a *app, asJSON bool) error {
	manuals := []*nixconfig.ProviderManual{}
	for _, name := range builtinProviderNames() {
		manual, err := a.moduleManual(a.interrupt.asked, rootFlags{}, name, "(import <nixops4> { }).modules.nixops4Provider."+name)
		if err != nil {
			return err
		}
		manuals = append(manuals, manual)
	}
	if asJSON {
		return a.ui.json(manuals)
	}
	w := &manualWriter{out: a.ui.stdout}
	for _, manual := range manuals {
		w.provider(manual)
	}
	return nil
}

func showProvider(a *app, root rootFlags, provider string, asJSON bool) error {
	manual, err := a.providerManual(a.interrupt.asked, root, provider)
	if err != nil {
		return needsHint(err)
	}
	if asJSON {
		return a.ui.json(manual)
	}
	(&manualWriter{out: a.ui.stdout}).provider(manual)
	return nil
}

// providerManual finds a provider as the help says.
func (a *app) providerManual(ctx context.Context, root rootFlags, provider string) (*nixconfig.ProviderManual, error) {
	isModule := strings.ContainsRune(provider, filepath.Separator) || strings.HasSuffix(provider, ".nix")
	isBuiltin := slices.Contains(builtinProviderNames(), provider)
	switch {
	case a.options.file != "":
	case isModule:
		path, err := filepath.Abs(provider)
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			return nil, withHint(fmt.Errorf("reading the provider module %s: %w", provider, errors.Unwrap(err)), nearestFile(path))
		}
		name := strings.TrimSuffix(filepath.Base(path), ".nix")
		return a.moduleManual(ctx, root, name, "/. + "+nixString(path))
	case isBuiltin:
		return a.moduleManual(ctx, root, provider, "(import <nixops4> { }).modules.nixops4Provider."+provider)
	}
	if dir, err := os.Getwd(); err == nil && a.options.file == "" && !isFile(filepath.Join(dir, rootFileName)) {
		err := fmt.Errorf("unknown provider %q: there is no root here, and part of nixops4 are %s", provider, strings.Join(builtinProviderNames(), ", "))
		return nil, withHint(err, spell.Hint(provider, builtinProviderNames()))
	}
	s, err := a.openSession(ctx, sessionOptions{root: root, log: a.logLine})
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.config.ProviderManual(ctx, provider)
}

// moduleManual documents a provider module, which expr evaluates to, by putting it into a root of its own.
func (a *app) moduleManual(ctx context.Context, flags rootFlags, name, expr string) (*nixconfig.ProviderManual, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the current directory: %w", err)
	}
	request := flags.request("", dir)
	request.Args = nil
	request.Expr = fmt.Sprintf("(import <nixops4> { }).lib.mkRoot { modules = [ { providers.%s = %s; } ]; }", nixString(name), expr)
	config, evaluator, err := a.openEvaluator(ctx, request)
	if err != nil {
		return nil, err
	}
	defer evaluator.Close()
	return config.ProviderManual(ctx, name)
}

// nixString writes a text as a Nix string.
func nixString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`).Replace(text) + `"`
}
