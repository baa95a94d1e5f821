package eval

// This file defines the evaluator: what one evaluation owns, how it is started and bounded.

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"nixops4/eval/resolve"
	"nixops4/eval/store"
	"nixops4/eval/syntax"
)

// Options configure an evaluator. The zero value of a field means what its comment says.
type Options struct {
	// IO gives access to files, environment and clock. It is required.
	IO IO
	// Store builds derivations; nil means that there is none, and store paths are only computed.
	Store Store
	// Builtins are added to the core ones, by name.
	Builtins []*Builtin
	// Constants are further attributes of builtins, made when the evaluator is.
	Constants map[string]func(m *Evaluator) Value
	// SearchPath is looked up by <name>; entries are tried in order.
	SearchPath []SearchEntry
	// Embedded are folders that come with the program, looked up after the search path, also in pure evaluation.
	Embedded []SearchEntry
	// FetchSearchEntry gives the folder behind an entry of the search path that is a URL; nil means that there are
	// only folders.
	FetchSearchEntry func(m *Evaluator, url string) (string, *Error)
	// Dir is the folder that relative entries of the search path start from.
	Dir string
	// Features are the experimental features that are on, by Nix's names.
	Features []string
	// Pure hides everything that may differ between machines.
	Pure bool
	// MaxCallDepth bounds nested calls; 0 means 10,000 as in Nix.
	MaxCallDepth int
	// MaxSteps bounds the number of calls; 0 means no bound.
	MaxSteps int64
	// MaxMemory bounds the memory in use, in bytes; 0 means no bound. It is the process's memory that counts, so
	// that it makes sense where one evaluation runs alone.
	MaxMemory uint64
	// MemoryHint ends the error of needing more; it says how to allow more.
	MemoryHint string
	// Syntax are switches of the parser; BasePath is set for each file.
	Syntax syntax.Options
	// Log receives messages of builtins.trace and warn, and warnings of the parser; nil drops them.
	Log func(line string)
	// TraceVerbose lets builtins.traceVerbose write.
	TraceVerbose bool
	// AbortOnWarn makes builtins.warn an error.
	AbortOnWarn bool
}

// A SearchEntry is one element of the search path: PREFIX=PATH, or PATH for all names.
type SearchEntry struct {
	Prefix, Path string
}

// An Evaluator is one evaluation. It is used by one goroutine at a time.
type Evaluator struct {
	opts    Options
	io      *objects
	store   store.Dir
	files   *syntax.Files
	symbols symbols
	names   wellKnown

	entered map[codeID]*lambda // by enterID

	globals      map[string]int // names of the outermost scope
	globalValues []Value
	builtins     Value // the set

	codes    []code              // by codeID
	lambdas  []*lambda           // by the number in functions
	parsed   map[string]*program // by path
	imports  map[string]Value    // by path, values or thunks
	folders  map[string]string   // real names of folders
	resolved map[string]string   // the file that import reads for a path
	searched map[string]string   // folders of entries of the search path
	copied   map[string]string   // store paths of interpolated paths

	derivations        map[string]*knownDerivation // by path
	importedDerivation Value                       // the function that import calls for one, once it has

	chunk       []Value // values are taken from here, from next on
	next        int
	allocated   int        // values so far
	freeFrames  [12]*frame // by number of slots, each holding the next one
	shapes      uint32
	shapeCache  []*shape
	mergeCache  []*merge
	choiceCache []*choice
	regexes     map[string]*regex

	depth     int   // nested calls
	nesting   int   // nested calls and forces
	maxDepth  int   // the first depth that is too deep
	steps     int64 // calls left until somebody looks at the bounds
	checks    int   // checks left until the memory is measured
	interrupt atomic.Bool
	ctx       context.Context // of Run, for what waits for something
	stats     Stats
}

// Stats counts what an evaluation did.
type Stats struct {
	Thunks, Suspensions, Calls, BuiltinCalls, Sets, Updates, AttrsCopied, Files int64
}

// Stats are the counters so far.
func (m *Evaluator) Stats() Stats { return m.stats }

// New makes an evaluator.
func New(opts Options) *Evaluator {
	m := &Evaluator{
		opts:     opts,
		store:    opts.storeDir(),
		files:    &syntax.Files{},
		symbols:  symbols{index: make(map[string]Sym, 4096)},
		globals:  make(map[string]int, 160),
		parsed:   map[string]*program{},
		imports:  map[string]Value{},
		entered:  map[codeID]*lambda{},
		folders:  map[string]string{},
		resolved: map[string]string{},
		searched: map[string]string{},
		copied:   map[string]string{},

		derivations: map[string]*knownDerivation{},
		shapeCache:  make([]*shape, 1024),
		mergeCache:  make([]*merge, 1024),
		choiceCache: make([]*choice, 1024),
		regexes:     map[string]*regex{},
		maxDepth:    opts.MaxCallDepth,
	}
	if m.maxDepth == 0 {
		m.maxDepth = 10_000
	}
	m.maxDepth++
	m.io = &objects{IO: opts.IO, dir: m.store, all: map[string]*object{}}
	m.internFirstNames()
	m.codes = append(m.codes, runNative, applyOne, applyTwo) // in the order of nativeID, …
	m.names = m.newWellKnown()
	m.installBuiltins()
	return m
}

// IO is how the evaluator reaches files: those of the world, and what it gave store paths itself.
func (m *Evaluator) IO() IO { return m.io }

// Files maps positions of this evaluator to texts.
func (m *Evaluator) Files() *syntax.Files { return m.files }

// Builtins is the set of all builtins.
func (m *Evaluator) Builtins() Value { return m.builtins }

// maxStack is the most that the Go stack of an evaluation may grow to. maxNesting levels need less.
const maxStack = 1 << 31

// Run calls fn on a stack of its own that may grow as deep as evaluation is allowed to, and turns
// cancellation of ctx into an error within a few milliseconds. Everything that evaluates runs inside it.
func (m *Evaluator) Run(ctx context.Context, fn func() *Error) *Error {
	debug.SetMaxStack(maxStack)
	m.ctx = ctx
	stop := context.AfterFunc(ctx, func() { m.interrupt.Store(true) })
	defer func() {
		stop()
		m.interrupt.Store(false)
	}()
	if ctx.Err() != nil {
		return &Error{Kind: Canceled, Msg: "evaluation was cancelled", cause: context.Cause(ctx)}
	}
	done := make(chan *Error, 1)
	go func() {
		m.depth, m.nesting = 0, 0
		done <- fn()
	}()
	err := <-done
	if err != nil {
		if err.Kind == Canceled {
			err.cause = context.Cause(ctx)
		}
		err.files = m.files
	}
	return err
}

// Located lets an error tell its places outside of [Evaluator.Run], which does so by itself with the error that it returns.
func (m *Evaluator) Located(err *Error) *Error {
	err.files = m.files
	return err
}

// program is a parsed, resolved and compiled text.
type program struct {
	code  code
	frame syntax.Frame
	text  string // it was parsed from; to see whether it has changed
}

// addSourceText registers a text, whose name may be a path in a tree that errors show elsewhere.
func (m *Evaluator) addSourceText(name string, isFile bool, text string) (*syntax.Source, error) {
	src, err := m.files.Add(name, isFile, text)
	if err == nil {
		src.Shown = m.io.shown(name)
	}
	return src, err
}

// compileSource parses, resolves and compiles a text.
func (m *Evaluator) compileSource(name string, isFile bool, text, base string, scope resolve.Scope) (*program, *Error) {
	src, err := m.addSourceText(name, isFile, text)
	if err != nil {
		return nil, Wrap(err, "%v", err)
	}
	opts := m.syntaxOptions(base)
	tree, err := syntax.Parse(src, opts)
	if m.interrupted() {
		return nil, m.check()
	}
	if err != nil {
		return nil, m.staticError(err)
	}
	frame, err := resolve.Resolve(tree, scope)
	if err != nil {
		return nil, m.staticError(err)
	}
	m.stats.Files++
	c := &compiler{m: m}
	p := &program{code: c.code(tree), frame: frame, text: text}
	if m.interrupted() { // then the code is not all there
		return nil, m.check()
	}
	return p, nil
}

func (m *Evaluator) staticError(err error) *Error {
	if e, ok := err.(*syntax.Error); ok {
		return &Error{Kind: Static, Msg: e.Msg, Pos: e.Pos, cause: err}
	}
	return &Error{Kind: Static, Msg: err.Error(), cause: err}
}

func (m *Evaluator) runProgram(p *program, outer *frame) (Value, *Error) {
	return p.code(m, m.newFrame(outer, p.frame.Size))
}

// EvalString evaluates an expression; base is the folder that relative paths start from.
func (m *Evaluator) EvalString(text, name, base string) (Value, *Error) {
	p, err := m.compileSource(name, false, text, base, m.scope())
	if err != nil {
		return Value{}, err
	}
	return m.runProgram(p, nil)
}

// LazyString is EvalString for an argument that may never be needed: its syntax and names are checked, and it is
// evaluated when it is forced.
func (m *Evaluator) LazyString(text, name, base string) (Value, *Error) {
	p, err := m.compileSource(name, false, text, base, m.scope())
	if err != nil {
		return Value{}, err
	}
	return m.Lazy(func() (Value, *Error) { return m.runProgram(p, nil) }), nil
}

// Parse parses a text as EvalString does, without evaluating it.
func (m *Evaluator) Parse(text, name, base string) (syntax.Expr, *Error) {
	src, err := m.addSourceText(name, false, text)
	if err != nil {
		return nil, Wrap(err, "%v", err)
	}
	opts := m.syntaxOptions(base)
	tree, err := syntax.Parse(src, opts)
	if err == nil {
		_, err = resolve.Resolve(tree, m.scope())
	}
	if err != nil {
		return nil, m.staticError(err)
	}
	return tree, nil
}

// EvalRootFile evaluates the file that an evaluation starts from. Unlike [Evaluator.EvalFile] it says nothing in
// a trace, and computes anew when asked again.
func (m *Evaluator) EvalRootFile(file string) (Value, *Error) {
	file, err := m.resolveFile(file)
	if err != nil {
		return Value{}, err
	}
	p, err := m.parseFile(file)
	if err != nil {
		return Value{}, err
	}
	return m.runProgram(p, nil)
}

// syntaxOptions are the switches of the parser for a text in the folder base.
func (m *Evaluator) syntaxOptions(base string) syntax.Options {
	opts := m.opts.Syntax
	opts.BasePath = base
	opts.Interrupted = m.interrupted
	if opts.Warn == nil && m.opts.Log != nil {
		opts.Warn = func(w syntax.Warning) { m.Log(m.warningText(w)) }
	}
	return opts
}

func (m *Evaluator) warningText(w syntax.Warning) string {
	const prefix = "warning: "
	if w.Pos == 0 {
		return prefix + w.Msg
	}
	return syntax.Indent(prefix, strings.Repeat(" ", len(prefix)), w.Msg+"\n"+m.files.Excerpt(w.Pos))
}

func (m *Evaluator) scope() resolve.Scope { return resolve.Scope{Globals: m.globals} }

// Log writes a line for people: a message of trace, or a warning.
func (m *Evaluator) Log(line string) {
	if m.opts.Log != nil {
		m.opts.Log(line)
	}
}

// Feature says whether an experimental feature is on. Flakes bring fetch-tree with them.
func (m *Evaluator) Feature(name string) bool {
	return slices.Contains(m.opts.Features, name) || name == "fetch-tree" && slices.Contains(m.opts.Features, "flakes")
}

// NeedFeature is the error of using an experimental feature that is off.
func (m *Evaluator) NeedFeature(name string) *Error { return m.needFeatureFor(name, "") }

// needFeatureFor is the same with a reason, a remark in parentheses.
func (m *Evaluator) needFeatureFor(name, reason string) *Error {
	if m.Feature(name) {
		return nil
	}
	return Errorf(Other, "experimental Nix feature '%s' is disabled%s; add '--extra-experimental-features %[1]s' to enable it", name, reason)
}
