package engine

// This file tells what was seen to depend on what.

import (
	"cmp"
	"slices"

	"nixops4/engine/addr"
)

// Need is a dependency that evaluation was seen to have, or that dependsOn names.
type Need struct {
	Path addr.Path   // the component that needs
	What string      // of it, such as "inputs.contents of web.page"
	On   addr.Output // without a name when the whole resource must be done
}

// Needs returns the dependencies that were seen in this run, in order of path. After [Run.Plan] these are those of all that
// was planned. What was told to the configuration before the run is not among them.
func (r *Run) Needs() []Need {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Need
	for path, needs := range r.needs {
		for _, n := range needs {
			all = append(all, Need{Path: path, What: n.what, On: n.output})
		}
	}
	slices.SortFunc(all, func(a, b Need) int {
		return cmp.Or(a.Path.Compare(b.Path), cmp.Compare(a.What, b.What), a.On.Resource.Compare(b.On.Resource), cmp.Compare(a.On.Name, b.On.Name))
	})
	return all
}
