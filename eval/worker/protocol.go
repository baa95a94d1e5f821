package worker

// This file defines the messages.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"nixops4/eval/nixstore"
)

// Request is one line to the process. Exactly one of its pointers is set.
type Request struct {
	ID uint64 `json:"id"`

	Open      *OpenRequest      `json:"open,omitempty"`
	Component *ComponentRequest `json:"component,omitempty"`
	Realise   *RealiseRequest   `json:"realise,omitempty"`
	Check     *CheckRequest     `json:"check,omitempty"`
	Flow      *FlowRequest      `json:"flow,omitempty"`
	Manual    *ManualRequest    `json:"manual,omitempty"`
	Tell      *TellRequest      `json:"tell,omitempty"`
	Restart   *RestartRequest   `json:"restart,omitempty"`
	Reload    *ReloadRequest    `json:"reload,omitempty"`
	Eval      *EvalRequest      `json:"eval,omitempty"`
	Stats     *StatsRequest     `json:"stats,omitempty"`
	Line      *LineRequest      `json:"line,omitempty"`
	Complete  *CompleteRequest  `json:"complete,omitempty"`
	Give      *GiveRequest      `json:"give,omitempty"`
	Doc       *DocRequest       `json:"doc,omitempty"`
	Cancel    *CancelRequest    `json:"cancel,omitempty"`
}

// OpenRequest loads a root expression and makes it the one the other requests are about. It comes first, and only once.
// The result is {}.
type OpenRequest struct {
	// Either File is the absolute path of the file to evaluate, or Expr an expression.
	File string `json:"file,omitempty"`
	Expr string `json:"expr,omitempty"`
	// Flake, when not nil, is the flake that the root is in, instead of File and Expr.
	Flake *FlakeRequest `json:"flake,omitempty"`
	// Dir is the absolute folder that relative paths in Expr, Args and Flake start from.
	Dir string `json:"dir"`
	// Args are given to the root when it is a function, in addition to its defaults.
	Args []Arg `json:"args,omitempty"`
	// Attr is where the root is in what the expression gives, as -A takes it.
	Attr string `json:"attr,omitempty"`
	// SearchPath has entries PREFIX=PATH or PATH, as -I takes them, that are tried in order before those of NIX_PATH.
	SearchPath []string `json:"searchPath,omitempty"`
	// Pure hides what may differ between machines.
	Pure bool `json:"pure,omitempty"`
	// Check makes the library report all mistakes that it finds, not the first, for check requests to return.
	Check bool `json:"check,omitempty"`
	// MaxCallDepth bounds nested calls and MaxSteps calls in all; 0 means the evaluator's own bounds.
	MaxCallDepth int   `json:"maxCallDepth,omitempty"`
	MaxSteps     int64 `json:"maxSteps,omitempty"`
}

// what names the root, for errors.
func (r *OpenRequest) what() string {
	switch {
	case r.Flake != nil:
		return r.Flake.Ref
	case r.File != "":
		return r.File
	}
	return "the expression"
}

// FlakeRequest names a flake and says how its inputs are found. A flake is evaluated as Pure says it.
type FlakeRequest struct {
	// Ref is a reference or a path; #NAME after it is the output to take instead of "nixops4".
	Ref string `json:"ref"`
	// Overrides replace inputs, which are named by their paths, such as nixops4/nixpkgs.
	Overrides []FlakeOverride `json:"overrides,omitempty"`
	// Updates are paths of inputs to lock anew; Recreate locks all of them anew.
	Updates  []string `json:"updates,omitempty"`
	Recreate bool     `json:"recreate,omitempty"`
	// KeepLock does not write a changed lock file, NoUpdate makes it an error that one has to be written, and Commit commits it.
	KeepLock bool `json:"keepLock,omitempty"`
	NoUpdate bool `json:"noUpdate,omitempty"`
	Commit   bool `json:"commit,omitempty"`
	// AcceptConfig trusts all settings in the flake's nixConfig.
	AcceptConfig bool `json:"acceptConfig,omitempty"`
	// Offline fetches nothing that is not on this machine.
	Offline bool `json:"offline,omitempty"`
}

// FlakeOverride says where an input is.
type FlakeOverride struct {
	Input string `json:"input"`
	Ref   string `json:"ref"`
}

// Arg is an argument of a root that is a function.
type Arg struct {
	Name   string  `json:"name"`
	Expr   string  `json:"expr,omitempty"` // an expression, unless String is set
	String *string `json:"string,omitempty"`
}

// ComponentRequest asks what is at a path. The result is a [Component].
type ComponentRequest struct {
	Path []string `json:"path"`
	Want Want     `json:"want"`
}

// Want says how much of a component to evaluate; each includes the ones before.
type Want string

const (
	WantKind     Want = "kind"     // is it a resource or a composite
	WantContents Want = "contents" // members, or type, provider, outputs and state
	WantInputs   Want = "inputs"   // inputs of a resource
)

// Component is a resource or a composite.
type Component struct {
	Resource *Resource `json:"resource,omitempty"`
	// Members are the sorted names of a composite's members; nil when they were not wanted.
	Members []string `json:"members,omitempty"`
	// Settings are the optional keys movedFrom and allowApplyAll of a composite, as they are.
	Settings map[string]json.RawMessage `json:"settings,omitempty"`
	// Missing, when not nil, says that the path leads nowhere, and nothing else is set.
	Missing *Missing `json:"missing,omitempty"`

	later later // completes it; nil when it is complete
}

// Missing says how far a path leads.
type Missing struct {
	Parent   []string `json:"parent"` // the longest part that exists
	Names    []string `json:"names"`  // its members
	Resource bool     `json:"resource,omitempty"`
}

// Resource is a resource's declaration. Only "kind" leaves all of it empty.
type Resource struct {
	Type     string          `json:"type"`
	Provider json.RawMessage `json:"provider"`
	Outputs  []string        `json:"outputs"` // sorted
	State    []string        `json:"state"`   // null when stateless
	// Settings are the optional keys lifecycle, dependsOn, movedFrom, timeouts, retry, replaceOnChange and sensitiveOutputs, as they are.
	Settings map[string]json.RawMessage `json:"settings,omitempty"`
	// Inputs is an object with null for each unknown leaf; null when all of it is unknown, or not wanted.
	Inputs  map[string]json.RawMessage `json:"inputs"`
	Unknown []Unknown                  `json:"unknown,omitempty"`
	// Asked are outputs that evaluation asked for and that are not known, besides those of Unknown.
	Asked []Output `json:"asked,omitempty"`
	// Sensitive says where in the inputs there are strings that are made from secrets.
	Sensitive [][]string `json:"sensitive,omitempty"`
	// Store is what has to be in the Nix store before the provider is called; nil: nothing.
	Store *StoreNeeds `json:"store,omitempty"`
}

// Unknown is a leaf of the inputs that depends on an output that is not known.
type Unknown struct {
	At    []string `json:"at"` // attribute names and list indices; empty: the inputs as a whole
	Until Output   `json:"until"`
}

// Output is an output of the resource at Path.
type Output struct {
	Path []string `json:"path"`
	Name string   `json:"output"`
}

// StoreNeeds are what the strings of a resource refer to, in Nix's notation for contexts. It is there once a [RealiseRequest] names it.
type StoreNeeds struct {
	Provider []string `json:"provider,omitempty"` // what the provider's command refers to
	Inputs   []string `json:"inputs,omitempty"`
}

// RealiseRequest asks for what a resource refers to: files are put into the Nix store and derivations are built. Meanwhile, other requests
// are answered, and lines {"id": N, "build": {…}} tell what happens, as nixstore.Event. The result is {}.
type RealiseRequest struct {
	Path []string `json:"path"`
	// Refs are those of [StoreNeeds].
	Refs []string `json:"refs,omitempty"`
	// Hold are paths that the garbage collector must leave alone until the process ends, if they are in the store.
	Hold []string `json:"hold,omitempty"`
}

// CheckRequest asks for all that is wrong with the component at a path, as far as it can be known without outputs. Members are checked by
// themselves. The root must have been opened for it. The result is a [Checked].
type CheckRequest struct {
	Path []string `json:"path"`
}

// Checked is a component, as far as it could be evaluated, and what is wrong with it.
type Checked struct {
	Component
	InStore  bool      `json:"inStore,omitempty"` // its provider is in the Nix store, and may have to be built first
	Problems []Problem `json:"problems,omitempty"`
	Waits    []Wait    `json:"waits,omitempty"`
	// Operations are those that the component declares, as it exports them.
	Operations map[string]json.RawMessage `json:"operations,omitempty"`
}

// Problem is a mistake.
type Problem struct {
	What  string   `json:"what"`         // "kind", "members", "type", "provider", "outputs", "state", "settings", "inputs", "operations" or "options"
	At    []string `json:"at,omitempty"` // where in it, such as the name of an input
	Error Error    `json:"error"`
}

// Wait is something that cannot be evaluated before outputs are told, unknown inputs apart.
type Wait struct {
	What    string   `json:"what"`
	Outputs []Output `json:"outputs"`
}

// FlowRequest asks which outputs the inputs of the resource at a path are made of, all of them. After it, nothing can be asked but more of its kind.
// The result is a [Flows].
type FlowRequest struct {
	Path []string `json:"path"`
}

// Flows are the strings in the inputs of a resource that are made of outputs.
type Flows struct {
	Flows []Flow `json:"flows"`
}

// Flow is a string in the inputs.
type Flow struct {
	At      []string `json:"at"`
	Outputs []Output `json:"outputs"`
}

// ManualRequest asks for the documentation of the options of the component at a path, or of a provider of it. The result is a
// [ManualResult].
type ManualRequest struct {
	Path     []string `json:"path"`
	Provider string   `json:"provider,omitempty"` // a name in its option providers
}

// ManualResult is documentation, as docs/ of the library makes it.
type ManualResult struct {
	Text json.RawMessage `json:"text,omitempty"`
	// Missing, when not nil, says that the path leads nowhere, and Providers, that there is no such provider but these.
	Missing   *Missing `json:"missing,omitempty"`
	Providers []string `json:"providers,omitempty"`
}

// TellRequest makes the outputs of a resource known. An output can be told once in a generation, or again with the same
// value. The result is {}.
type TellRequest struct {
	Path    []string                   `json:"path"`
	Outputs map[string]json.RawMessage `json:"outputs"`
	// Sensitive are names of outputs that are secrets. Their strings, and those made from them, are marked: see [Resource].Sensitive.
	Sensitive []string `json:"sensitive,omitempty"`
}

// RestartRequest starts a new generation: all outputs are forgotten and the root function is called again. Files that were read stay
// read. The result is {}.
type RestartRequest struct{}

// EvalRequest evaluates an expression with the names in scope that lines have at the root: see [LineRequest]. "root" is the root and "export" what its
// function returned. The result is an [EvalResult].
type EvalRequest struct {
	Expr    string `json:"expr"`
	Dir     string `json:"dir"`
	Strict  bool   `json:"strict,omitempty"`  // evaluate all of it
	JSON    bool   `json:"json,omitempty"`    // as JSON, not as Nix
	Secrets bool   `json:"secrets,omitempty"` // as JSON, write secrets out, and say where they are
}

// EvalResult is a printed value.
type EvalResult struct {
	Text      string     `json:"text"`
	Sensitive [][]string `json:"sensitive,omitempty"` // where there are strings that are made from secrets
}

// StatsRequest asks for a [Stats].
type StatsRequest struct{}

// Stats are counters of the evaluation so far, and the memory the process has taken from the system, in bytes.
type Stats struct {
	Thunks       int64  `json:"thunks"`
	Calls        int64  `json:"calls"`
	BuiltinCalls int64  `json:"builtinCalls"`
	Sets         int64  `json:"sets"`
	Files        int64  `json:"files"`
	Requests     int64  `json:"requests"`
	Memory       uint64 `json:"memory"`
}

// CancelRequest stops the request with that id, if it is not answered yet.
type CancelRequest struct {
	ID uint64 `json:"id"`
}

// message is one line from the process, as the client reads it.
type message struct {
	ID     uint64          `json:"id,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Needs  *NeedsError     `json:"needs,omitempty"`
	Error  *Error          `json:"error,omitempty"`
	Log    *string         `json:"log,omitempty"`
	Build  *nixstore.Event `json:"build,omitempty"`
}

// answer is the same line as the server writes it.
type answer struct {
	ID     uint64      `json:"id,omitempty"`
	Result any         `json:"result,omitempty"`
	Needs  *NeedsError `json:"needs,omitempty"`
	Error  *Error      `json:"error,omitempty"`
	Log    *string     `json:"log,omitempty"`

	Build *nixstore.Event `json:"build,omitempty"`
}

// encodeLine writes v as JSON on one line. Characters such as < stay as they are: what providers get and states keep comes by here.
func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return b.Bytes(), err
}

// NeedsError is the answer to a question that cannot be answered before some outputs are told.
type NeedsError struct {
	// What of the component at Path depends on them: "kind", "members", "type", "provider", "outputs", "state", "settings"; "" when it is
	// not about a component.
	What    string   `json:"what,omitempty"`
	Path    []string `json:"path,omitempty"`
	Outputs []Output `json:"outputs"`
}

// Error returns one line.
func (e *NeedsError) Error() string {
	var names []string
	for _, output := range e.Outputs {
		names = append(names, strings.Join(append(output.Path, output.Name), "."))
	}
	return fmt.Sprintf("this depends on %s, which is not known yet", strings.Join(names, ", "))
}

// Error is a failed evaluation, or a request that makes no sense.
type Error struct {
	Kind    string `json:"kind"`             // as eval.ErrorKind names it, or "request"
	Message string `json:"message"`          // what went wrong, with the position when there is one
	Trace   string `json:"trace,omitempty"`  // several lines for people, with excerpts and all callers
	Brief   string `json:"brief,omitempty"`  // the same without callers
	Advice  string `json:"advice,omitempty"` // what can be done about it
}

// Hint returns what can be done, or "".
func (e *Error) Hint() string { return e.Advice }

// Error returns one line.
func (e *Error) Error() string { return e.Message }
