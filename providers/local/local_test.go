package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"nixops4/providers/local"
	"nixops4/providers/protocol"
	"nixops4/providers/providertest"
	"nixops4/providers/sdk"
)

func TestContract(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{
		Serve: func(ctx context.Context, in io.Reader, out, log io.Writer) error {
			return sdk.Serve(ctx, local.Provider("test"), in, out, log)
		},
		Samples: func(t *testing.T) []providertest.Sample {
			dir := t.TempDir()
			return []providertest.Sample{
				{Type: "file", Inputs: input("name", dir+"/a", "contents", "hi <&>"), Updated: input("name", dir+"/a", "contents", "ü"), Required: "contents", Stateful: true, Real: true, ID: dir + "/a"},
				{Type: "file", Inputs: input("name", dir+"/b", "contents", ""), Required: "name"},
				{Type: "exec", Inputs: `{"executable":"sh","args":["-c","echo hi"]}`, Required: "executable"},
				{Type: "exec", Inputs: `{"executable":"cat","stdin":"in","args":[]}`, Updated: `{"executable":"cat","stdin":"other"}`, Stateful: true},
				{Type: "exec", Inputs: `{"executable":"echo","once":true,"check":["test","-d","/"]}`, Stateful: true},
				{Type: "memo", Inputs: `{"initialize_with":{"n":12345678901234567890,"f":1.0}}`, Updated: `{"initialize_with":2}`, Required: "initialize_with", Stateful: true, NeedState: true},
				{Type: "memo", Inputs: `{"initialize_with":[1.10]}`, Stateful: true, NeedState: true, ID: `[1.10]`},
				{Type: "state_file", Inputs: input("name", dir+"/state.json"), Required: "name", Real: true},
			}
		},
	})
}

// input returns a JSON object of strings.
func input(pairs ...string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func properties(text string) protocol.Properties {
	var p protocol.Properties
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	return p
}

// create returns the outputs as text, or the error.
func create(t *testing.T, kind, inputs string, stateful bool) string {
	t.Helper()
	r, err := local.Provider("test").Handle(t.Context(), protocol.CreateResourceRequest{Type: kind, InputProperties: properties(inputs), IsStateful: stateful})
	if err != nil {
		return "error: " + err.Error()
	}
	text, err := r.(protocol.CreateResourceResponse).OutputProperties.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func TestExec(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ inputs, want string }{
		{`{"executable":"sh","args":["-c","echo $0 $1; cat","a","b c"],"stdin":"x\ny"}`, `{"stdout":"a b c\nx\ny"}`},
		{`{"executable":"cat"}`, `{"stdout":""}`},
		{`{"executable":"cat","stdin":null}`, `{"stdout":""}`},
		{`{"executable":"true","stdin":"` + strings.Repeat("not read", 100_000) + `"}`, `{"stdout":""}`},
		{`{"executable":"sh","args":["-c","exit 3"]}`, `error: sh -c "exit 3" failed: exit status 3`},
		{`{"executable":"sh","args":["-c","for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >&2; done; exit 1"]}`,
			"error: sh -c \"for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >&2; done; exit 1\" failed: exit status 1\n  its last lines:\n  | line 3\n  | line 4\n  | line 5\n  | line 6\n  | line 7\n  | line 8\n  | line 9\n  | line 10\n  | line 11\n  | line 12"},
		{`{"executable":"sh","args":["-c","kill -KILL $$"]}`, `error: sh -c "kill -KILL $$" failed: signal: killed`},
		{`{"executable":"no-such-program-xyz"}`, `error: there is no program "no-such-program-xyz" in PATH`},
		{`{"executable":"/no/such/program"}`, `error: starting /no/such/program: fork/exec /no/such/program: no such file or directory`},
		{`{"executable":""}`, `error: input "executable" is empty`},
		{`{"executable":"printf","args":["\\377"]}`, `error: printf "\\377" printed bytes that are not UTF-8, and an output must be text; encode it, for example with base64`},
		{`{"executable":"true","once":true}`, "error: exec resource with once=true requires state (use isStateful): set the resource's `state`"},
		{`{"executable":"true","args":["a",1]}`, `error: input "args[1]": want a string, got a number`},
		{`{"executable":"true","args":"a"}`, `error: input "args": want a list, got a string`},
		{`{"executable":"true","arg":[]}`, `error: unknown input "arg"; did you mean "args"?`},
		{`{"args":[]}`, `error: missing input "executable"`},
		{`{"executable":null}`, `error: input "executable": want a string, got null`},
	} {
		if got := create(t, "exec", tt.inputs, false); got != tt.want {
			t.Errorf("exec %.200s:\n got %.1000s\nwant %s", tt.inputs, got, tt.want)
		}
	}
}

// TestExecBackground starts programs that go on after the first has ended.
func TestExecBackground(t *testing.T) {
	t.Parallel()
	start := time.Now()
	if got := create(t, "exec", `{"executable":"sh","args":["-c","echo first; (sleep 0.3; echo second) &"]}`, false); got != `{"stdout":"first\nsecond\n"}` {
		t.Errorf("output of what was started: %s", got)
	}
	if got := create(t, "exec", `{"executable":"sh","args":["-c","echo started; exec >/dev/null; sleep 60 &"]}`, false); got != `{"stdout":"started\n"}` {
		t.Errorf("service with standard error open: %s", got)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestExecOnce(t *testing.T) {
	t.Parallel()
	update := func(outputs protocol.Properties, once string) string {
		r, err := local.Provider("test").Handle(t.Context(), protocol.UpdateResourceRequest{
			Resource:        protocol.Resource{Type: "exec", InputProperties: properties(`{"executable":"echo"}`), OutputProperties: outputs},
			InputProperties: properties(`{"executable":"echo","args":["new"],"once":` + once + `}`),
		})
		if err != nil {
			return "error: " + err.Error()
		}
		return string(r.(protocol.UpdateResourceResponse).OutputProperties["stdout"])
	}
	for _, tt := range []struct {
		outputs protocol.Properties
		once    string
		want    string
	}{
		{properties(`{"stdout":"old\n"}`), "true", `"old\n"`},
		{properties(`{"stdout":"old\n"}`), "false", `"new\n"`},
		{nil, "true", "error: the output of the first run is not recorded, and once=true forbids a second one"},
	} {
		if got := update(tt.outputs, tt.once); got != tt.want {
			t.Errorf("update with once = %s and outputs %s: %s, want %s", tt.once, tt.outputs, got, tt.want)
		}
	}
}

// TestExecCheck reads a resource whose check finds its effect, does not find it, or cannot look.
func TestExecCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "effect"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	read := func(check []string, outputs protocol.Properties) string {
		inputs := properties(`{"executable":"echo"}`)
		inputs["check"], _ = json.Marshal(check)
		r, err := local.Provider("test").Handle(t.Context(), protocol.ReadResourceRequest{Resource: protocol.Resource{Type: "exec", InputProperties: inputs, OutputProperties: outputs}})
		if err != nil {
			return "error: " + err.Error()
		}
		found := r.(protocol.ReadResourceResponse)
		if found.Gone {
			return "gone"
		}
		return string(found.OutputProperties["stdout"])
	}
	recorded := properties(`{"stdout":"old"}`)
	for _, tt := range []struct {
		check   []string
		outputs protocol.Properties
		want    string
	}{
		{nil, recorded, `"old"`},
		{[]string{"test", "-e", dir + "/effect"}, recorded, `"old"`},
		{[]string{"test", "-e", dir + "/none"}, recorded, "gone"},
		{[]string{"test", "-e", dir + "/none"}, nil, "gone"},
		{[]string{"test", "-e", dir + "/effect"}, nil, "error: what the program printed is not recorded, and cannot be found out without running it again"},
		{nil, nil, "error: what the program printed is not recorded, and cannot be found out without running it again"},
		{[]string{"printf", "\\377"}, recorded, `"old"`},
		{[]string{"no-such-program-xyz"}, recorded, `error: check: there is no program "no-such-program-xyz" in PATH`},
		{[]string{"sh", "-c", "kill -KILL $$"}, recorded, `error: check: sh -c "kill -KILL $$" failed: signal: killed`},
		{[]string{""}, recorded, `error: check: input "executable" is empty`},
	} {
		if got := read(tt.check, tt.outputs); got != tt.want {
			t.Errorf("check %q, outputs %s: %s, want %s", tt.check, tt.outputs, got, tt.want)
		}
	}
}

// TestStateFileLife reads and destroys a state file, which is refused while something is recorded.
func TestStateFileLife(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "state.json")
	p := local.Provider("test")
	resource := protocol.Resource{Type: "state_file", InputProperties: properties(input("name", name))}
	handle := func(r protocol.Request) string {
		response, err := p.Handle(t.Context(), r)
		if err != nil {
			return "error: " + err.Error()
		}
		line, err := protocol.Encode(response)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(line))
	}
	record := func(patch string) protocol.Request {
		return protocol.StateResourceEvent{Resource: resource, Event: "test", Patch: json.RawMessage(patch)}
	}
	for i, tt := range []struct {
		request protocol.Request
		want    string
	}{
		{protocol.ReadResourceRequest{Resource: resource}, `{"readResourceResponse":{"gone":true}}`},
		{protocol.DestroyResourceRequest{Resource: resource}, `{"destroyResourceResponse":{}}`},
		{protocol.CreateResourceRequest{Type: "state_file", InputProperties: resource.InputProperties}, `{"createResourceResponse":{"outputProperties":{}}}`},
		{protocol.ReadResourceRequest{Resource: resource}, `{"readResourceResponse":{"outputProperties":{}}}`},
		{record(`[{"op":"add","path":"/resources/a","value":{"type":"t","input_properties":{},"output_properties":{}}}]`), `{"stateResourceEventResponse":{}}`},
		{protocol.DestroyResourceRequest{Resource: resource}, "error: state is not removed while something is recorded in it (resources: 1, unfinished operations: 0)"},
		{record(`[{"op":"remove","path":"/resources/a"}]`), `{"stateResourceEventResponse":{}}`},
		{protocol.DestroyResourceRequest{Resource: resource}, `{"destroyResourceResponse":{}}`},
		{protocol.ReadResourceRequest{Resource: resource}, `{"readResourceResponse":{"gone":true}}`},
	} {
		if got := handle(tt.request); got != tt.want {
			t.Errorf("step %d: %s, want %s", i, got, tt.want)
		}
	}
	if _, err := os.Lstat(name); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
}

func TestExecCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := local.Provider("test").Handle(ctx, protocol.CreateResourceRequest{Type: "exec", InputProperties: properties(`{"executable":"sleep","args":["60"]}`)})
	if err == nil || err.Error() != "sleep 60 was stopped" {
		t.Errorf("error = %v", err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFileWrites checks what writing does to the many things a name can stand for.
func TestFileWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	check := func(name, want string) {
		t.Helper()
		if got := create(t, "file", input("name", at(name), "contents", "new"), false); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(at("mode"), []byte("old and longer"), 0o600))
	must(os.Chmod(at("mode"), 0o751))
	must(os.WriteFile(at("target"), []byte("old"), 0o644))
	must(os.Symlink("target", at("link")))
	must(os.Symlink("dangling-target", at("dangling")))
	must(os.Symlink("no-folder/x", at("astray")))
	must(os.WriteFile(at("hard1"), []byte("old"), 0o644))
	must(os.Link(at("hard1"), at("hard2")))
	must(os.Mkdir(at("folder"), 0o755))
	must(os.WriteFile(at("same"), []byte("new"), 0o644))
	before := time.Unix(1_000_000_000, 0)
	must(os.Chtimes(at("same"), before, before))
	must(syscall.Mkfifo(at("fifo"), 0o644))
	fromFifo := make(chan string)
	go func() {
		text, err := os.ReadFile(at("fifo"))
		fromFifo <- fmt.Sprint(string(text), err)
	}()

	long, wide := strings.Repeat("n", 255), strings.Repeat("日", 85)
	for _, name := range []string{"fresh", "mode", "link", "dangling", "hard1", "same", "fifo", long, wide} {
		check(name, "{}")
	}
	check("folder", "error: "+at("folder")+" is a directory")
	check("astray", "error: writing "+at("astray")+": the directory "+at("no-folder")+" does not exist")
	check("none/x", "error: writing "+at("none/x")+": the directory "+at("none")+" does not exist")
	for _, name := range []string{"fresh", "mode", "target", "dangling-target", "hard1", "hard2", "same", long, wide} {
		if got := content(t, at(name)); got != "new" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	if got := <-fromFifo; got != "new<nil>" {
		t.Errorf("read from the pipe: %s", got)
	}
	if info, err := os.Stat(at("mode")); err != nil || info.Mode().Perm() != 0o751 {
		t.Errorf("mode became %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"link", "dangling"} {
		if info, err := os.Lstat(at(name)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s became %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(at("same")); err != nil || !info.ModTime().Equal(before) {
		t.Errorf("the file with the same contents was written at %v, %v", info.ModTime(), err)
	}
	left, err := filepath.Glob(at(".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if got := create(t, "file", `{"name":"","contents":""}`, false); got != `error: input "name" is empty` {
		t.Errorf("empty name: %s", got)
	}
	if got := create(t, "file", `{"name":"a\u0000b","contents":""}`, false); got != `error: input "name" contains a zero byte` {
		t.Errorf("zero byte: %s", got)
	}
}

func TestFileDestroyReadPlan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "a.txt")
	handle := func(r protocol.Request) string {
		response, err := local.Provider("test").Handle(t.Context(), r)
		if err != nil {
			return "error: " + err.Error()
		}
		line, err := protocol.Encode(response)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(strings.TrimSpace(string(line)), dir, "DIR")
	}
	old := protocol.Resource{Type: "file", InputProperties: properties(input("name", name, "contents", "old")), OutputProperties: protocol.Properties{}}
	moved := properties(input("name", name+".2", "contents", "old"))
	changed := properties(input("name", name, "contents", "new"))
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	plan := func(old *protocol.Resource, in protocol.Properties) protocol.Request {
		return protocol.PlanResourceRequest{Type: "file", Resource: old, InputProperties: in}
	}
	for i, tt := range []struct {
		before  func()
		request protocol.Request
		want    string
	}{
		{nil, protocol.ReadResourceRequest{Resource: old}, `{"readResourceResponse":{"gone":true}}`},
		{nil, protocol.DestroyResourceRequest{Resource: old}, `{"destroyResourceResponse":{}}`},
		{nil, protocol.ImportResourceRequest{Type: "file", ID: name}, `error: there is no file "` + name + `"`},
		{func() { write(name, "drifted") }, protocol.ReadResourceRequest{Resource: old},
			`{"readResourceResponse":{"outputProperties":{},"inputProperties":{"contents":"drifted","name":"DIR/a.txt"}}}`},
		{nil, protocol.ImportResourceRequest{Type: "file", ID: name}, `{"importResourceResponse":{"inputProperties":{"contents":"drifted","name":"DIR/a.txt"},"outputProperties":{}}}`},
		{nil, plan(nil, changed), `{"planResourceResponse":{"action":"create"}}`},
		{nil, plan(&old, old.InputProperties), `{"planResourceResponse":{"action":"none"}}`},
		{nil, plan(&old, changed), `{"planResourceResponse":{"action":"update","reasons":["contents"]}}`},
		{nil, plan(&old, moved), `{"planResourceResponse":{"action":"replace","reasons":["name"]}}`},
		{nil, protocol.UpdateResourceRequest{Resource: old, InputProperties: moved}, `{"updateResourceResponse":{"outputProperties":{}}}`},
		{nil, protocol.ReadResourceRequest{Resource: old}, `{"readResourceResponse":{"gone":true}}`},
		{func() { write(name, "\xff") }, protocol.ReadResourceRequest{Resource: old}, "error: the contents of " + name + " are not UTF-8, so they cannot be an input"},
		{nil, protocol.DestroyResourceRequest{Resource: old}, `{"destroyResourceResponse":{}}`},
		{func() { _ = os.Mkdir(name, 0o755) }, protocol.DestroyResourceRequest{Resource: old}, "error: " + name + " is a directory now; it is not removed"},
	} {
		if tt.before != nil {
			tt.before()
		}
		if got := handle(tt.request); got != tt.want {
			t.Errorf("step %d:\n got %s\nwant %s", i, got, tt.want)
		}
	}
	if got := content(t, name+".2"); got != "old" {
		t.Errorf("moved file holds %q", got)
	}
}

// TestFileOtherName renames a file to another name of the same file, which must not remove it.
func TestFileOtherName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("real.txt", filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "here")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		before, after string
		want          string // what is planned
	}{
		{"real.txt", "./real.txt", "update"},
		{"real.txt", "link.txt", "update"},
		{"link.txt", "real.txt", "update"},
		{"real.txt", "here/real.txt", "update"},
		{"real.txt", "other.txt", "replace"},
		{"missing.txt", "here/missing.txt", "update"},
	} {
		old := protocol.Resource{Type: "file", InputProperties: properties(input("name", dir+"/"+tt.before, "contents", "text")), OutputProperties: protocol.Properties{}}
		inputs := properties(input("name", dir+"/"+tt.after, "contents", "text"))
		if tt.before != "missing.txt" {
			create(t, "file", input("name", dir+"/"+tt.before, "contents", "text"), true)
		}
		planned, err := local.Provider("test").Handle(t.Context(), protocol.PlanResourceRequest{Type: "file", Resource: &old, InputProperties: inputs})
		if err != nil {
			t.Fatal(err)
		}
		if got := planned.(protocol.PlanResourceResponse).Action; got != tt.want {
			t.Errorf("%s to %s: %s, want %s", tt.before, tt.after, got, tt.want)
		}
		if _, err := local.Provider("test").Handle(t.Context(), protocol.UpdateResourceRequest{Resource: old, InputProperties: inputs}); err != nil {
			t.Errorf("%s to %s: %v", tt.before, tt.after, err)
		}
		if got := content(t, filepath.Join(dir, tt.after)); got != "text" {
			t.Errorf("%s to %s: it holds %q", tt.before, tt.after, got)
		}
	}
}

// TestFileWithoutContents reads a pipe, which nobody writes to, and a file whose folder has become a file.
func TestFileWithoutContents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, under := filepath.Join(dir, "pipe"), filepath.Join(dir, "plain", "x")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plain"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	resource := func(name string) protocol.Resource {
		return protocol.Resource{Type: "file", InputProperties: properties(input("name", name, "contents", "text")), OutputProperties: protocol.Properties{}}
	}
	for _, tt := range []struct {
		request protocol.Request
		want    string
	}{
		{protocol.ReadResourceRequest{Resource: resource(pipe)}, `{"readResourceResponse":{"outputProperties":{}}}`},
		{protocol.ImportResourceRequest{Type: "file", ID: pipe}, "error: " + pipe + " is a pipe, a socket or a device, which has no contents"},
		{protocol.ReadResourceRequest{Resource: resource(dir)}, "error: " + dir + " is a directory"},
		{protocol.ReadResourceRequest{Resource: resource(under)}, `{"readResourceResponse":{"gone":true}}`},
		{protocol.DestroyResourceRequest{Resource: resource(under)}, `{"destroyResourceResponse":{}}`},
	} {
		got := ""
		if response, err := local.Provider("test").Handle(t.Context(), tt.request); err != nil {
			got = "error: " + err.Error()
		} else if line, err := protocol.Encode(response); err != nil {
			t.Fatal(err)
		} else {
			got = strings.TrimSpace(string(line))
		}
		if got != tt.want {
			t.Errorf("%T: %s, want %s", tt.request, got, tt.want)
		}
	}
}

func TestMemo(t *testing.T) {
	t.Parallel()
	if got, want := create(t, "memo", `{"initialize_with":{"a":[1.0,12345678901234567890,"<"]}}`, true), `{"value":{"a":[1.0,12345678901234567890,"<"]}}`; got != want {
		t.Errorf("memo = %s, want %s", got, want)
	}
	if got, want := create(t, "memo", `{"initialize_with":null}`, true), `{"value":null}`; got != want {
		t.Errorf("memo = %s, want %s", got, want)
	}
	if got := create(t, "memo", `{"initialize_with":1}`, false); !strings.Contains(got, "memo resources require state (isStateful must be true)") {
		t.Errorf("memo without state: %s", got)
	}
	for id, want := range map[string]string{"5": "5", `{"a":1}`: `{"a":1}`, "hello": `"hello"`} {
		r, err := local.Provider("").Handle(t.Context(), protocol.ImportResourceRequest{Type: "memo", ID: id})
		if err != nil || string(r.(protocol.ImportResourceResponse).OutputProperties["value"]) != want {
			t.Errorf("import %s: %v, %v", id, r, err)
		}
	}
}

func TestStateFileErrors(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(name, []byte("not a state file"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := create(t, "state_file", input("name", name), false); !strings.Contains(got, "is damaged at byte 0: it is not a state file") {
		t.Errorf("creating over another file: %s", got)
	}
	if got := content(t, name); got != "not a state file" {
		t.Errorf("the file became %q", got)
	}
	if got := create(t, "state_file", `{"name":""}`, false); got != `error: input "name" is empty` {
		t.Errorf("empty name: %s", got)
	}
}
