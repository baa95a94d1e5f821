package script

// This file defines what scripts need of the outside, and the outside itself.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"nixops4/engine/addr"
)

// World is what a script can reach besides the deployment. Its methods may be called from several goroutines at once, and stop soon after
// their context is cancelled.
type World interface {
	// Exec runs a command and waits for it. The error says that it could not be run; a failed command has a code instead.
	Exec(ctx context.Context, c Command) (Outcome, error)
	// HTTP sends a request. The caller closes the response's body.
	HTTP(r *http.Request) (*http.Response, error)
	// Path returns where the file is that a script calls path. An empty path is the folder that relative ones start from.
	Path(path string) string
	Getenv(name string) (string, bool)
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
	// Ask puts a question to the user. [ErrNobody] when there is nobody to answer.
	Ask(ctx context.Context, q Question) (string, error)
}

// ErrNobody says that a question cannot be answered, because the command does not run on a terminal.
var ErrNobody = errors.New("there is nobody to ask")

// Question is put to the user.
type Question struct {
	Text   string
	Secret bool // do not show the answer while it is typed
	YesNo  bool // the answer is "yes" or "no"
}

// Command is a process to run.
type Command struct {
	Args   []string          // the program and its arguments
	Host   string            // the host that ssh runs it on; "" for a plain command
	Remote string            // what runs there, as a shell reads it
	Env    map[string]string // in addition to the base environment
	Dir    string            // "" is the project
	Stdin  io.Reader         // nil: empty
	Stdout io.Writer         // nil: kept in the outcome
	Lines  func(string)      // takes in lines of stderr as they come; may be nil
	Limits Limits
}

// Outcome is what became of a command.
type Outcome struct {
	Code           int // of exit; 128 + n when signal n ended it
	Stdout, Stderr string
}

// Deployment is the resources that a script works on. Its methods may be called from several goroutines at once.
type Deployment interface {
	// Resource returns what is declared and recorded at path.
	Resource(ctx context.Context, path addr.Path) (*Resource, error)
	// Resources returns the paths of all resources, in order.
	Resources(ctx context.Context) ([]addr.Path, error)
	// Inputs returns the resource's inputs, evaluated with the recorded outputs of others, and the places of those that are secret.
	Inputs(ctx context.Context, path addr.Path) (inputs map[string]json.RawMessage, sensitive [][]string, err error)
	// Events returns the recorded events about a resource, oldest first; all of them for the root.
	Events(ctx context.Context, path addr.Path) ([]Event, error)
	// Eval evaluates a Nix expression in the scope of the root and returns it as JSON, with the places of what is secret in it.
	Eval(ctx context.Context, expr string) (value json.RawMessage, sensitive [][]string, err error)
	// Call runs a method of the resource's provider.
	Call(ctx context.Context, path addr.Path, method string, args map[string]json.RawMessage) (json.RawMessage, error)
	// Plan returns what applying the components at paths would do; Drift what has changed by itself.
	Plan(ctx context.Context, paths []addr.Path, drift bool) ([]Change, error)
	// Apply makes resources as declared. Those in replace are replaced.
	Apply(ctx context.Context, paths, replace []addr.Path) ([]Change, error)
	// Read asks providers what the resources are now, and records it.
	Read(ctx context.Context, paths []addr.Path) ([]Change, error)
	Destroy(ctx context.Context, paths []addr.Path) ([]Change, error)
}

// Resource is what is known about one.
type Resource struct {
	Path      addr.Path
	Type      string
	State     addr.Path                  // the resource that keeps it; the root when it is not remembered
	Outputs   map[string]json.RawMessage // as recorded; nil when nothing is
	Sensitive [][]string                 // places of outputs that are secret
	Created   time.Time                  // zero when it is not known
	Updated   time.Time
	Protected bool
}

// Event is an entry of a state's log.
type Event struct {
	Time    time.Time
	Event   string
	Path    string
	By      string
	Command string
	Error   string
}

// Change is what is or would be done with a resource.
type Change struct {
	Path   addr.Path
	Action string
}

// System is the real world. Dir is the project's folder.
type System struct {
	Dir    string
	Client *http.Client // nil: http.DefaultClient's transport
	AskFn  func(ctx context.Context, q Question) (string, error)
}

// HTTP sends a request.
func (s *System) HTTP(r *http.Request) (*http.Response, error) {
	client := s.Client
	if client == nil {
		client = &http.Client{}
	}
	return client.Do(r)
}

// Path makes paths absolute.
func (s *System) Path(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(s.Dir, path)
}

// Getenv reads the environment.
func (s *System) Getenv(name string) (string, bool) { return os.LookupEnv(name) }

// Now returns the time.
func (s *System) Now() time.Time { return time.Now() }

// Sleep waits.
func (s *System) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return stopReason(ctx)
	case <-timer.C:
		return nil
	}
}

// Ask asks.
func (s *System) Ask(ctx context.Context, q Question) (string, error) {
	if s.AskFn == nil {
		return "", ErrNobody
	}
	return s.AskFn(ctx, q)
}
