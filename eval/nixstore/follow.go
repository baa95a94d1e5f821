package nixstore

// This file reads what nix-store tells about its work: its form "internal-json", a JSON object on each line after "@nix ".

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Event is something that happens during a build.
type Event struct {
	Kind EventKind `json:"kind"`
	// Path is the derivation that is built, or the store path that is fetched; "" for a message and for counts.
	Path string `json:"path,omitempty"`
	// Text is a line of a builder, or a message.
	Text string `json:"text,omitempty"`
	// Done and Expected count derivations.
	Done     int `json:"done,omitempty"`
	Expected int `json:"expected,omitempty"`
}

// EventKind is what happens.
type EventKind string

const (
	Building EventKind = "building" // a derivation, from now on
	Fetching EventKind = "fetching" // a path from another store, from now on
	Said     EventKind = "said"     // the builder wrote a line
	Ended    EventKind = "ended"    // with the derivation or path
	Message  EventKind = "message"  // of Nix itself
	Counted  EventKind = "counted"  // how much is done
)

// Name is the name in a store path, without the ending of a derivation.
func (e Event) Name() string { return strings.TrimSuffix(nameOf(e.Path), ".drv") }

// logEvent writes an event as a line.
func (s *Store) logEvent(e Event) {
	switch e.Kind {
	case Building, Fetching:
		s.log(fmt.Sprintf("%s '%s'", e.Kind, e.Path))
	case Said:
		s.log(e.Name() + "> " + e.Text)
	case Message:
		s.log(e.Text)
	}
}

// The numbers that the form has for activities and for what is told about them.
const (
	activityCopy       = 100
	activityBuilds     = 104
	activityBuild      = 105
	activitySubstitute = 108
	resultLine         = 101
	resultProgress     = 105
	levelError         = 0
	levelNotice        = 2
)

// follower turns lines into events.
type follower struct {
	tell     func(Event)
	paths    map[uint64]string // of activities that run
	builds   uint64            // the activity that counts derivations
	done     int               // as counted last
	expected int
}

func newFollower(tell func(Event)) *follower {
	return &follower{tell: tell, paths: map[uint64]string{}}
}

// follow reads to the end, and returns what went wrong.
func (f *follower) follow(stderr io.Reader) string {
	lines := bufio.NewReader(stderr)
	var failure []string
	for {
		line, err := lines.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		text, isJSON := strings.CutPrefix(line, "@nix ")
		var r record
		switch {
		case isJSON && json.Unmarshal([]byte(text), &r) == nil:
			if message := f.record(&r); message != "" {
				failure = append(failure, message)
			}
		case line == "":
		case len(failure) > 0 || strings.HasPrefix(line, "error:"):
			failure = append(failure, strings.TrimPrefix(line, "error: "))
		default:
			f.tell(Event{Kind: Message, Text: plain(line)})
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				failure = append(failure, err.Error())
			}
			return strings.TrimSpace(strings.Join(failure, "\n"))
		}
	}
}

// record is a line.
type record struct {
	Action string            `json:"action"` // "start", "stop", "result" or "msg"
	ID     uint64            `json:"id"`
	Type   int               `json:"type"`
	Level  int               `json:"level"`
	Fields []json.RawMessage `json:"fields"`
	Text   string            `json:"text"`
	Msg    string            `json:"msg"`
	RawMsg string            `json:"raw_msg"`
}

// record takes in a line, and returns what is wrong when it is an error.
func (f *follower) record(r *record) string {
	switch r.Action {
	case "start":
		f.start(r)
	case "stop":
		if path, ok := f.paths[r.ID]; ok {
			delete(f.paths, r.ID)
			f.tell(Event{Kind: Ended, Path: path})
		}
	case "result":
		f.result(r)
	case "msg":
		return f.message(r)
	}
	return ""
}

func (f *follower) start(r *record) {
	kind := Building
	switch r.Type {
	case activityBuilds:
		f.builds = r.ID
		return
	case activityBuild:
	case activityCopy, activitySubstitute:
		kind = Fetching
	default:
		return
	}
	path := textField(r, 0)
	for _, running := range f.paths {
		if running == path { // a substitution copies
			return
		}
	}
	f.paths[r.ID] = path
	f.tell(Event{Kind: kind, Path: path})
}

func (f *follower) result(r *record) {
	switch {
	case r.Type == resultLine:
		f.tell(Event{Kind: Said, Path: f.paths[r.ID], Text: plain(textField(r, 0))})
	case r.Type == resultProgress && r.ID == f.builds:
		f.count(numberField(r, 0), numberField(r, 1))
	}
}

// count takes in how much is done. When a derivation is done, Nix counts it once more among those that it expects, until the next count.
func (f *follower) count(done, expected int) {
	if done != f.done && f.expected > 0 {
		expected = f.expected
	}
	if expected > 0 && (done != f.done || expected != f.expected) {
		f.done, f.expected = done, expected
		f.tell(Event{Kind: Counted, Done: done, Expected: expected})
	}
}

func (f *follower) message(r *record) string {
	text := r.RawMsg
	if text == "" {
		text = r.Msg
	}
	text = strings.TrimSpace(strings.TrimPrefix(plain(text), "error: "))
	switch {
	case r.Level == levelError:
		return text
	case r.Level <= levelNotice && !strings.Contains(text, "you did not specify '--add-root'"):
		f.tell(Event{Kind: Message, Text: text})
	}
	return ""
}

func textField(r *record, i int) string {
	var text string
	if i < len(r.Fields) {
		_ = json.Unmarshal(r.Fields[i], &text) // what is no text is not shown
	}
	return text
}

func numberField(r *record, i int) int {
	var n int
	if i < len(r.Fields) {
		_ = json.Unmarshal(r.Fields[i], &n)
	}
	return n
}

var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

// plain takes colours out of a text.
func plain(text string) string { return colors.ReplaceAllString(text, "") }
