package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindRoot(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	for _, f := range []string{"with/nixops4.nix", "with/below/x.nix", "flake/flake.nix", "named/web.nix", "named/deep/nixops4.nix"} {
		path := filepath.Join(top, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		file, dir string
		want      string // below top, or ""
		err, hint string
	}{
		{"", "with", "with/nixops4.nix", "", ""},
		{"", "with/below", "", "no deployment here: there is neither nixops4.nix nor flake.nix in TOP/with/below", "there is one above; to use it, give --file TOP/with/nixops4.nix"},
		{"", "flake", "flake/flake.nix", "", ""},
		{"flake", "named", "", "--file flake: there is no such file", ""},
		{"../flake", "named", "flake/flake.nix", "", ""},
		{"", "named", "", "no deployment here: there is neither nixops4.nix nor flake.nix in TOP/named", "change to the directory of your deployment, or name its file with --file PATH"},
		{"web.nix", "named", "named/web.nix", "", ""},
		{"../named/web.nix", "with", "named/web.nix", "", ""},
		{"TOP/named/web.nix", "with", "named/web.nix", "", ""},
		{"deep", "named", "named/deep/nixops4.nix", "", ""},
		{"wbe.nix", "named", "", "--file wbe.nix: there is no such file", `did you mean "web.nix"?`},
		{"nothing/at/all.nix", "named", "", "--file nothing/at/all.nix: there is no such file", ""},
		{".", "named", "", "--file .: it is a directory without a nixops4.nix or flake.nix", "name the file itself"},
		{"web.nix/x", "named", "", "--file web.nix/x: not a directory", ""},
	} {
		file := strings.ReplaceAll(tt.file, "TOP", top)
		got, err := findRoot(file, filepath.Join(top, tt.dir))
		if err != nil {
			if text := strings.ReplaceAll(err.Error(), top, "TOP"); text != tt.err {
				t.Errorf("findRoot(%q, %q): error %q, want %q", tt.file, tt.dir, text, tt.err)
			}
			if h := strings.ReplaceAll(strings.Join(hints(err), "\n"), top, "TOP"); h != tt.hint {
				t.Errorf("findRoot(%q, %q): hint %q, want %q", tt.file, tt.dir, h, tt.hint)
			}
			continue
		}
		if want := filepath.Join(top, tt.want); got != want || tt.err != "" {
			t.Errorf("findRoot(%q, %q) = %q, want %q, error %q", tt.file, tt.dir, got, want, tt.err)
		}
	}
}
