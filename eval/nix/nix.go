// Package nix is the assembled language: the evaluator with its libraries, and access to this machine.
//
// [New] makes an evaluator from [Options]. What the language may look at is given by an [eval.IO]; [OS] is
// the one that reads this machine's files, environment and clock.
package nix

import (
	"nixops4/eval"
)

// Options configure [New].
type Options struct {
	eval.Options
}

// New makes an evaluator. Without IO it reads this machine; without Store it only computes store paths.
func New(opts Options) *eval.Evaluator {
	if opts.IO == nil {
		opts.IO = OS{}
	}
	return eval.New(opts.Options)
}
