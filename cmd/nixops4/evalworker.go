package main

// This file is the hidden verb eval-worker: the evaluator's process, which other verbs start.

import (
	"github.com/spf13/cobra"

	"nixops4/eval/nix"
	"nixops4/eval/worker"
	nixlib "nixops4/nix"
)

const evalWorkerName = "eval-worker"

func newEvalWorkerCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    evalWorkerName,
		Short:  "Evaluate for another nixops4 process",
		Hidden: true,
		Args:   noArgs,
		RunE: func(*cobra.Command, []string) error {
			nix.TuneMemory()
			return worker.Serve(a.stdin, a.ui.unbuffered, func(log func(string)) worker.Evaluation {
				return worker.NewEvaluation(worker.Settings{Library: nixlib.Files}, log)
			})
		},
	}
}
