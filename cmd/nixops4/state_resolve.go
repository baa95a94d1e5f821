package main

// This file settles operations of which it is not known what became of them.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

const stateResolveLong = `Say what became of an operation on the resource at PATH that was interrupted: nixops4, its machine or the provider ended before the
outcome was recorded. Look at the object first.

  --adopt   the operation was done: record the object as it is. What is there is read through the provider, or looked up by --id, or
            its outputs are given with --outputs. After an interrupted destroy: the object still exists, so keep its record.
  --retry   the operation was not done: leave the record as it was, so that the next apply does it again. What an interrupted
            replacement left of the old object is destroyed now.
  --forget  the object is of no concern any more: remove its record, and leave it where it is.`

type resolveOptions struct {
	flags                stateFlags
	adopt, retry, forget bool
	id, outputs          string
}

func newStateResolveCommand(a *app) *cobra.Command {
	var o resolveOptions
	cmd := &cobra.Command{
		Use:               "resolve PATH",
		Short:             "Settle an interrupted operation",
		Long:              stateResolveLong,
		Args:              exactArgs(1, "PATH"),
		ValidArgsFunction: firstArg(a.completeRecorded(&o.flags)),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, err := parsePaths(cmd, args)
			if err == nil {
				err = o.check(cmd)
			}
			if err != nil {
				return err
			}
			return withPlaces(a, &o.flags, func(cmd *cobra.Command, p *places, _ []string) error {
				return p.resolve(a, cmd, &o, paths[0])
			})(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&o.adopt, "adopt", false, "the object exists: record it as it is")
	flags.BoolVar(&o.retry, "retry", false, "the operation was not done: let the next apply do it again")
	flags.BoolVar(&o.forget, "forget", false, "remove the record and leave the object where it is")
	flags.StringVar(&o.id, "id", "", "with --adopt: the `ID` that the provider imports the object by")
	flags.StringVar(&o.outputs, "outputs", "", "with --adopt: the outputs as `JSON`, or @FILE, when the provider cannot read them")
	o.flags.addTo(a, cmd, true)
	return cmd
}

func (o *resolveOptions) check(cmd *cobra.Command) error {
	n := 0
	for _, set := range []bool{o.adopt, o.retry, o.forget} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return usagef(cmd, "give one of --adopt, --retry and --forget")
	case !o.adopt && (o.id != "" || o.outputs != ""):
		return usagef(cmd, "--id and --outputs go with --adopt only")
	case o.id != "" && o.outputs != "":
		return usagef(cmd, "give either --id or --outputs")
	}
	return nil
}

func (p *places) resolve(a *app, cmd *cobra.Command, o *resolveOptions, path addr.Path) error {
	var said []string
	err := p.edit(a.interrupt.asked, a, cmd, &o.flags, path, func(at *recordedAt) (changes []state.Change, err error) {
		for _, i := range at.intents {
			if addr.Of(i.Path...) != path {
				continue
			}
			r := resolution{intent: i, path: path, options: o, client: p.client(a)}
			if r.record, err = at.snapshot.Document.Resource(i.Path); err != nil && !errors.Is(err, state.ErrNotFound) {
				return nil, err
			}
			r.recorded = err == nil
			c, err := r.change(a.interrupt.asked)
			if err != nil {
				return nil, err
			}
			c.Path, c.End = i.Path, []string{i.ID}
			changes, said = append(changes, c), append(said, r.said)
		}
		if len(changes) == 0 {
			return nil, fmt.Errorf("no operation on %s was interrupted; there is nothing to resolve", path)
		}
		return changes, nil
	})
	if err != nil {
		return err
	}
	for _, s := range said {
		a.ui.note("%s: %s", path, s)
	}
	return nil
}

// client returns the session's providers, or new ones. They are closed with the places.
func (p *places) client(a *app) *providers.Client {
	if p.session != nil {
		return p.session.providers
	}
	client := a.newProviders(sessionOptions{log: a.logLine})
	before := p.close
	p.close = func() {
		client.Close()
		before()
	}
	return client
}

// resolution is one intent that is being settled.
type resolution struct {
	intent   state.Intent
	path     addr.Path
	recorded bool
	record   state.Resource // what state has, if it is recorded
	options  *resolveOptions
	client   *providers.Client
	said     string // the outcome, for the user
}

// deposed reports whether the intent is to destroy an object whose place has been taken by another.
func (r *resolution) deposed() bool { return r.intent.Op == "destroy" && r.intent.Outputs != nil }

// change returns what has to be recorded.
func (r *resolution) change(ctx context.Context) (state.Change, error) {
	switch {
	case r.options.retry && r.deposed():
		if err := r.destroyDeposed(ctx); err != nil {
			return state.Change{}, err
		}
		r.said = "the old object is destroyed"
		return state.Change{Event: "destroy"}, nil
	case r.options.retry:
		r.said = fmt.Sprintf("the next apply will %s it again if that is still needed", r.intent.Op)
		return state.Change{Event: "retry"}, nil
	case r.options.forget && (r.deposed() || !r.recorded || r.intent.Op == "create"): // what is recorded, if anything, is another object
		r.said = "the object, if there is one, was left as it is"
		return state.Change{Event: "forget"}, nil
	case r.options.forget:
		r.said = "it is not recorded any more; the object, if there is one, was left as it is"
		return state.Change{Event: "forget", Remove: true}, nil
	case r.deposed():
		return state.Change{}, withHint(errors.New("the old object cannot be adopted, because a new one has taken its place"),
			"use --retry to destroy it, or --forget to leave it where it is")
	case r.intent.Op == "destroy" && r.recorded:
		r.said = "it stays recorded"
		return state.Change{Event: "adopt"}, nil
	}
	return r.adopt(ctx)
}

// adopt returns the change that records the object as it is.
func (r *resolution) adopt(ctx context.Context) (state.Change, error) {
	after := state.Resource{Type: r.intent.Type, Extra: r.record.Extra}
	if r.intent.Provider != nil {
		after = after.With(state.KeyProvider, r.intent.Provider)
	}
	if r.intent.Inputs == nil {
		return state.Change{}, errors.New("the interrupted operation did not record the inputs, so the object cannot be adopted")
	}
	if err := json.Unmarshal(r.intent.Inputs, &after.InputProperties); err != nil {
		return state.Change{}, fmt.Errorf("the inputs in the unfinished operation: %w", err)
	}
	err := r.find(ctx, &after)
	if err != nil {
		return state.Change{}, err
	}
	if after.OutputProperties == nil {
		after.OutputProperties = map[string]json.RawMessage{}
	}
	r.said = "it is recorded as it is now"
	c := state.Change{Event: "adopt", Set: &after}
	if r.intent.Op == "create" && r.recorded && !sameOutputs(after, r.record) {
		old, err := deposedIntent(r.intent.Path, r.record)
		if err != nil {
			return c, err
		}
		c.Begin = &old
		r.said += "; the object that it replaces is destroyed by the next apply"
	}
	return c, nil
}

func sameOutputs(a, b state.Resource) bool {
	return maps.EqualFunc(a.OutputProperties, b.OutputProperties, func(x, y json.RawMessage) bool { return plan.Equal(x, y) })
}

// deposedIntent returns the intent to destroy an object whose place in the state another one takes.
func deposedIntent(path []string, old state.Resource) (i state.Intent, err error) {
	i = state.Intent{Op: "destroy", Path: path, Type: old.Type, Provider: old.Provider()}
	if i.Inputs, err = json.Marshal(old.InputProperties); err == nil {
		i.Outputs, err = json.Marshal(old.OutputProperties)
	}
	return i, err
}

// find fills in the outputs, and the inputs where they differ.
func (r *resolution) find(ctx context.Context, after *state.Resource) error {
	if r.options.outputs != "" {
		text, err := textOrFile(r.options.outputs)
		if err == nil {
			err = json.Unmarshal(text, &after.OutputProperties)
		}
		if err != nil {
			return fmt.Errorf("--outputs: want a JSON object: %w", err)
		}
		return nil
	}
	provider, err := r.provider()
	if err != nil {
		return err
	}
	if r.options.id != "" {
		found, err := provider.Import(ctx, after.Type, r.options.id)
		if err != nil {
			return err
		}
		after.InputProperties, after.OutputProperties = found.InputProperties, found.OutputProperties
		return nil
	}
	resource := protocol.Resource{Type: after.Type, InputProperties: after.InputProperties}
	if r.recorded && r.intent.Op != "create" { // else the record is of another object, which was to be replaced
		resource.OutputProperties = r.record.OutputProperties
	}
	found, err := provider.Read(ctx, resource)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return withHint(err, "say yourself what the object's outputs are, with --outputs JSON, or name it with --id ID if the provider can import it")
	case err != nil:
		return withHint(err, "if the provider cannot find the object without its outputs, name it with --id ID, or give them with --outputs JSON")
	case found.Gone:
		return withHint(errors.New("the provider says that the object does not exist"), "use --retry")
	}
	after.OutputProperties = found.OutputProperties
	if found.InputProperties != nil {
		after.InputProperties = found.InputProperties
	}
	if r.recorded && r.intent.Op == "create" && sameOutputs(*after, r.record) {
		return withHint(errors.New("the provider finds the object that is recorded already, not the one that was to replace it"),
			"use --retry if there is no other; else name it with --id ID, or give its outputs with --outputs JSON")
	}
	return nil
}

// provider returns the provider that was asked, or the recorded one.
func (r *resolution) provider() (*providers.Provider, error) {
	text := r.intent.Provider
	if text == nil {
		text = r.record.Provider()
	}
	var p plan.Provider
	if text == nil || json.Unmarshal(text, &p) != nil || p.Executable == "" {
		return nil, fmt.Errorf("it is not recorded which provider was asked")
	}
	return r.client.Provider(providers.Spec{Executable: p.Executable, Args: p.Args}, r.path.String()), nil
}

func (r *resolution) destroyDeposed(ctx context.Context) error {
	provider, err := r.provider()
	if err != nil {
		return err
	}
	resource := protocol.Resource{Type: r.intent.Type}
	if err := json.Unmarshal(r.intent.Outputs, &resource.OutputProperties); err != nil {
		return fmt.Errorf("the outputs in the unfinished operation: %w", err)
	}
	if err := json.Unmarshal(r.intent.Inputs, &resource.InputProperties); err != nil {
		return fmt.Errorf("the inputs in the unfinished operation: %w", err)
	}
	return provider.Destroy(ctx, resource)
}

// textOrFile returns the text itself, or after an @ the content of the file.
func textOrFile(s string) ([]byte, error) {
	if name, ok := strings.CutPrefix(s, "@"); ok {
		return os.ReadFile(name)
	}
	return []byte(s), nil
}
