package repl

// This file has the commands that look at components.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/eval/worker"
)

var lookCommands = []*command{
	{name: "tree", args: "[PATH]", takes: takesPaths, group: groupLook, short: "show all components below", example: ":tree site", run: tree},
	{name: "ls", args: "[PATH]", takes: takesPaths, group: groupLook, short: "list the members", example: ":ls site.hosts", run: list},
	{name: "cd", args: "[PATH]", takes: takesPaths, group: groupLook, short: "go to a composite, whose members are in scope then",
		long: "Paths start from there. Without PATH it goes to the root; .. is the composite around, - where you were before, /PATH starts from the root.", example: ":cd site.hosts", run: changeDir},
	{name: "show", args: "PATH", takes: takesPaths, group: groupLook, short: "show a component: type, provider, inputs, outputs, state",
		long: "Only this component is evaluated. Behind an input stands where it is defined, when that can be told.", example: ":show web", run: show},
	{name: "in", args: "PATH", takes: takesPaths, group: groupLook, short: "show the inputs of a resource", example: ":in web", run: inputs},
	{name: "out", args: "PATH", takes: takesPaths, group: groupLook, short: "show the outputs of a resource, as far as they are known", example: ":out web", run: outputs},
	{name: "find", args: "TEXT", takes: takesText, group: groupLook, short: "find members, outputs and options by a part of their name", example: ":find mail", run: find},
}

// component asks for a component, looking up outputs that it depends on.
func (sh *shell) component(ctx context.Context, path addr.Path, want engine.Want) (*engine.Component, error) {
	_, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for {
		c, err := config.Component(ctx, path, want)
		var needs *engine.NeedsError
		var outputs []addr.Output
		switch {
		case errors.As(err, &needs):
			outputs = needs.Outputs
		case err != nil:
			return nil, err
		case c.Resource != nil:
			for _, unknown := range c.Resource.Inputs.Unknown {
				outputs = append(outputs, unknown.Until)
			}
		}
		var further bool
		if sh.step == nil && len(outputs) > 0 {
			var asking []worker.Output
			for _, o := range outputs {
				asking = append(asking, worker.Output{Path: o.Resource.Names(), Name: o.Name})
			}
			var lookErr error
			if further, lookErr = sh.lookUpOutputs(ctx, config, asking, asked); lookErr != nil {
				return nil, lookErr
			}
		}
		if !further {
			return c, err
		}
	}
}

// resource is component for resources only.
func (sh *shell) resource(ctx context.Context, path addr.Path) (*engine.Resource, error) {
	c, err := sh.component(ctx, path, engine.WantInputs)
	switch {
	case err != nil:
		return nil, err
	case c.Resource == nil:
		return nil, &hinted{fmt.Errorf("%s is a composite, not a resource", displayPath(path)), ":ls " + path.String()}
	}
	return c.Resource, nil
}

// memberRow is a member in a list.
type memberRow struct {
	Path    addr.Path `json:"path"`
	Kind    string    `json:"kind"` // resource, composite, unknown, error
	Type    string    `json:"type,omitempty"`
	State   string    `json:"state,omitempty"`
	Note    string    `json:"note,omitempty"`
	Members int       `json:"members,omitempty"`
	depth   int
}

// row finds out what there is to tell about a component in a list.
func (sh *shell) row(ctx context.Context, path addr.Path) (memberRow, []string, error) {
	row := memberRow{Path: path}
	c, err := sh.component(ctx, path, engine.WantContents)
	var needs *engine.NeedsError
	switch {
	case ctx.Err() != nil:
		return row, nil, ctx.Err()
	case errors.As(err, &needs):
		row.Kind, row.Note = "unknown", "needs "+needs.Outputs[0].String()
		return row, nil, nil
	case err != nil:
		first, _, _ := strings.Cut(err.Error(), "\n")
		row.Kind, row.Note = "error", first
		return row, nil, nil
	case c.Resource == nil:
		row.Kind, row.Members = "composite", len(c.Members)
		return row, c.Members, nil
	}
	row.Kind, row.Type, row.State = "resource", c.Resource.Type, "stateless"
	if c.Resource.Stateful() {
		row.State = "not created"
		entry, err := sh.recorded(ctx, c.Resource.State, path)
		if err != nil {
			row.Note = "state: " + err.Error()
		}
		if entry != nil {
			row.State = "recorded" + age(entry)
		}
	}
	return row, nil, nil
}

func age(entry *plan.Recorded) string {
	if entry.Updated.IsZero() {
		return ""
	}
	return " " + ago(time.Since(entry.Updated))
}

// ago puts a duration into one unit.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

func (r memberRow) cells(name string) []string {
	what := r.Type
	switch r.Kind {
	case "composite":
		what = fmt.Sprintf("(%d members)", r.Members)
		if r.Members == 1 {
			what = "(1 member)"
		}
	case "unknown":
		what = "«unknown»"
	case "error":
		what = "«error»"
	}
	last := r.State
	if r.Note != "" {
		last = strings.TrimSpace(last + " " + r.Note)
	}
	return []string{name, what, last}
}

func (sh *shell) rowsTable(rows []memberRow, label func(memberRow) string) string {
	var cells [][]string
	for _, row := range rows {
		cells = append(cells, row.cells(label(row)))
	}
	return table(cells, sh.options.Width())
}

// memberTable shows components that an expression gave, as many as the screen has room for.
func (sh *shell) memberTable(ctx context.Context, members []worker.MemberRow, layout worker.Layout) (string, error) {
	most := len(members)
	if layout.Depth > 0 && sh.options.Terminal != nil {
		most = min(most, max(sh.options.Height()-4, 5))
	}
	var cells [][]string
	for _, m := range members[:most] {
		row := memberRow{Kind: "composite", Members: m.Members, Note: m.Problem}
		switch {
		case m.Problem != "":
			row.Kind = "error"
		case m.Resource:
			var err error
			if row, _, err = sh.row(ctx, addr.Of(m.Path...)); err != nil {
				return "", err
			}
		}
		cells = append(cells, row.cells(m.Name))
	}
	text := table(cells, sh.options.Width())
	if more := len(members) - most; more > 0 {
		text += sh.paint(dim, fmt.Sprintf("… and %d more; :p shows them, :ls lists members", more)) + "\n"
	}
	return text, nil
}

func list(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	c, err := sh.component(ctx, path, engine.WantContents)
	switch {
	case err != nil:
		return answer{}, err
	case c.Resource != nil:
		return answer{}, &hinted{fmt.Errorf("%s is a resource and has no members", path), ":show " + path.String()}
	}
	rows := []memberRow{}
	for _, name := range c.Members {
		row, _, err := sh.row(ctx, path.Child(name))
		if err != nil {
			return answer{}, err
		}
		rows = append(rows, row)
	}
	text := sh.rowsTable(rows, func(r memberRow) string { return addr.Quote(r.Path.Name()) })
	if len(rows) == 0 {
		text = displayPath(path) + " has no members"
	}
	return answer{text: text, value: rows}, nil
}

func tree(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	if _, err := sh.component(ctx, path, engine.WantKind); err != nil {
		return answer{}, err
	}
	rows := []memberRow{}
	var visit func(path addr.Path, depth int) error
	visit = func(path addr.Path, depth int) error {
		row, members, err := sh.row(ctx, path)
		if err != nil {
			return err
		}
		row.depth = depth
		rows = append(rows, row)
		for _, name := range members {
			if err := visit(path.Child(name), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := visit(path, 0); err != nil {
		return answer{}, err
	}
	text := sh.rowsTable(rows, func(r memberRow) string {
		if r.depth == 0 {
			return displayPath(path)
		}
		return strings.Repeat("  ", r.depth) + addr.Quote(r.Path.Name())
	})
	return answer{text: text, value: rows}, nil
}

func changeDir(sh *shell, ctx context.Context, arg string) (answer, error) {
	target := addr.Root
	var err error
	switch arg {
	case "":
	case "-":
		target = sh.before
	default:
		if target, err = sh.onePath(arg); err != nil {
			return answer{}, err
		}
	}
	c, err := sh.component(ctx, target, engine.WantKind)
	switch {
	case err != nil:
		return answer{}, err
	case c.Resource != nil:
		return answer{}, &hinted{fmt.Errorf("%s is a resource and has no members", target), ":show " + target.String()}
	}
	sh.before, sh.cwd = sh.cwd, target
	return answer{value: target}, nil
}

// shown is what :show tells, as JSON.
type shown struct {
	Path     addr.Path         `json:"path"`
	Kind     string            `json:"kind"`
	Type     string            `json:"type,omitempty"`
	Provider *plan.Provider    `json:"provider,omitempty"`
	State    addr.Path         `json:"state,omitzero"`
	Members  []string          `json:"members,omitempty"`
	Inputs   plan.Object       `json:"inputs,omitempty"`
	Unknown  []plan.Unknown    `json:"unknown,omitempty"`
	Outputs  plan.Object       `json:"outputs,omitempty"`
	Recorded *plan.Recorded    `json:"recorded,omitempty"`
	Event    *recordedEvent    `json:"lastEvent,omitempty"`
	Places   map[string]string `json:"definedAt,omitempty"`
}

func show(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	c, err := sh.component(ctx, path, engine.WantInputs)
	if err != nil {
		return answer{}, err
	}
	s := &shown{Path: path, Kind: "composite", Members: c.Members, Places: map[string]string{}}
	head := [][]string{{"component", displayPath(path)}}
	if place := sh.place(ctx, path, nil); place != "" {
		s.Places[""] = place
		head = append(head, []string{"defined", place})
	}
	if c.Resource == nil {
		head = append(head, []string{"kind", "composite"}, []string{"members", strings.Join(quoteAll(c.Members), " ")})
		return answer{text: table(head, sh.options.Width()), value: s}, nil
	}
	r := c.Resource
	s.Kind, s.Type, s.Provider, s.State, s.Inputs, s.Unknown = "resource", r.Type, &r.Provider, r.State, r.Inputs.Known, r.Inputs.Unknown
	head = append(head, []string{"type", r.Type}, []string{"provider", strings.Join(append([]string{r.Provider.Executable}, r.Provider.Args...), " ")})
	switch {
	case !r.Stateful():
		head = append(head, []string{"state", "none: it is done anew by every apply"})
	default:
		if s.Recorded, err = sh.recorded(ctx, r.State, path); err != nil {
			return answer{}, err
		}
		if s.Event, err = sh.lastEvent(ctx, r.State, path); err != nil {
			return answer{}, err
		}
		head = append(head, stateRows(r, s)...)
	}
	text := table(head, sh.options.Width()) + "inputs\n" + sh.valueLines(r.Inputs, func(name string) string {
		place := sh.place(ctx, path, []string{"inputs", name})
		if place != "" && place != s.Places[""] {
			s.Places[name] = place
			return place
		}
		return ""
	})
	out, err := sh.outputsOf(ctx, path, r)
	if err != nil {
		return answer{}, err
	}
	s.Outputs = out.Known
	return answer{text: text + "outputs\n" + sh.valueLines(out, nil), value: s}, nil
}

func quoteAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = addr.Quote(name)
	}
	return quoted
}

func stateRows(r *engine.Resource, s *shown) [][]string {
	what := "kept by " + r.State.String() + ", not created yet"
	if s.Recorded != nil {
		what = "kept by " + r.State.String() + ", changed" + age(s.Recorded)
		if s.Recorded.Protected {
			what += ", protected"
		}
	}
	rows := [][]string{{"state", what}}
	if s.Event != nil {
		rows = append(rows, []string{"last event", s.Event.String()})
	}
	return rows
}

// valueLines shows the attributes of an object, one a line.
func (sh *shell) valueLines(values plan.Values, place func(name string) string) string {
	names := make([]string, 0, len(values.Known))
	for name := range values.Known {
		names = append(names, name)
	}
	for _, u := range values.Unknown {
		if len(u.At) == 0 {
			return "  «unknown: " + u.Until.String() + "»\n"
		}
		if !slices.Contains(names, u.At[0]) {
			names = append(names, u.At[0])
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "  none\n"
	}
	var b strings.Builder
	for _, name := range names {
		text := sh.jsonText(values.Known[name], unknownBelow(values.Unknown, name))
		line := "  " + addr.Quote(name) + " = "
		if !sh.settings.all {
			text = shorten(text, max(sh.columns()-width(line), 20))
		}
		b.WriteString(line + text + ";\n")
		if place != nil {
			if at := place(name); at != "" {
				b.WriteString(sh.paint(dim, "    # "+at) + "\n")
			}
		}
	}
	return b.String()
}

// unknownBelow are the unknown leaves of an attribute, seen from it.
func unknownBelow(all []plan.Unknown, name string) []plan.Unknown {
	var below []plan.Unknown
	for _, u := range all {
		if len(u.At) > 0 && u.At[0] == name {
			below = append(below, plan.Unknown{At: u.At[1:], Until: u.Until})
		}
	}
	return below
}

func inputs(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	r, err := sh.resource(ctx, path)
	if err != nil {
		return answer{}, err
	}
	return answer{text: sh.valueLines(r.Inputs, nil), value: r.Inputs}, nil
}

func outputs(sh *shell, ctx context.Context, arg string) (answer, error) {
	path, err := sh.onePath(arg)
	if err != nil {
		return answer{}, err
	}
	c, err := sh.component(ctx, path, engine.WantContents)
	switch {
	case err != nil:
		return answer{}, err
	case c.Resource == nil:
		return answer{}, &hinted{fmt.Errorf("%s is a composite, not a resource", displayPath(path)), ":ls " + path.String()}
	}
	out, err := sh.outputsOf(ctx, path, c.Resource)
	if err != nil {
		return answer{}, err
	}
	return answer{text: sh.valueLines(out, nil), value: out}, nil
}

// outputsOf are the outputs of a resource: as they are told during a run, else as they are recorded.
func (sh *shell) outputsOf(ctx context.Context, path addr.Path, r *engine.Resource) (plan.Values, error) {
	values := plan.Values{Known: plan.Object{}}
	client, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return values, err
	}
	if sh.step == nil {
		if _, err := sh.tellRecorded(ctx, config, path); err != nil {
			return values, err
		}
	}
	var steps []string
	for _, name := range path.Names() {
		steps = append(steps, nixString(name))
	}
	access := "outputs"
	if len(steps) > 0 {
		access += "." + strings.Join(steps, ".")
	}
	for _, name := range r.Outputs {
		result, err := client.Line(ctx, worker.LineRequest{Expr: access + "." + nixString(name), Dir: sh.project.Dir, At: []string{}, As: worker.FormJSON})
		switch {
		case err != nil:
			return values, err
		case len(result.Unknown) > 0:
			values.Unknown = append(values.Unknown, plan.Unknown{At: []string{name}, Until: addr.Output{Resource: path, Name: name}})
			continue
		}
		values.Known[name] = json.RawMessage(result.Text)
	}
	return values, nil
}
