package main

// This file opens the deployment of an operation, holds its locks, and records the run.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"nixops4/engine"
	"nixops4/engine/addr"
	"nixops4/providers"
	"nixops4/providers/protocol"
	"nixops4/script"
	"nixops4/script/live"
	"nixops4/state"
	"nixops4/state/remote"
)

// liveDeployment is the deployment of one run. Its methods may be called on nil, which has none.
type liveDeployment struct {
	*live.Deployment
	command string
	dir     string
}

// newDeployment prepares the deployment of a root. It is opened when the script asks for it.
func (a *app) newDeployment(p *project, o *runOptions, operation string) *liveDeployment {
	if p.root == "" {
		return nil
	}
	command := "run " + operation
	return &liveDeployment{dir: p.Dir, command: "nixops4 " + command, Deployment: live.New(func(ctx context.Context) (*live.Session, error) {
		s, err := a.openSession(ctx, sessionOptions{root: o.root, log: a.logLine})
		if err != nil {
			return nil, err
		}
		return a.liveSession(s, p.Dir, command, o.lockTimeout, s.close), nil
	})}
}

// liveSession lets scripts work in a session. end is called when they are done.
func (a *app) liveSession(s *session, dir, command string, patience time.Duration, end func()) *live.Session {
	changes := a.newChanging(command, patience)
	locks := &heldLocks{session: s, changes: changes}
	return &live.Session{
		Config: s.config, Evaluator: s.evaluator, Dir: dir,
		Read:       func() engine.Options { return s.engineOptions(a) },
		Change:     func() engine.Options { return a.changeOptions(s, locks) },
		Lock:       locks.take,
		Store:      func(st engine.State) state.Store { return st.(*stateLog).store },
		CallMethod: s.callMethod,
		Secrets:    a.ui.secrets,
		Forced:     a.interrupt.forced,
		Close: func() error {
			err := locks.release()
			changes.report()
			end()
			return err
		},
	}
}

// changeOptions are those of engine runs within an operation.
func (a *app) changeOptions(s *session, locks *heldLocks) engine.Options {
	options := s.engineOptions(a)
	options.OpenState = locks.open
	builds := options.Events
	options.Events = func(e engine.Event) {
		builds(e)
		switch e := e.(type) {
		case engine.Log:
			a.logLine(e.Path, e.Text)
		case engine.Finished:
			if e.Item.Action.Calls() {
				a.ui.note("%s: %s done", e.Item.Path, e.Item.Action)
			}
		}
	}
	return options
}

func (s *session) callMethod(ctx context.Context, path addr.Path, spec providers.Spec, r protocol.CallMethodRequest) (protocol.CallMethodResponse, error) {
	return s.providers.Provider(spec, path.String()).CallMethod(ctx, r)
}

// heldLocks are the locks that an operation holds until its end.
type heldLocks struct {
	session *session
	changes *changing

	mu   sync.Mutex // guards held
	held map[addr.Path]*lockedStore
}

type lockedStore struct {
	store *remote.Store
	lock  *state.Held
}

// take locks a state.
func (h *heldLocks) take(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) error {
	store := remote.Open(h.session.providers.Provider(spec, path.String()), resource)
	held, err := state.Acquire(ctx, store, h.changes.command, h.changes.patience, func(l state.Lock) {
		h.changes.ui.note("waiting for the state kept by %s, which is locked by %s", path, l)
	})
	if err != nil {
		_ = store.Close() // the first error says more
		return lockHint(err, "")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[addr.Path]*lockedStore{}
	}
	h.held[path] = &lockedStore{store, held}
	return nil
}

// open opens a state to change it, under the lock that is held or one of its own.
func (h *heldLocks) open(ctx context.Context, path addr.Path, spec providers.Spec, resource protocol.Resource) (engine.State, error) {
	h.mu.Lock()
	held := h.held[path]
	h.mu.Unlock()
	store := remote.Open(h.session.providers.Provider(spec, path.String()), resource)
	create := resource.OutputProperties != nil
	var log *engine.StateLog
	var err error
	if held == nil {
		log, err = h.changes.open(ctx, store, path, create)
	} else {
		log, err = engine.OpenLog(ctx, store, nil, state.JournalOptions{
			Create: create, Version: version, Command: h.changes.command, Unsaved: h.changes.keeper(path).Keep, Lock: held.lock.ID(),
		})
	}
	if err != nil {
		_ = store.Close() // the first error says more
		return nil, err
	}
	return &stateLog{log, store}, nil
}

// release gives all locks back.
func (h *heldLocks) release() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var failed []error
	for _, held := range h.held {
		failed = append(failed, held.lock.Release(context.Background()), held.store.Close())
	}
	h.held = nil
	return errors.Join(failed...)
}

// lock takes the locks of an operation that may change the deployment.
func (d *liveDeployment) lock(ctx context.Context, op *script.Operation, dry bool) error {
	if d == nil || !op.Writes || dry {
		return nil
	}
	paths := op.Needs
	if op.Locks != nil {
		paths = op.Locks
	}
	return d.Lock(ctx, paths)
}

func (d *liveDeployment) close() error {
	if d == nil {
		return nil
	}
	return d.Close()
}

// record leaves an event about the run in the states.
func (d *liveDeployment) record(op *script.Operation, result *script.Result, failed error, mask *script.Mask, dry bool) error {
	var missing *script.MissingParamError
	if d == nil || dry || errors.As(failed, &missing) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := d.Record(ctx, append(slices.Clone(op.Needs), op.Locks...), runMeta(d, op, result, failed, mask))
	if failed != nil && err != nil && strings.Contains(failed.Error(), err.Error()) {
		return nil // it is why the operation failed
	}
	return err
}

// runEvent is the name of the event about a run.
const runEvent = "run"

// runDetails says in short what was run: the operation, its arguments, and how long it took.
func runDetails(meta state.Meta) string {
	var operation struct {
		Name      string         `json:"name"`
		Arguments map[string]any `json:"arguments"`
		Duration  float64        `json:"duration"`
	}
	if json.Unmarshal(meta["operation"], &operation) != nil {
		return ""
	}
	text := operation.Name
	for _, name := range slices.Sorted(maps.Keys(operation.Arguments)) {
		if value := operation.Arguments[name]; value != nil {
			text += fmt.Sprintf(" %s=%v", name, value)
		}
	}
	return text + fmt.Sprintf(" (%.1f s)", operation.Duration)
}

// runMeta is what is recorded about a run.
func runMeta(d *liveDeployment, op *script.Operation, result *script.Result, failed error, mask *script.Mask) state.Meta {
	me := state.NewLock("", time.Now())
	operation := map[string]any{
		"name": op.Name, "script": op.File, "arguments": result.Args, "steps": result.Steps, "effects": effectCounts(result.Effects),
		"duration": result.Duration.Seconds(), "ok": failed == nil,
	}
	if failed == nil {
		if text, err := result.JSON(mask); err == nil && len(text) <= 4096 {
			operation["result"] = text
		}
	}
	if revision := gitRevision(d.dir); revision != "" {
		operation["revision"] = revision
	}
	meta := state.NewMeta(runEvent, time.Now()).With("by", me.Holder+"@"+me.Host).With("command", d.command).With("nixopsVersion", version).With("operation", operation)
	if failed != nil {
		first, _, _ := strings.Cut(failed.Error(), "\n")
		meta = meta.With("error", mask.Hide(first))
	}
	return meta
}

func effectCounts(effects []script.Effect) map[string]int {
	counts := map[string]int{}
	for _, e := range effects {
		counts[e.Kind]++
	}
	return maps.Clone(counts)
}

// gitRevision returns the commit that a folder is at, with "-dirty" when something is changed, or "".
func gitRevision(dir string) string {
	if !inGit(dir) {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", "-C", dir, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0")
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// inGit reports whether a folder is in a working tree, which saves starting git where it is not.
func inGit(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
