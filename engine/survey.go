package engine

// This file evaluates what is selected before any output is told.
//
// Evaluation asks for an output only as long as it is not known. So what a resource was made from can be seen in full only when nothing is known: had an output been told
// because somebody else asked for it, nobody would see this one use it. What is found here is recorded as dependencies, for the order in which objects
// are destroyed one day.

import (
	"context"
	"errors"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
)

// seen is a component as it was evaluated in the survey, and what it waits for; the component is nil when that is not known yet.
type seen struct {
	component *Component
	waits     []why
}

// survey evaluates the selected components and those that they lead to, once in a run. What cannot be evaluated is passed over; it is asked for again.
func (r *Run) survey(ctx context.Context) {
	if r.surveyed != nil {
		return
	}
	r.surveyed = map[addr.Path]seen{}
	w, end := r.newWalk(ctx)
	defer end()
	w.lenient = true
	start, err := w.start()
	if err != nil {
		return
	}
	graph.Run(ctx, start, w.look, graph.Options[key]{Parallelism: w.opts.parallelism(), Stop: w.stop})
}

// look evaluates a component and finds what it leads to.
func (w *walk) look(_ context.Context, k key) (step graph.Step[key], err error) {
	c, waits, err := w.evaluate(k.path)
	if err != nil {
		if errors.Is(err, graph.ErrStopped) {
			return step, err
		}
		return step, nil
	}
	w.mu.Lock()
	w.surveyed[k.path] = seen{c, waits}
	w.mu.Unlock()
	for _, wait := range waits {
		step.Found = append(step.Found, key{path: wait.output.Resource})
	}
	switch {
	case c == nil:
	case c.Resource != nil && c.Resource.Stateful():
		step.Found = append(step.Found, key{path: c.Resource.State})
	case c.Resource == nil && w.selected(k.path):
		for _, name := range c.Members {
			if child := k.path.Child(name); !w.excluded(child) {
				step.Found = append(step.Found, key{path: child})
			}
		}
	}
	return step, nil
}

// takeSurveyed returns what the survey has seen of a component, the first time that it is asked.
func (w *walk) takeSurveyed(path addr.Path) (seen, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.surveyed[path]
	delete(w.surveyed, path)
	return s, ok
}
