package sdk_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"nixops4/providers/protocol"
	"nixops4/providers/providertest"
	"nixops4/providers/sdk"
	"nixops4/state"
	"nixops4/state/mem"
)

type nested struct {
	Host string `json:"host"`
	Port int    `json:"port,omitempty"`
}

type in struct {
	Name    string            `json:"name"`
	Size    int64             `json:"size,omitempty"`
	Ratio   float64           `json:"ratio,omitempty"`
	On      bool              `json:"on,omitzero"`
	Tags    []string          `json:"tags,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Targets []nested          `json:"targets,omitempty"`
	Any     json.RawMessage   `json:"any,omitempty"`
	Note    *string           `json:"note"`
	Hidden  int               `json:"-"`
}

type out struct {
	ID    string          `json:"id"`
	Echo  json.RawMessage `json:"echo,omitempty"`
	Count int             `json:"count"`
}

// thing is a type with everything, whose objects live in a map.
func thing() sdk.Type {
	var mu sync.Mutex
	objects := map[string]in{}
	get := func(name string) (in, bool) {
		mu.Lock()
		defer mu.Unlock()
		i, ok := objects[name]
		return i, ok
	}
	put := func(i in) (out, error) {
		mu.Lock()
		defer mu.Unlock()
		objects[i.Name] = i
		return out{ID: "id-" + i.Name, Echo: i.Any, Count: len(i.Tags)}, nil
	}
	return sdk.Resource[in, out]{
		Replace: []string{"name"},
		Create: func(ctx context.Context, i in, _ bool) (out, error) {
			sdk.Logf(ctx, "creating %s", i.Name)
			switch i.Name {
			case "panic":
				panic("a bug")
			case "error":
				return out{}, errors.New("quota exceeded")
			case "slow":
				<-ctx.Done()
				return out{}, ctx.Err()
			}
			return put(i)
		},
		Update: func(_ context.Context, _ sdk.Existing[in, out], i in) (out, error) { return put(i) },
		Destroy: func(_ context.Context, old sdk.Existing[in, out]) error {
			mu.Lock()
			defer mu.Unlock()
			delete(objects, old.Inputs.Name)
			return nil
		},
		Read: func(_ context.Context, old sdk.Existing[in, out]) (*sdk.Found[in, out], error) {
			i, ok := get(old.Inputs.Name)
			if !ok {
				return nil, nil
			}
			o, err := put(i)
			return &sdk.Found[in, out]{Outputs: o}, err
		},
		Methods: map[string]func(context.Context, sdk.Existing[in, out], protocol.Properties) (any, error){
			"greet": func(_ context.Context, old sdk.Existing[in, out], arguments protocol.Properties) (any, error) {
				return fmt.Sprintf("<%s> from %s", arguments["who"], old.Outputs.ID), nil
			},
		},
	}
}

func provider() sdk.Provider {
	store := mem.New()
	return sdk.Provider{Name: "test", Version: "1", Types: map[string]sdk.Type{
		"thing": thing(),
		"plain": sdk.Resource[struct{}, struct{}]{Create: func(context.Context, struct{}, bool) (struct{}, error) { return struct{}{}, nil }},
		"store": sdk.NewStateResource(func(struct{}) (state.Store, error) { return store, nil }),
	}}
}

func TestContract(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{
		Serve: func(p sdk.Provider) func(ctx context.Context, in io.Reader, out, log io.Writer) error {
			return func(ctx context.Context, in io.Reader, out, log io.Writer) error {
				return sdk.Serve(ctx, p, in, out, log)
			}
		}(provider()), // one for all processes, so that objects outlive them
		Samples: func(*testing.T) []providertest.Sample {
			return []providertest.Sample{
				{Type: "thing", Inputs: `{"name":"a","any":[1.0,12345678901234567890]}`, Updated: `{"name":"a","tags":["x"]}`, Required: "name", Stateful: true, Real: true},
				{Type: "thing", Inputs: `{"name":"b"}`, Required: "name"},
				{Type: "plain", Inputs: `{}`},
				{Type: "store", Inputs: `{}`},
			}
		},
	})
}

// respond answers one request in the usual way and returns the response without its kind.
func respond(t *testing.T, request string) string {
	t.Helper()
	var answer, log bytes.Buffer
	if err := sdk.Serve(t.Context(), provider(), strings.NewReader(request), &answer, &log); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "goroutine") {
		t.Errorf("the log holds a stack: %s", &log)
	}
	return strings.TrimSpace(answer.String())
}

func TestInputs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ inputs, want string }{
		{`{"name":"x"}`, ""},
		{`{"name":"x","note":null,"size":9223372036854775807,"ratio":1,"targets":[{"host":"h"}],"labels":{"a":"b"}}`, ""},
		{`{}`, `missing input "name"`},
		{`{"nam":"x"}`, `unknown input "nam"; did you mean "name"?`},
		{`{"name":"x","zzzzzz":1}`, `unknown input "zzzzzz"; known are: name, size, ratio, on, tags, labels, targets, any, note`},
		{`{"name":"x","Hidden":1}`, `unknown input "Hidden"; known are: name, size, ratio, on, tags, labels, targets, any, note`},
		{`{"Name":"x"}`, `unknown input "Name"; did you mean "name"?`},
		{`{"name":null}`, `input "name": want a string, got null`},
		{`{"name":{"secret":1}}`, `input "name": want a string, got an attribute set`},
		{`{"name":"x","size":1.5}`, `input "size": want an integer in range, got a number`},
		{`{"name":"x","size":9223372036854775808}`, `input "size": want an integer in range, got a number`},
		{`{"name":"x","on":"yes"}`, `input "on": want a boolean, got a string`},
		{`{"name":"x","ratio":[]}`, `input "ratio": want a number, got a list`},
		{`{"name":"x","tags":["a",["b"]]}`, `input "tags[1]": want a string, got a list`},
		{`{"name":"x","labels":{"a":true}}`, `input "labels.a": want a string, got a boolean`},
		{`{"name":"x","labels":[]}`, `input "labels": want an attribute set, got a list`},
		{`{"name":"x","targets":[{"host":"a"},{"port":1}]}`, `missing input "targets[1].host"`},
		{`{"name":"x","targets":[{"host":"a","prt":1}]}`, `unknown input "targets[0].prt"; did you mean "port"?`},
		{`{"name":"x","note":1}`, `input "note": want a string, got a number`},
		{`{"name":"error"}`, "quota exceeded"},
		{`{"name":"panic"}`, "internal error in the provider: a bug"},
	} {
		got := respond(t, `{"createResourceRequest":{"type":"thing","inputProperties":`+tt.inputs+`,"isStateful":true}}`)
		r, err := protocol.DecodeResponse([]byte(got))
		if err != nil {
			t.Fatal(err)
		}
		e, failed := r.(protocol.ErrorResponse)
		if failed != (tt.want != "") || e.Message != tt.want || e.HalfDone != strings.Contains(tt.inputs, `"panic"`) {
			t.Errorf("%s:\n got %s\nwant %s", tt.inputs, got, tt.want)
		}
	}
}

func TestRespond(t *testing.T) {
	t.Parallel()
	const res = `"resource":{"type":"thing","inputProperties":{"name":"a","gone":1},"outputProperties":{"id":"id-a","old":2}}`
	for _, tt := range []struct{ request, want string }{
		{`{"createResourceRequest":{"type":"thing","inputProperties":{"name":"<&>"},"isStateful":true}}`, `{"createResourceResponse":{"outputProperties":{"count":0,"id":"id-<&>"}}}`},
		{`{"planResourceRequest":{"type":"thing","inputProperties":{"name":"a"}}}`, `{"planResourceResponse":{"action":"create"}}`},
		{`{"planResourceRequest":{"type":"thing","resource":{"type":"thing","inputProperties":{"tags":["x"],"name":"a"}},"inputProperties":{"name":"a","tags":[ "x" ]}}}`,
			`{"planResourceResponse":{"action":"none"}}`},
		{`{"planResourceRequest":{"type":"thing","resource":{"type":"thing","inputProperties":{"name":"a","size":1}},"inputProperties":{"name":"a","on":true}}}`,
			`{"planResourceResponse":{"action":"update","reasons":["on","size"]}}`},
		{`{"planResourceRequest":{"type":"thing","resource":{"type":"thing","inputProperties":{"name":"a"}},"inputProperties":{"name":"b"}}}`,
			`{"planResourceResponse":{"action":"replace","reasons":["name"]}}`},
		{`{"callMethodRequest":{` + res + `,"method":"greet","arguments":{"who":1}}}`, `{"callMethodResponse":{"result":"<1> from id-a"}}`},
		{`{"callMethodRequest":{` + res + `,"method":"gret","arguments":{}}}`, `{"errorResponse":{"message":"there is no method \"gret\"; the methods are [\"greet\"]"}}`},
		{`{"importResourceRequest":{"type":"thing","id":"x"}}`, `{"errorResponse":{"message":"a resource of type \"thing\" does not support the operation \"import\""}}`},
		{`{"updateResourceRequest":{"resource":{"type":"plain","inputProperties":{}},"inputProperties":{}}}`,
			`{"errorResponse":{"message":"a resource of type \"plain\" does not support the operation \"update\""}}`},
		{`{"stateResourceReadRequest":{"resource":{"type":"plain","inputProperties":{}}}}`,
			`{"errorResponse":{"message":"a resource of type \"plain\" does not support the operation \"stateRead\""}}`},
		{`{"stateResourceReadRequest":{"resource":{"type":"store","inputProperties":{}}}}`, `{"errorResponse":{"message":"state in memory: not found"}}`},
		{`{"stateResourceEvent":{"resource":{"type":"store","inputProperties":{}},"event":"x","nixopsVersion":"1","patch":[{"op":"frob"}]}}`,
			`{"errorResponse":{"message":"patch: operation 0: unknown op \"frob\""}}`},
		{`{"createResourceRequest":{"type":"thin","inputProperties":{},"isStateful":true}}`,
			`{"errorResponse":{"message":"provider \"test\" has no resource type \"thin\": did you mean \"thing\"?"}}`},
		{`{"createResourceRequest":{"type":"zzzzzzz","inputProperties":{},"isStateful":true}}`,
			`{"errorResponse":{"message":"provider \"test\" has no resource type \"zzzzzzz\": it has [\"plain\" \"store\" \"thing\"]"}}`},
		{`{"fooRequest":{}}`, `{"errorResponse":{"message":"this provider does not know the request \"fooRequest\""}}`},
		{`{"describeRequest":{"x":1}}`, `{"errorResponse":{"message":"understanding the request: describeRequest: unknown key \"x\" (it has no keys)"}}`},
		{`hello`, `{"errorResponse":{"message":"understanding the request: message is not JSON: invalid character 'h' looking for beginning of value at byte 1"}}`},
		{"\n\n", ""},
	} {
		if got := respond(t, tt.request); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.request, got, tt.want)
		}
	}
}

// TestOutputsMustBeAnAttributeSet makes a mistake that Go's types do not prevent.
func TestOutputsMustBeAnAttributeSet(t *testing.T) {
	t.Parallel()
	p := sdk.Provider{Types: map[string]sdk.Type{
		"list": sdk.Resource[struct{}, []int]{Create: func(context.Context, struct{}, bool) ([]int, error) { return nil, nil }},
	}}
	_, err := p.Handle(t.Context(), protocol.CreateResourceRequest{Type: "list"})
	if err == nil || err.Error() != "encoding outputs: []int is not an attribute set" {
		t.Errorf("error = %v", err)
	}
}

// TestStateOverV0 records events as the existing NixOps4 does.
func TestStateOverV0(t *testing.T) {
	t.Parallel()
	const res = `"resource":{"type":"store","inputProperties":{}}`
	got := respond(t, strings.Join([]string{
		`{"createResourceRequest":{"type":"store","inputProperties":{},"isStateful":false}}`,
		`{"stateResourceEvent":{` + res + `,"event":"create","nixopsVersion":"0.1.0","patch":[{"op":"add","path":"/resources/a","value":1.0}]}}`,
		`{"stateResourceEvent":{` + res + `,"event":"update","nixopsVersion":"0.1.0","patch":[{"op":"replace","path":"/resources/a","value":2.0}]}}`,
		`{"stateResourceEvent":{` + res + `,"event":"update","nixopsVersion":"0.1.0","patch":[{"op":"replace","path":"/resources/none","value":2.0}]}}`,
		`{"stateResourceReadRequest":{` + res + `}}`,
		`{"stateEventsRequest":{` + res + `,"from":2}}`,
	}, "\n"))
	lines := strings.Split(got, "\n")
	want := []string{
		`{"createResourceResponse":{"outputProperties":{}}}`,
		`{"stateResourceEventResponse":{}}`,
		`{"stateResourceEventResponse":{}}`,
		`{"errorResponse":{"message":"patch: operation 0: replace \"/resources/none\": there is nothing at this path"}}`,
		`{"stateResourceReadResponse":{"state":{"_type":"nixopsState","deployments":{},"resources":{"a":2.0}}}}`,
	}
	for i, w := range want {
		if lines[i] != w {
			t.Errorf("answer %d:\n got %s\nwant %s", i, lines[i], w)
		}
	}
	if last := lines[5]; !strings.Contains(last, `"event":"update","nixopsVersion":"0.1.0","time":"`) || strings.Count(last, `"index"`) != 1 {
		t.Errorf("events = %s", last)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var answer, log bytes.Buffer
	request := `{"createResourceRequest":{"type":"thing","inputProperties":{"name":"x"},"isStateful":true}}`
	if err := sdk.Serve(t.Context(), provider(), strings.NewReader(request+"\n"+request), &answer, &log); err != nil {
		t.Fatal(err)
	}
	if got, want := log.String(), "creating x\ncreating x\n"; got != want {
		t.Errorf("log = %q, want %q", got, want)
	}
	if n := strings.Count(answer.String(), "\n"); n != 2 {
		t.Errorf("%d answers", n)
	}
	sdk.Logf(context.Background(), "nobody hears this")
}

func TestServeEnds(t *testing.T) {
	t.Parallel()
	// The context cancels the request in progress and ends serving, even though the input stays open.
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	defer writer.Close()
	var answer bytes.Buffer
	ended := make(chan error)
	log, logWriter := io.Pipe()
	go func() { ended <- sdk.Serve(ctx, provider(), reader, &answer, logWriter) }()
	if _, err := io.WriteString(writer, `{"createResourceRequest":{"type":"thing","inputProperties":{"name":"slow"},"isStateful":true}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(log).ReadString('\n'); err != nil || !strings.Contains(line, "creating slow") {
		t.Fatalf("log = %q, %v", line, err)
	}
	cancel()
	if err := <-ended; err != nil || !strings.Contains(answer.String(), "context canceled") {
		t.Errorf("error = %v, answer = %s", err, &answer)
	}
	broken := errors.New("broken")
	if err := sdk.Serve(t.Context(), provider(), io.MultiReader(strings.NewReader("{}\n"), errorReader{broken}), io.Discard, io.Discard); !errors.Is(err, broken) {
		t.Errorf("broken input: %v", err)
	}
	if err := sdk.Serve(t.Context(), provider(), strings.NewReader("{}\n"), errorWriter{broken}, io.Discard); !errors.Is(err, broken) {
		t.Errorf("broken output: %v", err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

type errorWriter struct{ err error }

func (w errorWriter) Write([]byte) (int, error) { return 0, w.err }
