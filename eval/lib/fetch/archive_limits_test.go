package fetch

import (
	"archive/zip"
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped makes an archive of files, by name and content.
func zipped(t *testing.T, files ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f[0], Method: zip.Deflate}
		if link, ok := strings.CutPrefix(f[1], "-> "); ok {
			h.SetMode(os.ModeSymlink | 0o777)
			f[1] = link
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestArchiveLimits unpacks what is larger than it may be, and zip archives that lead out of the folder.
func TestArchiveLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file   string
		limits limits
		want   string
	}{
		"small enough":      {zipped(t, [2]string{"a", "1234"}, [2]string{"b", "56"}), limits{2, 6}, ""},
		"too many":          {zipped(t, [2]string{"a", ""}, [2]string{"b", ""}, [2]string{"c", ""}), limits{2, 6}, "unpacking 'c': the archive has more entries than can be meant"},
		"too large":         {zipped(t, [2]string{"a", "1234"}, [2]string{"b", "567"}), limits{2, 6}, "unpacking 'b': the archive unpacks to more than can be meant"},
		"bomb":              {zipped(t, [2]string{"a", strings.Repeat("0", 1<<20)}), limits{2, 1000}, "unpacking 'a': the archive unpacks to more than can be meant"},
		"two dots":          {zipped(t, [2]string{"a/../../b", ""}), plenty, "the name leads out of the archive"},
		"absolute":          {zipped(t, [2]string{"/etc/a", "1"}), plenty, ""},
		"through a link":    {zipped(t, [2]string{"l", "-> /tmp"}, [2]string{"l/evil", "x"}), plenty, "unpacking 'l/evil': "},
		"link that is long": {zipped(t, [2]string{"l", "-> " + strings.Repeat("x", maxLink+1)}), plenty, "unpacking 'l': the target of the link is too long"},
	} {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(c.file)
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{root: root, limits: c.limits}
		err = u.zip(in)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		in.Close()
		root.Close()
	}
	// Compressed archives count as what they unpack to.
	u := &unpacker{limits: limits{1, 10}}
	if err := u.copy(&bytes.Buffer{}, bufio.NewReader(strings.NewReader(strings.Repeat("x", 11)))); err == nil {
		t.Error("11 bytes of 10 were let through")
	}
}
