package providers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/providers/providertest"
)

// asFake makes the test binary the fake provider.
const asFake = "NIXOPS4_TEST_AS_FAKE_PROVIDER"

func TestMain(m *testing.M) {
	if os.Getenv(asFake) != "" {
		os.Exit(providertest.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if os.Getenv(asEngine) != "" {
		engine()
	}
	os.Exit(m.Run())
}

// logs collects log lines.
type logs struct {
	mu    sync.Mutex
	lines []providers.LogLine
}

func (l *logs) add(line providers.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *logs) texts(label string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var texts []string
	for _, line := range l.lines {
		if line.Label == label {
			texts = append(texts, line.Text)
		}
	}
	return texts
}

// newClient returns a client that is closed at the end of the test, where "builtin:fake" is the fake provider.
func newClient(t testing.TB, o providers.Options) (*providers.Client, *logs) {
	t.Helper()
	l := &logs{}
	o.Log = l.add
	// The race detector would make the fake provider sleep for a second when it ends.
	o.Env = append(os.Environ(), asFake+"=1", "GORACE=atexit_sleep_ms=0")
	o.Builtin = func(name string) (string, []string, error) {
		if name != "fake" {
			return "", nil, fmt.Errorf("there is no built-in provider %q", name)
		}
		self, err := os.Executable()
		return self, nil, err
	}
	if o.Grace == 0 {
		o.Grace = 200 * time.Millisecond
	}
	c := providers.New(o)
	t.Cleanup(c.Close)
	return c, l
}

func fakeSpec(programs ...string) providers.Spec {
	return providers.Spec{Executable: "builtin:fake", Args: programs}
}

func createRequest(inputs string) protocol.CreateResourceRequest {
	r := protocol.CreateResourceRequest{Type: "thing"}
	if err := json.Unmarshal([]byte(inputs), &r.InputProperties); err != nil {
		panic(err)
	}
	return r
}

func TestCreate(t *testing.T) {
	t.Parallel()
	c, l := newClient(t, providers.Options{})
	p := c.Provider(fakeSpec("stderr=hello;ok"), "web.vm")
	inputs := `{"n":123456789012345678901234567890,"f":1.10,"e":1e400,"s":"<&>é\u0000"}`
	for range 3 {
		out, err := p.Create(context.Background(), createRequest(inputs))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"n": "123456789012345678901234567890", "f": "1.10", "e": "1e400", "s": `"<&>é\u0000"`} {
			if got := string(out.OutputProperties[name]); got != want {
				t.Errorf("output %s = %s, want %s", name, got, want)
			}
		}
	}
	if got, want := l.texts("web.vm"), []string{"hello", "hello", "hello"}; !slices.Equal(got, want) {
		t.Errorf("log = %q, want %q", got, want)
	}
}

func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		program string
		reason  providers.Reason
		msg     string // part of the message
		stderr  string // last line
	}{
		{"stderr=reason;exit=3", providers.Crashed, "exited with status 3 without answering", "reason"},
		{"exit=0", providers.Crashed, "ended without answering", ""},
		{"partial=half a line;exit=1", providers.Crashed, "exited with status 1", "half a line"},
		{"signal=KILL", providers.Crashed, "was killed by signal SIGKILL without answering", ""},
		{"signal=TERM", providers.Crashed, "was killed by signal SIGTERM", ""},
		{"close-stdout", providers.Crashed, "closed its standard output without answering", ""},
		{"text=hello world", providers.Garbled, `answered with something that is not a response: message is not JSON: invalid character 'h' looking for beginning of value at byte 1: "hello world"`, ""},
		{"text=", providers.Garbled, "message is empty", ""},
		{"text=[]", providers.Garbled, "message is not a JSON object but an array", ""},
		{`text={"secret":1,"a":2}`, providers.Garbled, "message has 2 keys, want exactly one", ""},
		{`text={"fooResponse":{}}`, providers.Garbled, `unknown message kind "fooResponse"`, ""},
		{`text={"createResourceResponse":{}}`, providers.Garbled, `createResourceResponse: missing key "outputProperties"`, ""},
		{"wrong-kind", providers.Garbled, "answered stateResourceEventResponse, want createResourceResponse", ""},
		{"stderr=twice;twice", providers.Garbled, "answered with more than one line (an answer is one line, and everything else belongs on standard error)", "twice"},
		{"cut", providers.Garbled, "ended in the middle of its answer", ""},
		{"huge=3000000", providers.Garbled, "answered with more than 2000000 bytes", ""},
		{`text=Connecting to the API
{"createResourceResponse":{"outputProperties":{}}}`, providers.Garbled, `the first is not a response: message is not JSON: invalid character 'C' looking for beginning of value at byte 1: "Connecting to the API" (an answer is one line`, ""},
		{"text={\n}", providers.Garbled, `the first is not a response: message is not JSON: unexpected end of JSON input at byte 1 (an answer is one line`, ""},
		{"error=", providers.Refused, "the provider answered with an error that says nothing", ""},
		{"error=quota exceeded", providers.Refused, "quota exceeded", ""},
		{"half-done=made, not set up", providers.HalfDone, "made, not set up", ""},
		{"stderr=waiting;hang", providers.TimedOut, "did not answer within 1s", "waiting"},
		{"ignore-term;hang", providers.TimedOut, "did not answer within 1s", ""},
		{"noise=500;exit=1", providers.Crashed, "exited with status 1", "line 500"},
	} {
		t.Run(tt.program, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if tt.reason == providers.TimedOut {
				timeout = time.Second
			}
			c, _ := newClient(t, providers.Options{Timeout: timeout, MaxResponse: 2_000_000})
			_, err := c.Provider(fakeSpec(tt.program, "ok"), "x").Create(context.Background(), createRequest(`{}`))
			var e *providers.Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %T %v", err, err)
			}
			if e.Reason != tt.reason || !strings.Contains(e.Error(), tt.msg) {
				t.Errorf("error = %d %q, want %d with %q", e.Reason, e, tt.reason, tt.msg)
			}
			if strings.Contains(e.Error(), "secret") || strings.Contains(e.Error(), "\n") {
				t.Errorf("error = %q", e)
			}
			last := ""
			if n := len(e.Stderr); n > 0 {
				last = e.Stderr[n-1]
			}
			if last != tt.stderr {
				t.Errorf("last line on stderr = %q, want %q", last, tt.stderr)
			}
			if e.Op != "create" || e.Type != "thing" || e.Executable != "builtin:fake" {
				t.Errorf("error is about %q %q %q", e.Op, e.Type, e.Executable)
			}
		})
	}
}

// TestEndlessLog lets a provider log faster than its lines can be shown, without end.
func TestEndlessLog(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("yes"); err != nil {
		t.Skip(err)
	}
	c := providers.New(providers.Options{Timeout: 20 * time.Second, Grace: 200 * time.Millisecond, Log: func(providers.LogLine) { time.Sleep(2 * time.Millisecond) }})
	t.Cleanup(c.Close)
	p := c.Provider(providers.Spec{Executable: "sh", Args: []string{"-c", `
		yes "$(printf %01000d 0)" >&2 &
		while read -r request; do echo '{"createResourceResponse":{"outputProperties":{}}}'; done`}}, "x")
	for range 3 {
		if _, err := p.Create(t.Context(), createRequest(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClosedInput asks a provider that answers once, closes its standard input and lives on: another process gets the next request.
func TestClosedInput(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, providers.Options{Timeout: 20 * time.Second, Parallelism: 1})
	p := c.Provider(providers.Spec{Executable: "sh", Args: []string{"-c", `
		read -r request; echo '{"createResourceResponse":{"outputProperties":{}}}'; exec <&-; sleep 60`}}, "x")
	for range 3 {
		if _, err := p.Create(t.Context(), createRequest(`{}`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // it closes its input after it has answered
	}
}

// TestCrashFailsOnlyItsRequest crashes one resource among many.
func TestCrashFailsOnlyItsRequest(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, providers.Options{Parallelism: 4})
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed := map[int]bool{}
	for i := range 40 {
		wg.Go(func() {
			program := "sleep=1ms;ok"
			if i%10 == 3 {
				program = "exit=3"
			}
			_, err := c.Provider(fakeSpec(), fmt.Sprint(i)).Create(context.Background(), createRequest(`{"fake":"`+program+`"}`))
			mu.Lock()
			defer mu.Unlock()
			failed[i] = err != nil
		})
	}
	wg.Wait()
	for i, f := range failed {
		if want := i%10 == 3; f != want {
			t.Errorf("request %d: failed %v, want %v", i, f, want)
		}
	}
}

func TestExitAfterAnswer(t *testing.T) {
	t.Parallel()
	c, l := newClient(t, providers.Options{Parallelism: 2})
	record := filepath.Join(t.TempDir(), "record")
	p := c.Provider(fakeSpec("record="+record+";stderr=x;exit-after=0"), "one")
	for range 20 {
		if _, err := p.Create(context.Background(), createRequest(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), "\n"); got != 20 {
		t.Errorf("the provider got %d requests, want 20", got)
	}
	if got := len(l.texts("one")); got != 20 {
		t.Errorf("%d log lines, want 20", got)
	}
}

// TestCrashOnSecondRequest checks that a request the provider has read is never sent again.
func TestCrashOnSecondRequest(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"exit=0", "exit=1", "signal=KILL"} {
		c, _ := newClient(t, providers.Options{})
		record := filepath.Join(t.TempDir(), "record")
		p := c.Provider(fakeSpec("ok", "record="+record+";"+end), "x")
		if _, err := p.Create(context.Background(), createRequest(`{}`)); err != nil {
			t.Fatal(err)
		}
		_, err := p.Create(context.Background(), createRequest(`{}`))
		var e *providers.Error
		if !errors.As(err, &e) || e.Reason != providers.Crashed {
			t.Errorf("%s: error = %v", end, err)
		}
		if text, _ := os.ReadFile(record); strings.Count(string(text), "\n") != 1 {
			t.Errorf("%s: the provider got %q", end, text)
		}
	}
}

func TestUnsolicitedOutput(t *testing.T) {
	t.Parallel()
	c, l := newClient(t, providers.Options{})
	p := c.Provider(fakeSpec("late=surprise", "error=must not be reached"), "x")
	for range 2 {
		if _, err := p.Create(context.Background(), createRequest(`{}`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if got := strings.Join(l.texts("x"), "\n"); !strings.Contains(got, `without being asked: "surprise"`) {
		t.Errorf("log = %q", got)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, providers.Options{Parallelism: 1})
	p := c.Provider(fakeSpec(), "x")
	ctx, cancel := context.WithCancel(context.Background())
	errs := make(chan error, 2)
	for range 2 { // one is with the provider, one waits
		go func() {
			_, err := p.Create(ctx, createRequest(`{"fake":"hang"}`))
			errs <- err
		}()
	}
	time.Sleep(100 * time.Millisecond)
	cancel()
	for range 2 {
		var e *providers.Error
		if err := <-errs; !errors.As(err, &e) || e.Reason != providers.Canceled || !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
	}
	if _, err := p.Create(context.Background(), createRequest(`{}`)); err != nil {
		t.Errorf("after a canceled request: %v", err)
	}
}

// TestTimeoutIsForWork lets requests wait for longer than the timeout.
func TestTimeoutIsForWork(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, providers.Options{Parallelism: 1, Timeout: 2 * time.Second})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := c.Provider(fakeSpec(), "x").Create(context.Background(), createRequest(`{"fake":"sleep=500ms;ok"}`)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err := c.Provider(fakeSpec(), "x").Create(ctx, createRequest(`{"fake":"hang"}`))
	var e *providers.Error
	if !errors.As(err, &e) || e.Reason != providers.TimedOut || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("deadline of the call: %v", err)
	}
}

func TestNotStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c, _ := newClient(t, providers.Options{})
	for _, tt := range []struct{ executable, want string }{
		{"no-such-program-xyz", `there is no program "no-such-program-xyz" in PATH`},
		{filepath.Join(dir, "missing"), "no such file or directory"},
		{write("text", "hi", 0o644), "permission denied"},
		{write("script", "#!/no/such/interpreter\n", 0o755), "the interpreter of " + filepath.Join(dir, "script") + " does not exist"},
		{"builtin:nope", `there is no built-in provider "nope"`},
	} {
		_, err := c.Provider(providers.Spec{Executable: tt.executable}, "x").Create(context.Background(), createRequest(`{}`))
		var e *providers.Error
		if !errors.As(err, &e) || e.Reason != providers.NotStarted || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v, want %q", tt.executable, err, tt.want)
		}
	}
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args      []string
		op        string
		unsupport bool
	}{
		{[]string{"ok"}, "destroy", false},
		{[]string{"ok"}, "import", true},
		{[]string{"--v0", "ok"}, "destroy", true},
		{[]string{"--v0-error", "ok"}, "destroy", true},
	} {
		c, l := newClient(t, providers.Options{})
		p := c.Provider(fakeSpec(tt.args...), "x")
		if _, err := p.Create(context.Background(), createRequest(`{}`)); err != nil {
			t.Fatal(err)
		}
		var err error
		if tt.op == "import" {
			_, err = p.Import(context.Background(), "thing", "id")
		} else {
			err = p.Destroy(context.Background(), protocol.Resource{Type: "thing"})
		}
		var e *providers.Error
		if got := errors.As(err, &e) && e.Reason == providers.Unsupported; got != tt.unsupport || !got && err != nil {
			t.Errorf("%q %s: error = %v", tt.args, tt.op, err)
		}
		if _, err := p.Create(context.Background(), createRequest(`{}`)); err != nil {
			t.Errorf("%q: create after %s: %v", tt.args, tt.op, err)
		}
		for _, line := range l.texts("x") {
			if strings.Contains(line, "describeRequest") {
				t.Errorf("%q: the user sees %q", tt.args, line)
			}
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, providers.Options{})
	p := c.Provider(fakeSpec(), "x")
	if _, err := p.Create(context.Background(), createRequest(`{"fake":"child=60s;ok"}`)); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	go func() {
		_, err := p.Create(context.Background(), createRequest(`{"fake":"hang"}`))
		errs <- err
	}()
	time.Sleep(100 * time.Millisecond)
	start := time.Now()
	c.Close()
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("closing took %v", d)
	}
	if err := <-errs; !errors.Is(err, providers.ErrClosed) {
		t.Errorf("request in progress: error = %v", err)
	}
	if _, err := p.Create(context.Background(), createRequest(`{}`)); !errors.Is(err, providers.ErrClosed) {
		t.Errorf("request after Close: error = %v", err)
	}
	c.Close()
}

func TestSession(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, providers.Options{})
	s := c.Provider(fakeSpec(`outputs={"n":1}`, `outputs={"n":2}`, "exit=1"), "x").Session()
	want := []string{"1", "2", "", "1"} // the third request ends the process
	for i, w := range want {
		out, err := s.Create(context.Background(), createRequest(`{}`))
		if got := string(out.OutputProperties["n"]); got != w || (w == "") != (err != nil) {
			t.Errorf("request %d: output %q, error %v, want %q", i, got, err, w)
		}
	}
	s.Close()
	if _, err := s.Create(context.Background(), createRequest(`{}`)); !errors.Is(err, providers.ErrClosed) {
		t.Errorf("after Close: error = %v", err)
	}
}

func TestLogBelongsToRequest(t *testing.T) {
	t.Parallel()
	c, l := newClient(t, providers.Options{Parallelism: 1})
	for i := range 200 {
		label := fmt.Sprint(i)
		text := fmt.Sprintf(`{"fake":"stderr=a%d;stderr=b%d;ok"}`, i, i)
		if _, err := c.Provider(fakeSpec(), label).Create(context.Background(), createRequest(text)); err != nil {
			t.Fatal(err)
		}
		if got, want := l.texts(label), []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)}; !slices.Equal(got, want) {
			t.Fatalf("log of %s = %q, want %q", label, got, want)
		}
	}
}

func TestParseSpec(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{`{"type":"stdio","executable":"/bin/x","args":["a","b c"]}`, "/bin/x a b c"},
		{`{"type":"stdio","executable":"x"}`, "x"},
		{`{"type":"stdio","executable":"x","args":[],"more":1}`, "x"},
		{`{"executable":"x","args":[]}`, `provider: missing "type" (want "stdio")`},
		{`{"type":"http","executable":"x"}`, `provider: type is "http", want "stdio"`},
		{`{"type":"stdio","args":[]}`, `provider: missing "executable"`},
		{`{"type":"stdio","executable":"","args":[]}`, `provider: "executable" is not a non-empty string`},
		{`{"type":"stdio","executable":"x","args":"a"}`, `provider: "args" is not a list of strings`},
		{`null`, `provider: want an object with type, executable and args`},
	} {
		s, err := providers.ParseSpec(json.RawMessage(tt.in))
		got := s.String()
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParseSpec(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

// lockedBuffer is a buffer that may be read while it is written to.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
