package fetch

// This file lets the program git talk to other machines, where it is installed: it knows the user's keys, passwords and proxies.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"

	"nixops4/eval/lib/flake"
)

// A remote is a repository elsewhere, that is fetched from into a bare repository in the cache.
type remote struct {
	url     string
	dir     string // the bare repository
	repo    *git.Repository
	program string // git, or empty when the repository is spoken to by ourselves
}

// newRemote finds out how to speak to a repository. Programs that git runs for other schemes are none that a flake may choose.
func newRemote(url, dir string, repo *git.Repository) *remote {
	r := &remote{url: url, dir: dir, repo: repo}
	u, err := flake.ParseURL(url, false)
	if err != nil || !slices.Contains([]string{"ssh", "http", "https", "git"}, u.Scheme) {
		return r
	}
	if program, err := exec.LookPath("git"); err == nil {
		r.program = program
	}
	return r
}

// unlock removes the locks of a process that was killed. Nobody else works on the repository, since we have the lock on all of it.
func unlock(dir string) error {
	return filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == "objects" {
			return filepath.SkipDir
		}
		if !e.IsDir() && strings.HasSuffix(file, ".lock") {
			return os.Remove(file)
		}
		return nil
	})
}

// run runs git for the bare repository.
func (r *remote) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, r.program, append([]string{"--git-dir=" + r.dir, "-c", "gc.auto=0", "-c", "maintenance.auto=false"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if said := strings.TrimSpace(stderr.String()); said != "" {
		return "", errors.New(said)
	}
	return "", err
}

// head is the default branch, or empty when there is none.
func (r *remote) head(ctx context.Context) (string, error) {
	if r.program == "" {
		return r.advertisedHead(ctx)
	}
	out, err := r.run(ctx, "ls-remote", "--symref", "--", r.url, "HEAD")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if ref, ok := strings.CutPrefix(line, "ref: "); ok {
			ref, _, _ = strings.Cut(ref, "\t")
			return ref, nil
		}
	}
	return "", nil
}

// fetch fetches. depth is how many commits of each branch, 0 all.
func (r *remote) fetch(ctx context.Context, specs []config.RefSpec, depth int) error {
	if r.program == "" {
		err := r.plain().FetchContext(ctx, &git.FetchOptions{RemoteName: "origin", Force: true, Tags: git.NoTags, Depth: depth, RefSpecs: specs})
		if errors.Is(err, git.NoErrAlreadyUpToDate) {
			return nil
		}
		return err
	}
	args := []string{"fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head"}
	if depth > 0 {
		args = append(args, fmt.Sprintf("--depth=%d", depth))
	}
	args = append(args, "--", r.url)
	for _, spec := range specs {
		args = append(args, spec.String())
	}
	if _, err := r.run(ctx, args...); err != nil {
		return err
	}
	// What was added by the program is seen after opening the repository again.
	repo, err := git.PlainOpen(r.dir)
	if err == nil {
		*r.repo = *repo
	}
	return err
}

// plain is the repository for speaking to it by ourselves.
func (r *remote) plain() *git.Remote {
	return git.NewRemote(r.repo.Storer, &config.RemoteConfig{Name: "origin", URLs: []string{r.url}})
}
