package nix

// This file reads search paths as they are written in NIX_PATH and on command lines.

import (
	"strings"

	"nixops4/eval"
)

// ParseSearchEntry reads PREFIX=PATH, or PATH for all names.
func ParseSearchEntry(text string) eval.SearchEntry {
	prefix, path, ok := strings.Cut(text, "=")
	if !ok {
		return eval.SearchEntry{Path: text}
	}
	return eval.SearchEntry{Prefix: prefix, Path: path}
}

// ParseSearchPath reads entries with colons between them, as in NIX_PATH. A path may be a URL, whose own colon
// ends nothing.
func ParseSearchPath(text string) []eval.SearchEntry {
	var entries []eval.SearchEntry
	for text != "" {
		n := entryEnd(text)
		if n > 0 {
			entries = append(entries, ParseSearchEntry(text[:n]))
		}
		text = strings.TrimPrefix(text[n:], ":")
	}
	return entries
}

// entryEnd is where the first entry of a search path ends.
func entryEnd(text string) int {
	n := strings.IndexByte(text, ':')
	if n < 0 {
		return len(text)
	}
	path := 0
	if i := strings.LastIndexByte(text[:n], '='); i >= 0 {
		path = i + 1
	}
	if !eval.IsSearchURL(text[path:]) {
		return n
	}
	if i := strings.IndexByte(text[n+1:], ':'); i >= 0 {
		return n + 1 + i
	}
	return len(text)
}
