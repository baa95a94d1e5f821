// Package oracle makes random Nix expressions, to compare this evaluator with the real Nix.
//
// A [Generator] writes expressions that are well formed and mostly well typed, from a fixed set of names, so that
// two evaluators that see the same texts number the names alike. The comparison itself is a test of this package
// with the build tag oracle:
//
//	NIXOPS4_NIX=/path/to/nix/bin go test -tags oracle ./eval/oracle
package oracle
