package file_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"nixops4/state"
	"nixops4/state/file"
)

// asWriter makes the test binary append to the file in this variable, racing for every index: see TestRacingProcesses.
const asWriter = "NIXOPS4_TEST_STATE_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(asWriter); path != "" {
		os.Exit(race(path, os.Getenv(asWriter+"_ROUNDS")))
	}
	if path := os.Getenv(asJournal); path != "" {
		os.Exit(recordForever(path))
	}
	os.Exit(m.Run())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return text
}

func write(t testing.TB, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.json")
	must(t, os.WriteFile(path, text, 0o644))
	return path
}

func document(t testing.TB, s state.Store) string {
	t.Helper()
	snapshot, err := s.Read(context.Background())
	must(t, err)
	text, err := snapshot.Document.MarshalJSON()
	must(t, err)
	return string(text)
}

// set returns an event that sets a resource.
func set(name, value string) state.Event {
	return state.Event{Meta: state.NewMeta("test", time.Now()), Patch: state.Patch{{
		Op: "add", Path: state.Pointer("resources", name),
		Value: json.RawMessage(`{"type":"t","input_properties":{"v":` + value + `},"output_properties":{}}`),
	}}}
}

// add appends to whatever there is.
func add(t testing.TB, s *file.Store, events ...state.Event) {
	t.Helper()
	snapshot, err := s.Read(context.Background())
	must(t, err)
	_, err = s.Append(context.Background(), state.Batch{Expected: snapshot.Next, Events: events})
	must(t, err)
}

// TestUpstream reads files as the existing NixOps4 writes them, appends, and checks that what it needs still holds: the file starts as
// before, and what follows is JSON documents with index, meta.time and patch.
func TestUpstream(t *testing.T) {
	t.Parallel()
	const memo = `{"input_properties":{"initialize_with":{"big":12345678901234567890,"ü":["changed",null,1.5]}},"output_properties":{"value":{"big":12345678901234567890,"ü":["a/b~c",1.5]}},"type":"memo"}`
	for name, want := range map[string]string{
		"empty.json":              `{"_type":"nixopsState","deployments":{},"resources":{}}`,
		"indexed-no-newline.json": `{"_type":"nixopsState","deployments":{},"resources":{"greeting":{"type":"file","input_properties":{"name":"hello.txt","contents":"good day"},"output_properties":{}}}}`,
		"nested.json":             `{"_type":"nixopsState","deployments":{"web":{"deployments":{"inner":{"deployments":{},"resources":{"file.txt":` + memo + `}}},"resources":{}}},"resources":{"version":{"input_properties":{"initialize_with":"2.0"},"output_properties":{"value":"1.0"},"type":"memo"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := content(t, filepath.Join("testdata/upstream", name))
			path := write(t, before)
			s := file.Open(path)
			if got := document(t, s); got != want {
				t.Errorf("document:\n got %s\nwant %s", got, want)
			}
			snapshot, err := s.Read(t.Context())
			must(t, err)
			add(t, s, set("new", "1"))
			after := content(t, path)
			if !bytes.HasPrefix(after, before) {
				t.Errorf("the file changed:\n%s", after)
			}
			checkReadableUpstream(t, after, int(snapshot.Next)+1)
			// The existing NixOps4 appends once more.
			theirs := "{\n  \"index\": 0,\n  \"meta\": {\n    \"time\": \"2026-01-01T00:00:00+00:00\",\n    \"event\": \"create\"\n  },\n  \"patch\": [\n    {\n      \"op\": \"remove\",\n      \"path\": \"/resources/new\"\n    }\n  ]\n}\n"
			must(t, os.WriteFile(path, append(after, theirs...), 0o644))
			if got := document(t, s); got != want {
				t.Errorf("document at the end:\n got %s\nwant %s", got, want)
			}
			events, err := s.Events(t.Context(), snapshot.Next)
			must(t, err)
			if len(events) != 2 || events[1].Index != snapshot.Next+1 || events[1].Meta.Event() != "create" {
				t.Errorf("events = %v", events)
			}
		})
	}
}

// checkReadableUpstream reads a file as the existing NixOps4 does.
func checkReadableUpstream(t *testing.T, text []byte, want int) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	for n := 0; ; n++ {
		var e struct {
			Index *uint64
			Meta  *struct{ Time *string }
			Patch *[]struct{ Op, Path *string }
		}
		err := d.Decode(&e)
		if err != nil {
			if n != want {
				t.Errorf("%d documents, then %v, want %d", n, err, want)
			}
			return
		}
		if e.Index == nil || e.Meta == nil || e.Meta.Time == nil || e.Patch == nil || n == 0 && *e.Index != 0 {
			t.Errorf("document %d is not an event: %+v", n, e)
			return
		}
		if _, err := time.Parse(time.RFC3339Nano, *e.Meta.Time); err != nil {
			t.Error(err)
		}
	}
}

// TestFormat pins what this package writes.
func TestFormat(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	s := file.Open(path)
	must(t, s.Create(t.Context()))
	e := set("file.txt", `"<&> "`)
	e.Meta = state.Meta{"time": json.RawMessage(`"2026-01-02T03:04:05Z"`), "event": json.RawMessage(`"create"`)}
	add(t, s, e)
	lines := strings.SplitAfter(string(content(t, path)), "\n")
	want := []string{
		`,"patch":[{"op":"add","path":"","value":{"_type":"nixopsState","deployments":{},"resources":{}}}]}` + "\n",
		`{"index":1,"meta":{"event":"create","time":"2026-01-02T03:04:05Z"},"patch":[{"op":"add","path":"/resources/file.txt","value":{"type":"t","input_properties":{"v":"<&> "},"output_properties":{}}}]}` + "\n",
		"",
	}
	if len(lines) != 3 || !strings.HasPrefix(lines[0], `{"index":0,"meta":{"time":"`) || !strings.HasSuffix(lines[0], want[0]) || lines[1] != want[1] {
		t.Errorf("file = %q", lines)
	}
	info, err := os.Stat(path)
	must(t, err)
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode = %v, want 0600", got)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}

const firstEvent = `{"index":0,"meta":{"time":"2024-01-01T00:00:00Z"},"patch":[{"op":"add","path":"","value":{"_type":"nixopsState","resources":{},"deployments":{}}}]}` + "\n"

// TestCorrupt checks that what is not a good state file is refused, with the offset, and not changed, by every operation.
func TestCorrupt(t *testing.T) {
	t.Parallel()
	n := int64(len(firstEvent))
	second := `{"index":1,"meta":{"time":"t"},"patch":[]}` + "\n"
	for _, tt := range []struct {
		name, text string
		offset     int64
		torn       bool
		msg        string
	}{
		{"empty", "", 0, false, "it is empty, so it is not a state file"},
		{"white space", " \n\n", 0, false, "it is empty"},
		{"byte order mark", "\ufeff" + firstEvent, 0, false, "it starts with a byte order mark, as some editors put it there; remove these three bytes"},
		{"text", "hello\n", 0, false, "it is not a state file: this is not JSON"},
		{"another JSON", `{"version": 4, "serial": 1}`, 0, false, `it is not a state file: event has no "index"`},
		{"index 1 first", `{"index":1,"meta":{},"patch":[]}`, 0, false, "it is not a state file: event has index 1, want 0"},
		{"no type", `{"index":0,"meta":{},"patch":[{"op":"add","path":"","value":{}}]}`, 0, false, `it is not a state file: state document has no "_type"`},
		{"torn first", firstEvent[:50], 0, false, "it is not a state file: it ends within a JSON document"},
		{"torn", firstEvent + second[:10], n, true, "the last event is incomplete, as after a crash while it was written"},
		{"zeros", firstEvent + second[:10] + "\x00\x00\x00", n, true, "the last event is incomplete"},
		{"only zeros", firstEvent + "\x00\x00\x00", n, true, "the last event is incomplete"},
		{"garbage", firstEvent + second + "oops", n + int64(len(second)), false, "this is not JSON: invalid character 'o'"},
		{"garbage between", firstEvent + "  oops\n" + second, n + 2, false, "this is not JSON"},
		{"zeros between", firstEvent + "\x00\x00" + second, n, false, "this is not JSON"},
		{"bit flip", firstEvent + strings.Replace(second, `"meta"`, "\"me\x01a\"", 1), n + 14, false, "this is not JSON"},
		{"not UTF-8", firstEvent + strings.Replace(second, `"t"`, "\"\xff\"", 1), n + 27, false, "text that is not UTF-8"},
		{"index", firstEvent + `{"index":7,"meta":{},"patch":[]}`, n, false, "event has index 7, want 1"},
		{"patch", firstEvent + `{"index":1,"meta":{},"patch":[{"op":"remove","path":"/none"}]}`, n, false, "there is nothing at this path"},
		{"not an event", firstEvent + `7`, n, false, "event is not an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, []byte(tt.text))
			s := file.Open(path)
			for operation, err := range map[string]error{
				"read":   second2(s.Read(t.Context())),
				"events": second2(s.Events(t.Context(), 0)),
				"append": second2(s.Append(t.Context(), state.Batch{Expected: 1, Events: []state.Event{set("a", "1")}})),
				"create": s.Create(t.Context()),
			} {
				var corrupt *state.CorruptError
				if !errors.As(err, &corrupt) || corrupt.Offset != tt.offset || corrupt.Torn != tt.torn || corrupt.Path != path || !strings.Contains(corrupt.Msg, tt.msg) {
					t.Errorf("%s: error = %v (torn %v), want offset %d, %q", operation, err, corrupt != nil && corrupt.Torn, tt.offset, tt.msg)
				}
			}
			if !tt.torn {
				if _, _, err := s.Repair(t.Context()); err == nil {
					t.Error("repaired")
				}
			}
			if got := content(t, path); string(got) != tt.text {
				t.Errorf("the file was changed to %q", got)
			}
		})
	}
}

func second2[T any](_ T, err error) error { return err }

// TestTornEverywhere cuts a file within its last event at every byte, checks that it is refused, repairs it, and goes on.
func TestTornEverywhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	s := file.Open(path)
	must(t, s.Create(t.Context()))
	add(t, s, set("a", "1"))
	good := content(t, path)
	before := document(t, s)
	add(t, s, set("b", `"ü🙂"`))
	whole := content(t, path)
	after := document(t, s)
	for size := len(good); size <= len(whole); size++ {
		// A cache that knows the whole file, as of the process that writes, and none, as after a crash.
		for _, s := range []*file.Store{s, file.Open(path)} {
			must(t, os.WriteFile(path, whole[:size], 0o600))
			want := before
			if size >= len(whole)-1 { // only the newline is missing
				want = after
			}
			if size > len(good) && size < len(whole)-1 {
				_, err := s.Read(t.Context())
				var corrupt *state.CorruptError
				if !errors.As(err, &corrupt) || !corrupt.Torn || corrupt.Offset != int64(len(good)) {
					t.Fatalf("cut at %d: %v", size, err)
				}
				copied, cut, err := s.Repair(t.Context())
				must(t, err)
				if !bytes.Equal(content(t, copied), whole[:size]) || cut != int64(size-len(good)) {
					t.Fatalf("cut at %d: the copy is %q, %d bytes were cut off", size, content(t, copied), cut)
				}
				must(t, os.Remove(copied))
				if !bytes.Equal(content(t, path), good) {
					t.Fatalf("cut at %d: repaired to %q", size, content(t, path))
				}
			}
			if got := document(t, s); got != want {
				t.Fatalf("cut at %d: document = %s", size, got)
			}
			if copied, cut, err := s.Repair(t.Context()); err != nil || copied != "" || cut != 0 {
				t.Fatalf("repairing a good file: %q %d %v", copied, cut, err)
			}
			add(t, s, set("c", "3"))
			if got := document(t, file.Open(path)); !strings.Contains(got, `"c":`) {
				t.Fatalf("cut at %d: after appending: %s", size, got)
			}
		}
	}
}

// TestOthersChanges lets a store that knows the file see what others do to it.
func TestOthersChanges(t *testing.T) {
	t.Parallel()
	path := write(t, []byte(firstEvent))
	s := file.Open(path)
	add(t, s, set("a", "1"))
	text := content(t, path)
	for _, tt := range []struct{ name, text, want string }{
		{"grown", string(text) + `{"index":0,"meta":{},"patch":[{"op":"remove","path":"/resources/a"}]}`, `{"_type":"nixopsState","deployments":{},"resources":{}}`},
		{"shrunk", firstEvent, `{"_type":"nixopsState","deployments":{},"resources":{}}`},
		{"edited", strings.Replace(string(text), `"v":1`, `"v":2`, 1), `{"_type":"nixopsState","deployments":{},"resources":{"a":{"type":"t","input_properties":{"v":2},"output_properties":{}}}}`},
		{"edited and grown", strings.Replace(string(text), `"v":1`, `"v":3`, 1) + "\n\n", `{"_type":"nixopsState","deployments":{},"resources":{"a":{"type":"t","input_properties":{"v":3},"output_properties":{}}}}`},
	} {
		must(t, os.WriteFile(path, text, 0o600))
		document(t, s)
		time.Sleep(5 * time.Millisecond) // file times are not finer than the kernel's clock tick
		must(t, os.WriteFile(path, []byte(tt.text), 0o600))
		if got := document(t, s); got != tt.want {
			t.Errorf("%s: document = %s, want %s", tt.name, got, tt.want)
		}
		add(t, s, set("z", "1"))
		if got, want := document(t, s), document(t, file.Open(path)); got != want {
			t.Errorf("%s: document with and without cache:\n%s\n%s", tt.name, got, want)
		}
	}
	must(t, os.Remove(path))
	if _, err := s.Read(t.Context()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}

func TestCompact(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.json")
	link := filepath.Join(t.TempDir(), "link.json")
	must(t, os.Symlink(path, link))
	s, other := file.Open(link), file.Open(path)
	must(t, other.Create(t.Context()))
	must(t, os.Chmod(path, 0o640))
	for i := range 50 {
		add(t, s, set("a", strconv.Itoa(i)))
	}
	add(t, s, state.Event{Meta: state.NewMeta("intent", time.Now()).WithIntent(state.Intent{ID: "open"})})
	want, before := document(t, other), content(t, path)
	copied, err := s.Compact(t.Context())
	must(t, err)
	if !bytes.Equal(content(t, copied), before) {
		t.Errorf("the copy %s differs", copied)
	}
	if size := len(content(t, path)); size > 500 {
		t.Errorf("the file has %d bytes, and had %d", size, len(before))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	for _, s := range []*file.Store{s, other, file.Open(path)} {
		snapshot, err := s.Read(t.Context())
		must(t, err)
		if got := document(t, s); got != want || snapshot.Next != 52 || len(snapshot.Intents) != 1 {
			t.Errorf("next = %d, intents = %v, document = %s", snapshot.Next, snapshot.Intents, got)
		}
	}
	// A writer from before is told of what happened since, although the file was replaced.
	add(t, other, set("b", "1"))
	_, err = s.Append(t.Context(), state.Batch{Expected: 52, Events: []state.Event{set("c", "1")}})
	var conflict *state.ConflictError
	if !errors.As(err, &conflict) || conflict.Actual != 53 {
		t.Errorf("stale append: %v", err)
	}
	for from, want := range map[uint64][]uint64{0: {0, 52}, 30: {0, 52}, 51: {0, 52}, 52: {52}, 53: nil} {
		events, err := s.Events(t.Context(), from)
		must(t, err)
		var got []uint64
		for _, e := range events {
			got = append(got, e.Index)
		}
		if !slices.Equal(got, want) {
			t.Errorf("events from %d = %v, want %v", from, got, want)
		}
	}
	checkReadableUpstream(t, content(t, path), 2)
	if _, err := s.Compact(t.Context()); err != nil {
		t.Errorf("compacting again: %v", err)
	}
}

// TestFullDisk makes a write fail half-way, and checks that the file is as before and the store goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "state.json")
	must(t, file.Open(path).Create(t.Context()))
	before := content(t, path)
	self, err := os.Executable()
	must(t, err)
	// A limit on the size of files is the nearest thing to a full disk that needs no privileges. SIGXFSZ must be ignored, as Go does.
	cmd := exec.Command("sh", "-c", `ulimit -f 1; exec "$0"`, self)
	cmd.Env = append(os.Environ(), asWriter+"="+path, asWriter+"_ROUNDS=1000")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "file too large") {
		t.Errorf("the writer: %v, %s", err, out)
	}
	after := content(t, path)
	if !bytes.HasPrefix(after, before) || len(after) > 1024 {
		t.Errorf("file = %q", after)
	}
	s := file.Open(path)
	document(t, s)
	add(t, s, set("a", "1"))
}

// race appends until rounds events have been appended by somebody, and prints the indexes it won.
func race(path, rounds string) int {
	s := file.Open(path)
	n, _ := strconv.ParseUint(rounds, 10, 64)
	for index := uint64(1); index <= n; {
		_, err := s.Append(context.Background(), state.Batch{Expected: index, Events: []state.Event{set("x", strconv.Itoa(os.Getpid()))}})
		var conflict *state.ConflictError
		switch {
		case errors.As(err, &conflict):
			index = conflict.Actual
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
			return 1
		default:
			fmt.Println(index)
			index++
		}
	}
	return 0
}

// TestRacingProcesses lets processes race for every index: each must be won exactly once.
func TestRacingProcesses(t *testing.T) {
	t.Parallel()
	processes, rounds := 8, 200
	if n, err := strconv.Atoi(os.Getenv("NIXOPS4_TEST_RACE_ROUNDS")); err == nil {
		processes, rounds = 16, n
	}
	path := filepath.Join(t.TempDir(), "state.json")
	must(t, file.Open(path).Create(t.Context()))
	self, err := os.Executable()
	must(t, err)
	cmds := make([]*exec.Cmd, processes)
	outputs := make([]bytes.Buffer, processes)
	for i := range cmds {
		cmds[i] = exec.Command(self)
		cmds[i].Env = append(os.Environ(), asWriter+"="+path, asWriter+"_ROUNDS="+strconv.Itoa(rounds))
		cmds[i].Stdout, cmds[i].Stderr = &outputs[i], os.Stderr
		must(t, cmds[i].Start())
	}
	won, winner := map[string]int{}, map[string]int{}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(outputs[i].String()) {
			won[strings.TrimSpace(line)]++
			winner[strings.TrimSpace(line)] = cmd.Process.Pid
		}
	}
	for i := 1; i <= rounds; i++ {
		if n := won[strconv.Itoa(i)]; n != 1 {
			t.Errorf("index %d was won %d times", i, n)
		}
	}
	events, err := file.Open(path).Events(t.Context(), 1)
	must(t, err)
	if len(events) != rounds {
		t.Errorf("%d events, want %d", len(events), rounds)
	}
	for _, e := range events {
		if want := fmt.Sprintf(`"v":%d}`, winner[strconv.FormatUint(e.Index, 10)]); !strings.Contains(string(e.Patch[0].Value), want) {
			t.Errorf("event %d is %s, but was won by %s", e.Index, e.Patch[0].Value, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := file.Open(filepath.Join(dir, "no", "state.json")).Create(t.Context()); err == nil || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("missing folder: %v", err)
	}
	if _, err := file.Open(dir).Read(t.Context()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("folder: %v", err)
	}
	path := write(t, []byte(firstEvent))
	must(t, os.WriteFile(path+".lock", []byte("hello"), 0o600))
	if err := file.Open(path).Lock(t.Context(), state.NewLock("x", time.Now())); err == nil || !strings.Contains(err.Error(), "it does not contain a lock; remove it if no command is running") {
		t.Errorf("garbage in the lock: %v", err)
	}
	must(t, os.WriteFile(path+".lock", nil, 0o600)) // a crash between creating and writing
	if err := file.Open(path).Lock(t.Context(), state.NewLock("x", time.Now())); err != nil {
		t.Errorf("empty lock: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := file.Open(path).Create(ctx); err != nil {
		t.Errorf("a free file with a canceled context: %v", err)
	}
}

// FuzzRead checks that reading never panics or changes the file, and that a file that can be read can be appended to and read again.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/upstream/*.json")
	must(f, err)
	for _, name := range names {
		f.Add(content(f, name))
	}
	f.Add([]byte(firstEvent + `{"index":1,"meta":{"intent":{"id":"a"}},"patch":[{"op":"add","path":"/resources/a","value":{}}]}` + "\n"))
	f.Add([]byte(strings.Replace(firstEvent, `"meta":{`, `"meta":{"compactedThrough":9,"intents":[{"id":"b"}],`, 1)))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := write(t, text)
		s := file.Open(path)
		snapshot, err := s.Read(t.Context())
		if got := content(t, path); !bytes.Equal(got, text) {
			t.Fatalf("reading changed the file to %q", got)
		}
		var corrupt *state.CorruptError
		if errors.As(err, &corrupt) {
			if corrupt.Offset < 0 || corrupt.Offset > int64(len(text)) {
				t.Fatalf("offset %d of %d", corrupt.Offset, len(text))
			}
			return
		}
		must(t, err)
		_, err = s.Append(t.Context(), state.Batch{Expected: snapshot.Next, Events: []state.Event{{Meta: state.NewMeta("x", time.Now())}}})
		must(t, err)
		if got, want := document(t, file.Open(path)), document(t, s); got != want {
			t.Fatalf("document read again = %s, want %s", got, want)
		}
		if _, err := file.Open(path).Events(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDocs reads the log in docs/state.md.
func TestDocs(t *testing.T) {
	t.Parallel()
	text := string(content(t, "../../docs/state.md"))
	_, log, ok := strings.Cut(text, "```json\n{\"index\":0")
	log, _, closed := strings.Cut(log, "```\n")
	if !ok || !closed {
		t.Fatal("docs/state.md holds no log")
	}
	s := file.Open(write(t, []byte(`{"index":0`+log)))
	snapshot, err := s.Read(t.Context())
	must(t, err)
	r, err := snapshot.Document.Resource([]string{"version"})
	if err != nil || snapshot.Next != 2 || string(r.OutputProperties["value"]) != `"1.0"` {
		t.Errorf("the documented log gives %+v, %v", r, err)
	}
}

// TestLinked reaches a state file by its name and through a link in another folder: it is one state, with one lock.
func TestLinked(t *testing.T) {
	t.Parallel()
	path, folder := filepath.Join(t.TempDir(), "state.json"), t.TempDir()
	must(t, os.Symlink(path, filepath.Join(folder, "first.json")))
	must(t, os.Symlink("first.json", filepath.Join(folder, "link.json")))
	link, direct := file.Open(filepath.Join(folder, "link.json")), file.Open(path)
	must(t, link.Lock(t.Context(), state.Lock{ID: "1"}))
	if err := link.Create(t.Context()); err != nil { // the file that the link leads to does not exist yet
		t.Fatal(err)
	}
	add(t, link, set("a", "1"))
	if got, want := document(t, direct), document(t, link); got != want {
		t.Errorf("through the link %s, by name %s", want, got)
	}
	var locked *state.LockedError
	if err := direct.Lock(t.Context(), state.Lock{ID: "2"}); !errors.As(err, &locked) || locked.Lock.ID != "1" {
		t.Errorf("locking by name what is locked through the link: %v", err)
	}
	must(t, direct.Unlock(t.Context(), "1"))
	entries, err := os.ReadDir(folder)
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("beside the link are %v", entries)
	}
}
