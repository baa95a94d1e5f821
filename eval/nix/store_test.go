package nix_test

// This file is a store that only holds what evaluation made, for test suites that look into it.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nix-community/go-nix/pkg/nar"

	"nixops4/eval"
)

// A folderStore is a store in a folder. It builds nothing.
type folderStore string

var _ eval.Store = folderStore("")

func (s folderStore) Dir() string { return string(s) }

func (s folderStore) References(path string) ([]string, error) {
	_, err := os.Lstat(path)
	return nil, err
}

func (s folderStore) Realise(objects []eval.StoreObject, outputs []eval.DerivationOutput) (map[eval.DerivationOutput]string, error) {
	if len(outputs) > 0 {
		return nil, fmt.Errorf("building %s: this store cannot build", outputs[0])
	}
	for _, o := range objects {
		if _, err := os.Lstat(o.Path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := s.put(o); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (s folderStore) put(o eval.StoreObject) error {
	var b bytes.Buffer
	if err := o.Write(&b); err != nil {
		return err
	}
	if err := os.MkdirAll(string(s), 0o777); err != nil {
		return err
	}
	if o.Text {
		return os.WriteFile(o.Path, b.Bytes(), 0o444)
	}
	return unpack(&b, o.Path)
}

// unpack writes an archive to a path.
func unpack(r io.Reader, path string) error {
	archive, err := nar.NewReader(r)
	if err != nil {
		return err
	}
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return archive.Close()
		}
		if err != nil {
			return err
		}
		to := filepath.Join(path, h.Path)
		switch h.Type {
		case nar.TypeDirectory:
			err = os.Mkdir(to, 0o777)
		case nar.TypeSymlink:
			err = os.Symlink(h.LinkTarget, to)
		case nar.TypeRegular:
			var text []byte
			if text, err = io.ReadAll(archive); err == nil {
				mode := fs.FileMode(0o444)
				if h.Executable {
					mode = 0o555
				}
				err = os.WriteFile(to, text, mode)
			}
		}
		if err != nil {
			return err
		}
	}
}
