package providers_test

// This file mixes good and bad requests, sessions, cancellation and closing, to find what goes wrong only together.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"nixops4/providers"
)

func TestStress(t *testing.T) {
	t.Parallel()
	programs := []struct {
		program string
		reason  providers.Reason // 0: must succeed
	}{
		{"ok", 0}, {"ok", 0}, {"stderr=a;ok", 0}, {"noise=50;ok", 0}, {"sleep=2ms;ok", 0}, {"exit-after=0", 0}, {"exit-after=3", 0}, {"huge=200000", 0},
		{"error=no", providers.Refused}, {"half-done=no", providers.HalfDone}, {"exit=1", providers.Crashed}, {"signal=KILL", providers.Crashed}, {"twice", providers.Garbled},
		{"text=x", providers.Garbled}, {"wrong-kind", providers.Garbled}, {"cut", providers.Garbled}, {"hang", providers.Canceled}, {"sleep=1ms;close-stdout", providers.Crashed},
	}
	c, l := newClient(t, providers.Options{Parallelism: 4})
	sessions := []*providers.Session{c.Provider(fakeSpec(), "s").Session(), c.Provider(fakeSpec(), "s").Session()}
	var wg sync.WaitGroup
	for worker := range 8 {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		wg.Go(func() {
			for i := range 20 {
				label := fmt.Sprintf("w%d-%d", worker, i)
				tt := programs[random.IntN(len(programs))]
				p := c.Provider(fakeSpec(), label)
				if random.IntN(4) == 0 {
					p = sessions[random.IntN(len(sessions))].Provider
				}
				ctx, cancel := context.WithCancel(context.Background())
				if tt.reason == providers.Canceled {
					time.AfterFunc(20*time.Millisecond, cancel)
				}
				_, err := p.Create(ctx, createRequest(`{"fake":"`+tt.program+`"}`))
				cancel()
				var e *providers.Error
				if errors.As(err, &e) && e.Reason != tt.reason || err == nil && tt.reason != 0 {
					t.Errorf("%s: %s: error = %v, want reason %d", label, tt.program, err, tt.reason)
				}
				if tt.program == "stderr=a;ok" && p.Spec().Executable != "" && p != sessions[0].Provider && p != sessions[1].Provider {
					if got := l.texts(label); len(got) != 1 || got[0] != "a" {
						t.Errorf("%s: log = %q", label, got)
					}
				}
			}
		})
	}
	wg.Wait()
	// Closing in the middle of it all.
	for range 8 {
		wg.Go(func() {
			for {
				if _, err := c.Provider(fakeSpec(), "late").Create(context.Background(), createRequest(`{"fake":"sleep=5ms;ok"}`)); errors.Is(err, providers.ErrClosed) {
					return
				} else if err != nil {
					t.Errorf("while closing: %v", err)
					return
				}
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	c.Close()
	wg.Wait()
}
