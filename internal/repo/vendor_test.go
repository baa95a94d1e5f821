package repo_test

// This file checks the hash of the dependencies that package.nix pins.

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-community/go-nix/pkg/nar"
)

// TestVendorHash compares the file vendor-hash with what Nix's buildGoModule will find. It needs all modules, perhaps from the network,
// so it runs only when NIXOPS4_VENDOR=1, as in .ci/run. NIXOPS4_UPDATE=1 writes the file.
func TestVendorHash(t *testing.T) {
	t.Parallel()
	if os.Getenv("NIXOPS4_VENDOR") != "1" {
		t.Skip("NIXOPS4_VENDOR is not 1")
	}
	vendor := filepath.Join(t.TempDir(), "vendor")
	cmd := exec.Command("go", "mod", "vendor", "-o", vendor)
	cmd.Dir = rootDir(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go mod vendor: %v\n%s", err, out)
	}
	hash := sha256.New()
	if err := nar.DumpPath(hash, vendor); err != nil {
		t.Fatal(err)
	}
	got := "sha256-" + base64.StdEncoding.EncodeToString(hash.Sum(nil))
	file := filepath.Join(rootDir(t), "vendor-hash")
	if os.Getenv("NIXOPS4_UPDATE") == "1" {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(want)) != got {
		t.Errorf("vendor-hash is %s, but the dependencies hash to %s", want, got)
	}
}
