package store

// This file computes the strings that stand for outputs whose path is not known.

import (
	"crypto/sha256"
	"path"
	"strings"

	"github.com/nix-community/go-nix/pkg/nixbase32"
)

// Placeholder stands for an output within its own derivation.
func Placeholder(output string) string {
	return placeholder("nix-output:" + output)
}

func placeholder(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "/" + nixbase32.EncodeToString(sum[:])
}

// OutputPlaceholder stands for an output of a derivation whose path is not known before it is built.
func OutputPlaceholder(drv, output string) string {
	name := strings.TrimSuffix(Name(drv), Extension)
	return placeholder("nix-upstream-output:" + HashPart(drv) + ":" + outputName(name, output))
}

// DynamicPlaceholder stands for an output of a derivation that is itself an output, of which the placeholder is
// given.
func DynamicPlaceholder(drv, output string) string {
	sum, err := nixbase32.DecodeString(path.Base(drv))
	if err != nil {
		panic("store: not a placeholder: " + drv)
	}
	return placeholder("nix-computed-output:" + nixbase32.EncodeToString(fold(sum, hashBytes)) + ":" + output)
}
