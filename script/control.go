package script

// This file holds the functions that steer a script: parallel, retry, timeout, wait_until, sleep, defer and attempt.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

func controlFunctions() []Function {
	return []Function{
		{"parallel", `items, fn, limit = 10`, `Call fn(item) for all items, limit of them at a time. Returns a list in the order of items of values with the fields ok, item, index, value and error, a string; an error of one does not
stop the others. What the function can reach is frozen, since several threads see it.`, false, parallelFunction},
		{"attempt", `fn, *args, **kwargs`, `Call fn and return a value with the fields ok, value and error, a string. Cancelling and limits are not caught.`, false, attemptFunction},
		{"retry", `fn, n = 3, backoff = "1s", factor = 2.0, max = "1m"`, `Call fn() until it succeeds, at most n times, and return its value. backoff is the pause before the second time; it is multiplied by factor each time, up to max. The last error
is that of the call.`, false, retryFunction},
		{"timeout", `duration, fn, *args, **kwargs`, `Call fn and return its value. When it takes longer, it is stopped, with the processes it runs, and that is an error.`, false, timeoutFunction},
		{"wait_until", `fn, timeout = "5m", every = "1s", what = ""`, `Call fn() every so often until it returns something true, and return that. An error when it takes longer than timeout, with the last error of fn. what says in messages what
is waited for. A dry run calls it once.`, false, waitFunction},
		{"sleep", `duration`, `Wait. A dry run does not.`, false, sleepFunction},
		{"defer", `fn, *args, **kwargs`, `Call fn when the operation ends, in whatever way: by success, an error, a limit or Ctrl-C. The last deferred function is called first; each has 30 seconds.`, false, deferFunction},
	}
}

func parallelFunction(c *call) (starlark.Value, error) {
	var items starlark.Iterable
	var fn starlark.Callable
	limit := 10
	if err := c.unpack("items", &items, "fn", &fn, "limit?", &limit); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("limit: want at least 1, got %d", limit)
	}
	if c.depth >= 8 {
		return nil, limitf("calls of parallel are nested more than 8 deep")
	}
	limit = min(limit, c.run.limits.Threads)
	if err := errors.Join(freeze(fn), freeze(items)); err != nil {
		return nil, err
	}
	var all []starlark.Value
	for item := range starlark.Elements(items) {
		all = append(all, item)
	}
	results := make([]starlark.Value, len(all))
	effects := make([][]Effect, len(all))
	errs := make([]error, len(all))
	c.each(len(all), limit, func(i int) {
		f := &frame{run: c.frame.run, ctx: c.ctx, depth: c.depth + 1, effects: &effects[i]}
		v, err := c.run.start(f, fn, starlark.Tuple{all[i]}, nil)
		errs[i] = err
		results[i] = outcomeValue(c.run, v, err, "item", all[i], "index", starlark.MakeInt(i))
	})
	for _, list := range effects {
		c.keep(list)
	}
	if reason := stopReason(c.ctx); reason != nil {
		return nil, reason
	}
	for _, err := range errs {
		if err != nil && c.final(err) {
			return nil, err
		}
	}
	return starlark.NewList(results), nil
}

// each calls f with 0 to n-1 on at most limit goroutines. It starts nothing new once the context is done, and returns when all have ended.
func (c *call) each(n, limit int, f func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(limit, n) {
		if c.run.threads.Add(1) > int64(4*c.run.limits.Threads) {
			c.run.threads.Add(-1)
			break // enough of them work already; the first always can, since what waits for it is one of those
		}
		wg.Go(func() {
			defer c.run.threads.Add(-1)
			for i := range next {
				f(i)
			}
		})
	}
loop:
	for i := range n {
		select {
		case next <- i:
		case <-c.ctx.Done():
			break loop
		}
	}
	close(next)
	wg.Wait()
}

// keep adds the effects of a parallel call.
func (c *call) keep(list []Effect) {
	if c.frame.effects != nil {
		*c.frame.effects = append(*c.frame.effects, list...)
		return
	}
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	c.run.effects = append(c.run.effects, list...)
}

// outcomeValue says how a call went.
func outcomeValue(r *run, v starlark.Value, err error, more ...any) starlark.Value {
	var text starlark.Value = starlark.None
	if err != nil {
		v = starlark.None
		text = starlark.String(errorText(r, err))
	}
	return newRecord("outcome", append([]any{"ok", starlark.Bool(err == nil), "value", v, "error", text}, more...)...)
}

// errorText is an error for scripts: without place and excerpt.
func errorText(r *run, err error) string {
	var e *Error
	if errors.As(explain(err, r.project, r.mask), &e) {
		return e.Msg
	}
	return r.mask.Hide(err.Error())
}

// within calls fn on this thread, under a context of its own.
func (c *call) within(ctx context.Context, fn starlark.Callable, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	outer := c.frame.ctx
	c.frame.ctx = ctx
	undo := cancelWith(ctx, c.thread)
	v, err := starlark.Call(c.thread, fn, args, kwargs)
	undo()
	c.frame.ctx = outer
	return v, err
}

// final reports whether an error ends the operation, whatever the script says: it is stopped, or has reached a limit.
func (c *call) final(err error) bool {
	var limit *LimitError
	return stopReason(c.ctx) != nil || errors.As(err, &limit) || c.run.budget.left.Load() <= 0
}

// function takes the function off the front of the arguments.
func (c *call) function() (starlark.Callable, error) {
	if len(c.args) == 0 {
		return nil, errors.New("want a function")
	}
	fn, ok := c.args[0].(starlark.Callable)
	if !ok {
		return nil, fmt.Errorf("want a function, got %s", c.args[0].Type())
	}
	c.args = c.args[1:]
	return fn, nil
}

func attemptFunction(c *call) (starlark.Value, error) {
	fn, err := c.function()
	if err != nil {
		return nil, err
	}
	v, err := starlark.Call(c.thread, fn, c.args, c.kwargs)
	if err != nil && c.final(err) {
		return nil, err
	}
	return outcomeValue(c.run, v, err), nil
}

func retryFunction(c *call) (starlark.Value, error) {
	var fn starlark.Callable
	n, factor := 3, 2.0
	var backoff, longest starlark.Value = starlark.String("1s"), starlark.String("1m")
	if err := c.unpack("fn", &fn, "n?", &n, "backoff?", &backoff, "factor?", &factor, "max?", &longest); err != nil {
		return nil, err
	}
	pause, err := durationOf(backoff)
	most, err2 := durationOf(longest)
	if err != nil || err2 != nil || n < 1 || factor < 1 || pause < 0 {
		return nil, errors.Join(errors.New("want n and factor of at least 1, and durations"), err, err2)
	}
	for i := 1; ; i++ {
		v, err := starlark.Call(c.thread, fn, nil, nil)
		if err == nil || i >= n || c.final(err) {
			return v, err
		}
		c.run.log("info", fmt.Sprintf("%s failed, attempt %d of %d: %s", fn.Name(), i, n, errorText(c.run, err)))
		if !c.run.options.DryRun {
			if err := c.run.world.Sleep(c.ctx, min(pause, most)); err != nil {
				return nil, err
			}
		}
		pause = time.Duration(min(float64(pause)*factor, float64(most)))
	}
}

func timeoutFunction(c *call) (starlark.Value, error) {
	if len(c.args) < 2 {
		return nil, errors.New("want a duration and a function")
	}
	d, err := durationOf(c.args[0])
	if err != nil {
		return nil, err
	}
	if d <= 0 {
		return nil, fmt.Errorf("want a duration above zero, got %s", d)
	}
	c.args = c.args[1:]
	fn, err := c.function()
	if err != nil {
		return nil, err
	}
	up := &TimeoutError{fmt.Sprintf("%s took longer than %s", fn.Name(), d)}
	ctx, stop := context.WithTimeoutCause(c.ctx, d, up)
	defer stop()
	v, err := c.within(ctx, fn, c.args, c.kwargs)
	if err != nil && context.Cause(ctx) == up {
		return nil, up
	}
	return v, err
}

func waitFunction(c *call) (starlark.Value, error) {
	var fn starlark.Callable
	var patience, every starlark.Value = starlark.String("5m"), starlark.String("1s")
	what := ""
	if err := c.unpack("fn", &fn, "timeout?", &patience, "every?", &every, "what?", &what); err != nil {
		return nil, err
	}
	wait, err := durationOf(patience)
	pause, err2 := durationOf(every)
	if err != nil || err2 != nil || wait < 0 || pause <= 0 {
		return nil, errors.Join(errors.New("timeout and every: want durations above zero"), err, err2)
	}
	if what == "" {
		what = fn.Name()
	}
	end := c.run.world.Now().Add(wait)
	for {
		v, err := starlark.Call(c.thread, fn, nil, nil)
		switch {
		case err != nil && c.final(err):
			return nil, err
		case err == nil && bool(v.Truth()), c.run.options.DryRun:
			return v, nil
		case !c.run.world.Now().Before(end):
			msg := fmt.Sprintf("waiting for %s took longer than %s", what, wait)
			if err != nil {
				msg += ": " + errorText(c.run, err)
			}
			return nil, &TimeoutError{msg}
		}
		if err := c.run.world.Sleep(c.ctx, pause); err != nil {
			return nil, err
		}
	}
}

func sleepFunction(c *call) (starlark.Value, error) {
	var duration starlark.Value
	if err := c.unpack("duration", &duration); err != nil {
		return nil, err
	}
	d, err := durationOf(duration)
	if err != nil {
		return nil, err
	}
	if c.run.options.DryRun {
		c.run.log("dry", "would wait for "+startime.Duration(d).String())
		return starlark.None, nil
	}
	return starlark.None, c.run.world.Sleep(c.ctx, d)
}

// maxDeferred is how many functions may be deferred at a time.
const maxDeferred = 100_000

func deferFunction(c *call) (starlark.Value, error) {
	fn, err := c.function()
	if err != nil {
		return nil, err
	}
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	if len(c.run.deferred) >= maxDeferred {
		return nil, limitf("more than %d functions are deferred", maxDeferred)
	}
	c.run.deferred = append(c.run.deferred, deferredCall{fn, c.args, c.kwargs})
	return starlark.None, nil
}
