package main

import (
	"slices"
	"testing"

	"nixops4/eval"
)

func TestSplitNixPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"/a", []string{"/a"}},
		{"/a:/b", []string{"/a", "/b"}},
		{"a=/a::/b:", []string{"a=/a", "/b"}},
		{"nixpkgs=https://x.org/a.tar.gz:/b", []string{"nixpkgs=https://x.org/a.tar.gz", "/b"}},
		{"/b:nixpkgs=channel:nixos-26.05:c=/c", []string{"/b", "nixpkgs=channel:nixos-26.05", "c=/c"}},
		{"flake:nixpkgs:/c", []string{"flake:nixpkgs", "/c"}},
		{"https://x.org/a", []string{"https://x.org/a"}},
		{"ftp://x.org/a", []string{"ftp", "//x.org/a"}},
	} {
		if got := splitNixPath(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("splitNixPath(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSearchPath(t *testing.T) {
	t.Parallel()
	got := searchPath([]string{"/a", "n=b", "../c", "x=https://y/z", "channel:q"}, "/top/dir")
	want := []eval.SearchEntry{
		{Path: "/a"}, {Prefix: "n", Path: "/top/dir/b"}, {Path: "/top/c"}, {Prefix: "x", Path: "https://y/z"}, {Path: "channel:q"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("searchPath = %+v, want %+v", got, want)
	}
}
