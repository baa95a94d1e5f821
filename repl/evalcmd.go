package repl

// This file has the commands about expressions.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"nixops4/engine/addr"
	"nixops4/eval/worker"
)

var evalCommands = []*command{
	{name: "p", args: "EXPR", takes: takesExpr, group: groupEval, short: "print a value whole, not folded", example: ":p members.web.inputs", run: printAll},
	{name: "t", args: "EXPR", takes: takesExpr, group: groupEval, short: "tell the type of a value", example: ":t members", run: printType},
	{name: "reveal", args: "EXPR", takes: takesExpr, group: groupEval, short: "print a value with its secrets", example: ":reveal members.db.outputs.password", run: reveal},
	{name: "doc", args: "THING", takes: takesExpr, group: groupEval, short: "show documentation: of a builtin, a function, a resource type, an option",
		long: "A resource type, such as providers.local.file, shows its inputs and outputs.", example: ":doc providers.local.file", run: docCommand},
	{name: "src", args: "THING", takes: takesExpr, group: groupEval, short: "tell where a member or an attribute is defined", example: ":src web", run: src},
	{name: "edit", args: "[THING]", takes: takesExpr, group: groupEval, short: "open $EDITOR where something is defined, by default the root's file", example: ":edit web", run: edit},
	{name: "time", args: "EXPR", takes: takesExpr, group: groupEval, short: "evaluate, and tell how long it took and what it cost", example: ":time members", run: timeCommand},
}

func printAll(sh *shell, ctx context.Context, arg string) (answer, error) {
	return sh.evaluate(ctx, arg, worker.Layout{Width: sh.columns(), Reveal: sh.settings.reveal, Whole: true}, true)
}

func reveal(sh *shell, ctx context.Context, arg string) (answer, error) {
	a, err := sh.evaluate(ctx, arg, worker.Layout{Width: sh.columns(), Reveal: true, Whole: true}, false)
	a.revealed = true
	return a, err
}

func printType(sh *shell, ctx context.Context, arg string) (answer, error) {
	result, err := sh.line(ctx, worker.LineRequest{Expr: arg, As: worker.FormType})
	if err != nil {
		return answer{}, err
	}
	return answer{text: result.Text, value: result.Text}, nil
}

func timeCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return answer{}, err
	}
	before, err := client.Stats(ctx)
	if err != nil {
		return answer{}, err
	}
	began := time.Now()
	a, err := sh.evaluate(ctx, arg, sh.settings.layout(sh), true)
	took := time.Since(began)
	if err != nil {
		return answer{}, err
	}
	after, err := client.Stats(ctx)
	if err != nil {
		return answer{}, err
	}
	sh.note("%s, %d calls, %d thunks, %d files; %d MB in use", took.Round(time.Microsecond*10),
		after.Calls-before.Calls, after.Thunks-before.Thunks, after.Files-before.Files, after.Memory>>20)
	return a, nil
}

// json evaluates an expression that the shell has made, and decodes its value. It reports false when it depends on unknown outputs.
func (sh *shell) json(ctx context.Context, expr string, into any) (bool, error) {
	result, err := sh.line(ctx, worker.LineRequest{Expr: expr, As: worker.FormJSON})
	if err != nil || len(result.Unknown) > 0 {
		return false, err
	}
	return true, json.Unmarshal([]byte(result.Text), into)
}

// position is where something is written.
type position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func (p position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// placeExpr finds where a member, or an attribute in it, is defined. It goes down the options, which remember their definitions.
const placeExpr = `
let
  positions = option: name: builtins.filter (p: p != null) (map
    (d: if builtins.isAttrs d.value && d.value ? ${name} then builtins.unsafeGetAttrPos name d.value else null)
    option.definitionsWithLocations);
  first = list: if list == [ ] then null else builtins.head list;
  inner = option: name: option.valueMeta.attrs.${name}.configuration.options;
  attribute = option: attr: if builtins.isAttrs option && option ? definitionsWithLocations then first (positions option attr) else null;
  go = options: names:
    let name = builtins.head names; rest = builtins.tail names; in
    if rest != [ ] then go (inner options.members name) rest
    else ENDING;
in go options [ NAMES ]`

// place says where a member, or an attribute below it, is defined; "" when that cannot be told.
func (sh *shell) place(ctx context.Context, path addr.Path, attribute []string) string {
	p, ok := sh.position(ctx, path, attribute)
	if !ok {
		return ""
	}
	p.File = sh.relative(p.File)
	return p.String()
}

func (sh *shell) position(ctx context.Context, path addr.Path, attribute []string) (position, bool) {
	if path.IsRoot() {
		return position{File: sh.project.File, Line: 1, Column: 1}, true
	}
	var names []string
	for _, name := range path.Names() {
		names = append(names, nixString(name))
	}
	ending := "first (positions options.members name)"
	if len(attribute) == 2 {
		ending = "attribute (inner options.members name)." + nixString(attribute[0]) + " " + nixString(attribute[1])
	}
	expr := strings.NewReplacer("ENDING", ending, "NAMES", strings.Join(names, " ")).Replace(placeExpr)
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return position{}, false
	}
	var p *position
	result, err := client.Line(ctx, worker.LineRequest{Expr: expr, Dir: sh.project.Dir, At: []string{}, As: worker.FormJSON})
	if err != nil || len(result.Unknown) > 0 || json.Unmarshal([]byte(result.Text), &p) != nil || p == nil {
		return position{}, false
	}
	return *p, true
}

// relative shortens a file name below the current folder.
func (sh *shell) relative(file string) string {
	if rest, ok := strings.CutPrefix(file, sh.project.Dir+"/"); ok {
		return rest
	}
	return file
}

// find the position of a member's path, or of an attribute of an expression.
func (sh *shell) positionOf(ctx context.Context, thing string) (position, error) {
	if path, err := sh.path(thing); err == nil {
		if p, ok := sh.position(ctx, path, nil); ok {
			return p, nil
		}
		names := path.Names()
		if n := len(names); n > 2 {
			if p, ok := sh.position(ctx, addr.Of(names[:n-2]...), names[n-2:]); ok {
				return p, nil
			}
		}
	}
	if set, name, ok := attrPath(thing); ok {
		// A function says itself where it is; the attribute may only pass it on.
		if value, err := sh.line(ctx, worker.LineRequest{Expr: thing, Layout: worker.Layout{Depth: 1, Items: 1}}); err == nil {
			if p, ok := lambdaPosition(value.Text); ok {
				return p, nil
			}
		}
		var p *position
		known, err := sh.json(ctx, "builtins.unsafeGetAttrPos "+nixString(name)+" ("+set+")", &p)
		if err != nil {
			return position{}, err
		}
		if known && p != nil {
			return *p, nil
		}
		return position{}, fmt.Errorf("it is not known where %s is defined", thing)
	}
	return position{}, &hinted{fmt.Errorf("it is not known where %s is defined", thing), "name a member, such as web, or an attribute, such as lib.mkOption"}
}

func src(sh *shell, ctx context.Context, arg string) (answer, error) {
	p, err := sh.positionOf(ctx, arg)
	if err != nil {
		return answer{}, err
	}
	shown := p
	shown.File = sh.relative(p.File)
	text := shown.String()
	lines := sh.sourceLines(ctx, p.File)
	for i := max(p.Line-1, 0); i < min(p.Line+4, len(lines)); i++ {
		text += fmt.Sprintf("\n%5d| %s", i+1, lines[i])
	}
	return answer{text: text, value: p}, nil
}

func edit(sh *shell, ctx context.Context, arg string) (answer, error) {
	p := position{File: sh.project.File, Line: 1}
	if arg != "" {
		var err error
		if p, err = sh.positionOf(ctx, arg); err != nil {
			return answer{}, err
		}
	}
	if strings.HasPrefix(p.File, "/<") {
		return answer{}, fmt.Errorf("%s is part of nixops4 and cannot be edited", p.File)
	}
	editor := sh.options.Getenv("VISUAL")
	if editor == "" {
		editor = sh.options.Getenv("EDITOR")
	}
	if editor == "" {
		return answer{}, &hinted{errors.New("no editor is set"), "export EDITOR=vi, then start again; or open " + p.String()}
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` +"$1" "$2"`, "sh", fmt.Sprint(p.Line), p.File)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return answer{}, fmt.Errorf("running %s: %w", editor, err)
	}
	return reload(sh, ctx, "")
}
