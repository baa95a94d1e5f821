package script

// This file evaluates statements that somebody types, one after the other, with the names and limits that operations have.

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// promptFile is how typed text is called in messages.
const promptFile = "«line»"

var promptOptions = &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, LoadBindsGlobally: true}

var blankLines = regexp.MustCompile(`\n(?:[ \t]*\n)+`)

// Prompt is the top level of a script that is typed. Names that statements bind are kept, ctx and all names that scripts have are there.
// Statements are carried out one at a time. [Prompt.Close] runs what was deferred.
type Prompt struct {
	mu      sync.Mutex // held while something is evaluated
	run     *run
	globals starlark.StringDict
	given   map[string]bool // names that were there from the beginning
	found   []*Operation
}

// NewPrompt returns a prompt in a project. Options.Timeout is the time limit of each statement; 0: none.
func NewPrompt(p *Project, o Options) *Prompt {
	prompt := &Prompt{run: newRun(p, nil, o), given: map[string]bool{}}
	prompt.globals = p.predeclared(&prompt.found)
	prompt.globals["ctx"] = &contextValue{run: prompt.run}
	for name := range prompt.globals {
		prompt.given[name] = true
	}
	return prompt
}

// SetDeployment changes what later statements work on, and whether they only print their effects.
func (p *Prompt) SetDeployment(d Deployment, dryRun bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.run.options.Deployment, p.run.options.DryRun = d, dryRun
}

// Incomplete reports whether a statement goes on on the next line. Text ends with a line feed; a block is closed by an empty line at the end.
func Incomplete(text string) bool {
	body := strings.TrimRight(text, "\n")
	rest, asked := blankLines.ReplaceAllString(body, "\n")+text[len(body):], false
	_, err := promptOptions.ParseCompoundStmt(promptFile, func() ([]byte, error) {
		if rest == "" {
			asked = true
			return nil, io.EOF
		}
		line, more, _ := strings.Cut(rest, "\n")
		rest = more
		return []byte(line + "\n"), nil
	})
	return asked && (err != nil || !strings.HasSuffix(text, "\n\n"))
}

// Typed is what came of a statement.
type Typed struct {
	Value   starlark.Value // of an expression, else nil
	Effects []Effect
}

// Eval carries out statements. When they are a single expression, its value is kept as _. The error is an *[Error].
func (p *Prompt) Eval(ctx context.Context, text string) (*Typed, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.run
	r.effects = nil
	r.budget = newBudget(r.limits.Steps)
	r.project.mu.Lock()
	r.project.lines[promptFile] = strings.Split(text, "\n")
	r.project.mu.Unlock()
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if r.options.Timeout > 0 {
		var stop func()
		inner, stop = context.WithTimeoutCause(inner, r.options.Timeout, &TimeoutError{fmt.Sprintf("stopped after %s, which is its time limit", r.options.Timeout)})
		defer stop()
	}
	go watchMemory(inner, r.limits.Memory, cancel)
	v, err := p.evaluate(inner, text)
	if err == nil && v != nil {
		err = shallow(v)
	}
	if err != nil {
		return &Typed{Effects: r.effects}, explain(r.stopped(err, stopReason(inner)), r.project, r.mask)
	}
	if v != nil && v != starlark.None {
		p.globals["_"] = v
	}
	return &Typed{v, r.effects}, nil
}

// evaluate returns the value of an expression, nil for other statements.
func (p *Prompt) evaluate(ctx context.Context, text string) (starlark.Value, error) {
	tree, err := promptOptions.Parse(promptFile, text, 0)
	if err != nil {
		return nil, err
	}
	rewrite(tree)
	thread := p.thread(ctx)
	defer p.run.budget.meter(thread, p.run.limits.Steps)()
	undo := cancelWith(ctx, thread)
	defer undo()
	if len(tree.Stmts) == 1 {
		if expr, ok := tree.Stmts[0].(*syntax.ExprStmt); ok {
			return starlark.EvalExprOptions(promptOptions, thread, expr.X, p.globals)
		}
	}
	return nil, starlark.ExecREPLChunk(tree, thread, p.globals)
}

func (p *Prompt) thread(ctx context.Context) *starlark.Thread {
	r := p.run
	r.base = ctx
	thread := r.thread(&frame{run: r, ctx: ctx}, promptFile)
	l := &loader{project: r.project, ctx: ctx, dir: r.project.Dir}
	thread.Load = func(_ *starlark.Thread, label string) (starlark.StringDict, error) {
		file, err := r.project.resolve(label, "prompt.star", r.project.Dir)
		if err != nil {
			return nil, err
		}
		m, err := l.module(file)
		if err != nil {
			return nil, err
		}
		return m.globals, nil
	}
	return thread
}

// Names lists the names that can be typed: those of an attribute path such as ctx.file, or all when it is "". There are none while a statement is carried out.
func (p *Prompt) Names(ctx context.Context, of string) []string {
	if !p.mu.TryLock() {
		return nil
	}
	defer p.mu.Unlock()
	if of == "" {
		var names []string
		for name := range p.globals {
			if paramName.MatchString(name) || !p.given[name] {
				names = append(names, name)
			}
		}
		for name := range starlark.Universe {
			names = append(names, name)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	tree, err := promptOptions.ParseExpr(promptFile, of, 0)
	if err != nil {
		return nil
	}
	thread := p.thread(ctx)
	undo := cancelWith(ctx, thread)
	defer undo()
	v, err := starlark.EvalExprOptions(promptOptions, thread, tree, p.globals)
	if err != nil {
		return nil
	}
	if with, ok := v.(starlark.HasAttrs); ok {
		names := slices.Clone(with.AttrNames())
		slices.Sort(names)
		return names
	}
	return nil
}

// JSON returns a value as JSON, secrets hidden.
func (p *Prompt) JSON(v starlark.Value) ([]byte, error) {
	return encode(plainValue(v, p.run.mask), "")
}

// Text returns a value as a script would have it: on one line when it fits into so many columns, else with a line for each element. Secrets are hidden.
func (p *Prompt) Text(v starlark.Value, columns int) string {
	return p.run.mask.Hide(layOut(v, columns, 0, 0))
}

// layOut writes a value that starts at a column.
func layOut(v starlark.Value, columns, column, indent int) string {
	const deepest = 20
	flat := v.String()
	if column+len([]rune(flat)) <= columns || indent/4 >= deepest {
		return flat
	}
	var start, end string
	var items []string
	next := strings.Repeat(" ", indent+4)
	add := func(prefix string, v starlark.Value) {
		items = append(items, next+prefix+layOut(v, columns-1, indent+4+len([]rune(prefix)), indent+4)+",\n")
	}
	switch v := v.(type) {
	case *starlark.List:
		start, end = "[", "]"
		for e := range v.Elements() {
			add("", e)
		}
	case starlark.Tuple:
		start, end = "(", ")"
		for _, e := range v {
			add("", e)
		}
	case *starlark.Dict:
		start, end = "{", "}"
		for _, item := range v.Items() {
			add(item[0].String()+": ", item[1])
		}
	case *record:
		start, end = v.kind+"(", ")"
		for _, name := range v.names {
			add(name+" = ", v.fields[name])
		}
	}
	if len(items) == 0 {
		return flat
	}
	return start + "\n" + strings.Join(items, "") + strings.Repeat(" ", indent) + end
}

// Close runs what statements have deferred, and removes temporary files.
func (p *Prompt) Close(ctx context.Context) error { return p.run.cleanUp(ctx) }

// Indent moves statements to the right, so that they can be the body of a function. What is inside of a string stays as it is.
func Indent(text, by string) string {
	inside := map[int]bool{}
	if tree, err := promptOptions.Parse(promptFile, text, 0); err == nil {
		syntax.Walk(tree, func(n syntax.Node) bool {
			if literal, ok := n.(*syntax.Literal); ok {
				for i := range strings.Count(literal.Raw, "\n") {
					inside[int(literal.TokenPos.Line)+i+1] = true
				}
			}
			return true
		})
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" && !inside[i+1] {
			lines[i] = by + line
		}
	}
	return strings.Join(lines, "\n")
}
