package view

import (
	"strings"
	"testing"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

func building(phase engine.BuildPhase, name, text string, counts ...int) engine.Building {
	b := engine.Building{Path: addr.Of("a"), Phase: phase, Name: name, Text: text}
	if name != "" {
		b.Object = "/nix/store/00000000000000000000000000000000-" + name + ".drv"
	}
	if len(counts) == 2 {
		b.Done, b.Expected = counts[0], counts[1]
	}
	return b
}

func TestBuildLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		verbose bool
		want    string
	}{
		{false, "a: building web\na: web> compiling\na: fetching glibc\na: | warning: slow\n"},
		{true, "a: building web\na: web> compiling\na: fetching glibc\na: | warning: slow\na: done with web\n"},
	} {
		var text strings.Builder
		only := Builds(NewLines(&text, Options{Verbose: tt.verbose}).Event)
		only(building(engine.BuildStarted, "web", ""))
		only(building(engine.BuildLog, "web", "\x1b[31mcompiling\x1b[0m"))
		only(building(engine.BuildFetch, "glibc", ""))
		only(building(engine.BuildLog, "", "warning: slow"))
		only(building(engine.BuildEnded, "web", ""))
		only(building(engine.BuildCount, "", "", 1, 2))
		only(engine.Log{Path: addr.Of("a"), Text: "not of a build"})
		if got := text.String(); got != tt.want {
			t.Errorf("verbose %v: got\n%s\nwant\n%s", tt.verbose, got, tt.want)
		}
	}
}

func TestBuildLive(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	s := &screen{t: t, columns: 76}
	live := NewLive(s, LiveOptions{Size: func() (int, int) { return s.columns, 10 }, Now: func() time.Time { return now }, Every: -1})
	item := &plan.Item{Action: plan.Create, Path: addr.Of("a")}
	live.Event(building(engine.BuildStarted, "early", "")) // before its row is there, it is a line
	live.Event(building(engine.BuildEnded, "early", ""))
	live.Event(engine.Started{Item: item, Time: now})
	row := func(want string) {
		t.Helper()
		want = "a: building early\n⠋ creating a  0.0 s" + want + "\n  1 running, 0 of 1 done, 0.0 s"
		if got := s.text(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	row("")
	live.Event(building(engine.BuildCount, "", "", 0, 3))
	live.Event(building(engine.BuildStarted, "lib", ""))
	row("  building lib (0 of 3 done)")
	live.Event(building(engine.BuildStarted, "web", ""))
	live.Event(building(engine.BuildLog, "web", "compiling"))
	row("  building web and 1 more (0 of 3 done)  | compiling")
	live.Event(building(engine.BuildEnded, "web", ""))
	live.Event(building(engine.BuildCount, "", "", 1, 3))
	row("  building lib (1 of 3 done)")
	live.Event(building(engine.BuildEnded, "lib", ""))
	row("")
	live.Close()
}
