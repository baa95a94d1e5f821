package script

// This file defines operations and the function that declares them.

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"nixops4/engine/addr"
)

// Operation is what a script declares with operation(…). It is also a Starlark value.
type Operation struct {
	Name    string
	Doc     string
	Params  []*Param
	Needs   []addr.Path   // resources without whose outputs it cannot begin
	Writes  bool          // it may act on the deployment, and holds the locks of its states
	Env     []string      // variables of the environment that ctx.env may read
	Timeout time.Duration // of the whole; 0: as the command says
	File    string        // the script, relative to the project when it is in it; "" for methods
	Line    int           // 0 for methods
	Locks   []addr.Path   // resources whose states are locked when it writes, instead of those it needs

	run       starlark.Callable
	component addr.Path // that declares it; the root when none does
	fixed     Args      // values of parameters that are not in Params
	all       []*Param  // Params and those with fixed values; nil: Params
}

// String returns the declaration in brief.
func (o *Operation) String() string { return fmt.Sprintf("operation(%q)", o.Name) }

// Type returns "operation".
func (o *Operation) Type() string { return "operation" }

// Freeze freezes the function.
func (o *Operation) Freeze() { o.run.Freeze() }

// Truth returns true.
func (o *Operation) Truth() starlark.Bool { return true }

// Hash returns an error.
func (o *Operation) Hash() (uint32, error) { return 0, errors.New("unhashable type: operation") }

// Summary returns the first sentence of the documentation.
func (o *Operation) Summary() string {
	first, _, _ := strings.Cut(strings.TrimSpace(o.Doc), "\n")
	return first
}

var operationName = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)
var paramName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// reservedFlags are those of the command run; a parameter cannot have their names.
var reservedFlags = []string{
	"api", "arg", "argstr", "color", "dry-run", "file", "help", "include", "interactive", "json", "list", "no-interactive", "script",
	"show-trace", "timeout", "verbose", "yes",
}

// operationBuiltin is the function operation of scripts. Each declaration is added to *found.
func operationBuiltin(found *[]*Operation) *starlark.Builtin {
	return starlark.NewBuiltin("operation", func(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		o := &Operation{}
		var params *starlark.Dict
		var needs, env *starlark.List
		var timeout starlark.Value
		err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &o.Name, "run", &o.run, "doc?", &o.Doc, "params?", &params,
			"needs?", &needs, "writes?", &o.Writes, "env?", &env, "timeout?", &timeout)
		if err != nil {
			return nil, err
		}
		if err := o.complete(params, needs, env, timeout); err != nil {
			return nil, fmt.Errorf("operation %q: %w", o.Name, err)
		}
		pos := thread.CallFrame(1).Pos
		o.File, o.Line = pos.Filename(), int(pos.Line)
		for _, other := range *found {
			if other.Name == o.Name {
				return nil, fmt.Errorf("operation %q is declared already, at %s:%d", o.Name, other.File, other.Line)
			}
		}
		*found = append(*found, o)
		return o, nil
	})
}

func (o *Operation) complete(params *starlark.Dict, needs, env *starlark.List, timeout starlark.Value) error {
	if !operationName.MatchString(o.Name) {
		return errors.New("a name consists of lower case letters, digits and hyphens, such as rotate-keys")
	}
	if timeout != nil && timeout != starlark.None {
		d, err := durationOf(timeout)
		if err != nil || d <= 0 {
			return errors.Join(errors.New("timeout: want a duration above zero"), err)
		}
		o.Timeout = d
	}
	if params != nil {
		for _, item := range params.Items() {
			if err := o.addParam(item[0], item[1]); err != nil {
				return err
			}
		}
	}
	if needs != nil {
		for v := range needs.Elements() {
			text, _ := starlark.AsString(v)
			path, err := addr.Parse(text)
			if err != nil {
				return fmt.Errorf("needs: %w", err)
			}
			o.Needs = append(o.Needs, path)
		}
	}
	if env != nil {
		for v := range env.Elements() {
			text, ok := starlark.AsString(v)
			if !ok || text == "" {
				return fmt.Errorf("env: want names of variables, got %s", v)
			}
			o.Env = append(o.Env, text)
		}
	}
	return o.checkSignature()
}

func (o *Operation) addParam(key, value starlark.Value) error {
	name, _ := starlark.AsString(key)
	declared, ok := value.(*Param)
	if !ok {
		return fmt.Errorf("parameter %s: want param.string(…), param.int(…) and so on, got %s", key, value.Type())
	}
	if !paramName.MatchString(name) {
		return fmt.Errorf("parameter %s: a name consists of lower case letters, digits and _", key)
	}
	p := *declared
	p.Name = name
	if slices.Contains(reservedFlags, p.Flag()) {
		return fmt.Errorf("parameter %q: the command run has a flag --%s already", name, p.Flag())
	}
	o.Params = append(o.Params, &p)
	return nil
}

// checkSignature compares the function's parameters with the declared ones, so that a mistake is found before the operation runs.
func (o *Operation) checkSignature() error {
	fn, ok := o.run.(*starlark.Function)
	if !ok {
		return nil
	}
	if fn.NumParams() == 0 {
		return fmt.Errorf("%s takes no parameters; it has to take ctx, and then the operation's", fn.Name())
	}
	var takes []string
	for i := 1; i < fn.NumParams(); i++ {
		name, _ := fn.Param(i)
		takes = append(takes, name)
	}
	for _, p := range o.Params {
		if !slices.Contains(takes, p.Name) && !fn.HasKwargs() {
			return fmt.Errorf("%s does not take the parameter %s", fn.Name(), p.Name)
		}
	}
	plain := fn.NumParams()
	if fn.HasKwargs() {
		plain--
	}
	if fn.HasVarargs() {
		plain--
	}
	for i := 1; i < plain; i++ {
		name, _ := fn.Param(i)
		declared := slices.ContainsFunc(o.Params, func(p *Param) bool { return p.Name == name })
		if !declared && fn.ParamDefault(i) == nil {
			return fmt.Errorf("%s takes %s, which is not in params", fn.Name(), name)
		}
	}
	return nil
}
