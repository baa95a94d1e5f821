// Package repl is the interactive shell: people look at a deployment, step through its plan and apply single resources, and evaluate Nix
// beside it.
//
// [Run] reads statements and carries them out, in a [Project], which is what the command gives it: the root, an evaluator, providers and states.
// A statement is an expression, definitions, or a command that starts with a colon; all commands are in the table of commands.go. Statements
// come from a terminal, with line editing, or from anything else, one result after the other (see [Options]).
//
// Expressions are evaluated by the evaluator's process (package worker), which keeps what was bound. When one needs an output that is not known,
// the shell looks it up in the state that remembers the resource, tells it, and asks again; so only what is looked at is evaluated and read. What
// changes something is planned and carried out by package engine; nothing of that is done here in another way. The lock of a
// state is held while a step is carried out, and never while the shell waits for its user.
//
// Operations and Starlark are those of package script, in the same evaluator; what a typed script does to the deployment goes the way of commands.
package repl
