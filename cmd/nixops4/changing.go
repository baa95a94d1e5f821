package main

// This file is what commands share that change states: they hold its lock, sign what they record, and keep it elsewhere when the state
// cannot be appended to.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/state"
)

// changing says how a command changes states. A nil one only reads.
type changing struct {
	command  string        // for people, such as "nixops4 apply"
	patience time.Duration // how long to wait for a lock
	ui       *ui
	file     string // the state file, when it was named directly

	mu   sync.Mutex // guards the fields below
	kept []*state.ErroredWriter
	held map[string]addr.Path // which resource keeps the state, by the ID of the lock
}

func (a *app) newChanging(command string, patience time.Duration) *changing {
	return &changing{command: "nixops4 " + command, patience: patience, ui: a.ui}
}

// addWaitFlag adds the flag that says how long to wait for locks.
func addWaitFlag(flags *pflag.FlagSet, patience *time.Duration) {
	flags.DurationVar(patience, "lock-timeout", 0, "wait up to `DURATION` for a state that somebody else has locked")
}

// open reads a state. With create it is made when there is none.
func (c *changing) open(ctx context.Context, store state.Store, path addr.Path, create bool) (*engine.StateLog, error) {
	if c == nil {
		return engine.OpenLog(ctx, store, nil, state.JournalOptions{Create: create, Version: version})
	}
	held, err := state.Acquire(ctx, store, c.command, c.patience, func(l state.Lock) {
		c.ui.note("waiting for the state kept by %s, which is locked by %s", path, l)
	})
	if other, own := c.holds(err); own {
		return nil, withHint(fmt.Errorf("%s keeps the same state as %s", path, other), "give each state a place of its own, or let what is kept in one say state = members."+other.String())
	}
	if err != nil {
		return nil, lockHint(err, c.file)
	}
	c.hold(held.ID(), path)
	if held.ID() == "" {
		c.ui.message("warning", fmt.Sprintf("the provider of %s knows only the old protocol for states, so what others record meanwhile, or what a crash leaves behind, goes unnoticed", path))
		c.ui.hint("see to it that nobody else changes this state, and prefer a state_file of the local provider")
	}
	log, err := engine.OpenLog(ctx, store, held, state.JournalOptions{
		Create: create, Version: version, Command: c.command, Unsaved: c.keeper(path).Keep,
	})
	if err != nil {
		_ = held.Release(ctx) // the first error says more
		return nil, err
	}
	return log, nil
}

// holds returns which resource keeps the state that cannot be locked because this command has locked it.
func (c *changing) holds(err error) (keeper addr.Path, own bool) {
	var locked *state.LockedError
	if !errors.As(err, &locked) {
		return addr.Root, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	keeper, own = c.held[locked.Lock.ID]
	return keeper, own
}

func (c *changing) hold(id string, keeper addr.Path) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[string]addr.Path{}
	}
	c.held[id] = keeper
}

// keeper keeps what cannot be recorded in a file beside the project, which is where the command runs.
func (c *changing) keeper(path addr.Path) *state.ErroredWriter {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	header := state.Errored{Resource: path.Names(), Command: c.command}
	if c.file != "" {
		header.Resource, header.File = nil, c.file
		if absolute, err := filepath.Abs(c.file); err == nil {
			header.File = absolute
		}
	}
	writer := state.NewErroredWriter(dir, header)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = append(c.kept, writer)
	return writer
}

// report says what was kept elsewhere.
func (c *changing) report() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, writer := range c.kept {
		if writer.Path() != "" {
			c.ui.message("warning", "what was done and could not be recorded is in "+writer.Path())
			c.ui.hint("when the state can be written again: nixops4 state push " + shellQuote(writer.Path()))
		}
	}
}

// lockHint says what to do about a lock, of a file when that was named directly.
func lockHint(err error, file string) error {
	var locked *state.LockedError
	if !errors.As(err, &locked) {
		return err
	}
	unlock := "nixops4 state unlock " + locked.Lock.ID
	if file != "" {
		unlock += " --state " + shellQuote(file)
	}
	return withHint(err, "wait for it with --lock-timeout; or, when that command does not run any more, break the lock: "+unlock)
}
