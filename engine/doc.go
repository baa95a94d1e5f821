// Package engine finds out what a deployment consists of, and makes it so.
//
// It works on a [Config], an abstract source of components; engine/nixconfig is the one that evaluates Nix. [Apply] walks
// the components that are selected: a composite leads to its members, a resource to its inputs. Whatever evaluation asks
// for on the way, be it an input, which members there are, or whether a member is a resource at all, names outputs of other
// resources; those are applied first, told to the Config, and the question is asked again. So dependencies are not
// declared anywhere, they appear, and structure may depend on outputs. package graph does the waiting.
//
// For each resource one [plan.Item] is decided from its inputs and what state has, announced as a [Planned] event, and
// carried out, or nothing is done when state has it as declared. A state is read once, after the resource that
// keeps it is applied, and is appended to as each resource is done, so that it holds everything done so far whatever
// happens to the others.
//
// All that happens is told as an [Event] to one function. How it looks is the matter of engine/view.
//
// The engine asks resources' providers through providers.Client and keeps state through package state; it starts no
// process itself, knows no Nix, and prints nothing.
package engine
