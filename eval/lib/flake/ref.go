// Package flake reads references to flakes and to what they are made of.
//
// A reference says where to fetch a tree from, as a URL (github:NixOS/nixpkgs/nixos-25.11?dir=lib), as a name
// from a registry (nixpkgs), as a path, or as attributes. [ParseRef] and [RefFromAttrs] read them, [Ref.String]
// writes the URL. Nothing is looked up or fetched here.
package flake

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// A Ref is a reference to a flake.
type Ref struct {
	// Input says where the tree is that the flake is in.
	Input Attrs
	// Dir is the folder in that tree; empty for the tree itself.
	Dir string
}

// ParseOptions say how a reference is read.
type ParseOptions struct {
	// BaseDir is the folder that relative paths start from; empty means that they are an error.
	BaseDir string
	// RelativePaths leaves relative paths as they are.
	RelativePaths bool
	// File says that the reference may be to a file, not to a tree.
	File bool
	// Warn receives what is odd but no error; nil drops it.
	Warn func(line string)
}

func (opts *ParseOptions) ignored(params []string) {
	for _, p := range params {
		if opts.Warn != nil {
			opts.Warn("warning: dubious URI query '" + p + "' is missing equal sign '=', ignoring")
		}
	}
}

// ParseRef reads a reference that has no fragment.
func ParseRef(text string, opts ParseOptions) (*Ref, error) {
	ref, fragment, err := ParseRefWithFragment(text, opts)
	if err != nil {
		return nil, err
	}
	if fragment != "" {
		return nil, fmt.Errorf("unexpected fragment '%s' in flake reference '%s'", fragment, text)
	}
	return ref, nil
}

// ParseRefWithFragment reads a reference and what follows it after #.
func ParseRefWithFragment(text string, opts ParseOptions) (ref *Ref, fragment string, err error) {
	if ref, fragment, ok, err := parseID(text, opts); ok || err != nil {
		return ref, fragment, err
	}
	u, err := ParseURL(text, true)
	if err == nil {
		opts.ignored(u.Ignored)
		if opts.BaseDir != "" && (u.Scheme == "path" || u.Scheme == "git+file") {
			err = u.makeAbsolute(opts.BaseDir)
		}
		if err == nil {
			ref, fragment, err = refFromURL(u, opts)
		}
	}
	var bad *BadURLError
	if errors.As(err, &bad) {
		return parsePath(text, opts)
	}
	return ref, fragment, err
}

func (u *URL) makeAbsolute(dir string) error {
	file, err := u.File()
	if err == nil && !path.IsAbs(file) {
		u.Path = fileParts(path.Join(dir, file))
	}
	return err
}

func refFromURL(u *URL, opts ParseOptions) (*Ref, string, error) {
	dir := u.Query["dir"]
	delete(u.Query, "dir")
	fragment := u.Fragment
	u.Fragment = ""
	in, err := inputFromURL(u, !opts.File)
	if err != nil {
		return nil, "", err
	}
	return &Ref{in, dir}, fragment, nil
}

const (
	idPattern       = `[a-zA-Z][a-zA-Z0-9_-]*`
	revPattern      = `[0-9a-fA-F]{40}`
	branchPattern   = `[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*`
	fragmentPattern = `(?:[a-zA-Z0-9\-._~!$&'"()*+,;=:@/? ^]|%[0-9a-fA-F][0-9a-fA-F])*`
)

// idRef is NAME, NAME/REV, NAME/BRANCH or NAME/BRANCH/REV, and maybe a fragment.
var idRef = regexp.MustCompile(`^(` + idPattern + `(?:/(?:` + revPattern + `|` + branchPattern + `(?:/` + revPattern + `)?))?)(?:#(` + fragmentPattern + `))?$`)

func parseID(text string, opts ParseOptions) (ref *Ref, fragment string, ok bool, err error) {
	m := idRef.FindStringSubmatch(text)
	if m == nil {
		return nil, "", false, nil
	}
	u := &URL{Scheme: "flake", Path: strings.Split(m[1], "/"), Query: map[string]string{}}
	in, err := inputFromURL(u, !opts.File)
	if err != nil {
		return nil, "", false, err
	}
	fragment, _ = decode(m[2], queryChars+` "^`)
	return &Ref{Input: in}, fragment, true, nil
}

// parsePath reads PATH, maybe with a query and a fragment.
func parsePath(text string, opts ParseOptions) (*Ref, string, error) {
	rest, fragment, _ := strings.Cut(text, "#")
	file, query, _ := strings.Cut(rest, "?")
	params, ignored, err := decodeQuery(encodeOnly(query, ` "`))
	if err != nil {
		return nil, "", err
	}
	opts.ignored(ignored)
	f, ok := decode(fragment, anyChar)
	if !ok {
		return nil, "", badURL("invalid URI parameter '%s': a percent sign stands alone", fragment)
	}
	if !path.IsAbs(file) {
		if opts.BaseDir != "" {
			file = path.Join(opts.BaseDir, file)
		} else if !opts.RelativePaths {
			return nil, "", badURL("flake reference '%s' is not an absolute path", text)
		}
	}
	u := &URL{Scheme: "path", Path: fileParts(file), Query: params, Fragment: f}
	if path.IsAbs(file) {
		u.Authority = &Authority{}
	}
	return refFromURL(u, opts)
}

// anyChar has every byte.
var anyChar = func() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}()

// RefFromAttrs checks the attributes of a reference: those of the input, and dir.
func RefFromAttrs(a Attrs) (*Ref, error) {
	dir, _, err := a.text("dir")
	if err != nil {
		return nil, err
	}
	in := a.Clone()
	delete(in, "dir")
	if in, err = inputFromAttrs(in); err != nil {
		return nil, err
	}
	return &Ref{in, dir}, nil
}

// Attrs are the attributes of the reference: those of the input, and dir when there is one.
func (r *Ref) Attrs() Attrs {
	a := r.Input.Clone()
	if r.Dir != "" {
		a["dir"] = r.Dir
	}
	return a
}

// URL writes the reference as a URL.
func (r *Ref) URL() (string, error) {
	u, err := inputToURL(r.Input)
	if err != nil {
		return "", err
	}
	if _, ok := u.Query["dir"]; r.Dir != "" && !ok {
		u.Query["dir"] = r.Dir
	}
	return u.String(), nil
}

// InputFromURL reads the URL of an input, without a folder in it.
func InputFromURL(text string) (Attrs, error) {
	u, err := ParseURL(text, false)
	if err != nil {
		return nil, err
	}
	return inputFromURL(u, true)
}

// InputFromAttrs checks the attributes of an input and puts them into the form they are kept in.
func InputFromAttrs(a Attrs) (Attrs, error) { return inputFromAttrs(a.Clone()) }

// InputURL writes an input as a URL. A type that is not known is an error.
func InputURL(a Attrs) (string, error) {
	u, err := inputToURL(a)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// InputString shows an input in an error or a message.
func InputString(a Attrs) string {
	text, err := InputURL(a)
	if err != nil {
		return a.JSON()
	}
	return text
}
