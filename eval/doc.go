// Package eval evaluates the Nix language: values, thunks, forcing, calls, errors and the core builtins.
//
// An [Evaluator] is one evaluation: it owns the symbol table, the parsed files and the cache of imports, and
// it is used by one goroutine at a time. [Evaluator.EvalFile] and [Evaluator.EvalString] give a [Value];
// [Evaluator.Force] brings one to weak head normal form. The yardstick is Nix 2.34: same values, same
// strictness, same printed form, same class of error.
//
// # From text to value
//
// Package syntax parses, package resolve turns names into (depth, slot), and the compile functions here turn
// each node once into a Go closure of type code that computes the node's value in a [frame]. There is no
// separate instruction set: a closure is specialised when it is made (a variable one frame out, a call
// with two arguments, a comparison of integers), so a common node costs one indirect call.
//
// # Thunks
//
// Laziness is a [Thunk]: a code and a frame, replaced by the value once forced. It is in one of four states:
//
//	suspended   code and frame are set
//	running     code is blackhole: forcing it again is infinite recursion
//	done        code is nil, the value is there and the frame is released
//	failed      code is a closure that returns the same error again (Nix 2.34 memoises failures)
//
// One kind of error is never memoised: [Needs], a resource output not known yet. Every thunk it passes
// through goes back to suspended, and evaluation asked for again later goes on from there.
//
// # Errors
//
// Functions return (Value, *Error) or (T, *Error). An [Error] is made where something is wrong; the callers it
// passes through add lines to its trace. Only its Kind may steer control flow.
//
// # What it does not do
//
// It does no IO of its own: files, environment, clock and store are reached through [IO] and [Store]. It
// knows nothing about resources except that a value may be one that "needs" something.
package eval
