package flake

// This file defines the schemes of files, archives, folders and registries.

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"nixops4/eval/store"
)

func sortedNames(a Attrs) []string { return slices.Sorted(maps.Keys(a)) }

var downloadAttrs = []string{"url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"}

// downloadScheme is that of a file, or of an archive that is unpacked, behind a URL.
func downloadScheme(name string) *scheme {
	return &scheme{
		attrs:   downloadAttrs,
		fromURL: func(u *URL, tree bool) (Attrs, error) { return downloadFromURL(name, u, tree) },
		check:   func(a Attrs) (Attrs, error) { return a, nil },
		toURL:   downloadToURL,
	}
}

func downloadFromURL(name string, u *URL, tree bool) (Attrs, error) {
	application, transport := splitScheme(u.Scheme)
	if !slices.Contains([]string{"file", "http", "https"}, transport) {
		return nil, nil
	}
	archive := tree || hasArchiveExtension(u)
	if application != "" && application != name || application == "" && archive != (name == "tarball") {
		return nil, nil
	}
	a := Attrs{"type": name}
	for _, attr := range []string{"narHash", "rev"} {
		if v, ok := u.Query[attr]; ok {
			a[attr] = v
		}
	}
	for _, attr := range []string{"revCount", "lastModified"} {
		if n, err := strconv.ParseUint(u.Query[attr], 10, 64); err == nil {
			a[attr] = n
		}
	}
	plain := *u
	plain.Scheme = transport
	plain.Query = maps.Clone(u.Query)
	for _, attr := range downloadAttrs {
		delete(plain.Query, attr)
	}
	a["url"] = plain.String()
	return a, nil
}

func hasArchiveExtension(u *URL) bool {
	if len(u.Path) == 0 {
		return false
	}
	last := u.Path[len(u.Path)-1]
	return slices.ContainsFunc([]string{".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"},
		func(ext string) bool { return strings.HasSuffix(last, ext) })
}

func downloadToURL(a Attrs) (*URL, error) {
	text, err := a.required("url")
	if err != nil {
		return nil, err
	}
	u, err := ParseURL(text, false)
	if err != nil {
		return nil, err
	}
	hash, err := NarHash(a)
	if hash != "" {
		u.Query["narHash"] = hash
	}
	return u, err
}

// indirectScheme is that of names in a registry.
var indirectScheme = &scheme{
	attrs:   []string{"id", "ref", "rev", "narHash"},
	fromURL: indirectFromURL,
	check: func(a Attrs) (Attrs, error) {
		id, err := a.required("id")
		if err == nil && !isFlakeID(id) {
			err = badURL("'%s' is not a valid flake ID", id)
		}
		return a, err
	},
	toURL: func(a Attrs) (*URL, error) {
		id, err := a.required("id")
		if err != nil {
			return nil, err
		}
		path, err := withRefAndRev([]string{id}, a)
		return &URL{Scheme: "flake", Path: path, Query: map[string]string{}}, err
	},
}

func withRefAndRev(path []string, a Attrs) ([]string, error) {
	ref, ok, err := a.text("ref")
	if err != nil {
		return nil, err
	}
	if ok {
		path = append(path, ref)
	}
	rev, err := Revision(a)
	if rev != "" {
		path = append(path, rev)
	}
	return path, err
}

func indirectFromURL(u *URL, _ bool) (Attrs, error) {
	if u.Scheme != "flake" {
		return nil, nil
	}
	path := u.segments()
	a := Attrs{"type": "indirect"}
	switch len(path) {
	case 1:
	case 2:
		switch {
		case isRevision(path[1]):
			a["rev"] = strings.ToLower(path[1])
		case legalRef(path[1]):
			a["ref"] = path[1]
		default:
			return nil, badURL("in flake URL '%s', '%s' is not a commit hash or branch/tag name", u, path[1])
		}
	case 3:
		if !legalRef(path[1]) {
			return nil, badURL("in flake URL '%s', '%s' is not a branch/tag name", u, path[1])
		}
		if !isRevision(path[2]) {
			return nil, badURL("in flake URL '%s', '%s' is not a commit hash", u, path[2])
		}
		a["ref"], a["rev"] = path[1], strings.ToLower(path[2])
	default:
		return nil, badURL("GitHub URL '%s' is invalid", u)
	}
	if !isFlakeID(path[0]) {
		return nil, badURL("'%s' is not a valid flake ID", path[0])
	}
	a["id"] = path[0]
	return a, nil
}

// pathScheme is that of folders on this machine.
var pathScheme = &scheme{
	attrs:   []string{"path", "rev", "revCount", "lastModified", "narHash"},
	fromURL: pathFromURL,
	check: func(a Attrs) (Attrs, error) {
		_, err := a.required("path")
		return a, err
	},
	toURL: func(a Attrs) (*URL, error) {
		file, err := a.required("path")
		if err != nil {
			return nil, err
		}
		query := a.query()
		for _, name := range []string{"path", "type", "__final"} {
			delete(query, name)
		}
		return &URL{Scheme: "path", Path: strings.Split(file, "/"), Query: query}, nil
	},
}

func pathFromURL(u *URL, _ bool) (Attrs, error) {
	if u.Scheme != "path" {
		return nil, nil
	}
	if u.Authority != nil && u.Authority.Host != "" {
		return nil, fmt.Errorf("path URL '%s' should not have an authority ('%s')", u, u.Authority)
	}
	file, err := u.File()
	if err != nil {
		return nil, err
	}
	a := Attrs{"type": "path", "path": file}
	for _, name := range slices.Sorted(maps.Keys(u.Query)) {
		switch name {
		case "rev", "narHash":
			a[name] = u.Query[name]
		case "revCount", "lastModified":
			n, err := strconv.ParseUint(u.Query[name], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("path URL '%s' has invalid parameter '%s'", u, name)
			}
			a[name] = n
		default:
			return nil, fmt.Errorf("path URL '%s' has unsupported parameter '%s'", u, name)
		}
	}
	return a, nil
}

// forgeScheme is that of a place that keeps repositories and gives out archives of them.
func forgeScheme(name string) *scheme {
	return &scheme{
		attrs:   []string{"owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"},
		fromURL: func(u *URL, _ bool) (Attrs, error) { return forgeFromURL(name, u) },
		check:   checkForge,
		toURL:   func(a Attrs) (*URL, error) { return forgeToURL(name, a) },
	}
}

func forgeFromURL(name string, u *URL) (Attrs, error) {
	if u.Scheme != name {
		return nil, nil
	}
	path := u.segments()
	if len(path) < 2 {
		return nil, badURL("URL '%s' is invalid", u)
	}
	a := Attrs{"type": name, "owner": path[0], "repo": path[1]}
	switch {
	case len(path) == 3 && isRevision(path[2]):
		a["rev"] = path[2]
	case len(path) > 2:
		a["ref"] = strings.Join(path[2:], "/")
	}
	for attr, twice := range map[string]string{"rev": "commit hashes", "ref": "branch/tag names", "host": "", "narHash": ""} {
		v, ok := u.Query[attr]
		if !ok {
			continue
		}
		if _, given := a[attr]; given {
			return nil, badURL("URL '%s' contains multiple %s", u, twice)
		}
		a[attr] = v
	}
	return checkForge(a)
}

func checkForge(a Attrs) (Attrs, error) {
	for _, name := range []string{"owner", "repo"} {
		if _, err := a.required(name); err != nil {
			return nil, err
		}
	}
	ref, hasRef, err := a.text("ref")
	if err != nil {
		return nil, err
	}
	rev, hasRev, err := a.text("rev")
	if err != nil {
		return nil, err
	}
	if hasRef && hasRev {
		return nil, badURL("input %s contains both a commit hash ('%s') and a branch/tag name ('%s')", a.JSON(), rev, ref)
	}
	if hasRev {
		if _, err := store.ParseHash(rev, store.SHA1); err != nil {
			return nil, err
		}
	}
	if hasRef && !legalRef(ref) {
		return nil, badURL("input %s contains an invalid branch/tag name", a.JSON())
	}
	host, _, err := a.text("host")
	if err == nil && strings.Trim(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		err = badURL("input %s contains an invalid instance host", a.JSON())
	}
	return a, err
}

func forgeToURL(name string, a Attrs) (*URL, error) {
	owner, err := a.required("owner")
	if err != nil {
		return nil, err
	}
	repo, err := a.required("repo")
	if err != nil {
		return nil, err
	}
	path, err := withRefAndRev([]string{owner, repo}, a)
	if err != nil {
		return nil, err
	}
	u := &URL{Scheme: name, Path: path, Query: map[string]string{}}
	hash, err := NarHash(a)
	if err != nil {
		return nil, err
	}
	if hash != "" {
		u.Query["narHash"] = hash
	}
	host, ok, err := a.text("host")
	if ok {
		u.Query["host"] = host
	}
	return u, err
}
