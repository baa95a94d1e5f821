package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

func parse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := ParseDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func text(d *Document) string { return string(d.root.json()) }

func patchText(p Patch) string {
	b, err := p.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func properties(text string) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		panic(err)
	}
	return m
}

func resource(inputs, outputs string) Resource {
	return Resource{Type: "t", InputProperties: properties(inputs), OutputProperties: properties(outputs)}
}

func TestParseDocument(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{` { "_type": "nixopsState", "resources": {}, "x": [1, 2.50] } `, `{"_type":"nixopsState","resources":{},"x":[1,2.50]}`},
		{`{"_type":"nixopsState"}`, `{"_type":"nixopsState"}`},
		{`{`, "state document is not valid JSON"},
		{`[]`, "state document is not an object"},
		{`{}`, `state document has no "_type"`},
		{`{"_type":"other"}`, `state document has "_type" "other", want "nixopsState"`},
		{`{"_type":"nixopsState","resources":[]}`, `state document's "resources" is not an object`},
		{`{"_type":"nixopsState","deployments":null}`, `state document's "deployments" is not an object`},
		{`{"_type":1}`, `state document has "_type" 1, want "nixopsState"`},
	} {
		d, err := ParseDocument([]byte(tt.in))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = text(d)
		}
		if got != tt.want {
			t.Errorf("ParseDocument(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

const sample = `{"_type":"nixopsState","deployments":{"a":{"deployments":{"b.c":{"deployments":{},"resources":{"x":{"extra":[1],"input_properties":{"n":1.0},"output_properties":{},"type":"t"}}}},"resources":{}}},"other":true,"resources":{"file.txt":{"input_properties":{"args":["a","b"]},"output_properties":{"o":null},"type":"t"}}}`

func TestResource(t *testing.T) {
	t.Parallel()
	d := parse(t, sample)
	r, err := d.Resource([]string{"a", "b.c", "x"})
	if err != nil || r.Type != "t" || string(r.InputProperties["n"]) != "1.0" || r.OutputProperties == nil || string(r.Extra["extra"]) != "[1]" || len(r.Extra) != 1 {
		t.Errorf("resource = %+v, %v", r, err)
	}
	for _, path := range [][]string{nil, {"x"}, {"a"}, {"a", "x"}, {"a", "b.c", "x", "y"}, {"_type"}} {
		if _, err := d.Resource(path); !errors.Is(err, ErrNotFound) {
			t.Errorf("resource %q: %v", path, err)
		}
	}
	var paths []string
	err = d.Walk(func(path []string, r Resource) error {
		paths = append(paths, display(path))
		return nil
	})
	if got, want := strings.Join(paths, " "), `"file.txt" a."b.c".x`; err != nil || got != want {
		t.Errorf("walk = %s, %v, want %s", got, err, want)
	}
	for _, tt := range []struct{ resource, want string }{
		{`1`, "resource x in state: it is not an object"},
		{`{}`, `resource x in state: no "type"`},
		{`{"type":1}`, `resource x in state: "type" is not a string`},
		{`{"type":"t","inputProperties":{},"outputProperties":{}}`, `resource x in state: it has no "input_properties"`},
		{`{"type":"t","input_properties":[],"output_properties":{}}`, `resource x in state: "input_properties" is not an object`},
	} {
		d := parse(t, `{"_type":"nixopsState","resources":{"x":`+tt.resource+`}}`)
		if _, err := d.Resource([]string{"x"}); err == nil || !strings.HasPrefix(err.Error(), tt.want) && !strings.Contains(err.Error(), "output_properties") {
			t.Errorf("%s: error = %v, want %s", tt.resource, err, tt.want)
		}
		if err := d.Walk(func([]string, Resource) error { return nil }); err == nil {
			t.Errorf("%s: walked", tt.resource)
		}
	}
}

// TestPatchSet applies the patch that sets a resource and looks at patch and result.
func TestPatchSet(t *testing.T) {
	t.Parallel()
	const empty = `{"_type":"nixopsState","deployments":{},"resources":{}}`
	const r = `{"input_properties":{"i":1},"output_properties":{"o":2},"type":"t"}`
	withExtra := resource(`{"i":1}`, `{"o":2}`)
	withExtra.Extra = properties(`{"provider":{"executable":"x"}}`)
	for _, tt := range []struct {
		document string
		path     []string
		resource Resource
		want     string
	}{
		{empty, []string{"x"}, resource(`{"i":1}`, `{"o":2}`), `[{"op":"add","path":"/resources/x","value":` + r + `}]`},
		{empty, []string{"a/b", "x~"}, resource(`{"i":1}`, `{"o":2}`),
			`[{"op":"add","path":"/deployments/a~1b","value":{"deployments":{},"resources":{"x~":` + r + `}}}]`},
		{empty, []string{"a", "b", "x"}, resource(`{"i":1}`, `{"o":2}`),
			`[{"op":"add","path":"/deployments/a","value":{"deployments":{"b":{"deployments":{},"resources":{"x":` + r + `}}},"resources":{}}}]`},
		{`{"_type":"nixopsState"}`, []string{"x"}, resource(`{"i":1}`, `{"o":2}`), `[{"op":"add","path":"/resources","value":{"x":` + r + `}}]`},
		{`{"_type":"nixopsState"}`, []string{"a", "x"}, resource(`{"i":1}`, `{"o":2}`),
			`[{"op":"add","path":"/deployments","value":{"a":{"deployments":{},"resources":{"x":` + r + `}}}}]`},
		{`{"_type":"nixopsState","deployments":{"a":{}}}`, []string{"a", "x"}, resource(`{"i":1}`, `{"o":2}`),
			`[{"op":"add","path":"/deployments/a/resources","value":{"x":` + r + `}}]`},
		{sample, []string{"file.txt"}, resource(`{"args":["a","b"]}`, `{"o":null}`), `[]`},
		{sample, []string{"file.txt"}, resource(`{"args":[ "a", "c" ]}`, `{"new":1}`),
			`[{"op":"replace","path":"/resources/file.txt/input_properties/args","value":["a","c"]},{"op":"remove","path":"/resources/file.txt/output_properties/o"},{"op":"add","path":"/resources/file.txt/output_properties/new","value":1}]`},
		{sample, []string{"a", "b.c", "x"}, resource(`{"n":1}`, `{}`),
			`[{"op":"replace","path":"/deployments/a/deployments/b.c/resources/x/input_properties/n","value":1},{"op":"remove","path":"/deployments/a/deployments/b.c/resources/x/extra"}]`},
		{`{"_type":"nixopsState","resources":{"x":` + r + `}}`, []string{"x"}, withExtra,
			`[{"op":"add","path":"/resources/x/provider","value":{"executable":"x"}}]`},
		{`{"_type":"nixopsState","resources":{"x":{"type":"old","input_properties":{"i":1},"output_properties":{"o":2}}}}`, []string{"x"}, resource(`{"i":1}`, `{"o":2}`),
			`[{"op":"replace","path":"/resources/x/type","value":"t"}]`},
		{`{"_type":"nixopsState","resources":{"x":7}}`, []string{"x"}, resource(`{"i":1}`, `{"o":2}`), `[{"op":"replace","path":"/resources/x","value":` + r + `}]`},
	} {
		d := parse(t, tt.document)
		p := d.PatchSet(tt.path, tt.resource)
		if got := patchText(p); got != tt.want {
			t.Errorf("setting %q:\n got %s\nwant %s", tt.path, got, tt.want)
		}
		if got, want := text(d), text(parse(t, tt.document)); got != want {
			t.Errorf("setting %q changed the document to %s", tt.path, got)
		}
		if err := d.Apply(p); err != nil {
			t.Errorf("setting %q: %v", tt.path, err)
			continue
		}
		r, err := d.Resource(tt.path)
		got, _ := r.MarshalJSON()
		want, _ := tt.resource.MarshalJSON()
		if err != nil || string(got) != string(want) {
			t.Errorf("after setting %q: %s, %v, want %s", tt.path, got, err, want)
		}
		if p := d.PatchSet(tt.path, tt.resource); len(p) != 0 {
			t.Errorf("setting %q again: %s", tt.path, patchText(p))
		}
	}
}

func TestPatchRemove(t *testing.T) {
	t.Parallel()
	const r = `{"input_properties":{},"output_properties":{},"type":"t"}`
	for _, tt := range []struct {
		document string
		path     []string
		want     string
	}{
		{`"resources":{"x":R,"y":R}`, []string{"x"}, `[{"op":"remove","path":"/resources/x"}]`},
		{`"resources":{"x":R}`, []string{"x"}, `[{"op":"remove","path":"/resources/x"}]`},
		{`"resources":{"x":R}`, []string{"y"}, `[]`},
		{`"resources":{"x":R}`, []string{"a", "x"}, `[]`},
		{`"deployments":{"a":{"resources":{"x":R,"y":R}}}`, []string{"a", "x"}, `[{"op":"remove","path":"/deployments/a/resources/x"}]`},
		{`"deployments":{"a":{"resources":{"x":R},"deployments":{}}}`, []string{"a", "x"}, `[{"op":"remove","path":"/deployments/a"}]`},
		{`"deployments":{"a":{"resources":{"x":R},"note":1}}`, []string{"a", "x"}, `[{"op":"remove","path":"/deployments/a/resources/x"}]`},
		{`"deployments":{"a":{"resources":{},"deployments":{"b":{"resources":{"x":R}}}}}`, []string{"a", "b", "x"}, `[{"op":"remove","path":"/deployments/a"}]`},
		{`"deployments":{"a":{"resources":{"y":R},"deployments":{"b":{"resources":{"x":R}}}}}`, []string{"a", "b", "x"},
			`[{"op":"remove","path":"/deployments/a/deployments/b"}]`},
		{`"deployments":{"a":{"resources":{},"deployments":{"b":{"resources":{"x":R}},"c":{}}}}`, []string{"a", "b", "x"},
			`[{"op":"remove","path":"/deployments/a/deployments/b"}]`},
	} {
		d := parse(t, `{"_type":"nixopsState",`+strings.ReplaceAll(tt.document, "R", r)+`}`)
		p := d.PatchRemove(tt.path)
		if got := patchText(p); got != tt.want {
			t.Errorf("removing %q from %s:\n got %s\nwant %s", tt.path, tt.document, got, tt.want)
		}
		if err := d.Apply(p); err != nil {
			t.Errorf("removing %q: %v", tt.path, err)
		}
		if _, err := d.Resource(tt.path); !errors.Is(err, ErrNotFound) {
			t.Errorf("after removing %q: %v", tt.path, err)
		}
	}
}

func TestPatchMove(t *testing.T) {
	t.Parallel()
	d := parse(t, sample)
	before, err := d.Resource([]string{"a", "b.c", "x"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.PatchMove([]string{"a", "b.c", "x"}, []string{"a", "new", "y"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Apply(p); err != nil {
		t.Fatal(err)
	}
	after, err := d.Resource([]string{"a", "new", "y"})
	b, _ := before.MarshalJSON()
	a, _ := after.MarshalJSON()
	if err != nil || string(a) != string(b) {
		t.Errorf("moved resource = %s, %v, want %s", a, err, b)
	}
	if strings.Contains(text(d), "b.c") {
		t.Errorf("document = %s", text(d))
	}
	if _, err := d.PatchMove([]string{"none"}, []string{"x"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("moving nothing: %v", err)
	}
}

// TestApply applies patches of all kinds. "!" before the wanted document means that the patch must fail, with that text in the error.
func TestApply(t *testing.T) {
	t.Parallel()
	const base = `{"_type":"nixopsState","a":{"b":[1,{"c":2},3],"d":"s"},"resources":{"x":{"y":1.0}}}`
	for _, tt := range []struct{ patch, want string }{
		{`[]`, base},
		{`[{"op":"add","path":"/new","value":{"k":[1e5]}}]`, `{"_type":"nixopsState","a":{"b":[1,{"c":2},3],"d":"s"},"new":{"k":[1e5]},"resources":{"x":{"y":1.0}}}`},
		{`[{"op":"add","path":"","value":{"z":1}}]`, `{"z":1}`},
		{`[{"op":"replace","path":"","value":{"z":1}},{"op":"add","path":"/y","value":2}]`, `{"y":2,"z":1}`},
		{`[{"op":"add","path":"/","value":1},{"op":"replace","path":"/","value":2},{"op":"remove","path":"/"}]`, base},
		{`[{"op":"remove","path":"/a"}]`, `{"_type":"nixopsState","resources":{"x":{"y":1.0}}}`},
		{`[{"op":"replace","path":"/resources/x/y","value":12345678901234567890123}]`, `{"_type":"nixopsState","a":{"b":[1,{"c":2},3],"d":"s"},"resources":{"x":{"y":12345678901234567890123}}}`},
		{`[{"op":"add","path":"/a/b/1","value":0.50}]`, `{"_type":"nixopsState","a":{"b":[1,0.50,{"c":2},3],"d":"s"},"resources":{"x":{"y":1.0}}}`},
		{`[{"op":"add","path":"/a/b/-","value":"<&>"}]`, `{"_type":"nixopsState","a":{"b":[1,{"c":2},3,"<&>"],"d":"s"},"resources":{"x":{"y":1.0}}}`},
		{`[{"op":"remove","path":"/a/b/0"}]`, `{"_type":"nixopsState","a":{"b":[{"c":2},3],"d":"s"},"resources":{"x":{"y":1.0}}}`},
		{`[{"op":"replace","path":"/a/b/1/c","value":9}]`, `{"_type":"nixopsState","a":{"b":[1,{"c":9},3],"d":"s"},"resources":{"x":{"y":1.0}}}`},
		{`[{"op":"test","path":"/a/b","value":[1,{"c":2},3]},{"op":"test","path":"/a/b/1/c","value":2},{"op":"test","path":"/resources","value":{"x":{"y":1.0}}}]`, base},
		{`[{"op":"move","from":"/a/d","path":"/resources/x/z"}]`, `{"_type":"nixopsState","a":{"b":[1,{"c":2},3]},"resources":{"x":{"y":1.0,"z":"s"}}}`},
		{`[{"op":"move","from":"/a/b/0","path":"/a/b/-"}]`, `{"_type":"nixopsState","a":{"b":[{"c":2},3,1],"d":"s"},"resources":{"x":{"y":1.0}}}`},
		{`[{"op":"move","from":"/a","path":"/a"}]`, base},
		{`[{"op":"copy","from":"/resources/x","path":"/resources/w"}]`, `{"_type":"nixopsState","a":{"b":[1,{"c":2},3],"d":"s"},"resources":{"w":{"y":1.0},"x":{"y":1.0}}}`},
		{`[{"op":"add","path":"/a/d","value":1},{"op":"remove","path":"/resources/x"},{"op":"remove","path":"/resources/x"}]`, "!operation 2: remove \"/resources/x\": there is nothing at this path"},
		{`[{"op":"add","path":"/a/b/0","value":7},{"op":"move","from":"/a/d","path":"/e"},{"op":"test","path":"/e","value":"t"}]`, "!operation 2: test \"/e\": the value there is another one"},
		{`[{"op":"replace","path":"/none","value":1}]`, "!there is nothing at this path"},
		{`[{"op":"add","path":"/none/x","value":1}]`, "!\"/none\" is missing"},
		{`[{"op":"add","path":"/a/d/x","value":1}]`, "!its parent is neither an object nor an array"},
		{`[{"op":"add","path":"/a/b/9","value":1}]`, "!operation 0"},
		{`[{"op":"add","path":"/a/b/-1","value":1}]`, "!operation 0"},
		{`[{"op":"remove","path":"/a/b/x"}]`, "!operation 0"},
		{`[{"op":"remove","path":""}]`, "!the whole document cannot be removed"},
		{`[{"op":"move","from":"/a","path":"/a/b/0"}]`, "!a value cannot be moved into itself"},
		{`[{"op":"copy","from":"/a/b/7","path":"/x"}]`, "!\"7\" is not an index of the array"},
		{`[{"op":"test","path":"/a/b/1/none","value":1}]`, "!there is nothing"},
	} {
		d := parse(t, base)
		p, err := ParsePatch([]byte(tt.patch))
		if err != nil {
			t.Errorf("%s: %v", tt.patch, err)
			continue
		}
		err = d.Apply(p)
		if want, fails := strings.CutPrefix(tt.want, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error = %v, want %s", tt.patch, err, want)
			}
			if got := text(d); got != base {
				t.Errorf("%s: document after the error = %s", tt.patch, got)
			}
			continue
		}
		if got := text(d); err != nil || got != tt.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", tt.patch, got, err, tt.want)
		}
	}
}

func TestParsePatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ patch, want string }{
		{`[ {"op" : "add", "path":"/a~0b~1c", "value": [1, 2], "ignored": 1} ]`, `[{"op":"add","path":"/a~0b~1c","value":[1,2]}]`},
		{`[{"op":"add","path":"/a","value":null}]`, `[{"op":"add","path":"/a","value":null}]`},
		{`[{"op":"move","path":"/a","from":"/b","value":1}]`, `[{"op":"move","from":"/b","path":"/a"}]`},
		{`null`, "patch: want an array of operations"},
		{`{}`, "patch: want an array of operations"},
		{`[1]`, "patch: operation 0: want an object"},
		{`[{]`, "patch: it is not valid JSON"},
		{`[{}]`, `patch: operation 0: no "op"`},
		{`[{"op":"add","path":"/a","value":1},{"op":"frob"}]`, `patch: operation 1: unknown op "frob"`},
		{`[{"op":"add","value":1}]`, `patch: operation 0: no "path"`},
		{`[{"op":"add","path":"/a"}]`, `patch: operation 0: add "/a" has no "value"`},
		{`[{"op":"copy","path":"/a"}]`, `patch: operation 0: no "from"`},
		{`[{"op":"remove","path":"a"}]`, `patch: operation 0: "a" is not a JSON pointer: it does not start with /`},
		{`[{"op":"remove","path":"/~2"}]`, `patch: operation 0: "/~2" is not a JSON pointer: ~ must be followed by 0 or 1`},
		{`[{"op":"remove","path":"/~"}]`, `patch: operation 0: "/~" is not a JSON pointer: ~ must be followed by 0 or 1`},
		{`[{"op":"remove","path":7}]`, `patch: operation 0: "path" is not a string`},
	} {
		p, err := ParsePatch([]byte(tt.patch))
		got := patchText(p)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParsePatch(%s) = %s, want %s", tt.patch, got, tt.want)
		}
	}
}

// TestApplyUnwritable applies patches that could be applied, but not read again once they are written.
func TestApplyUnwritable(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{
		{Op: "add", Path: "/a", Value: json.RawMessage("{")},
		{Op: "add", Path: "/a", Value: nil},
		{Op: "add", Path: "/a", Value: json.RawMessage("\"\xff\"")},
		{Op: "add", Path: "/\xff", Value: json.RawMessage("1")},
		{Op: "copy", From: "/\xff", Path: "/a"},
	} {
		d := parse(t, sample)
		if err := d.Apply(Patch{op}); err == nil || text(d) != sample {
			t.Errorf("%+v: error = %v, document = %s", op, err, text(d))
		}
	}
	var l Log
	if _, err := l.AddAll([]Event{FirstEvent(time.Now()), {Meta: Meta{"x": json.RawMessage("1 2")}}}); err == nil {
		t.Error("metadata that are not JSON were taken")
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"_type":"nixopsState","resources":{"b":5,"a":{"type":"t","input_properties":{},"output_properties":{}}},"deployments":{"z":{"resources":{"x":null}},"y":{"deployments":{"w":{"resources":{"v":{}}}}}}}`)
	if got := fmt.Sprint(d.Paths()); got != "[[a] [b] [y w v] [z x]]" {
		t.Errorf("paths = %s", got)
	}
	patch := d.PatchRemove([]string{"b"})
	if err := d.Apply(patch); err != nil || fmt.Sprint(d.Paths()) != "[[a] [y w v] [z x]]" {
		t.Errorf("removing what is no resource: %v, %v", err, d.Paths())
	}
}

// FuzzSplit compares with encoding/json.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{sample, first, `[1, "a\"]", {"b" : [ ] } , null,-1.5e3 ]`, ` { "a\\" : { } , "\u0041":"\\\"" } `, `"x"`, `{"a":1,"a":2}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = isCompact(text)
		if !validJSON(text) {
			return
		}
		var wantObject map[string]json.RawMessage
		var wantArray []json.RawMessage
		_ = json.Unmarshal(text, &wantObject)
		_ = json.Unmarshal(text, &wantArray)
		same := func(a, b json.RawMessage) bool { return string(a) == string(b) }
		if got := splitObject(text); (got == nil) != (wantObject == nil) || !maps.EqualFunc(got, wantObject, same) {
			t.Fatalf("splitObject(%s) = %s, want %s", text, got, wantObject)
		}
		if got, ok := splitArray(text); ok != (wantArray != nil) || !slices.EqualFunc(got, wantArray, same) {
			t.Fatalf("splitArray(%s) = %s, want %s", text, got, wantArray)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, text); err != nil || string(compact(text)) != want.String() {
			t.Fatalf("compact(%s) = %s, want %s", text, compact(text), &want)
		}
	})
}

// TestClone checks that a copy and its original do not share what can change.
func TestClone(t *testing.T) {
	t.Parallel()
	d := parse(t, sample)
	c := d.Clone()
	if err := c.Apply(Patch{
		{Op: "remove", Path: "/deployments/a"}, {Op: "add", Path: "/resources/file.txt/input_properties/args/0", Value: json.RawMessage("1")},
	}); err != nil {
		t.Fatal(err)
	}
	if got := text(d); got != sample {
		t.Errorf("original = %s", got)
	}
	if err := d.Apply(Patch{{Op: "remove", Path: "/resources"}}); err != nil {
		t.Fatal(err)
	}
	if got := text(c); !strings.Contains(got, `"args":[1,"a","b"]`) {
		t.Errorf("copy = %s", got)
	}
}

// FuzzApply compares with the library, which applies patches to whole documents, and checks that a failed patch changes nothing.
func FuzzApply(f *testing.F) {
	for _, p := range []string{
		`[{"op":"add","path":"/a/b/1","value":0}]`, `[{"op":"move","from":"/a/d","path":"/resources/x/z"}]`, `[{"op":"remove","path":"/resources/x"}]`,
		`[{"op":"copy","from":"/a","path":"/a/b/-"},{"op":"test","path":"/a/d","value":"s"}]`, `[{"op":"replace","path":"/a/b/1/c","value":{}}]`,
	} {
		f.Add(p)
	}
	const base = `{"_type":"nixopsState","a":{"b":[1,{"c":2},3],"d":"s"},"resources":{"x":{"y":1.0}}}`
	f.Fuzz(func(t *testing.T, patch string) {
		p, err := ParsePatch([]byte(patch))
		if err != nil {
			return
		}
		d := parse(t, base)
		if err := d.Apply(p); err != nil {
			if got := text(d); got != base {
				t.Fatalf("after %v the document is %s", err, got)
			}
			return
		}
		if !json.Valid([]byte(text(d))) {
			t.Fatalf("the document became %s", text(d))
		}
		if slices.ContainsFunc(p, func(op Op) bool { return op.Path == "" }) {
			return // which the library takes for a member without a name, in move and copy
		}
		theirs, err := jsonpatch.DecodePatch([]byte(patchText(p)))
		if err != nil {
			t.Fatalf("the library rejects %s: %v", patchText(p), err)
		}
		options := jsonpatch.NewApplyOptions()
		options.SupportNegativeIndices = false
		want, err := theirs.ApplyWithOptions([]byte(base), options)
		if err != nil {
			return // the library knows fewer: it cannot replace the whole document, or have null where a member is
		}
		if !jsonpatch.Equal([]byte(text(d)), want) {
			t.Fatalf("%s:\n got %s\nwant %s", patchText(p), text(d), want)
		}
	})
}

// BenchmarkApply sets one resource among few and among many: the number must not show in the time.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d := NewDocument()
			for i := range n {
				if err := d.Apply(d.PatchSet([]string{fmt.Sprint("d", i%100), fmt.Sprint("r", i)}, resource(`{"a":"x"}`, `{"b":"y"}`))); err != nil {
					b.Fatal(err)
				}
			}
			for i := 0; b.Loop(); i++ {
				p := d.PatchSet([]string{fmt.Sprint("d", i%100), fmt.Sprint("r", i%n)}, resource(fmt.Sprintf(`{"a":"%d"}`, i), `{"b":"y"}`))
				if err := d.Apply(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestDisplay(t *testing.T) {
	t.Parallel()
	for want, path := range map[string][]string{
		`a.b-c.d_e'`: {"a", "b-c", "d_e'"}, `"file.txt"`: {"file.txt"}, `a."".b`: {"a", "", "b"}, `"a\"b"`: {`a"b`},
	} {
		if got := display(path); got != want {
			t.Errorf("display(%q) = %s, want %s", path, got, want)
		}
	}
	if names := slices.Sorted(maps.Keys(parse(t, sample).root.members)); len(names) != 4 {
		t.Errorf("members = %q", names)
	}
}
