package script

// This file counts which lines of scripts were run, by calls that are put before statements.

import (
	"slices"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// coverName is the function that counts; no script can call it by itself.
const coverName = "@"

// coverage counts how often lines were run.
type coverage struct {
	mu    sync.Mutex // guards lines
	lines map[string]map[int]int
}

// Coverage says which lines of a script were run.
type Coverage struct {
	File   string
	Lines  int   // that hold statements
	Missed []int // of them, in order
}

// instrument puts calls before the statements of a file.
func (c *coverage) instrument(name string, f *syntax.File) {
	counts := map[int]int{}
	for line := range executable(f) {
		counts[line] = 0
	}
	c.mu.Lock()
	c.lines[name] = counts
	c.mu.Unlock()
	f.Stmts = c.block(name, counts, f.Stmts)
}

func (c *coverage) block(name string, counts map[int]int, stmts []syntax.Stmt) []syntax.Stmt {
	var out []syntax.Stmt
	seen := 0
	for _, s := range stmts {
		pos := syntax.Start(s)
		if line := int(pos.Line); counts != nil && line != seen {
			if _, counted := counts[line]; counted {
				seen = line
				out = append(out, &syntax.ExprStmt{X: callTo(coverName, pos, literal(pos, name), number64(pos, int64(line)))})
			}
		}
		switch s := s.(type) {
		case *syntax.DefStmt:
			s.Body = c.block(name, counts, s.Body)
		case *syntax.IfStmt:
			s.True, s.False = c.block(name, counts, s.True), c.block(name, counts, s.False)
		case *syntax.ForStmt:
			s.Body = c.block(name, counts, s.Body)
		case *syntax.WhileStmt:
			s.Body = c.block(name, counts, s.Body)
		}
		out = append(out, s)
	}
	return out
}

func literal(pos syntax.Position, text string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: pos, Raw: `""`, Value: text}
}

func number64(pos syntax.Position, n int64) syntax.Expr {
	return &syntax.Literal{Token: syntax.INT, TokenPos: pos, Raw: "0", Value: n}
}

// builtin is the function that counts.
func (c *coverage) builtin() starlark.Value {
	return starlark.NewBuiltin(coverName, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		name := string(args[0].(starlark.String))
		line, _ := args[1].(starlark.Int).Int64()
		c.mu.Lock()
		c.lines[name][int(line)]++
		c.mu.Unlock()
		return starlark.None, nil
	})
}

// report returns what was run, by file; tests themselves are left out.
func (c *coverage) report(skip func(file string) bool) []Coverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Coverage
	for _, file := range sortedKeys(c.lines) {
		if skip(file) {
			continue
		}
		r := Coverage{File: file, Lines: len(c.lines[file])}
		for line, n := range c.lines[file] {
			if n == 0 {
				r.Missed = append(r.Missed, line)
			}
		}
		slices.Sort(r.Missed)
		all = append(all, r)
	}
	return all
}
