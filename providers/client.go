package providers

// This file defines the client and how a request finds its process.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"nixops4/providers/protocol"
)

// Options say how a [Client] works. The zero value is usable, without built-in providers.
type Options struct {
	// Parallelism is the number of processes per provider, 10 when 0.
	Parallelism int
	// Timeout bounds the work on each request, from when a process is free for it; 0 means no bound. A deadline on the call's context
	// bounds the call with all waiting.
	Timeout time.Duration
	// Grace is how long a process may take to end after its input was closed, and again after SIGTERM, before it is killed; 5 s when 0.
	Grace time.Duration
	// MaxResponse is the largest response in bytes; 1 GiB when 0.
	MaxResponse int
	// StderrLines is how many last lines of standard error an [Error] holds; 20 when 0.
	StderrLines int
	// Builtin resolves "builtin:NAME" to the program and arguments that serve it.
	Builtin func(name string) (executable string, args []string, err error)
	// Env is the environment of provider processes; nil means the current one.
	Env []string
	// Dir is the working directory of provider processes; "" means the current one.
	Dir string
	// Log receives each line a provider writes to standard error, and remarks of the client. It is called from several goroutines,
	// but never twice at a time for one process. It must not call back into the client.
	Log func(LogLine)
}

// LogLine is one line of a provider's log.
type LogLine struct {
	Label      string // of the call the process was working on: the resource's path
	Executable string // as the expression names it
	Text       string // without newline; bytes that are not UTF-8 are replaced
	Remark     bool   // said by the client about the process, not by the provider
}

// Client runs providers. Its methods may be called from any goroutine.
type Client struct {
	options Options
	starter *starter

	mu     sync.Mutex // guards closed and pools
	closed bool
	pools  map[string]*pool
}

// New returns a client that has started nothing yet. [Client.Close] ends what it will start.
func New(options Options) *Client {
	setDefault(&options.Parallelism, 10)
	setDefault(&options.Grace, 5*time.Second)
	setDefault(&options.MaxResponse, 1<<30)
	setDefault(&options.StderrLines, 20)
	if options.Log == nil {
		options.Log = func(LogLine) {}
	}
	return &Client{options: options, starter: newStarter(), pools: map[string]*pool{}}
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// ErrClosed is the cause of errors from requests made after, or interrupted by, [Client.Close].
var ErrClosed = errors.New("provider client is closed")

// Close ends all processes: it closes their standard input, and after the grace period kills those that are left. Requests in
// progress fail with [ErrClosed]. It returns when every process has ended. Calling it again does nothing.
func (c *Client) Close() {
	c.mu.Lock()
	closed, pools := c.closed, c.pools
	c.closed, c.pools = true, nil
	c.mu.Unlock()
	if closed {
		return
	}
	var wg sync.WaitGroup
	for _, p := range pools {
		wg.Go(p.close)
	}
	wg.Wait()
	c.starter.close()
}

// Provider returns the provider that spec names. Nothing is started before the first call. Label is the
// resource's path in log lines; it has no other meaning.
func (c *Client) Provider(spec Spec, label string) *Provider {
	return &Provider{client: c, spec: spec, label: label}
}

// pool returns the pool for spec.
func (c *Client) pool(spec Spec) (*pool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	p := c.pools[spec.key()]
	if p == nil {
		p = newPool(c, spec)
		c.pools[spec.key()] = p
	}
	return p, nil
}

// command resolves spec to a program and its arguments.
func (c *Client) command(spec Spec) (string, []string, error) {
	name, ok := strings.CutPrefix(spec.Executable, builtinPrefix)
	if !ok {
		return spec.Executable, spec.Args, nil
	}
	if c.options.Builtin == nil {
		return "", nil, fmt.Errorf("there are no built-in providers here")
	}
	executable, args, err := c.options.Builtin(name)
	return executable, slices.Concat(args, spec.Args), err
}

// Provider is a provider together with the label of the resource it works for. Its methods may be called from any goroutine.
type Provider struct {
	client  *Client
	spec    Spec
	label   string
	session *Session // nil: take any process of the pool
}

// Spec returns how the provider was named.
func (p *Provider) Spec() Spec { return p.spec }

// Do sends one request and returns its response, whose type matches the request's. All errors are [*Error]. An extension is only sent to a
// provider that is not known to lack it.
func (p *Provider) Do(ctx context.Context, r protocol.Request) (protocol.Response, error) {
	op := protocol.OperationOf(r)
	fail := func(reason Reason, err error) error {
		return p.newError(r, &failure{reason: reason, msg: err.Error(), err: err})
	}
	pool, err := p.client.pool(p.spec)
	if err != nil {
		return nil, fail(Canceled, fmt.Errorf("was not asked: %w", err))
	}
	if op.Extension && op.Name != "describe" {
		if f := pool.checkSupport(ctx, p, op, r.Subject()); f != nil {
			return nil, p.newError(r, f)
		}
	}
	line, err := protocol.Encode(r)
	if err != nil {
		return nil, fail(NotStarted, fmt.Errorf("was not asked: %w", err))
	}
	response, f := p.roundTrip(ctx, pool, op, line)
	if f != nil {
		return nil, p.newError(r, f)
	}
	return response, nil
}

// roundTrip sends line in the session's process, or in any.
func (p *Provider) roundTrip(ctx context.Context, pool *pool, op protocol.Operation, line []byte) (protocol.Response, *failure) {
	if p.session != nil {
		return p.session.roundTrip(ctx, pool, p.label, op, line)
	}
	if f := pool.acquire(ctx); f != nil {
		return nil, f
	}
	defer pool.release()
	process := pool.takeIdle()
	response, process, f := pool.exchange(ctx, process, p.label, op, line)
	pool.putIdle(process)
	return response, f
}

func (p *Provider) newError(r protocol.Request, f *failure) *Error {
	op := protocol.OperationOf(r)
	return &Error{
		Executable: p.spec.Executable, Args: p.spec.Args,
		Type: r.Subject(), Op: op.Name, Gerund: op.Gerund,
		Reason: f.reason, Msg: f.msg, Stderr: f.stderr, Err: f.err,
	}
}

// failure is an [Error] without what the caller knows.
type failure struct {
	reason Reason
	msg    string
	stderr []string
	err    error
}

// answered reports whether the provider answered properly, and its process can go on.
func (f *failure) answered() bool { return f.reason == Refused || f.reason == HalfDone }

var errTimeout = errors.New("timeout")
