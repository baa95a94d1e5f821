package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// examples returns the messages in the package comment.
func examples(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if message, ok := strings.CutPrefix(line, "//\t{"); ok {
			lines = append(lines, "{"+strings.TrimSpace(message))
		}
	}
	return lines
}

func decodeAny(line []byte) (interface{ Kind() string }, error) {
	r, err := DecodeRequest(line)
	var unknown *UnknownKindError
	if errors.As(err, &unknown) {
		return DecodeResponse(line)
	}
	return r, err
}

// value decodes JSON, keeping numbers as they are written.
func value(t testing.TB, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return v
}

// TestExamples decodes the examples of the specification, encodes them again and compares. Every message must have one.
func TestExamples(t *testing.T) {
	t.Parallel()
	missing := map[string]bool{}
	for kind := range requestDecoders() {
		missing[kind] = true
	}
	for kind := range responseDecoders() {
		missing[kind] = true
	}
	for _, line := range examples(t) {
		m, err := decodeAny([]byte(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		delete(missing, m.Kind())
		got, err := Encode(m)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if !reflect.DeepEqual(value(t, got), value(t, []byte(line))) {
			t.Errorf("encoded again:\n got %s want %s", got, line)
		}
	}
	for kind := range missing {
		t.Errorf("the specification has no example of %s", kind)
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	for kind, decode := range requestDecoders() {
		r, err := decode(json.RawMessage("{}"))
		if r == nil {
			t.Fatalf("%s: %v", kind, err)
		}
		op := OperationOf(r)
		if op.Request != kind || op.Response == "" || op.Gerund == "" {
			t.Errorf("operation of %s = %+v", kind, op)
		}
		if _, ok := responseDecoders()[op.Response]; !ok {
			t.Errorf("%s is answered by unknown %s", kind, op.Response)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ line, want string }{
		{"", "message is empty"},
		{" \n", "message is empty"},
		{"hello", "message is not JSON: invalid character 'h' looking for beginning of value at byte 1"},
		{`{"createResourceRequest":`, "message is not JSON: unexpected end of JSON input at byte 25"},
		{`{"createResourceRequest":{}} {}`, "message is not JSON: invalid character '{' after top-level value at byte 30"},
		{"{\"x\":\"\xff\"}", "message is not valid UTF-8 at byte 6"},
		{`[]`, "message is not a JSON object but an array"},
		{`null`, "message has 0 keys, want exactly one"},
		{`{}`, "message has 0 keys, want exactly one"},
		{`{"describeRequest":{},"x":1}`, "message has 2 keys, want exactly one"},
		{`{"fooRequest":{}}`, `unknown message kind "fooRequest"`},
		{`{"CreateResourceRequest":{}}`, `unknown message kind "CreateResourceRequest"`},
		{`{"createResourceRequest":[]}`, "createResourceRequest: want an object, got an array"},
		{`{"createResourceRequest":null}`, "createResourceRequest: want an object, got null"},
		{`{"createResourceRequest":{"type":"x","inputProperties":{}}}`, `createResourceRequest: missing key "isStateful"`},
		{`{"createResourceRequest":{"Type":"x","inputProperties":{},"isStateful":true}}`, `createResourceRequest: missing key "type"`},
		{`{"createResourceRequest":{"type":7,"inputProperties":{},"isStateful":true}}`, "createResourceRequest.type: want a string, got a number"},
		{`{"createResourceRequest":{"type":null,"inputProperties":{},"isStateful":true}}`, "createResourceRequest.type: want a string, got null"},
		{`{"createResourceRequest":{"type":"x","inputProperties":"y","isStateful":true}}`, "createResourceRequest.inputProperties: want an object, got a string"},
		{`{"createResourceRequest":{"type":"x","inputProperties":{},"isStateful":"true"}}`, "createResourceRequest.isStateful: want a boolean, got a string"},
		{`{"createResourceRequest":{"type":"x","inputProperties":{},"isStateful":true,"z":1,"a":2}}`,
			`createResourceRequest: unknown key "a" (known: type, inputProperties, isStateful)`},
		{`{"describeRequest":{"a":1}}`, `describeRequest: unknown key "a" (it has no keys)`},
		{`{"updateResourceRequest":{"resource":{"type":"x"},"inputProperties":{}}}`, `updateResourceRequest.resource: missing key "inputProperties"`},
		{`{"updateResourceRequest":{"resource":{"type":"x","inputProperties":{},"outputs":{}},"inputProperties":{}}}`,
			`updateResourceRequest.resource: unknown key "outputs" (known: type, inputProperties, outputProperties)`},
		{`{"stateEventsRequest":{"resource":{"type":"x","inputProperties":{}},"from":-1}}`, "stateEventsRequest.from: want an integer, got a number"},
		{`{"stateAppendRequest":{"resource":{"type":"x","inputProperties":{}},"expectedIndex":1,"events":[{"meta":{}}]}}`,
			`stateAppendRequest.events[0]: missing key "patch"`},
		{`{"createResourceResponse":{}}`, `createResourceResponse: missing key "outputProperties"`},
		{`{"describeResponse":{"operations":["a",1]}}`, "describeResponse.operations: want an array of strings, got an array"},
		{`{"describeResponse":{"operations":[],"resourceTypes":{"x":{"requireState":1}}}}`,
			"describeResponse.resourceTypes.x.requireState: want a boolean, got a number"},
		{`{"stateLockResponse":{"held":{"id":"a"}}}`, `stateLockResponse.held: missing key "holder"`},
	} {
		_, err := decodeAny([]byte(tt.line))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.line, err, tt.want)
		}
	}
}

func TestDecodeTolerance(t *testing.T) {
	t.Parallel()
	r, err := DecodeResponse([]byte(`{"createResourceResponse":{"outputProperties":{"a":1},"later":{"x":[]}}}`))
	if err != nil || string(r.(CreateResourceResponse).OutputProperties["a"]) != "1" {
		t.Errorf("a response with a key of the future: %v, %v", r, err)
	}
	q, err := DecodeRequest([]byte(`{"stateResourceReadRequest":{"resource":{"type":"x","inputProperties":{},"outputProperties":null}}}`))
	if err != nil || q.(StateResourceReadRequest).Resource.OutputProperties != nil {
		t.Errorf("optional null: %v, %v", q, err)
	}
}

// TestEncode checks what encoding/json would do differently.
func TestEncode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		message interface{ Kind() string }
		want    string
	}{
		{CreateResourceResponse{}, `{"createResourceResponse":{"outputProperties":{}}}`},
		{StateResourceReadRequest{Resource{Type: "<x>"}}, `{"stateResourceReadRequest":{"resource":{"type":"<x>","inputProperties":{}}}}`},
		{ReadResourceRequest{Resource{Type: "x", OutputProperties: Properties{}}},
			`{"readResourceRequest":{"resource":{"type":"x","inputProperties":{},"outputProperties":{}}}}`},
		{UpdateResourceResponse{OutputProperties: Properties{"b": json.RawMessage("[1,\n 2]"), "a": json.RawMessage(`"<&>"`)}},
			`{"updateResourceResponse":{"outputProperties":{"a":"<&>","b":[1,2]}}}`},
	} {
		got, err := Encode(tt.message)
		if err != nil || string(got) != tt.want+"\n" {
			t.Errorf("Encode(%#v) = %s, %v\nwant %s", tt.message, got, err, tt.want)
		}
	}
	if _, err := Encode(CreateResourceResponse{OutputProperties: Properties{"a": json.RawMessage("{")}}); err == nil {
		t.Error("a value that is not JSON was encoded")
	}
}

// FuzzDecode checks that decoding never panics, and that what was decoded is encoded to the same message.
func FuzzDecode(f *testing.F) {
	for _, line := range examples(f) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := decodeAny(line)
		if err != nil {
			return
		}
		once, err := Encode(m)
		if err != nil {
			t.Fatalf("encoding %#v: %v", m, err)
		}
		if bytes.Count(once, []byte("\n")) != 1 {
			t.Fatalf("encoded over several lines: %s", once)
		}
		again, err := decodeAny(once)
		if err != nil {
			t.Fatalf("decoding %s: %v", once, err)
		}
		twice, err := Encode(again)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("encoded again: %s, %v\nwant %s", twice, err, once)
		}
	})
}
