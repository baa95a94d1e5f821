package repl

// This file completes inputs of resource types, words of operations and Starlark, and shows the value of what is typed.

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"nixops4/engine/addr"
	"nixops4/eval/worker"
)

var (
	// typeGiven finds the resource type in a definition that is being typed.
	typeGiven = regexp.MustCompile(`\btype\s*=\s*([^;{}]+);`)
	// inputsOpen is the beginning of inputs, as a set.
	inputsOpen = regexp.MustCompile(`\binputs\s*=\s*\{(?:[^{}]*;)?\s*$`)
)

// completeInputs lists the options of the resource type, where the inputs of a resource are being defined: in inputs.NAME and in inputs = { NAME.
// It is nil anywhere else.
func (sh *shell) completeInputs(ctx context.Context, before, set string) []completion {
	types := typeGiven.FindAllStringSubmatch(before, -1)
	if len(types) == 0 || set != "inputs" && (set != "" || !inputsOpen.MatchString(before)) {
		return nil
	}
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil
	}
	return sh.optionsOf(ctx, client, strings.TrimSpace(types[len(types)-1][1]))
}

// inputOptions describes the inputs of a resource type in a few words.
const inputOptions = `
let
  options = builtins.removeAttrs (lib.evalModules { modules = [ (THING).inputs ]; }).options [ "_module" ];
  about = o: (o.type.description or "") + (if o ? default || o ? defaultText then "" else ", required");
in lib.mapAttrsToList (name: o: { inherit name; about = about o; }) options`

// optionsOf lists the inputs of a resource type; nil when the expression is none.
func (sh *shell) optionsOf(ctx context.Context, client *worker.Client, resourceType string) []completion {
	expr := strings.Replace(inputOptions, "THING", resourceType, 1)
	result, err := client.Line(ctx, worker.LineRequest{Expr: expr, Dir: sh.project.Dir, At: sh.cwd.Names(), As: worker.FormJSON})
	var found []struct{ Name, About string }
	if err != nil || len(result.Unknown) > 0 || json.Unmarshal([]byte(result.Text), &found) != nil {
		return nil
	}
	all := []completion{}
	for _, o := range found {
		all = append(all, completion{addr.Quote(o.Name), o.About})
	}
	return all
}

func lacksPreviews(all []completion) bool {
	return slices.ContainsFunc(all, func(c completion) bool { return c.preview == "" })
}

// mergeOptions adds options to what was found; values say more than types.
func mergeOptions(all, options []completion) []completion {
	for _, o := range options {
		i := slices.IndexFunc(all, func(c completion) bool { return c.text == o.text })
		switch {
		case i < 0:
			all = append(all, o)
		case all[i].preview == "":
			all[i].preview = o.preview
		}
	}
	slices.SortFunc(all, func(a, b completion) int { return strings.Compare(a.text, b.text) })
	return all
}

// previewOf is the value of an attribute that is typed whole, or what a command does.
func (sh *shell) previewOf(ctx context.Context, before string, c completion) string {
	if strings.HasPrefix(before, ":") && !strings.Contains(before, " ") {
		return sh.paint(dim, shorten(c.preview, sh.columns()-1)) + "\n"
	}
	chain, _ := chainAtEnd(before)
	if !strings.Contains(chain, ".") || sh.inStar {
		return ""
	}
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return ""
	}
	result, err := client.Line(ctx, worker.LineRequest{Expr: chain, Dir: sh.project.Dir, At: sh.cwd.Names(), Layout: worker.Layout{Width: 10_000, Depth: 1, Items: 5, Bytes: 200}})
	if err != nil {
		return ""
	}
	return sh.hide(sh.paint(dim, shorten(result.Text, sh.columns()-1))+"\n", false)
}

// completeOperation completes the words of :run.
func (sh *shell) completeOperation(ctx context.Context, before, partial string) []completion {
	_, text, _ := strings.Cut(before, " ")
	given, err := shellWords(text)
	if err != nil {
		return nil
	}
	client, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil
	}
	found, files := sh.project.Scripts.Complete(ctx, Session{config, client}, given, partial)
	if files {
		return sh.completeFile(partial)
	}
	var all []completion
	for _, c := range found {
		all = append(all, completion{c.Name, c.About})
	}
	return all
}

// completeStarlark completes names and attributes, and paths in strings.
func (sh *shell) completeStarlark(ctx context.Context, before string) (int, []completion) {
	if strings.Count(before, `"`)%2 == 1 {
		start := strings.LastIndexByte(before, '"') + 1
		return start, sh.completePath(ctx, before[start:])
	}
	star := sh.star
	if star == nil {
		return len(before), nil
	}
	chain, _ := chainAtEnd(before)
	set, partial := "", chain
	if dot := strings.LastIndexByte(chain, '.'); dot >= 0 {
		set, partial = chain[:dot], chain[dot+1:]
	} else if from := len(before) - len(chain); from > 0 && before[from-1] == '.' {
		return len(before), nil // the attribute of something in brackets
	}
	var all []completion
	for _, name := range star.Names(ctx, set) {
		all = append(all, completion{text: name})
	}
	return len(before) - len(partial), all
}
