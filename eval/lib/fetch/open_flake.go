package fetch

// This file opens flakes: fetches them, reads their lock files and calls them.

import (
	"errors"
	"io/fs"
	"path/filepath"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
)

// OpenFlake is the value of the flake behind a reference, with its outputs, as getFlake gives it.
func (f *Fetcher) OpenFlake(m *eval.Evaluator, ref *flake.Ref, opts LockOptions) (eval.Value, *eval.Error) {
	file, err := f.flakeAt(m, ref, nil, false)
	if err != nil {
		return eval.Value{}, err
	}
	old, err := readLock(m, file.at)
	if err != nil {
		return eval.Value{}, err
	}
	if opts.Settings != nil && len(file.config) > 0 {
		opts.Settings(file.config)
	}
	l := &locker{
		f: f, m: m, opts: opts, overrides: map[string]override{}, given: map[string]bool{}, used: map[string]bool{}, seen: map[string]bool{},
		places: map[*flake.Node]place{},
	}
	lock, err := l.lock(file, old)
	if err != nil {
		err.Trace = append(err.Trace, eval.TraceLine{Msg: "while updating the lock file of flake '" + file.locked.String() + "'", Custom: true})
		return eval.Value{}, err
	}
	dirty := false
	if !lock.Equal(old) {
		written, err := f.save(m, ref, file, old, lock, opts)
		if err != nil {
			return eval.Value{}, err
		}
		dirty = !written && !opts.Write
		if written {
			// The tree has another lock file now.
			f.forget(ref.Input)
			if file, err = f.flakeAt(m, ref, nil, false); err != nil {
				return eval.Value{}, err
			}
			l.places[lock.Root] = file.at
		}
	}
	return f.callFlake(m, lock, l.places, dirty)
}

// flakeAt fetches and reads a flake. above is the path of inputs to it; limited says which registries count.
func (f *Fetcher) flakeAt(m *eval.Evaluator, ref *flake.Ref, above []string, limited bool) (*flakeFile, *eval.Error) {
	at, locked, err := f.fetchRef(m, ref, limited)
	if err != nil {
		return nil, err
	}
	file, err := readFlake(m, ref.String(), at, above)
	if err != nil {
		return nil, err
	}
	file.locked = locked
	if len(file.self) == 0 {
		return file, nil
	}
	again := &flake.Ref{Input: ref.Input.Clone(), Dir: ref.Dir}
	for name, v := range file.self {
		if name != "submodules" && name != "lfs" {
			return nil, eval.Errorf(eval.Other, "flake 'self' attribute '%s' is not supported", name)
		}
		again.Input[name] = v
	}
	delete(again.Input, "narHash") // it is that of the tree without them
	if again.Equal(ref) {
		return file, nil
	}
	if at, locked, err = f.fetchRef(m, again, limited); err != nil {
		return nil, err
	}
	if file, err = readFlake(m, ref.String(), at, above); err != nil {
		return nil, err
	}
	file.locked = locked
	return file, nil
}

// fetchRef fetches the tree behind a reference. limited leaves out what a user's own registry says.
func (f *Fetcher) fetchRef(m *eval.Evaluator, ref *flake.Ref, limited bool) (place, *flake.Ref, *eval.Error) {
	resolved, err := f.resolve(m.Context(), ref, limited)
	if err != nil {
		return place{}, nil, failed(err)
	}
	url, err := flake.InputURL(resolved.Input)
	if err != nil {
		return place{}, nil, failed(err)
	}
	if err := f.check(url); err != nil {
		return place{}, nil, err
	}
	if resolved.IsRelative() {
		return place{}, nil, eval.Errorf(eval.Other, "cannot fetch input '%s' because it uses a relative path", url)
	}
	in, err := f.input(m.Context(), resolved.Input, m.Log)
	if err != nil {
		return place{}, nil, failed(err)
	}
	out, err2 := f.addTree(m, "source", in.tree)
	if err2 != nil {
		return place{}, nil, err2
	}
	return place{in, out, resolved.Dir}, &flake.Ref{Input: in.attrs.Clone(), Dir: resolved.Dir}, nil
}

// readLock reads the lock file of a flake; a flake without one has nothing locked.
func readLock(m *eval.Evaluator, at place) (*flake.Lock, *eval.Error) {
	name := at.folder() + "/flake.lock"
	text, err := m.IO().ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return flake.NewLock(), nil
	}
	if err != nil {
		return nil, failed(err)
	}
	lock, err := flake.ParseLock(text, m.ShowPath(name))
	if err != nil {
		return nil, eval.Errorf(eval.Other, "%v", err)
	}
	return lock, nil
}

// workingFolder is the folder of this machine that an input takes its files from as they are now.
func workingFolder(a flake.Attrs) (string, bool) {
	switch a["type"] {
	case "path":
		file, _ := a["path"].(string)
		return file, true
	case "git":
		text, _ := a["url"].(string)
		u, err := flake.ParseURL(text, false)
		if err != nil || u.Scheme != "file" || a["ref"] != nil || a["rev"] != nil {
			return "", false
		}
		dir, err := u.File()
		return dir, err == nil && exists(filepath.Join(dir, ".git"))
	}
	return "", false
}
