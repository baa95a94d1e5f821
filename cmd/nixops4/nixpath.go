package main

// This file finds the search path of an installation of Nix, for those who have one.

import (
	"os"
	"path/filepath"
)

const rootChannels = "/nix/var/nix/profiles/per-user/root/channels"

// defaultSearchPath returns what Nix takes in place of NIX_PATH when that is not set, even to nothing: the channels of the user and of
// root, as far as they exist.
func defaultSearchPath(lookupEnv func(string) (string, bool)) []string {
	if _, set := lookupEnv("NIX_PATH"); set {
		return nil
	}
	var entries []string
	add := func(prefix, path string) {
		if _, err := os.Stat(path); err == nil {
			entries = append(entries, prefix+path)
		}
	}
	if home, ok := lookupEnv("HOME"); ok {
		add("", filepath.Join(home, ".nix-defexpr/channels"))
	}
	add("nixpkgs=", filepath.Join(rootChannels, "nixpkgs"))
	add("", rootChannels)
	return entries
}
