package protocol

// This file defines the responses.

import "encoding/json"

// Response is one of the response types of this package, as a value, not a pointer.
type Response interface {
	// Kind is the message's key on the wire, such as "createResourceResponse".
	Kind() string
	response()
}

// CreateResourceResponse holds the outputs of a created resource. SensitiveOutputs are the names of those that are secrets; it is an extension.
type CreateResourceResponse struct {
	OutputProperties Properties `json:"outputProperties"`
	SensitiveOutputs []string   `json:"sensitiveOutputs,omitzero"`
}

// UpdateResourceResponse holds the outputs of an updated resource. SensitiveOutputs is as for creating.
type UpdateResourceResponse struct {
	OutputProperties Properties `json:"outputProperties"`
	SensitiveOutputs []string   `json:"sensitiveOutputs,omitzero"`
}

// StateResourceReadResponse holds the state document (an object).
type StateResourceReadResponse struct {
	State json.RawMessage `json:"state"`
}

// StateResourceEventResponse says that the event is recorded durably.
type StateResourceEventResponse struct{}

// ErrorResponse says that the request failed. Message is for the user. Without HalfDone nothing was done that would have to be remembered; with it
// something may exist or be changed, and has to be looked into. HalfDone is an extension.
type ErrorResponse struct {
	Message  string `json:"message"`
	HalfDone bool   `json:"halfDone,omitzero"`
}

// DescribeResponse says what the provider supports. Operations are names of [Operations]; a resource type
// without operations of its own has those of the provider.
type DescribeResponse struct {
	Name          string                  `json:"name,omitzero"`
	Version       string                  `json:"version,omitzero"`
	Operations    []string                `json:"operations"`
	ResourceTypes map[string]ResourceType `json:"resourceTypes,omitzero"`
}

// ResourceType describes one resource type of a provider.
type ResourceType struct {
	Operations    []string `json:"operations,omitzero"`
	RequireState  bool     `json:"requireState,omitzero"`
	Inputs        []string `json:"inputs,omitzero"`
	Outputs       []string `json:"outputs,omitzero"`
	Methods       []string `json:"methods,omitzero"`
	ReplaceInputs []string `json:"replaceInputs,omitzero"` // inputs whose change means a replacement
}

// DestroyResourceResponse says that the resource does not exist any more.
type DestroyResourceResponse struct{}

// ReadResourceResponse is the resource as it is now, or Gone. InputProperties is nil when the inputs cannot be seen in the real object.
type ReadResourceResponse struct {
	OutputProperties Properties `json:"outputProperties,omitzero"`
	InputProperties  Properties `json:"inputProperties,omitzero"`
	Gone             bool       `json:"gone,omitzero"`
}

// The actions of a [PlanResourceResponse].
const (
	ActionCreate  = "create"
	ActionNone    = "none"
	ActionUpdate  = "update"
	ActionReplace = "replace"
)

// PlanResourceResponse says what would be done. OutputProperties are outputs that are known to hold afterwards, Unknown names those that are not.
type PlanResourceResponse struct {
	Action           string     `json:"action"`
	OutputProperties Properties `json:"outputProperties,omitzero"`
	Unknown          []string   `json:"unknown,omitzero"`
	Reasons          []string   `json:"reasons,omitzero"`
}

// ImportResourceResponse describes the object found: the inputs that would make it, and its outputs.
type ImportResourceResponse struct {
	InputProperties  Properties `json:"inputProperties"`
	OutputProperties Properties `json:"outputProperties"`
}

// CallMethodResponse holds a method's result, and the resource's outputs when the method changed them.
type CallMethodResponse struct {
	Result           json.RawMessage `json:"result"`
	OutputProperties Properties      `json:"outputProperties,omitzero"`
}

// StateSnapshotResponse holds the state document (an object) and the index the next event will have, or says that there is no state yet.
type StateSnapshotResponse struct {
	State     json.RawMessage   `json:"state,omitzero"`
	NextIndex uint64            `json:"nextIndex,omitzero"`
	Intents   []json.RawMessage `json:"intents,omitzero"` // declared in the log and not ended
	Missing   bool              `json:"missing,omitzero"`
}

// Event is a recorded event.
type Event struct {
	Index uint64          `json:"index"`
	Meta  Properties      `json:"meta"`
	Patch json.RawMessage `json:"patch"`
}

// StateEventsResponse holds events in order, or says that there is no state yet.
type StateEventsResponse struct {
	Events  []Event `json:"events,omitzero"`
	Missing bool    `json:"missing,omitzero"`
}

// StateAppendResponse holds the index the next event will have. When Conflict, LockLost or Missing is set, nothing was appended.
type StateAppendResponse struct {
	NextIndex uint64 `json:"nextIndex,omitzero"`
	Conflict  bool   `json:"conflict,omitzero"`
	LockLost  bool   `json:"lockLost,omitzero"`
	Missing   bool   `json:"missing,omitzero"`
}

// StateLockResponse says that the lock is taken, or who holds it.
type StateLockResponse struct {
	Held *Lock `json:"held,omitzero"`
}

// StateUnlockResponse says that the lock is released, or that it was not there.
type StateUnlockResponse struct {
	Missing bool `json:"missing,omitzero"`
}

// StateHolderResponse says who holds the lock, if somebody does.
type StateHolderResponse struct {
	Held *Lock `json:"held,omitzero"`
}

// StateRepairResponse says that the log is good now. Copy names the copy that was kept, "" when there was nothing to do. Cut is in bytes.
type StateRepairResponse struct {
	Copy string `json:"copy,omitzero"`
	Cut  int64  `json:"cut,omitzero"`
}

// StateCompactResponse says that the log is compacted. Copy names the copy that was kept.
type StateCompactResponse struct {
	Copy string `json:"copy,omitzero"`
}

func (CreateResourceResponse) Kind() string     { return "createResourceResponse" }
func (UpdateResourceResponse) Kind() string     { return "updateResourceResponse" }
func (StateResourceReadResponse) Kind() string  { return "stateResourceReadResponse" }
func (StateResourceEventResponse) Kind() string { return "stateResourceEventResponse" }
func (ErrorResponse) Kind() string              { return "errorResponse" }
func (DescribeResponse) Kind() string           { return "describeResponse" }
func (DestroyResourceResponse) Kind() string    { return "destroyResourceResponse" }
func (ReadResourceResponse) Kind() string       { return "readResourceResponse" }
func (PlanResourceResponse) Kind() string       { return "planResourceResponse" }
func (ImportResourceResponse) Kind() string     { return "importResourceResponse" }
func (CallMethodResponse) Kind() string         { return "callMethodResponse" }
func (StateSnapshotResponse) Kind() string      { return "stateSnapshotResponse" }
func (StateEventsResponse) Kind() string        { return "stateEventsResponse" }
func (StateAppendResponse) Kind() string        { return "stateAppendResponse" }
func (StateLockResponse) Kind() string          { return "stateLockResponse" }
func (StateUnlockResponse) Kind() string        { return "stateUnlockResponse" }
func (StateHolderResponse) Kind() string        { return "stateHolderResponse" }
func (StateRepairResponse) Kind() string        { return "stateRepairResponse" }
func (StateCompactResponse) Kind() string       { return "stateCompactResponse" }

func (CreateResourceResponse) response()     {}
func (UpdateResourceResponse) response()     {}
func (StateResourceReadResponse) response()  {}
func (StateResourceEventResponse) response() {}
func (ErrorResponse) response()              {}
func (DescribeResponse) response()           {}
func (DestroyResourceResponse) response()    {}
func (ReadResourceResponse) response()       {}
func (PlanResourceResponse) response()       {}
func (ImportResourceResponse) response()     {}
func (CallMethodResponse) response()         {}
func (StateSnapshotResponse) response()      {}
func (StateEventsResponse) response()        {}
func (StateAppendResponse) response()        {}
func (StateLockResponse) response()          {}
func (StateUnlockResponse) response()        {}
func (StateHolderResponse) response()        {}
func (StateRepairResponse) response()        {}
func (StateCompactResponse) response()       {}
