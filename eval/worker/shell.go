package worker

// This file defines the messages of an interactive shell: lines that people type, evaluated in a scope that remembers.

import "encoding/json"

// LineRequest evaluates what somebody typed, with names of the root in scope: members, outputs, config, options, lib, providers, state, plan,
// and what earlier lines have bound. The result is a [LineResult].
//
// It is never answered by a [NeedsError]: the value of an output that is not known is shown as unknown, and listed.
type LineRequest struct {
	// One of them is set: an expression, or definitions such as "x = 1; inherit (y) z;".
	Expr     string `json:"expr,omitempty"`
	Bindings string `json:"bindings,omitempty"`
	// Dir is the absolute folder that relative paths start from.
	Dir string `json:"dir"`
	// At is the composite whose members, outputs and config are in scope.
	At []string `json:"at,omitempty"`
	// As is what is wanted of the value of an expression.
	As Form `json:"as,omitempty"`
	// Keep makes the value the last result, _ and _1; the one before becomes _2, and so on until _9.
	Keep bool `json:"keep,omitempty"`
	// KeepKnown is Keep, unless the value depends on outputs that are not known.
	KeepKnown bool `json:"keepKnown,omitempty"`
	// Strict evaluates all of the value, and fails when part of it does.
	Strict bool `json:"strict,omitempty"`
	// Layout says how it is printed.
	Layout Layout `json:"layout"`
}

// Form is what is wanted of a value.
type Form string

const (
	FormPrinted Form = ""        // for people, folded as Layout says
	FormJSON    Form = "json"    // as JSON, with null for what is unknown
	FormType    Form = "type"    // what kind of value it is
	FormNothing Form = "nothing" // only evaluated
)

// Layout says how values are printed. 0 means no bound, except for Width.
type Layout struct {
	Width  int  `json:"width,omitempty"`  // columns; 0 means 80
	Depth  int  `json:"depth,omitempty"`  // of nesting that is evaluated and shown
	Items  int  `json:"items,omitempty"`  // of each set or list
	Bytes  int  `json:"bytes,omitempty"`  // of each string
	Reveal bool `json:"reveal,omitempty"` // show secrets
	// Whole shows all of a component. Otherwise a set or list of components is a table, and one is shown in brief.
	Whole bool `json:"whole,omitempty"`
}

// LineResult is what came of a line.
type LineResult struct {
	Text  string   `json:"text,omitempty"`
	Names []string `json:"names,omitempty"` // that were bound, sorted
	// Unknown are the outputs that would have to be known to say more. One without a path is "state" or "plan", which
	// have to be given.
	Unknown []Output `json:"unknown,omitempty"`
	// Folded says that there is more than Text shows.
	Folded bool `json:"folded,omitempty"`
	// Members are the rows of a table that is the value; Text is "" then.
	Members []MemberRow `json:"members,omitempty"`
	// Kind is the type of the value, such as "set"; "" when it is unknown.
	Kind string `json:"kind,omitempty"`
}

// ReloadRequest loads the root again and begins a new generation. Files that have not changed are not read again; what lines have bound is kept. When the
// root cannot be loaded, the former one stays. The result is a [ReloadResult].
type ReloadRequest struct{}

// ReloadResult says what was read again.
type ReloadResult struct {
	Changed []string `json:"changed"` // files, sorted
	Kept    int      `json:"kept"`    // number of files that are as they were
	// Flake says that nothing was done, because the root is in a flake: that takes a new process.
	Flake bool `json:"flake,omitempty"`
}

// CompleteRequest asks for the names in the value of an expression, or in scope when it is "". The result is a [CompleteResult].
type CompleteRequest struct {
	Expr string   `json:"expr"`
	Dir  string   `json:"dir"`
	At   []string `json:"at,omitempty"`
}

// CompleteResult lists names.
type CompleteResult struct {
	Names []Candidate `json:"names"` // sorted by name
}

// Candidate is a name that may be typed.
type Candidate struct {
	Name string `json:"name"`
	// Preview is its value as far as it is evaluated already, in a few characters; "" when it is not.
	Preview string `json:"preview,omitempty"`
}

// GiveRequest makes a name of the scope a value that is made outside: "state" or "plan". Null takes it away. The result is {}.
type GiveRequest struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// DocRequest asks for the documentation of a builtin. The result is a [DocResult].
type DocRequest struct {
	Name string `json:"name"`
}

// DocResult is documentation in Markdown.
type DocResult struct {
	Text  string   `json:"text"`  // "" when there is no such builtin
	Names []string `json:"names"` // of all builtins, when there is none of that name
}
