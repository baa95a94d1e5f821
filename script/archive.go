package script

// This file is ctx.archive: tar files, compressed with gzip when the name says so.

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"
)

func archiveFunctions() []Function {
	return []Function{
		{"archive.create", `path, sources, base = "."`, `Write a tar file, atomically, with the files and folders sources, a list of paths below the folder base. A name that ends in .gz or .tgz is compressed.`, true, archiveCreate},
		{"archive.extract", `path, destination`, `Unpack a tar file into a folder, which is made. Files that would be outside of it are an error, before anything of them is written; links and devices are, too.`, true, archiveExtract},
		{"archive.list", `path`, `The names in a tar file.`, false, archiveList},
	}
}

// contextReader stops reading when the context is done.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if reason := stopReason(r.ctx); reason != nil {
		return 0, reason
	}
	return r.r.Read(p)
}

func compressed(path string) bool {
	return strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".tgz")
}

func archiveCreate(c *call) (starlark.Value, error) {
	var path string
	var sources starlark.Value
	base := "."
	if err := c.unpack("path", &path, "sources", &sources, "base?", &base); err != nil {
		return nil, err
	}
	names, err := stringList("sources", sources)
	if err != nil {
		return nil, err
	}
	if c.effect("archive.create", fmt.Sprintf("write the archive %s with %s", path, strings.Join(names, ", ")), starlark.String(path), sources) {
		return starlark.None, nil
	}
	pending, err := newFile(c.run.world.Path(path), 0o600)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer pending.Cleanup() // does nothing once it has replaced the file
	var out io.Writer = pending
	var zipped *gzip.Writer
	if compressed(path) {
		zipped = gzip.NewWriter(pending)
		out = zipped
	}
	archive := tar.NewWriter(out)
	folder := c.run.world.Path(base)
	for _, name := range names {
		source := absolute(name, folder)
		if !inside(source, folder) {
			return nil, fmt.Errorf("%s is not below %s", name, base)
		}
		if err := addTree(c.ctx, archive, folder, source); err != nil {
			return nil, fileError(name, err)
		}
	}
	err = archive.Close()
	if zipped != nil {
		err = errors.Join(err, zipped.Close())
	}
	if err == nil {
		err = pending.CloseAtomicallyReplace()
	}
	if err != nil {
		return nil, fileError(path, err)
	}
	return starlark.None, nil
}

func addTree(ctx context.Context, archive *tar.Writer, base, source string) error {
	return filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if reason := stopReason(ctx); reason != nil {
			return reason
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() && !info.IsDir() {
			return nil // links, sockets and devices have no place in a backup that unpacks anywhere
		}
		header, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		if header.Name, err = filepath.Rel(base, path); err != nil {
			return err
		}
		if info.IsDir() {
			header.Name += "/"
		}
		if err := archive.WriteHeader(header); err != nil || info.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(archive, contextReader{ctx, f})
		return err
	})
}

// eachEntry calls f for all entries of a tar file.
func (c *call) eachEntry(path string, f func(*tar.Header, io.Reader) error) error {
	file, err := openFile(c.run.world.Path(path))
	if err != nil {
		return fileError(path, err)
	}
	defer file.Close()
	var in io.Reader = contextReader{c.ctx, file}
	if compressed(path) {
		zipped, err := gzip.NewReader(in)
		if err != nil {
			return fileError(path, err)
		}
		defer zipped.Close()
		in = zipped
	}
	archive := tar.NewReader(in)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fileError(path, err)
		}
		if err := f(header, archive); err != nil {
			return err
		}
	}
}

func archiveExtract(c *call) (starlark.Value, error) {
	var path, destination string
	if err := c.unpack("path", &path, "destination", &destination); err != nil {
		return nil, err
	}
	check := func(h *tar.Header, _ io.Reader) error {
		switch {
		case !filepath.IsLocal(strings.TrimSuffix(h.Name, "/")) && h.Name != "./":
			return fmt.Errorf("%s: %q would be outside of %s", path, h.Name, destination)
		case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir:
			return fmt.Errorf("%s: %q is neither a file nor a folder", path, h.Name)
		}
		return nil
	}
	if err := c.eachEntry(path, check); err != nil {
		return nil, err
	}
	if c.effect("archive.extract", fmt.Sprintf("unpack %s into %s", path, destination), starlark.String(path), starlark.String(destination)) {
		return starlark.None, nil
	}
	folder := c.run.world.Path(destination)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fileError(destination, err)
	}
	// The folder is opened as a root, so that a link in it cannot lead a file elsewhere.
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fileError(destination, err)
	}
	defer root.Close()
	return starlark.None, c.eachEntry(path, func(h *tar.Header, content io.Reader) error { return unpack(root, h, content) })
}

func unpack(root *os.Root, h *tar.Header, content io.Reader) error {
	name := filepath.Clean(h.Name)
	mode := fs.FileMode(h.Mode).Perm()
	if h.Typeflag == tar.TypeDir {
		return root.MkdirAll(name, mode|0o700)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

func archiveList(c *call) (starlark.Value, error) {
	var path string
	if err := c.unpack("path", &path); err != nil {
		return nil, err
	}
	var names []starlark.Value
	err := c.eachEntry(path, func(h *tar.Header, _ io.Reader) error {
		names = append(names, starlark.String(h.Name))
		return nil
	})
	return starlark.NewList(names), err
}
