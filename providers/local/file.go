package local

// This file defines the type file.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"nixops4/providers/protocol"
	"nixops4/providers/sdk"
)

// fileIn are the inputs of file.
type fileIn struct {
	Name     string `json:"name"`
	Contents string `json:"contents"`
}

// fileOut are the outputs of file: none.
type fileOut struct{}

type existingFile = sdk.Existing[fileIn, fileOut]

func fileType() sdk.Type {
	return sdk.Resource[fileIn, fileOut]{
		Create: func(_ context.Context, in fileIn, stateful bool) (fileOut, error) {
			return fileOut{}, writeFile(in.Name, in.Contents, stateful)
		},
		Update: func(ctx context.Context, old existingFile, in fileIn) (fileOut, error) {
			err := writeFile(in.Name, in.Contents, true)
			if err != nil || old.Inputs.Name == "" || sameFile(old.Inputs.Name, in.Name) {
				return fileOut{}, err
			}
			return fileOut{}, removeFile(ctx, old.Inputs)
		},
		Destroy: func(ctx context.Context, old existingFile) error { return removeFile(ctx, old.Inputs) },
		Read: func(_ context.Context, old existingFile) (*sdk.Found[fileIn, fileOut], error) {
			found, err := readFile(old.Inputs.Name)
			if errors.Is(err, errNoContents) { // it is there, and what went into it is as recorded
				return &sdk.Found[fileIn, fileOut]{}, nil
			}
			return found, err
		},
		Plan: planFile,
		Import: func(_ context.Context, id string) (sdk.Found[fileIn, fileOut], error) {
			found, err := readFile(id)
			if err == nil && found == nil {
				err = fmt.Errorf("there is no file %q", id)
			}
			if err != nil {
				return sdk.Found[fileIn, fileOut]{}, err
			}
			return *found, nil
		},
	}
}

func planFile(_ context.Context, old *existingFile, in fileIn) (protocol.PlanResourceResponse, error) {
	p := protocol.PlanResourceResponse{Action: protocol.ActionNone}
	switch {
	case old == nil:
		p.Action = protocol.ActionCreate
	case !sameFile(old.Inputs.Name, in.Name):
		p.Action, p.Reasons = protocol.ActionReplace, []string{"name"}
	case old.Inputs.Name != in.Name: // to replace it could remove what was just written
		p.Action, p.Reasons = protocol.ActionUpdate, []string{"name"}
	case old.Inputs.Contents != in.Contents:
		p.Action, p.Reasons = protocol.ActionUpdate, []string{"contents"}
	}
	return p, nil
}

// sameFile reports whether two names lead to the same file, also when there is none yet.
func sameFile(a, b string) bool {
	return a == b || a != "" && b != "" && target(a) == target(b)
}

// maxLinks is how many symbolic links are followed, as the kernel does.
const maxLinks = 40

// target follows the symbolic links of a name, also where they lead to nothing, and returns an absolute path.
func target(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return filepath.Clean(name)
	}
	for range maxLinks {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			path = filepath.Join(dir, filepath.Base(path))
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New(`input "name" is empty`)
	case strings.ContainsRune(name, 0):
		return errors.New(`input "name" contains a zero byte`)
	}
	return nil
}

// writeFile makes the file have the contents. A regular file is replaced in one step, so that nobody ever reads half of it; it keeps its mode.
// A file that cannot be replaced without changing what it is (a device, a pipe, one with several names, one of another owner, one in a folder
// that may not be written to, one that is mounted) is written in place. One that has the contents already is left alone. durable also waits for the disk.
func writeFile(name, contents string, durable bool) error {
	if err := checkName(name); err != nil {
		return err
	}
	path := name
	if info, err := os.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		path = target(name) // the link stays one
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return explainWrite(name, replaceFile(path, contents, nil, durable))
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory", name)
	case !info.Mode().IsRegular():
		return writeInPlace(path, contents, false)
	}
	if same(path, contents, info) {
		return nil
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return writeInPlace(path, contents, durable)
	}
	err = replaceFile(path, contents, info, durable)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY) {
		err = writeInPlace(path, contents, durable)
	}
	return explainWrite(name, err)
}

// explainWrite names the folder that is missing, or else the file, and not the one that was to become it.
func explainWrite(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		dir := filepath.Dir(name)
		if _, statErr := os.Stat(dir); statErr == nil { // name is a link into another directory
			dir = filepath.Dir(target(name))
		}
		return fmt.Errorf("writing %s: the directory %s does not exist", name, dir)
	}
	if at := new(fs.PathError); errors.As(err, &at) {
		return fmt.Errorf("writing %s: %w", name, at.Err)
	}
	return err
}

// same reports whether the file has the contents already.
func same(path, contents string, info fs.FileInfo) bool {
	if info.Size() != int64(len(contents)) {
		return false
	}
	now, err := os.ReadFile(path)
	return err == nil && string(now) == contents
}

// replaceFile writes a new file beside path and renames it. old is what is there now, or nil.
func replaceFile(path, contents string, old fs.FileInfo, durable bool) error {
	f, err := newFileBeside(path)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	_, err = f.WriteString(contents)
	if err == nil && old != nil {
		err = takeMetadata(f, old)
	}
	if err == nil && durable {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil && durable {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// newFileBeside creates a file in path's folder with the permissions any new file gets (os.CreateTemp would make it private).
func newFileBeside(path string) (*os.File, error) {
	for n := 0; ; n++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d-%d.tmp", startOf(filepath.Base(path)), os.Getpid(), n))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// startOf leaves room in a name, of which file systems allow 255 bytes.
func startOf(name string) string { return strings.ToValidUTF8(name[:min(len(name), 200)], "") }

// takeMetadata gives f the owner, group and mode of old. An error that wraps fs.ErrPermission says that f may not have them.
func takeMetadata(f *os.File, old fs.FileInfo) error {
	if st, ok := old.Sys().(*syscall.Stat_t); ok {
		if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(old.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky))
}

func writeInPlace(path, contents string, durable bool) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(contents)
	if err == nil && durable {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// isGone reports whether there is no such file, also when its folder has become a file.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

// removeFile removes the file that was written, if it is there.
func removeFile(ctx context.Context, in fileIn) error {
	info, err := os.Lstat(in.Name)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a directory now; it is not removed", in.Name)
	}
	if info.Mode().IsRegular() && !same(in.Name, in.Contents, info) {
		sdk.Logf(ctx, "removing %s, although somebody has changed it", in.Name)
	}
	return os.Remove(in.Name)
}

// errNoContents is about a file that gives back something else than was written to it.
var errNoContents = errors.New("is a pipe, a socket or a device, which has no contents")

// readFile returns the file as it is, or nil.
func readFile(name string) (*sdk.Found[fileIn, fileOut], error) {
	info, err := os.Stat(name)
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", name)
	}
	if !info.Mode().IsRegular() { // reading it may take for ever
		return nil, fmt.Errorf("%s %w", name, errNoContents)
	}
	contents, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(contents) {
		return nil, fmt.Errorf("the contents of %s are not UTF-8, so they cannot be an input", name)
	}
	return &sdk.Found[fileIn, fileOut]{Inputs: &fileIn{name, string(contents)}}, nil
}
