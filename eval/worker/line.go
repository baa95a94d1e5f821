package worker

// This file evaluates lines of a shell.

import (
	"context"
	"strings"

	"nixops4/eval"
)

// Line evaluates what somebody typed.
func (e *evaluation) Line(ctx context.Context, r *LineRequest) (*LineResult, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	e.requests++
	result := &LineResult{}
	err := e.m.Run(ctx, func() *eval.Error { return e.line(r, result) })
	if err != nil {
		return nil, failure(ctx, err, nil)
	}
	return result, nil
}

func (e *evaluation) line(r *LineRequest, result *LineResult) *eval.Error {
	scope, err := e.scope(r.At, r.Dir)
	if err != nil {
		return result.missing(err)
	}
	if r.Bindings != "" {
		return e.bindLine(r, result)
	}
	v, err := e.m.EvalStringWith(scope, r.Expr, "«line»", r.Dir)
	if err == nil && r.Strict {
		err = e.m.ForceDeep(v)
	}
	if err == nil {
		err = e.show(v, r, result)
	}
	if err != nil {
		return result.missing(err)
	}
	if r.Keep || r.KeepKnown && len(result.Unknown) == 0 {
		e.keep(v)
		e.shell.lines = append(e.shell.lines, r)
	}
	return nil
}

func (e *evaluation) bindLine(r *LineRequest, result *LineResult) *eval.Error {
	names, err := e.bind(r)
	if err != nil {
		return result.missing(err)
	}
	result.Names = names
	e.shell.lines = append(e.shell.lines, r)
	return nil
}

// missing notes the output that an error is about; other errors it returns.
func (r *LineResult) missing(err *eval.Error) *eval.Error {
	if err.Kind != eval.Needs {
		return err
	}
	output := Output{err.Path, err.Output}
	if output.Path == nil {
		output.Path = []string{}
	}
	*r = LineResult{Text: unknownText(output), Unknown: []Output{output}}
	return nil
}

// unknownText is how the value of an output that is not known is shown.
func unknownText(o Output) string {
	if len(o.Path) == 0 {
		return "«unknown: " + o.Name + "»"
	}
	return "«unknown: " + display(extend(o.Path, o.Name)) + "»"
}

func (e *evaluation) show(v eval.Value, r *LineRequest, result *LineResult) *eval.Error {
	result.Kind = v.Kind().String()
	switch r.As {
	case FormNothing:
		return nil
	case FormType:
		result.Text = eval.ShowType(v)
		return nil
	case FormJSON:
		var unknown []Unknown
		c := &converter{m: e.m, unknown: &unknown, mask: !r.Layout.Reveal}
		text, err := c.convert(v)
		for _, u := range unknown {
			result.Unknown = append(result.Unknown, u.Until)
		}
		result.Text = string(text)
		return err
	}
	if !r.Layout.Whole {
		rows, err := e.memberRows(v)
		if result.Members = rows; err != nil || rows != nil {
			return err
		}
	}
	l := &layouter{m: e.m, layout: r.Layout, open: map[*eval.Attrs]bool{}}
	doc, err := l.value(v, 0)
	if err != nil {
		return err
	}
	if r.Layout.Width == 0 {
		r.Layout.Width = 80
	}
	var b strings.Builder
	doc.write(&b, 0, 0, r.Layout.Width)
	result.Text, result.Folded, result.Unknown = b.String(), l.folded, l.unknown
	return nil
}

// Reload loads the root again.
func (e *evaluation) Reload(ctx context.Context) (*ReloadResult, error) {
	switch {
	case e.m == nil:
		return nil, errNotOpen
	case e.opened.Flake != nil:
		return &ReloadResult{Changed: []string{}, Flake: true}, nil
	}
	result := &ReloadResult{}
	var root eval.Value
	err := e.m.Run(ctx, func() (err *eval.Error) {
		result.Changed, result.Kept = e.m.Reload()
		root, err = e.loadRoot(e.m, e.opened)
		return err
	})
	if err != nil {
		return nil, failure(ctx, err, nil)
	}
	e.root, e.whole = root, eval.Value{}
	e.generation()
	return result, nil
}

// Complete lists names.
func (e *evaluation) Complete(ctx context.Context, r *CompleteRequest) (*CompleteResult, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	result := &CompleteResult{Names: []Candidate{}}
	err := e.m.Run(ctx, func() *eval.Error {
		set, err := e.scope(r.At, r.Dir)
		if err == nil && r.Expr != "" {
			var v eval.Value
			if v, err = e.m.EvalStringWith(set, r.Expr, "«line»", r.Dir); err != nil {
				return err
			}
			if v.Kind() != eval.KindAttrs {
				return nil
			}
			set = v.Attrs()
		}
		if err != nil {
			return err
		}
		for _, attr := range e.m.Sorted(set) {
			result.Names = append(result.Names, Candidate{attr.Name, e.preview(*attr.Slot)})
		}
		if r.Expr == "" {
			for _, name := range e.m.AttrNames(e.m.Builtins().Attrs()) {
				if globals[name] {
					result.Names = append(result.Names, Candidate{Name: name})
				}
			}
			result.Names = append(result.Names, Candidate{Name: "builtins"})
		}
		return nil
	})
	if err != nil {
		return nil, failure(ctx, err, nil)
	}
	return result, nil
}

// globals are the builtins that have a name of their own.
var globals = map[string]bool{
	"abort": true, "baseNameOf": true, "break": true, "derivation": true, "dirOf": true, "fetchGit": true, "fetchTarball": true, "fetchTree": true,
	"fromTOML": true, "import": true, "isNull": true, "map": true, "placeholder": true, "removeAttrs": true, "scopedImport": true, "throw": true,
	"toString": true, "true": true, "false": true, "null": true,
}

// preview is a value in a few characters, without evaluating anything.
func (e *evaluation) preview(v eval.Value) string {
	const most = 40
	if v, ok := e.m.Evaluated(v); ok && v.Kind() == eval.KindAttrs && isComponent(e.m, v.Attrs()) {
		return e.componentPreview(v)
	}
	text := strings.ReplaceAll(e.m.Print(v, eval.PrintOptions{Depth: 1, Attrs: 4, Items: 4, Bytes: most}), "«thunk»", "…")
	switch {
	case text == "…" || text == "«potential infinite recursion»":
		return ""
	case len([]rune(text)) > most:
		return string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// componentPreview names the type of a resource, when that is evaluated.
func (e *evaluation) componentPreview(component eval.Value) string {
	for _, name := range []string{"_export", "resource", "type"} {
		v, ok := e.m.Get(component.Attrs(), name)
		if !ok {
			return "composite" // it exports no resource
		}
		if v, ok = e.m.Evaluated(v); !ok {
			return ""
		}
		if component = v; v.Kind() == eval.KindString {
			return v.Text()
		}
		if v.Kind() != eval.KindAttrs {
			return ""
		}
	}
	return ""
}

// Doc returns the documentation of a builtin.
func (e *evaluation) Doc(r *DocRequest) (*DocResult, error) {
	if e.m == nil {
		return nil, errNotOpen
	}
	name := strings.TrimPrefix(r.Name, "builtins.")
	result := &DocResult{Names: []string{}}
	for _, b := range e.m.Registered() {
		if b.Name == name {
			return &DocResult{Text: "builtins." + strings.Join(append([]string{b.Name}, b.Args...), " ") + "\n\n" + strings.TrimSpace(b.Doc)}, nil
		}
		result.Names = append(result.Names, b.Name)
	}
	return result, nil
}
