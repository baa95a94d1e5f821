package worker

// This file decides about the settings that flakes have for Nix.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nixops4/eval/lib/fetch"
)

// harmless are settings that Nix takes from every flake. The one about lock files counts here too, the others are about other programs.
var harmless = []string{"bash-prompt", "bash-prompt-prefix", "bash-prompt-suffix", "flake-registry", "commit-lock-file-summary", "commit-lockfile-summary"}

// useSettings hands the settings of a flake that are trusted to the Nix that builds, and says which are not. Those are trusted that
// the user accepts for this run, or has accepted for Nix before.
func (e *evaluation) useSettings(settings []fetch.Setting, accept bool) {
	known := trustedSettings(e.settings.IO.Getenv)
	trusted := map[string]string{}
	var ignored []string
	for _, s := range settings {
		switch answer, asked := known[s.Name][s.Value]; {
		case slices.Contains(harmless, strings.TrimPrefix(s.Name, "extra-")):
		case accept || answer:
			trusted[s.Name] = s.Value
		case !asked:
			ignored = append(ignored, s.Name)
		}
	}
	if len(ignored) > 0 {
		e.log("warning: ignoring the untrusted settings of the flake's nixConfig: " + strings.Join(ignored, ", ") + "; --accept-flake-config uses them for what Nix builds")
	}
	if store, ok := e.store.(interface{ Configure(map[string]string) }); ok && len(trusted) > 0 {
		store.Configure(trusted)
	}
}

// trustedSettings are the answers that Nix remembers, by setting and value.
func trustedSettings(getenv func(string) string) map[string]map[string]bool {
	dir := getenv("XDG_DATA_HOME")
	if dir == "" {
		dir = filepath.Join(getenv("HOME"), ".local/share")
	}
	var known map[string]map[string]bool
	text, err := os.ReadFile(filepath.Join(dir, "nix", "trusted-settings.json"))
	if err != nil || json.Unmarshal(text, &known) != nil {
		return nil // nothing was accepted
	}
	return known
}
