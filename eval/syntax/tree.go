package syntax

// This file defines the syntax tree of the Nix language.

// An Expr is a node of the tree. Nodes are made by the parser and afterwards changed only by package
// resolve, which fills the fields that say so.
type Expr interface {
	// Pos is where the expression is reported in errors: for an operator the operator, for a call the
	// function, for everything else its first byte (as Nix does).
	Pos() Pos
}

type (
	// Int is an integer literal.
	Int struct {
		At  Pos
		Val int64
	}

	// Float is a floating-point literal.
	Float struct {
		At  Pos
		Val float64
	}

	// Str is a string without interpolation, escapes and indentation already removed.
	Str struct {
		At  Pos
		Val string
	}

	// Path is a path literal made absolute: relative to the file's folder or to the home folder.
	// A literal with interpolation is a Concat whose first part is a Path.
	Path struct {
		At  Pos
		Val string
	}

	// Var is a use of a name. Binding is filled by package resolve.
	Var struct {
		At      Pos
		Name    string
		Binding Binding
	}

	// Concat joins its parts: an interpolated string (ForceString), an interpolated path, or the
	// operator + (two parts, At is the operator's place).
	Concat struct {
		At          Pos
		Parts       []Expr
		PartAt      []Pos // where each part starts: its ${, or the first byte of an operand
		ForceString bool
	}

	// Select is X.path, with "or Default" when Default is not nil.
	Select struct {
		At      Pos
		X       Expr
		Path    []AttrName
		Default Expr
	}

	// HasAttr is X ? path.
	HasAttr struct {
		At   Pos
		X    Expr
		Path []AttrName
	}

	// Attrs is a set. The parser has merged nested definitions (a.b = 1; a.c = 2; becomes one nested
	// Attrs) and has reported duplicates. Let uses it for its bindings.
	Attrs struct {
		At      Pos
		Rec     bool
		Attrs   []Attr    // in order of appearance, names unique
		Froms   []Expr    // the x of each "inherit (x) …", evaluated at most once
		Dynamic []DynAttr // ${e} = v, never recursive
		Frame   Frame     // when Rec (or in a Let): filled by package resolve
	}

	// List is [ … ].
	List struct {
		At    Pos
		Elems []Expr
	}

	// Lambda is Arg: Body, {Formals}: Body, or both with @.
	Lambda struct {
		At      Pos
		Named   bool   // it was defined as an attribute
		Name    string // that attribute, which may be "", for errors
		Arg     string // "" when there is none
		Formals *Formals
		Body    Expr
		Frame   Frame // filled by package resolve
	}

	// Call is Fn applied to one or more arguments.
	Call struct {
		At   Pos
		Fn   Expr
		Args []Expr
		// Cursed says that an argument was the name "or" written bare (f or), which Nix parses as a
		// variable for the sake of old code.
		Cursed bool
	}

	// Let is let bindings; in Body. The old form let { body = …; } is a Select on a recursive Attrs.
	Let struct {
		At    Pos
		Binds *Attrs
		Body  Expr
	}

	// With is with Scope; Body.
	With struct {
		At    Pos
		Scope Expr
		Body  Expr
		Frame Frame // holds the scope; filled by package resolve
	}

	// If is if Cond then Then else Else.
	If struct {
		At               Pos
		Cond, Then, Else Expr
	}

	// Assert is assert Cond; Body.
	Assert struct {
		At         Pos
		Cond, Body Expr
	}

	// Not is !X.
	Not struct {
		At Pos
		X  Expr
	}

	// Binary is L Op R, or -R as 0 - R with Op Negate. Operators that Nix defines as calls of a name in
	// scope (__sub, __mul, __div, __lessThan) have that name in Fn, so that shadowing works as there.
	Binary struct {
		At   Pos
		Op   Op
		L, R Expr // L is nil for Negate
		Fn   *Var // nil for operators that are not names
	}

	// CurPos is the name __curPos.
	CurPos struct {
		At Pos
	}
)

// An AttrName is one step of an attribute path: a name, or an expression when Dyn is not nil.
type AttrName struct {
	At   Pos
	Name string
	Dyn  Expr
}

// AttrKind says where the value of an Attr comes from.
type AttrKind uint8

const (
	Plain       AttrKind = iota // name = Value;
	Inherited                   // inherit name;         Value is a Var looked up outside the set
	InheritFrom                 // inherit (x) name;     Value is nil, From indexes Attrs.Froms
)

// An Attr is one static attribute of a set.
type Attr struct {
	At    Pos
	Name  string
	Kind  AttrKind
	Value Expr
	From  int
}

// A DynAttr is ${Name} = Value.
type DynAttr struct {
	At          Pos
	Name, Value Expr
}

// Formals is the pattern { a, b ? d, ... } of a function.
type Formals struct {
	List     []Formal // in order of appearance, names unique
	Ellipsis bool
}

// A Formal is one name of a pattern; Default is nil when the argument is required.
type Formal struct {
	At      Pos
	Name    string
	Default Expr
}

// Op is a binary operator, or Negate.
type Op uint8

const (
	Eq        Op = iota // ==
	NotEq               // !=
	And                 // &&
	Or                  // ||
	Impl                // ->
	Update              // //
	Append              // ++
	Less                // <   Fn is __lessThan
	LessEq              // <=  !(__lessThan R L)
	Greater             // >   __lessThan R L
	GreaterEq           // >=  !(__lessThan L R)
	Sub                 // -   Fn is __sub
	Mul                 // *   Fn is __mul
	Div                 // /   Fn is __div
	Negate              // -R  Fn is __sub, called with 0 and R
	PipeTo              // |>  R applied to L (feature pipe-operators)
	PipeFrom            // <|  L applied to R
)

// Binding says where the value of a variable is found. It is filled by package resolve.
type Binding struct {
	Kind  BindingKind
	Depth int // frames outward
	Slot  int // index in that frame
	// Withs are the scopes of the enclosing withs to ask in turn, innermost first, when Kind is Dynamic.
	Withs []Slot
}

// A Slot is a place in an enclosing frame, Depth frames outward.
type Slot struct {
	Depth, Index int
	At           Pos // where the with is
}

// BindingKind says what a variable refers to.
type BindingKind uint8

const (
	Unresolved BindingKind = iota
	Local                  // slot of an enclosing frame
	Global                 // builtin scope; Slot indexes the scope given to resolve
	Dynamic                // attribute of an enclosing with
)

// A Frame is the run-time record that an expression creates for its names. Size counts slots.
type Frame struct {
	Size int
	// Shared says that the names live in the frame of the enclosing expression, from slot Base on, and
	// no frame of their own is made.
	Shared bool
	Base   int
}

func (e *Int) Pos() Pos     { return e.At }
func (e *Float) Pos() Pos   { return e.At }
func (e *Str) Pos() Pos     { return e.At }
func (e *Path) Pos() Pos    { return e.At }
func (e *Var) Pos() Pos     { return e.At }
func (e *Concat) Pos() Pos  { return e.At }
func (e *Select) Pos() Pos  { return e.At }
func (e *HasAttr) Pos() Pos { return e.At }
func (e *Attrs) Pos() Pos   { return e.At }
func (e *List) Pos() Pos    { return e.At }
func (e *Lambda) Pos() Pos  { return e.At }
func (e *Call) Pos() Pos    { return e.At }
func (e *Let) Pos() Pos     { return e.At }
func (e *With) Pos() Pos    { return e.At }
func (e *If) Pos() Pos      { return e.At }
func (e *Assert) Pos() Pos  { return e.At }
func (e *Not) Pos() Pos     { return e.At }
func (e *Binary) Pos() Pos  { return e.At }
func (e *CurPos) Pos() Pos  { return e.At }
