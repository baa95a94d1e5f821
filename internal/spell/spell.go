// Package spell finds the name a user probably meant.
//
// [Nearest] compares a mistyped name with the names that exist and returns the closest one, or nothing when none is close
// enough to be worth suggesting. Distance is counted in edits of one character: insert, delete, replace, or swap of two
// neighbours (optimal string alignment), without regard to case.
package spell

import (
	"strconv"
	"strings"
)

// Nearest returns the candidate closest to name, or "" when no candidate is within a third of name's length (at least one
// edit, and never all of it). Of equally close candidates the first wins, so callers that want a stable answer pass them in a fixed order.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", limit(name)+1
	folded := []rune(strings.ToLower(name))
	for _, c := range candidates {
		if c == name {
			continue
		}
		if d := distance(folded, []rune(strings.ToLower(c)), bestDistance); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// Hint returns `did you mean "x"?` for the nearest candidate, or "".
func Hint(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return "did you mean " + strconv.Quote(n) + "?"
	}
	return ""
}

// limit is the number of edits up to which a name still looks like a slip of the same name. At least one character must
// stay, or every name of one letter would suggest every other.
func limit(name string) int {
	n := len([]rune(name))
	return min(n-1, max(1, (n+1)/3))
}

// distance counts edits from a to b, giving up with bound once it is certain that there are at least that many.
func distance(a, b []rune, bound int) int {
	if abs(len(a)-len(b)) >= bound {
		return bound
	}
	// Three rows of the table are alive at a time: a swap looks two rows back.
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		lowest := current[0]
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
			lowest = min(lowest, current[j])
		}
		if lowest >= bound {
			return bound
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
