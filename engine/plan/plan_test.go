package plan

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"nixops4/engine/addr"
)

func TestEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`1`, `1`, true},
		{`{"a":1,"b":[null,true]}`, `{ "b": [null, true], "a": 1 }`, true},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`1`, `1.0`, true},
		{`100`, `1e2`, true},
		{`9007199254740993`, `9007199254740992`, false},
		{`"a\u0062"`, `"ab"`, true},
		{`"1"`, `1`, false},
		{`null`, `false`, false},
		{`{}`, `[]`, false},
		{`garbage`, `garbage`, true},
		{`garbage`, `1`, false},
	} {
		if got := Equal(json.RawMessage(tt.a), json.RawMessage(tt.b)); got != tt.want {
			t.Errorf("Equal(%s, %s) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestChanges(t *testing.T) {
	a := Object{"same": json.RawMessage(`1.0`), "changed": json.RawMessage(`1`), "gone": json.RawMessage(`1`)}
	b := Object{"same": json.RawMessage(`1`), "changed": json.RawMessage(`2`), "added": json.RawMessage(`1`)}
	if got, want := Changes(a, b), []string{"added", "changed", "gone"}; !slices.Equal(got, want) {
		t.Errorf("Changes: got %q, want %q", got, want)
	}
	if EqualObjects(a, b) || !EqualObjects(a, a) {
		t.Error("EqualObjects does not agree with Changes")
	}
}

func TestJSONForm(t *testing.T) {
	in := Plan{Format: 1, Items: []*Item{
		{
			Action: Update, Path: addr.Of("web", "file.txt"), Type: "file",
			Provider: &Provider{Type: "stdio", Executable: "builtin:local", Args: []string{}},
			State:    addr.Of("store"),
			Before:   &Recorded{Type: "file", Inputs: Object{"n": json.RawMessage(`1`)}, Outputs: Object{}},
			Inputs: Values{
				Known:   Object{"n": json.RawMessage(`null`)},
				Unknown: []Unknown{{At: []string{"n"}, Until: addr.Output{Resource: addr.Of("a"), Name: "out"}}},
			},
			Waits:   []addr.Output{{Resource: addr.Of("a"), Name: "out"}},
			Reasons: []Reason{{Kind: ReasonUnknown, Text: "input \"n\" is not known yet"}},
		},
		{Action: Blocked, Path: addr.Of("b"), Waits: []addr.Output{{Resource: addr.Of("a"), Name: "out"}}},
	}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Plan
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(out, in) {
		t.Errorf("read back: %s\n got %+v\nwant %+v", text, out.Items[0], in.Items[0])
	}
}
