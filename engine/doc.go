// Package engine finds out what a deployment consists of, and makes it so.
//
// It works on a [Config], an abstract source of components; engine/nixconfig is the one that evaluates Nix. A [Run] walks
// the components that are selected: a composite leads to its members, a resource to its inputs. Whatever evaluation asks
// for on the way, be it an input, which members there are, or whether a member is a resource at all, names outputs of other
// resources; those are done first, told to the Config, and the question is asked again. So dependencies are not
// declared anywhere, they appear, and structure may depend on outputs. package graph does the waiting.
//
// [Run.Plan] and [Run.Apply] are two such walks. For each resource one [plan.Item] is decided from its inputs and what state has. Planning goes on past
// outputs that are not known, and carries out nothing. Applying decides again, now with all inputs known, compares that with the plan, announces it as a
// [Planned] event, and carries it out. At the end goes what states have and nobody declares ([Run.PlanDestroy]: all that they have), dependents first.
//
// A state is read once, after the resource that keeps it is applied. What a provider is about to be asked is recorded before as an intent, and what came of it
// right after, so that state holds everything done so far whatever happens to the others; an intent without an end is found by the next plan.
//
// Outputs may be secrets: [SensitiveOutputs]. They are told to the Config as such, which says what is made from them. Items hold them as they are; the JSON form of an
// item, [plan.Item.Masked] and [plan.Recorded.Masked] do not show them, and [RedactEvent] and [Redact] take them out of logs and errors with the help of
// Options.Secrets, which learns every secret that the run meets ([Learn] does the same for a record that is read elsewhere).
//
// All that happens is told as an [Event] to one function. How it looks is the matter of engine/view.
//
// The engine asks resources' providers through providers.Client and keeps state through package state; it starts no
// process itself, knows no Nix, and prints nothing.
package engine
