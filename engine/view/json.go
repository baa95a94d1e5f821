package view

// This file writes events as JSON, one object a line, for other programs. docs/events.schema.json describes them.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/providers"
)

// JSON writes events to a writer. Its methods may be called from several goroutines at once.
type JSON struct {
	run string
	now func() time.Time

	mu  sync.Mutex // guards the rest
	out io.Writer
	seq int
	ops map[addr.Path]int // the number of the item that is being worked on
	op  int
}

// NewJSON returns a view that writes to out. Run is in all its events, so that those of several runs can be told apart.
func NewJSON(out io.Writer, run string, now func() time.Time) *JSON {
	return &JSON{run: run, now: now, out: out, ops: map[addr.Path]int{}}
}

// record is one line.
type record struct {
	Time  time.Time  `json:"time"`
	Run   string     `json:"run"`
	Seq   int        `json:"seq"`
	Event string     `json:"event"`
	Path  *addr.Path `json:"path,omitempty"`
	Op    int        `json:"op,omitempty"` // the same for all events about one item

	Action    plan.Action    `json:"action,omitempty"`
	Item      *plan.Item     `json:"item,omitempty"`
	Continued bool           `json:"continued,omitempty"`
	On        []addr.Output  `json:"on,omitempty"`
	State     *addr.Path     `json:"state,omitempty"`
	After     []addr.Path    `json:"after,omitempty"`
	Level     string         `json:"level,omitempty"`
	Text      string         `json:"text,omitempty"`
	Error     string         `json:"error,omitempty"`
	Log       []string       `json:"log,omitempty"` // last lines of the provider
	Also      []addr.Path    `json:"also,omitempty"`
	Needs     string         `json:"needs,omitempty"`
	Cause     *addr.Path     `json:"cause,omitempty"`
	Attempt   int            `json:"attempt,omitempty"`
	Of        int            `json:"of,omitempty"`
	Outputs   []string       `json:"outputs,omitempty"` // their names
	Seconds   *float64       `json:"seconds,omitempty"`
	Done      map[string]int `json:"done,omitempty"`
	Failed    int            `json:"failed,omitempty"`
	Skipped   int            `json:"skipped,omitempty"`
	Stopped   int            `json:"stopped,omitempty"`
	Plan      *plan.Plan     `json:"plan,omitempty"`

	Phase    engine.BuildPhase `json:"phase,omitempty"`
	Object   string            `json:"object,omitempty"`
	Built    int               `json:"built,omitempty"`
	Expected int               `json:"expected,omitempty"`
}

// Plan writes the plan that is about to be carried out.
func (j *JSON) Plan(p *plan.Plan) { j.write(record{Event: "plan", Plan: p}) }

// Message writes what the program has to say besides. Level is note, warning, error or hint.
func (j *JSON) Message(level, text string) {
	j.write(record{Event: "message", Level: level, Text: text})
}

// Event writes an event.
func (j *JSON) Event(e engine.Event) {
	switch e := e.(type) {
	case engine.Waiting:
		r := record{Event: "waiting", Path: &e.Path, On: e.On, After: e.After}
		if !e.State.IsRoot() {
			r.State = &e.State
		}
		j.write(r)
	case engine.Planned:
		j.write(record{Event: "planned", Path: &e.Item.Path, Action: e.Item.Action, Item: e.Item, Continued: e.Continued})
	case engine.Started:
		j.write(record{Event: "started", Path: &e.Item.Path, Action: e.Item.Action})
	case engine.Retrying:
		j.write(record{Event: "retrying", Path: &e.Item.Path, Action: e.Item.Action, Attempt: e.Attempt, Of: e.Of, Error: e.Err.Error(), Seconds: seconds(e.Pause)})
	case engine.Log:
		j.write(record{Event: "log", Path: &e.Path, Text: e.Text})
	case engine.Building:
		j.write(record{Event: "build", Path: &e.Path, Phase: e.Phase, Object: e.Object, Text: e.Text, Built: e.Done, Expected: e.Expected})
	case engine.Finished:
		j.write(record{
			Event: "finished", Path: &e.Item.Path, Action: e.Item.Action, Seconds: seconds(e.Duration),
			Outputs: slices.Sorted(maps.Keys(e.Outputs)),
		})
	case engine.Failed:
		j.write(failedRecord(e))
	case engine.Skipped:
		j.write(record{Event: "skipped", Path: &e.Skip.Path, Needs: e.Skip.Needs, Cause: &e.Skip.Cause})
	case engine.Summary:
		j.write(summaryRecord(e.Result))
	}
}

func failedRecord(e engine.Failed) record {
	r := record{Event: "failed", Path: &e.Path, Error: e.Err.Error(), Seconds: seconds(e.Duration)}
	if e.Item != nil {
		r.Action = e.Item.Action
	}
	var failure engine.Failure
	if errors.As(e.Err, &failure) {
		r.Also = failure.Also
	}
	var provider *providers.Error
	if errors.As(e.Err, &provider) {
		r.Log = provider.Stderr
	}
	return r
}

func summaryRecord(result *engine.Result) record {
	r := record{
		Event: "summary", Done: map[string]int{}, Failed: len(result.Failed), Skipped: len(result.Skipped), Stopped: len(result.Stopped),
		Seconds: seconds(result.Duration),
	}
	for action, n := range result.Done {
		r.Done[string(action)] = n
	}
	return r
}

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

func (j *JSON) write(r record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	r.Time, r.Run, r.Seq = j.now().UTC(), j.run, j.seq
	if r.Path != nil {
		if r.Event == "planned" {
			j.op++
			j.ops[*r.Path] = j.op
		}
		r.Op = j.ops[*r.Path]
	}
	var line strings.Builder
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil { // a value of a provider that is no JSON; the rest is still worth telling
		line.Reset()
		fmt.Fprintf(&line, "{\"time\":%q,\"run\":%q,\"seq\":%d,\"event\":\"failed\",\"error\":%q}\n", r.Time.Format(time.RFC3339Nano), r.Run, r.Seq, err.Error())
	}
	_, _ = io.WriteString(j.out, line.String())
}
