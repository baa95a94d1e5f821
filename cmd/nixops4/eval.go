package main

// This file is the verb eval: evaluate any Nix expression and print it, as nix-instantiate --eval does.

import (
	"github.com/spf13/cobra"
)

const evalLong = `Evaluate Nix expressions and print their values, as nix-instantiate --eval prints them.

What is evaluated is EXPR, FILE, or standard input when FILE is -. A value is printed as far as it is evaluated: what
nothing needed is shown as <CODE>. With --strict, all of it is evaluated.

With --flake, it is the flake's outputs, or the one at NAME after #. A flake is evaluated purely, and its lock file is brought up to
date.

<nixops4> is the library that roots are written with. A function is called with the arguments of --arg and --argstr when
any is given.`

const evalExample = `  nixops4 eval --expr '{ a = 1; b = 1 + 1; }' --strict
  nixops4 eval --file web.nix --attr config.ports --strict --json
  nixops4 eval --expr '{ n }: n * 2' --arg n 21
  nixops4 eval --flake .#lib.version`

// evalOptions is the command line of eval.
type evalOptions struct {
	exprs  []string // --expr
	files  []string // --file, and the arguments
	flakes []string // --flake
	attrs  []string // --attr

	strict     bool
	json       bool
	raw        bool
	xml        bool
	parse      bool
	noLocation bool

	args     pairs // --arg
	strArgs  pairs // --argstr
	include  []string
	features []string
	lint     lintOptions
	inputs   flakeFlags

	pure     bool
	restrict bool

	maxCallDepth int
	system       string // --eval-system
	traceVerbose bool
	abortOnWarn  bool
	stats        bool
	doc          string
}

func newEvalCommand(a *app) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:     "eval [FILE…]",
		Short:   "Evaluate any Nix expression",
		Long:    evalLong,
		Example: evalExample,
		GroupID: groupOther,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.options.file != "" {
				o.files = append(o.files, a.options.file)
			}
			o.files = append(o.files, args...)
			if err := o.check(cmd); err != nil {
				return err
			}
			return runEval(a, &o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *evalOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&o.exprs, "expr", "E", nil, "evaluate `EXPR`")
	flags.StringArrayVar(&o.flakes, "flake", nil, "evaluate the outputs of the flake `REF`, or one of them with #NAME after it")
	flags.StringArrayVarP(&o.attrs, "attr", "A", nil, "print the attribute at `ATTR`, such as a.b.\"c.d\"")
	flags.BoolVar(&o.strict, "strict", false, "evaluate all of the value, not just what is needed to print it")
	flags.BoolVar(&o.json, "json", false, "print as JSON")
	flags.BoolVar(&o.raw, "raw", false, "print a string as it is, without quotes and line feed")
	flags.BoolVar(&o.xml, "xml", false, "print as XML")
	flags.BoolVar(&o.noLocation, "no-location", false, "leave positions out of the XML")
	flags.BoolVar(&o.parse, "parse", false, "print the expression as it was parsed, without evaluating it")
	flags.Var(&o.args, "arg", "call functions with the argument `NAME EXPR`")
	flags.Var(&o.strArgs, "argstr", "call functions with the argument NAME, the string given: `NAME STRING`")
	flags.StringArrayVarP(&o.include, "include", "I", nil, "look up <name> in `PATH`, or NAME=PATH, before NIX_PATH")
	flags.IntVar(&o.maxCallDepth, "max-call-depth", 0, "let calls nest `N` deep at most (default 10000)")
	flags.StringArrayVar(&o.features, "extra-experimental-features", nil, "allow `FEATURE`, such as pipe-operators")
	flags.BoolVar(&o.pure, "pure", false, "hide what may differ between machines: files, environment, clock")
	flags.BoolVar(&o.restrict, "restrict", false, "hide the environment, and all files but those of the search path")
	flags.StringVar(&o.system, "eval-system", "", "let builtins.currentSystem be `SYSTEM`, not that of this machine")
	flags.BoolVar(&o.traceVerbose, "trace-verbose", false, "let builtins.traceVerbose print")
	flags.BoolVar(&o.abortOnWarn, "abort-on-warn", false, "make builtins.warn an error")
	flags.BoolVar(&o.stats, "stats", false, "print counters of the evaluation to stderr, as JSON")
	flags.StringVar(&o.doc, "doc", "", "print the documentation of the builtin `NAME`")
	o.inputs.addTo(flags)
	o.lint.addFlags(flags)
}

// check finds what cannot be meant.
func (o *evalOptions) check(cmd *cobra.Command) error {
	formats := 0
	for _, set := range []bool{o.json, o.raw, o.xml, o.parse} {
		if set {
			formats++
		}
	}
	switch {
	case formats > 1:
		return usagef(cmd, "of --json, --raw, --xml and --parse only one can be given")
	case o.doc != "":
		return nil
	case len(o.exprs)+len(o.files)+len(o.flakes) == 0:
		return usagef(cmd, "nothing to evaluate: give --expr EXPR, --file FILE or --flake REF")
	case len(o.flakes) > 0 && len(o.exprs)+len(o.files) > 0:
		return usagef(cmd, "flakes are evaluated by themselves: give --flake, or --expr and --file")
	case len(o.flakes) > 0 && (o.parse || len(o.args)+len(o.strArgs) > 0):
		return usagef(cmd, "a flake takes no arguments and is not printed as it was parsed: leave out --parse, --arg and --argstr")
	case len(o.flakes) == 0 && o.inputs.given() && !o.inputs.onlyOffline():
		return usagef(cmd, "the flags about inputs and lock files are for --flake")
	case o.maxCallDepth < 0:
		return usagef(cmd, "--max-call-depth does not take %d: want a positive number", o.maxCallDepth)
	}
	return nil
}
