package engine

// This file fakes what the engine works on: a configuration in a small text language, providers and states.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/state"
)

// fakeConfig is a configuration written as one component a line: PATH: TYPE NAME=VALUE …
//
//	hello: exec text=hi
//	copy:  file contents=$hello.out-and-$hello.text state=store
//
// Values are inputs, in which $PATH.OUTPUT stands for an output. These names mean something else: state=PATH; if=REF (the
// component exists only if the output is "yes"); kind=REF (it is a resource only if the output is "resource"); by=PROGRAM (its provider is
// started with that, which has to be built); movedFrom=PATHS (separated by commas; with a / before they start from the root); first=yes (the new
// object first); protect=yes; broken=inputs and broken=all (they, or nothing of it, cannot be evaluated). Values that start with @ have to be built.
// A composite has the type composite; those that have members need no line.
type fakeConfig struct {
	lines []fakeLine

	mu      sync.Mutex
	told    map[addr.Output]string
	secrets map[addr.Output]bool
	asked   map[string]int // how often Component was called, by path
	broken  bool           // Component fails from now on
}

type fakeLine struct {
	path   addr.Path
	typ    string
	inputs map[string]string
}

func newFakeConfig(t *testing.T, text string) *fakeConfig {
	t.Helper()
	c := &fakeConfig{told: map[addr.Output]string{}, secrets: map[addr.Output]bool{}, asked: map[string]int{}}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(line, ": ")
		if !ok {
			continue
		}
		words := strings.Fields(rest)
		l := fakeLine{path: mustParse(t, strings.TrimSpace(name)), typ: words[0], inputs: map[string]string{}}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			l.inputs[key] = value
		}
		c.lines = append(c.lines, l)
	}
	return c
}

func mustParse(t *testing.T, text string) addr.Path {
	t.Helper()
	p, err := addr.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *fakeConfig) Component(ctx context.Context, path addr.Path, want Want) (*Component, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if c.broken {
		return nil, errors.New("the evaluator is gone")
	}
	c.asked[path.String()]++
	line, err := c.find(path)
	if err != nil {
		return nil, err
	}
	if broken := line.inputs["broken"]; broken == "all" && want > WantKind || broken == "inputs" && want == WantInputs {
		return nil, errors.New("it is broken")
	}
	moved, err := formers(line.inputs["movedFrom"])
	if err != nil {
		return nil, err
	}
	if kind := line.inputs["kind"]; kind != "" {
		value, output := c.value(kind)
		if output != nil {
			return nil, &NeedsError{"the kind of " + path.String(), []addr.Output{*output}}
		}
		if value != "resource" {
			line.typ = "composite"
		}
	}
	if line.typ == "composite" {
		members, err := c.members(path)
		return &Component{Members: members, MovedFrom: moved}, err
	}
	return &Component{Resource: c.resource(line), MovedFrom: moved}, nil
}

func formers(text string) (all []Former, err error) {
	for _, former := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		path, absolute := strings.CutPrefix(former, "/")
		at, err := addr.Parse(path)
		if err != nil {
			return nil, err
		}
		all = append(all, Former{Path: at, Absolute: absolute})
	}
	return all, nil
}

// find goes from the root to path, one member at a time.
func (c *fakeConfig) find(path addr.Path) (fakeLine, error) {
	if path.IsRoot() {
		return fakeLine{typ: "composite"}, nil
	}
	parent, err := c.find(path.Parent())
	if err != nil {
		return fakeLine{}, err
	}
	if parent.typ != "composite" && parent.inputs["kind"] == "" {
		return fakeLine{}, &NoMemberError{Parent: parent.path, Name: path.Name(), Resource: true}
	}
	names, err := c.members(path.Parent())
	if err != nil {
		return fakeLine{}, err
	}
	if !slices.Contains(names, path.Name()) {
		return fakeLine{}, &NoMemberError{Parent: path.Parent(), Name: path.Name(), Names: names}
	}
	for _, line := range c.lines {
		if line.path == path {
			line.inputs = maps.Clone(line.inputs)
			return line, nil
		}
	}
	return fakeLine{path: path, typ: "composite"}, nil
}

func (c *fakeConfig) members(path addr.Path) ([]string, error) {
	names := map[string]bool{}
	for _, line := range c.lines {
		if line.path == path || !line.path.HasPrefix(path) {
			continue
		}
		if line.path.Parent() == path && line.inputs["if"] != "" {
			value, output := c.value(line.inputs["if"])
			if output != nil {
				return nil, &NeedsError{"the members of " + describe(path), []addr.Output{*output}}
			}
			if value != "yes" {
				continue
			}
		}
		names[line.path.Names()[path.Depth()]] = true
	}
	return slices.Sorted(maps.Keys(names)), nil
}

func (c *fakeConfig) resource(line fakeLine) *Resource {
	r := &Resource{
		Type:     line.typ,
		Provider: plan.Provider{Type: "stdio", Executable: "fake"},
		Inputs:   plan.Values{Known: plan.Object{}},
	}
	for _, name := range slices.Sorted(maps.Keys(line.inputs)) {
		switch name {
		case "if", "kind":
		case "timeout":
			limit, _ := time.ParseDuration(line.inputs[name])
			r.Settings.Timeouts = map[string]time.Duration{"read": limit}
		case "sensitive":
			r.Sensitive = []string{line.inputs[name]}
		case "movedFrom", "broken": // of the component
		case "protect":
			r.Settings.PreventDestroy = true
		case "first":
			r.Settings.CreateBeforeDestroy = true
		case "state":
			r.State, _ = addr.Parse(line.inputs[name])
		case "by":
			r.Store.Provider = []string{line.inputs[name]}
			r.Provider.Args = r.Store.Provider
		default:
			if strings.HasPrefix(line.inputs[name], "@") {
				r.Store.Inputs = append(r.Store.Inputs, line.inputs[name])
			}
			value, output := c.value(line.inputs[name])
			if output != nil {
				r.Inputs.Known[name] = json.RawMessage("null")
				r.Inputs.Unknown = append(r.Inputs.Unknown, plan.Unknown{At: []string{name}, Until: *output})
				r.Asked = append(r.Asked, c.others(line.inputs[name], *output)...)
				continue
			}
			r.Inputs.Known[name] = quoteJSON(value)
			for _, ref := range reference.FindAllString(line.inputs[name], -1) {
				if from, err := addr.ParseOutput(ref[1:]); err == nil && c.secrets[from] {
					r.Inputs.Sensitive = append(r.Inputs.Sensitive, []string{name})
				}
			}
		}
	}
	return r
}

var reference = regexp.MustCompile(`\$[a-z0-9.]+`)

// value puts in outputs, or returns the first that is not known.
func (c *fakeConfig) value(text string) (string, *addr.Output) {
	var unknown *addr.Output
	value := reference.ReplaceAllStringFunc(text, func(ref string) string {
		output, err := addr.ParseOutput(ref[1:])
		if err != nil {
			panic(err)
		}
		value, ok := c.told[output]
		if !ok && unknown == nil {
			unknown = &output
		}
		return value
	})
	return value, unknown
}

// others are the outputs besides one that a text refers to and that are not known.
func (c *fakeConfig) others(text string, known addr.Output) []addr.Output {
	var unknown []addr.Output
	for _, ref := range reference.FindAllString(text, -1) {
		output, err := addr.ParseOutput(ref[1:])
		if err != nil {
			panic(err)
		}
		if _, told := c.told[output]; !told && output != known {
			unknown = append(unknown, output)
		}
	}
	return unknown
}

func (c *fakeConfig) Tell(_ context.Context, path addr.Path, outputs plan.Object, sensitive []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range sensitive {
		c.secrets[addr.Output{Resource: path, Name: name}] = true
	}
	for name, value := range outputs {
		output := addr.Output{Resource: path, Name: name}
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
		if before, twice := c.told[output]; twice && before != text {
			return fmt.Errorf("%s is told twice", output)
		}
		c.told[output] = text
	}
	return nil
}

func quoteJSON(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return quoted
}

// fakeWorld is the real world and its states, which outlive a run.
type fakeWorld struct {
	t  *testing.T
	mu sync.Mutex
	// calls are the provider's, as "create PATH NAME=VALUE …".
	calls     []string
	active    int
	most      int // most calls at a time
	states    map[string]*fakeState
	opened    int
	planCalls int  // how often it was asked what an update would do
	hang      bool // reading never ends by itself
	// during is called within each provider call, without the lock; may be nil.
	during func(ctx context.Context, path addr.Path) error
	// What the provider supports beyond protocol v0, and what it answers, by path.
	supports map[string]bool
	real     map[addr.Path]protocol.ReadResourceResponse
	plans    map[addr.Path]protocol.PlanResourceResponse
	fixed    []string // inputs that need a replacement
}

func newFakeWorld(t *testing.T) *fakeWorld {
	return &fakeWorld{
		t: t, states: map[string]*fakeState{}, supports: map[string]bool{"destroy": true},
		real: map[addr.Path]protocol.ReadResourceResponse{}, plans: map[addr.Path]protocol.PlanResourceResponse{},
	}
}

func (w *fakeWorld) provider(spec providers.Spec, path addr.Path) Provider {
	if spec.Executable != "fake" {
		w.t.Errorf("%s: provider %v", path, spec)
	}
	return &fakeProvider{w, path}
}

type fakeProvider struct {
	world *fakeWorld
	path  addr.Path
}

func (p *fakeProvider) Create(ctx context.Context, r protocol.CreateResourceRequest) (protocol.CreateResourceResponse, error) {
	outputs, err := p.world.call(ctx, "create", p.path, r.Type, r.InputProperties)
	return protocol.CreateResourceResponse{OutputProperties: outputs}, err
}

func (p *fakeProvider) Update(ctx context.Context, r protocol.UpdateResourceRequest) (protocol.UpdateResourceResponse, error) {
	if r.Resource.OutputProperties == nil || r.Resource.Type == "" {
		p.world.t.Errorf("%s: update of %+v, which is incomplete", p.path, r.Resource)
	}
	outputs, err := p.world.call(ctx, "update", p.path, r.Resource.Type, r.InputProperties)
	return protocol.UpdateResourceResponse{OutputProperties: outputs}, err
}

func (p *fakeProvider) Destroy(ctx context.Context, r protocol.Resource) error {
	if !p.world.supports["destroy"] {
		return fmt.Errorf("destroying: %w", errors.ErrUnsupported)
	}
	_, err := p.world.call(ctx, "destroy", p.path, r.Type, r.InputProperties)
	return err
}

func (p *fakeProvider) Read(ctx context.Context, r protocol.Resource) (protocol.ReadResourceResponse, error) {
	if p.world.hang {
		<-ctx.Done()
		return protocol.ReadResourceResponse{}, ctx.Err()
	}
	if found, ok := p.world.real[p.path]; ok {
		return found, nil
	}
	if r.OutputProperties == nil {
		return protocol.ReadResourceResponse{}, errors.New("it cannot be found without its outputs")
	}
	return protocol.ReadResourceResponse{OutputProperties: r.OutputProperties, InputProperties: r.InputProperties}, nil
}

func (p *fakeProvider) Plan(context.Context, protocol.PlanResourceRequest) (protocol.PlanResourceResponse, error) {
	p.world.mu.Lock()
	p.world.planCalls++
	p.world.mu.Unlock()
	if answer, ok := p.world.plans[p.path]; ok {
		return answer, nil
	}
	return protocol.PlanResourceResponse{Action: protocol.ActionUpdate}, nil
}

func (p *fakeProvider) Import(_ context.Context, _, id string) (protocol.ImportResourceResponse, error) {
	found, ok := p.world.real[p.path]
	if !ok {
		return protocol.ImportResourceResponse{}, fmt.Errorf("there is no %q", id)
	}
	return protocol.ImportResourceResponse{InputProperties: found.InputProperties, OutputProperties: found.OutputProperties}, nil
}

func (p *fakeProvider) Supports(_ context.Context, operation, resourceType string) (bool, error) {
	if operation == "stateAppend" {
		return resourceType == "state", nil
	}
	return p.world.supports[operation], nil
}

func (p *fakeProvider) Describe(context.Context) (protocol.DescribeResponse, bool, error) {
	types := map[string]protocol.ResourceType{}
	for _, name := range []string{"memo", "file", "exec"} {
		types[name] = protocol.ResourceType{ReplaceInputs: p.world.fixed}
	}
	return protocol.DescribeResponse{ResourceTypes: types}, true, nil
}

// call returns each input as an output, and the output "out" with all of them. The type fail fails, none has no outputs.
func (w *fakeWorld) call(ctx context.Context, op string, path addr.Path, typ string, inputs protocol.Properties) (protocol.Properties, error) {
	outputs := protocol.Properties{}
	text, all := op+" "+path.String(), ""
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		var value string
		if err := json.Unmarshal(inputs[name], &value); err != nil {
			return nil, fmt.Errorf("input %s is %s", name, inputs[name])
		}
		text += " " + name + "=" + value
		all += value
		outputs[name] = inputs[name]
	}
	outputs["out"] = quoteJSON(all)

	w.mu.Lock()
	w.calls = append(w.calls, text)
	w.active++
	w.most = max(w.most, w.active)
	during := w.during
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.active--
		w.mu.Unlock()
	}()
	if during != nil {
		if err := during(ctx, path); err != nil {
			return nil, err
		}
	}
	switch typ {
	case "fail":
		return nil, errors.New("creating fail: no luck")
	case "none":
		return nil, nil
	}
	return outputs, nil
}

func (w *fakeWorld) openState(_ context.Context, path addr.Path, _ providers.Spec, r protocol.Resource) (State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened++
	name := string(r.InputProperties["name"])
	if name == `"torn"` {
		return nil, errors.New("the state is torn")
	}
	if w.states[name] == nil && r.OutputProperties == nil {
		return nil, state.ErrNotFound
	}
	if w.states[name] == nil {
		w.states[name] = &fakeState{resources: map[addr.Path]*plan.Recorded{}}
	}
	w.states[name].open++
	return w.states[name], nil
}

type fakeState struct {
	mu        sync.Mutex
	resources map[addr.Path]*plan.Recorded
	events    []string // "create PATH"; intents are not among them
	intents   []state.Intent
	appends   int
	open      int
	full      bool // Record fails
	deaf      bool // Begin fails
}

func (s *fakeState) Resource(path addr.Path) (*plan.Recorded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resources[path], nil
}

func (s *fakeState) All() (map[addr.Path]*plan.Recorded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.resources), nil
}

func (s *fakeState) Unfinished() []state.Intent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.intents)
}

func (s *fakeState) Begin(_ context.Context, i state.Intent) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deaf {
		return "", errors.New("no space left")
	}
	s.appends++
	i.ID = fmt.Sprintf("intent-%d", s.appends)
	s.intents = append(s.intents, i)
	return i.ID, nil
}

func (s *fakeState) Record(_ context.Context, c Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return errors.New("no space left")
	}
	s.appends++
	event := c.Event + " " + c.Path.String()
	switch {
	case !c.MoveTo.IsRoot():
		event += " to " + c.MoveTo.String()
		s.resources[c.MoveTo] = cmp.Or(c.Set, s.resources[c.Path])
		delete(s.resources, c.Path)
	case c.Set != nil:
		s.resources[c.Path] = c.Set
	case c.Remove:
		delete(s.resources, c.Path)
	}
	s.intents = slices.DeleteFunc(s.intents, func(i state.Intent) bool { return slices.Contains(c.End, i.ID) })
	if c.Begin != nil {
		s.intents = append(s.intents, *c.Begin)
	}
	s.events = append(s.events, event)
	return nil
}

func (s *fakeState) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	return nil
}
