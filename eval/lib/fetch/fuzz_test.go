package fetch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzNetrc reads netrc files: words have no more than the file, and an entry is found only where its host is a word.
func FuzzNetrc(f *testing.F) {
	for _, text := range []string{"machine a login b password c", "default login x", "machine a\nmacdef m\n x\n\nmachine b password \"q\\\"r\"", `machine "`, "# machine a", "login x machine"} {
		f.Add(text, "a")
	}
	file := filepath.Join(f.TempDir(), "netrc")
	f.Fuzz(func(t *testing.T, text, host string) {
		total := 0
		for _, w := range netrcWords(text) {
			total += len(w)
		}
		if total > len(text) {
			t.Errorf("%d bytes of words in %d", total, len(text))
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Skip(err)
		}
		user, password, ok, err := netrcEntry(file, host)
		if err != nil {
			t.Fatal(err)
		}
		if !ok && (user != "" || password != "") {
			t.Errorf("%q %q of nobody", user, password)
		}
		if ok && !strings.Contains(text, "default") && !strings.Contains(text, "machine") && !strings.Contains(text, `\`) && !strings.Contains(text, `"`) {
			t.Error("found without a machine")
		}
	})
}

// FuzzPointer reads pointers of Git LFS: what is one has a whole hash.
func FuzzPointer(f *testing.F) {
	head := "version https://git-lfs.github.com/spec/v1\n"
	f.Add([]byte(head + "oid sha256:" + strings.Repeat("0f", 32) + "\nsize 12\n"))
	f.Add([]byte(head + "oid sha256:0\nsize -1\n"))
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, ok := parsePointer(text); ok && (len(p.OID) != 64 || p.Size < 0) {
			t.Errorf("%+v", p)
		}
	})
}
