package main

// This file defines the flags that make the parser object to some forms of literals.

import (
	"errors"

	"github.com/spf13/pflag"

	"nixops4/eval/syntax"
)

// lintOptions says for some forms of literals whether to ignore, warn about or refuse them.
type lintOptions struct{ urls, shortPaths, absolutePaths lintValue }

func (o *lintOptions) addFlags(flags *pflag.FlagSet) {
	flags.Var(&o.urls, "lint-url-literals", "for URLs that are not quoted: ignore, warn or fatal")
	flags.Var(&o.shortPaths, "lint-short-path-literals", "for paths like a/b, without ./: ignore, warn or fatal")
	flags.Var(&o.absolutePaths, "lint-absolute-path-literals", "for paths like /a and ~/a: ignore, warn or fatal")
}

// lintValue is a syntax.Lint as a flag.
type lintValue struct{ lint syntax.Lint }

var lintNames = map[string]syntax.Lint{"ignore": syntax.LintIgnore, "warn": syntax.LintWarn, "fatal": syntax.LintFatal}

func (v *lintValue) Type() string { return "LEVEL" }

func (v *lintValue) String() string {
	for name, lint := range lintNames {
		if lint == v.lint {
			return name
		}
	}
	return ""
}

func (v *lintValue) Set(s string) error {
	lint, ok := lintNames[s]
	if !ok {
		return errors.New("want ignore, warn or fatal")
	}
	v.lint = lint
	return nil
}
