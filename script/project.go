package script

// This file loads scripts: it finds them, evaluates each once, and keeps them inside the project.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	starjson "go.starlark.net/lib/json"
	starmath "go.starlark.net/lib/math"
	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"nixops4/internal/spell"
)

// OperationsDir is the folder of a project that has its operations.
const OperationsDir = "operations"

// maxSource is how long a script may be, in bytes.
const maxSource = 4 << 20

// Project is a folder with scripts, normally that of the root expression. Its methods may be called from any goroutine.
type Project struct {
	Dir    string // absolute
	limits Limits
	extra  starlark.StringDict // predeclared in addition: what tests of scripts have
	warn   func(string)

	mu      sync.Mutex // guards the rest, and is not held while scripts run
	modules map[string]*module
	lines   map[string][]string
	cover   *coverage // nil: not asked for
}

// module is one script.
type module struct {
	file       string // absolute
	name       string // for messages
	globals    starlark.StringDict
	operations []*Operation
}

// NewProject returns the project in dir. print takes in what scripts print while they are loaded; it may be nil.
func NewProject(dir string, limits Limits, print func(string)) (*Project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if print == nil {
		print = func(string) {}
	}
	return &Project{Dir: dir, limits: limits.complete(), warn: print, modules: map[string]*module{}, lines: map[string][]string{}}, nil
}

// Scripts returns the files of the project's operations, in the order of names. Tests, whose names end in _test.star, are left out.
func (p *Project) Scripts() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(p.Dir, OperationsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) == ".star" && !strings.HasSuffix(name, "_test.star") && !e.IsDir() {
			files = append(files, filepath.Join(p.Dir, OperationsDir, name))
		}
	}
	return files, nil
}

// Operations loads all scripts of the project and returns the operations, by name. Scripts that cannot be loaded are in the error,
// which joins one for each; the operations of the others are returned all the same, but none of a name that is declared twice.
func (p *Project) Operations(ctx context.Context) ([]*Operation, error) {
	files, err := p.Scripts()
	if err != nil {
		return nil, err
	}
	var all []*Operation
	var failed []error
	byName := map[string]*Operation{}
	for _, file := range files {
		found, err := p.Load(ctx, file)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, o := range found {
			if first := byName[o.Name]; first != nil {
				failed = append(failed, fmt.Errorf("operation %q is declared twice: at %s:%d and %s:%d", o.Name, first.File, first.Line, o.File, o.Line))
				all = slices.DeleteFunc(all, func(other *Operation) bool { return other == first }) // nobody knows which one is meant
				continue
			}
			byName[o.Name] = o
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(x, y *Operation) int { return strings.Compare(x.Name, y.Name) })
	return all, errors.Join(failed...)
}

// Load evaluates a script, unless that was done, and returns the operations it declares, those of files it loads not included. The error is an *[Error].
func (p *Project) Load(ctx context.Context, file string) ([]*Operation, error) {
	file = absolute(file, p.Dir)
	l := &loader{project: p, ctx: ctx, dir: filepath.Dir(file)}
	m, err := l.module(file)
	if err != nil {
		return nil, explain(err, p, nil)
	}
	return m.operations, nil
}

// line returns a line of a script, for excerpts.
func (p *Project) line(file string, n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if lines := p.lines[file]; n >= 1 && n <= len(lines) {
		return lines[n-1]
	}
	return ""
}

// loader loads one script with those it needs.
type loader struct {
	project *Project
	ctx     context.Context
	dir     string    // of the first script
	chain   []*module // that are being loaded
}

func (l *loader) module(file string) (*module, error) {
	p := l.project
	p.mu.Lock()
	m := p.modules[file]
	p.mu.Unlock()
	if m != nil {
		return m, nil
	}
	for i, m := range l.chain {
		if m.file == file {
			names := make([]string, 0, len(l.chain)+1)
			for _, m := range append(slices.Clone(l.chain[i:]), m) {
				names = append(names, m.name)
			}
			return nil, fmt.Errorf("scripts load each other: %s", strings.Join(names, " -> "))
		}
	}
	m = &module{file: file, name: p.display(file)}
	l.chain = append(l.chain, m)
	defer func() { l.chain = l.chain[:len(l.chain)-1] }()
	if err := l.evaluate(m); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.modules[file] = m
	return m, nil
}

// display returns how a file is called in messages.
func (p *Project) display(file string) string {
	if rel, err := filepath.Rel(p.Dir, file); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return file
}

func (l *loader) evaluate(m *module) error {
	p := l.project
	source, err := readSource(m.file)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.name, err)
	}
	p.mu.Lock()
	p.lines[m.name] = strings.Split(string(source), "\n")
	p.mu.Unlock()
	options := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}
	tree, err := options.Parse(m.name, source, 0)
	if err != nil {
		return err
	}
	if p.cover != nil {
		p.cover.instrument(m.name, tree)
	}
	rewrite(tree)
	predeclared := p.predeclared(&m.operations)
	program, err := starlark.FileProgram(tree, predeclared.Has)
	if err != nil {
		return err
	}
	globals, err := l.run(program, m.name, predeclared)
	if err != nil {
		return err
	}
	for name, v := range globals {
		if err := freeze(v); err != nil {
			return fmt.Errorf("%s: %s: %w", m.name, name, err)
		}
	}
	m.globals = globals
	return nil
}

func readSource(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file" + comma(nearestFile(file)))
	case err != nil:
		return nil, errors.Unwrap(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	case info.Size() > maxSource:
		return nil, limitf("it has %d bytes, more than a script may have (%d)", info.Size(), maxSource)
	}
	return os.ReadFile(file)
}

func nearestFile(file string) string {
	entries, _ := os.ReadDir(filepath.Dir(file)) // without them there is no hint
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return spell.Hint(filepath.Base(file), names)
}

// run evaluates the top level of a script, within the limits.
func (l *loader) run(program *starlark.Program, name string, predeclared starlark.StringDict) (starlark.StringDict, error) {
	p := l.project
	ctx, cancel := context.WithCancelCause(l.ctx)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, loadTime, &TimeoutError{"loading " + name + " takes longer than " + loadTime.String()})
	defer stop()
	go watchMemory(ctx, p.limits.Memory, cancel)
	thread := &starlark.Thread{
		Name:  name,
		Print: func(_ *starlark.Thread, msg string) { p.warn(msg) },
		Load: func(_ *starlark.Thread, label string) (starlark.StringDict, error) {
			file, err := p.resolve(label, name, l.dir)
			if err != nil {
				return nil, err
			}
			m, err := l.module(file)
			if err != nil {
				return nil, err
			}
			return m.globals, nil
		},
	}
	defer newBudget(p.limits.Steps).meter(thread, p.limits.Steps)()
	undo := cancelWith(ctx, thread)
	globals, err := program.Init(thread, predeclared)
	undo()
	return globals, err
}

// cancelWith cancels a thread when ctx is done. undo ends that, so that the thread can be used without ctx.
func cancelWith(ctx context.Context, thread *starlark.Thread) (undo func()) {
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		thread.Cancel(stopReason(ctx).Error())
		close(cancelled)
	})
	return func() {
		if !stop() {
			<-cancelled
			thread.Uncancel()
		}
	}
}

// resolve returns the file that a label names: "//lib/x.star" from the project on, or "x.star" beside the script that loads it. first is the folder of
// the script that was named by the user, which may be outside of the project.
func (p *Project) resolve(label, from, first string) (string, error) {
	if strings.Contains(label, "://") || strings.HasPrefix(label, "@") {
		return "", fmt.Errorf("%q: scripts are loaded from the project only, not from the network", label)
	}
	if !strings.HasSuffix(label, ".star") {
		return "", fmt.Errorf("%q: the name of a script ends in .star", label)
	}
	file := filepath.Join(filepath.Dir(absolute(from, p.Dir)), label)
	if rest, ok := strings.CutPrefix(label, "//"); ok {
		file = filepath.Join(p.Dir, rest)
	} else if filepath.IsAbs(label) {
		return "", fmt.Errorf("%q: want a path from the project on, such as //lib/x.star, or beside this script, such as x.star", label)
	}
	if !inside(file, p.Dir) && !inside(file, first) {
		return "", fmt.Errorf("%q is outside of the project %s", label, p.Dir)
	}
	real, err := filepath.EvalSymlinks(file)
	if err == nil && !inside(real, p.Dir) && !inside(real, first) {
		return "", fmt.Errorf("%q is a link that leads out of the project %s", label, p.Dir)
	}
	return file, nil
}

// inside reports whether file is in dir, seen as it is written or with links followed.
func inside(file, dir string) bool {
	if real, err := filepath.EvalSymlinks(dir); err == nil && real != dir && inside(file, real) {
		return true
	}
	rel, err := filepath.Rel(dir, file)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// predeclared are the names that scripts have besides those of the language.
func (p *Project) predeclared(found *[]*Operation) starlark.StringDict {
	d := guard{p.limits}.predeclared()
	d["operation"] = operationBuiltin(found)
	d["param"] = paramModule()
	d["json"] = safeJSON(guard{p.limits})
	d["math"] = starmath.Module
	d["time"] = startime.Module
	d["fail"] = starlark.NewBuiltin("fail", guard{p.limits}.fail)
	d["print"] = starlark.NewBuiltin("print", guard{p.limits}.print)
	for name, v := range p.extra {
		d[name] = v
	}
	if p.cover != nil {
		d[coverName] = p.cover.builtin()
	}
	return d
}

// fail ends the operation with a message: fail("no backup", code = 4).
func (g guard) fail(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	code := 1
	if err := starlark.UnpackArgs(b.Name(), nil, kwargs, "code?", &code); err != nil {
		return nil, err
	}
	if code < 1 || code > 255 {
		return nil, fmt.Errorf("fail: code is from 1 to 255, got %d", code)
	}
	if err := g.printable(args); err != nil {
		return nil, err
	}
	return nil, &failure{msg: words(args), code: code}
}

// words joins values as print does.
func words(args starlark.Tuple) string {
	parts := make([]string, len(args))
	for i, arg := range args {
		if text, ok := starlark.AsString(arg); ok {
			parts[i] = text
		} else {
			parts[i] = arg.String()
		}
	}
	return strings.Join(parts, " ")
}

func (g guard) print(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), nil, kwargs); err != nil {
		return nil, err
	}
	if err := g.printable(args); err != nil {
		return nil, err
	}
	thread.Print(thread, words(args))
	return starlark.None, nil
}

// safeJSON is the module json, with bounds.
func safeJSON(g guard) starlark.Value {
	members := starlark.StringDict{}
	for name, v := range starjson.Module.Members {
		original := v.(*starlark.Builtin)
		check := g.printable
		if name == "decode" {
			check = g.decodable
		}
		members[name] = starlark.NewBuiltin("json."+name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			for _, arg := range args {
				if err := check(arg); err != nil {
					return nil, err
				}
			}
			for _, kv := range kwargs {
				if n := length(kv[1]); n > 100 { // it is written once for each line
					return nil, limitf("%s has %d characters, which is too many", kv[0], n)
				}
			}
			return original.CallInternal(thread, args, kwargs)
		})
	}
	return &starlarkstruct.Module{Name: "json", Members: members}
}

// decodable refuses JSON that makes a value that is too large.
func (g guard) decodable(v starlark.Value) error {
	text, _ := starlark.AsString(v)
	if n := strings.Count(text, ","); n > g.limits.Elements {
		return limitf("JSON of %d elements is too large: the limit is %d", n, g.limits.Elements)
	}
	return nesting(v)
}

// nesting refuses JSON that is nested too deep to be decoded. Brackets in strings count; nobody has so many.
func nesting(v starlark.Value) error {
	text, _ := starlark.AsString(v)
	depth := 0
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && inString:
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > maxNesting {
				return limitf("the JSON is nested more than %d deep", maxNesting)
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}
