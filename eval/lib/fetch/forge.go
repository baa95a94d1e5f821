package fetch

// This file fetches from GitHub, GitLab and SourceHut: an archive of one commit.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"nixops4/eval/lib/flake"
)

// forge fetches the archive of a commit, after finding out which commit a branch or tag means.
func (f *Fetcher) forge(ctx context.Context, in *lockedInput, log func(string)) error {
	kind, _ := in.attrs["type"].(string)
	owner, _ := in.attrs["owner"].(string)
	repo, _ := in.attrs["repo"].(string)
	site := site{kind, forgeHost(kind, in.attrs), owner, repo}
	token := f.Credentials.token(site)
	name, value := site.authorization(token)
	ctx = withHeader(ctx, name, value)
	rev, err := flake.Revision(in.attrs)
	if err != nil {
		return err
	}
	if rev == "" {
		ref, _ := in.attrs["ref"].(string)
		if rev, err = f.commitOf(ctx, site, ref); err != nil {
			return site.explain(err, token)
		}
	}
	delete(in.attrs, "ref")
	in.attrs["rev"] = rev
	if t, ok := f.knownTree(in.attrs); ok {
		in.tree = t
		return nil
	}
	in.tree, _, err = f.unpacked(ctx, site.archive(rev, token != ""), log)
	return site.explain(err, token)
}

func forgeHost(kind string, a flake.Attrs) string {
	if host, ok := a["host"].(string); ok {
		return host
	}
	return map[string]string{"github": "github.com", "gitlab": "gitlab.com", "sourcehut": "git.sr.ht"}[kind]
}

// A site is a repository in one of these places.
type site struct{ kind, host, owner, repo string }

// api is where a site answers questions.
func (s site) api() string {
	switch {
	case s.kind == "github" && s.host == "github.com":
		return "https://api.github.com/repos/" + s.owner + "/" + s.repo
	case s.kind == "github":
		return "https://" + s.host + "/api/v3/repos/" + s.owner + "/" + s.repo
	case s.kind == "gitlab":
		return "https://" + s.host + "/api/v4/projects/" + url.PathEscape(s.owner) + "%2F" + url.PathEscape(s.repo)
	}
	return "https://" + s.host + "/" + s.owner + "/" + s.repo
}

// explain adds to an error of a server what may help.
func (s site) explain(err error, token string) error {
	var status statusCode
	if !errors.As(err, &status) || token != "" {
		return err
	}
	switch status {
	case 401, 403, 404, 429:
		return fmt.Errorf("%w; if '%s/%s' is private or too much was asked for, set an access token: NIX_CONFIG='access-tokens = %s=…', or the same in nix.conf", err, s.owner, s.repo, s.host)
	}
	return err
}

// archive is the URL of the archive of a commit. GitHub wants to be asked in another place by those who have a token.
func (s site) archive(rev string, token bool) string {
	switch {
	case s.kind == "github" && (s.host != "github.com" || token):
		return s.api() + "/tarball/" + rev
	case s.kind == "gitlab":
		return s.api() + "/repository/archive.tar.gz?sha=" + rev
	}
	return "https://" + s.host + "/" + s.owner + "/" + s.repo + "/archive/" + rev + ".tar.gz"
}

// commitOf finds the commit of a branch or tag; empty means the default branch.
func (f *Fetcher) commitOf(ctx context.Context, s site, ref string) (string, error) {
	if ref == "" {
		ref = "HEAD"
	}
	switch s.kind {
	case "github":
		var answer struct{ Sha string }
		err := f.ask(ctx, s.api()+"/commits/"+url.PathEscape(ref), &answer)
		return revOf(answer.Sha, ref, err)
	case "gitlab":
		var answer []struct{ ID string }
		err := f.ask(ctx, s.api()+"/repository/commits?ref_name="+url.QueryEscape(ref), &answer)
		if err == nil && len(answer) == 0 {
			err = errors.New("no commits returned by GitLab API -- does the ref really exist?")
		}
		if err != nil {
			return "", err
		}
		return revOf(answer[0].ID, ref, nil)
	}
	return f.advertised(ctx, s, ref)
}

func revOf(rev, ref string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if len(rev) != 40 || strings.Trim(rev, "0123456789abcdef") != "" {
		return "", fmt.Errorf("the answer about '%s' has no commit", ref)
	}
	return rev, nil
}

// ask gets a JSON text.
func (f *Fetcher) ask(ctx context.Context, url string, into any) error {
	text, err := f.text(ctx, url)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading the answer of '%s': %w", url, err)
	}
	return nil
}

func (f *Fetcher) text(ctx context.Context, url string) ([]byte, error) {
	d, err := f.download(ctx, url)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(d.file)
}

// advertised finds a ref among those that a repository offers to anybody who wants to fetch from it.
func (f *Fetcher) advertised(ctx context.Context, s site, ref string) (string, error) {
	var name string
	if ref == "HEAD" {
		head, err := f.text(ctx, s.api()+"/HEAD")
		if err != nil {
			return "", err
		}
		rest, ok := strings.CutPrefix(strings.TrimSpace(string(head)), "ref: ")
		if !ok {
			return "", fmt.Errorf("the default branch of '%s' is not known", s.api())
		}
		name = rest
	}
	refs, err := f.text(ctx, s.api()+"/info/refs")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(refs)) {
		rev, at, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok && (at == name || name == "" && (at == "refs/heads/"+ref || at == "refs/tags/"+ref)) {
			return revOf(rev, ref, nil)
		}
	}
	return "", fmt.Errorf("there is no branch or tag '%s'", ref)
}
