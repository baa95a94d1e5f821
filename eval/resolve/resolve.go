// Package resolve binds every variable of a syntax tree to the place where its value will be found at run
// time, and reports names that are not defined anywhere.
//
// [Resolve] walks a tree once and fills the Binding and Frame fields that package syntax declares.
//
// # Frames
//
// A frame is the record that holds the values of names: the argument of a function, the bindings of a let,
// the attributes of a recursive set, the scope of a with. A variable is a pair (depth, slot): go out depth
// frames and take the slot.
//
// Not every construct that introduces names needs a frame of its own. The body of a function runs exactly
// once per frame, so a let (or with, or recursive set) that is reached on the straight way from the start of
// the body, through the bodies of lets, withs and asserts and the branches of ifs, takes further slots of the
// function's frame: its Frame is Shared. One that sits inside an argument or an attribute is evaluated when
// somebody asks, maybe never, and gets its own frame then.
//
// A chain x: y: body of functions with plain arguments is one function of several arguments with one frame:
// applying it to fewer arguments has no visible effect other than remembering them, so nobody can tell. The
// last function of such a chain may have a pattern; an earlier one may not, since its pattern is checked when
// that argument is given.
//
// It does not evaluate, and it does not know what the global names mean: those are a table given by the
// caller.
package resolve

import (
	"nixops4/eval/syntax"
)

// Scope says which names are visible around a tree.
type Scope struct {
	// Globals maps the names of the outermost scope to slots.
	Globals map[string]int
	// Outer are frames around the tree, outermost first, as the REPL and scopedImport use them.
	Outer [][]string
}

// Resolve binds all variables of a tree and returns the frame in which the tree itself runs, one inside
// the outer frames. The error is a *[syntax.Error].
func Resolve(e syntax.Expr, scope Scope) (syntax.Frame, error) {
	r := &resolver{globals: scope.Globals}
	for _, names := range scope.Outer {
		f := r.push()
		for i, n := range names {
			f.add(n, i)
		}
		f.size = len(names)
	}
	f := r.push()
	r.expr(e, true)
	if r.err != nil {
		return syntax.Frame{}, r.err
	}
	return syntax.Frame{Size: f.size}, nil
}

// CurriedParams returns the functions of a chain of plain-argument functions that are called as one, the
// first being e itself.
func CurriedParams(e *syntax.Lambda) []*syntax.Lambda {
	chain := []*syntax.Lambda{e}
	for e.Formals == nil {
		next, ok := e.Body.(*syntax.Lambda)
		if !ok {
			break
		}
		chain = append(chain, next)
		e = next
	}
	return chain
}

type resolver struct {
	globals map[string]int
	frames  []*scopeFrame
	err     error
}

// A scopeFrame is a run-time frame while names are being added to it and taken away.
type scopeFrame struct {
	names []name         // innermost last
	index map[string]int // of names: where the innermost one of that text is; nil while there are few
	size  int            // slots so far
	withs []with         // active withs, innermost last
	// order remembers how names and withs are nested: a static name always wins over any with, so only
	// the relative order of withs matters, which withs keeps.
}

type name struct {
	text   string
	slot   int
	hidden int // where in names the one of the same text is that this one hides, or -1; kept while there is an index
}

// fewNames is up to how many names looking through them is faster than an index.
const fewNames = 16

// A with is a slot that holds the scope of one.
type with struct {
	slot int
	at   syntax.Pos
}

func (r *resolver) push() *scopeFrame {
	f := &scopeFrame{}
	r.frames = append(r.frames, f)
	return f
}

func (r *resolver) pop() { r.frames = r.frames[:len(r.frames)-1] }

func (r *resolver) top() *scopeFrame { return r.frames[len(r.frames)-1] }

func (f *scopeFrame) declare(text string) int {
	slot := f.size
	f.size++
	f.add(text, slot)
	return slot
}

func (f *scopeFrame) add(text string, slot int) {
	f.names = append(f.names, name{text: text, slot: slot})
	switch {
	case f.index != nil:
		f.enter(len(f.names) - 1)
	case len(f.names) > fewNames:
		f.index = make(map[string]int, 2*fewNames)
		for i := range f.names {
			f.enter(i)
		}
	}
}

// enter puts a name into the index.
func (f *scopeFrame) enter(i int) {
	n := &f.names[i]
	n.hidden = -1
	if h, ok := f.index[n.text]; ok {
		n.hidden = h
	}
	f.index[n.text] = i
}

// forget takes the innermost names away, but the first few.
func (f *scopeFrame) forget(few int) {
	for i := len(f.names) - 1; i >= few && f.index != nil; i-- {
		if n := f.names[i]; n.hidden >= 0 {
			f.index[n.text] = n.hidden
		} else {
			delete(f.index, n.text)
		}
	}
	f.names = f.names[:few]
}

// find is the slot of a name.
func (f *scopeFrame) find(text string) (slot int, ok bool) {
	if f.index != nil {
		i, ok := f.index[text]
		if !ok {
			return 0, false
		}
		return f.names[i].slot, true
	}
	for i := len(f.names) - 1; i >= 0; i-- {
		if f.names[i].text == text {
			return f.names[i].slot, true
		}
	}
	return 0, false
}

func (r *resolver) fail(at syntax.Pos, msg string) {
	if r.err == nil {
		r.err = &syntax.Error{Pos: at, Msg: msg}
	}
}

// lookup finds a name: in the frames from the inside out, then among the globals, then in withs.
func (r *resolver) lookup(v *syntax.Var) {
	for depth := 0; depth < len(r.frames); depth++ {
		f := r.frames[len(r.frames)-1-depth]
		if slot, ok := f.find(v.Name); ok {
			v.Binding = syntax.Binding{Kind: syntax.Local, Depth: depth, Slot: slot}
			return
		}
	}
	if slot, ok := r.globals[v.Name]; ok {
		v.Binding = syntax.Binding{Kind: syntax.Global, Slot: slot}
		return
	}
	var withs []syntax.Slot
	for depth := 0; depth < len(r.frames); depth++ {
		f := r.frames[len(r.frames)-1-depth]
		for i := len(f.withs) - 1; i >= 0; i-- {
			withs = append(withs, syntax.Slot{Depth: depth, Index: f.withs[i].slot, At: f.withs[i].at})
		}
	}
	if withs == nil {
		r.fail(v.At, "undefined variable '"+v.Name+"'")
		return
	}
	v.Binding = syntax.Binding{Kind: syntax.Dynamic, Withs: withs}
}
