package file_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nixops4/state"
	"nixops4/state/file"
)

// resourceEvent is an event as an apply records it.
func resourceEvent(i int) state.Event {
	value := fmt.Sprintf(`{"type":"memo","input_properties":{"initialize_with":"value %d %0300d"},"output_properties":{"value":"value %d %0300d"},"provider":{"type":"stdio","executable":"builtin:local","args":[]}}`, i, i, i, i)
	return state.Event{
		Meta:  state.NewMeta("create", time.Now()).With("nixopsVersion", "0.1"),
		Patch: state.Patch{{Op: "add", Path: state.Pointer("resources", fmt.Sprintf("memo%d", i)), Value: json.RawMessage(value)}},
	}
}

func BenchmarkAppend(b *testing.B) {
	s := file.Open(filepath.Join(b.TempDir(), "state.json"))
	if err := s.Create(b.Context()); err != nil {
		b.Fatal(err)
	}
	next := uint64(1)
	for i := 0; b.Loop(); i++ {
		var err error
		if next, err = s.Append(b.Context(), state.Batch{Expected: next, Events: []state.Event{resourceEvent(i)}}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead reads a state of 10,000 resources from the file, without a cache.
func BenchmarkRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "state.json")
	s := file.Open(path)
	if err := s.Create(b.Context()); err != nil {
		b.Fatal(err)
	}
	var events []state.Event
	for i := range 10_000 {
		events = append(events, resourceEvent(i))
	}
	if _, err := s.Append(b.Context(), state.Batch{Expected: 1, Events: events}); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if _, err := file.Open(path).Read(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
