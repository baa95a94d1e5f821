package fetch

// This file fetches from Git repositories: which repository and which commit.

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/gofrs/flock"

	"nixops4/eval/lib/flake"
)

// A gitRequest is what attributes of type git ask for.
type gitRequest struct {
	url          string
	ref, rev     string // empty when not given
	shallow      bool
	allRefs      bool
	submodules   bool
	exportIgnore bool
	lfs          bool
}

func newGitRequest(a flake.Attrs) (gitRequest, error) {
	r := gitRequest{}
	r.url, _ = a["url"].(string)
	r.ref, _ = a["ref"].(string)
	for name, flag := range map[string]*bool{"shallow": &r.shallow, "allRefs": &r.allRefs, "submodules": &r.submodules, "exportIgnore": &r.exportIgnore, "lfs": &r.lfs} {
		*flag, _ = a[name].(bool)
	}
	if r.submodules && r.exportIgnore {
		return r, errors.New("exportIgnore and submodules are not supported together yet")
	}
	var err error
	r.rev, err = flake.Revision(a)
	if len(r.rev) > 40 {
		err = errors.Join(err, errors.New("repositories with SHA-256 hashes are not supported"))
	}
	return r, err
}

// git fetches an input of type git.
func (f *Fetcher) git(ctx context.Context, in *lockedInput, log func(string)) error {
	r, err := newGitRequest(in.attrs)
	if err != nil {
		return err
	}
	u, err := flake.ParseURL(r.url, false)
	if err != nil {
		return err
	}
	if u.Scheme != "file" {
		delete(u.Query, "dir")
		repo, err := f.clone(ctx, u.String(), &r, log)
		if err != nil {
			return err
		}
		return f.fromCommit(ctx, in, repo, r, log)
	}
	dir, err := localRepository(u)
	if err != nil {
		return err
	}
	if err := f.allow(dir); err != nil {
		return err
	}
	repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return fmt.Errorf("opening the Git repository '%s': %w", dir, err)
	}
	if r.ref == "" && r.rev == "" && exists(filepath.Join(dir, ".git")) {
		return f.fromFolder(ctx, in, repo, dir, r, log)
	}
	if err := localCommit(repo, &r); err != nil {
		return err
	}
	return f.fromCommit(ctx, in, repo, r, log)
}

// localRepository is the folder that a file URL names.
func localRepository(u *flake.URL) (string, error) {
	dir, err := u.File()
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if !exists(dir) {
		return "", fmt.Errorf("the Git repository '%s' does not exist", dir)
	}
	return filepath.EvalSymlinks(dir)
}

// localCommit finds the commit that is asked for in a repository that is not cloned.
func localCommit(repo *git.Repository, r *gitRequest) error {
	if r.ref == "" {
		r.ref = headRef(repo)
	}
	if r.rev != "" {
		return nil
	}
	h, err := repo.ResolveRevision(plumbing.Revision(r.ref))
	if err != nil {
		return fmt.Errorf("resolving Git reference '%s': %w", r.ref, err)
	}
	r.rev = h.String()
	return nil
}

// headRef is the branch that is checked out, or HEAD itself.
func headRef(repo *git.Repository) string {
	head, err := repo.Reference(plumbing.HEAD, false)
	if err == nil && head.Type() == plumbing.SymbolicReference {
		return head.Target().String()
	}
	return "HEAD"
}

// fromCommit takes the files of a commit.
func (f *Fetcher) fromCommit(ctx context.Context, in *lockedInput, repo *git.Repository, r gitRequest, log func(string)) error {
	c, err := repo.CommitObject(plumbing.NewHash(r.rev))
	if err != nil {
		return fmt.Errorf("cannot find Git revision '%s' in ref '%s' of repository '%s': %w; give the branch or tag it is on as `ref`, or set `allRefs = true`", r.rev, r.ref, r.url, err)
	}
	in.attrs["ref"], in.attrs["rev"] = r.ref, c.Hash.String()
	if roots, err := repo.Storer.Shallow(); err == nil && len(roots) > 0 && !r.shallow {
		return fmt.Errorf("'%s' is a shallow Git repository, but shallow repositories are only allowed when `shallow = true;` is specified", r.url)
	}
	if err := f.commitAttrs(in, repo, c, r.shallow); err != nil {
		return err
	}
	if in.tree, err = f.commitTree(ctx, repo, c, r, log); err != nil {
		return err
	}
	return nil
}

// commitAttrs notes the time of a commit and how many there are up to it.
func (f *Fetcher) commitAttrs(in *lockedInput, repo *git.Repository, c *object.Commit, shallow bool) error {
	in.attrs["lastModified"] = uint64(c.Committer.When.Unix())
	if shallow {
		return nil
	}
	key := "count " + c.Hash.String()
	if roots, err := repo.Storer.Shallow(); err == nil && len(roots) > 0 {
		key += fmt.Sprint(" from ", roots) // a repository can become deeper
	}
	if info, ok := f.lookup("git", key); ok {
		if n, err := strconv.ParseUint(info.Hash, 10, 64); err == nil {
			in.attrs["revCount"] = n
			return nil
		}
	}
	n, err := countCommits(repo, c)
	if err != nil {
		return err
	}
	in.attrs["revCount"] = n
	return f.remember("git", urlInfo{URL: key, Hash: strconv.FormatUint(n, 10)})
}

// countCommits counts a commit and those that it comes from, as far as the repository has them.
func countCommits(repo *git.Repository, c *object.Commit) (n uint64, err error) {
	shallow, err := repo.Storer.Shallow()
	if err != nil {
		return 0, err
	}
	end := map[plumbing.Hash]bool{}
	for _, h := range shallow {
		end[h] = true
	}
	seen := map[plumbing.Hash]bool{c.Hash: true}
	for todo := []*object.Commit{c}; len(todo) > 0; n++ {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if end[c.Hash] {
			continue
		}
		for _, h := range c.ParentHashes {
			if seen[h] {
				continue
			}
			seen[h] = true
			parent, err := repo.CommitObject(h)
			if err != nil {
				return 0, err
			}
			todo = append(todo, parent)
		}
	}
	return n, nil
}

// clone brings the commit that is asked for into a bare repository in the cache.
func (f *Fetcher) clone(ctx context.Context, url string, r *gitRequest, log func(string)) (*git.Repository, error) {
	kind := "full"
	if r.shallow {
		kind = "shallow"
	}
	dir, err := f.place("git", urlHash(kind+" "+url))
	if err != nil {
		return nil, err
	}
	lock := flock.New(dir + ".lock") // several processes may want the same repository
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return nil, fmt.Errorf("locking the clone in the cache: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // closing the file unlocks it anyway
	repo, err := git.PlainOpen(dir)
	if errors.Is(err, git.ErrRepositoryNotExists) {
		repo, err = git.PlainInit(dir, true)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the clone in the cache: %w", err)
	}
	if r.rev != "" && hasCommit(repo, r.rev) {
		if r.ref == "" {
			r.ref = f.rememberedHead(url)
		}
		return repo, nil
	}
	if err := unlock(dir); err != nil {
		return nil, fmt.Errorf("unlocking the clone in the cache: %w", err)
	}
	if err := f.update(ctx, newRemote(url, dir, repo), r, log); err != nil {
		return nil, err
	}
	return repo, nil
}

func hasCommit(repo *git.Repository, rev string) bool {
	_, err := repo.CommitObject(plumbing.NewHash(rev))
	return err == nil
}

func (f *Fetcher) rememberedHead(url string) string {
	if info, ok := f.lookup("git", "head "+url); ok {
		return info.Hash
	}
	return "HEAD"
}

// update fetches, unless a branch was fetched lately, and finds the commit.
func (f *Fetcher) update(ctx context.Context, from *remote, r *gitRequest, log func(string)) error {
	url, repo := from.url, from.repo
	info, known := f.lookup("git", "head "+url)
	if r.ref == "" && known && f.fresh(info) {
		r.ref = info.Hash
	}
	asked := "ref " + r.ref + " " + url
	if info, ok := f.lookup("git", asked); ok && r.ref != "" && r.rev == "" && f.fresh(info) && hasCommit(repo, info.Hash) {
		r.rev = info.Hash
		return nil
	}
	if f.Client == nil {
		return fmt.Errorf("the repository '%s' is not in the cache, and there is no network", url)
	}
	if r.ref == "" {
		if err := f.findHead(ctx, from, r); err != nil {
			return err
		}
		asked = "ref " + r.ref + " " + url
	}
	log("fetching Git repository '" + url + "'...")
	if err := fetchRefs(ctx, from, r); err != nil {
		return fmt.Errorf("fetching the repository '%s': %w", url, err)
	}
	if r.rev != "" {
		return nil
	}
	ref, err := storer.ResolveReference(repo.Storer, plumbing.ReferenceName(fullRef(r.ref)))
	if err != nil {
		return fmt.Errorf("resolving Git reference '%s': %w", r.ref, err)
	}
	h, err := repo.ResolveRevision(plumbing.Revision(ref.Hash().String()))
	if err != nil {
		return fmt.Errorf("resolving Git reference '%s': %w", r.ref, err)
	}
	r.rev = h.String()
	return f.remember("git", urlInfo{URL: asked, Hash: r.rev})
}

// findHead asks which branch is the default.
func (f *Fetcher) findHead(ctx context.Context, from *remote, r *gitRequest) error {
	head, err := from.head(ctx)
	if err != nil {
		return fmt.Errorf("asking '%s' for its branches: %w", from.url, err)
	}
	if head == "" {
		r.ref = "HEAD"
		return nil
	}
	r.ref = head
	return f.remember("git", urlInfo{URL: "head " + from.url, Hash: r.ref})
}

// advertisedHead asks without the program git.
func (r *remote) advertisedHead(ctx context.Context) (string, error) {
	refs, err := r.plain().ListContext(ctx, &git.ListOptions{})
	if err != nil {
		return "", err
	}
	for _, ref := range refs {
		if ref.Name() == plumbing.HEAD && ref.Type() == plumbing.SymbolicReference {
			return ref.Target().String(), nil
		}
	}
	return "", nil
}

// fullRef is the full name of a branch, unless it is one already.
func fullRef(ref string) string {
	if ref == "HEAD" || strings.HasPrefix(ref, "refs/") {
		return ref
	}
	return "refs/heads/" + ref
}

func fetchRefs(ctx context.Context, from *remote, r *gitRequest) error {
	full := fullRef(r.ref)
	branch := []config.RefSpec{config.RefSpec("+" + full + ":" + full)}
	depth := 0
	if r.shallow {
		depth = 1
	}
	switch {
	case r.allRefs:
		return from.fetch(ctx, []config.RefSpec{"+refs/*:refs/*"}, depth)
	case r.rev == "":
		return from.fetch(ctx, branch, depth)
	}
	err := from.fetch(ctx, []config.RefSpec{config.RefSpec(r.rev + ":refs/fetched/" + r.rev)}, depth)
	if err != nil {
		// Not every server gives out a commit by its hash alone, but any gives out a branch.
		err = from.fetch(ctx, branch, 0)
	}
	return err
}
