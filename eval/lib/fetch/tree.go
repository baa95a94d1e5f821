package fetch

// This file defines fetchTree and fetchGit.

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"nixops4/eval"
	"nixops4/eval/lib/flake"
	"nixops4/eval/store"
)

func (f *Fetcher) fetchTree(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	a, err := f.treeArgument(m, v, "fetchTree", "")
	if err != nil {
		return eval.Value{}, err
	}
	return f.tree(m, a, "fetchTree", false)
}

func (f *Fetcher) fetchGit(m *eval.Evaluator, v eval.Value) (eval.Value, *eval.Error) {
	a, err := f.treeArgument(m, v, "fetchGit", "git")
	if err != nil {
		return eval.Value{}, err
	}
	return f.tree(m, a, "fetchGit", true)
}

// treeArgument reads the argument of fetchTree, or of fetchGit, where kind is git.
func (f *Fetcher) treeArgument(m *eval.Evaluator, v eval.Value, who, kind string) (flake.Attrs, *eval.Error) {
	v, err := m.Force(v)
	if err != nil {
		return nil, err
	}
	var a flake.Attrs
	if v.Kind() == eval.KindAttrs {
		if a, err = f.treeAttrs(m, v.Attrs(), who, kind); err != nil {
			return nil, err
		}
	} else {
		text, err := treeText(m, v, "while evaluating the first argument passed to '"+who+"'")
		if err != nil {
			return nil, err
		}
		if kind != "git" {
			return urlArgument(m, text, who)
		}
		a = flake.Attrs{"type": "git", "url": text}
	}
	if kind == "git" {
		if submodules, _ := a["submodules"].(bool); !submodules && a["exportIgnore"] == nil {
			a["exportIgnore"] = true
		}
	} else if a["type"] == "git" && a["shallow"] == nil {
		a["shallow"] = true
	}
	ref, err2 := flake.InputFromAttrs(a)
	return ref, failed(err2)
}

func urlArgument(m *eval.Evaluator, text, who string) (flake.Attrs, *eval.Error) {
	if !m.Feature("flakes") {
		return nil, eval.Errorf(eval.Other, "passing a string argument to '%s' requires the 'flakes' experimental feature", who)
	}
	a, err := flake.InputFromURL(text)
	return a, failed(err)
}

func (f *Fetcher) treeAttrs(m *eval.Evaluator, set *eval.Attrs, who, kind string) (flake.Attrs, *eval.Error) {
	a := flake.Attrs{}
	if p := m.Slot(set, "type"); p != nil {
		if kind != "" {
			return nil, eval.Errorf(eval.Other, "unexpected argument 'type'")
		}
		var err *eval.Error
		if kind, err = m.ForceStringNoContext(*p, "while evaluating the `type` argument passed to '"+who+"'"); err != nil {
			return nil, err
		}
	} else if kind == "" {
		return nil, eval.Errorf(eval.Other, "argument 'type' is missing in call to '%s'", who)
	}
	a["type"] = kind
	for _, at := range m.Sorted(set) {
		if at.Name == "type" {
			continue
		}
		if err := treeAttr(m, a, at, who); err != nil {
			return nil, err
		}
	}
	if _, ok := a["name"]; ok && who != "fetchGit" {
		return nil, eval.Errorf(eval.Other, "argument 'name' isn’t supported in call to '%s'", who)
	}
	return a, nil
}

func treeAttr(m *eval.Evaluator, a flake.Attrs, at eval.Attr, who string) *eval.Error {
	v, err := m.ForceSlot(at.Slot)
	if err != nil {
		return err
	}
	switch v.Kind() {
	case eval.KindString, eval.KindPath:
		a[at.Name], err = treeText(m, v, "")
	case eval.KindBool:
		a[at.Name] = v.BoolVal()
	case eval.KindInt:
		if v.IntVal() < 0 {
			return eval.Errorf(eval.Other, "negative value given for '%s' argument '%s': %d", who, at.Name, v.IntVal())
		}
		a[at.Name] = uint64(v.IntVal())
	default:
		if at.Name == "publicKeys" {
			return m.NeedFeature("verified-fetches")
		}
		return eval.Errorf(eval.Type, "argument '%s' to '%s' is %s while a string, Boolean or integer is expected", at.Name, who, eval.ShowType(v))
	}
	return err
}

// treeText is a string or path as text, which must not be a secret.
func treeText(m *eval.Evaluator, v eval.Value, why string) (string, *eval.Error) {
	text, c, err := m.CoerceRaw(v, why)
	if err == nil && c.Secret() {
		err = eval.Errorf(eval.Other, "where something is fetched from must not be a secret")
	}
	return text, err
}

// tree fetches an input and makes the set that describes it. git wants the attributes that fetchGit has always had.
func (f *Fetcher) tree(m *eval.Evaluator, a flake.Attrs, who string, git bool) (eval.Value, *eval.Error) {
	if a["type"] == "indirect" && !f.Pure && m.Feature("flakes") {
		ref, err := f.resolve(m.Context(), &flake.Ref{Input: a}, true)
		if err != nil {
			return eval.Value{}, failed(err)
		}
		a = ref.Input
	}
	url, err := flake.InputURL(a)
	if err != nil {
		return eval.Value{}, failed(err)
	}
	if a["type"] == "indirect" && !f.Pure {
		return eval.Value{}, eval.Errorf(eval.Other, "'%s' is the name of a flake in a registry, which needs the feature 'flakes'; write where it is, such as github:NixOS/nixpkgs", url)
	}
	if a["__final"] != nil {
		return eval.Value{}, eval.Errorf(eval.Other, "input '%s' is not allowed to use the '__final' attribute", url)
	}
	if f.Pure && !flake.IsLocked(a) {
		if a["narHash"] == nil {
			return eval.Value{}, eval.Errorf(eval.Other, "in pure evaluation mode, '%s' doesn't fetch unlocked input '%s'", who, url)
		}
		m.Log(fmt.Sprintf("warning: Input '%s' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. "+
			"This is not reproducible and will break after garbage collection or when shared.", url))
	}
	if err := f.check(url); err != nil {
		return eval.Value{}, err
	}
	if file, ok := a["path"].(string); ok && a["type"] == "path" && !filepath.IsAbs(file) {
		return eval.Value{}, eval.Errorf(eval.Other, "cannot fetch input '%s' because it uses a relative path", url)
	}
	in, err := f.input(m.Context(), a, m.Log)
	if err != nil {
		e := failed(err)
		e.Trace = append(e.Trace, eval.TraceLine{Msg: "while fetching the input '" + url + "'"})
		return eval.Value{}, e
	}
	return f.describe(m, in, git)
}

// input fetches an input, once for each evaluation. It may be called from several goroutines.
func (f *Fetcher) input(ctx context.Context, a flake.Attrs, log func(string)) (*lockedInput, error) {
	key := a.JSON()
	for {
		f.mu.Lock()
		p := f.inputs[key]
		if p == nil {
			p = &pendingInput{done: make(chan struct{})}
			f.inputs[key] = p
			f.mu.Unlock()
			if p.in, p.err = f.fetched(ctx, a, log); p.err != nil {
				f.forget(a)
			}
			close(p.done)
			return p.in, p.err
		}
		f.mu.Unlock()
		select {
		case <-p.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		// Who began to fetch it may have been cancelled.
		if !errors.Is(p.err, context.Canceled) || ctx.Err() != nil {
			return p.in, p.err
		}
	}
}

// forget lets an input be fetched again.
func (f *Fetcher) forget(a flake.Attrs) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.inputs, a.JSON())
}

// fetched fetches an input and checks its hash.
func (f *Fetcher) fetched(ctx context.Context, a flake.Attrs, log func(string)) (*lockedInput, error) {
	if in, ok := f.present(a); ok {
		in.tree.shown = shownInput(in.attrs)
		return in, nil
	}
	in, err := f.lock(ctx, a, log)
	if err != nil {
		return nil, err
	}
	got := in.tree.hash.Format(store.SRI)
	if want, err := flake.NarHash(a); err != nil || want != "" && want != got {
		return nil, errors.Join(err, fmt.Errorf("NAR hash mismatch in input '%s', expected '%s' but got '%s'", flake.InputString(a), want, got))
	}
	in.attrs["narHash"] = got
	if in.tree.shown == "" {
		in.tree.shown = shownInput(in.attrs)
	}
	return in, nil
}

// shownInput is what errors call an input that is not a folder of this machine, such as «github:owner/repository/commit».
func shownInput(a flake.Attrs) string {
	a = a.Clone()
	for _, name := range []string{"narHash", "lastModified", "revCount"} {
		delete(a, name)
	}
	return "«" + flake.InputString(a) + "»"
}

func (f *Fetcher) lock(ctx context.Context, a flake.Attrs, log func(string)) (*lockedInput, error) {
	in := &lockedInput{attrs: a.Clone()}
	var err error
	switch a["type"] {
	case "path":
		in.tree, err = f.localTree(a)
	case "file":
		in.tree, err = f.singleFile(ctx, a)
	case "tarball":
		err = f.tarball(ctx, in, log)
	case "github", "gitlab", "sourcehut":
		err = f.forge(ctx, in, log)
	case "git":
		err = f.git(ctx, in, log)
	case "hg":
		err = f.mercurial(ctx, in, log)
	default:
		err = fmt.Errorf("nothing here can fetch the type '%v'", a["type"])
	}
	if in.attrs["lastModified"] == nil && in.tree.lastModified > 0 {
		in.attrs["lastModified"] = uint64(in.tree.lastModified)
	}
	return in, err
}

// localTree is a folder of this machine as it is.
func (f *Fetcher) localTree(a flake.Attrs) (tree, error) {
	root, _ := a["path"].(string)
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return tree{}, err
	}
	h, err := store.HashTree(f.Files, root, store.NAR, store.SHA256, nil)
	if err != nil {
		return tree{}, err
	}
	newest, err := newestIn(root)
	return tree{root: root, hash: h, lastModified: newest, shown: root}, err
}

// allow is check for what is found on the way.
func (f *Fetcher) allow(uri string) error {
	if f.Check == nil {
		return nil
	}
	return f.Check(uri)
}

// singleFile is a file as a tree.
func (f *Fetcher) singleFile(ctx context.Context, a flake.Attrs) (tree, error) {
	url, _ := a["url"].(string)
	d, err := f.download(ctx, url)
	if err != nil {
		return tree{}, err
	}
	h, err := store.HashTree(f.Files, d.file, store.NAR, store.SHA256, nil)
	return tree{root: d.file, hash: h}, err
}

func (f *Fetcher) tarball(ctx context.Context, in *lockedInput, log func(string)) error {
	if t, ok := f.knownTree(in.attrs); ok {
		in.tree = t
		return nil
	}
	url, _ := in.attrs["url"].(string)
	t, immutable, err := f.unpacked(ctx, url, log)
	if err != nil {
		return err
	}
	in.tree = t
	if immutable == "" {
		return nil
	}
	a, err := flake.InputFromURL(immutable)
	if err != nil {
		return err
	}
	if a["type"] != "tarball" {
		return errors.New("tarball 'Link' headers that redirect to non-tarball URLs are not supported")
	}
	in.attrs = a
	return nil
}

// knownTree finds a tree in the cache by the hash that attributes give.
func (f *Fetcher) knownTree(a flake.Attrs) (tree, bool) {
	text, err := flake.NarHash(a)
	if err != nil || text == "" {
		return tree{}, false
	}
	h, err := store.ParseHash(text, store.SHA256)
	if err != nil {
		return tree{}, false
	}
	if t, ok := f.cachedTree(h); ok {
		return t, true
	}
	return f.inStore(h)
}

// describe makes the set that fetchTree returns.
func (f *Fetcher) describe(m *eval.Evaluator, in *lockedInput, git bool) (eval.Value, *eval.Error) {
	name, ok := in.attrs["name"].(string)
	if !ok {
		name = "source"
	}
	out, err := f.addTree(m, name, in.tree)
	if err != nil {
		return eval.Value{}, err
	}
	fields := map[string]eval.Value{"outPath": out, "narHash": eval.String(in.tree.hash.Format(store.SRI))}
	if in.attrs["type"] == "git" {
		submodules, _ := in.attrs["submodules"].(bool)
		fields["submodules"] = eval.Bool(submodules)
	}
	rev, err2 := flake.Revision(in.attrs)
	if err2 != nil {
		return eval.Value{}, failed(err2)
	}
	count, counted := in.attrs["revCount"].(uint64)
	if git && rev == "" {
		rev = strings.Repeat("0", 40) // what fetchGit says about a tree with changes that are not committed
	}
	if rev != "" {
		fields["rev"], fields["shortRev"] = eval.String(rev), eval.String(rev[:7])
	}
	if counted || git {
		fields["revCount"] = eval.Int(int64(count))
	}
	for _, attr := range []string{"dirtyRev", "dirtyShortRev"} {
		if s, ok := in.attrs[attr].(string); ok {
			fields[attr] = eval.String(s)
		}
	}
	if t, ok := in.attrs["lastModified"].(uint64); ok {
		fields["lastModified"] = eval.Int(int64(t))
		fields["lastModifiedDate"] = eval.String(time.Unix(int64(t), 0).UTC().Format("20060102150405"))
	}
	return m.AttrsOf(fields), nil
}
