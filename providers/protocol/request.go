package protocol

// This file defines the requests.

import "encoding/json"

// Request is one of the request types of this package, as a value, not a pointer.
type Request interface {
	// Kind is the message's key on the wire, such as "createResourceRequest".
	Kind() string
	// Subject is the type of the resource the request is about, or "" when it is about the provider.
	Subject() string
	request()
}

// Properties are the inputs or outputs of a resource by name. Values are kept as they were written, so that no number changes.
// A nil map is written as {}, unless the field is optional.
type Properties map[string]json.RawMessage

// Resource is a resource as it was last recorded.
type Resource struct {
	Type             string     `json:"type"`
	InputProperties  Properties `json:"inputProperties"`
	OutputProperties Properties `json:"outputProperties,omitzero"` // nil when not known; different from empty
}

// CreateResourceRequest asks to create a resource. IsStateful tells whether its outputs will be remembered.
type CreateResourceRequest struct {
	Type            string     `json:"type"`
	InputProperties Properties `json:"inputProperties"`
	IsStateful      bool       `json:"isStateful"`
}

// UpdateResourceRequest asks to change an existing resource so that it has InputProperties.
type UpdateResourceRequest struct {
	Resource        Resource   `json:"resource"`
	InputProperties Properties `json:"inputProperties"`
}

// StateResourceReadRequest asks a resource that stores state for the whole document.
type StateResourceReadRequest struct {
	Resource Resource `json:"resource"`
}

// StateResourceEvent asks a resource that stores state to record a change. Event names the operation ("create", …), Patch is
// an RFC 6902 patch (an array).
type StateResourceEvent struct {
	Resource      Resource        `json:"resource"`
	Event         string          `json:"event"`
	NixopsVersion string          `json:"nixopsVersion"`
	Patch         json.RawMessage `json:"patch"`
}

// DescribeRequest asks what the provider supports. It is an extension, like all that follow.
type DescribeRequest struct{}

// DestroyResourceRequest asks to remove the resource. It succeeds when there is nothing left to remove.
type DestroyResourceRequest struct {
	Resource Resource `json:"resource"`
}

// ReadResourceRequest asks for the resource as it is now. It changes nothing.
type ReadResourceRequest struct {
	Resource Resource `json:"resource"`
}

// PlanResourceRequest asks what creating (Resource is nil) or updating would do. It changes nothing.
type PlanResourceRequest struct {
	Type            string     `json:"type"`
	Resource        *Resource  `json:"resource,omitzero"`
	InputProperties Properties `json:"inputProperties"`
}

// ImportResourceRequest asks for an existing object by the name its resource type gives it. It changes nothing.
type ImportResourceRequest struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// CallMethodRequest asks to run an operation of the resource type other than the ones above.
type CallMethodRequest struct {
	Resource  Resource   `json:"resource"`
	Method    string     `json:"method"`
	Arguments Properties `json:"arguments"`
}

// StateSnapshotRequest asks for the state document together with the index the next event will have.
type StateSnapshotRequest struct {
	Resource Resource `json:"resource"`
}

// StateEventsRequest asks for the events from index From on.
type StateEventsRequest struct {
	Resource Resource `json:"resource"`
	From     uint64   `json:"from"`
}

// StateAppendRequest asks to append Events if the log's next index is ExpectedIndex, and if the lock with id Lock is still held, when given.
type StateAppendRequest struct {
	Resource      Resource   `json:"resource"`
	ExpectedIndex uint64     `json:"expectedIndex"`
	Events        []NewEvent `json:"events"`
	Lock          string     `json:"lock,omitzero"`
}

// NewEvent is an event that has no index yet. Meta holds at least "time" (RFC 3339); Patch is an RFC 6902 patch, possibly [].
type NewEvent struct {
	Meta  Properties      `json:"meta"`
	Patch json.RawMessage `json:"patch"`
}

// StateLockRequest asks to take the state's lock.
type StateLockRequest struct {
	Resource Resource `json:"resource"`
	Lock     Lock     `json:"lock"`
}

// StateUnlockRequest asks to release the lock with that id, whoever holds it.
type StateUnlockRequest struct {
	Resource Resource `json:"resource"`
	ID       string   `json:"id"`
}

// StateHolderRequest asks who holds the state's lock.
type StateHolderRequest struct {
	Resource Resource `json:"resource"`
}

// StateRepairRequest asks to cut an unfinished last event off a log that a crash has damaged, after keeping a copy.
type StateRepairRequest struct {
	Resource Resource `json:"resource"`
}

// StateCompactRequest asks to replace the log by one event that stands for it, after keeping a copy.
type StateCompactRequest struct {
	Resource Resource `json:"resource"`
}

// Lock says who holds a state's lock. Time is RFC 3339; PID is valid on Host since the boot BootID, for the process that was started
// at Started; Machine tells hosts of the same name apart. The last three are only compared, to see whether the holder still exists.
type Lock struct {
	ID      string `json:"id"`
	Holder  string `json:"holder"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Time    string `json:"time"`
	Command string `json:"command"`
	BootID  string `json:"bootId,omitzero"`
	Started string `json:"started,omitzero"`
	Machine string `json:"machine,omitzero"`
}

func (CreateResourceRequest) Kind() string    { return "createResourceRequest" }
func (UpdateResourceRequest) Kind() string    { return "updateResourceRequest" }
func (StateResourceReadRequest) Kind() string { return "stateResourceReadRequest" }
func (StateResourceEvent) Kind() string       { return "stateResourceEvent" }
func (DescribeRequest) Kind() string          { return "describeRequest" }
func (DestroyResourceRequest) Kind() string   { return "destroyResourceRequest" }
func (ReadResourceRequest) Kind() string      { return "readResourceRequest" }
func (PlanResourceRequest) Kind() string      { return "planResourceRequest" }
func (ImportResourceRequest) Kind() string    { return "importResourceRequest" }
func (CallMethodRequest) Kind() string        { return "callMethodRequest" }
func (StateSnapshotRequest) Kind() string     { return "stateSnapshotRequest" }
func (StateEventsRequest) Kind() string       { return "stateEventsRequest" }
func (StateAppendRequest) Kind() string       { return "stateAppendRequest" }
func (StateLockRequest) Kind() string         { return "stateLockRequest" }
func (StateUnlockRequest) Kind() string       { return "stateUnlockRequest" }
func (StateHolderRequest) Kind() string       { return "stateHolderRequest" }
func (StateRepairRequest) Kind() string       { return "stateRepairRequest" }
func (StateCompactRequest) Kind() string      { return "stateCompactRequest" }

func (r CreateResourceRequest) Subject() string    { return r.Type }
func (r UpdateResourceRequest) Subject() string    { return r.Resource.Type }
func (r StateResourceReadRequest) Subject() string { return r.Resource.Type }
func (r StateResourceEvent) Subject() string       { return r.Resource.Type }
func (DescribeRequest) Subject() string            { return "" }
func (r DestroyResourceRequest) Subject() string   { return r.Resource.Type }
func (r ReadResourceRequest) Subject() string      { return r.Resource.Type }
func (r PlanResourceRequest) Subject() string      { return r.Type }
func (r ImportResourceRequest) Subject() string    { return r.Type }
func (r CallMethodRequest) Subject() string        { return r.Resource.Type }
func (r StateSnapshotRequest) Subject() string     { return r.Resource.Type }
func (r StateEventsRequest) Subject() string       { return r.Resource.Type }
func (r StateAppendRequest) Subject() string       { return r.Resource.Type }
func (r StateLockRequest) Subject() string         { return r.Resource.Type }
func (r StateUnlockRequest) Subject() string       { return r.Resource.Type }
func (r StateHolderRequest) Subject() string       { return r.Resource.Type }
func (r StateRepairRequest) Subject() string       { return r.Resource.Type }
func (r StateCompactRequest) Subject() string      { return r.Resource.Type }

func (CreateResourceRequest) request()    {}
func (UpdateResourceRequest) request()    {}
func (StateResourceReadRequest) request() {}
func (StateResourceEvent) request()       {}
func (DescribeRequest) request()          {}
func (DestroyResourceRequest) request()   {}
func (ReadResourceRequest) request()      {}
func (PlanResourceRequest) request()      {}
func (ImportResourceRequest) request()    {}
func (CallMethodRequest) request()        {}
func (StateSnapshotRequest) request()     {}
func (StateEventsRequest) request()       {}
func (StateAppendRequest) request()       {}
func (StateLockRequest) request()         {}
func (StateUnlockRequest) request()       {}
func (StateHolderRequest) request()       {}
func (StateRepairRequest) request()       {}
func (StateCompactRequest) request()      {}
