package remote_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"nixops4/state"
)

// BenchmarkAppend measures one durable event in a state file, through the local provider.
func BenchmarkAppend(b *testing.B) {
	open, _ := opener(b, "all")
	s := open()
	if err := s.Create(b.Context()); err != nil {
		b.Fatal(err)
	}
	next := uint64(1)
	for i := 0; b.Loop(); i++ {
		var err error
		next, err = s.Append(b.Context(), state.Batch{Expected: next, Events: []state.Event{{
			Meta: state.NewMeta("create", time.Now()),
			Patch: state.Patch{{
				Op: "add", Path: state.Pointer("resources", fmt.Sprint("memo", i)),
				Value: json.RawMessage(`{"type":"memo","input_properties":{"initialize_with":1},"output_properties":{"value":1}}`),
			}},
		}}})
		if err != nil {
			b.Fatal(err)
		}
	}
}
