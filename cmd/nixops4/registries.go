package main

// This file finds the registries of flakes.

import (
	"path/filepath"

	"nixops4/eval/lib/fetch"
)

// registryVariable names a path or URL to use in place of the registry that all have in common; empty means none.
const registryVariable = "NIXOPS4_FLAKE_REGISTRY"

// flakeRegistries are the user's registry, the machine's, and the one that all have in common, where Nix has them.
func flakeRegistries(lookupEnv func(string) (string, bool), conf nixConf) []fetch.Registry {
	if conf["use-registries"] == "false" {
		return nil
	}
	var registries []fetch.Registry
	if config := configDir(lookupEnv); config != "" {
		registries = append(registries, fetch.Registry{Place: filepath.Join(config, "nix", "registry.json"), Own: true})
	}
	registries = append(registries, fetch.Registry{Place: "/etc/nix/registry.json", Own: true})
	common, ok := lookupEnv(registryVariable)
	if configured, set := conf["flake-registry"]; !ok && set {
		common = configured
	} else if !ok {
		common = fetch.DefaultRegistry
	}
	if common != "" {
		registries = append(registries, fetch.Registry{Place: common})
	}
	return registries
}
