package state

// This file defines the keys of a resource that other programs ignore.

import (
	"encoding/json"
	"time"
)

// Optional keys of a resource in the document. Readers that do not know one keep it as it is.
const (
	KeyProvider     = "provider"     // the resource's `provider` attribute, to destroy it when it is not declared any more
	KeyDependencies = "dependencies" // list of paths (lists of names) of the resources it was made from, which outlive it
	KeyFormerly     = "formerly"     // list of paths that it had, under which others may still say that they depend on it
	KeyProtected    = "protected"    // true: must not be destroyed
	KeySensitive    = "sensitive"    // which inputs and outputs must not be shown: [Sensitive]
	KeyCreated      = "created_at"   // RFC 3339, set by [Journal]
	KeyUpdated      = "updated_at"   // RFC 3339, set by [Journal]
)

// Provider returns the provider as it was declared, or nil when it is not recorded.
func (r Resource) Provider() json.RawMessage { return r.Extra[KeyProvider] }

// Dependencies returns the paths of the resources that r was made from, as far as they are recorded.
func (r Resource) Dependencies() [][]string { return r.paths(KeyDependencies) }

// Formerly returns the paths that r had before it was moved to where it is.
func (r Resource) Formerly() [][]string { return r.paths(KeyFormerly) }

func (r Resource) paths(key string) [][]string {
	var paths [][]string
	_ = json.Unmarshal(r.Extra[key], &paths) // absent or somebody else's: none
	return paths
}

// Protected reports whether r must not be destroyed.
func (r Resource) Protected() bool { return string(r.Extra[KeyProtected]) == "true" }

// Sensitive says what of a resource must not be shown.
type Sensitive struct {
	Inputs     [][]string `json:"inputs,omitempty"`     // places: names of attributes and indices of lists, from an input on
	Outputs    []string   `json:"outputs,omitempty"`    // names
	ByProvider []string   `json:"byProvider,omitempty"` // those of them that the provider has said
}

// Sensitive returns what of r must not be shown; nothing when that is not recorded.
func (r Resource) Sensitive() Sensitive {
	var s Sensitive
	_ = json.Unmarshal(r.Extra[KeySensitive], &s) // absent or somebody else's: none
	return s
}

// Created returns when r was first recorded, or the zero time.
func (r Resource) Created() time.Time { return r.time(KeyCreated) }

// Updated returns when r was last recorded, or the zero time.
func (r Resource) Updated() time.Time { return r.time(KeyUpdated) }

func (r Resource) time(key string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, Meta(r.Extra).string(key))
	return t
}

// With returns r with an optional key set, or removed when value is nil. value must be encodable as JSON.
func (r Resource) With(key string, value any) Resource {
	extra := Meta{}.With(key, value)
	for other, text := range r.Extra {
		if other != key {
			extra[other] = text
		}
	}
	if value == nil {
		delete(extra, key)
	}
	r.Extra = extra
	return r
}
