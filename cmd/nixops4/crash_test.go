package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"nixops4/state"
	"nixops4/state/file"
)

// These tests end nixops4, or a provider, in the middle of its work, and check what was promised for that case:
//
//   - An event that was acknowledged is in the state.
//   - An object that exists is recorded, or an unfinished operation on it is listed.
//   - No object is created twice: afterwards, one more apply (and a look at what it asks to look at) leads to what is declared, and the
//     objects are those that are recorded.
//
// NIXOPS4_TEST_CRASHES=N makes the long form: all points with all kinds of providers, and N random kills.

// crashRoot is a root whose things are listed in want.json. They are in a group, and kept by a state, that place.json names.
const crashRoot = `
let
  want = builtins.fromJSON (builtins.readFile ./want.json);
  place = builtins.fromJSON (builtins.readFile ./place.json);
  provider = { type = "stdio"; executable = "nixops4-crash-provider"; args = [ ]; };
  createFirst = builtins.pathExists ./create-first;
in
{
  _type = "nixops4Component";
  rootFunction = _: {
    members = {
      store.resource = { inherit provider; type = "store"; inputs.name = "store.json"; state = null; outputsSkeleton = { }; };
      other.resource = { inherit provider; type = "store"; inputs.name = "other.json"; state = null; outputsSkeleton = { }; };
      ${place.group} = {
        movedFrom = map (group: [ group ]) (builtins.filter (group: group != place.group) [ "things" "stuff" ]);
        members = builtins.mapAttrs (_: inputs: {
          resource = { inherit provider inputs; type = "thing"; state = [ place.state ]; outputsSkeleton.id = { }; lifecycle.createBeforeDestroy = createFirst; };
        }) want;
      };
    };
  };
}
`

// world is a project with its ledger.
type world struct {
	*testing.T
	dir, ledger string
	findable    bool
	place       thingPlace
}

// thingPlace is where things are declared to be.
type thingPlace struct {
	Group string `json:"group"`
	State string `json:"state"`
}

// stores are the resources that keep states.
var stores = []string{"store", "other"}

func newWorld(t *testing.T, findable bool) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{T: t, dir: dir, ledger: filepath.Join(dir, "ledger"), findable: findable}
	w.check(os.Mkdir(w.ledger, 0o755))
	w.check(os.WriteFile(filepath.Join(dir, "nixops4.nix"), []byte(crashRoot), 0o644))
	w.putAt(thingPlace{"things", "store"})
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

type wanted map[string]thingIn

func thingNamed(name, kind, v string) thingIn { return thingIn{Name: name, Kind: kind, V: v} }

func (w *world) want(things wanted) {
	text, err := json.Marshal(things)
	w.check(err)
	w.check(os.WriteFile(filepath.Join(w.dir, "want.json"), text, 0o644))
}

// putAt declares things to be somewhere else.
func (w *world) putAt(at thingPlace) {
	w.Helper()
	text, err := json.Marshal(at)
	w.check(err)
	w.check(os.WriteFile(filepath.Join(w.dir, "place.json"), text, 0o644))
	w.place = at
}

// command is nixops4 in the project, with a crash to come or "".
func (w *world) command(crash string, args ...string) *exec.Cmd {
	cmd := exec.Command("nixops4", args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), crashEnv+"="+crash, ledgerEnv+"="+w.ledger, "TERM=dumb")
	if w.findable {
		cmd.Env = append(cmd.Env, findableEnv+"=1")
	}
	return cmd
}

// run runs nixops4 and waits for the providers that it leaves.
func (w *world) run(crash string, args ...string) (output string, err error) {
	w.Helper()
	var out bytes.Buffer
	cmd := w.command(crash, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	w.settle()
	return out.String(), err
}

func (w *world) apply(crash string) (output string, err error) { return w.run(crash, "apply", "--yes") }

// settle waits until no provider lives any more.
func (w *world) settle() {
	w.Helper()
	f, err := os.OpenFile(filepath.Join(w.ledger, "busy"), os.O_CREATE|os.O_RDWR, 0o600)
	w.check(err)
	defer f.Close()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			w.Fatalf("a provider lives on after nixops4 has ended: %v", err)
		}
	}
}

// killed reports whether the crash has happened.
func killed(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && !exit.Exited()
}

// objects returns the IDs of what exists, by name.
func (w *world) objects() map[string][]string {
	w.Helper()
	things, err := readLedger(w.ledger)
	w.check(err)
	byName := map[string][]string{}
	for id, in := range things {
		byName[in.Name] = append(byName[in.Name], id)
	}
	return byName
}

// mend cuts off a torn event, if there is one.
func (w *world) mend() {
	w.Helper()
	for _, store := range stores {
		if _, err := os.Stat(w.state(store)); err == nil {
			if out, err := w.run("", "state", "check", "--repair", "--state", store+".json"); err != nil {
				w.Fatalf("state check --repair: %v\n%s", err, out)
			}
		}
	}
}

// state returns the file of a state.
func (w *world) state(store string) string { return filepath.Join(w.dir, store+".json") }

// verify checks the promises right after a crash.
func (w *world) verify() {
	w.Helper()
	w.mend()
	recorded, unfinished := map[string]bool{}, map[string]bool{}
	inLog := map[string]bool{}
	for _, store := range stores {
		if _, err := os.Stat(w.state(store)); err != nil {
			continue
		}
		s := file.Open(w.state(store))
		snapshot, err := s.Read(w.Context())
		w.check(err)
		things, err := readRecorded(snapshot.Document)
		w.check(err)
		for _, id := range things {
			recorded[id] = true
		}
		for _, i := range snapshot.Intents {
			unfinished[i.Path[len(i.Path)-1]] = true
		}
		events, err := s.Events(w.Context(), 0)
		w.check(err)
		for _, e := range events {
			inLog[string(e.Meta["time"])] = true
		}
	}
	acknowledged, _ := os.ReadFile(filepath.Join(w.ledger, "acknowledged")) // none: nothing was
	for line := range strings.Lines(string(acknowledged)) {
		if !inLog[strings.TrimSpace(line)] {
			w.Errorf("the acknowledged event of %s is lost", line)
		}
	}
	for name, ids := range w.objects() {
		for _, id := range ids {
			if !recorded[id] && !unfinished[name] {
				w.Errorf("%s (%s) exists, is not recorded, and no unfinished operation on it is listed", name, id)
			}
		}
	}
}

// recover goes on as a person would, and checks that it leads to what is wanted.
func (w *world) recover(things wanted) {
	w.Helper()
	out, err := w.apply("")
	for try := 0; err != nil && try < 3; try++ {
		if !strings.Contains(out, "state resolve") {
			w.Fatalf("apply after the crash: %v\n%s", err, out)
		}
		w.resolve()
		out, err = w.apply("")
	}
	if err != nil {
		w.Fatalf("apply after the crash: %v\n%s", err, out)
	}
	w.converged(things)
}

// resolve looks into the ledger what became of each unfinished operation, and says it.
func (w *world) resolve() {
	w.Helper()
	for _, store := range stores {
		if _, err := os.Stat(w.state(store)); err == nil {
			w.resolveIn(store)
		}
	}
}

func (w *world) resolveIn(store string) {
	w.Helper()
	snapshot, err := file.Open(w.state(store)).Read(w.Context())
	w.check(err)
	things, err := readRecorded(snapshot.Document)
	w.check(err)
	for _, i := range snapshot.Intents {
		path := strings.Join(i.Path, ".")
		args := []string{"state", "resolve", path, "--retry", "--state", store + ".json"}
		if i.Op == "create" {
			for _, id := range w.objects()[i.Path[len(i.Path)-1]] {
				if things[path] != id {
					args = []string{"state", "resolve", path, "--adopt", "--outputs", `{"id":"` + id + `"}`, "--state", store + ".json"}
				}
			}
		}
		if out, err := w.run("", args...); err != nil {
			w.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
}

// converged checks that what exists, what is recorded and what is wanted are the same.
func (w *world) converged(things wanted) {
	w.Helper()
	exist, err := readLedger(w.ledger)
	w.check(err)
	recorded := 0
	for _, store := range stores {
		snapshot, err := file.Open(w.state(store)).Read(w.Context())
		w.check(err)
		if len(snapshot.Intents) > 0 {
			w.Errorf("unfinished at the end: %+v", snapshot.Intents)
		}
		inStore, err := readRecorded(snapshot.Document)
		w.check(err)
		recorded += len(inStore)
		for name, in := range things {
			id := inStore[w.place.Group+"."+name]
			if store == w.place.State && exist[id] != in {
				w.Errorf("%s is recorded as %s, which is %+v, want %+v", name, id, exist[id], in)
			}
		}
	}
	if len(exist) != len(things) || recorded != len(things) {
		w.Errorf("%d exist, %d are recorded, %d are wanted: %v", len(exist), recorded, len(things), exist)
	}
}

// crashCase leads from one set of things to another.
type crashCase struct {
	op       string
	from, to wanted
	place    thingPlace // where they are then; zero: as before
}

var crashCases = []crashCase{
	{op: "replace, create first", from: twoThings("k", "1"), to: wanted{"a": thingNamed("a", "l", "1"), "b": thingNamed("b", "k", "1")}},

	{op: "create", from: wanted{}, to: twoThings("k", "1")},
	{op: "update", from: twoThings("k", "1"), to: wanted{"a": thingNamed("a", "k", "2"), "b": thingNamed("b", "k", "1")}},
	{op: "replace", from: twoThings("k", "1"), to: wanted{"a": thingNamed("a", "l", "1"), "b": thingNamed("b", "k", "1")}},
	{op: "delete", from: twoThings("k", "1"), to: wanted{"b": thingNamed("b", "k", "1")}},
}

// moveCases ask no provider for anything, so they have fewer points: those of appends that record an outcome, and those of locks.
var moveCases = []crashCase{
	{op: "move", from: twoThings("k", "1"), to: twoThings("k", "1"), place: thingPlace{"stuff", "store"}},
	{op: "move to another state", from: twoThings("k", "1"), to: twoThings("k", "1"), place: thingPlace{"things", "other"}},
	{op: "move to another path and state", from: twoThings("k", "1"), to: twoThings("k", "1"), place: thingPlace{"stuff", "other"}},
}

func twoThings(kind, v string) wanted {
	return wanted{"a": thingNamed("a", kind, v), "b": thingNamed("b", kind, v)}
}

// TestCrashMatrix ends the work at each point, each time it is reached, in each kind of operation.
func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	_, long := crashes()
	for i, c := range crashCases {
		for j, point := range slices.Concat(enginePoints, providerPoints) {
			for _, findable := range []bool{false, true} {
				if !long && (findable != (j%2 == 0) || i != j%len(crashCases)) {
					continue // each point with one operation and one kind of provider
				}
				t.Run(fmt.Sprintf("%s/%s/findable=%v", c.op, point, findable), func(t *testing.T) {
					t.Parallel()
					for n := 1; crashAt(t, c, point, n, findable) && long; n++ {
					}
				})
			}
		}
	}
}

// TestCrashMoving does the same while records are moved.
func TestCrashMoving(t *testing.T) {
	t.Parallel()
	_, long := crashes()
	for i, c := range moveCases {
		for j, point := range enginePoints {
			if strings.HasPrefix(point, "intent") || !strings.ContainsRune(point, '-') && point != "read" || point == "half-answered" {
				continue
			}
			if !long && i != j%len(moveCases) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", c.op, point), func(t *testing.T) {
				t.Parallel()
				for n := 1; crashAt(t, c, point, n, false) && (long || n < 3); n++ {
				}
			})
		}
	}
}

// crashAt crashes at the nth time the point is reached, checks, and recovers. It returns false when the point is not reached so often.
func crashAt(t *testing.T, c crashCase, point string, n int, findable bool) (reached bool) {
	w := newWorld(t, findable)
	if strings.HasSuffix(c.op, "create first") {
		w.check(os.WriteFile(filepath.Join(w.dir, "create-first"), nil, 0o644))
	}
	w.want(c.from)
	if out, err := w.apply(""); err != nil {
		t.Fatalf("apply before: %v\n%s", err, out)
	}
	w.converged(c.from)
	w.want(c.to)
	if c.place != (thingPlace{}) {
		w.putAt(c.place)
	}
	out, err := w.apply(fmt.Sprint(point, ":", n))
	hits, _ := os.ReadFile(filepath.Join(w.ledger, "reached")) // none: it was not
	if reached = len(hits) >= n; !reached {
		if n == 1 {
			t.Errorf("the point %s is never reached\n%s", point, out)
		}
		return false
	}
	// After an answer nixops4 goes on for a moment, in which it may come to its end.
	if !slices.Contains(providerPoints, point) && !strings.HasSuffix(point, "answered") && !killed(err) {
		t.Errorf("nixops4 was not killed: %v\n%s", err, out)
	}
	w.verify()
	w.recover(c.to)
	return !t.Failed()
}

// crashes returns how many random kills are asked for, and whether that is the long form.
func crashes() (n int, long bool) {
	n, err := strconv.Atoi(os.Getenv("NIXOPS4_TEST_CRASHES"))
	if err != nil {
		return 6, false
	}
	return n, true
}

// TestRandomKills kills nixops4 at random moments while it leads one set of things to the next. The state and the ledger go on through all of it.
func TestRandomKills(t *testing.T) {
	t.Parallel()
	n, _ := crashes()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := mathrand.New(mathrand.NewPCG(seed, 1))
	w := newWorld(t, true)
	w.want(wanted{})
	began := time.Now()
	if out, err := w.apply(""); err != nil {
		t.Fatalf("first apply: %v\n%s", err, out)
	}
	usual := 2 * time.Since(began)
	died := 0
	for i := 0; died < n && i < 10*n && !t.Failed(); i++ {
		things := wanted{}
		for k := range 6 {
			if random.IntN(3) > 0 {
				name := fmt.Sprint("t", k)
				things[name] = thingNamed(name, fmt.Sprint("k", random.IntN(2)), fmt.Sprint(random.IntN(3)))
			}
		}
		w.want(things)
		if random.IntN(4) == 0 {
			w.putAt(thingPlace{[]string{"things", "stuff"}[random.IntN(2)], stores[random.IntN(2)]})
		}
		cmd := w.command("", "apply", "--yes")
		w.check(cmd.Start())
		timer := time.AfterFunc(time.Duration(random.Int64N(int64(usual))), func() { _ = cmd.Process.Kill() })
		began := time.Now()
		if killed(cmd.Wait()) {
			died++
		} else {
			usual = (3*usual + time.Since(began)) / 4 // so that most are killed in the middle
		}
		timer.Stop()
		w.settle()
		w.verify()
		if random.IntN(2) == 0 {
			w.recover(things)
		} else if out, _ := w.apply(""); strings.Contains(out, "goroutine") { // else the next round finds what this one left
			t.Errorf("apply after a kill:\n%s", out)
		}
	}
	if died < n {
		t.Errorf("only %d of %d were killed", died, n)
	}
	w.want(wanted{})
	w.recover(wanted{})
	t.Logf("%d kills; the logs have %d and %d bytes", died, len(first(os.ReadFile(w.state("store")))), len(first(os.ReadFile(w.state("other")))))
}

func first[T any](v T, _ error) T { return v }

// TestTwoApplies starts a second apply while one is under way: it stops with the holder's name, or waits for its turn.
func TestTwoApplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	things := wanted{}
	for i := range 4 {
		name := fmt.Sprint("t", i)
		things[name] = thingNamed(name, "k", "1")
	}
	w.want(things)
	type result struct {
		out string
		err error
	}
	results := make(chan result)
	for range 3 {
		go func() {
			var out bytes.Buffer
			cmd := w.command("", "apply", "--yes")
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			results <- result{out.String(), err}
		}()
	}
	succeeded := 0
	for range 3 {
		r := <-results
		var exit *exec.ExitError
		switch {
		case r.err == nil:
			succeeded++
		case !errors.As(r.err, &exit) || exit.ExitCode() != exitLocked || !strings.Contains(r.out, "(process "):
			t.Errorf("apply beside another: %v\n%s", r.err, r.out)
		}
	}
	w.settle()
	if succeeded == 0 {
		t.Error("none succeeded")
	}
	w.converged(things)

	// With patience, all take their turn.
	for name, in := range things {
		in.V = "2"
		things[name] = in
	}
	w.want(things)
	for range 3 {
		go func() {
			out, err := w.command("", "apply", "--yes", "--lock-timeout", "1m").CombinedOutput()
			results <- result{string(out), err}
		}()
	}
	for range 3 {
		if r := <-results; r.err != nil {
			t.Errorf("apply that waits: %v\n%s", r.err, r.out)
		}
	}
	w.settle()
	w.converged(things)
}

// TestOvertaken has something happen to the state while an apply is under way, so that it can record nothing any more. It keeps what it did
// elsewhere, from where it is pushed.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		happen func(*world)
		says   string
		events int // of others
	}{
		{"broken lock", (*world).breakLock, "somebody broke it", 0},
		{"another program", (*world).appendUnasked, "state was changed by somebody else", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, true)
			things := wanted{"a": thingNamed("a", "k", "1")}
			w.want(things)
			out, err := w.applyWhile(tt.happen)
			if err == nil || !strings.Contains(out, tt.says) || !strings.Contains(out, "nixops4: hint: when the state can be written again: nixops4 state push ") {
				t.Fatalf("apply that is overtaken: %v\n%s", err, out)
			}
			w.verify()
			kept, err := filepath.Glob(filepath.Join(w.dir, "errored-*.nixops4.json"))
			w.check(err)
			if len(kept) != 1 {
				t.Fatalf("kept: %q\n%s", kept, out)
			}
			if out, err := w.run("", "state", "push", kept[0]); err != nil {
				t.Fatalf("state push: %v\n%s", err, out)
			}
			w.converged(things)
			if out, err := w.apply(""); err != nil {
				t.Fatalf("apply after pushing: %v\n%s", err, out)
			}
			w.converged(things)
			events, err := file.Open(w.state("store")).Events(t.Context(), 0)
			w.check(err)
			others := 0
			for _, e := range events {
				if e.Meta.Event() == "theirs" {
					others++
				}
			}
			if others != tt.events {
				t.Errorf("%d events of others are left of %d", others, tt.events)
			}
		})
	}
}

// TestOvertakenDestroy breaks the lock of a destroy that works on a state file directly.
func TestOvertakenDestroy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.want(wanted{"a": thingNamed("a", "k", "1")})
	if out, err := w.apply(""); err != nil {
		t.Fatalf("apply: %v\n%s", err, out)
	}
	out, err := w.runWhile((*world).breakLock, "destroy", "--state", "store.json", "--yes")
	if err == nil || !strings.Contains(out, "somebody broke it") {
		t.Fatalf("destroy that is overtaken: %v\n%s", err, out)
	}
	w.verify()
	kept, err := filepath.Glob(filepath.Join(w.dir, "errored-*.nixops4.json"))
	w.check(err)
	if len(kept) != 1 {
		t.Fatalf("kept: %q\n%s", kept, out)
	}
	if out, err := w.run("", "state", "push", kept[0]); err != nil {
		t.Fatalf("state push: %v\n%s", err, out)
	}
	w.converged(wanted{})
}

// applyWhile applies, and has something happen between the creation of a thing and the provider's answer.
func (w *world) applyWhile(happen func(*world)) (output string, err error) {
	return w.runWhile(happen, "apply", "--yes")
}

// runWhile runs a command, and has something happen between the first change of the ledger and the provider's answer.
func (w *world) runWhile(happen func(*world), args ...string) (output string, err error) {
	w.Helper()
	pause := filepath.Join(w.ledger, "pause")
	w.check(os.WriteFile(pause, nil, 0o600))
	before := len(w.objects())
	var out bytes.Buffer
	cmd := w.command("", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	w.check(cmd.Start())
	for end := time.Now().Add(patience); len(w.objects()) == before && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	happen(w)
	w.check(os.Remove(pause))
	err = cmd.Wait()
	w.settle()
	return out.String(), err
}

// breakLock breaks the lock of the apply under way, as a user would.
func (w *world) breakLock() {
	id, err := w.command("", "state", "unlock", "--state", "store.json").Output()
	w.check(err)
	w.check(w.command("", "state", "unlock", strings.TrimSpace(string(id)), "--state", "store.json").Run())
}

// appendUnasked appends as the existing NixOps4 does, which knows no locks.
func (w *world) appendUnasked() {
	s := file.Open(w.state("store"))
	snapshot, err := s.Read(w.Context())
	w.check(err)
	patch := snapshot.Document.PatchSet([]string{"things", "theirs"}, state.Resource{Type: "thing"})
	patch = append(patch, state.Op{Op: "remove", Path: "/deployments/things"})
	_, err = s.Append(w.Context(), state.Batch{Expected: snapshot.Next, Events: []state.Event{{Meta: state.NewMeta("theirs", time.Now()), Patch: patch}}})
	w.check(err)
}

// TestJournalCost counts the events of each operation: besides the one that records the outcome, a resource costs at most two.
func TestJournalCost(t *testing.T) {
	t.Parallel()
	for _, c := range crashCases {
		t.Run(c.op, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			var counts []uint64
			for _, things := range []wanted{c.from, c.to, c.to} {
				w.want(things)
				if out, err := w.apply(""); err != nil {
					t.Fatalf("apply: %v\n%s", err, out)
				}
				snapshot, err := file.Open(w.state("store")).Read(t.Context())
				w.check(err)
				counts = append(counts, snapshot.Next)
			}
			changed := max(1, len(c.to)-len(c.from))
			if events := counts[1] - counts[0]; events > uint64(3*changed) || events < uint64(2*changed) {
				t.Errorf("%d events to %s %d resources", events, c.op, changed)
			}
			if counts[2] != counts[1] {
				t.Errorf("an apply that has nothing to do appended %d events", counts[2]-counts[1])
			}
		})
	}
}
