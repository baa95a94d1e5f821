package nix

import (
	"testing"
)

func TestMaxMemoryVariable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{
		"0": 0, "1000": 1000, "512M": 512 << 20, "6G": 6 << 30, "1.5GiB": 3 << 29, "2GB": 2 << 30, "7K": 7 << 10, "1T": 1 << 40,
	} {
		if got, err := MaxMemory(func(string) string { return text }); err != nil || got != want {
			t.Errorf("%s: got %d and %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"x", "-1", "6 G", "G", "6i", "nan", "99999999999T", "1e9"} {
		want := `NIXOPS4_MAX_MEMORY is "` + text + `", but has to be a size such as 6G, or 0 for no bound`
		if _, err := MaxMemory(func(string) string { return text }); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if got, err := MaxMemory(func(string) string { return "" }); err != nil || got != physicalMemory()/4*3 {
		t.Errorf("without the variable: got %d and %v", got, err)
	}
}
