package main

// This file is the hidden verb eval-worker: the evaluator's process, which other verbs start.

import (
	"os"

	"github.com/spf13/cobra"

	"nixops4/eval/nix"
	"nixops4/eval/nixstore"
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
			preferToBeKilled()
			max, err := nix.MaxMemory(os.Getenv)
			if err != nil {
				return err
			}
			nix.TuneMemory(max)
			if err := nix.LimitMemory(nix.WallMemory(max)); err != nil {
				return err
			}
			return worker.Serve(a.stdin, a.ui.unbuffered, func(log func(string)) worker.Evaluation {
				return worker.NewEvaluation(worker.Settings{Library: nixlib.Files, Fetching: fetching(os.LookupEnv), Store: findStore, MaxMemory: max}, log)
			})
		},
	}
}

// preferToBeKilled asks the system to kill this process before any other when memory runs out: it is the one that can be lost. Systems
// that cannot be asked, such as those without /proc, choose for themselves.
func preferToBeKilled() {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
}

// findStore is the store of the Nix that is installed, if one is.
func findStore(log func(string)) worker.Store {
	if found := nixstore.Find(os.Getenv, log); found != nil {
		return found
	}
	return nil
}
