package repl

// This file shows documentation: of builtins, functions, resource types and options.

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"nixops4/engine/addr"
	"nixops4/eval/worker"
	"nixops4/internal/spell"
)

// resourceTypeExpr describes a resource type or an option.
const resourceTypeExpr = `
let
  type = (THING);
  describe = option: {
    type = option.type.description or "";
    description = let d = option.description or ""; in d.text or d;
    required = !(option ? default) && !(option ? defaultText);
    default = if option ? defaultText then option.defaultText.text or "" else if option ? default then builtins.toJSON option.default else "";
  };
  port = module: lib.mapAttrs (_: describe) (builtins.removeAttrs (lib.evalModules { modules = [ module ]; }).options [ "_module" ]);
in
if builtins.isAttrs type && type._type or "" == "nixops4ResourceType" then {
  kind = "resource type"; name = type.type; description = type.description or ""; stateful = type.requireState;
  inputs = port type.inputs; outputs = port type.outputs;
} else if builtins.isAttrs type && type._type or "" == "option" then {
  kind = "option"; name = lib.showOption (type.loc or [ ]); option = describe type;
} else { kind = builtins.typeOf type; }`

type optionDoc struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Required    bool   `json:"required"`
	Default     string `json:"default"`
}

type thingDoc struct {
	Kind        string               `json:"kind"`
	Name        string               `json:"name,omitempty"`
	Description string               `json:"description,omitempty"`
	Stateful    bool                 `json:"stateful,omitempty"`
	Inputs      map[string]optionDoc `json:"inputs,omitempty"`
	Outputs     map[string]optionDoc `json:"outputs,omitempty"`
	Option      *optionDoc           `json:"option,omitempty"`
	Text        string               `json:"text,omitempty"`
}

// inputDoc describes an input of a resource or of a resource type, such as members.web.inputs.port.
func (sh *shell) inputDoc(ctx context.Context, arg string) (answer, bool) {
	set, name, ok := attrPath(arg)
	if !ok {
		return answer{}, false
	}
	for _, port := range []string{"inputs", "outputs"} {
		of, ok := strings.CutSuffix(set, "."+port)
		if !ok {
			continue
		}
		option := fmt.Sprintf(`(let of = %s; type = if of._type or "" == "nixops4ResourceType" then of else of.type; in (lib.evalModules { modules = [ type.%s ]; }).options.%s)`,
			of, port, nixString(name))
		var doc thingDoc
		// Anything else that is called so is described by what it is.
		if known, err := sh.json(ctx, strings.Replace(resourceTypeExpr, "THING", option, 1), &doc); err != nil || !known || doc.Option == nil {
			return answer{}, false
		}
		return answer{text: doc.text(sh), value: doc}, true
	}
	return answer{}, false
}

func docCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return answer{}, err
	}
	builtin, err := client.Doc(ctx, arg)
	if err != nil {
		return answer{}, err
	}
	if builtin.Text != "" {
		return answer{text: wrap(builtin.Text, sh.columns(), 0), value: thingDoc{Kind: "builtin", Text: builtin.Text}}, nil
	}
	if rest, ok := strings.CutPrefix(arg, "builtins."); ok {
		return answer{}, &hinted{fmt.Errorf("there is no builtin %q", rest), spell.Hint(rest, builtin.Names)}
	}
	if a, ok := sh.inputDoc(ctx, arg); ok {
		return a, nil
	}
	value, err := sh.line(ctx, worker.LineRequest{Expr: arg, Layout: worker.Layout{Depth: 1, Items: 1}}) // what is wrong with it is told about what was typed
	if err != nil {
		return answer{}, err
	}
	if name, ok := strings.CutPrefix(value.Text, "«primop "); ok { // it has another name here
		if builtin, err := client.Doc(ctx, strings.TrimSuffix(name, "»")); err == nil && builtin.Text != "" {
			return answer{text: wrap(builtin.Text, sh.columns(), 0), value: thingDoc{Kind: "builtin", Text: builtin.Text}}, nil
		}
	}
	var doc thingDoc
	known, err := sh.json(ctx, strings.Replace(resourceTypeExpr, "THING", arg, 1), &doc)
	if err != nil {
		return answer{}, err
	}
	if !known {
		return answer{}, fmt.Errorf("%s depends on outputs that are not known yet", arg)
	}
	if doc.Name != "" {
		return answer{text: doc.text(sh), value: doc}, nil
	}
	p, ok := lambdaPosition(value.Text)
	if !ok {
		var err error
		p, err = sh.positionOf(ctx, arg)
		ok = err == nil
	}
	if ok {
		if doc.Text = sh.definitionDoc(ctx, arg, doc.Kind, p); doc.Text != "" {
			return answer{text: doc.Text, value: doc}, nil
		}
	}
	return answer{}, &hinted{fmt.Errorf("%s has no documentation", arg), "where it is defined: :src " + arg}
}

func (d thingDoc) text(sh *shell) string {
	var b strings.Builder
	if d.Option != nil {
		b.WriteString("option " + d.Name + ", " + d.Option.Type + "\n" + wrap(d.Option.Description, sh.columns(), 2))
		if d.Option.Default != "" {
			b.WriteString("  default: " + d.Option.Default + "\n")
		}
		return b.String()
	}
	what := "stateless"
	if d.Stateful {
		what = "needs state"
	}
	b.WriteString("resource type " + d.Name + ", " + what + "\n" + wrap(d.Description, sh.columns(), 2))
	for _, port := range []struct {
		name    string
		options map[string]optionDoc
	}{{"inputs", d.Inputs}, {"outputs", d.Outputs}} {
		b.WriteString("\n" + port.name + "\n")
		if len(port.options) == 0 {
			b.WriteString("  none\n")
		}
		for _, name := range sortedNames(port.options) {
			o := port.options[name]
			line := "  " + addr.Quote(name) + ": " + o.Type
			if port.name == "inputs" && o.Required {
				line += ", required"
			}
			if o.Default != "" {
				line += ", default " + shorten(o.Default, 40)
			}
			b.WriteString(line + "\n" + wrap(o.Description, sh.columns(), 4))
		}
	}
	return b.String()
}

// wrap breaks lines at the width of the screen, and indents them. Lines that are indented already are examples, and stay.
func wrap(text string, columns, indent int) string {
	var b strings.Builder
	blanks := strings.Repeat(" ", indent)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, " ") || line == "" || width(line)+indent <= columns {
			b.WriteString(strings.TrimRight(blanks+line, " ") + "\n")
			continue
		}
		at := 0
		for i, word := range strings.Fields(line) {
			switch {
			case i == 0:
				b.WriteString(blanks)
				at = indent
			case at+1+width(word) > columns:
				b.WriteString("\n" + blanks)
				at = indent
			default:
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += width(word)
		}
		b.WriteByte('\n')
	}
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return b.String()
}

var lambdaPlace = regexp.MustCompile(`^«lambda .*@ (/.*):(\d+):(\d+)»$`)

// lambdaPosition is where a function is defined that prints as this text.
func lambdaPosition(printed string) (position, bool) {
	m := lambdaPlace.FindStringSubmatch(printed)
	if m == nil {
		return position{}, false
	}
	p := position{File: m[1]}
	p.Line, _ = strconv.Atoi(m[2]) // a number, as the expression says
	p.Column, _ = strconv.Atoi(m[3])
	return p, true
}

// definitionDoc tells where something is defined, with the comment above it, or with its first lines when there is none.
func (sh *shell) definitionDoc(ctx context.Context, name, kind string, p position) string {
	lines := sh.sourceLines(ctx, p.File)
	if p.Line < 1 || p.Line > len(lines) {
		return ""
	}
	start := p.Line
	last := name[strings.LastIndexByte(name, '.')+1:]
	for up := p.Line; up > max(p.Line-3, 0); up-- { // a function may begin below its name
		if text := strings.TrimSpace(lines[up-1]); strings.HasPrefix(text, last+" =") {
			start = up
			break
		}
	}
	if kind == "lambda" {
		kind = "function"
	}
	text := name + ", a " + kind + ", defined at " + sh.relative(p.File) + ":" + strconv.Itoa(start) + "\n"
	if comment := commentBefore(lines, start); comment != "" {
		return text + "\n" + wrap(comment, sh.columns(), 2)
	}
	const most = 8
	for i := start; i < min(start+most, len(lines)+1); i++ {
		if line := lines[i-1]; i > start && (strings.TrimSpace(line) == "" || indentation(line) <= indentation(lines[start-1])) {
			break // the next definition
		}
		text += fmt.Sprintf("%5d| %s\n", i, lines[i-1])
	}
	return text
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// sourceLines are the lines of a file, which may be part of the program; nil when it cannot be read.
func (sh *shell) sourceLines(ctx context.Context, file string) []string {
	var text string
	if known, err := sh.json(ctx, "builtins.readFile "+nixPath(file), &text); err != nil || !known {
		return nil
	}
	return strings.Split(text, "\n")
}

// commentBefore is the comment above a line.
func commentBefore(lines []string, line int) string {
	end := min(line-1, len(lines))
	start := end
	inside := false
	for start > 0 {
		text := strings.TrimSpace(lines[start-1])
		if strings.HasSuffix(text, "*/") {
			inside = true
		}
		if !inside && (!strings.HasPrefix(text, "#") || strings.HasPrefix(text, "## ")) { // a heading is about more than this
			break
		}
		start--
		if strings.HasPrefix(text, "/*") {
			break
		}
	}
	var text []string
	for _, line := range lines[start:end] {
		line = strings.TrimSpace(line)
		line = strings.TrimPrefix(strings.TrimPrefix(line, "/**"), "/*")
		line = strings.TrimSuffix(line, "*/")
		line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "#"), "* "), " ")
		text = append(text, line)
	}
	return strings.TrimSpace(strings.Join(text, "\n"))
}
