package main

import (
	"errors"
	"fmt"
	"testing"

	"nixops4/engine"
	"nixops4/eval/worker"
	"nixops4/providers"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	plain := &worker.Error{Message: "x.nix:1:1: bad", Brief: "error: bad\n       at x.nix:1:1:", Trace: "error:\n       … while\n\n       error: bad"}
	for _, tt := range []struct {
		err       error
		showTrace bool
		want      string
	}{
		{errors.New("plain"), true, "plain"},
		{plain, false, "bad\n       at x.nix:1:1:"},
		{fmt.Errorf("evaluating web: %w", plain), false, "evaluating web: bad\n       at x.nix:1:1:"},
		{fmt.Errorf("evaluating web: %w", plain), true, "evaluating web:\n       … while\n\n       error: bad"},
		{fmt.Errorf("%w, and more", plain), false, "x.nix:1:1: bad, and more"},
		{&worker.Error{Message: "no trace"}, true, "no trace"},
		{fmt.Errorf("evaluating x: %w", &engine.NoMemberError{Name: "x", Names: []string{"y"}}), false, "x does not exist: the root has no member \"x\""},
		{&worker.DiedError{Reason: "killed", Stderr: []string{"a", "b"}}, false, "the evaluator process died: killed\n  the last lines of the evaluator:\n  | a\n  | b"},
		{&providers.Error{Executable: "p", Type: "file", Gerund: "creating", Msg: "exited with status 3", Stderr: []string{"boom"}}, false,
			"creating file: provider \"p\" exited with status 3\n  the last lines of the provider:\n  | boom"},
		{fmt.Errorf("x: %w", &providers.Error{Type: "file", Gerund: "creating", Reason: providers.Refused, Msg: "no\x1b[2J\nroom\a"}), false, "x: creating file: no\nroom"},
	} {
		if got := explain(tt.err, tt.showTrace); got != tt.want {
			t.Errorf("explain(%v, %v) = %q, want %q", tt.err, tt.showTrace, got, tt.want)
		}
	}
}
