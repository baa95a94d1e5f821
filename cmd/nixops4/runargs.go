package main

// This file reads the flags of operations.

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"nixops4/script"
)

// paramValue is a parameter as the value of a flag. It keeps the text, which is read once all flags are known to be right.
type paramValue struct {
	param *script.Param
	texts []string
}

func (v *paramValue) String() string { return "" }
func (v *paramValue) Type() string {
	if v.param.Kind == "bool" {
		return "bool" // which has no placeholder in a help text
	}
	return v.param.Placeholder()
}
func (v *paramValue) Set(text string) error {
	v.texts = append(v.texts, text)
	return nil
}

// operationArgs reads the flags behind the operation, and shows the help that is asked for.
func (a *app) operationArgs(cmd *cobra.Command, o *runOptions, op *script.Operation, args []string, p *project) (script.Args, error) {
	if o.before != nil {
		// What looked like a flag of ours may be the value of one of the operation's, and flags that may be given several times would be there twice.
		*o, a.options = o.before.run, o.before.global
	}
	o.help = false
	shown := operationCommand(cmd, op)
	flags := pflag.NewFlagSet(op.Name, pflag.ContinueOnError)
	values := map[string]*paramValue{}
	for _, param := range op.Params {
		v := &paramValue{param: param}
		values[param.Name] = v
		f := flags.VarPF(v, param.Flag(), "", "")
		if param.Kind == "bool" {
			f.NoOptDefVal = "true"
		}
	}
	flags.AddFlagSet(runFlags(cmd, o))
	if err := flags.Parse(args); err != nil {
		return nil, flagError(shown, err)
	}
	if err := a.useParsed(cmd); err != nil {
		return nil, err
	}
	if o.help {
		return nil, a.operationHelp(op)
	}
	if flags.NArg() > 0 {
		return nil, usagef(shown, "%s takes flags only, got %q", op.Name, flags.Args())
	}
	return a.readArgs(shown, op, values)
}

// operationCommand stands for the operation in messages about its usage.
func operationCommand(cmd *cobra.Command, op *script.Operation) *cobra.Command {
	shown := &cobra.Command{Use: op.Name}
	parent := &cobra.Command{Use: cmd.Name()}
	root := &cobra.Command{Use: cmd.Root().Name()}
	root.AddCommand(parent)
	parent.AddCommand(shown)
	for _, param := range op.Params {
		shown.Flags().Var(&paramValue{param: param}, param.Flag(), param.Doc)
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shown.Flags().Lookup(f.Name) == nil {
			shown.Flags().AddFlag(f)
		}
	})
	return shown
}

func (a *app) readArgs(shown *cobra.Command, op *script.Operation, values map[string]*paramValue) (script.Args, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	from := script.Source{Dir: dir, Env: os.LookupEnv, Stdin: func() (string, error) {
		text, err := io.ReadAll(a.input)
		return string(text), err
	}}
	args := script.Args{}
	for _, param := range op.Params {
		texts := values[param.Name].texts
		switch {
		case len(texts) == 0 && param.Default == nil:
			e := (&script.MissingParamError{Param: param})
			return nil, &usageError{cmd: shown, msg: fmt.Sprintf("%s: --%s has to be given", op.Name, param.Flag()), near: e.Hint()}
		case len(texts) == 0:
			continue
		case len(texts) > 1 && param.Kind != "list":
			return nil, usagef(shown, "--%s is given more than once", param.Flag())
		}
		text := strings.Join(texts, ",")
		v, err := param.Parse(text, from)
		if err != nil {
			if param.Kind == "secret" {
				return nil, usagef(shown, "--%s: %v", param.Flag(), err)
			}
			return nil, usagef(shown, "--%s does not take %q: %v", param.Flag(), text, err)
		}
		args[param.Name] = v
	}
	return args, nil
}

// operationHelp prints how an operation is used.
func (a *app) operationHelp(op *script.Operation) error {
	out := a.ui.stdout
	if doc := strings.TrimSpace(op.Doc); doc != "" {
		fmt.Fprintf(out, "%s\n\n", doc)
	}
	fmt.Fprintf(out, "Usage:\n  nixops4 run %s%s\n", op.Name, usageOf(op))
	if len(op.Params) > 0 {
		flags := pflag.NewFlagSet(op.Name, pflag.ContinueOnError)
		flags.SortFlags = false
		for _, param := range op.Params {
			flags.VarP(&paramValue{param: param}, param.Flag(), "", paramUsage(param))
			if param.Kind == "bool" {
				flags.Lookup(param.Flag()).NoOptDefVal = "true"
			}
		}
		fmt.Fprintf(out, "\nFlags of the operation:\n%s", flags.FlagUsages())
	}
	fmt.Fprintf(out, "\nFlags of all operations, such as --dry-run, are shown by nixops4 run --help.\n")
	if op.Line > 0 {
		fmt.Fprintf(out, "\nDeclared in %s:%d.", op.File, op.Line)
	} else {
		fmt.Fprint(out, "\nA method of the resource's provider.")
	}
	if op.Writes {
		fmt.Fprint(out, " It may act on the deployment, and holds the locks of its states.")
	}
	for i, path := range op.Needs {
		if i == 0 {
			fmt.Fprint(out, " It needs the outputs of ")
		} else {
			fmt.Fprint(out, ", ")
		}
		fmt.Fprint(out, path)
		if i == len(op.Needs)-1 {
			fmt.Fprint(out, ".")
		}
	}
	fmt.Fprintln(out)
	return nil
}

func usageOf(op *script.Operation) string {
	var b strings.Builder
	optional := false
	for _, param := range op.Params {
		if param.Default == nil {
			fmt.Fprintf(&b, " --%s %s", param.Flag(), param.Placeholder())
		} else {
			optional = true
		}
	}
	if optional {
		b.WriteString(" [FLAG…]")
	}
	return b.String()
}

func paramUsage(param *script.Param) string {
	text := param.Doc
	if param.Kind == "secret" {
		text = strings.TrimSpace(text + " (file:PATH, env:NAME or stdin)")
	}
	switch shown := param.DefaultText(); {
	case param.Default == nil:
		text += " (required)"
	case shown != "":
		text += " (default " + shown + ")"
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "`", "'")) // a word in backquotes would become the placeholder
}

func completeFlags(flags *pflag.FlagSet, prefix string) []cobra.Completion {
	var found []cobra.Completion
	if !strings.HasPrefix(prefix, "-") {
		return nil
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if name := "--" + f.Name; strings.HasPrefix(name, prefix) && !f.Hidden {
			_, usage := pflag.UnquoteUsage(f)
			found = append(found, cobra.CompletionWithDesc(name, usage))
		}
	})
	return found
}

// completeArgs completes the flags of an operation and their values. before is the word before the one that is typed.
func completeArgs(flags *pflag.FlagSet, op *script.Operation, before, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, param := range op.Params {
		flag := "--" + param.Flag()
		if before == flag && param.Kind != "bool" {
			if param.Kind == "path" {
				return nil, cobra.ShellCompDirectiveDefault
			}
			for _, value := range param.Values {
				if strings.HasPrefix(value, prefix) {
					found = append(found, value)
				}
			}
			return found, cobra.ShellCompDirectiveNoFileComp
		}
		if strings.HasPrefix(flag, prefix) {
			found = append(found, cobra.CompletionWithDesc(flag, param.Doc))
		}
	}
	return append(found, completeFlags(flags, prefix)...), cobra.ShellCompDirectiveNoFileComp
}
