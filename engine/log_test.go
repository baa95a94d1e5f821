package engine

// This file tests the state log on a store in memory; how its events are appended is the matter of package state.

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/state"
	"nixops4/state/mem"
)

func openLog(t *testing.T, store state.Store, create bool) *StateLog {
	t.Helper()
	log, err := OpenLog(t.Context(), store, nil, state.JournalOptions{Create: create, Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// What is recorded is what is read, by the same log and by the next one.
func TestStateLogRoundTrip(t *testing.T) {
	t.Parallel()
	store := mem.New()
	if _, err := OpenLog(t.Context(), store, nil, state.JournalOptions{}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("opening a log that does not exist: %v", err)
	}
	log := openLog(t, store, true)
	full := &plan.Recorded{
		Type: "memo", Inputs: plan.Object{"v": json.RawMessage("1")}, Outputs: plan.Object{},
		Provider:     &plan.Provider{Type: "stdio", Executable: "x", Args: []string{"y"}},
		Dependencies: []addr.Path{addr.Of("a"), addr.Of("b", "c.d")},
		Triggers:     map[string]string{"a": "1"},
		Protected:    true,
	}
	plain := &plan.Recorded{Type: "memo", Inputs: plan.Object{}, Outputs: plan.Object{"o": json.RawMessage("null")}}
	path := addr.Of("web", "x")
	for _, entry := range []*plan.Recorded{full, plain, full} {
		if err := log.Record(t.Context(), Change{Event: "update", Path: path, Set: entry}); err != nil {
			t.Fatal(err)
		}
		for _, reader := range []*StateLog{log, openLog(t, store, false)} {
			got, err := reader.Resource(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.Created.IsZero() || got.Updated.IsZero() {
				t.Errorf("without times: %+v", got)
			}
			stripped := *got
			stripped.Created, stripped.Updated, stripped.Extra = entry.Created, entry.Updated, nil
			if !reflect.DeepEqual(&stripped, entry) {
				t.Errorf("read %+v, want %+v", got, entry)
			}
		}
	}
	if err := log.Record(t.Context(), Change{Event: "move", Path: path, MoveTo: addr.Of("y")}); err != nil {
		t.Fatal(err)
	}
	all, err := openLog(t, store, false).All()
	if err != nil || len(all) != 1 || all[addr.Of("y")] == nil || !all[addr.Of("y")].Protected {
		t.Errorf("after the move: %v, %v", all, err)
	}
	if err := log.Record(t.Context(), Change{Event: "destroy", Path: addr.Of("y"), Remove: true}); err != nil {
		t.Fatal(err)
	}
	if got, err := log.Resource(addr.Of("y")); got != nil || err != nil {
		t.Errorf("after the removal: %v, %v", got, err)
	}
}

// Keys that others have put there stay.
func TestStateLogForeignKeys(t *testing.T) {
	t.Parallel()
	document, err := state.ParseDocument([]byte(`{"_type":"nixopsState","resources":{"a":{"type":"memo","input_properties":{},"output_properties":{},"other":[1]}},"deployments":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := document.Resource([]string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	after := keyed(r, &plan.Recorded{Protected: true})
	if string(after.Extra["other"]) != "[1]" || !after.Protected() {
		t.Errorf("keys %s", after.Extra)
	}
}
