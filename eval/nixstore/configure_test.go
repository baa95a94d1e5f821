package nixstore

import (
	"slices"
	"strings"
	"testing"
)

func TestConfigure(t *testing.T) {
	t.Parallel()
	s := &Store{env: []string{"PATH=/bin", "NIX_CONFIG=cores = 1"}}
	s.Configure(map[string]string{"substituters": "https://a https://b", "extra-trusted-public-keys": "k\nsandbox = false"})
	want := "NIX_CONFIG=cores = 1\nextra-trusted-public-keys = k sandbox = false\nsubstituters = https://a https://b\n"
	if got := s.env[len(s.env)-1]; got != want || !slices.Contains(s.env, "PATH=/bin") {
		t.Errorf("got %q, want %q", got, want)
	}
	s = &Store{}
	s.Configure(map[string]string{"a": "b"})
	if got := s.env[len(s.env)-1]; !strings.HasSuffix(got, "a = b\n") || len(s.env) < 2 {
		t.Errorf("got %q of %d", got, len(s.env))
	}
}

// TestConfigured builds with a setting that lets nothing be built.
func TestConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Configure(map[string]string{"max-jobs": "0"})
	if out, err := w.realise(t, `"${sh "x" "echo x > $out"}"`); err == nil {
		t.Errorf("built %s", out)
	}
	again := newWorld(t)
	if _, err := again.realise(t, `"${sh "x" "echo x > $out"}"`); err != nil {
		t.Error(err)
	}
}
