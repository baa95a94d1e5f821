package nixstore

// This file builds outputs of derivations.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"nixops4/eval"
)

// Build builds outputs of derivations that are in the store, and returns their paths, which stay until the store is closed. Builds of
// several callers run at the same time. What happens goes to tell, one call at a time; nil means to the log.
func (s *Store) Build(ctx context.Context, outputs []eval.DerivationOutput, tell func(Event)) (map[eval.DerivationOutput]string, error) {
	result := map[eval.DerivationOutput]string{}
	var missing []eval.DerivationOutput
	s.mu.Lock()
	for _, o := range outputs {
		if p, ok := s.built[o]; ok && isThere(p) {
			result[o] = p
		} else {
			missing = append(missing, o)
		}
	}
	s.mu.Unlock()
	if len(missing) == 0 {
		return result, nil
	}
	if tell == nil {
		tell = s.logEvent
	}
	paths, err := s.realise(ctx, missing, tell)
	if err == nil && s.hold(paths) != nil {
		// The garbage collector may have run before they were protected.
		if paths, err = s.realise(ctx, missing, tell); err == nil {
			err = s.hold(paths)
		}
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range missing {
		s.built[o], result[o] = paths[i], paths[i]
	}
	return result, nil
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// realise runs nix-store for outputs, whose paths it prints in the same order.
func (s *Store) realise(ctx context.Context, outputs []eval.DerivationOutput, tell func(Event)) ([]string, error) {
	args := []string{"--realise", "--log-format", "internal-json", "--verbose"}
	for _, o := range outputs {
		args = append(args, o.Derivation+"!"+o.Output)
	}
	cmd := exec.CommandContext(ctx, s.programs.store, args...)
	cmd.Env = s.env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends the builders
	cmd.WaitDelay = 10 * time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	var stdout strings.Builder
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	failure := newFollower(tell).follow(stderr)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if failure == "" {
			failure = err.Error()
		}
		return nil, fmt.Errorf("building %s: %s", list(outputs), failure)
	}
	paths := strings.Fields(stdout.String())
	if len(paths) != len(outputs) {
		return nil, fmt.Errorf("building %s: nix-store printed %d paths, not %d", list(outputs), len(paths), len(outputs))
	}
	return paths, nil
}

func list(outputs []eval.DerivationOutput) string {
	var names []string
	for _, o := range outputs {
		names = append(names, "'"+o.String()+"'")
	}
	return strings.Join(names, ", ")
}
