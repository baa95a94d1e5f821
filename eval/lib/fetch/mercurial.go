package fetch

// This file fetches from Mercurial repositories, with the program hg.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
	"nixops4/eval/store"
)

func (f *Fetcher) fetchMercurial(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	a, err := mercurialArgument(m, v)
	if err != nil {
		return eval.Value{}, err
	}
	if err := f.check(a["url"].(string)); err != nil {
		return eval.Value{}, err
	}
	if f.Pure && a["rev"] == nil {
		return eval.Value{}, eval.Errorf(eval.Other, "in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision")
	}
	if url := a["url"].(string); !strings.Contains(url, "://") {
		a["url"] = "file://" + url
	}
	a, err2 := flake.InputFromAttrs(a)
	if err2 != nil {
		return eval.Value{}, failed(err2)
	}
	in, err2 := f.input(m.Context(), a, m.Log)
	if err2 != nil {
		e := failed(err2)
		if url, err := flake.InputURL(a); err == nil {
			e.Trace = append(e.Trace, eval.TraceLine{Msg: "while fetching the input '" + url + "'"})
		}
		return eval.Value{}, e
	}
	out, err := f.addTree(m, a["name"].(string), in.tree)
	if err != nil {
		return eval.Value{}, err
	}
	fields := map[string]eval.Value{"outPath": out}
	if ref, ok := in.attrs["ref"].(string); ok {
		fields["branch"] = eval.String(ref)
	}
	rev, ok := in.attrs["rev"].(string)
	if !ok {
		rev = strings.Repeat("0", 40) // what is said about a tree with changes that are not committed
	}
	fields["rev"], fields["shortRev"] = eval.String(rev), eval.String(rev[:12])
	if count, ok := in.attrs["revCount"].(uint64); ok {
		fields["revCount"] = eval.Int(int64(count))
	}
	return m.AttrsOf(fields), nil
}

// mercurialArgument reads the argument of fetchMercurial. Its url may be a path.
func mercurialArgument(m *eval.Evaluator, v eval.Value) (flake.Attrs, *eval.Error) {
	a := flake.Attrs{"type": "hg", "name": "source", "url": ""}
	v, err := m.Force(v)
	if err != nil {
		return nil, err
	}
	if v.Kind() != eval.KindAttrs {
		a["url"], err = treeText(m, v, "while evaluating the first argument passed to builtins.fetchMercurial")
		return a, err
	}
	for _, at := range m.Sorted(v.Attrs()) {
		why := "while evaluating the `" + at.Name + "` attribute passed to builtins.fetchMercurial"
		switch at.Name {
		case "url":
			a["url"], err = treeText(m, *at.Slot, why)
		case "name":
			a["name"], err = m.ForceStringNoContext(*at.Slot, why)
		case "rev": // a commit, a branch or a tag
			var rev string
			rev, err = m.ForceStringNoContext(*at.Slot, why)
			if isCommit(rev) {
				a["rev"] = strings.ToLower(rev)
			} else {
				a["ref"] = rev
			}
		default:
			err = eval.Errorf(eval.Other, "unsupported argument '%s' to 'fetchMercurial'", at.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	if a["url"] == "" {
		return nil, eval.Errorf(eval.Other, "'url' argument required")
	}
	return a, nil
}

func isCommit(rev string) bool {
	return len(rev) == 40 && strings.Trim(rev, "0123456789abcdefABCDEF") == ""
}

// mercurial fetches an input of type hg.
func (f *Fetcher) mercurial(ctx context.Context, in *lockedInput, log func(string)) error {
	text, _ := in.attrs["url"].(string)
	u, err := flake.ParseURL(text, false)
	if err != nil {
		return err
	}
	rev, err := flake.Revision(in.attrs)
	if err != nil {
		return err
	}
	if len(rev) > 40 {
		return fmt.Errorf("hash '%s' is not supported by Mercurial, which has SHA-1 only", rev)
	}
	ref, _ := in.attrs["ref"].(string)
	if u.Scheme != "file" {
		return f.remoteMercurial(ctx, in, u.String(), ref, rev, log)
	}
	dir, err := u.File()
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := f.allow(dir); err != nil {
		return err
	}
	if !exists(filepath.Join(dir, ".hg")) {
		return fmt.Errorf("there is no Mercurial repository in '%s'", dir)
	}
	if ref == "" && rev == "" {
		changes, err := hg(ctx, "status", "-R", dir, "--modified", "--added", "--removed")
		if err != nil {
			return err
		}
		if changes != "" {
			return f.mercurialFolder(ctx, in, dir, log)
		}
	}
	return f.mercurialCommit(ctx, in, dir, ref, rev)
}

// mercurialFolder takes the tracked files of a folder with changes as they are.
func (f *Fetcher) mercurialFolder(ctx context.Context, in *lockedInput, dir string, log func(string)) error {
	log("warning: Mercurial tree '" + dir + "' is unclean")
	branch, err := hg(ctx, "branch", "-R", dir)
	if err != nil {
		return err
	}
	in.attrs["ref"] = strings.TrimSpace(branch)
	tracked, err := hg(ctx, "status", "-R", dir, "--clean", "--modified", "--added", "--no-status", "--print0")
	if err != nil {
		return err
	}
	kept := map[string]bool{dir: true}
	for _, name := range strings.Split(strings.TrimSuffix(tracked, "\x00"), "\x00") {
		for file := filepath.Join(dir, name); !kept[file]; file = filepath.Dir(file) {
			kept[file] = true
		}
	}
	in.tree = tree{root: dir, kept: kept}
	in.tree.hash, err = store.HashTree(f.Files, dir, store.NAR, store.SHA256, func(p string) (bool, error) { return kept[p], nil })
	return err
}

// remoteMercurial brings a repository into the cache and takes a commit from there.
func (f *Fetcher) remoteMercurial(ctx context.Context, in *lockedInput, url, ref, rev string, log func(string)) error {
	dir, err := f.place("hg", urlHash(url))
	if err != nil {
		return err
	}
	lock := flock.New(dir + ".lock") // several processes may want the same repository
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return fmt.Errorf("locking the clone in the cache: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // closing the file unlocks it anyway
	asked := "ref " + ref + " " + url
	switch {
	case rev != "" && exists(dir):
		if _, err := hg(ctx, "log", "-R", dir, "-r", rev, "--template", "1"); err == nil {
			return f.mercurialCommit(ctx, in, dir, ref, rev)
		}
	case exists(dir):
		if info, ok := f.lookup("hg", asked); ok && f.fresh(info) {
			return f.mercurialCommit(ctx, in, dir, ref, info.Hash)
		}
	}
	if err := f.pullMercurial(ctx, dir, url, log); err != nil {
		return err
	}
	if err := f.mercurialCommit(ctx, in, dir, ref, rev); err != nil || rev != "" {
		return err
	}
	return f.remember("hg", urlInfo{URL: asked, Hash: in.attrs["rev"].(string)})
}

// pullMercurial clones a repository, or brings the clone up to date.
func (f *Fetcher) pullMercurial(ctx context.Context, dir, url string, log func(string)) error {
	if f.Client == nil {
		return fmt.Errorf("the repository '%s' is not in the cache, and there is no network", url)
	}
	log("fetching Mercurial repository '" + url + "'...")
	if exists(dir) {
		_, err := hg(ctx, "pull", "-R", dir, "--", url)
		if err != nil && exists(filepath.Join(dir, ".hg", "store", "journal")) { // an earlier pull was interrupted
			if _, err := hg(ctx, "recover", "-R", dir); err != nil {
				return err
			}
			_, err = hg(ctx, "pull", "-R", dir, "--", url)
		}
		return err
	}
	work, err := f.workDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	clone := filepath.Join(work, "clone")
	if _, err := hg(ctx, "clone", "--noupdate", "--", url, clone); err != nil {
		return err
	}
	return os.Rename(clone, dir)
}

// mercurialCommit is the tree of a commit of a repository on this machine: of rev, else of a branch or tag.
func (f *Fetcher) mercurialCommit(ctx context.Context, in *lockedInput, dir, ref, rev string) error {
	which := rev
	if which == "" {
		which = ref
	}
	if which == "" {
		which = "default"
	}
	about, err := hg(ctx, "log", "-R", dir, "-r", which, "--template", "{node} {rev} {branch}")
	if err != nil {
		return err
	}
	node, about, _ := strings.Cut(about, " ")
	number, branch, _ := strings.Cut(about, " ")
	count, err := strconv.ParseUint(number, 10, 64)
	if err != nil || !isCommit(node) {
		return fmt.Errorf("hg did not say which commit '%s' is", which)
	}
	in.attrs["rev"], in.attrs["revCount"], in.attrs["ref"] = node, count, branch
	work, err := f.workDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	top := filepath.Join(work, "tree")
	if _, err := hg(ctx, "archive", "-R", dir, "-r", node, top); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(top, ".hg_archival.txt")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	in.tree, err = f.keepTree(work, 0)
	return err
}

// hg runs the program and returns what it writes.
func hg(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "hg", args...)
	cmd.Env = append(os.Environ(), "HGPLAIN=") // the user's settings do not change what it writes
	cmd.WaitDelay = time.Second
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("the program hg, with which Mercurial repositories are fetched, is not installed; install Mercurial, or use fetchGit with a Git mirror of it")
	case err != nil:
		return "", fmt.Errorf("hg %s: %w: %s", args[0], err, strings.Join(strings.Fields(stderr.String()), " "))
	}
	return out.String(), nil
}
