package view

// This file puts actions and results into words.

import (
	"fmt"
	"strings"

	"nixops4/engine"
	"nixops4/engine/plan"
)

// actions in the order in which a summary counts them.
var actions = []struct {
	action       plan.Action
	past, gerund string
}{
	{plan.Create, "created", "creating"},
	{plan.Update, "updated", "updating"},
	{plan.Replace, "replaced", "replacing"},
	{plan.Delete, "deleted", "deleting"},
	{plan.Move, "moved", "moving"},
	{plan.Adopt, "adopted", "adopting"},
	{plan.Release, "released", "releasing"},
	{plan.Read, "read", "reading"},
	{plan.Ensure, "ensured", "ensuring"},
	{plan.None, "unchanged", "leaving"},
	{plan.Blocked, "blocked", "waiting"},
}

// Past returns what was done: "created".
func Past(action plan.Action) string {
	for _, a := range actions {
		if a.action == action {
			return a.past
		}
	}
	return string(action)
}

// Gerund returns what is being done: "creating".
func Gerund(action plan.Action) string {
	for _, a := range actions {
		if a.action == action {
			return a.gerund
		}
	}
	return string(action)
}

// Count returns one line such as "2 created, 1 unchanged, 1 failed in 0.3 s".
func Count(r *engine.Result) string {
	var parts []string
	add := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	for _, a := range actions {
		add(r.Done[a.action], a.past)
	}
	failed := len(r.Failed)
	for _, failure := range r.Failed {
		failed += len(failure.Also)
	}
	add(failed, "failed")
	add(len(r.Skipped), "skipped")
	add(len(r.Stopped), "not started")
	if len(parts) == 0 {
		parts = append(parts, "nothing to do")
	}
	return strings.Join(parts, ", ") + " in " + Duration(r.Duration)
}
