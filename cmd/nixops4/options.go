package main

// This file is the verb options, which documents the options of a component.

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/engine/nixconfig"
)

const optionsLong = `Print the options of the component at PATH, by default of the root, as Markdown: names, types, defaults, examples and
descriptions. Options that its own modules declare come first, then the inputs and outputs of a resource, then what every component has.`

func newOptionsCommand(a *app) *cobra.Command {
	var asJSON bool
	var root rootFlags
	cmd := &cobra.Command{
		Use:               "options [PATH]",
		Short:             "Document the options of a component",
		Long:              optionsLong,
		GroupID:           groupDeploy,
		Args:              atMostArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completePaths(&root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return showOptions(a, root, append(paths, addr.Root)[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	root.addTo(cmd.Flags())
	return cmd
}

func showOptions(a *app, root rootFlags, path addr.Path, asJSON bool) error {
	s, err := a.openSession(a.interrupt.asked, sessionOptions{root: root, log: a.logLine})
	if err != nil {
		return err
	}
	defer s.close()
	manual, err := s.config.ComponentManual(a.interrupt.asked, path)
	if err != nil {
		return needsHint(err)
	}
	manual.Options = ordered(manual.Options)
	if asJSON {
		return a.ui.json(manual)
	}
	w := &manualWriter{out: a.ui.stdout}
	w.dir, _ = os.Getwd() // without it, paths are absolute
	subject := "the root"
	if !path.IsRoot() {
		subject = path.String()
	}
	w.heading(1, "Options of "+subject)
	for _, option := range manual.Options {
		w.option(2, option)
	}
	return nil
}

// ordered puts options of the user's own modules first, then inputs and outputs, then those that every component has; and shows files of the
// library as users name them.
func ordered(options []nixconfig.OptionManual) []nixconfig.OptionManual {
	var own, ports, common []nixconfig.OptionManual
	for _, o := range options {
		o.Declarations = shownFiles(o.Declarations)
		switch {
		case len(o.Loc) > 1 && (o.Loc[0] == "inputs" || o.Loc[0] == "outputs"):
			ports = append(ports, o)
		case declaredByLibrary(o):
			common = append(common, o)
		default:
			own = append(own, o)
		}
	}
	return append(append(own, ports...), common...)
}

func declaredByLibrary(o nixconfig.OptionManual) bool {
	for _, file := range o.Declarations {
		if slices.Contains([]string{"<component options>", "<deployment options>", "<resource options>"}, file) || strings.HasPrefix(file, "<nixops4/") {
			return true
		}
	}
	return false
}

// shownFiles turns /<nixops4>/lib into <nixops4/lib>.
func shownFiles(files []string) []string {
	shown := make([]string, len(files))
	for i, file := range files {
		shown[i] = file
		if rest, ok := strings.CutPrefix(file, "/<nixops4>/"); ok {
			path, more, _ := strings.Cut(rest, ", ")
			shown[i] = "<nixops4/" + path + ">"
			if more != "" {
				shown[i] += ", " + more
			}
		}
	}
	return shown
}
