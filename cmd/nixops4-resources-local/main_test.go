package main

import (
	"os"
	"testing"

	"nixops4/providers/providertest"
)

// asProgram makes the test binary the program under test.
const asProgram = "NIXOPS4_TEST_AS_RESOURCES_LOCAL"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestContract(t *testing.T) {
	t.Setenv(asProgram, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	providertest.Run(t, providertest.Config{
		Command: []string{self},
		Samples: func(*testing.T) []providertest.Sample {
			return []providertest.Sample{
				{Type: "memo", Inputs: `{"initialize_with":1}`, Updated: `{"initialize_with":2}`, Required: "initialize_with", Stateful: true, NeedState: true},
				{Type: "state_file", Inputs: `{"name":"` + dir + `/state.json"}`, Required: "name"},
			}
		},
	})
}
