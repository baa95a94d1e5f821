package sdk

// This file answers requests.

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"

	"nixops4/internal/spell"
	"nixops4/providers/protocol"
)

// Provider is a set of resource types.
type Provider struct {
	Name    string
	Version string
	Types   map[string]Type
}

// Type is a resource type: a [Resource] or a [StateResource].
type Type interface {
	describe() protocol.ResourceType
	// handle answers a request about a resource of this type.
	handle(ctx context.Context, r protocol.Request) (protocol.Response, error)
}

// errNotSupported is returned by types for operations they do not have.
var errNotSupported = errors.New("not supported")

// Main serves p on the process's standard streams and returns the exit status. It takes them over: what anything else in the process prints
// to [os.Stdout] goes to standard error from then on, where it cannot be mistaken for a response.
func Main(ctx context.Context, p Provider) int {
	out := os.Stdout
	os.Stdout = os.Stderr
	if err := Serve(ctx, p, os.Stdin, out, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "provider %s: %v\n", p.Name, err)
		return 1
	}
	return 0
}

// Serve answers requests from in on out, and writes log lines to log, until in ends or ctx does. A request that is being worked on when
// ctx ends is canceled through its context. An error means that in or out broke.
func Serve(ctx context.Context, p Provider, in io.Reader, out, log io.Writer) error {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, loggerKey{}, &logger{w: log}))
	defer cancel()
	lines := make(chan []byte)
	var readErr error
	go func() {
		defer close(lines)
		readErr = readLines(ctx, in, lines)
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			if !ok {
				return readErr
			}
			if err := answer(ctx, p, line, out); err != nil {
				return err
			}
		}
	}
}

// readLines sends each line of r. It may outlive Serve in a read that nothing can interrupt.
func readLines(ctx context.Context, r io.Reader, lines chan<- []byte) error {
	buffered := bufio.NewReader(r)
	for {
		line, err := buffered.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			select {
			case lines <- line:
			case <-ctx.Done():
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading request: %w", err)
		}
	}
}

// answer writes the response to one request line.
func answer(ctx context.Context, p Provider, line []byte, out io.Writer) error {
	response := p.respond(ctx, line)
	text, err := protocol.Encode(response)
	if err != nil {
		text, err = protocol.Encode(protocol.ErrorResponse{Message: err.Error(), HalfDone: true})
	}
	if err == nil {
		_, err = out.Write(text)
	}
	if err != nil {
		return fmt.Errorf("writing response: %w", err)
	}
	return nil
}

func (p Provider) respond(ctx context.Context, line []byte) protocol.Response {
	r, err := protocol.DecodeRequest(line)
	var unknown *protocol.UnknownKindError
	if errors.As(err, &unknown) {
		return protocol.ErrorResponse{Message: fmt.Sprintf("this provider does not know the request %q", unknown.Kind)}
	}
	if err != nil {
		return protocol.ErrorResponse{Message: fmt.Sprintf("understanding the request: %v", err)}
	}
	response, err := p.Handle(ctx, r)
	if err != nil {
		var half *halfDoneError
		return protocol.ErrorResponse{Message: err.Error(), HalfDone: errors.As(err, &half)}
	}
	return response
}

// HalfDone marks an error of a handler that has done something which would have to be remembered, such as create an object that it could not set
// up. NixOps4 then lists the operation as unfinished until it is looked into. An error that is not marked says that nothing was done.
func HalfDone(err error) error {
	if err == nil {
		return nil
	}
	return &halfDoneError{err}
}

type halfDoneError struct{ err error }

func (e *halfDoneError) Error() string { return e.err.Error() }
func (e *halfDoneError) Unwrap() error { return e.err }

// Handle answers one request, as [Serve] does. A panic in the provider is returned as an error.
func (p Provider) Handle(ctx context.Context, r protocol.Request) (response protocol.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = HalfDone(fmt.Errorf("internal error in the provider: %v", v))
		}
	}()
	if _, ok := r.(protocol.DescribeRequest); ok {
		return p.describe(), nil
	}
	t, ok := p.Types[r.Subject()]
	if !ok {
		return nil, p.unknownType(r.Subject())
	}
	response, err = t.handle(ctx, r)
	if errors.Is(err, errNotSupported) {
		return nil, fmt.Errorf("a resource of type %q does not support the operation %q", r.Subject(), protocol.OperationOf(r).Name)
	}
	return response, err
}

func (p Provider) unknownType(name string) error {
	names := slices.Sorted(maps.Keys(p.Types))
	hint := spell.Hint(name, names)
	if hint == "" {
		hint = fmt.Sprintf("it has %q", names)
	}
	return fmt.Errorf("provider %q has no resource type %q: %s", p.Name, name, hint)
}

func (p Provider) describe() protocol.DescribeResponse {
	d := protocol.DescribeResponse{Name: p.Name, Version: p.Version, ResourceTypes: map[string]protocol.ResourceType{}}
	all := map[string]bool{"describe": true}
	for name, t := range p.Types {
		described := t.describe()
		d.ResourceTypes[name] = described
		for _, op := range described.Operations {
			all[op] = true
		}
	}
	d.Operations = slices.Sorted(maps.Keys(all))
	return d
}

type loggerKey struct{}

// logger writes lines.
type logger struct {
	mu sync.Mutex // guards w
	w  io.Writer
}

// Logf writes one line to the provider's log, where the user sees it with the resource's path. ctx is that of a handler; without one nothing is written.
func Logf(ctx context.Context, format string, args ...any) {
	_, _ = fmt.Fprintln(LogWriter(ctx), fmt.Sprintf(format, args...)) // a log that cannot be written is no reason to fail
}

// LogWriter returns where log lines go, for what a started program writes to standard error.
func LogWriter(ctx context.Context) io.Writer {
	if l, ok := ctx.Value(loggerKey{}).(*logger); ok {
		return l
	}
	return io.Discard
}

func (l *logger) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}
