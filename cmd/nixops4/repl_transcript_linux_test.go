package main

// This file plays the session of docs/repl.md again.

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

const replManual = "../../docs/repl.md"

var (
	transcriptBlock = regexp.MustCompile("(?s)```console\n(.*?)```")
	typedLine       = regexp.MustCompile(`(?m)^(nixops4[^>\n]*> | +\.\.\.> |\[a\]pply[^?\n]*\? )(.*)$`)
	// What differs from run to run.
	durations = regexp.MustCompile(`(?m) in [0-9.]+ s\b|^\S+: \S+ing …\n`)
	blanks    = regexp.MustCompile(`(?m) +$`)
)

func TestReplTranscript(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(replManual)
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	found := transcriptBlock.FindStringSubmatchIndex(manual)
	if found == nil {
		t.Fatalf("%s has no session", replManual)
	}
	want := manual[found[2]:found[3]]
	s := newScreen(t, exampleRoot(t, "stateful"), 80, 50, []string{"TERM=dumb"})
	for i, line := range typedLine.FindAllStringSubmatch(want, -1) {
		if i > 0 {
			s.wait(func(rest string) int {
				if typedLine.MatchString(rest[strings.LastIndexByte(rest, '\n')+1:]) {
					return len(rest)
				}
				return -1
			}, "a prompt for "+line[2])
		}
		s.keys(line[2] + "\r")
		s.wait(func(rest string) int { return strings.IndexByte(rest, '\n') }, "the echo of "+line[2])
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatal("the shell does not end")
	}
	got := s.plain()
	got = got[strings.Index(got, "nixops4> "):]
	got = blanks.ReplaceAllString(durations.ReplaceAllString(got, ""), "")
	if got == want {
		return
	}
	if !updating() {
		t.Fatalf("the session in %s is:\n%s\nto take this over: NIXOPS4_UPDATE=1 go test ./cmd/nixops4 -run TestReplTranscript", replManual, got)
	}
	if err := os.WriteFile(replManual, []byte(manual[:found[2]]+got+manual[found[3]:]), 0o666); err != nil {
		t.Fatal(err)
	}
}
