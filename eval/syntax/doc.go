// Package syntax turns Nix source text into a tree and back.
//
// [Parse] reads one [Source] of a [Files] and returns its [Expr]. The language is that of Nix 2.34, to the
// letter where the reference is peculiar: 1/2 is a path, x:x is a string, {a.b = 1;} and {a = {b = 1;};}
// are the same set, and a name "or" may be an argument.
//
// The scanner works by itself: it keeps a stack of modes (expression, string, indented string, path) that
// only its own tokens change, so the parser never tells it what to expect. The parser is a recursive
// descent parser with one token of lookahead; it merges nested attribute definitions while it reads them.
//
// Errors are [*Error] values with the wording of Nix, including what was expected. [Files.Excerpt] renders
// the lines around a position and serves errors at run time too. Nesting is bounded by [MaxDepth], both for
// the text and for the height of the tree, so that neither the parser nor a recursive consumer of the tree
// can exhaust the stack.
//
// [Print] writes a tree the way nix-instantiate --parse does, which loses a little (floats are rounded);
// [Format] writes text that parses to the same tree.
//
// The package knows nothing about scopes: undefined variables are found by package resolve.
package syntax
