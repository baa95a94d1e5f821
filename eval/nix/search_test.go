package nix_test

import (
	"reflect"
	"testing"

	"nixops4/eval"
	"nixops4/eval/nix"
)

func TestParseSearchPath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]eval.SearchEntry{
		"":                       nil,
		":":                      nil,
		"a":                      {{Path: "a"}},
		"x=a":                    {{Prefix: "x", Path: "a"}},
		"x=a=b":                  {{Prefix: "x", Path: "a=b"}},
		"=a":                     {{Path: "a"}},
		"a::b:":                  {{Path: "a"}, {Path: "b"}},
		"x=/a:/b":                {{Prefix: "x", Path: "/a"}, {Path: "/b"}},
		"n=https://h/x:y=z":      {{Prefix: "n", Path: "https://h/x"}, {Prefix: "y", Path: "z"}},
		"https://h/x":            {{Path: "https://h/x"}},
		"a:n=channel:nixos-25:b": {{Path: "a"}, {Prefix: "n", Path: "channel:nixos-25"}, {Path: "b"}},
		"n=flake:nixpkgs:b":      {{Prefix: "n", Path: "flake:nixpkgs"}, {Path: "b"}},
		"n=gopher://x":           {{Prefix: "n", Path: "gopher"}, {Path: "//x"}},
	} {
		if got := nix.ParseSearchPath(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
