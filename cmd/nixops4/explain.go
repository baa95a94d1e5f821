package main

// This file makes the text of an error: its one line, and what others know about it, such as where evaluation was or what a
// provider last said.

import (
	"errors"
	"strings"

	"nixops4/engine"
	"nixops4/engine/view"
	"nixops4/eval/worker"
	"nixops4/providers"
	"nixops4/script"
)

// explain returns the text of an error, several lines when there is more to know.
func explain(err error, showTrace bool) string {
	var evaluation *worker.Error
	var died *worker.DiedError
	var provider *providers.Error
	var missing *engine.NoMemberError
	var scripted *script.Error
	text := err.Error()
	switch {
	case errors.As(err, &scripted):
		return text // it has its own trace, without secrets
	case errors.As(err, &missing):
		return missing.Error() // what was being done when a path led nowhere says nothing more
	case errors.As(err, &evaluation):
		return withTrace(text, evaluation, showTrace)
	case errors.As(err, &died):
		return text + lastLines("the last lines of the evaluator", died.Stderr)
	case errors.As(err, &provider) && provider.Reason != providers.Refused && provider.Reason != providers.HalfDone: // who refuses has said why
		return view.Clean(text + lastLines("the last lines of the provider", provider.Stderr))
	case provider != nil:
		return view.Clean(text)
	}
	return text
}

// quotingHint is for a path that a dot in a name has split, because the shell took the quotes away.
func quotingHint(err error) string {
	var missing *engine.NoMemberError
	if !errors.As(err, &missing) {
		return ""
	}
	for _, name := range missing.Names {
		if strings.HasPrefix(name, missing.Name+".") {
			path := missing.Parent.Child(name).String()
			return "a name with a dot is quoted, also for the shell: " + shellQuote(path)
		}
	}
	return ""
}

// withTrace puts Nix's own rendering in the place of the one line that text ends with.
func withTrace(text string, e *worker.Error, showTrace bool) string {
	rendered := e.Brief
	if showTrace {
		rendered = e.Trace
	}
	before, found := strings.CutSuffix(text, e.Error())
	rendered, isError := strings.CutPrefix(rendered, "error:")
	if !found || !isError {
		return text
	}
	// With a trace, the rendering starts on a line of its own.
	if strings.HasPrefix(rendered, "\n") {
		return strings.TrimRight(before, " ") + rendered
	}
	return before + strings.TrimPrefix(rendered, " ")
}

func lastLines(title string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "\n  " + title + ":\n  | " + strings.Join(lines, "\n  | ")
}
