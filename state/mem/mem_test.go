package mem_test

import (
	"testing"

	"nixops4/state"
	"nixops4/state/mem"
	"nixops4/state/statetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(*testing.T) func() state.Store {
		s := mem.New()
		return func() state.Store { return s }
	})
}
