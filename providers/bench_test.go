package providers_test

import (
	"testing"

	"nixops4/providers"
)

// BenchmarkRequest measures one request to a running process; BenchmarkStart one that starts a process for it.
func BenchmarkRequest(b *testing.B) { benchmark(b, "ok") }

func BenchmarkStart(b *testing.B) { benchmark(b, "exit-after=0") }

func benchmark(b *testing.B, program string) {
	c, _ := newClient(b, providers.Options{})
	p := c.Provider(fakeSpec(program), "x")
	r := createRequest(`{"name":"a","contents":"b"}`)
	for b.Loop() {
		if _, err := p.Create(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
