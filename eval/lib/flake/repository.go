package flake

// This file defines the schemes of Git and Mercurial repositories.

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var gitScheme = &scheme{
	attrs: []string{
		"url", "ref", "rev", "shallow", "submodules", "lfs", "exportIgnore", "lastModified", "revCount", "narHash", "allRefs",
		"name", "dirtyRev", "dirtyShortRev", "verifyCommit", "keytype", "publicKey", "publicKeys",
	},
	fromURL: gitFromURL,
	check:   checkGit,
	toURL:   gitToURL,
}

var (
	gitTexts = []string{"rev", "ref", "keytype", "publicKey", "publicKeys"}
	gitFlags = []string{"shallow", "submodules", "lfs", "exportIgnore", "allRefs", "verifyCommit"}
)

func gitFromURL(u *URL, _ bool) (Attrs, error) {
	if application, _ := splitScheme(u.Scheme); u.Scheme != "git" && application != "git" {
		return nil, nil
	}
	a := Attrs{"type": "git"}
	plain := *u
	plain.Query = map[string]string{}
	for name, value := range u.Query {
		switch {
		case slices.Contains(gitTexts, name):
			a[name] = value
		case slices.Contains(gitFlags, name):
			a[name] = value == "1"
		default:
			plain.Query[name] = value
		}
	}
	a["url"] = plain.String()
	return checkGit(a)
}

func checkGit(a Attrs) (Attrs, error) {
	for _, name := range []string{"verifyCommit", "keytype", "publicKey", "publicKeys"} {
		if _, ok := a[name]; ok {
			return nil, fmt.Errorf("experimental Nix feature 'verified-fetches' is disabled; the attribute '%s' needs it and it is not available here", name)
		}
	}
	ref, ok, err := a.text("ref")
	if err != nil {
		return nil, err
	}
	if ok && !legalRef(ref) {
		return nil, badURL("invalid Git branch/tag name '%s'", ref)
	}
	text, err := a.required("url")
	if err != nil {
		return nil, err
	}
	u, err := gitURL(text)
	if err != nil {
		return nil, err
	}
	a = a.Clone()
	a["url"] = u.String()
	for _, name := range []string{"shallow", "submodules", "allRefs"} {
		if _, err := a.flag(name); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// scpURL is USER@HOST:PATH, as scp takes it.
var scpURL = regexp.MustCompile(`^([^/]*)@(.*):(.*)$`)

// gitURL reads what Git takes as a URL: also a path, or a place as scp names it.
func gitURL(text string) (*URL, error) {
	if m := scpURL.FindStringSubmatch(text); m != nil && !strings.HasPrefix(text, "/") {
		text = "ssh://" + m[1] + "@" + m[2] + "/" + m[3]
	}
	if !strings.HasPrefix(text, "file:") && !strings.HasPrefix(text, "git+file:") && !strings.Contains(text, "://") {
		path := strings.Split(text, "/")
		if strings.Contains(path[0], ":") {
			return nil, badURL("SCP-like URL '%s' is not supported; use SSH URL syntax instead (ssh://...)", text)
		}
		u := &URL{Scheme: "file", Path: path, Query: map[string]string{}}
		if strings.HasPrefix(text, "/") {
			u.Authority = &Authority{}
		}
		return u, nil
	}
	u, err := ParseURL(text, false)
	if err != nil {
		return nil, err
	}
	if application, transport := splitScheme(u.Scheme); application == "git" {
		u.Scheme = transport
	}
	return u, nil
}

func gitToURL(a Attrs) (*URL, error) {
	u, err := repositoryURL(a)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "git" {
		u.Scheme = "git+" + u.Scheme
	}
	for _, name := range []string{"shallow", "lfs", "submodules", "exportIgnore"} {
		on, err := a.flag(name)
		if err != nil {
			return nil, err
		}
		if on {
			u.Query[name] = "1"
		}
	}
	return u, nil
}

// repositoryURL is the URL of a repository with the commit and branch that are asked for.
func repositoryURL(a Attrs) (*URL, error) {
	text, err := a.required("url")
	if err != nil {
		return nil, err
	}
	u, err := ParseURL(text, false)
	if err != nil {
		return nil, err
	}
	rev, err := Revision(a)
	if err != nil {
		return nil, err
	}
	if rev != "" {
		u.Query["rev"] = rev
	}
	ref, ok, err := a.text("ref")
	if ok {
		u.Query["ref"] = ref
	}
	return u, err
}

var mercurialScheme = &scheme{
	attrs:   []string{"url", "ref", "rev", "revCount", "narHash", "name"},
	fromURL: mercurialFromURL,
	check:   checkMercurial,
	toURL: func(a Attrs) (*URL, error) {
		u, err := repositoryURL(a)
		if err == nil {
			u.Scheme = "hg+" + u.Scheme
		}
		return u, err
	},
}

func mercurialFromURL(u *URL, _ bool) (Attrs, error) {
	application, transport := splitScheme(u.Scheme)
	if application != "hg" || !slices.Contains([]string{"http", "https", "ssh", "file"}, transport) {
		return nil, nil
	}
	a := Attrs{"type": "hg"}
	plain := *u
	plain.Scheme = transport
	plain.Query = maps.Clone(u.Query)
	for _, name := range []string{"rev", "ref"} {
		if v, ok := u.Query[name]; ok {
			a[name] = v
			delete(plain.Query, name)
		}
	}
	a["url"] = plain.String()
	return checkMercurial(a)
}

var mercurialRef = regexp.MustCompile(`^[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*$`)

func checkMercurial(a Attrs) (Attrs, error) {
	text, err := a.required("url")
	if err != nil {
		return nil, err
	}
	if _, err := ParseURL(text, false); err != nil {
		return nil, err
	}
	ref, ok, err := a.text("ref")
	if ok && !mercurialRef.MatchString(ref) {
		err = badURL("invalid Mercurial branch/tag name '%s'", ref)
	}
	return a, err
}
