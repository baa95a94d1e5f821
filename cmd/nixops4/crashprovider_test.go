package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"nixops4/providers/sdk"
	"nixops4/state"
	"nixops4/state/file"
)

// The provider of the crash tests, nixops4-crash-provider, has two types. "thing" is an object in a ledger, a folder with one file for each
// object that really exists. "store" is a state file. In their work lie points at which the process can kill nixops4, or end itself:
// NIXOPS4_TEST_CRASH=POINT:N has it done when the point is reached for the Nth time, counted over all processes.
//
// The folder is NIXOPS4_TEST_LEDGER. While a process of the provider lives, it holds a lock in it.

// enginePoints are the points at which nixops4 is killed; those of appends come for intents and for outcomes.
var enginePoints = []string{
	"lock-before", "lock-after", "read", "unlock-before", "unlock-after",
	"intent-before", "intent-torn", "intent-after", "intent-answered",
	"outcome-before", "outcome-torn", "outcome-after", "outcome-answered",
	"asked", "done", "half-answered", "answered",
}

// providerPoints are the points at which the provider of things ends, and nixops4 goes on.
var providerPoints = []string{"dies-asked", "dies-done"}

// Environment of the provider.
const (
	crashEnv    = "NIXOPS4_TEST_CRASH"
	ledgerEnv   = "NIXOPS4_TEST_LEDGER"
	findableEnv = "NIXOPS4_TEST_FINDABLE" // things can be found by their name; else only by their ID
)

// crasher counts how often points are reached.
type crasher struct {
	dir   string
	point string
	n     int64
}

// reached counts the point and reports whether now is the time.
func (c *crasher) reached(point string) bool {
	if c.point != point {
		return false
	}
	f, err := os.OpenFile(filepath.Join(c.dir, "reached"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte{'.'}); err != nil {
		panic(err)
	}
	at, err := f.Seek(0, io.SeekEnd)
	return err == nil && at == c.n
}

// kill kills nixops4 and ends this process, when the time has come.
func (c *crasher) kill(point string) {
	if c.reached(point) {
		_ = syscall.Kill(os.Getppid(), syscall.SIGKILL)
		os.Exit(1)
	}
}

func runCrashProvider() int {
	c := &crasher{dir: os.Getenv(ledgerEnv)}
	if point, n, ok := strings.Cut(os.Getenv(crashEnv), ":"); ok {
		c.point = point
		_, _ = fmt.Sscan(n, &c.n)
	}
	busy, err := os.OpenFile(filepath.Join(c.dir, "busy"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(busy.Fd()), syscall.LOCK_SH)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer busy.Close()
	l := &ledger{crasher: c, findable: os.Getenv(findableEnv) != ""}
	provider := sdk.Provider{Name: "crash", Types: map[string]sdk.Type{
		"thing": l.thing(),
		"store": sdk.NewStateResource(func(in struct {
			Name string `json:"name"`
		}) (state.Store, error) {
			return &crashStore{Store: file.Open(in.Name), crasher: c}, nil
		}),
	}}
	if err := sdk.Serve(context.Background(), provider, os.Stdin, &crashWriter{os.Stdout, c}, os.Stderr); err != nil {
		return 1
	}
	return 0
}

// ledger is the world: what really exists.
type ledger struct {
	*crasher
	findable bool
}

type thingIn struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	V    string `json:"v"`
}

type thingOut struct {
	ID string `json:"id"`
}

type existingThing = sdk.Existing[thingIn, thingOut]

func (l *ledger) path(id string) string { return filepath.Join(l.dir, "thing-"+id) }

func (l *ledger) put(id string, in thingIn) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	temporary := filepath.Join(l.dir, "new-"+id)
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, l.path(id))
}

// acting surrounds what changes the world with the points before and after it.
func (l *ledger) acting(do func() error) error {
	l.kill("asked")
	if l.reached("dies-asked") {
		os.Exit(3)
	}
	err := do()
	for l.paused() {
		time.Sleep(time.Millisecond)
	}
	l.kill("done")
	if l.reached("dies-done") {
		os.Exit(3)
	}
	return err
}

// paused reports whether the test wants answers to wait.
func (l *ledger) paused() bool {
	_, err := os.Stat(filepath.Join(l.dir, "pause"))
	return err == nil
}

func (l *ledger) thing() sdk.Type {
	return sdk.Resource[thingIn, thingOut]{
		RequireState: true,
		Replace:      []string{"kind"},
		Create: func(_ context.Context, in thingIn, _ bool) (thingOut, error) {
			id := rand.Text()
			return thingOut{id}, l.acting(func() error { return l.put(id, in) })
		},
		Update: func(_ context.Context, old existingThing, in thingIn) (thingOut, error) {
			return *old.Outputs, l.acting(func() error { return l.put(old.Outputs.ID, in) })
		},
		Destroy: func(_ context.Context, old existingThing) error {
			return l.acting(func() error {
				if err := os.Remove(l.path(old.Outputs.ID)); !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				return nil
			})
		},
		Read: func(_ context.Context, old existingThing) (*sdk.Found[thingIn, thingOut], error) { return l.find(old) },
	}
}

func (l *ledger) find(old existingThing) (*sdk.Found[thingIn, thingOut], error) {
	things, err := readLedger(l.dir)
	if err != nil {
		return nil, err
	}
	if old.Outputs == nil && !l.findable {
		return nil, errors.New("a thing can only be found by its ID")
	}
	for id, in := range things {
		if old.Outputs != nil && old.Outputs.ID == id || old.Outputs == nil && in.Name == old.Inputs.Name {
			return &sdk.Found[thingIn, thingOut]{Inputs: &in, Outputs: thingOut{id}}, nil
		}
	}
	return nil, nil
}

// readLedger returns what exists, by ID.
func readLedger(dir string) (map[string]thingIn, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "thing-*"))
	things := map[string]thingIn{}
	for _, path := range paths {
		text, readErr := os.ReadFile(path)
		var in thingIn
		if err = errors.Join(err, readErr, json.Unmarshal(text, &in)); err == nil {
			things[strings.TrimPrefix(filepath.Base(path), "thing-")] = in
		}
	}
	return things, err
}

// readRecorded returns the IDs of the things that are recorded, by their path.
func readRecorded(d *state.Document) (map[string]string, error) {
	ids := map[string]string{}
	return ids, d.Walk(func(path []string, r state.Resource) error {
		var id string
		err := json.Unmarshal(r.OutputProperties["id"], &id)
		ids[strings.Join(path, ".")] = id
		return err
	})
}

// crashStore is a state file with points.
type crashStore struct {
	*file.Store
	*crasher
}

func (s *crashStore) Lock(ctx context.Context, l state.Lock) error {
	s.kill("lock-before")
	err := s.Store.Lock(ctx, l)
	s.kill("lock-after")
	return err
}

func (s *crashStore) Unlock(ctx context.Context, id string) error {
	s.kill("unlock-before")
	err := s.Store.Unlock(ctx, id)
	s.kill("unlock-after")
	return err
}

func (s *crashStore) Read(ctx context.Context) (*state.Snapshot, error) {
	snapshot, err := s.Store.Read(ctx)
	s.kill("read")
	return snapshot, err
}

// answered is the point that comes after the answer that is written next.
var answered string

func (s *crashStore) Append(ctx context.Context, b state.Batch) (uint64, error) {
	kind := "intent"
	for _, e := range b.Events {
		if len(e.Patch) > 0 || e.Meta["ended"] != nil {
			kind = "outcome"
		}
	}
	s.kill(kind + "-before")
	if s.reached(kind + "-torn") {
		s.tear(b.Events[0])
		_ = syscall.Kill(os.Getppid(), syscall.SIGKILL)
		os.Exit(1)
	}
	next, err := s.Store.Append(ctx, b)
	if err == nil {
		s.acknowledge(b.Events)
	}
	s.kill(kind + "-after")
	answered = kind + "-answered"
	return next, err
}

// tear writes half of an event.
func (s *crashStore) tear(e state.Event) {
	text, err := e.MarshalJSON()
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(s.Path(), os.O_APPEND|os.O_WRONLY, 0)
	}
	if err == nil {
		_, err = f.Write(text[:len(text)/2])
	}
	if err != nil {
		panic(err)
	}
}

// acknowledge notes which events nixops4 may rely on from now on.
func (s *crashStore) acknowledge(events []state.Event) {
	var lines bytes.Buffer
	for _, e := range events {
		lines.Write(append(e.Meta["time"], '\n'))
	}
	f, err := os.OpenFile(filepath.Join(s.dir, "acknowledged"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(lines.Bytes())
	}
	if err != nil {
		panic(err)
	}
	f.Close()
}

// crashWriter writes answers, and crashes before the end of one or after it.
type crashWriter struct {
	io.Writer
	*crasher
}

func (w *crashWriter) Write(answer []byte) (int, error) {
	act := bytes.Contains(answer[:min(len(answer), 40)], []byte("teResourceResponse")) || bytes.HasPrefix(answer, []byte(`{"destroyResource`))
	if act && w.reached("half-answered") {
		_, _ = w.Writer.Write(answer[:len(answer)/2])
		_ = syscall.Kill(os.Getppid(), syscall.SIGKILL)
		os.Exit(1)
	}
	n, err := w.Writer.Write(answer)
	if act {
		w.after("answered")
	}
	if answered != "" {
		w.after(answered)
		answered = ""
	}
	return n, err
}

// after leaves nixops4 a moment to go on.
func (w *crashWriter) after(point string) {
	if w.reached(point) {
		time.Sleep(time.Duration(os.Getpid()%4) * time.Millisecond)
		_ = syscall.Kill(os.Getppid(), syscall.SIGKILL)
		os.Exit(1)
	}
}
