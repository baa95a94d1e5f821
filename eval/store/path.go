package store

// This file computes store paths.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/nix-community/go-nix/pkg/nixbase32"
)

// Dir is the folder of a store, without a slash at its end, normally [DefaultDir].
type Dir string

// DefaultDir is the folder of Nix stores unless somebody chose another.
const DefaultDir Dir = "/nix/store"

const (
	hashChars  = 32  // of the hash in a store path
	hashBytes  = 20  // behind them
	maxNameLen = 211 // so that a file name fits with hash, dash and .lock
)

// Extension ends the name of every derivation.
const Extension = ".drv"

// A Method says what of a file tree is hashed.
type Method string

// The methods, as they are written in derivations and store paths.
const (
	Flat   Method = ""      // the bytes of a file
	NAR    Method = "r:"    // the archive of a tree
	Text   Method = "text:" // the bytes of a file that may refer to other store paths
	GitSum Method = "git:"  // a Git object; an experimental feature
)

// CheckName says what is wrong with the name of a store path.
func CheckName(name string) error {
	if name == "" {
		return fmt.Errorf("name must not be empty")
	}
	if len(name) > maxNameLen {
		return fmt.Errorf("name '%s' must be no longer than %d characters", name, maxNameLen)
	}
	switch first, _, dash := strings.Cut(name, "-"); {
	case first != "." && first != "..":
	case dash:
		return fmt.Errorf("name '%s' is not valid: first dash-separated component must not be '%s'", name, first)
	default:
		return fmt.Errorf("name '%s' is not valid", name)
	}
	for _, c := range name {
		if !nameChar(c) {
			return fmt.Errorf("name '%s' contains illegal character '%c'", name, c)
		}
	}
	return nil
}

func nameChar(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.ContainsRune("+-._?=", c)
}

// Split cuts a path into the store path it is in or is, and what follows that. ok is false for a path outside
// of the store, and for the store itself.
func (d Dir) Split(file string) (storePath, rest string, ok bool) {
	in, ok := strings.CutPrefix(file, string(d)+"/")
	if !ok || in == "" {
		return "", "", false
	}
	base, _, _ := strings.Cut(in, "/")
	n := len(d) + 1 + len(base)
	return file[:n], file[n:], true
}

// Parse checks that a text is a store path.
func (d Dir) Parse(file string) error {
	base, ok := strings.CutPrefix(path.Clean(file), string(d)+"/")
	if !ok || strings.Contains(base, "/") {
		return fmt.Errorf("path '%s' is not in the Nix store", file)
	}
	return checkBase(base)
}

// checkBase checks the last part of a store path: hash, dash and name.
func checkBase(base string) error {
	if len(base) < hashChars+1 {
		return fmt.Errorf("'%s' is too short to be a valid store path", base)
	}
	for _, c := range []byte(base[:hashChars]) {
		if !nixbase32.Is(c) {
			return fmt.Errorf("store path '%s' contains illegal base-32 character '%c'", base, c)
		}
	}
	if base[hashChars] != '-' {
		return fmt.Errorf("'%s' is not a valid store path: a dash is missing", base)
	}
	if err := CheckName(base[hashChars+1:]); err != nil {
		return fmt.Errorf("path '%s' is not a valid store path: %w", base, err)
	}
	return nil
}

// IsDerivation says that a path names a derivation.
func IsDerivation(file string) bool { return strings.HasSuffix(file, Extension) }

// Name is the name in a valid store path.
func Name(storePath string) string { return path.Base(storePath)[hashChars+1:] }

// HashPart is the hash in a valid store path.
func HashPart(storePath string) string { return path.Base(storePath)[:hashChars] }

// makePath hashes what a path stands for into the path.
func (d Dir) makePath(kind, digest, name string) (string, error) {
	sum := sha256.Sum256([]byte(kind + ":" + digest + ":" + string(d) + ":" + name))
	base := nixbase32.EncodeToString(fold(sum[:], hashBytes)) + "-" + name
	if err := CheckName(name); err != nil {
		return "", fmt.Errorf("path '%s' is not a valid store path: %w", base, err)
	}
	return string(d) + "/" + base, nil
}

// fold shortens a hash by laying it over itself.
func fold(sum []byte, size int) []byte {
	out := make([]byte, size)
	for i, b := range sum {
		out[i%size] ^= b
	}
	return out
}

// withReferences is the kind of a path that refers to others.
func withReferences(kind string, references []string) string {
	if len(references) == 0 {
		return kind
	}
	return kind + ":" + strings.Join(sorted(references), ":")
}

// FixedOutput is the path of something whose hash is known. Only a tree hashed with SHA-256 and a text may
// refer to other paths.
func (d Dir) FixedOutput(name string, method Method, h Hash, references []string) (string, error) {
	switch {
	case method == Text:
		if h.Algo != SHA256 {
			return "", fmt.Errorf("text content must be hashed with sha256, but %s is a %s hash", h.Prefixed(Base16), h.Algo)
		}
		return d.makePath(withReferences("text", references), h.Prefixed(Base16), name)
	case method == NAR && h.Algo == SHA256:
		return d.makePath(withReferences("source", references), h.Prefixed(Base16), name)
	case len(references) > 0:
		return "", fmt.Errorf("%s: only a tree with a sha256 hash may refer to store paths", name)
	}
	sum := sha256.Sum256([]byte("fixed:out:" + string(method) + h.Prefixed(Base16) + ":"))
	return d.makePath("output:out", "sha256:"+hex.EncodeToString(sum[:]), name)
}

// outputPath is the path of an output of a derivation that is hashed by its inputs.
func (d Dir) outputPath(output string, h [sha256.Size]byte, drvName string) (string, error) {
	return d.makePath("output:"+output, "sha256:"+hex.EncodeToString(h[:]), outputName(drvName, output))
}

// outputName is the name of an output's store path.
func outputName(drvName, output string) string {
	if output == "out" {
		return drvName
	}
	return drvName + "-" + output
}
