package remote_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"nixops4/providers"
	"nixops4/providers/local"
	"nixops4/providers/protocol"
	"nixops4/providers/sdk"
	"nixops4/state"
	"nixops4/state/remote"
	"nixops4/state/statetest"
)

const asLocal = "NIXOPS4_TEST_AS_LOCAL_PROVIDER"

func TestMain(m *testing.M) {
	if os.Getenv(asLocal) != "" {
		os.Exit(sdk.Main(context.Background(), local.Provider("test")))
	}
	os.Exit(m.Run())
}

func TestContract(t *testing.T) {
	t.Parallel()
	client := providers.New(providers.Options{
		Builtin: func(string) (string, []string, error) {
			self, err := os.Executable()
			return self, nil, err
		},
		Env: append(os.Environ(), asLocal+"=1", "GORACE=atexit_sleep_ms=0"),
		Log: func(l providers.LogLine) { t.Log(l.Text) },
	})
	t.Cleanup(client.Close)
	statetest.Run(t, func(t *testing.T) func() state.Store {
		name, err := json.Marshal(filepath.Join(t.TempDir(), "state.json"))
		if err != nil {
			t.Fatal(err)
		}
		return func() state.Store {
			s := remote.Open(client.Provider(providers.Spec{Executable: "builtin:local"}, "store"), protocol.Resource{
				Type: "state_file", InputProperties: protocol.Properties{"name": name},
			})
			t.Cleanup(func() { s.Close() })
			return s
		}
	})
}
