package engine

// This file sorts out what became of the components of a run.

import (
	"cmp"
	"errors"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/graph"
)

func newSkip(path addr.Path, err *graph.SkippedError[key]) Skip {
	var alone leftAlone
	asked := errors.As(err, &alone) && alone.skip.Asked
	return Skip{Path: path, Needs: err.Need.Why.(why).needs(), Cause: err.Cause.path, Asked: asked}
}

// newFailure makes a Failure of the outcome of a component or state.
func newFailure(path addr.Path, err error) Failure {
	var failure Failure
	var cycle *graph.CycleError[key]
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &cycle):
		err := newCycleError(cycle)
		return Failure{Path: err.Links[0].Path, Err: err}
	}
	return Failure{Path: path, Err: err}
}

// newApplyError sorts out the outcomes of a run. It always returns one, empty when all went well.
func newApplyError(outcomes map[key]error) *ApplyError {
	result := &ApplyError{}
	cycles := map[*graph.CycleError[key]]bool{}
	for k, err := range outcomes {
		var skipped *graph.SkippedError[key]
		var cycle *graph.CycleError[key]
		var alone leftAlone
		switch {
		case err == nil:
		case stopped(err):
			if k.kind != stateKey {
				result.Stopped = append(result.Stopped, k.path)
			}
		case errors.As(err, &skipped):
			if k.kind != stateKey {
				result.Skipped = append(result.Skipped, newSkip(k.path, skipped))
			}
		case errors.As(err, &alone):
			result.Skipped = append(result.Skipped, alone.skip)
		case errors.As(err, &cycle) && cycles[cycle]:
		default:
			if cycle != nil {
				cycles[cycle] = true
			}
			result.Failures = append(result.Failures, newFailure(k.path, err))
		}
	}
	slices.SortFunc(result.Failures, func(f, g Failure) int {
		return cmp.Or(f.Path.Compare(g.Path), cmp.Compare(f.Error(), g.Error()))
	})
	result.Failures = joinFailures(result.Failures)
	slices.SortFunc(result.Skipped, func(s, t Skip) int { return s.Path.Compare(t.Path) })
	addr.Sort(result.Stopped)
	return result
}

// joinFailures makes one of the failures that say the same about the evaluation of several components: a mistake in what
// they share, such as a provider's module, is one mistake.
func joinFailures(failures []Failure) []Failure {
	var joined []Failure
	first := map[string]int{} // index in joined, by text
	for _, failure := range failures {
		if failure.Doing == "evaluating" {
			text := failure.Err.Error()
			if i, ok := first[text]; ok {
				joined[i].Also = append(joined[i].Also, failure.Path)
				continue
			}
			first[text] = len(joined)
		}
		joined = append(joined, failure)
	}
	return joined
}
