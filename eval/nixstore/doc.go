// Package nixstore lets evaluation use the store of an installed Nix: to put derivations and sources there, and to
// build.
//
// [Find] finds the programs of Nix; a [Store] is an [eval.Store] that works through them. Objects go to
// `nix-daemon --stdio`, which speaks the protocol of the Nix daemon whether or not there is one, and which takes what is
// addressed by its content from anybody. Outputs are built by `nix-store --realise`.
//
// Nothing here knows how a store is made: no file below the store's folder is written by this package.
package nixstore
