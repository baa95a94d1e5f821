package script

// This file is ctx.file.

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	startime "go.starlark.net/lib/time"
	"go.starlark.net/starlark"
)

func fileFunctions() []Function {
	return []Function{
		{"file.read", `path, default = None, secret = False`, `The content of a file as a string, or as a secret. Relative paths start from the project. An error when there is no such file, unless default is given, when it is
not UTF-8, or larger than 16 MB.`, false, fileRead},
		{"file.write", `path, content, mode = 0o644`, `Write a file atomically: others see the old content or the new one. content is a string, a secret or bytes; for a secret the mode is 0o600 unless it is given. Folders above it are made. Returns True
when the content was different.`, true, fileWrite},
		{"file.temp", `content = "", suffix = ""`, `The path of a new file that only this user can read, with the content, which may be a secret. It is removed when the operation ends.`, false, fileTemp},
		{"file.tempdir", ``, `The path of a new folder that only this user can use. It is removed with its content when the operation ends.`, false, fileTempdir},
		{"file.exists", `path`, `Whether there is a file or folder.`, false, fileExists},
		{"file.stat", `path`, `A value with the fields size (bytes), mode, modified (time.time) and kind: file, dir, link or other; None when there is nothing.`, false, fileStat},
		{"file.list", `path = "."`, `The names in a folder, in order.`, false, fileList},
		{"file.glob", `pattern`, `The paths that match, in order. * stands for any part of a name, ? for a character, [a-z] for one of several, ** for any number of folders.`, false, fileGlob},
		{"file.hash", `path, algorithm = "sha256"`, `The digest of a file in hexadecimal: sha256, sha512, sha1 or md5.`, false, fileHash},
		{"file.mkdir", `path`, `Make a folder, with those above it. No error when it is there.`, true, fileMkdir},
		{"file.copy", `source, destination`, `Copy a file, atomically, with its mode.`, true, fileCopy},
		{"file.move", `source, destination`, `Rename a file or folder.`, true, fileMove},
		{"file.remove", `path, recursive = False`, `Remove a file, or a folder with recursive = True. Returns whether there was something.`, true, fileRemove},
	}
}

// fileError words an error of the system with the path that the script used.
func fileError(path string, err error) error {
	var pathError *fs.PathError
	var link *os.LinkError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s", path)
	case errors.As(err, &pathError):
		err = pathError.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func fileRead(c *call) (starlark.Value, error) {
	var path string
	var fallback starlark.Value
	secret := false
	if err := c.unpack("path", &path, "default?", &fallback, "secret?", &secret); err != nil {
		return nil, err
	}
	content, err := c.readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fallback != nil:
		return fallback, nil
	case err != nil:
		return nil, err
	case secret:
		text := strings.TrimRight(content, "\r\n")
		c.run.mask.Add(text)
		return Secret{text}, nil
	}
	return starlark.String(content), nil
}

// readFile reads a file or, in a dry run, what would have been written there.
func (c *call) readFile(path string) (string, error) {
	file := c.run.world.Path(path)
	c.run.mu.Lock()
	content, dry := c.run.dryFiles[file]
	c.run.mu.Unlock()
	if dry {
		return content, nil
	}
	f, err := openFile(file)
	if err != nil {
		return "", &noFileError{fileError(path, err), err}
	}
	defer f.Close()
	limit := int64(c.run.limits.Output)
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return "", fileError(path, err)
	case int64(len(text)) > limit:
		return "", limitf("%s has more than %d bytes, which is the limit", path, limit)
	}
	return string(text), nil
}

// openFile opens a file to read it. Opening a pipe would wait for somebody to write to it, and nothing could stop that.
func openFile(file string) (*os.File, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	return os.Open(file)
}

var errNoFile = errors.New("it is not a file")

// noFileError has our words and the system's cause.
type noFileError struct{ words, cause error }

func (e *noFileError) Error() string { return e.words.Error() }
func (e *noFileError) Unwrap() error { return e.cause }

func fileWrite(c *call) (starlark.Value, error) {
	var path string
	var content starlark.Value
	mode := -1
	if err := c.unpack("path", &path, "content", &content, "mode?", &mode); err != nil {
		return nil, err
	}
	text, ok := textOf(content)
	if !ok {
		return nil, fmt.Errorf("content: want a string, a secret or bytes, got %s", content.Type())
	}
	if mode > 0o777 {
		return nil, fmt.Errorf("mode: want a number such as 0o644, got %d", mode)
	}
	if _, secret := content.(Secret); mode < 0 && secret {
		mode = 0o600
	} else if mode < 0 {
		mode = 0o644
	}
	file := c.run.world.Path(path)
	changed := !holds(file, text)
	if c.effect("file.write", fmt.Sprintf("write %d bytes to %s", len(text), path), starlark.String(path), content) {
		c.run.mu.Lock()
		c.run.dryFiles[file] = text
		c.run.mu.Unlock()
		return starlark.Bool(changed), nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return nil, fileError(path, err)
	}
	pending, err := newFile(file, fs.FileMode(mode))
	if err != nil {
		return nil, fileError(path, err)
	}
	defer pending.Cleanup() // does nothing once it has replaced the file
	if _, err := io.WriteString(pending, text); err != nil {
		return nil, fileError(path, err)
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return nil, fileError(path, err)
	}
	return starlark.Bool(changed), nil
}

// holds reports whether a file has a content.
func holds(file, text string) bool {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(text)) {
		return false
	}
	before, err := os.ReadFile(file)
	return err == nil && string(before) == text
}

// temporary makes a file or a folder that goes away at the end. A dry run makes them as well: nobody sees them.
func (c *call) temporary(make func(dir string) (string, error)) (string, error) {
	dir := ""
	if c.run.fake != nil {
		dir = c.run.fake.dir
	}
	path, err := make(dir)
	if err != nil {
		return "", err
	}
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	c.run.remove = append(c.run.remove, path)
	return c.run.shown(path), nil
}

func fileTemp(c *call) (starlark.Value, error) {
	var content starlark.Value = starlark.String("")
	suffix := ""
	if err := c.unpack("content?", &content, "suffix?", &suffix); err != nil {
		return nil, err
	}
	text, ok := textOf(content)
	if !ok {
		return nil, fmt.Errorf("content: want a string, a secret or bytes, got %s", content.Type())
	}
	if strings.ContainsAny(suffix, "/\x00*") {
		return nil, fmt.Errorf("suffix: %q cannot be the end of a name", suffix)
	}
	path, err := c.temporary(func(dir string) (string, error) {
		f, err := os.CreateTemp(dir, "nixops4-*"+suffix)
		if err != nil {
			return "", err
		}
		_, err = io.WriteString(f, text)
		return f.Name(), errors.Join(err, f.Close())
	})
	return starlark.String(path), err
}

func fileTempdir(c *call) (starlark.Value, error) {
	if err := c.unpack(); err != nil {
		return nil, err
	}
	path, err := c.temporary(func(dir string) (string, error) { return os.MkdirTemp(dir, "nixops4-*") })
	return starlark.String(path), err
}

// onePath reads the argument of functions that take only a path.
func (c *call) onePath() (shown, file string, err error) {
	err = c.unpack("path", &shown)
	return shown, c.run.world.Path(shown), err
}

func fileExists(c *call) (starlark.Value, error) {
	_, file, err := c.onePath()
	if err != nil {
		return nil, err
	}
	c.run.mu.Lock()
	_, dry := c.run.dryFiles[file]
	c.run.mu.Unlock()
	_, err = os.Lstat(file)
	return starlark.Bool(dry || err == nil), nil
}

func fileStat(c *call) (starlark.Value, error) {
	path, file, err := c.onePath()
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return starlark.None, nil
	case err != nil:
		return nil, fileError(path, err)
	}
	kind := "other"
	switch {
	case info.Mode().IsRegular():
		kind = "file"
	case info.IsDir():
		kind = "dir"
	case info.Mode()&fs.ModeSymlink != 0:
		kind = "link"
	}
	return newRecord("stat", "size", starlark.MakeInt64(info.Size()), "mode", starlark.MakeInt(int(info.Mode().Perm())), "modified", startime.Time(info.ModTime()), "kind", starlark.String(kind)), nil
}

func fileList(c *call) (starlark.Value, error) {
	path := "."
	if err := c.unpack("path?", &path); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(c.run.world.Path(path))
	if err != nil {
		return nil, fileError(path, err)
	}
	names := make([]starlark.Value, len(entries))
	for i, e := range entries {
		names[i] = starlark.String(e.Name())
	}
	return starlark.NewList(names), nil
}

func fileGlob(c *call) (starlark.Value, error) {
	var pattern string
	if err := c.unpack("pattern", &pattern); err != nil {
		return nil, err
	}
	found, err := c.glob(pattern)
	if err != nil {
		return nil, err
	}
	paths := make([]starlark.Value, len(found))
	for i, path := range found {
		paths[i] = starlark.String(path)
	}
	return starlark.NewList(paths), nil
}

// glob returns the matching paths, written as the pattern is.
func (c *call) glob(pattern string) ([]string, error) {
	before, after, deep := strings.Cut(pattern, "**/")
	if !deep {
		matches, err := filepath.Glob(c.run.world.Path(pattern))
		if err != nil {
			return nil, fmt.Errorf("%q is not a pattern", pattern)
		}
		for i, m := range matches {
			matches[i] = c.asWritten(m, pattern)
		}
		return matches, nil
	}
	var found []string
	start := c.run.world.Path(before)
	err := filepath.WalkDir(start, func(path string, d fs.DirEntry, err error) error {
		if reason := stopReason(c.ctx); reason != nil {
			return reason
		}
		if err != nil || d.IsDir() && path == start && after == "" {
			return nil // what cannot be read does not match
		}
		if ok, bad := filepath.Match(after, filepath.Base(path)); bad != nil {
			return fmt.Errorf("%q is not a pattern: after **/ want a pattern of a name", pattern)
		} else if ok && path != start {
			found = append(found, c.asWritten(path, pattern))
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

func (c *call) asWritten(file, pattern string) string {
	if filepath.IsAbs(pattern) {
		return c.run.shown(file)
	}
	if rel, err := filepath.Rel(c.run.world.Path(""), file); err == nil {
		return rel
	}
	return file
}

// shown is what a script calls a file; with fakes that is not where it is.
func (r *run) shown(file string) string {
	if r.fake != nil {
		if rest, ok := strings.CutPrefix(file, r.fake.dir); ok {
			return rest
		}
	}
	return file
}

func fileHash(c *call) (starlark.Value, error) {
	var path string
	algorithm := "sha256"
	if err := c.unpack("path", &path, "algorithm?", &algorithm); err != nil {
		return nil, err
	}
	algorithms := map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New, "md5": md5.New}
	make, ok := algorithms[algorithm]
	if !ok {
		return nil, fmt.Errorf("algorithm: want sha256, sha512, sha1 or md5, not %q", algorithm)
	}
	sum := make()
	c.run.mu.Lock()
	content, dry := c.run.dryFiles[c.run.world.Path(path)]
	c.run.mu.Unlock()
	if dry {
		sum.Write([]byte(content))
		return starlark.String(hex.EncodeToString(sum.Sum(nil))), nil
	}
	f, err := openFile(c.run.world.Path(path))
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	if _, err := io.Copy(sum, contextReader{c.ctx, f}); err != nil {
		return nil, fileError(path, err)
	}
	return starlark.String(hex.EncodeToString(sum.Sum(nil))), nil
}

func fileMkdir(c *call) (starlark.Value, error) {
	path, file, err := c.onePath()
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return starlark.None, nil
	}
	if c.effect("file.mkdir", "make the folder "+path, starlark.String(path)) {
		return starlark.None, nil
	}
	if err := os.MkdirAll(file, 0o777); err != nil {
		return nil, fileError(path, err)
	}
	return starlark.None, nil
}

func fileCopy(c *call) (starlark.Value, error) {
	var source, destination string
	if err := c.unpack("source", &source, "destination", &destination); err != nil {
		return nil, err
	}
	if c.effect("file.copy", fmt.Sprintf("copy %s to %s", source, destination), starlark.String(source), starlark.String(destination)) {
		return starlark.None, nil
	}
	from, err := openFile(c.run.world.Path(source))
	if err != nil {
		return nil, fileError(source, err)
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return nil, fileError(source, err)
	}
	to, err := newFile(c.run.world.Path(destination), info.Mode().Perm())
	if err != nil {
		return nil, fileError(destination, err)
	}
	defer to.Cleanup() // does nothing once it has replaced the file
	if _, err := io.Copy(to, contextReader{c.ctx, from}); err != nil {
		return nil, fileError(destination, err)
	}
	if err := to.CloseAtomicallyReplace(); err != nil {
		return nil, fileError(destination, err)
	}
	return starlark.None, nil
}

func fileMove(c *call) (starlark.Value, error) {
	var source, destination string
	if err := c.unpack("source", &source, "destination", &destination); err != nil {
		return nil, err
	}
	if c.effect("file.move", fmt.Sprintf("rename %s to %s", source, destination), starlark.String(source), starlark.String(destination)) {
		return starlark.None, nil
	}
	if err := os.Rename(c.run.world.Path(source), c.run.world.Path(destination)); err != nil {
		return nil, fileError(source, err)
	}
	return starlark.None, nil
}

func fileRemove(c *call) (starlark.Value, error) {
	var path string
	recursive := false
	if err := c.unpack("path", &path, "recursive?", &recursive); err != nil {
		return nil, err
	}
	file := c.run.world.Path(path)
	if recursive && (file == "/" || inside(c.run.world.Path(""), file)) {
		return nil, fmt.Errorf("%s holds the project; that is never removed", path)
	}
	_, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return starlark.False, nil
	}
	if c.effect("file.remove", "remove "+path, starlark.String(path)) {
		return starlark.True, nil
	}
	remove := os.Remove
	if recursive {
		remove = os.RemoveAll
	}
	if err := remove(file); err != nil {
		return nil, fileError(path, err)
	}
	return starlark.True, nil
}
