package main

// This file holds what all verbs share: the standard streams, the global options and the root of the command tree.

import (
	"bufio"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// app is handed to every verb. It is made once per process and not changed after the command line is read.
type app struct {
	ui        *ui
	stdin     io.Reader
	input     *bufio.Reader // of stdin, for all who read lines: it may hold the next ones already
	options   globalOptions
	interrupt *interrupts
}

// globalOptions are the flags that every verb accepts.
type globalOptions struct {
	file          string // --file: the root's file, "" to look for one
	showTrace     bool
	verbose       bool
	interactive   bool // --interactive: ask even when standard input is no terminal
	noInteractive bool
	color         colorMode
}

func newApp(ui *ui, stdin io.Reader) *app {
	return &app{ui: ui, stdin: stdin, input: bufio.NewReader(stdin)}
}

// run executes the command line and returns the exit code. Errors have been shown when it returns.
func (a *app) run(args []string) int {
	a.interrupt = catchInterrupts()
	defer a.interrupt.stop()

	root := newRootCommand(a)
	root.SetArgs(joinPairs(root, goFlags(root, args)))
	err := root.Execute()
	a.ui.use(a.options) // the verb may not have been reached
	if flushed := a.ui.flush(); err == nil {
		err = flushed
	}
	if err != nil {
		a.ui.fail(err)
	}
	return exitCode(err)
}

const rootLong = `nixops4 manages real-world objects (files, DNS records, machines, key pairs, …) that are
declared and wired together by Nix expressions. The language is built in; Nix need not be installed.

A deployment is a file nixops4.nix, or any file named by --file. Try one:

  nixops4 apply --file examples/hello/nixops4.nix

A PATH names a component as in the expression: web.vm, or web."file.txt" when a name is no identifier.`

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "nixops4",
		Short:         "Manage resources declared in Nix",
		Long:          rootLong,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.ui.use(a.options)
			if a.options.interactive && a.options.noInteractive {
				return usagef(cmd, "--interactive and --no-interactive contradict each other")
			}
			return nil
		},
	}
	root.SetOut(a.ui.stdout)
	root.SetErr(a.ui.stderr)
	root.SetVersionTemplate("nixops4 {{.Version}}\n")
	root.SetUsageTemplate(strings.Replace(usageTemplate, "EXIT-TABLE", exitTable(), 1))
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddGroup(&cobra.Group{ID: groupDeploy, Title: "Deployments:"}, &cobra.Group{ID: groupOther, Title: "Other commands:"})
	addGlobalFlags(root, &a.options)

	root.AddCommand(
		newCheckCommand(a),
		newOptionsCommand(a),
		newPlanCommand(a),
		newApplyCommand(a),
		newDestroyCommand(a),
		newDriftCommand(a),
		newImportCommand(a),
		newMembersCommand(a),
		newRunCommand(a),
		newTestCommand(a),
		newReplCommand(a),
		newStateCommand(a),
		newVersionCommand(a),
		newEvalCommand(a),
		newProviderCommand(a),
		newEvalWorkerCommand(a),
		newCompletionCommand(a),
	)
	requireSubcommand(root)
	help := newHelpCommand(root)
	root.SetHelpCommand(help)
	root.SetHelpCommandGroupID(groupOther)
	root.SetFlagErrorFunc(flagError)
	return root
}

// usageTemplate is what follows the description in a help text.
const usageTemplate = `Usage:
{{- if and .HasAvailableSubCommands (eq .Use .Name)}}
  {{.CommandPath}} COMMAND [FLAG…]
{{- else}}
  {{.UseLine}}
{{- end}}
{{- if .HasExample}}

Examples:
{{.Example}}
{{- end}}
{{- $cmds := .Commands}}
{{- range $group := .Groups}}

{{.Title}}
{{- range $cmds}}{{if and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}
{{- end}}
{{- if and .HasAvailableSubCommands (not .Groups)}}

Commands:
{{- range $cmds}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}
{{- end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if not .HasParent}}

EXIT-TABLE
{{- end}}
`

// Groups order the help text.
const (
	groupDeploy = "deploy"
	groupOther  = "other"
)

func addGlobalFlags(root *cobra.Command, o *globalOptions) {
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.StringVar(&o.file, "file", "", "use the root in `PATH`, not nixops4.nix of the current directory")
	flags.BoolVar(&o.showTrace, "show-trace", false, "show where an evaluation error came from, step by step")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "tell more about what is done")
	flags.BoolVar(&o.interactive, "interactive", false, "ask questions even when standard input is not a terminal")
	flags.BoolVar(&o.noInteractive, "no-interactive", false, "never ask a question")
	flags.Var(&o.color, "color", "colour the output: auto, always or never")
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	_ = root.MarkPersistentFlagFilename("file", "nix")
}
