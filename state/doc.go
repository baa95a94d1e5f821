// Package state defines what is remembered between runs and how it is stored.
//
// A [Document] holds the resources of a deployment, nested as its components are. It is the sum of a log of events: an [Event] is an RFC 6902
// [Patch] with metadata, and event 0 creates the empty document. [Document.PatchSet] and [Document.PatchRemove] make the patches, [Document.Apply]
// applies them; both cost what the change costs, not what the document costs.
//
// A [Store] keeps such a log. Appending states the index it follows, so that two writers can never both succeed: the slower one gets a
// [*ConflictError] and nothing is overwritten. A [Locker] keeps commands that change things from starting at the same time; it is politeness, the
// index is what correctness rests on. Before a provider is asked to do something that cannot be repeated, an event with an [Intent] is
// appended; an intent without an end tells the next run what may exist without being recorded.
//
// Backends are packages below this one: state/file (concatenated JSON documents in a file, the format of NixOps4's `state_file`), state/mem, and
// state/remote (a resource of some provider). Each passes state/statetest.
//
// The document is JSON and readers ignore keys they do not know: {"_type": "nixopsState", "resources": {NAME: {"type",
// "input_properties", "output_properties", …}}, "deployments": {NAME: {"resources", "deployments"}}}.
package state
