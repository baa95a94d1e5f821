package fetch

// This file unpacks archives.

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// unpack unpacks an archive into the folder dir/tree, which it makes. One folder around everything is left out. The
// result is when the newest file in the archive was changed.
//
// Nothing is written outside of dir, whatever names and links the archive has.
func unpack(archive, dir string) (lastModified int64, err error) {
	in, err := os.Open(archive)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	full := filepath.Join(dir, "all")
	if err := os.Mkdir(full, 0o777); err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(full)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	u := &unpacker{root: root, limits: plenty}
	r := bufio.NewReaderSize(in, 1<<16)
	if head, _ := r.Peek(4); bytes.HasPrefix(head, []byte("PK")) {
		err = u.zip(in)
	} else {
		err = u.tar(r)
	}
	if err != nil {
		return 0, err
	}
	tree := filepath.Join(dir, "tree")
	entries, err := os.ReadDir(full)
	if err != nil {
		return 0, err
	}
	if len(entries) == 1 && entries[0].IsDir() {
		return u.newest, os.Rename(filepath.Join(full, entries[0].Name()), tree)
	}
	return u.newest, os.Rename(full, tree)
}

type unpacker struct {
	root   *os.Root
	newest int64
	limits limits // what is left of them
}

// limits bound what an archive may unpack to.
type limits struct{ entries, bytes int64 }

// plenty is far more than any source has, and less than what fills a disk unnoticed.
var plenty = limits{entries: 5_000_000, bytes: 32 << 30}

// maxLink is how long the target of a link may be, in bytes, as on Linux.
const maxLink = 4095

// count takes in one more entry.
func (u *unpacker) count() error {
	if u.limits.entries--; u.limits.entries < 0 {
		return errors.New("the archive has more entries than can be meant")
	}
	return nil
}

// copy writes the content of a file.
func (u *unpacker) copy(out io.Writer, content io.Reader) error {
	n, err := io.Copy(out, io.LimitReader(content, u.limits.bytes+1))
	if u.limits.bytes -= n; u.limits.bytes < 0 {
		return errors.New("the archive unpacks to more than can be meant")
	}
	return err
}

// decompress finds out how a stream is compressed, by its first bytes.
func decompress(r *bufio.Reader) (io.Reader, error) {
	head, _ := r.Peek(6) // a shorter stream is not compressed
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(r)
	case bytes.HasPrefix(head, []byte("BZh")):
		return bzip2.NewReader(r), nil
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return xz.NewReader(r)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	}
	return r, nil
}

func (u *unpacker) tar(r *bufio.Reader) error {
	plain, err := decompress(r)
	if err != nil {
		return err
	}
	if closer, ok := plain.(interface{ Close() }); ok {
		defer closer.Close() // the decoder of zstd has goroutines
	}
	t := tar.NewReader(plain)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is not an archive that can be unpacked: %w", err)
		}
		if err := u.tarEntry(t, h); err != nil {
			return fmt.Errorf("unpacking '%s': %w", h.Name, err)
		}
	}
}

func (u *unpacker) tarEntry(t *tar.Reader, h *tar.Header) error {
	name, err := entryName(h.Name)
	if err == nil {
		err = u.count()
	}
	if err != nil || name == "" {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		err = u.root.MkdirAll(name, 0o777)
	case tar.TypeReg:
		err = u.file(name, t, h.Mode&0o100 != 0)
	case tar.TypeSymlink:
		err = u.symlink(name, h.Linkname)
	case tar.TypeLink:
		err = u.link(name, h.Linkname)
	case tar.TypeXGlobalHeader:
		return nil
	default:
		return fmt.Errorf("a file of type '%c' cannot be in a tree", h.Typeflag)
	}
	u.newest = max(u.newest, h.ModTime.Unix())
	return err
}

func (u *unpacker) zip(in *os.File) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(in, info.Size())
	if err != nil {
		return fmt.Errorf("it is not an archive that can be unpacked: %w", err)
	}
	for _, f := range z.File {
		if err := u.zipEntry(f); err != nil {
			return fmt.Errorf("unpacking '%s': %w", f.Name, err)
		}
	}
	return nil
}

func (u *unpacker) zipEntry(f *zip.File) error {
	name, err := entryName(f.Name)
	if err == nil {
		err = u.count()
	}
	if err != nil || name == "" {
		return err
	}
	u.newest = max(u.newest, f.Modified.Unix())
	if f.Mode().IsDir() {
		return u.root.MkdirAll(name, 0o777)
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if f.Mode()&fs.ModeSymlink == 0 {
		return u.file(name, r, f.Mode()&0o100 != 0)
	}
	target, err := io.ReadAll(io.LimitReader(r, maxLink+1))
	if err == nil && len(target) > maxLink {
		err = errors.New("the target of the link is too long")
	}
	if err != nil {
		return err
	}
	return u.symlink(name, string(target))
}

// entryName is the name of an entry as a path below the root; empty for the root itself.
func entryName(name string) (string, error) {
	if strings.Contains(name, "\x00") {
		return "", errors.New("the name has a zero byte")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", errors.New("the name leads out of the archive")
		}
	}
	clean := strings.TrimPrefix(path.Clean("/"+name), "/")
	return clean, nil
}

// fresh makes room for an entry: the folder above it is there and nothing has its name. A later entry replaces an
// earlier one.
func (u *unpacker) fresh(name string) error {
	if dir := path.Dir(name); dir != "." {
		if err := u.root.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	}
	err := u.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (u *unpacker) file(name string, content io.Reader, executable bool) error {
	if err := u.fresh(name); err != nil {
		return err
	}
	mode := fs.FileMode(0o666)
	if executable {
		mode = 0o777
	}
	out, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	return errors.Join(u.copy(out, content), out.Close())
}

func (u *unpacker) symlink(name, target string) error {
	if err := u.fresh(name); err != nil {
		return err
	}
	return u.root.Symlink(target, name)
}

// link makes a copy of an earlier entry.
func (u *unpacker) link(name, target string) error {
	from, err := entryName(target)
	if err != nil {
		return err
	}
	info, err := u.root.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		to, err := u.root.Readlink(from)
		if err != nil {
			return err
		}
		return u.symlink(name, to)
	}
	in, err := u.root.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return u.file(name, in, info.Mode()&0o100 != 0)
}
