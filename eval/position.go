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

// exprPos is the place of an expression in a trace. Literals, let and some operators have none, as in Nix.
func exprPos(e syntax.Expr) syntax.Pos {
	for {
		switch x := e.(type) {
		case *syntax.Int, *syntax.Float, *syntax.Str, *syntax.Path, *syntax.Let:
			return 0
		case *syntax.HasAttr:
			e = x.X
		case *syntax.Not:
			e = x.X
		case *syntax.List:
			if len(x.Elems) == 0 {
				return 0
			}
			e = x.Elems[0]
		case *syntax.Binary:
			if x.Op == syntax.Eq || x.Op == syntax.NotEq {
				return 0
			}
			return x.At
		default:
			return e.Pos()
		}
	}
}

// showPos writes a position as FILE:LINE:COLUMN.
func (m *Evaluator) showPos(pos syntax.Pos) string {
	loc, ok := m.files.Locate(pos)
	if !ok {
		return "«none»:0"
	}
	return loc.String()
}
