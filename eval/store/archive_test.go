package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/nix-community/go-nix/pkg/nar"
)

// files is a tree in memory. Links are files with that mode and their target as content.
type files struct{ tree fstest.MapFS }

func name(file string) string {
	if file == "/" {
		return "."
	}
	return file[1:]
}

func (f files) ReadFile(file string) ([]byte, error) { return f.tree.ReadFile(name(file)) }

// ReadDir lists in no good order.
func (f files) ReadDir(file string) ([]DirEntry, error) {
	entries, err := f.tree.ReadDir(name(file))
	out := make([]DirEntry, len(entries))
	for i, e := range entries {
		out[len(out)-1-i] = DirEntry{Name: e.Name()}
	}
	return out, err
}

func (f files) Lstat(file string) (FileType, error) {
	info, err := f.tree.Lstat(name(file))
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return Directory, nil
	case info.Mode()&fs.ModeSymlink != 0:
		return Symlink, nil
	case info.Mode().IsRegular():
		return Regular, nil
	}
	return Unknown, nil
}

func (f files) Executable(file string) (bool, error) {
	info, err := f.tree.Lstat(name(file))
	return err == nil && info.Mode()&0o100 != 0, err
}

func (f files) ReadLink(file string) (string, error) { return f.tree.ReadLink(name(file)) }

var tree = files{fstest.MapFS{
	"t/b":          {Data: []byte("text of b")},
	"t/a/deep":     {Data: nil},
	"t/a-b":        {Data: []byte("12345678")},
	"t/..data":     {Data: []byte("a name like a way up")},
	"t/run":        {Data: []byte("#!/bin/sh"), Mode: 0o755},
	"t/link":       {Data: []byte("a/deep"), Mode: fs.ModeSymlink},
	"t/empty":      {Mode: fs.ModeDir},
	"other/socket": {Mode: fs.ModeSocket},
}}

// read lists an archive.
func read(t *testing.T, archive io.Reader) []string {
	t.Helper()
	r, err := nar.NewReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s %q %s %v", h.Path, h.Type, text, h.LinkTarget, h.Executable))
	}
}

func TestWriteArchive(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteArchive(&b, tree, "/t", nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`/ directory ""  false`, `/..data regular "a name like a way up"  false`, `/a directory ""  false`,
		`/a/deep regular ""  false`, `/a-b regular "12345678"  false`, `/b regular "text of b"  false`,
		`/empty directory ""  false`, `/link symlink "" a/deep false`, `/run regular "#!/bin/sh"  true`,
	}
	if got := read(t, &b); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriteArchiveKeep(t *testing.T) {
	t.Parallel()
	var asked []string
	var b bytes.Buffer
	err := WriteArchive(&b, tree, "/t", func(p string) (bool, error) {
		asked = append(asked, path.Base(p))
		return p != "/t/a", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"..data", "a", "a-b", "b", "empty", "link", "run"}; !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
	refused := errors.New("refused")
	err = WriteArchive(io.Discard, tree, "/t", func(string) (bool, error) { return false, refused })
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the filter", err)
	}
}

func TestWriteArchiveErrors(t *testing.T) {
	t.Parallel()
	for root, want := range map[string]string{
		"/other": "file '/other/socket' has an unsupported type",
		"/nope":  "lstat nope: file does not exist",
	} {
		if err := WriteArchive(io.Discard, tree, root, nil); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", root, err, want)
		}
	}
}
