package script

// This file holds the functions that ask the user or the environment, and those that tell.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"nixops4/internal/spell"
)

func envFunctions() []Function {
	return []Function{
		{"env", `name, default = None, secret = False`, `A variable of the environment, which the operation must list in env. An error when it is not set and there is no default.`, false, envFunction},
		{"secret", `text`, `A secret with the text of a string. It is taken out of all that is printed from now on.`, false, secretFunction},
	}
}

func askFunctions() []Function {
	return []Function{
		{"confirm", `question, default = None`, `Ask a question that is answered with yes or no; no is an error that ends the operation. --yes answers it, and a dry run does not ask. Where nobody can answer, default, True
or False, is the answer; without it that is an error.`, false, confirmFunction},
		{"prompt", `question, default = None, secret = False`, `Ask for a text. secret = True does not show it while it is typed, and returns a secret. Where nobody can answer, and in a dry run, the default is returned; without it that is an error.`, false, promptFunction},
	}
}

func logFunctions() []Function {
	var all []Function
	for _, level := range []string{"debug", "info", "warn", "error"} {
		doc := "Tell the user something: words as print does, and then name=value for each field."
		if level == "debug" {
			doc = "Tell something that only --verbose shows."
		}
		all = append(all, Function{"log." + level, "*words, **fields", doc, false, func(c *call) (starlark.Value, error) { return c.tell(level) }})
	}
	return append(all, Function{"progress", `done, total, what = ""`, "Tell how far the operation is: 3/10 hosts.", false, progressFunction})
}

func envFunction(c *call) (starlark.Value, error) {
	var name string
	var fallback starlark.Value
	secret := false
	if err := c.unpack("name", &name, "default?", &fallback, "secret?", &secret); err != nil {
		return nil, err
	}
	if op := c.run.op; op != nil && !slices.Contains(op.Env, name) {
		return nil, fmt.Errorf("the operation may not read the variable %s%s: add env = [%q] to its declaration at %s:%d", name, comma(spell.Hint(name, op.Env)), name, op.File, op.Line)
	}
	value, ok := c.run.world.Getenv(name)
	switch {
	case !ok && fallback != nil:
		return fallback, nil
	case !ok:
		return nil, fmt.Errorf("the environment has no variable %s", name)
	case secret:
		c.run.mask.Add(value)
		return Secret{value}, nil
	}
	return starlark.String(value), nil
}

func secretFunction(c *call) (starlark.Value, error) {
	var v starlark.Value
	if err := c.unpack("text", &v); err != nil {
		return nil, err
	}
	text, ok := textOf(v)
	if !ok {
		return nil, fmt.Errorf("text: want a string, got %s", v.Type())
	}
	c.run.mask.Add(text)
	return Secret{text}, nil
}

func confirmFunction(c *call) (starlark.Value, error) {
	var question string
	var fallback starlark.Value
	if err := c.unpack("question", &question, "default?", &fallback); err != nil {
		return nil, err
	}
	question = c.run.mask.Hide(question)
	if c.run.options.Yes || c.run.options.DryRun {
		return starlark.True, nil
	}
	answer, err := c.run.world.Ask(c.ctx, Question{Text: question, YesNo: true})
	switch {
	case errors.Is(err, ErrNobody) && fallback != nil && fallback != starlark.None:
		answer = map[bool]string{true: "yes", false: "no"}[bool(fallback.Truth())]
	case errors.Is(err, ErrNobody):
		return nil, &nobodyError{question, "answer it with --yes, or run the command on a terminal"}
	case err != nil:
		return nil, err
	}
	if !slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer))) {
		return nil, fmt.Errorf("%q was not confirmed", question)
	}
	return starlark.True, nil
}

// nobodyError is a question that nobody can answer.
type nobodyError struct{ question, hint string }

func (e *nobodyError) Error() string { return fmt.Sprintf("nobody can answer %q", e.question) }
func (e *nobodyError) Hint() string  { return e.hint }

func promptFunction(c *call) (starlark.Value, error) {
	var question string
	var fallback starlark.Value
	secret := false
	if err := c.unpack("question", &question, "default?", &fallback, "secret?", &secret); err != nil {
		return nil, err
	}
	question = c.run.mask.Hide(question)
	answer, err := "", ErrNobody
	if !c.run.options.DryRun {
		answer, err = c.run.world.Ask(c.ctx, Question{Text: question, Secret: secret})
	}
	switch {
	case errors.Is(err, ErrNobody) && fallback != nil:
		return fallback, nil
	case errors.Is(err, ErrNobody):
		return nil, &nobodyError{question, "run the command on a terminal, or give the operation a parameter for it"}
	case err != nil:
		return nil, err
	case answer == "" && fallback != nil:
		return fallback, nil
	case secret:
		c.run.mask.Add(answer)
		return Secret{answer}, nil
	}
	return starlark.String(answer), nil
}

// tell logs words and fields.
func (c *call) tell(level string) (starlark.Value, error) {
	g := guard{c.run.limits}
	if err := g.printable(c.args); err != nil {
		return nil, err
	}
	text := words(c.args)
	for _, kv := range c.kwargs {
		if err := g.printable(kv[1]); err != nil {
			return nil, err
		}
		value := kv[1].String()
		if s, ok := starlark.AsString(kv[1]); ok && !strings.ContainsAny(s, " \n\"=") && s != "" {
			value = s
		}
		text += " " + string(kv[0].(starlark.String)) + "=" + value
	}
	c.run.log(level, strings.TrimSpace(text))
	return starlark.None, nil
}

func progressFunction(c *call) (starlark.Value, error) {
	var done, total int
	what := ""
	if err := c.unpack("done", &done, "total", &total, "what?", &what); err != nil {
		return nil, err
	}
	c.run.log("progress", strings.TrimSpace(fmt.Sprintf("%d/%d %s", done, total, what)))
	return starlark.None, nil
}

// effectList is ctx.effects in tests: what was done, in order.
func (r *run) effectList() starlark.Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]starlark.Value, len(r.effects))
	for i, e := range r.effects {
		list[i] = append(starlark.Tuple{starlark.String(e.Kind)}, e.Detail...)
	}
	return starlark.NewList(list)
}
