package protocol

// This file names the operations, for describeResponse and for messages to people.

// Operation is one kind of request, by the name used in [DescribeResponse].
type Operation struct {
	Name      string // "create"
	Gerund    string // "creating": for error messages
	Request   string // kind of the request
	Response  string // kind of its response
	Extension bool   // not part of protocol v0
}

// Operations lists all operations, those of protocol v0 first. It returns a new slice.
func Operations() []Operation {
	return []Operation{
		{"create", "creating", "createResourceRequest", "createResourceResponse", false},
		{"update", "updating", "updateResourceRequest", "updateResourceResponse", false},
		{"stateRead", "reading state from", "stateResourceReadRequest", "stateResourceReadResponse", false},
		{"stateEvent", "recording state in", "stateResourceEvent", "stateResourceEventResponse", false},
		{"describe", "describing", "describeRequest", "describeResponse", true},
		{"destroy", "destroying", "destroyResourceRequest", "destroyResourceResponse", true},
		{"read", "reading", "readResourceRequest", "readResourceResponse", true},
		{"plan", "planning", "planResourceRequest", "planResourceResponse", true},
		{"import", "importing", "importResourceRequest", "importResourceResponse", true},
		{"callMethod", "calling a method of", "callMethodRequest", "callMethodResponse", true},
		{"stateSnapshot", "reading state from", "stateSnapshotRequest", "stateSnapshotResponse", true},
		{"stateEvents", "reading events from", "stateEventsRequest", "stateEventsResponse", true},
		{"stateAppend", "recording state in", "stateAppendRequest", "stateAppendResponse", true},
		{"stateLock", "locking", "stateLockRequest", "stateLockResponse", true},
		{"stateUnlock", "unlocking", "stateUnlockRequest", "stateUnlockResponse", true},
		{"stateHolder", "asking for the lock of", "stateHolderRequest", "stateHolderResponse", true},
		{"stateRepair", "repairing", "stateRepairRequest", "stateRepairResponse", true},
		{"stateCompact", "compacting", "stateCompactRequest", "stateCompactResponse", true},
	}
}

// OperationOf returns the operation that r asks for.
func OperationOf(r Request) Operation {
	for _, op := range Operations() {
		if op.Request == r.Kind() {
			return op
		}
	}
	panic("protocol: request kind " + r.Kind() + " is not in the table of operations")
}
