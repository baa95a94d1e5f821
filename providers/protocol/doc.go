// Package protocol defines the messages between NixOps4 and a resource provider: types only, this comment is the specification.
//
// # Process
//
// A provider is a program. NixOps4 starts it as the resource's `provider = { type = "stdio"; executable; args; }` says, in the
// current directory of the user, with the user's environment, in a session of its own (so without a terminal).
// Standard input carries requests, standard output responses. Standard error is the provider's log: each
// line is shown to the user with the path of the resource at work, and the last lines are repeated when a request fails.
//
// A provider serves requests until its standard input ends, then exits with status 0. One that answers a single
// request and exits is served too: NixOps4 starts it again for the next one.
//
// # Messages
//
// A message is one JSON value (RFC 8259, UTF-8) on one line that ends with a newline. Each request is answered by exactly
// one response, and the next request comes only after it; parallel work is done by several processes of the same provider.
// A message is an object with exactly one key, its kind, over the message's own object. Examples of all are at the end.
//
// Numbers are arbitrary: neither side may change an integer of any size or a float by decoding it, unless the resource type says so.
// A provider refuses a request with a key it does not know, and an input property its resource type does not have. Keys
// that are not known in a response are ignored.
//
// # Protocol v0
//
// These are the messages every provider and every NixOps4 know. A resource type implements create, and update if it can be stateful;
// the state operations are only for resources that store state.
//
//	createResourceRequest    {type, inputProperties, isStateful}  → createResourceResponse      {outputProperties}
//	updateResourceRequest    {resource, inputProperties}          → updateResourceResponse      {outputProperties}
//	stateResourceReadRequest {resource}                           → stateResourceReadResponse   {state}
//	stateResourceEvent       {resource, event, nixopsVersion, patch} → stateResourceEventResponse {}
//	any                                                           → errorResponse               {message}
//
// where resource is {type, inputProperties, outputProperties?}, the resource as it was last recorded, and patch is an RFC 6902 JSON
// Patch to the state document. isStateful tells whether the outputs will be remembered; a type that needs that answers errorResponse when it is false.
// A response to create or update may list in sensitiveOutputs the names of outputs that are secrets, which is an extension.
// An errorResponse means that the operation failed and that its message is for the user. The provider goes on serving. When it has done
// something that would have to be remembered nevertheless, such as create an object and fail to set it up, it says so by the further key halfDone: true, which is
// an extension: NixOps4 then lists the operation as unfinished until it is looked into.
//
// # Extensions
//
// A provider may know more requests. NixOps4 sends describeRequest before the first of them, and then only what the answer lists. A provider
// that does not know describeRequest, or any other extension, may answer errorResponse or close its standard output: both mean "not supported".
//
//	describeRequest        {}                                 → describeResponse        {operations, name?, version?, resourceTypes?}
//	destroyResourceRequest {resource}                         → destroyResourceResponse {}
//	readResourceRequest    {resource}                         → readResourceResponse    {outputProperties, inputProperties?} or {gone: true}
//	planResourceRequest    {type, resource?, inputProperties} → planResourceResponse    {action, outputProperties?, unknown?, reasons?}
//	importResourceRequest  {type, id}                         → importResourceResponse  {inputProperties, outputProperties}
//	callMethodRequest      {resource, method, arguments}      → callMethodResponse      {result, outputProperties?}
//
// Destroying and reading are idempotent: to destroy what does not exist succeeds. In a read, inputProperties are those found in the real
// object, given where they can differ from the recorded ones. A plan's action is "create", "none", "update" or "replace"; outputProperties are
// the outputs known to hold afterwards, unknown names those that are known only after it; reasons are input names or sentences.
//
// For resources that store state:
//
//	stateSnapshotRequest {resource}                               → stateSnapshotResponse {state, nextIndex, intents?} or {missing: true}
//	stateEventsRequest   {resource, from}                         → stateEventsResponse   {events} or {missing: true}
//	stateAppendRequest   {resource, expectedIndex, events, lock?} → stateAppendResponse   {nextIndex}, {conflict: true, nextIndex},
//	                                                                                      {lockLost: true} or {missing: true}
//	stateLockRequest     {resource, lock}                         → stateLockResponse     {} or {held: lock}
//	stateUnlockRequest   {resource, id}                           → stateUnlockResponse   {} or {missing: true}
//	stateHolderRequest   {resource}                               → stateHolderResponse   {} or {held: lock}
//	stateRepairRequest   {resource}                               → stateRepairResponse   {copy?, cut?}
//	stateCompactRequest  {resource}                               → stateCompactResponse  {copy?}
//
// An event is {index, meta, patch}, in stateAppendRequest without index; meta is an object with at least "time". Events are appended in order and
// durably, and only if the log's next index is expectedIndex; otherwise the answer is a conflict with the index found and nothing is appended. Nor is it when
// lock is given and the lock with that ID is not held any more. missing says that no state was created yet. intents are the values of "intent" in
// the events' meta that no later event's "ended" lists. A lock is {id, holder, host, pid, time, command, bootId?, started?,
// machine?}; the last three only serve to see whether the process that holds it still exists.
// Repairing cuts off a last event that a crash left unfinished, compacting puts one event in the place of all; both first keep
// a copy, and an index stays what it was. The copy's name is for the user.
//
// # Examples
//
// One of each message, requests followed by their responses.
//
//	{"createResourceRequest":{"type":"vm","inputProperties":{"name":"web","disk":18446744073709551616},"isStateful":true}}
//	{"createResourceResponse":{"outputProperties":{"id":"vm-12w94ty8","price":1.10}}}
//	{"updateResourceRequest":{"resource":{"type":"vm","inputProperties":{"name":"web"},"outputProperties":{"id":"vm-12w94ty8"}},"inputProperties":{"name":"db"}}}
//	{"updateResourceResponse":{"outputProperties":{"id":"vm-12w94ty8"}}}
//	{"stateResourceReadRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}}}}
//	{"stateResourceReadResponse":{"state":{"_type":"nixopsState","resources":{},"deployments":{}}}}
//	{"stateResourceEvent":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"},"outputProperties":{}},"event":"destroy","nixopsVersion":"0.1.0","patch":[{"op":"remove","path":"/resources/web"}]}}
//	{"stateResourceEventResponse":{}}
//	{"errorResponse":{"message":"quota of 5 machines exceeded"}}
//	{"errorResponse":{"message":"vm-12w94ty8 was created, but did not start","halfDone":true}}
//
//	{"describeRequest":{}}
//	{"describeResponse":{"name":"cloud","version":"1.2","operations":["create","update","destroy"],"resourceTypes":{"vm":{"operations":["create","destroy"],"requireState":true,"inputs":["name"],"outputs":["id"],"methods":["reboot"],"replaceInputs":["name"]}}}}
//	{"destroyResourceRequest":{"resource":{"type":"vm","inputProperties":{"name":"web"},"outputProperties":{"id":"vm-12w94ty8"}}}}
//	{"destroyResourceResponse":{}}
//	{"readResourceRequest":{"resource":{"type":"vm","inputProperties":{"name":"web"},"outputProperties":{"id":"vm-12w94ty8"}}}}
//	{"readResourceResponse":{"outputProperties":{"id":"vm-12w94ty8"},"inputProperties":{"name":"web-renamed"}}}
//	{"readResourceResponse":{"gone":true}}
//	{"planResourceRequest":{"type":"vm","resource":{"type":"vm","inputProperties":{"name":"web"},"outputProperties":{"id":"vm-12w94ty8"}},"inputProperties":{"name":"db"}}}
//	{"planResourceResponse":{"action":"replace","outputProperties":{"zone":"a"},"unknown":["id"],"reasons":["name"]}}
//	{"importResourceRequest":{"type":"vm","id":"vm-12w94ty8"}}
//	{"importResourceResponse":{"inputProperties":{"name":"web"},"outputProperties":{"id":"vm-12w94ty8"}}}
//	{"callMethodRequest":{"resource":{"type":"vm","inputProperties":{"name":"web"},"outputProperties":{"id":"vm-12w94ty8"}},"method":"reboot","arguments":{"hard":true}}}
//	{"callMethodResponse":{"result":null,"outputProperties":{"id":"vm-12w94ty8"}}}
//
//	{"stateSnapshotRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}}}}
//	{"stateSnapshotResponse":{"state":{"_type":"nixopsState","resources":{},"deployments":{}},"nextIndex":7,"intents":[{"id":"op-1","op":"create","path":["web"],"type":"vm"}]}}
//	{"stateEventsRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}},"from":6}}
//	{"stateEventsResponse":{"events":[{"index":6,"meta":{"time":"2026-01-02T03:04:05Z","event":"destroy"},"patch":[{"op":"remove","path":"/resources/web"}]}]}}
//	{"stateAppendRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}},"expectedIndex":7,"events":[{"meta":{"time":"2026-01-02T03:04:05Z"},"patch":[]}],"lock":"lock-1"}}
//	{"stateAppendResponse":{"nextIndex":8}}
//	{"stateAppendResponse":{"nextIndex":9,"conflict":true}}
//	{"stateLockRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}},"lock":{"id":"lock-1","holder":"alice","host":"laptop","pid":42,"time":"2026-01-02T03:04:05Z","command":"nixops4 apply"}}}
//	{"stateLockResponse":{}}
//	{"stateLockResponse":{"held":{"id":"lock-0","holder":"bob","host":"desk","pid":7,"time":"2026-01-02T03:04:05Z","command":"nixops4 destroy","bootId":"9f86d081","started":"4711","machine":"d4735e3a"}}}
//	{"stateUnlockRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}},"id":"lock-1"}}
//	{"stateUnlockResponse":{"missing":true}}
//	{"stateHolderRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}}}}
//	{"stateHolderResponse":{}}
//	{"stateRepairRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}}}}
//	{"stateRepairResponse":{"copy":"state.json.damaged-20260102T030405Z","cut":117}}
//	{"stateCompactRequest":{"resource":{"type":"state_file","inputProperties":{"name":"state.json"}}}}
//	{"stateCompactResponse":{"copy":"state.json.full-20260102T030405Z"}}
package protocol
