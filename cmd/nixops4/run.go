package main

// This file is the verb run, which runs operations.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"nixops4/internal/spell"
	"nixops4/script"
)

const runLong = `Run an operation: a script in Starlark that reads what the resources of a deployment are, and acts on them or on the world.

Operations are declared by the files operations/*.star beside the root, or by the one that --script names. Each has flags of its own, which
"nixops4 run OPERATION --help" lists. Outputs of resources come from states; nothing is applied unless the script says so.

What the operation returns is printed to stdout. Every run is recorded in the states; see "nixops4 state events".

Ctrl-C stops the script and the programs that it runs, and then what it has deferred is done.`

type runOptions struct {
	root        rootFlags
	before      *runBefore
	list        bool
	api         bool
	json        bool
	dryRun      bool
	yes         bool
	help        bool
	script      string
	timeout     time.Duration
	lockTimeout time.Duration
	// ask puts a script's questions to the user.
	ask func(ctx context.Context, q script.Question) (string, error)
}

// runBefore is what the flags before the operation say.
type runBefore struct {
	run    runOptions
	global globalOptions
}

func newRunCommand(a *app) *cobra.Command { return a.runCommand(&runOptions{}) }

// runCommand is the command whose flags set o.
func (a *app) runCommand(o *runOptions) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "run OPERATION [FLAG…]",
		Short:   "Run an operation on a deployment",
		Long:    runLong,
		GroupID: groupDeploy,
		// Flags depend on the operation, which has to be found first.
		DisableFlagParsing: true,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&o.list, "list", false, "list the operations")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print what would be done, and do none of it")
	flags.BoolVar(&o.json, "json", false, "print the result, or the list, as JSON")
	flags.BoolVarP(&o.yes, "yes", "y", false, "answer the script's questions with yes")
	flags.DurationVar(&o.timeout, "timeout", 0, "stop the operation after `DURATION`")
	flags.StringVar(&o.script, "script", "", "take operations from the script in `FILE`")
	flags.BoolVar(&o.api, "api", false, "print what scripts can do")
	addWaitFlag(flags, &o.lockTimeout)
	o.root.addTo(flags)
	o.ask = a.askScript
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.runVerb(cmd, o, args) }
	cmd.ValidArgsFunction = a.completeRun(o)
	return cmd
}

// runFlags returns the flags of the command, those of every command included, for parsing by ourselves.
func runFlags(cmd *cobra.Command, o *runOptions) *pflag.FlagSet {
	flags := pflag.NewFlagSet(cmd.Name(), pflag.ContinueOnError)
	flags.SortFlags = false
	flags.AddFlagSet(cmd.Flags())
	flags.AddFlagSet(cmd.InheritedFlags())
	if flags.Lookup("help") == nil {
		flags.BoolVarP(&o.help, "help", "h", false, "help for run")
	} else {
		flags.Lookup("help").Value = newBoolValue(&o.help)
	}
	return flags
}

func newBoolValue(to *bool) pflag.Value {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.BoolVar(to, "x", false, "")
	return fs.Lookup("x").Value
}

func (a *app) runVerb(cmd *cobra.Command, o *runOptions, args []string) error {
	flags := runFlags(cmd, o)
	flags.SetInterspersed(false)
	if err := flags.Parse(args); err != nil {
		return flagError(cmd, err)
	}
	if err := a.useParsed(cmd); err != nil {
		return err
	}
	rest := flags.Args()
	switch {
	case o.api:
		fmt.Fprint(a.ui.stdout, script.API())
		return nil
	case len(rest) == 0 && o.help:
		return cmd.Help()
	case len(rest) == 0 && !o.list:
		return usagef(cmd, "no operation given; nixops4 run --list shows those there are")
	}
	name := ""
	if len(rest) > 0 {
		name = rest[0]
	}
	// Flags such as --file may stand behind the operation, and decide where it is.
	if err := a.scanFlags(cmd, o, rest); err != nil {
		return err
	}
	p, err := a.openProject(o)
	if err != nil {
		return err
	}
	if o.list {
		return a.listOperations(p, o)
	}
	d := a.newDeployment(p, o, name)
	op, err := a.findOperation(a.interrupt.asked, cmd, p, d, o, rest)
	if err != nil {
		return errors.Join(err, d.close())
	}
	given, err := a.operationArgs(cmd, o, op, rest[1:], p)
	if err != nil || o.help {
		return errors.Join(err, d.close())
	}
	a.interrupt.onSignal(func(nth int) {
		a.ui.note("%s", []string{"interrupted: letting what was deferred run", "interrupted again: stopping that, too"}[nth-1])
	})
	return a.runOperation(a.interrupt.asked, p, d, o, op, given)
}

// useParsed puts the flags of every command into effect, which cobra does for commands that it parses.
func (a *app) useParsed(cmd *cobra.Command) error {
	a.ui.use(a.options)
	if a.options.interactive && a.options.noInteractive {
		return usagef(cmd, "--interactive and --no-interactive contradict each other")
	}
	return nil
}

// scanFlags reads the flags behind the operation that are not the operation's.
func (a *app) scanFlags(cmd *cobra.Command, o *runOptions, rest []string) error {
	if len(rest) < 2 {
		return nil
	}
	flags := runFlags(cmd, o)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	o.before = &runBefore{*o, a.options}
	if err := flags.Parse(rest[1:]); err != nil {
		return nil // it is read again with the operation's flags, and told then
	}
	return a.useParsed(cmd)
}

// project is where operations come from.
type project struct {
	*script.Project
	root string // the root's file; "" when there is none
	only string // --script
}

// openProject finds the folder of the root. Without a root the project is the current folder, and operations have no deployment.
func (a *app) openProject(o *runOptions) (*project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the current directory: %w", err)
	}
	p := &project{}
	file, err := findRoot(a.options.file, dir)
	if err == nil {
		p.root = file
		dir = filepath.Dir(file)
	} else if a.options.file != "" {
		return nil, err
	}
	if o.script != "" {
		if p.only, err = filepath.Abs(o.script); err != nil {
			return nil, err
		}
	}
	p.Project, err = script.NewProject(dir, script.Limits{}, func(text string) { a.ui.note("%s", text) })
	return p, err
}

// operations returns all operations.
func (p *project) operations(ctx context.Context) ([]*script.Operation, error) {
	if p.only != "" {
		return p.Load(ctx, p.only)
	}
	return p.Operations(ctx)
}

// find returns the operation with a name.
func (p *project) find(ctx context.Context, name string) (*script.Operation, error) {
	all, err := p.operations(ctx)
	var names []string
	for _, op := range all {
		if op.Name == name {
			return op, nil // another script that is broken does not matter
		}
		names = append(names, op.Name)
	}
	if err != nil {
		return nil, err
	}
	if p.only != "" && len(all) == 0 {
		return nil, fmt.Errorf("%s declares no operation", p.only)
	}
	err = fmt.Errorf("there is no operation %q", name)
	switch hint := spell.Hint(name, names); {
	case hint != "":
		return nil, withHint(err, hint)
	case len(names) == 0:
		return nil, withHint(err, fmt.Sprintf("there are none: %s has no *.star; name a script with --script FILE", filepath.Join(p.Dir, script.OperationsDir)))
	}
	return nil, withHint(err, "there are: "+strings.Join(names, ", "))
}

// listedOperation is the JSON form of an operation.
type listedOperation struct {
	Name   string        `json:"name"`
	Doc    string        `json:"doc"`
	File   string        `json:"file"`
	Line   int           `json:"line"`
	Writes bool          `json:"writes"`
	Needs  []string      `json:"needs"`
	Params []listedParam `json:"params"`
}

type listedParam struct {
	Name     string   `json:"name"`
	Flag     string   `json:"flag"`
	Kind     string   `json:"kind"`
	Doc      string   `json:"doc"`
	Required bool     `json:"required"`
	Default  *string  `json:"default,omitempty"`
	Values   []string `json:"values,omitempty"`
}

func (a *app) listOperations(p *project, o *runOptions) error {
	return a.printOperations(a.interrupt.asked, p, a.newDeployment(p, o, "--list"), o)
}

// printOperations prints which operations there are. d is closed.
func (a *app) printOperations(ctx context.Context, p *project, d *liveDeployment, o *runOptions) error {
	all, err := p.operations(ctx)
	if p.only == "" && p.root != "" {
		declared, declaredErr := a.declaredOperations(ctx, p, d)
		for _, op := range declared {
			if i := slices.IndexFunc(all, func(other *script.Operation) bool { return other.Name == op.Name }); i >= 0 {
				a.ui.note("warning: %s is what %s:%d declares, not what the root does under the same name", op.Name, all[i].File, all[i].Line)
			}
		}
		all, err = append(all, declared...), errors.Join(err, declaredErr)
	}
	if o.json {
		list := []listedOperation{}
		for _, op := range all {
			list = append(list, listed(op))
		}
		return errors.Join(a.ui.json(list), err)
	}
	table := tabwriter.NewWriter(a.ui.stdout, 0, 0, 2, ' ', 0)
	for _, op := range all {
		fmt.Fprintf(table, "%s\t%s\n", op.Name, op.Summary())
	}
	_ = table.Flush() // the buffer it writes to keeps errors until it is flushed itself
	if err == nil && len(all) == 0 {
		a.ui.note("there are no operations in %s", filepath.Join(p.Dir, script.OperationsDir))
	}
	return err
}

func listed(op *script.Operation) listedOperation {
	l := listedOperation{Name: op.Name, Doc: op.Doc, File: op.File, Line: op.Line, Writes: op.Writes, Needs: []string{}, Params: []listedParam{}}
	for _, path := range op.Needs {
		l.Needs = append(l.Needs, path.String())
	}
	for _, param := range op.Params {
		entry := listedParam{Name: param.Name, Flag: param.Flag(), Kind: param.Kind, Doc: param.Doc, Required: param.Default == nil, Values: param.Values}
		if text := param.DefaultText(); text != "" {
			entry.Default = &text
		}
		l.Params = append(l.Params, entry)
	}
	return l
}

// runOperation runs an operation and prints what it returns.
func (a *app) runOperation(ctx context.Context, p *project, d *liveDeployment, o *runOptions, op *script.Operation, args script.Args) error {
	mask := a.ui.secrets
	log := a.scriptLog()
	options := script.Options{
		World: &script.System{Dir: p.Dir, AskFn: o.ask}, DryRun: o.dryRun, Yes: o.yes, Timeout: o.timeout, Mask: mask, Log: log, CleanUp: a.interrupt.forced,
	}
	if d != nil {
		options.Deployment = d
	}
	err := d.lock(ctx, op, o.dryRun)
	if err == nil {
		var result *script.Result
		result, err = script.Run(ctx, p.Project, op, args, options)
		done := err == nil
		err = errors.Join(err, d.record(op, result, err, mask, o.dryRun))
		if done { // also when that could not be recorded
			err = errors.Join(err, a.printResult(o, result, mask))
		}
	}
	err = errors.Join(err, d.close())
	if err != nil && ctx.Err() != nil {
		return &stoppedError{err}
	}
	return err
}

// stoppedError is an error of an operation that was interrupted.
type stoppedError struct{ err error }

func (e *stoppedError) Error() string        { return e.err.Error() }
func (e *stoppedError) Unwrap() error        { return e.err }
func (e *stoppedError) Is(target error) bool { return target == errInterrupted }

func (a *app) printResult(o *runOptions, result *script.Result, mask *script.Mask) error {
	if o.json {
		text, err := result.JSON(mask)
		if err != nil {
			return err
		}
		return a.ui.json(json.RawMessage(text))
	}
	if text := result.Text(mask); text != "" {
		fmt.Fprintln(a.ui.stdout, strings.TrimSuffix(text, "\n"))
	}
	return nil
}

// progressPause is how long nothing is said about progress after something was. Its end is always told.
const progressPause = 200 * time.Millisecond

// scriptLog shows what scripts tell.
func (a *app) scriptLog() func(level, text string) {
	var mu sync.Mutex // guards told
	var told time.Time
	return func(level, text string) {
		switch level {
		case "progress":
			counts, _, _ := strings.Cut(text, " ")
			done, total, _ := strings.Cut(counts, "/")
			mu.Lock()
			show := done == total || time.Since(told) >= progressPause
			if show {
				told = time.Now()
			}
			mu.Unlock()
			if show {
				a.ui.note("%s", text)
			}
		case "debug":
			a.ui.detail("%s", text)
		case "warn":
			a.ui.message("warning", text)
		case "error":
			a.ui.message("error", text)
		case "dry":
			a.ui.note("dry run: %s", text)
		case "stderr":
			a.ui.line(text)
		default:
			a.ui.note("%s", text)
		}
	}
}
