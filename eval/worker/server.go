package worker

// This file is the process's side of the protocol.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"nixops4/eval/nixstore"
)

// Evaluation answers requests. Its methods are called one at a time; each stops soon after its context is cancelled. Errors
// are *[Error], *[NeedsError], or anything else, which is passed on as an error of kind "request".
type Evaluation interface {
	Open(ctx context.Context, r *OpenRequest) error
	Component(ctx context.Context, r *ComponentRequest) (*Component, error)
	// Realise tells of what is built by tell, which may be called until later has returned.
	Realise(ctx context.Context, r *RealiseRequest, tell func(nixstore.Event)) (later, error)
	Check(ctx context.Context, r *CheckRequest) (*Checked, error)
	Flow(ctx context.Context, r *FlowRequest) (*Flows, error)
	Manual(ctx context.Context, r *ManualRequest) (*ManualResult, error)
	Tell(ctx context.Context, r *TellRequest) error
	Restart(ctx context.Context) error
	Reload(ctx context.Context) (*ReloadResult, error)
	Eval(ctx context.Context, r *EvalRequest) (*EvalResult, error)
	Stats() *Stats
	Line(ctx context.Context, r *LineRequest) (*LineResult, error)
	Complete(ctx context.Context, r *CompleteRequest) (*CompleteResult, error)
	Give(r *GiveRequest) error
	Doc(r *DocRequest) (*DocResult, error)
}

// Serve reads requests from in and writes answers to out, until in ends. Start makes the evaluation; what is given to its log becomes log
// lines. When in ends while a request is being worked on, that is cancelled, and Serve returns at the latest a second later.
func Serve(in io.Reader, out io.Writer, start func(log func(line string)) Evaluation) error {
	s := &server{out: out, cancels: map[uint64]context.CancelFunc{}}
	s.ready = sync.NewCond(&s.mu)
	evaluation := start(s.log)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.work(evaluation)
	}()
	err := s.read(in)
	s.end()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	return err
}

type server struct {
	outMu sync.Mutex // guards out
	out   io.Writer

	mu      sync.Mutex // guards the rest
	ready   *sync.Cond // there is work, or the end
	queue   []job
	cancels map[uint64]context.CancelFunc // of requests that are not answered yet
	ended   bool
}

type job struct {
	ctx     context.Context
	request *Request
}

// read takes in requests until in ends. Cancel is the only one it acts on by itself.
func (s *server) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := s.accept(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
	}
}

func (s *server) accept(line []byte) error {
	r := &Request{}
	if err := json.Unmarshal(line, r); err != nil {
		return fmt.Errorf("reading a request: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Cancel != nil {
		if cancel := s.cancels[r.Cancel.ID]; cancel != nil {
			cancel()
		}
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancels[r.ID] = cancel
	s.queue = append(s.queue, job{ctx, r})
	s.ready.Signal()
	return nil
}

// end cancels everything and lets work return.
func (s *server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, cancel := range s.cancels {
		cancel()
	}
	s.ready.Signal()
}

// work answers requests in order until the end.
func (s *server) work(evaluation Evaluation) {
	for {
		j, ok := s.next()
		if !ok {
			return
		}
		var result any
		err := j.ctx.Err()
		if err == nil {
			result, err = s.dispatch(j.ctx, evaluation, j.request)
		}
		rest := restOf(result)
		if err == nil && rest != nil {
			go func() { s.answer(j, result, rest(j.ctx)) }()
			continue
		}
		s.answer(j, result, err)
	}
}

// later is the rest of the work on a request, which goes on beside other requests; nil when there is none.
type later func(ctx context.Context) error

// MarshalJSON makes it the result {}.
func (later) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

func restOf(result any) later {
	switch result := result.(type) {
	case *Component:
		if result != nil {
			return result.later
		}
	case later:
		return result
	}
	return nil
}

// answer answers a request.
func (s *server) answer(j job, result any, err error) {
	s.write(newAnswer(j.request.ID, result, err))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancels[j.request.ID]()
	delete(s.cancels, j.request.ID)
}

// next waits for a job.
func (s *server) next() (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.ended {
		s.ready.Wait()
	}
	if s.ended {
		return job{}, false
	}
	j := s.queue[0]
	s.queue = s.queue[1:]
	return j, true
}

func (s *server) dispatch(ctx context.Context, e Evaluation, r *Request) (any, error) {
	none := struct{}{}
	switch {
	case r.Open != nil:
		return none, e.Open(ctx, r.Open)
	case r.Component != nil:
		return e.Component(ctx, r.Component)
	case r.Realise != nil:
		return e.Realise(ctx, r.Realise, func(event nixstore.Event) { s.write(&answer{ID: r.ID, Build: &event}) })
	case r.Check != nil:
		return e.Check(ctx, r.Check)
	case r.Flow != nil:
		return e.Flow(ctx, r.Flow)
	case r.Manual != nil:
		return e.Manual(ctx, r.Manual)
	case r.Tell != nil:
		return none, e.Tell(ctx, r.Tell)
	case r.Restart != nil:
		return none, e.Restart(ctx)
	case r.Reload != nil:
		return e.Reload(ctx)
	case r.Eval != nil:
		return e.Eval(ctx, r.Eval)
	case r.Line != nil:
		return e.Line(ctx, r.Line)
	case r.Complete != nil:
		return e.Complete(ctx, r.Complete)
	case r.Give != nil:
		return none, e.Give(r.Give)
	case r.Doc != nil:
		return e.Doc(r.Doc)
	case r.Stats != nil:
		return e.Stats(), nil
	}
	return nil, errors.New("the request has no method that is known")
}

// newAnswer makes the answer to a request.
func newAnswer(id uint64, result any, err error) *answer {
	a := &answer{ID: id}
	switch {
	case err == nil:
		a.Result = result
	case errors.As(err, &a.Needs):
	case errors.As(err, &a.Error):
	case errors.Is(err, context.Canceled):
		a.Error = &Error{Kind: "canceled", Message: "evaluation was cancelled"}
	default:
		a.Error = &Error{Kind: "request", Message: err.Error()}
	}
	return a
}

// write puts an answer out. When that fails the other end is gone, and the end of the input will tell.
func (s *server) write(a *answer) {
	line, err := encodeLine(a)
	if err != nil {
		panic(fmt.Sprintf("worker: an answer is not JSON: %v", err))
	}
	s.outMu.Lock()
	defer s.outMu.Unlock()
	_, _ = s.out.Write(line)
}

func (s *server) log(line string) {
	s.write(&answer{Log: &line})
}
