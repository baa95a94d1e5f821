package file_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
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

// BenchmarkAppend measures single appends with fsync. The median is what a resource waits for, since a slow disk cache now and then is not
// ours; p50-ms is to stay below 1.
func BenchmarkAppend(b *testing.B) {
	s := file.Open(filepath.Join(b.TempDir(), "state.json"))
	if err := s.Create(b.Context()); err != nil {
		b.Fatal(err)
	}
	next := uint64(1)
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		var err error
		if next, err = s.Append(b.Context(), state.Batch{Expected: next, Events: []state.Event{resourceEvent(i)}}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(times[len(times)*99/100].Seconds()*1000, "p99-ms")
}

// counted counts appends.
type counted struct {
	*file.Store
	appends atomic.Int64
}

func (c *counted) Append(ctx context.Context, batch state.Batch) (uint64, error) {
	c.appends.Add(1)
	return c.Store.Append(ctx, batch)
}

// BenchmarkJournal creates 2,000 resources, each with an intent before and an outcome after, so many at a time as the parallelism says.
// appends/resource is what is waited for the disk, at most 2.
func BenchmarkJournal(b *testing.B) {
	const resources = 2000
	for _, parallelism := range []int{1, 10, 100, resources} {
		b.Run(fmt.Sprint("parallelism=", parallelism), func(b *testing.B) {
			var appends int64
			for b.Loop() {
				s := &counted{Store: file.Open(filepath.Join(b.TempDir(), "state.json"))}
				j, err := state.OpenJournal(b.Context(), s, state.JournalOptions{Create: true, Version: "0.1", Command: "nixops4 apply"})
				if err != nil {
					b.Fatal(err)
				}
				createAll(b, j, resources, parallelism)
				appends = s.appends.Load()
			}
			b.ReportMetric(float64(appends)/resources, "appends/resource")
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/resources, "ms/resource")
		})
	}
}

func createAll(b *testing.B, j *state.Journal, resources, parallelism int) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range parallelism {
		wg.Go(func() {
			for i := range next {
				path := []string{fmt.Sprint("memo", i)}
				value := json.RawMessage(fmt.Sprintf(`"value %0300d"`, i))
				id, err := j.Begin(b.Context(), state.Intent{Op: "create", Path: path, Type: "memo", Inputs: value})
				if err == nil {
					err = j.Record(b.Context(), state.Change{Event: "create", Path: path, End: []string{id}, Set: &state.Resource{
						Type: "memo", InputProperties: map[string]json.RawMessage{"initialize_with": value}, OutputProperties: map[string]json.RawMessage{"value": value},
					}})
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range resources {
		next <- i
	}
	close(next)
	wg.Wait()
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
