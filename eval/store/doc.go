// Package store computes what a Nix store would: hashes, archives, store paths, derivations and their outputs.
//
// Nothing here has a store. A path in the store is a function of what is in it, so `/nix/store/…` of a file, a
// text or an output of a derivation is known before anything is there; [Dir] makes such paths.
//
// The chain from a derivation to its outputs: [Derivation] is written as an ATerm; a hash of it with the
// outputs left out and every input derivation replaced by a hash of what it stands for gives the output paths;
// the ATerm with them gives the path of the .drv file.
//
// Archives use the wire format and hashes the base 32 of github.com/nix-community/go-nix. Its archive and ATerm
// packages are not used: the first takes a name such as "..data" for a way up, the second neither quotes nor
// unquotes the arguments of a builder.
package store
