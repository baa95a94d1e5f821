package repl

// This file runs operations, and is the Starlark prompt.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/nixconfig"
	"nixops4/eval/worker"
	"nixops4/script"
	"nixops4/script/live"
)

// Session is what scripts share with the shell: the opened root, and the evaluator with what was bound.
type Session struct {
	Config    *nixconfig.Config
	Evaluator *worker.Client
}

// Scripts runs the operations of a root. The command makes it.
type Scripts interface {
	// Project opens the scripts, as they are now.
	Project() (*script.Project, error)
	// Deployment is what scripts work on. The caller closes it; the session stays open.
	Deployment(in Session, command string) *live.Deployment
	// Run does what nixops4 run does with the same words, and returns what it prints to standard output.
	Run(ctx context.Context, r RunRequest) (string, error)
	// Complete lists what can follow on words; files tells that it can be any file.
	Complete(ctx context.Context, in Session, words []string, partial string) (found []Choice, files bool)
}

// RunRequest is an operation to run. Without words, operations are listed.
type RunRequest struct {
	Session
	Words     []string
	JSON, Yes bool
	Ask       func(ctx context.Context, q script.Question) (string, error)
	// Agree is called before the operation begins. Its error ends everything.
	Agree func(op *script.Operation, dryRun bool) error
}

// Choice is something that may be typed.
type Choice struct{ Name, About string }

var scriptCommands = []*command{
	{name: "run", args: "[OPERATION [FLAG…]]", takes: takesOperation, group: groupOperate, short: "run an operation, as nixops4 run does; or list the operations",
		long: "Flags are those of the operation and of nixops4 run: --dry-run prints what would be done, --help tells about the operation.", example: ":run backup --keep 3 --dry-run", run: runCommand},
	{name: "star", args: "[STATEMENT]", takes: takesStarlark, group: groupOperate, short: "go over to Starlark, with ctx as operations have it; or do one statement",
		long: "Names are kept. What the shell has bound is in ctx.nix(…). A block, such as def, ends with an empty line. Commands stay; :nix returns.", example: `:star ctx.resource("web").outputs`, run: starCommand},
	{name: "nix", args: "[EXPR]", takes: takesNix, group: groupOperate, short: "return to Nix; or evaluate one expression", example: ":nix", run: nixCommand},
}

// shellWords splits as a shell does: at blanks, with both kinds of quotes and with backslashes.
func shellWords(text string) ([]string, error) {
	var all []string
	var word strings.Builder
	inWord := false
	var quote rune
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				all = append(all, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("a quote is not closed: %c", quote)
	case inWord:
		all = append(all, word.String())
	}
	return all, nil
}

// errDeclined is what somebody has not agreed to; that was told.
var errDeclined = errors.New("declined")

func runCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	given, err := shellWords(arg)
	if err != nil {
		return answer{}, err
	}
	if sh.step != nil {
		return answer{}, errBusy
	}
	client, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return answer{}, err
	}
	ran := false
	text, err := sh.project.Scripts.Run(ctx, RunRequest{
		Session: Session{config, client}, Words: given, JSON: sh.options.JSON, Yes: sh.options.Yes, Ask: sh.askScript,
		Agree: func(op *script.Operation, dryRun bool) error {
			if dryRun {
				return nil
			}
			err := sh.agreeToRun(op)
			ran = err == nil
			return err
		},
	})
	if ran {
		err = errors.Join(err, sh.acted(context.WithoutCancel(ctx)))
	}
	if errors.Is(err, errDeclined) {
		return answer{}, nil
	}
	if err == nil && ran {
		sh.did(act{byHand: "nixops4 run " + arg})
	}
	a := answer{text: text}
	if sh.options.JSON && json.Valid([]byte(text)) {
		a.value = json.RawMessage(text)
	}
	return a, err
}

func (sh *shell) agreeToRun(op *script.Operation) error {
	if sh.options.ReadOnly {
		return &hinted{fmt.Errorf("%s may change something, and this session is read-only", op.Name), "see what it would do: :run " + op.Name + " --dry-run"}
	}
	if !op.Writes && sh.options.Terminal != nil {
		return nil // it was asked for by name, and does not act on the deployment
	}
	agreed, err := sh.confirm(fmt.Sprintf("run %s? it may act on the deployment", op.Name))
	if err == nil && !agreed {
		err = errDeclined
	}
	return err
}

// askScript puts a question of a script to the user.
func (sh *shell) askScript(_ context.Context, q script.Question) (string, error) {
	switch {
	case sh.options.Terminal == nil:
		return "", script.ErrNobody
	case q.Secret:
		return sh.options.Terminal.askSecret(q.Text + ": ")
	case q.YesNo:
		return sh.options.Terminal.ask(q.Text + " [y/N] ")
	}
	return sh.options.Terminal.ask(q.Text + ": ")
}

// shellDeployment is the deployment as statements see it: what changes it goes the way of the shell's own commands, which show, ask and record.
type shellDeployment struct {
	*live.Deployment
	sh *shell
}

// starPrompt is made when somebody needs it.
func (sh *shell) starPrompt() (*script.Prompt, error) {
	if sh.star != nil {
		return sh.star, nil
	}
	p, err := sh.project.Scripts.Project()
	if err != nil {
		return nil, err
	}
	sh.star = script.NewPrompt(p, script.Options{
		World: &script.System{Dir: p.Dir, AskFn: sh.askScript}, Yes: sh.options.Yes, Mask: sh.project.Secrets,
		Log: func(level, text string) {
			if level != "debug" {
				sh.note("%s", text)
			}
		},
	})
	return sh.star, nil
}

// closeStar runs what statements have deferred.
func (sh *shell) closeStar(ctx context.Context) error {
	if sh.star == nil {
		return nil
	}
	star := sh.star
	sh.star = nil
	return star.Close(ctx)
}

func starCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg != "" {
		return sh.starlark(ctx, arg)
	}
	if _, err := sh.starPrompt(); err != nil {
		return answer{}, err
	}
	if !sh.inStar && sh.options.Terminal != nil {
		sh.note("Starlark, with ctx as operations have it; :nix returns")
	}
	sh.inStar = true
	return answer{}, nil
}

func nixCommand(sh *shell, ctx context.Context, arg string) (answer, error) {
	if arg != "" {
		return sh.evaluate(ctx, arg, sh.settings.layout(sh), true)
	}
	sh.inStar = false
	return answer{}, nil
}

// starlark carries out a statement in Starlark.
func (sh *shell) starlark(ctx context.Context, text string) (answer, error) {
	star, err := sh.starPrompt()
	if err != nil {
		return answer{}, err
	}
	client, config, err := sh.evaluator.ready(ctx)
	if err != nil {
		return answer{}, err
	}
	// Without somebody who agrees, effects are told and then refused.
	refused := sh.options.ReadOnly || sh.options.Terminal == nil && !sh.options.Yes
	d := &shellDeployment{sh.project.Scripts.Deployment(Session{config, client}, "repl"), sh}
	defer func() { _ = d.Close() }() // nothing is left in it
	star.SetDeployment(d, refused)
	if sh.step != nil { // asking states would mix their outputs with those of the run
		d.Deployment = live.New(func(context.Context) (*live.Session, error) { return nil, errBusy })
	}
	typed, err := star.Eval(ctx, text)
	if err != nil && ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	if err == nil && refused && len(typed.Effects) > 0 {
		err = &hinted{errors.New("this changes something, and nobody can be asked"), "to allow it: nixops4 repl --yes"}
		if sh.options.ReadOnly {
			err = &hinted{errors.New("this would change something, and this session is read-only"), "start it without --read-only"}
		}
	}
	if err != nil {
		return answer{}, err
	}
	if typed.Value == nil || len(typed.Effects) > 0 {
		sh.did(act{script: text})
	}
	return sh.starAnswer(star, typed)
}

func (sh *shell) starAnswer(star *script.Prompt, typed *script.Typed) (answer, error) {
	if typed.Value == nil || typed.Value.Type() == "NoneType" {
		return answer{}, nil
	}
	a := answer{text: star.Text(typed.Value, sh.columns())}
	if sh.options.JSON {
		value, err := star.JSON(typed.Value)
		if err != nil {
			return answer{}, err
		}
		a.value = json.RawMessage(value)
	}
	return a, nil
}

// Apply shows, asks and applies, as :apply does.
func (d *shellDeployment) Apply(ctx context.Context, paths, replace []addr.Path) ([]script.Change, error) {
	return d.change(ctx, pending{options: engine.Options{Paths: paths, Replace: replace}}, "carry this out?")
}

// Destroy shows, asks and destroys, as :destroy does.
func (d *shellDeployment) Destroy(ctx context.Context, paths []addr.Path) ([]script.Change, error) {
	return d.change(ctx, pending{options: engine.Options{Paths: paths}, destroy: true}, "destroy these?")
}

func (d *shellDeployment) change(ctx context.Context, p pending, question string) ([]script.Change, error) {
	if err := d.Deployment.Close(); err != nil {
		return nil, err
	}
	made, err := d.sh.carryOutPlan(ctx, p, question)
	d.renew()
	if err == nil && made == nil {
		err = errors.New("it was not agreed to")
	}
	if err != nil {
		return nil, err
	}
	var list []script.Change
	for _, item := range made.Items {
		list = append(list, script.Change{Path: item.Path, Action: string(item.Action)})
	}
	return list, nil
}

// renew opens the deployment again, since its states have changed.
func (d *shellDeployment) renew() {
	client, config, err := d.sh.evaluator.ready(context.Background())
	if err == nil {
		d.Deployment = d.sh.project.Scripts.Deployment(Session{config, client}, "repl")
	}
}

// Read asks, and records what providers say.
func (d *shellDeployment) Read(ctx context.Context, paths []addr.Path) ([]script.Change, error) {
	if err := d.agree("record what is really there?"); err != nil {
		return nil, err
	}
	changes, err := d.Deployment.Read(ctx, paths)
	return changes, errors.Join(err, d.sh.acted(context.WithoutCancel(ctx)))
}

// Call asks, and calls a method of a resource's provider.
func (d *shellDeployment) Call(ctx context.Context, path addr.Path, method string, args map[string]json.RawMessage) (json.RawMessage, error) {
	if err := d.agree(fmt.Sprintf("call %s of %s?", method, path)); err != nil {
		return nil, err
	}
	result, err := d.Deployment.Call(ctx, path, method, args)
	return result, errors.Join(err, d.sh.acted(context.WithoutCancel(ctx)))
}

func (d *shellDeployment) agree(question string) error {
	if d.sh.step != nil {
		return errBusy
	}
	agreed, err := d.sh.confirm(question)
	if err == nil && !agreed {
		err = errors.New("it was not agreed to")
	}
	return err
}
