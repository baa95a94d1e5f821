package file_test

import (
	"path/filepath"
	"testing"

	"nixops4/state"
	"nixops4/state/file"
	"nixops4/state/statetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(t *testing.T) func() state.Store {
		path := filepath.Join(t.TempDir(), "state.json")
		return func() state.Store { return file.Open(path) }
	})
}
