package nix

// This file knows the experimental features of Nix.

import "slices"

// features are those of Nix 2.34. Most of them are not about the language, so that it makes no difference whether they are on.
var features = []string{
	"auto-allocate-uids", "blake3-hashes", "ca-derivations", "cgroups", "configurable-impure-env", "daemon-trust-override",
	"dynamic-derivations", "external-builders", "fetch-closure", "fetch-tree", "flakes", "git-hashing", "impure-derivations",
	"local-overlay-store", "mounted-ssh-store", "nix-command", "parse-toml-timestamps", "pipe-operators", "read-only-local-store",
	"recursive-nix", "verified-fetches",
}

// KnownFeature says that Nix has an experimental feature of that name.
func KnownFeature(name string) bool { return slices.Contains(features, name) }
