package repl

// This file has the commands about what depends on what.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/eval/worker"
)

var relationCommands = []*command{
	{name: "deps", args: "PATH", takes: takesPaths, group: groupLook, short: "list what a component depends on", example: ":deps report", run: deps},
	{name: "rdeps", args: "PATH", takes: takesPaths, group: groupLook, short: "list what depends on a component", example: ":rdeps store", run: rdeps},
	{name: "why", args: "PATH PATH", takes: takesPaths, group: groupLook, short: "tell how the first component comes to depend on the second", example: ":why report store", run: why},
	{name: "graph", args: "[FILE]", takes: takesFile, group: groupLook, short: "draw all dependencies; into a file that ends with .dot or .mmd",
		long: "Without FILE, or with one that ends with .mmd, it is written for Mermaid; with .dot for Graphviz.", example: ":graph deployment.dot", run: graphCommand},
}

// dependency is one edge.
type dependency struct {
	Path addr.Path   `json:"path"`
	On   addr.Path   `json:"on"`
	What string      `json:"what"`
	For  addr.Output `json:"output,omitzero"`
}

// dependencies are what depends on what. It is kept until something is done or read again. With paths, there is at least what those lead to.
func (sh *shell) dependencies(ctx context.Context, paths ...addr.Path) ([]dependency, error) {
	from := addr.Root
	if len(paths) == 1 {
		from = paths[0]
	}
	for _, of := range []addr.Path{addr.Root, from} {
		if all, ok := sh.graphs[of]; ok {
			return all, nil
		}
	}
	if sh.needs != nil {
		from, paths = addr.Root, nil // there is more than was asked for
	}
	all, err := sh.findDependencies(ctx, paths)
	if err == nil && len(paths) <= 1 {
		if sh.graphs == nil {
			sh.graphs = map[addr.Path][]dependency{}
		}
		sh.graphs[from] = all
	}
	return all, err
}

// findDependencies takes what was seen to depend on what from the last plan, or from a new one.
func (sh *shell) findDependencies(ctx context.Context, paths []addr.Path) ([]dependency, error) {
	needs := sh.needs
	if needs == nil {
		var err error
		if needs, err = sh.planNeeds(ctx, paths); err != nil {
			return nil, err
		}
	}
	var all []dependency
	for _, need := range needs {
		d := dependency{Path: need.Path, On: need.On.Resource, What: need.What}
		if need.On.Name != "" {
			d.For = need.On
		}
		all = append(all, d)
	}
	states, err := sh.stateDependencies(ctx, paths)
	return append(all, states...), err
}

// planNeeds plans only to see what depends on what.
func (sh *shell) planNeeds(ctx context.Context, paths []addr.Path) ([]engine.Need, error) {
	if sh.step != nil {
		return nil, errors.New("that would need another plan, and one is being carried out; finish it with :continue or :abort")
	}
	if err := sh.changed(ctx); err != nil { // an output that is known already is not asked for again
		return nil, err
	}
	_, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil, err
	}
	options := sh.engineOptions(config)
	options.Paths = paths
	run := engine.Open(config, options)
	_, err = run.Plan(ctx)
	return run.Needs(), errors.Join(err, run.Close())
}

// stateDependencies are those on the resources that keep state.
func (sh *shell) stateDependencies(ctx context.Context, paths []addr.Path) ([]dependency, error) {
	var all []dependency
	var visit func(path addr.Path) error
	visit = func(path addr.Path) error {
		c, err := sh.component(ctx, path, engine.WantContents)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // the plan has told
			return nil
		case c.Resource != nil && c.Resource.Stateful():
			all = append(all, dependency{Path: path, On: c.Resource.State, What: "state of " + path.String()})
		}
		for _, name := range c.Members {
			if err := visit(path.Child(name)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(paths) == 0 {
		paths = []addr.Path{addr.Root}
	}
	for _, path := range paths {
		if err := visit(path); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (sh *shell) existing(ctx context.Context, paths ...addr.Path) error {
	for _, path := range paths {
		_, err := sh.component(ctx, path, engine.WantKind)
		var needs *engine.NeedsError
		if err != nil && !errors.As(err, &needs) {
			return err
		}
	}
	return nil
}

// edges shows dependencies that lead to, or come from, a component.
func (sh *shell) edges(ctx context.Context, arg, nothing string, plan func(addr.Path) []addr.Path, chosen func(d dependency, path addr.Path) bool, label func(dependency) addr.Path) (answer, error) {
	path, err := sh.onePath(arg)
	if err == nil {
		err = sh.existing(ctx, path)
	}
	if err != nil {
		return answer{}, err
	}
	all, err := sh.dependencies(ctx, plan(path)...)
	if err != nil {
		return answer{}, err
	}
	found := []dependency{}
	var cells [][]string
	for _, d := range all {
		if chosen(d, path) {
			found = append(found, d)
			output := d.For.Name
			if output == "" {
				output = "-"
			}
			cells = append(cells, []string{label(d).String(), output, d.What})
		}
	}
	if len(found) == 0 {
		return answer{text: displayPath(path) + nothing, value: found}, nil
	}
	return answer{text: table(cells, sh.options.Width()), value: found}, nil
}

func deps(sh *shell, ctx context.Context, arg string) (answer, error) {
	return sh.edges(ctx, arg, " depends on nothing", func(p addr.Path) []addr.Path { return []addr.Path{p} },
		func(d dependency, path addr.Path) bool {
			return d.Path.HasPrefix(path) && !d.On.HasPrefix(path) || d.Path == path
		},
		func(d dependency) addr.Path { return d.On })
}

func rdeps(sh *shell, ctx context.Context, arg string) (answer, error) {
	return sh.edges(ctx, arg, " is not needed by anything", func(addr.Path) []addr.Path { return nil },
		func(d dependency, path addr.Path) bool {
			return d.On.HasPrefix(path) && !d.Path.HasPrefix(path) || d.On == path
		},
		func(d dependency) addr.Path { return d.Path })
}

func why(sh *shell, ctx context.Context, arg string) (answer, error) {
	paths, err := sh.paths(arg)
	switch {
	case err != nil:
		return answer{}, err
	case len(paths) != 2:
		return answer{}, usage(mustLookUp("why"))
	}
	if err := sh.existing(ctx, paths...); err != nil {
		return answer{}, err
	}
	all, err := sh.dependencies(ctx)
	if err != nil {
		return answer{}, err
	}
	chain := shortest(all, paths[0], paths[1])
	if chain == nil {
		return answer{text: fmt.Sprintf("%s does not depend on %s", displayPath(paths[0]), displayPath(paths[1])), value: []dependency{}}, nil
	}
	var lines []string
	for _, d := range chain {
		on := d.On.String()
		if d.For.Name != "" {
			on = d.For.String()
		}
		lines = append(lines, d.What+" needs "+on)
	}
	return answer{text: strings.Join(lines, "\n"), value: chain}, nil
}

func mustLookUp(name string) *command {
	c, err := lookUp(name)
	if err != nil {
		panic("repl: " + err.Error())
	}
	return c
}

// shortest is the shortest chain from one component, or what is below it, to another one; nil for none.
func shortest(all []dependency, from, to addr.Path) []dependency {
	type reached struct {
		path  addr.Path
		chain []dependency
	}
	queue := []reached{{path: from}}
	seen := map[addr.Path]bool{}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, d := range all {
			// What a composite needs, its members need.
			if !d.Path.HasPrefix(at.path) && !at.path.HasPrefix(d.Path) || seen[d.On] {
				continue
			}
			chain := append(slices.Clone(at.chain), d)
			if d.On.HasPrefix(to) {
				return chain
			}
			seen[d.On] = true
			queue = append(queue, reached{d.On, chain})
		}
	}
	return nil
}

func graphCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	all, err := sh.dependencies(ctx)
	if err != nil {
		return answer{}, err
	}
	var b strings.Builder
	dot := strings.HasSuffix(arg, ".dot")
	if dot {
		b.WriteString("digraph deployment {\n  rankdir = LR;\n")
	} else {
		b.WriteString("graph LR\n")
	}
	ids := map[addr.Path]string{}
	node := func(path addr.Path) string {
		if ids[path] == "" {
			ids[path] = fmt.Sprintf("n%d", len(ids))
			name, _ := json.Marshal(displayPath(path)) // a string
			if dot {
				fmt.Fprintf(&b, "  %s [label=%s];\n", ids[path], name)
			} else {
				fmt.Fprintf(&b, "  %s[\"%s\"]\n", ids[path], strings.ReplaceAll(displayPath(path), `"`, "#quot;"))
			}
		}
		return ids[path]
	}
	drawn := map[[2]addr.Path]bool{}
	for _, d := range all {
		edge := [2]addr.Path{d.Path, d.On}
		if drawn[edge] {
			continue
		}
		drawn[edge] = true
		from, to := node(d.Path), node(d.On)
		if dot {
			fmt.Fprintf(&b, "  %s -> %s;\n", from, to)
		} else {
			fmt.Fprintf(&b, "  %s --> %s\n", from, to)
		}
	}
	if dot {
		b.WriteString("}\n")
	}
	if arg == "" {
		return answer{text: b.String(), value: all}, nil
	}
	if !dot && !strings.HasSuffix(arg, ".mmd") {
		return answer{}, fmt.Errorf("the name of the file ends with .dot or .mmd, not as %q does", arg)
	}
	if err := os.WriteFile(sh.file(arg), []byte(b.String()), 0o666); err != nil {
		return answer{}, err
	}
	sh.note("%d dependencies are in %s", len(drawn), arg)
	return answer{}, nil
}

// file is a file name that a user gave.
func (sh *shell) file(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(sh.options.Getenv("HOME"), rest)
	}
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(sh.project.Dir, name)
}

// found is something that :find found.
type found struct {
	Name string `json:"name"`
	What string `json:"what"`
}

func find(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg == "" {
		return answer{}, usage(mustLookUp("find"))
	}
	var all []found
	var visit func(path addr.Path) error
	visit = func(path addr.Path) error {
		c, err := sh.component(ctx, path, engine.WantContents)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil
		case c.Resource != nil:
			for _, name := range c.Resource.Outputs {
				all = append(all, found{path.Child(name).String(), "output"})
			}
			return nil
		}
		for _, name := range c.Members {
			child := path.Child(name)
			all = append(all, found{child.String(), "member"})
			if err := visit(child); err != nil {
				return err
			}
		}
		return nil
	}
	if err := visit(addr.Root); err != nil {
		return answer{}, err
	}
	all = append(all, sh.optionNames(ctx)...)
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	hits := []found{}
	var cells [][]string
	for i, match := range fuzzy.Find(arg, names) {
		const most = 40
		if i == most {
			break
		}
		hits = append(hits, all[match.Index])
		cells = append(cells, []string{all[match.Index].Name, all[match.Index].What})
	}
	if len(hits) == 0 {
		return answer{text: "nothing is called like " + arg, value: hits}, nil
	}
	return answer{text: table(cells, sh.options.Width()), value: hits}, nil
}

// optionNames are the options of the resource types that there are.
func (sh *shell) optionNames(ctx context.Context) []found {
	const expr = `
let names = module: builtins.attrNames (builtins.removeAttrs (lib.evalModules { modules = [ module ]; }).options [ "_module" ]); in
builtins.concatLists (builtins.concatLists (lib.mapAttrsToList (provider: types: lib.mapAttrsToList (type: t:
  map (name: "providers.${provider}.${type} inputs.${name}") (names t.inputs)) types) providers))`
	var names []string
	client, _, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil
	}
	// A root of another library has no options that could be found.
	result, err := client.Line(ctx, worker.LineRequest{Expr: expr, Dir: sh.project.Dir, At: []string{}, As: worker.FormJSON})
	if err != nil || json.Unmarshal([]byte(result.Text), &names) != nil {
		return nil
	}
	var all []found
	for _, name := range names {
		all = append(all, found{name, "option"})
	}
	return all
}
