package main

// This file reads search paths, from -I and NIX_PATH.

import (
	"path/filepath"
	"slices"
	"strings"

	"nixops4/eval"
)

// searchPath makes entries of texts like PATH and NAME=PATH. Relative paths start from dir; URLs stay as they are.
func searchPath(texts []string, dir string) []eval.SearchEntry {
	var entries []eval.SearchEntry
	for _, text := range texts {
		prefix, path, found := strings.Cut(text, "=")
		if !found {
			prefix, path = "", text
		}
		if !filepath.IsAbs(path) && !isURL(path) {
			path = filepath.Join(dir, path)
		}
		entries = append(entries, eval.SearchEntry{Prefix: prefix, Path: path})
	}
	return entries
}

// splitNixPath splits the value of NIX_PATH at its colons, but not at those of URLs such as https://… and channel:….
func splitNixPath(value string) []string {
	var entries []string
	for start := 0; start < len(value); {
		end := start + entryLength(value[start:])
		if end > start {
			entries = append(entries, value[start:end])
		}
		start = end + 1
	}
	return entries
}

// entryLength returns the length of the first entry of text: up to a colon, but not one that belongs to a URL.
func entryLength(text string) int {
	end := strings.IndexByte(text, ':')
	if end < 0 {
		return len(text)
	}
	path := text[strings.LastIndexByte(text[:end], '=')+1:]
	if isURL(path) {
		if next := strings.IndexByte(text[end+1:], ':'); next >= 0 {
			return end + 1 + next
		}
		return len(text)
	}
	return end
}

// isURL reports whether the path of an entry is to be fetched.
func isURL(path string) bool {
	if strings.HasPrefix(path, "channel:") || strings.HasPrefix(path, "flake:") {
		return true
	}
	scheme, _, found := strings.Cut(path, "://")
	return found && slices.Contains([]string{"http", "https", "file", "channel", "git", "s3", "ssh"}, scheme)
}
