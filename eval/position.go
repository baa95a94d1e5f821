package eval

// This file turns positions into values and text.

import "nixops4/eval/syntax"

// posValue is { file, line, column }, or null when the position is not in a file.
func (m *Evaluator) posValue(pos syntax.Pos) Value {
	loc, ok := m.files.Locate(pos)
	if !ok || !loc.Source.IsFile {
		return Null
	}
	return m.AttrsOf(map[string]Value{
		"file":   String(loc.Source.Name),
		"line":   Int(int64(loc.Line)),
		"column": Int(int64(loc.Column)),
	})
}

// showPos writes a position as FILE:LINE:COLUMN.
func (m *Evaluator) showPos(pos syntax.Pos) string {
	loc, ok := m.files.Locate(pos)
	if !ok {
		return "«none»:0"
	}
	return loc.String()
}
