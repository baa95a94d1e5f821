package view

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/engine/plan"
)

// screen is a terminal that understands what the live view writes: text, line feeds, and the sequences that move up and clear.
type screen struct {
	t       *testing.T
	columns int
	rows    [][]rune // everything, also what has scrolled away
	wrapped []bool   // a row goes on from the one before
	row     int
	column  int
}

func (s *screen) Write(text []byte) (int, error) {
	runes := []rune(string(text))
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; r {
		case '\n':
			s.row, s.column = s.row+1, 0
			s.line()
		case '\r':
			s.column = 0
		case 0x1b:
			n, end := 0, i+2
			for ; runes[end] >= '0' && runes[end] <= '9'; end++ {
				n = 10*n + int(runes[end]-'0')
			}
			s.sequence(n, runes[end])
			i = end
		default:
			if s.column == s.columns {
				s.row, s.column = s.row+1, 0
				s.line()
				s.wrapped[s.row] = true
			}
			line := s.line()
			for len(*line) <= s.column {
				*line = append(*line, ' ')
			}
			(*line)[s.column] = r
			s.column++
		}
	}
	return len(text), nil
}

func (s *screen) line() *[]rune {
	for len(s.rows) <= s.row {
		s.rows, s.wrapped = append(s.rows, nil), append(s.wrapped, false)
	}
	return &s.rows[s.row]
}

func (s *screen) sequence(n int, command rune) {
	switch command {
	case 'A':
		s.row = max(s.row-n, 0)
	case 'J':
		s.rows, s.wrapped = s.rows[:s.row+1], s.wrapped[:s.row+1]
		s.rows[s.row] = s.rows[s.row][:min(s.column, len(s.rows[s.row]))]
	default:
		s.t.Errorf("unknown sequence %q", command)
	}
}

// resize wraps the lines anew at another width, as terminals do. The cursor is at the start of a line.
func (s *screen) resize(columns int) {
	var rows [][]rune
	var wrapped []bool
	row := 0
	for i := 0; i < len(s.rows); {
		if i == s.row {
			row = len(rows)
		}
		line := s.rows[i]
		for i++; i < len(s.rows) && s.wrapped[i]; i++ {
			line = append(line[:len(line):len(line)], s.rows[i]...)
		}
		for first := true; first || len(line) > 0; first = false {
			n := min(columns, len(line))
			rows, wrapped = append(rows, line[:n:n]), append(wrapped, !first)
			line = line[n:]
		}
	}
	s.rows, s.wrapped, s.row, s.columns = rows, wrapped, row, columns
}

func (s *screen) text() string {
	var lines []string
	for _, row := range s.rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func TestLive(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	s := &screen{t: t, columns: 40}
	live := NewLive(s, LiveOptions{
		Size: func() (int, int) { return s.columns, 10 }, Now: func() time.Time { return now }, Every: -1,
	})
	items := []*plan.Item{
		{Action: plan.Create, Path: addr.Of("a")}, {Action: plan.Update, Path: addr.Of("b")}, {Action: plan.None, Path: addr.Of("c")},
	}
	live.Begin(&plan.Plan{Items: items})
	for _, item := range items[:2] {
		live.Event(engine.Started{Item: item, Time: now})
	}
	now = now.Add(2 * time.Second)
	live.Event(engine.Log{Path: addr.Of("a"), Text: "step 1\nstep 2 is a line that is wider \x1b[2Jthan the terminal"})
	want := "⠋ creating a  2.0 s  | step 2 is a lin…\n⠋ updating b  2.0 s\n  2 running, 0 of 2 done, 2.0 s"
	if got := s.text(); got != want {
		t.Errorf("two running:\n%s\nwant:\n%s", got, want)
	}
	fmt.Fprintln(live, "nixops4: something else")
	live.Event(engine.Finished{Item: items[0], Duration: 2 * time.Second})
	want = "nixops4: something else\na: created in 2.0 s\n⠋ updating b  2.0 s\n  1 running, 1 of 2 done, 2.0 s"
	if got := s.text(); got != want {
		t.Errorf("one running:\n%s\nwant:\n%s", got, want)
	}
	live.Event(engine.Failed{Path: addr.Of("b"), Item: items[1], Err: errors.New("b: no"), Duration: time.Millisecond})
	live.Event(engine.Summary{Result: &engine.Result{Done: map[plan.Action]int{plan.Create: 1}}})
	want = "nixops4: something else\na: created in 2.0 s\nb: failed: no\nnixops4: 1 created in 0.0 s"
	if got := s.text(); got != want {
		t.Errorf("at the end:\n%s\nwant:\n%s", got, want)
	}
}

// Whatever happens in whatever order, and however the terminal is resized, at the end there are the lines that stay and nothing else.
func TestLiveNeverGarbles(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := &screen{t: t, columns: 20 + r.IntN(100)}
		live := NewLive(s, LiveOptions{Size: func() (int, int) { return s.columns, 200 }, Every: -1})
		var want []string
		running := map[int]*plan.Item{}
		for i := range 60 {
			n := r.IntN(8)
			item := &plan.Item{Action: plan.Create, Path: addr.Of(fmt.Sprint("r", n))}
			switch {
			case running[n] == nil:
				running[n] = item
				live.Event(engine.Started{Item: item, Time: time.Now()})
			case r.IntN(3) == 0:
				delete(running, n)
				live.Event(engine.Finished{Item: item})
				want = append(want, fmt.Sprintf("r%d: created", n))
			case r.IntN(3) == 0:
				fmt.Fprintf(live, "m %d\n", i)
				want = append(want, fmt.Sprintf("m %d", i))
			case r.IntN(2) == 0:
				s.resize(20 + r.IntN(100))
			default:
				live.Event(engine.Log{Path: item.Path, Text: strings.Repeat("log ", r.IntN(50))})
			}
		}
		live.Close()
		if got := s.text(); got != strings.Join(want, "\n") {
			t.Fatalf("seed %d:\n%s\nwant:\n%s", seed, got, strings.Join(want, "\n"))
		}
	}
}
