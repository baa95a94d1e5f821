package main

// This file lets flags take two arguments, as in --arg NAME EXPR, which Nix has and flag libraries have not.

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// pairType marks, as the type of its value, a flag that takes two arguments.
const pairType = "pair"

// pairs is the value of such a flag: names and values in the order given.
type pairs []pair

type pair struct{ name, value string }

func (p *pairs) Type() string   { return pairType }
func (p *pairs) String() string { return "" }

// Set takes both arguments in one string, as joinPairs wrote them, or as a user writes them himself: NAME=VALUE.
func (p *pairs) Set(s string) error {
	name, value, found := strings.Cut(s, "=")
	if !found || name == "" {
		return errors.New("want a name and a value")
	}
	*p = append(*p, pair{name, value})
	return nil
}

// joinPairs rewrites "--arg NAME VALUE" to "--arg=NAME=VALUE" for every flag of pairType. The rest of the command line stays as it
// is, arguments of other flags and what follows "--" included.
func joinPairs(root *cobra.Command, args []string) []string {
	flags := allFlags(root)
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i:]...)
		}
		out = append(out, arg)
		f := flags[arg]
		if f == nil {
			continue
		}
		switch {
		case f.Value.Type() == pairType && i+2 < len(args):
			out[len(out)-1] = arg + "=" + args[i+1] + "=" + args[i+2]
			i += 2
		case f.Value.Type() == pairType:
			// Too few arguments are left; the parser will say so.
			return append(out, args[i+1:]...)
		case f.NoOptDefVal == "" && i+1 < len(args):
			out = append(out, args[i+1])
			i++
		}
	}
	return out
}

// allFlags indexes the flags of all commands by how they are written. The same flag of two commands takes as many arguments.
func allFlags(root *cobra.Command) map[string]*pflag.Flag {
	flags := map[string]*pflag.Flag{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		add := func(f *pflag.Flag) {
			flags["--"+f.Name] = f
			if f.Shorthand != "" {
				flags["-"+f.Shorthand] = f
			}
		}
		cmd.Flags().VisitAll(add)
		cmd.PersistentFlags().VisitAll(add)
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(root)
	return flags
}
