package state

// This file tests what is hidden in documents and events.

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestMask(t *testing.T) {
	t.Parallel()
	resource := Resource{
		Type:             "db",
		InputProperties:  map[string]json.RawMessage{"env": json.RawMessage(`{"PW":"hunter2","list":["x","hunter2"]}`), "name": json.RawMessage(`"db"`)},
		OutputProperties: map[string]json.RawMessage{"pw": json.RawMessage(`{"deep":"hunter2"}`), "ip": json.RawMessage(`"10.0.0.1"`)},
	}
	marked := resource.With(KeySensitive, Sensitive{Inputs: [][]string{{"env", "PW"}, {"env", "list", "1"}, {"gone"}, {"env", "list", "7"}}, Outputs: []string{"pw", "none"}})
	path := []string{"web", "db"}
	d := NewDocument()
	events := []Event{{Patch: d.PatchSet(path, resource), Meta: NewMeta("create", time.Now())}} // from before it was said to be sensitive
	if err := d.Apply(events[0].Patch); err != nil {
		t.Fatal(err)
	}
	intent := Intent{ID: "1", Op: "update", Path: path, Inputs: json.RawMessage(`{"env":{"PW":"hunter2"}}`), Outputs: json.RawMessage(`{"pw":"hunter2"}`)}
	elsewhere := Intent{ID: "2", Op: "create", Path: []string{"new"}, Inputs: json.RawMessage(`{"a":["hunter2"]}`), Sensitive: &Sensitive{Inputs: [][]string{{"a", "0"}}}}
	events = append(events,
		Event{Index: 1, Patch: d.PatchSet(path, marked), Meta: NewMeta("annotate", time.Now()).WithIntent(intent)},
		Event{Index: 2, Patch: Patch{{Op: "replace", Path: "/deployments/web/resources/db/input_properties/env/PW", Value: json.RawMessage(`"hunter2"`)}}, Meta: NewMeta("update", time.Now())},
		Event{Index: 3, Patch: Patch{{Op: "add", Path: "/deployments/web/resources/db/output_properties", Value: json.RawMessage(`{"pw":"hunter2"}`)}}, Meta: NewMeta("update", time.Now()).With("intents", []Intent{elsewhere})},
	)
	if err := d.Apply(events[1].Patch); err != nil {
		t.Fatal(err)
	}
	var learned []string
	m := NewMask(func(value json.RawMessage) { learned = append(learned, string(value)) })
	masked, err := m.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	text, err := masked.MarshalJSON()
	if err != nil || strings.Contains(string(text), "hunter2") || !strings.Contains(string(text), `"10.0.0.1"`) || !strings.Contains(string(text), `"x","(sensitive)"`) {
		t.Errorf("%v: %s", err, text)
	}
	if before, _ := d.MarshalJSON(); strings.Count(string(before), "hunter2") != 3 {
		t.Errorf("the document itself was changed: %s", before)
	}
	if err := m.Add(d); err != nil {
		t.Fatal(err)
	}
	for i, e := range m.Events(events) {
		text, err := e.MarshalJSON()
		if err != nil || strings.Contains(string(text), "hunter2") || !strings.Contains(string(text), "(sensitive)") {
			t.Errorf("event %d: %v: %s", i, err, text)
		}
	}
	if !strings.Contains(strings.Join(learned, " "), `{"deep":"hunter2"}`) {
		t.Errorf("learned %q", learned)
	}
}
