package main

// This file is the verb check, which finds mistakes without touching anything.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/check"
	"nixops4/engine/plan"
	"nixops4/eval/worker"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/script"
)

const checkLong = `Evaluate everything below PATH, by default the whole root, that can be evaluated without outputs, and report all mistakes:
expressions that fail, options that do not exist, values of a wrong type, state that is to be kept by what keeps no state,
components that wait for each other, providers that are not there, scripts of operations that do not load.

Nothing is created, changed, built or recorded. What depends on an output of a resource cannot be checked before that is applied;
-v tells what that is.

The exit code is 1 when something is wrong.`

func newCheckCommand(a *app) *cobra.Command {
	var asJSON bool
	var root rootFlags
	cmd := &cobra.Command{
		Use:               "check [PATH]",
		Short:             "Find mistakes without touching anything",
		Long:              checkLong,
		GroupID:           groupDeploy,
		Args:              atMostArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completePaths(&root)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err != nil {
				return err
			}
			return runCheck(a, root, append(paths, addr.Root)[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	root.addTo(cmd.Flags())
	return cmd
}

func runCheck(a *app, root rootFlags, path addr.Path, asJSON bool) error {
	ctx := a.interrupt.asked
	s, err := a.openSession(ctx, sessionOptions{root: root, check: true, log: a.logLine})
	var evaluation *worker.Error
	if errors.As(err, &evaluation) { // the root itself is the one mistake
		result := &check.Result{Problems: []check.Problem{{Path: addr.Root, Mistake: check.Mistake{Kind: "evaluation", What: "root", Err: err}}}}
		return a.showCheck(result, asJSON)
	}
	if err != nil {
		return err
	}
	defer s.close()
	project, err := a.openProject(&runOptions{})
	if err != nil {
		return err
	}
	result, err := check.Run(ctx, s.config, path, check.Options{Executable: lookProvider, Describe: s.describe, Operation: project.lookOperation})
	if err != nil {
		return err
	}
	if path.IsRoot() {
		result.Problems = append(result.Problems, project.brokenScripts(ctx)...)
	}
	return a.showCheck(result, asJSON)
}

// lookOperation says why an operation that a component declares cannot be run, if so. It loads the script and runs nothing.
func (p *project) lookOperation(ctx context.Context, path addr.Path, name string, declared json.RawMessage) error {
	var operation script.OnComponent
	if err := json.Unmarshal(declared, &operation); err != nil {
		return fmt.Errorf("operation %s: %w", path.Child(name), err)
	}
	_, err := p.bound(ctx, operation, path, name)
	return err
}

// brokenScripts finds the project's scripts that cannot be loaded.
func (p *project) brokenScripts(ctx context.Context) []check.Problem {
	_, err := p.Operations(ctx)
	if err == nil {
		return nil
	}
	var problems []check.Problem
	for _, e := range split(err) {
		problems = append(problems, check.Problem{Path: addr.Root, Mistake: check.Mistake{Kind: "script", What: script.OperationsDir, Err: e}})
	}
	return problems
}

// lookProvider says why a provider cannot be started, if so.
func lookProvider(p plan.Provider) error {
	if name, ok := strings.CutPrefix(p.Executable, "builtin:"); ok {
		_, _, err := resolveBuiltin(name)
		return err
	}
	_, err := exec.LookPath(p.Executable)
	switch {
	case err == nil || errors.Is(err, exec.ErrDot):
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("the provider %q is not there: there is no such program in PATH", p.Executable)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the provider %q is not there: no such file", p.Executable)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the provider %q cannot be started: it is not an executable file", p.Executable)
	}
	return fmt.Errorf("the provider %q cannot be started: %w", p.Executable, err)
}

// describePatience is how long a provider has to say what it supports.
const describePatience = 10 * time.Second

// describe asks a provider which types it has. One that fails to say is treated as one that does not know the question.
func (s *session) describe(ctx context.Context, p plan.Provider) (protocol.DescribeResponse, bool) {
	ctx, cancel := context.WithTimeout(ctx, describePatience)
	defer cancel()
	response, known, err := s.providers.Provider(providers.Spec{Executable: p.Executable, Args: p.Args}, "").Describe(ctx)
	return response, known && err == nil
}

// showCheck prints what was found, and returns an error when something is wrong.
func (a *app) showCheck(r *check.Result, asJSON bool) error {
	if asJSON {
		if err := errors.Join(a.ui.json(checkDocument(r)), a.ui.flush()); err != nil {
			return err
		}
	} else {
		for _, p := range r.Problems {
			a.ui.message("error", strings.TrimPrefix(a.problemText(p), "error: "))
			for _, h := range hints(p.Err) {
				a.ui.hint(h)
			}
		}
	}
	for _, u := range r.Unknown {
		a.ui.detail("not checked: %s", u.Needs.Error())
	}
	if n := len(r.Problems); n > 0 {
		err := fmt.Errorf("%s found", countNoun(n, "mistake"))
		if asJSON {
			return &silentError{err}
		}
		return err
	}
	if !asJSON {
		a.ui.note("%s", checkSummary(r))
	}
	return nil
}

func checkSummary(r *check.Result) string {
	text := countNoun(r.Components, "component") + " checked, no mistakes found"
	if n := len(r.Unknown); n > 0 {
		text += fmt.Sprintf("; %s cannot be checked before something is applied", countNoun(n, "part"))
	}
	return text
}

func countNoun(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// problemText is the path, and other paths with the same mistake, and what is wrong.
func (a *app) problemText(p check.Problem) string {
	text := explain(p.Err, a.options.showTrace)
	if (p.Kind == "option" || p.Kind == "type") && !a.options.showTrace {
		text = p.Err.Error() // it says which option and where it is defined
	}
	var cycle *engine.CycleError
	if p.Path.IsRoot() || errors.As(p.Err, &cycle) {
		return text
	}
	where := p.Path.String()
	switch n := len(p.Also); {
	case n == 1:
		where += " and " + p.Also[0].String()
	case n > 1:
		where += fmt.Sprintf(", %s and %d more", p.Also[0], n-1)
	}
	if strings.HasPrefix(text, "\n") {
		return where + ":" + text
	}
	return where + ": " + text
}

// problemJSON is a mistake as check --json prints it.
type problemJSON struct {
	Path    string   `json:"path"`           // "" is the root
	Also    []string `json:"also,omitempty"` // other components with the same mistake
	Kind    string   `json:"kind"`           // evaluation, option, type, provider, reference, state, cycle or script
	What    string   `json:"what,omitempty"` // the part of the component, such as inputs.name
	Message string   `json:"message"`
	Hints   []string `json:"hints,omitempty"`
}

// unknownJSON is what could not be checked.
type unknownJSON struct {
	Path  string   `json:"path"`
	What  string   `json:"what"`
	Until []string `json:"until"` // outputs
}

type checkJSON struct {
	Components int           `json:"components"`
	Problems   []problemJSON `json:"problems"`
	Unknown    []unknownJSON `json:"unknown"`
}

func checkDocument(r *check.Result) checkJSON {
	document := checkJSON{Components: r.Components, Problems: []problemJSON{}, Unknown: []unknownJSON{}}
	for _, p := range r.Problems {
		item := problemJSON{Path: p.Path.String(), Kind: p.Kind, What: p.What, Message: strings.TrimSpace(p.Err.Error()), Hints: hints(p.Err)}
		for _, also := range p.Also {
			item.Also = append(item.Also, also.String())
		}
		document.Problems = append(document.Problems, item)
	}
	for _, u := range r.Unknown {
		item := unknownJSON{Path: u.Path.String(), What: u.Needs.What, Until: []string{}}
		for _, output := range u.Needs.Outputs {
			item.Until = append(item.Until, output.String())
		}
		document.Unknown = append(document.Unknown, item)
	}
	return document
}
