package engine

// This file holds what planning and applying share.

import (
	"context"
	"sync"
	"time"

	"nixops4/engine/addr"
	"nixops4/engine/plan"
	"nixops4/internal/secret"
	"nixops4/providers"
	"nixops4/providers/protocol"
)

// DefaultParallelism is how many resources are worked on at a time unless the options say otherwise.
const DefaultParallelism = 10

// Options of a run.
type Options struct {
	// Paths select resources and subtrees; what they need is included. None: everything.
	Paths []addr.Path
	// Exclude leaves out resources and subtrees. When others need their outputs, those that are recorded are taken.
	Exclude []addr.Path
	// Replace names resources that are replaced whether they changed or not.
	Replace []addr.Path
	// Refresh reads stateful resources before it is decided what to do with them.
	Refresh bool
	// Parallelism is how many components are evaluated or acted on at a time; 0 means [DefaultParallelism].
	Parallelism int
	// FailFast starts nothing new after the first failure.
	FailFast bool
	// Stop, when closed, starts nothing new: what runs may finish and is recorded. Cancelling the context also
	// reaches the running operations, whose outcome may then be unknown. May be nil.
	Stop <-chan struct{}
	// Events takes in what happens; may be nil.
	Events func(Event)
	// Provider returns the provider that spec names, for work on the resource at path.
	Provider func(spec providers.Spec, path addr.Path) Provider
	// Store is where what resources refer to is built; nil: nothing is.
	Store Store
	// OpenState opens states.
	OpenState OpenState
	// ReadState opens states that will not be changed, without a lock. Nil: OpenState does.
	ReadState OpenState
	// Approve says whether an item may be carried out that destroys an object and was not in the plan, because it
	// depended on what was not known then. Nil: it may not.
	Approve func(*plan.Item) bool
	// Gate is asked before an item is carried out, unless that does nothing. It may wait, and holds up one of those that are worked on at a time. When
	// it says no, the item is skipped, and so are those that need it. Nil: all are carried out.
	Gate func(ctx context.Context, item *plan.Item) bool
	// Secrets is told all secrets that are met, and takes them out of errors. What else shows what happens has to use it: see [RedactEvent]. Nil: the
	// run has one of its own.
	Secrets *secret.Redactor
	// Version of nixops4, for plans.
	Version string
}

func (o Options) parallelism() int {
	if o.Parallelism < 1 {
		return DefaultParallelism
	}
	return o.Parallelism
}

// partial reports whether not everything is selected.
func (o Options) partial() bool { return len(o.Paths)+len(o.Exclude) > 0 }

// planned are the options that a plan depends on.
func (o Options) planned() plan.Options {
	return plan.Options{Paths: o.Paths, Exclude: o.Exclude, Replace: o.Replace, Refresh: o.Refresh}
}

// Provider is what the engine asks of a resource's provider. *providers.Provider is one; its methods say what they do.
type Provider interface {
	Create(ctx context.Context, r protocol.CreateResourceRequest) (protocol.CreateResourceResponse, error)
	Update(ctx context.Context, r protocol.UpdateResourceRequest) (protocol.UpdateResourceResponse, error)
	Destroy(ctx context.Context, resource protocol.Resource) error
	Read(ctx context.Context, resource protocol.Resource) (protocol.ReadResourceResponse, error)
	Plan(ctx context.Context, r protocol.PlanResourceRequest) (protocol.PlanResourceResponse, error)
	Import(ctx context.Context, resourceType, id string) (protocol.ImportResourceResponse, error)
	Supports(ctx context.Context, operation, resourceType string) (bool, error)
	Describe(ctx context.Context) (response protocol.DescribeResponse, ok bool, err error)
}

// Run is one run over a configuration: [Run.Plan] finds out what is to be done and [Run.Apply] does it, over the same states, each of which is
// opened once. Its methods are called one after the other.
type Run struct {
	config Config
	opts   Options
	emitMu sync.Mutex // makes events come one at a time

	mu        sync.Mutex               // guards the fields below; what a map's value points to is written before it is put there
	states    map[addr.Path]State      // by the resource that keeps it
	known     map[addr.Path]*Component // evaluated with nothing unknown
	glanced   map[addr.Path]*Component // evaluated without inputs, besides those
	formers   map[addr.Path][]Former   // paths that components had
	needs     map[addr.Path][]why      // what evaluation of each component was seen to ask for, and what dependsOn names
	reads     map[addr.Path]*reading   // of what was refreshed
	elsewhere map[addr.Path]bool       // resources that were seen in another state than the declared one after they were planned
	surveyed  map[addr.Path]seen       // components evaluated before any output was told, until somebody works on them; nil: not yet
	asked     map[addr.Path]answered   // what providers said about updates
	moved     map[addr.Path]addr.Path  // who took over what is recorded at a path
	started   map[string]bool          // intents that this run has declared
	// byProvider are outputs that providers have said to be secrets in this run, and numbers those secrets that are numbers, as JSON.
	byProvider map[addr.Path][]string
	numbers    map[string]bool // not changed, but replaced

	realised map[string]*realisation // by what is referred to
	commands map[string][]string     // what the commands of providers refer to
}

// Open begins a run. It is ended by [Run.Close].
func Open(config Config, opts Options) *Run {
	if opts.Secrets == nil {
		opts.Secrets = &secret.Redactor{}
	}
	return &Run{
		config: config, opts: opts,
		byProvider: map[addr.Path][]string{},
		states:     map[addr.Path]State{},
		known:      map[addr.Path]*Component{},
		glanced:    map[addr.Path]*Component{},
		formers:    map[addr.Path][]Former{},
		needs:      map[addr.Path][]why{},
		reads:      map[addr.Path]*reading{},
		elsewhere:  map[addr.Path]bool{},
		asked:      map[addr.Path]answered{},
		moved:      map[addr.Path]addr.Path{},
		started:    map[string]bool{},

		realised: map[string]*realisation{},
		commands: map[string][]string{},
	}
}

// Close closes the states and gives back their locks.
func (r *Run) Close() error { return r.closeStates() }

// Apply plans and carries out the plan, without showing it to anybody in between.
func Apply(ctx context.Context, config Config, opts Options) (*Result, error) {
	r := Open(config, opts)
	began := time.Now()
	p, err := r.Plan(ctx)
	var result *Result
	if err == nil {
		result, err = r.apply(ctx, p, began)
	}
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return result, err
}
