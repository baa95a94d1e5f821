package plan

// This file says in what two plans differ.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Compare returns a line for each item that is not the same in both plans, or in only one of them, and for each problem that only now has.
func Compare(saved, now *Plan) []string {
	var lines []string
	type place struct {
		path             string
		removed, deposed bool
	}
	placeOf := func(item *Item) place {
		return place{item.Path.String(), item.Action.Removes(), item.Deposed}
	}
	current := map[place]*Item{}
	for _, item := range now.Items {
		current[placeOf(item)] = item
	}
	for _, item := range saved.Items {
		at := placeOf(item)
		other := current[at]
		delete(current, at)
		if line := compareItems(item, other, saved.Salt); line != "" {
			lines = append(lines, describePath(item)+": "+line)
		}
	}
	for _, item := range now.Items {
		if current[placeOf(item)] == item {
			lines = append(lines, fmt.Sprintf("%s: it is not in the plan, and would be to %s", describePath(item), item.Action))
		}
	}
	for _, problem := range now.Problems {
		if !slices.ContainsFunc(saved.Problems, func(p Problem) bool { return p.Path == problem.Path && p.Error == problem.Error }) {
			first, _, _ := strings.Cut(problem.Error, "\n")
			lines = append(lines, first)
		}
	}
	return lines
}

// Incomplete returns the first problem because of which p is not a whole plan; nil when there is none. What is only left alone is none.
func (p *Plan) Incomplete() *Problem {
	for i := range p.Problems {
		if !p.Problems[i].Skipped {
			return &p.Problems[i]
		}
	}
	return nil
}

func describePath(item *Item) string {
	if item.Path.IsRoot() {
		return "the root"
	}
	return item.Path.String()
}

func compareItems(saved, now *Item, salt string) string {
	sealed := now
	if now != nil {
		now = now.Masked()
	}
	switch {
	case now == nil:
		return fmt.Sprintf("the plan says %s, but it is neither declared nor recorded any more", saved.Action)
	case saved.Action != now.Action:
		return fmt.Sprintf("the plan says %s, but by now it would be %s", saved.Action, now.Action)
	case !sameJSON(saved.Before, now.Before):
		return "what is recorded has changed" + names(recordedOf(saved), recordedOf(now))
	case !sameJSON(saved.Inputs, now.Inputs):
		return "its inputs have changed" + names(saved.Inputs.Known, now.Inputs.Known)
	case saved.Digest != "" && saved.Digest != sealed.digest(salt):
		return "a sensitive value has changed"
	case !sameJSON(saved.Provider, now.Provider):
		return "its provider has changed"
	case saved.Type != now.Type || saved.From != now.From || saved.FromState != now.FromState || saved.State != now.State || saved.CreateFirst != now.CreateFirst:
		return "its declaration has changed"
	}
	return ""
}

// recordedOf returns the inputs and outputs of a record in one object.
func recordedOf(item *Item) Object {
	all := Object{}
	if item.Before == nil {
		return all
	}
	for name, value := range item.Before.Inputs {
		all["inputs."+name] = value
	}
	for name, value := range item.Before.Outputs {
		all["outputs."+name] = value
	}
	return all
}

// names says which members differ.
func names(a, b Object) string {
	if changed := Changes(a, b); len(changed) > 0 {
		return ": " + strings.Join(changed, ", ")
	}
	return ""
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && (bytes.Equal(x, y) || Equal(x, y))
}
