package eval

// This file finds the names that somebody may have meant.

import (
	"cmp"
	"slices"
	"strings"
)

// BestMatches returns the names that may have been meant, for [Error.Suggestions].
func BestMatches(names []string, want string) []string { return bestMatches(names, want) }

// bestMatches returns up to five names that are at most two edits away, the nearest first, as Nix does.
func bestMatches(names []string, want string) []string {
	type match struct {
		distance int
		name     string
	}
	var found []match
	for _, n := range names {
		if d := len(n) - len(want); d > 2 || d < -2 {
			continue
		}
		if d := editDistance(want, n); d <= 2 {
			found = append(found, match{d, n})
		}
	}
	slices.SortFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	var out []string
	for i, f := range found {
		if i == 5 {
			break
		}
		out = append(out, f.name)
	}
	return out
}

// editDistance counts insertions, deletions and replacements of bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			above := row[j]
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			row[j] = min(cost, above+1, row[j-1]+1)
			diagonal = above
		}
	}
	return row[len(b)]
}
