package engine

// This file guesses from values what a record was made from, for the order in which objects are destroyed.
//
// What evaluation was seen to ask for is recorded: see the survey. It is not seen to ask for an output that was known already, in a component that exists only because of
// another output, or in a function that looks at several outputs one after the other; and programs that know nothing of dependencies do not record any. An input that has the output of another resource in it was most likely made from it; when that is
// wrong, an object is only destroyed later than it might have been.

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

const (
	shortestHint = 4         // bytes of an output that is looked for; shorter ones are everywhere
	mostSearches = 4_000_000 // beyond, only inputs that are an output as a whole count
)

// inferred are outputs by their value.
type inferred struct {
	owners map[string][]addr.Path
	values []string
	parts  bool // look for outputs within inputs, too
}

// infer gathers the outputs of what is recorded; inputs is how many inputs will be compared with them.
func infer(entries map[addr.Path]*plan.Recorded, inputs int) *inferred {
	in := &inferred{owners: map[string][]addr.Path{}}
	for _, path := range slices.SortedFunc(maps.Keys(entries), addr.Path.Compare) {
		for _, value := range entries[path].Outputs {
			eachString(value, func(text string) {
				if len(text) >= shortestHint && !slices.Contains(in.owners[text], path) {
					in.owners[text] = append(in.owners[text], path)
				}
			})
		}
	}
	in.values = slices.Sorted(maps.Keys(in.owners))
	in.parts = len(in.values)*inputs <= mostSearches
	return in
}

// of returns the resources whose outputs are in the inputs of the one at path, and which existed before its record was last changed.
func (in *inferred) of(path addr.Path, entry *plan.Recorded, entries map[addr.Path]*plan.Recorded) []addr.Path {
	found := map[addr.Path]bool{}
	add := func(value string) {
		for _, owner := range in.owners[value] {
			later := !entry.Updated.IsZero() && entries[owner].Created.After(entry.Updated)
			if owner != path && !later {
				found[owner] = true
			}
		}
	}
	for _, value := range entry.Inputs {
		eachString(value, func(text string) {
			if !in.parts {
				add(text)
				return
			}
			for _, output := range in.values {
				if strings.Contains(text, output) {
					add(output)
				}
			}
		})
	}
	return slices.SortedFunc(maps.Keys(found), addr.Path.Compare)
}

// eachString calls f for each string in a JSON value.
func eachString(text json.RawMessage, f func(string)) {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return
	}
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case string:
			f(value)
		case []any:
			for _, item := range value {
				walk(item)
			}
		case map[string]any:
			for _, item := range value {
				walk(item)
			}
		}
	}
	walk(value)
}

// inferDependencies completes the dependencies of what goes by what its values tell.
func inferDependencies(all []*removal) {
	entries := map[addr.Path]*plan.Recorded{}
	inputs := 0
	for _, r := range all {
		if r.item.Before == nil {
			continue
		}
		inputs += len(r.item.Before.Inputs)
		if r.intent == nil || entries[r.item.Path] == nil { // what is recorded rather than what it replaced
			entries[r.item.Path] = r.item.Before
		}
	}
	in := infer(entries, inputs)
	for _, r := range all {
		if r.item.Before != nil {
			r.also = in.of(r.item.Path, r.item.Before, entries)
		}
	}
}
