package store

// This file defines hashes and how they are written.

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/nix-community/go-nix/pkg/nixbase32"
	"lukechampine.com/blake3"
)

// An Algo is a hash algorithm under the name that Nix gives it.
type Algo string

// The algorithms. BLAKE3 is an experimental feature of Nix; whoever evaluates has to ask whether it is on.
const (
	MD5    Algo = "md5"
	SHA1   Algo = "sha1"
	SHA256 Algo = "sha256"
	SHA512 Algo = "sha512"
	BLAKE3 Algo = "blake3"
)

// ParseAlgo finds an algorithm by its name.
func ParseAlgo(name string) (Algo, error) {
	switch a := Algo(name); a {
	case MD5, SHA1, SHA256, SHA512, BLAKE3:
		return a, nil
	}
	return "", fmt.Errorf("unknown hash algorithm '%s', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'", name)
}

// New starts a hash.
func (a Algo) New() hash.Hash {
	switch a {
	case MD5:
		return md5.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	case BLAKE3:
		return blake3.New(blake3Size, nil)
	}
	panic("store: unknown hash algorithm " + string(a))
}

const blake3Size = 32

// Size is the number of bytes of a hash.
func (a Algo) Size() int {
	switch a {
	case MD5:
		return md5.Size
	case SHA1:
		return sha1.Size
	case SHA512:
		return sha512.Size
	case BLAKE3:
		return blake3Size
	}
	return sha256.Size
}

// A Hash is the result of an algorithm.
type Hash struct {
	Algo Algo
	Sum  []byte
}

// HashString hashes a text.
func HashString(a Algo, text string) Hash {
	if a == SHA256 {
		sum := sha256.Sum256([]byte(text))
		return Hash{a, sum[:]}
	}
	h := a.New()
	h.Write([]byte(text))
	return Hash{a, h.Sum(nil)}
}

// A Format is a way to write a hash.
type Format string

// The formats.
const (
	Base16 Format = "base16"
	Nix32  Format = "nix32"
	Base64 Format = "base64"
	SRI    Format = "sri"
)

// ParseFormat finds a format by its name; "base32" is the old name of nix32.
func ParseFormat(name string) (Format, bool) {
	switch f := Format(name); f {
	case Base16, Nix32, Base64, SRI:
		return f, true
	case "base32":
		return Nix32, true
	}
	return "", false
}

// Format writes the hash without its algorithm, except in SRI, which always names it.
func (h Hash) Format(f Format) string {
	switch f {
	case Base16:
		return hex.EncodeToString(h.Sum)
	case Nix32:
		return nixbase32.EncodeToString(h.Sum)
	case Base64:
		return base64.StdEncoding.EncodeToString(h.Sum)
	}
	return string(h.Algo) + "-" + base64.StdEncoding.EncodeToString(h.Sum)
}

// Prefixed writes the hash with its algorithm before it, as in sha256:….
func (h Hash) Prefixed(f Format) string {
	if f == SRI {
		return h.Format(f)
	}
	return string(h.Algo) + ":" + h.Format(f)
}

// Equal says that two hashes are the same.
func (h Hash) Equal(g Hash) bool { return h.Algo == g.Algo && slices.Equal(h.Sum, g.Sum) }

// ParseHash reads a hash in any format: ALGO:TEXT, ALGO-BASE64, or TEXT alone when the algorithm is given;
// otherwise algo is empty.
func ParseHash(s string, algo Algo) (Hash, error) {
	algo, rest, sri, err := splitHash(s, algo)
	if err != nil {
		return Hash{}, err
	}
	if sri {
		return decode(rest, algo, SRI)
	}
	f, err := formatOf(rest, algo)
	if err != nil {
		return Hash{}, err
	}
	return decode(rest, algo, f)
}

// NamedAlgo is the name of the algorithm that a hash begins with, empty when there is none.
func NamedAlgo(s string) string {
	name, _, _ := cutAlgo(s)
	return name
}

// cutAlgo takes the name of the algorithm off a hash; sri says that what is left is in that format.
func cutAlgo(s string) (name, rest string, sri bool) {
	if name, rest, ok := strings.Cut(s, ":"); ok {
		return name, rest, false
	}
	if name, rest, ok := strings.Cut(s, "-"); ok {
		return name, rest, true
	}
	return "", s, false
}

// splitHash finds the algorithm of a hash, which has to be algo unless that is empty.
func splitHash(s string, algo Algo) (of Algo, rest string, sri bool, err error) {
	name, rest, sri := cutAlgo(s)
	if len(rest) == len(s) {
		if algo == "" {
			err = fmt.Errorf("hash '%s' does not include a type, nor is the type otherwise known from context", s)
		}
		return algo, s, false, err
	}
	if of, err = ParseAlgo(name); err == nil && algo != "" && of != algo {
		err = fmt.Errorf("hash '%s' should have type '%s'", s, algo)
	}
	return of, rest, sri, err
}

// ParseHashAllowEmpty is ParseHash, but an empty text is a hash of zeros; empty tells about that.
func ParseHashAllowEmpty(s string, algo Algo) (h Hash, empty bool, err error) {
	if s != "" {
		h, err = ParseHash(s, algo)
		return h, false, err
	}
	if algo == "" {
		return Hash{}, false, fmt.Errorf("empty hash requires explicit hash algorithm")
	}
	return Hash{algo, make([]byte, algo.Size())}, true, nil
}

// formatOf tells the format of a hash from its length.
func formatOf(s string, algo Algo) (Format, error) {
	switch n := algo.Size(); len(s) {
	case hex.EncodedLen(n):
		return Base16, nil
	case nixbase32.EncodedLen(n):
		return Nix32, nil
	case base64.StdEncoding.EncodedLen(n):
		return Base64, nil
	}
	return "", fmt.Errorf("hash '%s' has wrong length for hash algorithm '%s'", s, algo)
}

func decode(s string, algo Algo, f Format) (Hash, error) {
	var sum []byte
	var err error
	name := map[Format]string{Base16: "base16", Nix32: "nix32", Base64: "Base64", SRI: "SRI"}[f]
	switch f {
	case Base16:
		sum, err = hex.DecodeString(s)
	case Nix32:
		sum, err = nixbase32.DecodeString(s)
	default:
		sum, err = decodeBase64(s)
	}
	if err != nil {
		sum = nil // the length below says that it is wrong
	}
	if len(sum) != algo.Size() {
		return Hash{}, fmt.Errorf("invalid %s hash '%s', length %d != expected length %d", name, s, len(sum), algo.Size())
	}
	return Hash{algo, sum}, nil
}

// decodeBase64 ends at the padding, which may be missing, and takes no notice of bits left over.
func decodeBase64(s string) ([]byte, error) {
	s, _, _ = strings.Cut(s, "=")
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	return base64.RawStdEncoding.DecodeString(s)
}
