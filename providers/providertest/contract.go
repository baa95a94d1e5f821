package providertest

// This file defines the contract suite.

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"nixops4/providers/protocol"
)

// Config says how to run the provider and what it can make.
type Config struct {
	// Serve serves the provider until in ends, or Command is a program and its arguments that do; one of them is set.
	Serve   func(ctx context.Context, in io.Reader, out, log io.Writer) error
	Command []string
	// Samples returns resources to make in the test; every call may return other ones, in folders of their own.
	Samples func(t *testing.T) []Sample
	// Lenient leaves out the checks of unknown and wrong inputs, for providers that do not look.
	Lenient bool
}

// Sample is a resource that can be made in a test.
type Sample struct {
	Type      string
	Inputs    string // a JSON object
	Updated   string // other inputs to update to, or ""
	Required  string // name of an input that must be there, or ""
	Stateful  bool   // make it with state
	NeedState bool   // making it without state must fail
	Real      bool   // there is an object that can be seen: after destroying, a read says that it is gone
	ID        string // by which the object can be imported, as it is after the update, or ""
}

// answerTime is how long a provider may take for one answer in a test.
const answerTime = 30 * time.Second

// Run runs the suite.
func Run(t *testing.T, c Config) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, Config)
	}{
		{"end of input", testEnd},
		{"describe", testDescribe},
		{"bad requests", testBadRequests},
		{"bad inputs", testBadInputs},
		{"state", testNeedState},
		{"life", testLife},
		{"many requests", testMany},
	} {
		// Not in parallel: they make objects from the same samples.
		t.Run(tt.name, func(t *testing.T) {
			tt.test(t, c)
		})
	}
}

// conversation is a running provider.
type conversation struct {
	t     *testing.T
	in    io.WriteCloser
	lines chan string
	ended chan error // receives the provider's end once
}

func start(t *testing.T, c Config) *conversation {
	t.Helper()
	v := &conversation{t: t, lines: make(chan string), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	v.in = inWriter
	log := testLog{t}
	go func() {
		var err error
		if c.Serve != nil {
			err = c.Serve(ctx, inReader, outWriter, log)
		} else {
			cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = inReader, outWriter, log
			cmd.WaitDelay = time.Second // a command that ends early leaves its input half copied
			err = cmd.Run()
		}
		outWriter.Close()
		inReader.CloseWithError(io.ErrClosedPipe)
		v.ended <- err
	}()
	go func() {
		defer close(v.lines)
		r := bufio.NewReader(outReader)
		for {
			line, err := r.ReadString('\n')
			if line != "" {
				v.lines <- line
			}
			if err != nil {
				return
			}
		}
	}()
	return v
}

// exchange sends a line and returns the answer; ok is false when the provider ended instead.
func (v *conversation) exchange(line string) (answer string, ok bool) {
	v.t.Helper()
	if _, err := io.WriteString(v.in, strings.TrimSuffix(line, "\n")+"\n"); err != nil {
		return "", false
	}
	select {
	case answer, ok = <-v.lines:
	case <-time.After(answerTime):
		v.t.Fatalf("no answer within %v to %.200s", answerTime, line)
	}
	if ok && !strings.HasSuffix(answer, "\n") {
		v.t.Errorf("the answer to %.200s ends without a newline", line)
	}
	return answer, ok
}

// ask sends a request, and requires an answer that is a response.
func (v *conversation) ask(r protocol.Request) protocol.Response {
	v.t.Helper()
	line, err := protocol.Encode(r)
	if err != nil {
		v.t.Fatal(err)
	}
	answer, ok := v.exchange(string(line))
	if !ok {
		v.t.Fatalf("the provider ended at %.200s", line)
	}
	response, err := protocol.DecodeResponse([]byte(answer))
	if err != nil {
		v.t.Fatalf("the answer to %.200s: %v", line, err)
	}
	want := protocol.OperationOf(r).Response
	if k := response.Kind(); k != want && k != "errorResponse" {
		v.t.Fatalf("the answer to %.200s is %s, want %s", line, k, want)
	}
	return response
}

// refuse sends a request that must be answered with an error that mentions word.
func (v *conversation) refuse(r protocol.Request, word string) {
	v.t.Helper()
	e, ok := v.ask(r).(protocol.ErrorResponse)
	switch {
	case !ok:
		v.t.Errorf("%+v was not refused", r)
	case !strings.Contains(e.Message, word):
		v.t.Errorf("the error %q does not mention %q", e.Message, word)
	case strings.Contains(e.Message, "goroutine "):
		v.t.Errorf("the error holds a stack: %q", e.Message)
	}
}

// end closes the provider's input and requires that it ends well and has nothing more to say.
func (v *conversation) end() {
	v.t.Helper()
	v.in.Close()
	deadline := time.After(answerTime)
	for lines := v.lines; ; {
		select {
		case line, ok := <-lines:
			if ok {
				v.t.Errorf("more output than answers: %.200q", line)
			} else {
				lines = nil
			}
		case err := <-v.ended:
			if err != nil {
				v.t.Errorf("the provider ended with %v", err)
			}
			return
		case <-deadline:
			v.t.Fatal("the provider does not end at the end of its input")
		}
	}
}

func testEnd(t *testing.T, c Config) { start(t, c).end() }

// described returns the provider's description, and whether it has one.
func described(t *testing.T, c Config) (protocol.DescribeResponse, bool) {
	t.Helper()
	v := start(t, c)
	answer, ok := v.exchange(`{"describeRequest":{}}`)
	if !ok {
		return protocol.DescribeResponse{}, false
	}
	v.end()
	r, err := protocol.DecodeResponse([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	d, ok := r.(protocol.DescribeResponse)
	return d, ok
}

func testDescribe(t *testing.T, c Config) {
	d, ok := described(t, c)
	if !ok {
		t.Skip("the provider does not describe itself")
	}
	var known []string
	for _, op := range protocol.Operations() {
		known = append(known, op.Name)
	}
	lists := map[string][]string{"the provider": d.Operations}
	for name, rt := range d.ResourceTypes {
		lists[name] = rt.Operations
	}
	for who, operations := range lists {
		for _, op := range operations {
			if !slices.Contains(known, op) {
				t.Errorf("%s has an operation %q that the protocol does not", who, op)
			}
			if !slices.Contains(d.Operations, op) {
				t.Errorf("%s has the operation %q, which the provider as a whole does not list", who, op)
			}
		}
	}
	for _, s := range c.Samples(t) {
		if rt, ok := d.ResourceTypes[s.Type]; !ok || rt.RequireState != s.NeedState {
			t.Errorf("type %s is described as %+v", s.Type, rt)
		}
	}
}

// testBadRequests checks that a line that is not a request is answered with an error, or ends the provider, and does neither hang nor confuse it.
func testBadRequests(t *testing.T, c Config) {
	for _, line := range []string{
		"hello", "{", "{}", "[]", "null", `{"fooRequest":{}}`, `{"createResourceRequest":{}}`, `{"createResourceRequest":7}`,
		`{"createResourceRequest":{"type":"x","inputProperties":[],"isStateful":true}}`, strings.Repeat("[", 100_000),
	} {
		v := start(t, c)
		if answer, ok := v.exchange(line); ok {
			r, err := protocol.DecodeResponse([]byte(answer))
			if _, ok := r.(protocol.ErrorResponse); !ok {
				t.Errorf("%.80s: answered %.200s (%v)", line, answer, err)
			}
			v.end()
		}
	}
	v := start(t, c)
	v.refuse(protocol.CreateResourceRequest{Type: "no-such-type"}, "no-such-type")
	v.refuse(protocol.CreateResourceRequest{Type: ""}, "type")
	v.end()
}

func properties(t *testing.T, text string) protocol.Properties {
	t.Helper()
	var p protocol.Properties
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("inputs %s: %v", text, err)
	}
	return p
}

func testBadInputs(t *testing.T, c Config) {
	if c.Lenient {
		t.Skip("the provider does not look at its inputs")
	}
	v := start(t, c)
	for _, s := range c.Samples(t) {
		create := func(change func(protocol.Properties)) protocol.Request {
			p := properties(t, s.Inputs)
			change(p)
			return protocol.CreateResourceRequest{Type: s.Type, InputProperties: p, IsStateful: s.Stateful}
		}
		v.refuse(create(func(p protocol.Properties) { p["not-an-input"] = json.RawMessage("1") }), "not-an-input")
		v.refuse(create(func(p protocol.Properties) { p["large"] = json.RawMessage(`"` + strings.Repeat("x", 256<<10) + `"`) }), "large")
		if s.Required != "" {
			v.refuse(create(func(p protocol.Properties) { delete(p, s.Required) }), s.Required)
		}
	}
	v.end()
}

func testNeedState(t *testing.T, c Config) {
	v := start(t, c)
	for _, s := range c.Samples(t) {
		if s.NeedState {
			v.refuse(protocol.CreateResourceRequest{Type: s.Type, InputProperties: properties(t, s.Inputs)}, "tate")
		}
	}
	v.end()
}

// outputs asks for a resource to be made or changed and returns its outputs.
func (v *conversation) outputs(r protocol.Request) protocol.Properties {
	v.t.Helper()
	switch response := v.ask(r).(type) {
	case protocol.CreateResourceResponse:
		return response.OutputProperties
	case protocol.UpdateResourceResponse:
		return response.OutputProperties
	case protocol.ErrorResponse:
		v.t.Fatalf("%+v: %s", r, response.Message)
	}
	return nil
}

// testLife leads each sample from create to destroy, as far as its type supports it, with another process for each step, as happens between runs.
func testLife(t *testing.T, c Config) {
	d, _ := described(t, c)
	for _, s := range c.Samples(t) {
		has := func(op string) bool { return slices.Contains(d.ResourceTypes[s.Type].Operations, op) }
		in := properties(t, s.Inputs)
		create := protocol.CreateResourceRequest{Type: s.Type, InputProperties: in, IsStateful: s.Stateful}
		v := start(t, c)
		out := v.outputs(create)
		if !s.Stateful {
			if again := v.outputs(create); !maps.EqualFunc(out, again, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
				t.Errorf("%s: ensured twice, outputs %s, then %s", s.Type, out, again)
			}
		}
		v.end()
		resource := protocol.Resource{Type: s.Type, InputProperties: in, OutputProperties: out}
		if s.Updated != "" {
			v = start(t, c)
			updated := properties(t, s.Updated)
			resource.OutputProperties = v.outputs(protocol.UpdateResourceRequest{Resource: resource, InputProperties: updated})
			resource.InputProperties = updated
			v.end()
		}
		if names := d.ResourceTypes[s.Type].Outputs; names != nil {
			for name := range resource.OutputProperties {
				if !slices.Contains(names, name) {
					t.Errorf("%s: output %q is not described", s.Type, name)
				}
			}
		}
		v = start(t, c)
		if has("read") {
			v.read(s, resource, false)
		}
		if has("plan") {
			v.plan(s, resource)
		}
		if has("import") && s.ID != "" {
			v.importID(s, resource, has("destroy") && s.Real)
		}
		if has("destroy") {
			for range 2 { // what is gone already is no error
				if r, bad := v.ask(protocol.DestroyResourceRequest{Resource: resource}).(protocol.ErrorResponse); bad {
					t.Errorf("%s: destroying: %s", s.Type, r.Message)
				}
			}
			if has("read") && s.Real {
				v.read(s, resource, true)
			}
		}
		v.end()
	}
}

// read compares the real object with what is recorded.
func (v *conversation) read(s Sample, resource protocol.Resource, wantGone bool) {
	v.t.Helper()
	r, ok := v.ask(protocol.ReadResourceRequest{Resource: resource}).(protocol.ReadResourceResponse)
	if !ok || r.Gone != wantGone {
		v.t.Errorf("%s: read says gone %v (%v), want %v", s.Type, r.Gone, ok, wantGone)
		return
	}
	for name, value := range r.InputProperties {
		if want := resource.InputProperties[name]; string(want) != string(value) {
			v.t.Errorf("%s: read input %s = %s, want %s", s.Type, name, value, want)
		}
	}
	for name, value := range r.OutputProperties {
		if want := resource.OutputProperties[name]; string(want) != string(value) {
			v.t.Errorf("%s: read output %s = %s, want %s", s.Type, name, value, want)
		}
	}
}

// plan asks for the plan of a resource that is as it shall be, and of one that is not there.
func (v *conversation) plan(s Sample, resource protocol.Resource) {
	v.t.Helper()
	for _, tt := range []struct {
		old  *protocol.Resource
		want string
	}{{&resource, protocol.ActionNone}, {nil, protocol.ActionCreate}} {
		r := v.ask(protocol.PlanResourceRequest{Type: s.Type, Resource: tt.old, InputProperties: resource.InputProperties})
		if p, ok := r.(protocol.PlanResourceResponse); !ok || p.Action != tt.want {
			v.t.Errorf("%s: plan %+v, want the action %q", s.Type, r, tt.want)
		}
	}
}

// importID looks the object up by its ID and compares it with what is recorded. Another ID is refused where there are real objects.
func (v *conversation) importID(s Sample, resource protocol.Resource, others bool) {
	v.t.Helper()
	r, ok := v.ask(protocol.ImportResourceRequest{Type: s.Type, ID: s.ID}).(protocol.ImportResourceResponse)
	same := func(a, b json.RawMessage) bool { return string(a) == string(b) }
	if !ok || !maps.EqualFunc(r.InputProperties, resource.InputProperties, same) || !maps.EqualFunc(r.OutputProperties, resource.OutputProperties, same) {
		v.t.Errorf("%s: import of %s gave inputs %s and outputs %s, want %s and %s",
			s.Type, s.ID, r.InputProperties, r.OutputProperties, resource.InputProperties, resource.OutputProperties)
	}
	if others {
		v.refuse(protocol.ImportResourceRequest{Type: s.Type, ID: s.ID + "-no-such-object"}, "no-such-object")
	}
}

// testMany makes a series of requests in one process, good and bad ones in turn.
func testMany(t *testing.T, c Config) {
	v := start(t, c)
	for range 20 {
		for _, s := range c.Samples(t) {
			v.outputs(protocol.CreateResourceRequest{Type: s.Type, InputProperties: properties(t, s.Inputs), IsStateful: s.Stateful})
			v.refuse(protocol.CreateResourceRequest{Type: s.Type + "x"}, s.Type+"x")
		}
	}
	v.end()
}

// testLog hands the provider's log to the test as long as it runs.
type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	if l.t.Context().Err() == nil { // it ends just before the test does, and logging after that is an error
		l.t.Logf("provider: %s", strings.TrimSuffix(string(b), "\n"))
	}
	return len(b), nil
}
