package eval

// This file lets an evaluator that lives long see files that have changed.

import (
	"maps"
	"slices"
	"strings"
)

// Reload makes later evaluation see files as they are now. It returns the files whose text has changed or that are gone, sorted, which are read again when
// they are needed, and the number of those that stay parsed. Files that come with the program are not looked at, and their values are kept.
func (m *Evaluator) Reload() (changed []string, kept int) {
	clear(m.folders)
	clear(m.resolved)
	clear(m.copied)
	maps.DeleteFunc(m.imports, func(file string, _ Value) bool { return !embedded(file) })
	for file, p := range m.parsed {
		if embedded(file) {
			continue
		}
		text, err := m.readSource(file)
		if err == nil && text == p.text {
			kept++
			continue
		}
		delete(m.parsed, file)
		changed = append(changed, file)
	}
	slices.Sort(changed)
	return changed, kept
}

// embedded says that a file is part of the program.
func embedded(file string) bool { return strings.HasPrefix(file, "/<") }
