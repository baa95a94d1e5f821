package flake

// This file defines inputs: the schemes that something can be fetched with, and their URLs.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"nixops4/eval"
	"nixops4/eval/store"
)

// A scheme knows one way to fetch.
type scheme struct {
	// attrs are the names of the attributes, beside type.
	attrs []string
	// fromURL reads a URL; nil attributes mean that it is not one of the scheme. tree says that a folder is
	// wanted, not a file.
	fromURL func(u *URL, tree bool) (Attrs, error)
	// check says what is wrong with attributes, and puts them into the form they are kept in.
	check func(a Attrs) (Attrs, error)
	toURL func(a Attrs) (*URL, error)
}

// schemeOrder is the order in which URLs are tried.
var schemeOrder = []string{"file", "git", "github", "gitlab", "hg", "indirect", "path", "sourcehut", "tarball"}

func findScheme(name string) *scheme {
	switch name {
	case "file", "tarball":
		return downloadScheme(name)
	case "git":
		return gitScheme
	case "github", "gitlab", "sourcehut":
		return forgeScheme(name)
	case "hg":
		return mercurialScheme
	case "indirect":
		return indirectScheme
	case "path":
		return pathScheme
	}
	return nil
}

// inputFromURL reads the URL of an input.
func inputFromURL(u *URL, tree bool) (Attrs, error) {
	for _, name := range schemeOrder {
		a, err := findScheme(name).fromURL(u, tree)
		if err != nil {
			return nil, err
		}
		if a != nil {
			return a, checkCommon(a)
		}
	}
	if application, transport := splitScheme(u.Scheme); application == "file" && transport == "git" {
		return nil, fmt.Errorf("input '%s' is unsupported; did you mean 'git+file' instead of 'file+git'?", u)
	}
	names := append(slices.Clone(schemeOrder), "git+https", "git+ssh", "git+file", "http", "https")
	return nil, fmt.Errorf("input '%s' is unsupported%s", u, meant(names, u.Scheme))
}

// meant is the end of a message about a name that is not known.
func meant(names []string, name string) string {
	// To a short name, everything is near.
	if near := eval.BestMatches(names, name); len(name) > 3 && len(near) > 0 {
		return "; did you mean '" + near[0] + "'?"
	}
	return ""
}

// inputFromAttrs checks attributes. A type that is not known is let through: only showing and fetching such an
// input fails.
func inputFromAttrs(a Attrs) (Attrs, error) {
	name, ok, err := a.text("type")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("'type' attribute to specify input scheme is required but not provided")
	}
	s := findScheme(name)
	if s == nil {
		return a, checkCommon(a)
	}
	for _, attr := range sortedNames(a) {
		if attr != "type" && attr != "__final" && !slices.Contains(s.attrs, attr) {
			return nil, fmt.Errorf("input attribute '%s' not supported by scheme '%s'%s", attr, name, meant(s.attrs, attr))
		}
	}
	if a, err = s.check(a); err != nil {
		return nil, err
	}
	return a, checkCommon(a)
}

// checkCommon checks the types of attributes that many schemes have.
func checkCommon(a Attrs) error {
	_, err := a.required("type")
	if err == nil {
		_, _, err = a.text("ref")
	}
	if err == nil {
		_, _, err = a.integer("revCount")
	}
	if err == nil {
		_, _, err = a.integer("lastModified")
	}
	return err
}

func inputToURL(a Attrs) (*URL, error) {
	name, err := a.required("type")
	if err != nil {
		return nil, err
	}
	s := findScheme(name)
	if s == nil {
		return nil, fmt.Errorf("cannot show unsupported input '%s'%s", a.JSON(), meant(schemeOrder, name))
	}
	return s.toURL(a)
}

// Revision is the commit that attributes name, in base 16, or empty.
func Revision(a Attrs) (string, error) {
	s, ok, err := a.text("rev")
	if err != nil || !ok {
		return "", err
	}
	h, err := store.ParseHash(s, "")
	if err != nil {
		if h, err = store.ParseHash(s, store.SHA1); err != nil {
			return "", err
		}
	}
	return h.Format(store.Base16), nil
}

// NarHash is the hash of the tree that attributes name, as SRI, or empty.
func NarHash(a Attrs) (string, error) {
	s, ok, err := a.text("narHash")
	if err != nil || !ok {
		return "", err
	}
	if s == "" {
		return store.Hash{Algo: store.SHA256, Sum: make([]byte, store.SHA256.Size())}.Format(store.SRI), nil
	}
	if !strings.Contains(s, "-") {
		return "", fmt.Errorf("hash '%s' is not SRI", s)
	}
	h, err := store.ParseHash(s, "")
	if err != nil {
		return "", err
	}
	if h.Algo != store.SHA256 {
		return "", errors.New("narHash must use SHA-256")
	}
	return h.Format(store.SRI), nil
}

// isRevision says that a text is a full commit hash.
func isRevision(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// isFlakeID says that a text is the name of something in a registry.
func isFlakeID(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

// legalRef says that a text is the name of a branch or tag, by Git's rules.
func legalRef(s string) bool {
	if s == "@" || s == "" || s[0] == '-' {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	if strings.Contains(s, "..") || strings.Contains(s, "@{") || strings.HasSuffix(s, ".") {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c == 0x7f || strings.IndexByte("~^:?*[\\", c) >= 0 {
			return false
		}
	}
	return true
}
