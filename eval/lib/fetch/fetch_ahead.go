package fetch

// This file fetches several inputs at once.

import (
	"fmt"
	"strings"
	"sync/atomic"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
)

// atOnce is how many inputs are fetched at the same time.
const atOnce = 8

// A wantedInput is an input that will be needed, with what messages call it.
type wantedInput struct {
	name  string
	attrs flake.Attrs
}

// fetchAhead begins to fetch those inputs that are not on this machine. It returns at once: who needs one waits for it, and
// only then learns of a failure.
func (f *Fetcher) fetchAhead(m *eval.Evaluator, wanted []wantedInput) {
	var remote []wantedInput
	for _, w := range wanted {
		url, err := flake.InputURL(w.attrs)
		if err == nil && f.needsNetwork(w.attrs) && f.allow(url) == nil {
			remote = append(remote, w)
		}
	}
	if f.Client == nil || len(remote) == 0 {
		return
	}
	var names []string
	for _, w := range remote {
		names = append(names, w.name)
	}
	m.Log("fetching flake inputs: " + strings.Join(names, ", "))
	ctx := m.Context()
	var done atomic.Int64
	slots := make(chan struct{}, atOnce)
	for _, w := range remote {
		go func() {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			defer func() { <-slots }()
			if _, err := f.input(ctx, w.attrs, m.Log); err == nil && len(remote) > 1 {
				m.Log(fmt.Sprintf("fetched the flake input '%s' (%d of %d): %s", w.name, done.Add(1), len(remote), flake.InputString(w.attrs)))
			}
		}()
	}
}

// fetchTogether begins to fetch what the steps need.
func (l *locker) fetchTogether(steps []*step) {
	var wanted []wantedInput
	for _, s := range steps {
		if s.followed == nil && s.kept == nil && !s.ref.IsRelative() && s.ref.Input["type"] != "indirect" {
			wanted = append(wanted, wantedInput{key(s.path), s.ref.Input})
		}
	}
	l.f.fetchAhead(l.m, wanted)
}

// needsNetwork says that an input is elsewhere and was not fetched before.
func (f *Fetcher) needsNetwork(a flake.Attrs) bool {
	text, _ := a["url"].(string)
	switch a["type"] {
	case "path", "indirect":
		return false
	case "git", "tarball", "file":
		if u, err := flake.ParseURL(text, false); err != nil || u.Scheme == "file" {
			return false
		}
	}
	if _, ok := f.knownTree(a); ok {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inputs[a.JSON()] == nil
}
