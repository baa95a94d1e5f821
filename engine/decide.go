package engine

// This file decides what to do with a resource.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// decision is an item in the making.
type decision struct {
	*walk
	item *plan.Item
	decl *Resource
	path addr.Path
	// drifted says that the object is not as the record says, so that the provider is asked even if the record is as declared.
	drifted bool
	outputs plan.Object // that will hold afterwards
	known   bool        // outputs is all of them
}

// decide compares the declaration of a resource with what state has, and returns what to do, and what will be known of its outputs.
func (w *walk) decide(ctx context.Context, r *Resource, path addr.Path) (*settled, error) {
	d := &decision{walk: w, decl: r, path: path, item: &plan.Item{
		Action: plan.Ensure, Path: path, Type: r.Type, Provider: &r.Provider, State: r.State, Inputs: w.mark(r.Inputs), SensitiveOutputs: r.Sensitive,
	}}
	learnInputs(w.opts.Secrets, d.item.Inputs.Known, d.item.Inputs.Sensitive)
	for _, unknown := range r.Inputs.Unknown {
		if !slices.Contains(d.item.Waits, unknown.Until) {
			d.item.Waits = append(d.item.Waits, unknown.Until)
		}
	}
	d.item.After = slices.Clone(r.Settings.DependsOn)
	if r.Stateful() {
		if err := d.stateful(ctx); err != nil {
			return nil, err
		}
	}
	return &settled{decl: r, outputs: d.outputs, complete: d.known, item: d.item}, nil
}

func (d *decision) because(kind, format string, args ...any) {
	d.item.Reasons = append(d.item.Reasons, plan.Reason{Kind: kind, Text: d.opts.Secrets.Hide(fmt.Sprintf(format, args...))})
}

func (d *decision) stateful(ctx context.Context) error {
	st := d.state(d.decl.State)
	var err error
	if d.item.Before, err = st.Resource(d.path); err != nil {
		return err
	}
	if d.item.Before == nil {
		if d.item.From, d.item.Before, err = d.findMoved(st, d.path); err != nil {
			return err
		}
	}
	if d.item.Before == nil {
		if err := d.takeOver(); err != nil {
			return err
		}
	}
	if d.item.Before != nil {
		Learn(d.opts.Secrets, d.item.Before, d.item.SensitiveOutputs)
		d.item.SensitiveOutputs = SensitiveOutputs(d.decl, d.item.Before)
		d.item.Inputs = d.mark(d.item.Inputs) // perhaps the secret comes from an input
	}
	interrupted, err := d.resume(ctx, st.Unfinished())
	if err != nil {
		return err
	}
	if d.item.Action == plan.Adopt {
		return nil
	}
	if d.item.Before == nil {
		d.item.Action = plan.Create
		d.item.Changes = plan.Diff(nil, d.item.Inputs)
		return nil
	}
	if d.opts.Refresh {
		if gone, err := d.refresh(ctx); err != nil || gone {
			return err
		}
	}
	d.item.Inputs.Sensitive = sensitiveLater(d.item.Inputs.Sensitive, d.item.Before, d.decl.Settings.IgnoreChanges)
	if err := d.checkIgnored(); err != nil {
		return err
	}
	d.item.Inputs = ignoreChanges(d.item.Inputs, d.item.Before.Inputs, d.decl.Settings.IgnoreChanges)
	if err := d.compare(ctx, interrupted); err != nil {
		return err
	}
	return d.protect()
}

// compare decides between none, update and replace.
func (d *decision) compare(ctx context.Context, interrupted string) error {
	item, before := d.item, d.item.Before
	item.Changes = plan.Diff(before.Inputs, item.Inputs)
	names, unknown := changedNames(item.Changes)
	if before.Type == item.Type { // else it has other inputs anyway
		d.reasons(names, unknown)
	}
	switch {
	case before.Type != item.Type:
		item.Action = plan.Replace
		d.because(plan.ReasonType, "its type changed from %q to %q", before.Type, item.Type)
	case slices.Contains(d.opts.Replace, d.path):
		item.Action = plan.Replace
		d.because(plan.ReasonAsked, "asked for with --replace")
	case interrupted == "destroy":
		item.Action = plan.Replace
		d.because(plan.ReasonInterrupted, "an earlier run was interrupted while destroying it")
	case interrupted == "update" || len(names) > 0 || d.drifted:
		item.Action = plan.Update
		if interrupted == "update" {
			d.because(plan.ReasonInterrupted, "an earlier run was interrupted while updating it")
		}
	case len(unknown) > 0:
		item.Action, item.Conditional = plan.Update, true
	default:
		item.Action = plan.None
	}
	if err := d.triggers(); err != nil {
		return err
	}
	if err := d.replaceOnChange(ctx, names, unknown); err != nil {
		return err
	}
	switch {
	case item.Action == plan.Replace:
		item.CreateFirst = d.decl.Settings.CreateBeforeDestroy
		return nil
	case item.Action == plan.None:
		d.unchanged()
		return nil
	case item.Conditional:
		return nil
	}
	return d.askProvider(ctx)
}

// unchanged is for a resource that is as declared: perhaps something about its record is not.
func (d *decision) unchanged() {
	item, before := d.item, d.item.Before
	d.outputs, d.known = before.Outputs, true
	if protect := d.decl.Settings.PreventDestroy; protect != before.Protected {
		item.Action, item.NoCall = plan.Update, true
		if protect {
			d.because(plan.ReasonProtection, "lifecycle.preventDestroy is set")
		} else {
			d.because(plan.ReasonProtection, "lifecycle.preventDestroy is not set any more")
		}
	}
	if len(item.Drift) > 0 && item.Action == plan.None { // only outputs drifted, which the record takes over
		item.Action, item.NoCall = plan.Update, true
	}
	if text := movedText(item); text != "" {
		if item.Action == plan.None {
			item.Action, item.NoCall = plan.Move, true
		}
		d.because(plan.ReasonMoved, "%s", text)
	}
}

// changedNames sorts the changes by input: those that certainly change, and those that may.
func changedNames(changes []plan.Change) (names, unknown []string) {
	for _, c := range changes {
		switch {
		case len(c.At) == 0:
			unknown = append(unknown, "")
		case c.Unknown():
			unknown = append(unknown, c.At[0])
		default:
			names = append(names, c.At[0])
		}
	}
	return slices.Compact(names), slices.Compact(unknown)
}

func (d *decision) reasons(names, unknown []string) {
	if text := movedText(d.item); text != "" && len(names)+len(unknown) > 0 {
		d.because(plan.ReasonMoved, "%s", text)
	}
	for _, name := range names {
		d.because(plan.ReasonInput, "input %s changed", addr.Quote(name))
	}
	for _, c := range d.item.Changes {
		if c.Unknown() {
			d.because(plan.ReasonUnknown, "%s is not known before %s", placeName(c.At), c.Until)
		}
	}
}

// replaceOnChange turns an update of an input that cannot be changed in place into a replacement.
func (d *decision) replaceOnChange(ctx context.Context, names, unknown []string) error {
	item := d.item
	if item.Action != plan.Update || item.NoCall || len(names)+len(unknown) == 0 {
		return nil
	}
	fixed := d.decl.Settings.ReplaceOnChange
	provider, err := d.provider(ctx)
	if err != nil {
		return err
	}
	description, ok, err := provider.Describe(ctx)
	if err != nil {
		return err
	}
	if ok {
		fixed = slices.Concat(fixed, description.ResourceTypes[item.Type].ReplaceInputs)
	}
	for _, name := range slices.Concat(names, unknown) {
		if slices.Contains(fixed, name) {
			item.Action = plan.Replace
			d.because(plan.ReasonReplace, "input %s cannot be changed in place", addr.Quote(name))
			return nil
		}
	}
	return nil
}

// triggers turns what is to be done into a replacement when a resource in replaceTriggeredBy has changed since this one was made, or changes now.
func (d *decision) triggers() error {
	item := d.item
	for _, other := range d.decl.Settings.ReplaceTriggeredBy {
		s := d.lookUp(other)
		switch {
		case s == nil || s.decl == nil || s.item == nil:
			continue
		case !s.decl.Stateful():
			return fmt.Errorf("replaceTriggeredBy: %s is stateless, so it is not known when it changes", other)
		}
		changes := (s.item.Action == plan.Update || s.item.Action == plan.Replace) && !s.item.NoCall
		stamp, recorded := item.Before.Triggers[other.String()]
		switch {
		case changes:
			item.Conditional = s.item.Conditional && (item.Action == plan.None || item.Conditional)
		case recorded && stamp != d.stamp(s):
		default:
			continue
		}
		item.Action = plan.Replace
		d.because(plan.ReasonTrigger, "%s changes, which is in its replaceTriggeredBy", other)
		return nil
	}
	return nil
}

// stamp is a digest of what is recorded about a resource.
func (w *walk) stamp(s *settled) string {
	entry, err := w.state(s.decl.State).Resource(s.item.Path)
	if err != nil || entry == nil {
		return ""
	}
	return state.InputsDigest(mustJSON([]any{entry.Type, entry.Inputs, entry.Outputs}))
}

// protect refuses to destroy what is protected.
func (d *decision) protect() error {
	if d.item.Action == plan.Replace && (d.item.Before.Protected || d.decl.Settings.PreventDestroy) && !d.item.Conditional {
		var why []string
		for _, reason := range d.item.Reasons {
			why = append(why, reason.Text)
		}
		return &ProtectedError{Path: d.path, Replace: true, Declared: d.decl.Settings.PreventDestroy, Why: why}
	}
	return nil
}

// askProvider lets the provider say whether an update is one, and what it will change, if it can.
func (d *decision) askProvider(ctx context.Context) error {
	item, before := d.item, d.item.Before
	if len(item.Inputs.Unknown) > 0 || item.Action != plan.Update {
		return nil
	}
	provider, err := d.provider(ctx)
	if err != nil {
		return err
	}
	if ok, err := provider.Supports(ctx, "plan", item.Type); err != nil || !ok {
		return nil // an error will come again, when the provider is asked to do something
	}
	resource := resourceOf(before)
	response, err := d.planned(ctx, provider, protocol.PlanResourceRequest{Type: item.Type, Resource: &resource, InputProperties: protocol.Properties(item.Inputs.Known)})
	if err != nil {
		return err
	}
	switch response.Action {
	case protocol.ActionReplace:
		item.Action, item.CreateFirst = plan.Replace, d.decl.Settings.CreateBeforeDestroy
		d.because(plan.ReasonProvider, "%s", providerReason(response.Reasons))
	case protocol.ActionNone: // only what is recorded changes, so the outputs stay
		d.outputs, d.known = before.Outputs, true
	default:
		d.outputs = plan.Object(response.OutputProperties)
	}
	return nil
}

// planned asks what an update would do, once in a run for the same update: applying decides again what planning has decided.
func (d *decision) planned(ctx context.Context, provider Provider, request protocol.PlanResourceRequest) (protocol.PlanResourceResponse, error) {
	question := state.InputsDigest(mustJSON(request))
	d.mu.Lock()
	before := d.asked[d.path]
	d.mu.Unlock()
	if before.question == question {
		return before.response, nil
	}
	response, err := within(ctx, d.decl.Settings.Timeouts["read"], func(ctx context.Context) (protocol.PlanResourceResponse, error) { return provider.Plan(ctx, request) })
	if err != nil {
		return response, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked[d.path] = answered{question, response}
	return response, nil
}

// answered is what a provider has said to a question, of which this is the digest.
type answered struct {
	question string
	response protocol.PlanResourceResponse
}

func providerReason(reasons []string) string {
	if len(reasons) == 0 {
		return "its provider cannot change it in place"
	}
	text := "its provider cannot change in place: "
	for i, reason := range reasons {
		if i > 0 {
			text += ", "
		}
		text += reason
	}
	return text
}

func (d *decision) provider(ctx context.Context) (Provider, error) {
	return d.Run.provider(ctx, *d.item.Provider, d.path)
}

// record returns what will be recorded of the resource.
func (w *walk) record(item *plan.Item, decl *Resource, outputs plan.Object) *plan.Recorded {
	entry := &plan.Recorded{
		Type: item.Type, Inputs: item.Inputs.Known, Outputs: outputs, Provider: item.Provider, Protected: decl.Settings.PreventDestroy,
		Dependencies: w.dependencies(item.Path), Formerly: formerly(item), SensitiveInputs: item.Inputs.Sensitive,
	}
	w.markOutputs(entry, item, decl)
	for _, other := range decl.Settings.ReplaceTriggeredBy {
		if s := w.lookUp(other); s != nil && s.item != nil && s.decl != nil && s.decl.Stateful() {
			if entry.Triggers == nil {
				entry.Triggers = map[string]string{}
			}
			entry.Triggers[other.String()] = w.stamp(s)
		}
	}
	return entry
}

// dependencies are the resources that a component was seen to need. Its composites' needs are its own.
func (r *Run) dependencies(path addr.Path) []addr.Path {
	found := map[addr.Path]bool{}
	for at := path; ; at = at.Parent() {
		for _, need := range r.needsOf(at) {
			found[need.output.Resource] = true
		}
		if at.IsRoot() {
			break
		}
	}
	delete(found, path)
	return slices.SortedFunc(maps.Keys(found), addr.Path.Compare)
}

// ProtectedError says that a resource is not destroyed because somebody has forbidden it.
type ProtectedError struct {
	Path     addr.Path
	Replace  bool     // it was to be replaced
	Declared bool     // the expression forbids it; else only state does
	Why      []string // it was to be replaced
}

// Error returns one line.
func (e *ProtectedError) Error() string {
	what := "destroyed"
	if e.Replace {
		what = "replaced"
	}
	text := fmt.Sprintf("it must not be %s, because it is protected by lifecycle.preventDestroy", what)
	for i, why := range e.Why {
		text += cmp.Or(map[int]string{0: "; it would be, because "}[i], ", ") + why
	}
	return text
}

// Hint says how to take the protection away.
func (e *ProtectedError) Hint() string {
	if e.Declared {
		return "take preventDestroy out of the expression first"
	}
	return "if it shall go, take the protection away first: nixops4 state unprotect"
}

// unfinished returns the open intents about a path.
func unfinished(intents []state.Intent, path addr.Path) []state.Intent {
	return slices.DeleteFunc(slices.Clone(intents), func(i state.Intent) bool { return addr.Of(i.Path...) != path })
}

// resourceOf is a record as providers are told it.
func resourceOf(entry *plan.Recorded) protocol.Resource {
	return protocol.Resource{
		Type: entry.Type, InputProperties: protocol.Properties(entry.Inputs), OutputProperties: protocol.Properties(entry.Outputs),
	}
}

// decodeIntent reads what an intent says of a resource's provider and inputs; what it does not say is left as it is.
func decodeIntent(intent state.Intent, provider *plan.Provider, inputs *plan.Object) error {
	if intent.Provider != nil {
		if err := json.Unmarshal(intent.Provider, provider); err != nil {
			return fmt.Errorf("the provider in the unfinished intent %s: %w", intent.ID, err)
		}
	}
	if intent.Inputs != nil {
		if err := json.Unmarshal(intent.Inputs, inputs); err != nil {
			return fmt.Errorf("the inputs in the unfinished intent %s: %w", intent.ID, err)
		}
	}
	return nil
}

func mustJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data
	}
	return text
}
