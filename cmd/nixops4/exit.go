package main

// This file maps errors to exit codes. The table is part of the help text and of docs/cli.md; a script asserts both.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"nixops4/engine"
	"nixops4/script"
	"nixops4/state"
)

// Exit codes. A code keeps its meaning for ever, because scripts depend on it.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2
	exitFailed      = 3
	exitLocked      = 11
	exitUsage       = 64
	exitInterrupted = 130
)

var exitMeanings = []struct {
	code    int
	meaning string
}{
	{exitOK, "success"},
	{exitError, "error: nothing was applied, or not what was asked for"},
	{exitChanges, "there is something to change (plan --detailed-exitcode), or something drifted (drift)"},
	{exitFailed, "some resources failed; the others were applied and are recorded"},
	{exitLocked, "somebody else holds the lock of a state"},
	{exitUsage, "the command line is wrong"},
	{exitInterrupted, "interrupted; what was done is recorded"},
}

// exitTable is the section on exit codes of the help text.
func exitTable() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, e := range exitMeanings {
		fmt.Fprintf(&b, "  %-3d  %s\n", e.code, e.meaning)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// exitCode chooses the code for the error that a verb ended with, nil included.
func exitCode(err error) int {
	var usage *usageError
	var locked *state.LockedError
	var apply *engine.ApplyError
	var scripted *script.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errInterrupted), errors.Is(err, engine.ErrStopped), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &scripted) && scripted.ExitCode() != 0:
		return scripted.ExitCode() // what the operation's fail asked for
	case errors.As(err, &locked):
		return exitLocked
	case errors.Is(err, errChanges):
		return exitChanges
	case errors.As(err, &apply):
		return exitFailed
	default:
		return exitError
	}
}

// errChanges is what a verb returns whose exit code tells of changes.
var errChanges = errors.New("there are changes")

// errInterrupted is what a verb returns when the user's Ctrl-C ended it.
var errInterrupted = errors.New("interrupted")
