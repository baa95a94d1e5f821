package main

// This file writes documentation as Markdown.

import (
	"fmt"
	"io"
	"strings"

	"nixops4/engine/addr"
	"nixops4/engine/nixconfig"
)

// manualWriter writes to a buffer, so errors come up when that is flushed.
type manualWriter struct {
	out     io.Writer
	started bool
	dir     string // paths of files in it are written relative to it
}

// paragraph writes a block, separated from the one before.
func (w *manualWriter) paragraph(text string) {
	if w.started {
		fmt.Fprintln(w.out)
	}
	w.started = true
	fmt.Fprintln(w.out, strings.TrimRight(text, "\n"))
}

func (w *manualWriter) heading(level int, text string) {
	w.paragraph(strings.Repeat("#", level) + " " + text)
}

func (w *manualWriter) description(text *string) {
	if text != nil && *text != "" {
		w.paragraph(*text)
	}
}

func (w *manualWriter) option(level int, o nixconfig.OptionManual) {
	w.heading(level, code(o.Name))
	w.description(o.Description)
	lines := []string{"- Type: " + o.Type}
	if o.Default != nil {
		lines = append(lines, "- Default:"+expression(o.Default))
	}
	if o.Example != nil {
		lines = append(lines, "- Example:"+expression(o.Example))
	}
	if o.ReadOnly {
		lines = append(lines, "- Read only")
	}
	for _, file := range o.Declarations {
		lines = append(lines, "- Declared in: "+code(w.relative(file)))
	}
	w.paragraph(strings.Join(lines, "\n"))
}

func (w *manualWriter) relative(file string) string {
	if inside, ok := strings.CutPrefix(file, w.dir+"/"); ok && w.dir != "" {
		return inside
	}
	return file
}

// options writes a section of options.
func (w *manualWriter) options(level int, title string, options []nixconfig.OptionManual) {
	w.heading(level, title)
	if len(options) == 0 {
		w.paragraph("None.")
	}
	for _, o := range options {
		o.Declarations = nil // it is all the provider's
		w.option(level+1, o)
	}
}

func (w *manualWriter) provider(p *nixconfig.ProviderManual) {
	title := p.ID
	if p.Name != nil {
		title = *p.Name
	}
	w.heading(1, title)
	w.description(p.Description)
	if p.Executable != nil {
		w.paragraph("Executable: " + code(*p.Executable))
	}
	if p.SourceBaseURL != nil {
		name := *p.SourceBaseURL
		if p.SourceName != nil {
			name = *p.SourceName
		}
		w.paragraph(fmt.Sprintf("Source: [%s](%s)", name, *p.SourceBaseURL))
	}
	for _, t := range p.ResourceTypes {
		w.resourceType(p.ID, t)
	}
}

func (w *manualWriter) resourceType(provider string, t nixconfig.ResourceTypeManual) {
	w.heading(2, code(t.Name))
	w.description(t.Description)
	lines := []string{"- Used as: " + code("type = providers."+addr.Of(provider, t.Name).String()+";")}
	if t.Type != t.Name {
		lines = append(lines, "- Called by the provider: "+code(t.Type))
	}
	if t.RequireState != nil && *t.RequireState {
		lines = append(lines, "- Needs `state`")
	}
	w.paragraph(strings.Join(lines, "\n"))
	w.options(3, "Inputs", t.Inputs)
	w.options(3, "Outputs", t.Outputs)
}

// expression writes a short expression in its line, and a long one as a block inside the list.
func expression(e *nixconfig.Expression) string {
	if e.Markdown != "" {
		return " " + strings.TrimRight(e.Markdown, "\n")
	}
	text := strings.TrimRight(e.Expression, "\n")
	if !strings.Contains(text, "\n") {
		return " " + code(text)
	}
	return "\n\n  ```nix\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n  ```\n"
}

// code writes a text between backticks, more of them when it has some itself.
func code(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}
