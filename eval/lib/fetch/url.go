package fetch

// This file defines fetchurl and fetchTarball.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
	"nixops4/eval/store"
)

// A urlRequest is what the arguments of fetchurl and fetchTarball say.
type urlRequest struct {
	who     string
	url     string
	name    string
	named   bool // a name was given
	set     bool // the argument is a set
	hash    store.Hash
	checked bool // a hash was given
}

func (f *Fetcher) fetchurl(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	r, err := f.urlRequest(m, v, urlRequest{who: "fetchurl"})
	if err != nil {
		return eval.Value{}, err
	}
	if file, ok := f.cachedFile(r.hash); r.checked && ok {
		return f.addFile(m, r.name, download{file: file, hash: r.hash})
	}
	d, err2 := f.download(m.Context(), r.url)
	if err2 != nil {
		return eval.Value{}, failed(err2)
	}
	if err := r.compare(d.hash); err != nil {
		return eval.Value{}, err
	}
	return f.addFile(m, r.name, d)
}

func (f *Fetcher) addFile(m *eval.Evaluator, name string, d download) (eval.Value, *eval.Error) {
	v, _, err := m.AddTree(eval.Tree{Name: name, Files: f.Files, Root: d.file, Method: store.Flat, Hash: d.hash})
	return v, err
}

func (f *Fetcher) fetchTarball(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	r, err := f.urlRequest(m, v, urlRequest{who: "fetchTarball", name: "source"})
	if err != nil {
		return eval.Value{}, err
	}
	t, ok := f.cachedTree(r.hash)
	if !r.checked || !ok {
		var err2 error
		if t, _, err2 = f.unpacked(m.Context(), r.url, m.Log); err2 != nil {
			return eval.Value{}, failed(err2)
		}
		if err := r.compare(t.hash); err != nil {
			return eval.Value{}, err
		}
	}
	return f.addTree(m, r.name, t)
}

// addTree gives a tree its store path.
func (f *Fetcher) addTree(m *eval.Evaluator, name string, t tree) (eval.Value, *eval.Error) {
	v, _, err := m.AddTree(eval.Tree{Name: name, Files: f.Files, Root: t.root, Method: store.NAR, Hash: t.hash, Kept: t.kept, Shown: t.shown, Absent: t.absent})
	return v, err
}

// urlRequest reads the argument. r has what does not depend on it.
func (f *Fetcher) urlRequest(m *eval.Evaluator, v eval.Value, r urlRequest) (urlRequest, *eval.Error) {
	v, err := m.Force(v)
	if err != nil {
		return r, err
	}
	if v.Kind() == eval.KindAttrs {
		r.set = true
		for _, at := range m.Sorted(v.Attrs()) {
			if err := r.argument(m, at); err != nil {
				return r, err
			}
		}
		if r.url == "" {
			return r, eval.Errorf(eval.Other, "'url' argument required")
		}
	} else if r.url, err = m.ForceStringNoContext(v, "while evaluating the url we should fetch"); err != nil {
		return r, err
	}
	if channel, ok := strings.CutPrefix(r.url, "channel:"); ok && r.who == "fetchTarball" {
		r.url = channelURL(channel)
	}
	if err := f.check(r.url); err != nil {
		return r, err
	}
	if r.name == "" {
		r.name = baseName(r.url)
	}
	if err := store.CheckName(r.name); err != nil {
		return r, eval.Errorf(eval.Other, "invalid store path name when fetching URL '%s': %v. %s", r.url, err, r.advice())
	}
	if f.Pure && !r.checked {
		return r, eval.Errorf(eval.Other, "in pure evaluation mode, '%s' requires a 'sha256' argument", r.who)
	}
	return r, nil
}

// channelURL is where a channel of NixOS is.
func channelURL(name string) string {
	return "https://channels.nixos.org/" + name + "/nixexprs.tar.xz"
}

// baseName is the part after the last slash.
func baseName(text string) string {
	text = strings.TrimRight(text, "/")
	return text[strings.LastIndexByte(text, '/')+1:]
}

func (r *urlRequest) argument(m *eval.Evaluator, at eval.Attr) (err *eval.Error) {
	switch at.Name {
	case "url":
		r.url, err = m.ForceStringNoContext(*at.Slot, "while evaluating the url we should fetch")
	case "name":
		r.named = true
		r.name, err = m.ForceStringNoContext(*at.Slot, "while evaluating the name of the content we should fetch")
	case "sha256":
		var text string
		text, err = m.ForceStringNoContext(*at.Slot, "while evaluating the sha256 of the content we should fetch")
		if err == nil {
			r.checked = true
			r.hash, err = m.ParseHash(text, store.SHA256)
		}
	default:
		err = eval.Errorf(eval.Other, "unsupported argument '%s' to '%s'", at.Name, r.who)
	}
	return err
}

// advice says how to give a name that can be one of a store path.
func (r *urlRequest) advice() string {
	switch {
	case r.named:
		return fmt.Sprintf("Please change the value for the 'name' attribute passed to '%s', so that it can create a valid store path.", r.who)
	case r.set:
		return fmt.Sprintf("Please add a valid 'name' attribute to the argument for '%s', so that it can create a valid store path.", r.who)
	}
	return fmt.Sprintf("Please pass an attribute set with 'url' and 'name' attributes to '%s',  so that it can create a valid store path.", r.who)
}

// compare is the error of a hash that is not the one asked for.
func (r *urlRequest) compare(got store.Hash) *eval.Error {
	if !r.checked || got.Equal(r.hash) {
		return nil
	}
	return eval.Errorf(eval.IOFailure, "hash mismatch in file downloaded from '%s':\n  specified: %s\n  got:       %s",
		r.url, r.hash.Prefixed(store.Nix32), got.Prefixed(store.Nix32))
}

// unpacked gets an archive and unpacks it, unless what it gave lately is in the cache.
func (f *Fetcher) unpacked(ctx context.Context, text string, log func(string)) (t tree, immutableURL string, err error) {
	if err := checkArchiveURL(text); err != nil {
		return tree{}, "", err
	}
	info, known := f.lookup("tree", text)
	if known && f.fresh(info) && !strings.HasPrefix(text, "file:") {
		if t, ok := f.treeOf(info); ok {
			return t, info.ImmutableURL, nil
		}
	}
	d, err := f.download(ctx, text)
	if err != nil {
		return tree{}, "", err
	}
	key := "archive:" + d.hash.Format(store.Nix32)
	if info, ok := f.lookup("tree", key); ok {
		if t, ok := f.treeOf(info); ok {
			return t, d.immutableURL, f.remember("tree", urlInfo{URL: text, Hash: info.Hash, ImmutableURL: d.immutableURL})
		}
	}
	log("unpacking '" + text + "'...")
	if t, err = f.unpackFile(d.file); err != nil {
		return tree{}, "", fmt.Errorf("unpacking '%s': %w", text, err)
	}
	hash := t.hash.Format(store.Nix32)
	err = errors.Join(
		f.remember("tree", urlInfo{URL: key, Hash: hash}),
		f.remember("tree", urlInfo{URL: text, Hash: hash, ImmutableURL: d.immutableURL}),
	)
	return t, d.immutableURL, err
}

func (f *Fetcher) treeOf(info urlInfo) (tree, bool) {
	h, err := store.ParseHash(info.Hash, store.SHA256)
	if err != nil {
		return tree{}, false
	}
	return f.cachedTree(h)
}

func (f *Fetcher) unpackFile(archive string) (tree, error) {
	work, err := f.workDir()
	if err != nil {
		return tree{}, err
	}
	defer os.RemoveAll(work)
	lastModified, err := unpack(archive, work)
	if err != nil {
		return tree{}, err
	}
	if err := os.RemoveAll(filepath.Join(work, "all")); err != nil {
		return tree{}, err
	}
	return f.keepTree(work, lastModified)
}

// checkArchiveURL explains common mistakes with files of this machine, in Nix's words.
func checkArchiveURL(text string) error {
	u, err := flake.ParseURL(text, false)
	if err != nil || u.Scheme != "file" {
		return nil // the download says what is wrong
	}
	file, err := u.File()
	if err != nil {
		return err
	}
	if !filepath.IsAbs(file) {
		return eval.Errorf(eval.Other, "tarball '%s' must use an absolute path. The 'file' scheme does not support relative paths.", text)
	}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return eval.Errorf(eval.IOFailure, "tarball \"%s\" does not exist.", file)
	case info.IsDir() && exists(filepath.Join(file, ".git")):
		return eval.Errorf(eval.IOFailure, "tarball \"%s\" is a git repository, not a tarball. Please use `git+file` as the scheme.", file)
	case info.IsDir():
		return eval.Errorf(eval.IOFailure, "tarball \"%s\" is a directory, not a file.", file)
	}
	return nil
}

// SearchEntry is the folder behind an entry of the search path that is a URL: a channel, an archive, or the reference
// to a flake after "flake:".
func (f *Fetcher) SearchEntry(m *eval.Evaluator, entry string) (string, *eval.Error) {
	if ref, ok := strings.CutPrefix(entry, "flake:"); ok {
		return f.flakeEntry(m, ref)
	}
	if channel, ok := strings.CutPrefix(entry, "channel:"); ok {
		entry = channelURL(channel)
	}
	t, _, err := f.unpacked(m.Context(), entry, m.Log)
	if err != nil {
		return "", failed(err)
	}
	v, err2 := f.addTree(m, "source", t)
	if err2 != nil {
		return "", err2
	}
	return v.Text(), nil
}

func (f *Fetcher) flakeEntry(m *eval.Evaluator, text string) (string, *eval.Error) {
	if err := m.NeedFeature("flakes"); err != nil {
		return "", err
	}
	ref, err := flake.ParseRef(text, flake.ParseOptions{Warn: m.Log})
	if err != nil {
		return "", failed(err)
	}
	in, err := f.input(m.Context(), ref.Input, m.Log)
	if err != nil {
		return "", failed(err)
	}
	v, err2 := f.addTree(m, "source", in.tree)
	if err2 != nil {
		return "", err2
	}
	return v.Text(), nil
}
