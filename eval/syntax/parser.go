package syntax

// This file defines the entry points of the parser and its state.

// MaxDepth bounds how deeply expressions nest, in the text and in the tree.
const MaxDepth = 10000

// Lint says what to do about a construct that is discouraged.
type Lint uint8

const (
	LintIgnore Lint = iota
	LintWarn
	LintFatal
)

// Options say how to parse. The zero Options parse a text without relative paths.
type Options struct {
	// BasePath is the absolute folder that relative path literals start from.
	BasePath string
	// Home is the folder that ~/ stands for.
	Home string
	// Pure forbids ~/ literals.
	Pure bool
	// PipeOperators enables |> and <|.
	PipeOperators bool
	// URLLiterals, ShortPathLiterals (a/b instead of ./a/b) and AbsolutePathLiterals (also ~/) say what to
	// do about these literals.
	URLLiterals, ShortPathLiterals, AbsolutePathLiterals Lint
	// Warn receives the warnings, in order. It may be nil.
	Warn func(Warning)
	// Interrupted is asked now and then whether to stop with an error; nil never does.
	Interrupted func() bool
}

// Parse parses a whole text as one expression. The error is an [*Error].
func Parse(src *Source, opts Options) (e Expr, err error) {
	p := newParser(src, opts)
	defer p.recoverError(&err)
	p.advance()
	e = p.expr()
	if p.kind != tEOF {
		p.unexpected(tEOF)
	}
	return e, nil
}

// ParseBindings parses a whole text as definitions, such as x = 1; inherit (y) z;, as the REPL takes them.
// There must be at least one. The error is an [*Error].
func ParseBindings(src *Source, opts Options) (binds *Attrs, err error) {
	p := newParser(src, opts)
	defer p.recoverError(&err)
	p.advance()
	switch p.kind {
	case tInherit, tID, tOrWord, tQuote, tDollarCurly:
	default:
		p.unexpected(tInherit)
	}
	binds = p.newAttrs()
	p.bindings(binds, tEOF, tEOF)
	return binds, nil
}

// A parser is the state of one run. Methods named after a construct read it and return its tree; they
// leave the height of that tree in height. Errors are panics with an *Error.
type parser struct {
	scanner
	src  *Source
	opts Options

	depth  int // constructs that the current token is nested in
	count  int // constructs so far, to know when to ask Interrupted
	height int // of the tree that was read last

	// cursedEnd is the end offset of the selection read last when it was a bare "f or", and else 0.
	cursedEnd int

	// Stacks that collect the elements of lists of unknown length, shared by all nested constructs.
	exprs   []Expr
	poses   []Pos
	names   []AttrName
	formals []Formal

	// index finds the attributes of large sets by name.
	index map[*Attrs]map[string]int

	nodes nodes
}

func newParser(src *Source, opts Options) *parser {
	p := &parser{src: src, opts: opts}
	p.text = src.Text
	p.pipes = opts.PipeOperators
	p.nodes.size(len(src.Text))
	return p
}

// recoverError turns the panic of a deferring function into its error.
func (p *parser) recoverError(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}

// expect moves past a token of kind k. Otherwise it fails; expected, or k alone, tells what could have come.
func (p *parser) expect(k kind, expected ...kind) {
	if p.kind != k {
		if len(expected) == 0 {
			p.unexpected(k)
		}
		p.unexpected(expected...)
	}
	p.advance()
}

// enter notes that a nested construct starts at the current token; leave that it ended.
func (p *parser) enter() {
	p.depth++
	if p.depth > MaxDepth {
		p.failDeep(p.begin)
	}
	p.step()
}

// step counts a construct, of which a large text has millions.
func (p *parser) step() {
	if p.count++; p.count%4096 == 0 && p.opts.Interrupted != nil && p.opts.Interrupted() {
		panic(&Error{Pos: p.pos(p.begin), Msg: "parsing was interrupted"})
	}
}

func (p *parser) leave() { p.depth-- }

// grow sets the height of a tree from that of its highest subtree. The tree is reported at offset.
func (p *parser) grow(highest, offset int) {
	p.height = highest + 1
	if p.height > MaxDepth {
		p.failDeep(offset)
	}
}

// pos returns the position of a byte offset.
func (p *parser) pos(offset int) Pos { return p.src.base + Pos(offset) }
