package script

// This file runs an operation: it calls the function, runs what was deferred, and sums up.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

// loadTime is how long the top level of a script may take.
const loadTime = 30 * time.Second

// Options of a run.
type Options struct {
	World      World
	Deployment Deployment // nil: there is none, and asking for resources is an error
	DryRun     bool       // print effects instead of having them
	Yes        bool       // answer questions with yes
	Limits     Limits
	Timeout    time.Duration // of the whole; 0: the operation's own, or that of the limits
	// Log takes in what the script tells; secrets are taken out of it. Levels are debug, info, warn, error, and dry for what would be done.
	Log func(level, text string)
	// CleanUp ends the deferred functions; nil: only their time limit does.
	CleanUp context.Context
	// Mask hides secrets; secrets of the run are added. Nil: a new one.
	Mask *Mask
}

// Args are arguments of an operation by the names of parameters.
type Args = map[string]starlark.Value

// Result is what became of a run. There is one for failed runs, too.
type Result struct {
	Value    starlark.Value // None when it failed
	Args     map[string]any // the arguments for a record, secrets hidden
	Steps    uint64
	Effects  []Effect
	Duration time.Duration
}

// Effect is one thing that a script did, or would have done, to the world or the deployment.
type Effect struct {
	Kind   string         // "exec", "file.write", "apply", …
	Detail starlark.Tuple // as tests compare it
}

// run is one run of an operation. Its mutable parts are guarded by mu.
type run struct {
	project *Project
	op      *Operation // nil when a test calls a function
	options Options
	limits  Limits
	world   World
	table   map[string]*Function
	mask    *Mask
	budget  *budget
	base    context.Context // of the whole run
	threads atomic.Int64    // of parallel calls
	fake    *fakeWorld      // nil: the real world
	fakes   *[]*run         // made by a test; nil: this is no test

	mu       sync.Mutex
	deferred []deferredCall
	remove   []string          // files and folders that go away at the end
	dryFiles map[string]string // what would have been written, by path
	effects  []Effect
}

type deferredCall struct {
	fn     starlark.Callable
	args   starlark.Tuple
	kwargs []starlark.Tuple
}

// frame is what a built-in function knows of the thread that calls it.
type frame struct {
	run     *run
	ctx     context.Context
	depth   int       // of parallel calls
	effects *[]Effect // of this parallel call; nil: those of the run
}

const frameKey = "nixops4 frame"

func newRun(p *Project, op *Operation, o Options) *run {
	r := &run{
		project: p, op: op, options: o, limits: o.Limits.complete(), world: o.World, mask: o.Mask, table: indexFunctions(),
		dryFiles: map[string]string{},
	}
	if r.mask == nil {
		r.mask = &Mask{}
	}
	if r.options.Log == nil {
		r.options.Log = func(string, string) {}
	}
	r.budget = newBudget(r.limits.Steps)
	return r
}

// Run calls an operation with arguments by name. The result is never nil. The error is an *[Error], or a *[MissingParamError] or another one about the
// arguments, or about what the operation needs.
func Run(ctx context.Context, p *Project, op *Operation, args Args, o Options) (*Result, error) {
	began := time.Now()
	r := newRun(p, op, o)
	result := &Result{Value: starlark.None}
	kwargs, err := op.bind(args)
	if err != nil {
		return result, fmt.Errorf("operation %s: %w", op.Name, err)
	}
	result.Args = r.learn(kwargs)
	for _, path := range op.Needs {
		if err := r.need(ctx, path); err != nil {
			result.Duration = time.Since(began)
			return result, &Error{
				Msg: fmt.Sprintf("operation %s needs %s: %v", op.Name, path, err), Frames: []Frame{{File: op.File, Line: op.Line, Col: 1}},
				Line: p.line(op.File, op.Line), cause: err,
			}
		}
	}
	result.Value, err = r.call(ctx, op.run, starlark.Tuple{&contextValue{run: r}}, kwargs)
	result.Steps, result.Effects = r.budget.used.Load(), r.effects
	result.Duration = time.Since(began)
	return result, err
}

// learn makes secret arguments known to the mask, and returns all of them for a record.
func (r *run) learn(kwargs []starlark.Tuple) map[string]any {
	args := map[string]any{}
	for _, kv := range kwargs {
		if s, ok := kv[1].(Secret); ok {
			r.mask.Add(s.text)
		}
	}
	for _, kv := range kwargs {
		args[string(kv[0].(starlark.String))] = r.plain(kv[1])
	}
	return args
}

// need checks that the outputs of a resource are recorded.
func (r *run) need(ctx context.Context, path addrPath) error {
	if r.options.Deployment == nil {
		return errNoDeployment
	}
	resource, err := r.options.Deployment.Resource(ctx, path)
	if err == nil && resource.Outputs == nil {
		err = &NotAppliedError{path}
	}
	return err
}

// call calls a function within the limits, and then what was deferred.
func (r *run) call(ctx context.Context, fn starlark.Callable, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	// Values can be nested as deep as memory permits, and hashing or freezing one recurses. Memory is watched, so let it be the bound.
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 30))
	limit := r.limits.Time
	switch {
	case r.options.Timeout > 0:
		limit = r.options.Timeout
	case r.op != nil && r.op.Timeout > 0:
		limit = r.op.Timeout
	}
	inner, cancel := context.WithCancelCause(ctx)
	timed, stop := context.WithTimeoutCause(inner, limit, &TimeoutError{fmt.Sprintf("stopped after %s, which is its time limit", limit)})
	go watchMemory(timed, r.limits.Memory, cancel)
	r.base = timed
	v, err := r.start(&frame{run: r, ctx: timed}, fn, args, kwargs)
	if err == nil {
		err = shallow(v)
	}
	reason := stopReason(timed)
	stop()
	cancel(nil)
	failure := explain(r.stopped(err, reason), r.project, r.mask)
	failure = errors.Join(failure, r.cleanUp(ctx))
	if failure != nil {
		return starlark.None, failure
	}
	return v, nil
}

// stopped makes the reason for which a script was stopped a cause of its error.
func (r *run) stopped(err, reason error) error {
	if err == nil || reason == nil {
		return err
	}
	var eval *starlark.EvalError
	if errors.As(err, &eval) {
		return &stoppedError{eval, reason}
	}
	return err
}

// stoppedError has two causes: where it happened, and why.
type stoppedError struct {
	at     *starlark.EvalError
	reason error
}

func (e *stoppedError) Error() string   { return e.reason.Error() }
func (e *stoppedError) Unwrap() []error { return []error{e.at, e.reason} }

// start calls a function on a thread of its own, which ends when ctx does.
func (r *run) start(f *frame, fn starlark.Callable, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	thread := r.thread(f, fn.Name())
	defer r.budget.meter(thread, r.limits.Steps)()
	undo := cancelWith(f.ctx, thread)
	defer undo()
	return starlark.Call(thread, fn, args, kwargs)
}

// thread returns a thread whose calls of ctx belong to a frame.
func (r *run) thread(f *frame, name string) *starlark.Thread {
	thread := &starlark.Thread{Name: name, Print: func(_ *starlark.Thread, msg string) { r.log("info", msg) }}
	thread.SetLocal(frameKey, f)
	startime.SetNow(thread, func() (time.Time, error) { return r.now(), nil })
	return thread
}

// now is the clock that time.now() shows: in a test that of the last context that was made.
func (r *run) now() time.Time {
	if r.fakes != nil && len(*r.fakes) > 0 {
		return (*r.fakes)[len(*r.fakes)-1].world.Now()
	}
	return r.world.Now()
}

// cleanUp runs deferred functions, the last first, and removes temporary files. It goes on after errors.
func (r *run) cleanUp(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if r.options.CleanUp != nil {
		ctx = r.options.CleanUp
	}
	var failed []error
	if r.budget.left.Load() < portion*10 {
		r.budget.left.Store(portion * 10) // an operation that used up its steps must still clean up
	}
	for done := 0; ; done++ {
		r.mu.Lock()
		n := len(r.deferred)
		if n == 0 {
			r.mu.Unlock()
			break
		}
		if done > 2*maxDeferred {
			r.deferred = nil
			failed = append(failed, limitf("deferred functions go on to defer others: %d were called", done))
			r.mu.Unlock()
			break
		}
		d := r.deferred[n-1]
		r.deferred = r.deferred[:n-1]
		r.mu.Unlock()
		inner, cancel := context.WithCancelCause(ctx)
		timed, stop := context.WithTimeoutCause(inner, r.limits.Cleanup, &TimeoutError{"stopped after " + r.limits.Cleanup.String() + ", which is the time limit of a deferred function"})
		go watchMemory(timed, r.limits.Memory*2, cancel)
		r.base = timed
		_, err := r.start(&frame{run: r, ctx: timed}, d.fn, d.args, d.kwargs)
		stop()
		cancel(nil)
		if err != nil {
			failed = append(failed, explain(fmt.Errorf("in a deferred function: %w", err), r.project, r.mask))
		}
	}
	for _, path := range slices.Backward(r.remove) {
		if err := os.RemoveAll(path); err != nil {
			failed = append(failed, fmt.Errorf("removing a temporary file: %w", err))
		}
	}
	r.remove = nil
	return errors.Join(failed...)
}

// log tells something, without secrets.
func (r *run) log(level, text string) { r.options.Log(level, r.mask.Hide(text)) }

// effect notes something that is done. It reports whether it shall only be printed, and then has been.
func (c *call) effect(kind, text string, detail ...starlark.Value) (dry bool) {
	r := c.run
	e := Effect{kind, detail}
	if c.frame.effects != nil {
		*c.frame.effects = append(*c.frame.effects, e)
	} else {
		r.mu.Lock()
		r.effects = append(r.effects, e)
		r.mu.Unlock()
	}
	if r.options.DryRun {
		r.log("dry", "would "+text)
		return true
	}
	r.log("debug", text)
	return false
}

// JSON returns the result's value as JSON, secrets hidden.
func (r *Result) JSON(mask *Mask) (json.RawMessage, error) {
	return encode(plainValue(r.Value, mask), "")
}

// Text returns the result's value for people: a string as it is, nothing for None, and anything else as indented JSON.
func (r *Result) Text(mask *Mask) string {
	switch v := r.Value.(type) {
	case starlark.NoneType:
		return ""
	case starlark.String:
		return mask.Hide(string(v))
	case Secret:
		return v.String()
	}
	text, err := encode(plainValue(r.Value, mask), "  ")
	if err != nil {
		return mask.Hide(r.Value.String())
	}
	return string(text)
}
