package local

// This file puts the resource types together.

import (
	"nixops4/providers/sdk"
	"nixops4/state"
	"nixops4/state/file"
)

// Provider returns the provider. Each call returns one with caches of its own. version is what it says when it describes itself.
func Provider(version string) sdk.Provider {
	return sdk.Provider{
		Name:    "local",
		Version: version,
		Types: map[string]sdk.Type{
			"file":       fileType(),
			"exec":       execType(),
			"memo":       memoType(),
			"state_file": stateFileType(),
		},
	}
}

// stateFileIn are the inputs of state_file.
type stateFileIn struct {
	Name string `json:"name"`
}

func stateFileType() sdk.Type {
	return sdk.NewStateResource(func(in stateFileIn) (state.Store, error) {
		if err := checkName(in.Name); err != nil {
			return nil, err
		}
		return file.Open(in.Name), nil
	})
}
