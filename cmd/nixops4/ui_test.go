package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"nixops4/engine/graph"
)

// newTestUI prints to the returned buffer as if to a stderr that is a terminal or not.
func newTestUI(terminal bool, env map[string]string) (*ui, *bytes.Buffer) {
	var stderr bytes.Buffer
	return &ui{
		stdout:      bufio.NewWriter(&bytes.Buffer{}),
		stderr:      &stderr,
		errTerminal: terminal,
		getenv:      func(name string) string { return env[name] },
	}, &stderr
}

func TestColor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode     colorMode
		terminal bool
		env      map[string]string
		want     bool
	}{
		{colorAuto, true, nil, true},
		{colorAuto, false, nil, false},
		{colorAuto, true, map[string]string{"NO_COLOR": "1"}, false},
		{colorAuto, true, map[string]string{"NO_COLOR": ""}, true},
		{colorAuto, true, map[string]string{"TERM": "dumb"}, false},
		{colorAlways, false, map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, true},
		{colorNever, true, nil, false},
	} {
		u, _ := newTestUI(tt.terminal, tt.env)
		u.use(globalOptions{color: tt.mode})
		if got := u.color(u.errTerminal); got != tt.want {
			t.Errorf("color %s, terminal %v, env %v: %v, want %v", tt.mode.String(), tt.terminal, tt.env, got, tt.want)
		}
	}
}

func TestFail(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	hinted := withHint(errors.New("no such thing"), "look elsewhere")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{plain, "nixops4: error: plain\n"},
		{hinted, "nixops4: error: no such thing\nnixops4: hint: look elsewhere\n"},
		{withHint(plain, ""), "nixops4: error: plain\n"},
		{fmt.Errorf("reading x: %w", hinted), "nixops4: error: reading x: no such thing\nnixops4: hint: look elsewhere\n"},
		{withHint(hinted, "outer"), "nixops4: error: no such thing\nnixops4: hint: outer\nnixops4: hint: look elsewhere\n"},
		{withHint(hinted, "look elsewhere"), "nixops4: error: no such thing\nnixops4: hint: look elsewhere\n"},
		{errors.Join(plain, hinted), "nixops4: error: plain\nnixops4: error: no such thing\nnixops4: hint: look elsewhere\n"},
		{errors.Join(errors.Join(plain, plain), plain), strings.Repeat("nixops4: error: plain\n", 3)},
		{fmt.Errorf("%w and %w", plain, plain), "nixops4: error: plain and plain\n"},
		{errors.New("two\nlines\n"), "nixops4: error: two\nlines\n"},
		{&silentError{plain}, ""},
	} {
		u, stderr := newTestUI(false, nil)
		u.fail(tt.err)
		if got := stderr.String(); got != tt.want {
			t.Errorf("fail(%q) printed %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestInternalError(t *testing.T) {
	t.Parallel()
	u, stderr := newTestUI(false, nil)
	if code := u.internalError("index out of range", []byte("goroutine 1 [running]")); code != exitError {
		t.Errorf("exit code %d, want %d", code, exitError)
	}
	got := stderr.String()
	for _, want := range []string{"nixops4: error: internal error: index out of range\n", "nixops4: hint: this is a bug in nixops4 " + version, "NIXOPS4_DEBUG=1"} {
		if !strings.Contains(got, want) {
			t.Errorf("printed %q, want it to contain %q", got, want)
		}
	}
	if strings.Contains(got, "goroutine") {
		t.Errorf("printed the stack: %q", got)
	}
	u.debugging = true
	u.internalError(&graph.PanicError{Value: "index out of range", Stack: []byte("goroutine 7 [running]")}, []byte("goroutine 1 [running]"))
	if !strings.Contains(stderr.String(), "goroutine 7") {
		t.Errorf("NIXOPS4_DEBUG does not print the stack: %q", stderr.String())
	}
}

func TestSplitHintsOfJoined(t *testing.T) {
	t.Parallel()
	inner := errors.Join(withHint(errors.New("a"), "ha"), withHint(errors.New("b"), "hb"))
	if got := hints(fmt.Errorf("both: %w", inner)); len(got) != 2 {
		t.Errorf("hints of a wrapped join: %q, want both", got)
	}
}
