package script

// This file rewrites a syntax tree so that guard.go gets to see the operands, and finds the lines that hold statements.

import "go.starlark.net/syntax"

// rewrite replaces operators and methods by calls.
func rewrite(f *syntax.File) {
	for _, s := range f.Stmts {
		rewriteStmt(s)
	}
}

func rewriteAll(stmts []syntax.Stmt) {
	for _, s := range stmts {
		rewriteStmt(s)
	}
}

func rewriteStmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.AssignStmt:
		s.LHS, s.RHS = rewriteTarget(s.LHS), rewriteExpr(s.RHS)
		if name, ok := guardedAssignments[s.Op]; ok {
			s.RHS = callTo(name, s.OpPos, s.RHS)
		}
	case *syntax.DefStmt:
		rewriteParams(s.Params)
		rewriteAll(s.Body)
	case *syntax.ExprStmt:
		s.X = rewriteExpr(s.X)
	case *syntax.IfStmt:
		s.Cond = rewriteExpr(s.Cond)
		rewriteAll(s.True)
		rewriteAll(s.False)
	case *syntax.ForStmt:
		s.Vars, s.X = rewriteTarget(s.Vars), rewriteExpr(s.X)
		rewriteAll(s.Body)
	case *syntax.WhileStmt:
		s.Cond = rewriteExpr(s.Cond)
		rewriteAll(s.Body)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = rewriteExpr(s.Result)
		}
	}
}

// rewriteParams rewrites defaults; the names stay.
func rewriteParams(params []syntax.Expr) {
	for _, p := range params {
		if b, ok := p.(*syntax.BinaryExpr); ok {
			b.Y = rewriteExpr(b.Y)
		}
	}
}

func rewriteExprs(list []syntax.Expr) {
	for i, x := range list {
		list[i] = rewriteExpr(x)
	}
}

func rewriteExpr(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.BinaryExpr:
		return rewriteBinary(x)
	case *syntax.DotExpr:
		x.X = rewriteExpr(x.X)
		if guardedMethods[x.Name.Name] {
			name := &syntax.Literal{Token: syntax.STRING, TokenPos: x.NamePos, Raw: `"` + x.Name.Name + `"`, Value: x.Name.Name}
			return callTo(".", x.Dot, x.X, name)
		}
	case *syntax.CallExpr:
		x.Fn = rewriteExpr(x.Fn)
		rewriteArgs(x.Args)
	case *syntax.Comprehension:
		x.Body = rewriteExpr(x.Body)
		for _, clause := range x.Clauses {
			switch c := clause.(type) {
			case *syntax.ForClause:
				c.Vars, c.X = rewriteTarget(c.Vars), rewriteExpr(c.X)
			case *syntax.IfClause:
				c.Cond = rewriteExpr(c.Cond)
			}
		}
	case *syntax.CondExpr:
		x.Cond, x.True, x.False = rewriteExpr(x.Cond), rewriteExpr(x.True), rewriteExpr(x.False)
	case *syntax.DictExpr:
		rewriteExprs(x.List)
	case *syntax.DictEntry:
		x.Key, x.Value = rewriteExpr(x.Key), rewriteExpr(x.Value)
	case *syntax.IndexExpr:
		x.X, x.Y = rewriteExpr(x.X), rewriteExpr(x.Y)
	case *syntax.LambdaExpr:
		rewriteParams(x.Params)
		x.Body = rewriteExpr(x.Body)
	case *syntax.ListExpr:
		rewriteExprs(x.List)
	case *syntax.ParenExpr:
		x.X = rewriteExpr(x.X)
	case *syntax.SliceExpr:
		x.X = rewriteExpr(x.X)
		for _, part := range []*syntax.Expr{&x.Lo, &x.Hi, &x.Step} {
			if *part != nil {
				*part = rewriteExpr(*part)
			}
		}
	case *syntax.TupleExpr:
		rewriteExprs(x.List)
		if pos := syntax.Start(x); len(x.List) > 0 {
			return callTo("()", pos, x.List...)
		}
	case *syntax.UnaryExpr:
		if x.X != nil {
			x.X = rewriteExpr(x.X)
		}
	}
	return x
}

// rewriteTarget rewrites what is assigned to. Tuples and lists in it are no values.
func rewriteTarget(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.TupleExpr:
		for i, part := range x.List {
			x.List[i] = rewriteTarget(part)
		}
		return x
	case *syntax.ListExpr:
		for i, part := range x.List {
			x.List[i] = rewriteTarget(part)
		}
		return x
	case *syntax.ParenExpr:
		x.X = rewriteTarget(x.X)
		return x
	}
	return rewriteExpr(x)
}

func rewriteBinary(x *syntax.BinaryExpr) syntax.Expr {
	x.X, x.Y = rewriteExpr(x.X), rewriteExpr(x.Y)
	if name, ok := guardedOperators[x.Op]; ok {
		return callTo(name, x.OpPos, x.X, x.Y)
	}
	return x
}

// rewriteArgs leaves name = value and *args as they are, but for the value.
func rewriteArgs(args []syntax.Expr) {
	for i, arg := range args {
		if b, ok := arg.(*syntax.BinaryExpr); ok && b.Op == syntax.EQ {
			b.Y = rewriteExpr(b.Y)
			continue
		}
		args[i] = rewriteExpr(arg)
	}
}

// callTo makes a call at a position, which is then that of errors.
func callTo(name string, pos syntax.Position, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: pos, Name: name}, Lparen: pos, Args: args, Rparen: pos}
}

// executable returns the lines on which a statement begins, for reports of coverage. Documentation strings and definitions do not count.
func executable(f *syntax.File) map[int]bool {
	lines := map[int]bool{}
	syntax.Walk(f, func(n syntax.Node) bool {
		switch s := n.(type) {
		case *syntax.LoadStmt, *syntax.DefStmt:
		case *syntax.ExprStmt:
			if _, ok := s.X.(*syntax.Literal); !ok {
				lines[int(syntax.Start(s).Line)] = true
			}
		case *syntax.BranchStmt:
			if s.Token != syntax.PASS {
				lines[int(s.TokenPos.Line)] = true
			}
		case syntax.Stmt:
			lines[int(syntax.Start(s).Line)] = true
		}
		return true
	})
	return lines
}
