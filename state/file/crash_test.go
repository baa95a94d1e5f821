package file_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nixops4/state"
	"nixops4/state/file"
)

// asJournal makes the test binary record changes in the file in this variable, several at a time and without end: see TestKilledWriter.
const asJournal = "NIXOPS4_TEST_STATE_JOURNAL"

// recordForever prints the ID of each intent when it is durable, and again with "end" when its end is.
func recordForever(path string) int {
	ctx := context.Background()
	j, err := state.OpenJournal(ctx, file.Open(path), state.JournalOptions{Create: true})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	failed := make(chan error)
	for worker := range 4 {
		go func() {
			for i := 0; ; i++ {
				at := []string{fmt.Sprint("r", worker)}
				id, err := j.Begin(ctx, state.Intent{Op: "update", Path: at})
				if err == nil {
					fmt.Println(id)
					r := &state.Resource{Type: "t", InputProperties: map[string]json.RawMessage{"i": json.RawMessage(strconv.Itoa(i))}}
					err = j.Record(ctx, state.Change{Event: "update", Path: at, Set: r, End: []string{id}})
				}
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(id, "end")
			}
		}()
	}
	fmt.Println("error", <-failed)
	return 1
}

// TestKilledWriter kills a writer at random moments: whatever it said is durable is in the file, which is good or torn at the very end.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	kills := 15
	if n, err := strconv.Atoi(os.Getenv("NIXOPS4_TEST_CRASHES")); err == nil {
		kills = n
	}
	self, err := os.Executable()
	must(t, err)
	path := filepath.Join(t.TempDir(), "state.json")
	for range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), asJournal+"="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		lines.Scan() // it works
		said := []string{lines.Text()}
		time.AfterFunc(time.Duration(mathrand.Int64N(int64(20*time.Millisecond))), func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			said = append(said, lines.Text())
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the writer was not killed")
		}
		checkSaid(t, path, said)
	}
}

func checkSaid(t *testing.T, path string, said []string) {
	t.Helper()
	s := file.Open(path)
	_, err := s.Read(t.Context())
	var corrupt *state.CorruptError
	if errors.As(err, &corrupt) && corrupt.Torn {
		_, _, err = s.Repair(t.Context())
	}
	must(t, err)
	events, err := s.Events(t.Context(), 0)
	must(t, err)
	have := map[string]bool{}
	for _, e := range events {
		var intent state.Intent
		var ended []string
		_ = json.Unmarshal(e.Meta["intent"], &intent) // absent: none
		_ = json.Unmarshal(e.Meta["ended"], &ended)
		have[intent.ID] = true
		for _, id := range ended {
			have[id+" end"] = true
		}
	}
	for _, line := range said {
		if strings.HasPrefix(line, "error") || !have[line] {
			t.Errorf("%q was said, but is not in the file", line)
		}
	}
}
