package resolve

// This file walks the tree, one method per group of nodes.

import "nixops4/eval/syntax"

// expr resolves a node. straight says that the node runs exactly once for the frame on top, so that
// constructs in it may share that frame.
func (r *resolver) expr(e syntax.Expr, straight bool) {
	switch e := e.(type) {
	case nil, *syntax.Int, *syntax.Float, *syntax.Str, *syntax.Path, *syntax.CurPos:
	case *syntax.Var:
		r.lookup(e)
	case *syntax.Concat:
		r.all(e.Parts)
	case *syntax.Select:
		r.expr(e.X, false)
		r.path(e.Path)
		r.expr(e.Default, false)
	case *syntax.HasAttr:
		r.expr(e.X, false)
		r.path(e.Path)
	case *syntax.Attrs:
		r.attrs(e, straight)
	case *syntax.List:
		r.all(e.Elems)
	case *syntax.Lambda:
		r.lambda(e)
	case *syntax.Call:
		r.expr(e.Fn, false)
		r.all(e.Args)
	case *syntax.Let:
		r.let(e, straight)
	case *syntax.With:
		r.with(e, straight)
	case *syntax.If:
		r.expr(e.Cond, false)
		r.expr(e.Then, straight)
		r.expr(e.Else, straight)
	case *syntax.Assert:
		r.expr(e.Cond, false)
		r.expr(e.Body, straight)
	case *syntax.Not:
		r.expr(e.X, false)
	case *syntax.Binary:
		if e.Fn != nil {
			r.lookup(e.Fn)
		}
		if e.Op == syntax.LessEq || e.Op == syntax.Greater {
			// The call that this stands for has the operands the other way round.
			r.expr(e.R, false)
			r.expr(e.L, false)
			return
		}
		r.expr(e.L, false)
		r.expr(e.R, false)
	default:
		panic("resolve: unknown node")
	}
}

func (r *resolver) all(exprs []syntax.Expr) {
	for _, e := range exprs {
		r.expr(e, false)
	}
}

func (r *resolver) path(names []syntax.AttrName) {
	for i := range names {
		r.expr(names[i].Dyn, false)
	}
}

// open makes names visible, in slots of the frame on top when straight, else in a new frame. close undoes it.
func (r *resolver) open(straight bool) (frame syntax.Frame, close func(*syntax.Frame)) {
	if !straight {
		f := r.push()
		return syntax.Frame{}, func(out *syntax.Frame) {
			out.Size = f.size
			r.pop()
		}
	}
	f := r.top()
	names, withs := len(f.names), len(f.withs)
	return syntax.Frame{Shared: true, Base: f.size}, func(out *syntax.Frame) {
		f.forget(names)
		f.withs = f.withs[:withs]
		out.Size = f.size - out.Base
	}
}

// attrs resolves a set. Slots of a recursive set are in the order of e.Attrs.
func (r *resolver) attrs(e *syntax.Attrs, straight bool) {
	if !e.Rec {
		r.all(e.Froms)
		for i := range e.Attrs {
			r.expr(e.Attrs[i].Value, false)
		}
		r.dynamic(e)
		return
	}
	// Values of "inherit x" are looked up outside, everything else inside.
	frame, done := r.recursive(e, straight)
	e.Frame = frame
	r.dynamic(e)
	done(&e.Frame)
}

func (r *resolver) dynamic(e *syntax.Attrs) {
	for i := range e.Dynamic {
		r.expr(e.Dynamic[i].Name, false)
		r.expr(e.Dynamic[i].Value, false)
	}
}

// recursive opens the scope of a recursive set or let and resolves its bindings.
func (r *resolver) recursive(e *syntax.Attrs, straight bool) (syntax.Frame, func(*syntax.Frame)) {
	// The values of plain inherits belong to the scope outside but live in the frame inside, so their
	// depth counts from inside: they are resolved with the new frame in place but still without names.
	frame, done := r.open(straight)
	declare := func() {
		for i := range e.Attrs {
			r.top().declare(e.Attrs[i].Name)
		}
	}
	r.bindings(e, declare)
	return frame, done
}

// bindings resolves inherited values, then calls declare, then resolves the others.
func (r *resolver) bindings(e *syntax.Attrs, declare func()) {
	for i := range e.Attrs {
		if e.Attrs[i].Kind == syntax.Inherited {
			r.expr(e.Attrs[i].Value, false)
		}
	}
	declare()
	r.all(e.Froms)
	for i := range e.Attrs {
		if e.Attrs[i].Kind == syntax.Plain {
			r.expr(e.Attrs[i].Value, false)
		}
	}
}

func (r *resolver) let(e *syntax.Let, straight bool) {
	frame, done := r.recursive(e.Binds, straight)
	e.Binds.Frame = frame
	r.expr(e.Body, true)
	done(&e.Binds.Frame)
}

func (r *resolver) with(e *syntax.With, straight bool) {
	r.expr(e.Scope, false)
	frame, done := r.open(straight)
	e.Frame = frame
	f := r.top()
	f.withs = append(f.withs, with{f.size, e.At})
	f.size++
	r.expr(e.Body, true)
	done(&e.Frame)
}

// lambda resolves a chain of functions as one. Slots: the plain arguments in order, then for a pattern its
// names in order, then the name of the whole set.
func (r *resolver) lambda(e *syntax.Lambda) {
	chain := CurriedParams(e)
	f := r.push()
	for _, l := range chain {
		if l.Formals == nil {
			f.declare(l.Arg)
		}
	}
	last := chain[len(chain)-1]
	if last.Formals != nil {
		for i := range last.Formals.List {
			f.declare(last.Formals.List[i].Name)
		}
		if last.Arg != "" {
			f.declare(last.Arg)
		}
		for i := range last.Formals.List {
			r.expr(last.Formals.List[i].Default, false)
		}
	}
	r.expr(last.Body, true)
	for _, l := range chain {
		l.Frame = syntax.Frame{Size: f.size}
	}
	r.pop()
}
