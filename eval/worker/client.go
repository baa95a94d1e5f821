package worker

// This file is the engine's side of the protocol: it sends requests and hands out the answers.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"nixops4/eval/nixstore"
)

// Options of a client.
type Options struct {
	// Command starts the process: program and arguments. Required.
	Command []string
	// Env is its environment; nil means the current one.
	Env []string
	// Dir is its working folder; "" means the current one.
	Dir string
	// Log receives what the expression traces and warns about, and what the process writes to standard error; one call at a
	// time. Nil drops it.
	Log func(line string)
}

// Client is a running evaluator process. Its methods may be called from several goroutines at once. Every method that takes a context
// returns its error soon after it is cancelled, and stops the evaluation.
//
// The errors are *[Error] when evaluation failed, *[NeedsError] when outputs have to be told before, and *[DiedError] from the moment
// when the process is gone.
type Client struct {
	process *process
	log     func(line string)

	sendMu sync.Mutex // makes lines whole, and ids ascending on the wire
	lastID uint64

	mu      sync.Mutex // guards the rest
	waiting map[uint64]waiter
	dead    error         // set once, when no answer will come any more
	ended   chan struct{} // closed with dead
	root    string        // what was opened, for errors
}

// waiter waits for the answer to a request.
type waiter struct {
	answer chan<- *message      // takes one without blocking
	tell   func(nixstore.Event) // takes in what happens before; may be nil
}

// Start starts the process. It says nothing about whether the process works; the first request does.
func Start(options Options) (*Client, error) {
	if options.Log == nil {
		options.Log = func(string) {}
	}
	var logMu sync.Mutex
	c := &Client{waiting: map[uint64]waiter{}, ended: make(chan struct{})}
	c.log = func(line string) {
		logMu.Lock()
		defer logMu.Unlock()
		options.Log(line)
	}
	p, err := startProcess(options, c.log)
	if err != nil {
		return nil, fmt.Errorf("starting the evaluator: %w", err)
	}
	c.process = p
	go c.receive(p.stdout)
	return c, nil
}

// Close ends the process, and kills it when it does not end by itself within two seconds.
// Calls in progress fail. Calling it again does nothing.
func (c *Client) Close() {
	c.fail(errClosed)
	c.process.close()
}

// Kill ends the process at once. Calls in progress fail with a *[DiedError].
func (c *Client) Kill() { c.process.kill() }

// Open loads a root expression.
func (c *Client) Open(ctx context.Context, r OpenRequest) error {
	c.mu.Lock()
	c.root = r.what()
	c.mu.Unlock()
	return c.call(ctx, &Request{Open: &r}, &struct{}{})
}

// Component asks what is at path. A path that leads nowhere is not an error but [Component].Missing.
func (c *Client) Component(ctx context.Context, path []string, want Want) (*Component, error) {
	result := &Component{}
	if path == nil {
		path = []string{}
	}
	return result, c.call(ctx, &Request{Component: &ComponentRequest{path, want}}, result)
}

// Realise puts what the resource at path refers to into the Nix store and builds it: refs are those of [StoreNeeds]. What happens goes to tell,
// one call at a time, until Realise returns. Paths in hold are protected from the garbage collector until the process ends.
func (c *Client) Realise(ctx context.Context, r RealiseRequest, tell func(nixstore.Event)) error {
	return c.callTelling(ctx, &Request{Realise: &r}, &struct{}{}, tell)
}

// Check asks for all that is wrong with the component at a path.
func (c *Client) Check(ctx context.Context, path []string) (*Checked, error) {
	var checked Checked
	if err := c.call(ctx, &Request{Check: &CheckRequest{Path: path}}, &checked); err != nil {
		return nil, err
	}
	return &checked, nil
}

// Flow asks which outputs the inputs of the resource at a path are made of. It ends what else can be asked.
func (c *Client) Flow(ctx context.Context, path []string) (*Flows, error) {
	var flows Flows
	if err := c.call(ctx, &Request{Flow: &FlowRequest{Path: path}}, &flows); err != nil {
		return nil, err
	}
	return &flows, nil
}

// Manual asks for documentation.
func (c *Client) Manual(ctx context.Context, r ManualRequest) (*ManualResult, error) {
	var result ManualResult
	return &result, c.call(ctx, &Request{Manual: &r}, &result)
}

// Tell makes outputs of the resource at path known. Those that sensitive names are secrets.
func (c *Client) Tell(ctx context.Context, path []string, outputs map[string]json.RawMessage, sensitive []string) error {
	return c.call(ctx, &Request{Tell: &TellRequest{path, outputs, sensitive}}, &struct{}{})
}

// Restart forgets all outputs and calls the root function again.
func (c *Client) Restart(ctx context.Context) error {
	return c.call(ctx, &Request{Restart: &RestartRequest{}}, &struct{}{})
}

// Reload loads the root again, reading those files that have changed.
func (c *Client) Reload(ctx context.Context) (*ReloadResult, error) {
	result := &ReloadResult{}
	return result, c.call(ctx, &Request{Reload: &ReloadRequest{}}, result)
}

// Eval evaluates an expression and returns its value as text.
func (c *Client) Eval(ctx context.Context, r EvalRequest) (*EvalResult, error) {
	result := &EvalResult{}
	return result, c.call(ctx, &Request{Eval: &r}, result)
}

// Line evaluates what somebody typed.
func (c *Client) Line(ctx context.Context, r LineRequest) (*LineResult, error) {
	result := &LineResult{}
	return result, c.call(ctx, &Request{Line: &r}, result)
}

// Complete lists the names in the value of an expression.
func (c *Client) Complete(ctx context.Context, r CompleteRequest) ([]Candidate, error) {
	result := &CompleteResult{}
	err := c.call(ctx, &Request{Complete: &r}, result)
	return result.Names, err
}

// Give gives a name of the scope a value; nil takes it away.
func (c *Client) Give(ctx context.Context, name string, value json.RawMessage) error {
	return c.call(ctx, &Request{Give: &GiveRequest{name, value}}, &struct{}{})
}

// Doc returns the documentation of a builtin.
func (c *Client) Doc(ctx context.Context, name string) (*DocResult, error) {
	result := &DocResult{}
	return result, c.call(ctx, &Request{Doc: &DocRequest{name}}, result)
}

// Stats returns counters of the evaluation.
func (c *Client) Stats(ctx context.Context) (*Stats, error) {
	result := &Stats{}
	return result, c.call(ctx, &Request{Stats: &StatsRequest{}}, result)
}

// call sends a request and decodes the result into it.
func (c *Client) call(ctx context.Context, r *Request, result any) error {
	return c.callTelling(ctx, r, result, nil)
}

func (c *Client) callTelling(ctx context.Context, r *Request, result any, tell func(nixstore.Event)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	answer := make(chan *message, 1)
	if err := c.send(r, waiter{answer, tell}); err != nil {
		return err
	}
	select {
	case m := <-answer:
		return m.decode(result)
	case <-c.ended:
		select {
		case m := <-answer: // it came just before
			return m.decode(result)
		default:
			return c.dead
		}
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, r.ID)
		c.mu.Unlock()
		_ = c.send(&Request{Cancel: &CancelRequest{r.ID}}, waiter{})
		return ctx.Err()
	}
}

// send gives the request an id and writes it. The answer goes to w, if that takes one.
func (c *Client) send(r *Request, w waiter) error {
	c.sendMu.Lock()
	defer c.sendMu.Unlock()
	c.lastID++
	r.ID = c.lastID
	line, err := encodeLine(r)
	if err != nil {
		return fmt.Errorf("asking the evaluator: %w", err)
	}
	c.mu.Lock()
	dead := c.dead
	if dead == nil && w.answer != nil {
		c.waiting[r.ID] = w
	}
	c.mu.Unlock()
	if dead != nil {
		return dead
	}
	if _, err := c.process.stdin.Write(line); err != nil {
		<-c.ended // receive finds out why
		return c.dead
	}
	return nil
}

// receive hands out answers until the process's output ends.
func (c *Client) receive(out io.Reader) {
	lines := bufio.NewReaderSize(out, 64<<10)
	var garbage error
	for garbage == nil {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // what there is of a last line is of no use
		}
		garbage = c.handle(line)
	}
	if garbage != nil {
		c.process.kill()
	}
	died := c.process.wait()
	if garbage != nil {
		died.Reason = garbage.Error()
	}
	c.fail(died)
}

func (c *Client) handle(line []byte) error {
	m := &message{}
	if err := json.Unmarshal(line, m); err != nil {
		return fmt.Errorf("it wrote a line that is not an answer: %.80q", line)
	}
	if m.Log != nil {
		c.log(*m.Log)
		return nil
	}
	c.mu.Lock()
	w := c.waiting[m.ID] // the zero one when it was cancelled
	if m.Build == nil {
		delete(c.waiting, m.ID)
	}
	c.mu.Unlock()
	switch {
	case m.Build != nil:
		if w.tell != nil {
			w.tell(*m.Build)
		}
	case w.answer != nil:
		w.answer <- m
	}
	return nil
}

// fail makes all calls fail from now on.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if died, ok := err.(*DiedError); ok {
		died.Root = c.root
	}
	if c.dead == nil {
		c.dead = err
		close(c.ended)
	}
}

func (m *message) decode(result any) error {
	switch {
	case m.Needs != nil:
		return m.Needs
	case m.Error != nil:
		return m.Error
	}
	if err := json.Unmarshal(m.Result, result); err != nil {
		return fmt.Errorf("reading the evaluator's answer: %w", err)
	}
	return nil
}
