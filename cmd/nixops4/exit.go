package main

// This file maps errors to exit codes. The table is part of the help text and of docs/cli.md; a script asserts both.

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	{exitFailed, "some resources failed; the others were applied and are recorded"},
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
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return exitError
	}
}

// errInterrupted is what a verb returns when the user's Ctrl-C ended it.
var errInterrupted = errors.New("interrupted")
